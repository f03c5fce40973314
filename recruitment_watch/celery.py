"""Celery of the worker zone: the clock and the muscle. The database is the queue.

A message carries no argument and no result; a lost one costs one beat period and nothing else.
Nothing here depends on the broker: the embedded one is a file, production's is RabbitMQ by URL (broker.py).
"""

from __future__ import annotations

import os
from typing import Any

os.environ["RW_ZONE"] = "worker"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recruitment_watch.settings.worker")

import django

django.setup()

from billiard import util as billiard
from celery import Celery
from celery.signals import beat_init, before_task_publish, setup_logging, worker_init
from django.conf import settings

from recruitment_watch import broker, postgres_settings

# Ticks that waited longer than this, because no worker ran, are dropped unread: the next one does their work.
# Many periods and not one, so that two hosts whose clocks differ by seconds still understand each other.
STALE_SECONDS = 12 * settings.TICK_SECONDS
KEEP_SECONDS = 900  # retention: weeks are long, but a worker may have slept over one
HUNG_SECONDS = 300  # a tick takes seconds; one that hangs is ended, and the database undoes what it had begun
SENT = {"expires": STALE_SECONDS, "confirm_timeout": broker.CONFIRM_SECONDS}

app = Celery("recruitment_watch")
app.conf.update(
    **broker.celery_settings(settings.BROKER_URL, authority=settings.BROKER_CA),
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    task_serializer="json",
    accept_content=["json"],
    task_protocol=2,
    task_time_limit=HUNG_SECONDS,
    task_send_sent_event=False,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    timezone="UTC",
    beat_scheduler="celery.beat:Scheduler",  # in memory: nothing on disk says when a tick ran
    beat_schedule_filename=os.devnull,
    beat_schedule={
        "tick": {"task": "tick", "schedule": settings.TICK_SECONDS, "options": SENT},
        "checkpoint": {"task": "checkpoint", "schedule": KEEP_SECONDS, "options": SENT},
        "keep": {"task": "keep", "schedule": KEEP_SECONDS, "options": SENT},
    },
)
app.autodiscover_tasks(["complaints.escalation"])


def nameless(*, headers: dict[str, Any], properties: dict[str, Any], **_: Any) -> None:
    """Celery would write into a message which process on which host sent it, and where an answer would go."""
    headers["origin"] = ""
    properties["reply_to"] = ""


before_task_publish.connect(nameless)


def logged_as_everywhere(**_: Any) -> None:
    """Celery would set up handlers of its own, which write messages whole and the time to the millisecond.

    Whoever listens to this signal has done it: Django has (recruitment_watch.logs). The pool's logger alone stands
    beside the others, and without a handler Python would write its messages whole too.
    """
    billiard.get_logger().propagate = True


setup_logging.connect(logged_as_everywhere)


def checked(**_: Any) -> None:
    """Neither worker nor beat runs on a server that would write down what it must not."""
    try:
        postgres_settings.require()
    except Exception as fault:  # Celery would write it down and go on
        postgres_settings.refuse([f"They could not be checked: {type(fault).__name__}."])


worker_init.connect(checked)
beat_init.connect(checked)
