"""Celery of the worker zone: the clock and the muscle. The database is the queue.

A message carries no argument and no result; a lost one costs one beat period and nothing else.
"""

from __future__ import annotations

import os

os.environ["RW_ZONE"] = "worker"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recruitment_watch.settings.worker")

import django

django.setup()

from celery import Celery  # noqa: E402
from django.conf import settings  # noqa: E402

app = Celery("recruitment_watch")
app.conf.update(
    broker_url=settings.BROKER_URL,
    broker_connection_retry_on_startup=True,
    task_ignore_result=True,
    task_store_errors_even_if_ignored=False,
    task_serializer="json",
    accept_content=["json"],
    task_protocol=2,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    task_send_sent_event=False,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    timezone="UTC",
    beat_schedule_filename=os.devnull,
    beat_scheduler="celery.beat:Scheduler",  # in memory: nothing on disk says when a tick ran
    beat_schedule={
        "tick": {"task": "tick", "schedule": settings.TICK_SECONDS, "options": {"expires": settings.TICK_SECONDS}}
    },
)
app.autodiscover_tasks(["complaints.escalation"])
