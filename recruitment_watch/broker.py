"""Which broker carries the ticks, and what Celery is told about it (ADR 23).

A tick says that it is time, and nothing else; one that is lost costs one period. So a message is taken off the broker
before it is worked on: nothing is redelivered, and no message can kill one worker after another. RabbitMQ keeps it in
a quorum queue: replicated, should there be several nodes, and whole after each of them died.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from celery.worker.consumer import Consumer as CeleryConsumer
from django.core.exceptions import ImproperlyConfigured
from kombu.entity import Exchange, Queue

TICKS = "ticks"
WAITING_TICKS = 100  # where no worker runs for long, the oldest fall out: they would be dropped unread anyway
HEARTBEAT_SECONDS = 30  # after two of them without a sign of life the worker looks for its broker anew
CONFIRM_SECONDS = 5.0  # a broker that has lost its majority takes nothing in: beat says so, and goes on trying
LOOPBACK = ("127.0.0.1", "::1", "localhost")
DELAYED = "celery.worker.consumer.delayed_delivery:DelayedDelivery"


class Consumer(CeleryConsumer):  # type: ignore[misc]  # Celery has no types
    """Celery's own without delayed delivery, which would make 28 queues for tasks that wait. None of ours does."""

    class Blueprint(CeleryConsumer.Blueprint):  # type: ignore[misc]  # Celery has no types
        default_steps = tuple(step for step in CeleryConsumer.Blueprint.default_steps if step != DELAYED)


def celery_settings(url: str, *, authority: Path | None = None) -> dict[str, Any]:
    """What Celery is told for the broker at `url`; `authority` holds the certificates that vouch for it (amqps).

    Raises ImproperlyConfigured for a broker that was never tested here, and for RabbitMQ across a network without TLS.
    """
    found: dict[str, Any] = {
        "broker_url": url,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,  # for ever: a worker that gave up would need a person
        "task_default_queue": TICKS,
        "task_queues": [_ticks()],
        # On purpose: taken off the broker first. What is due stands in the database, and the next tick finds it.
        "task_acks_late": False,
        "task_reject_on_worker_lost": False,
        "worker_prefetch_multiplier": 1,
        "worker_detect_quorum_queues": True,  # no global prefetch: a quorum queue refuses it
        "worker_consumer": f"{__name__}:Consumer",
        "worker_pool": "recruitment_watch.pool:WorkerPool",
    }
    parts = urlsplit(url)
    if parts.scheme == "sqla+sqlite":
        return found
    if parts.scheme not in ("amqp", "amqps"):
        raise ImproperlyConfigured("RW_BROKER_URL: amqp://, amqps:// or sqla+sqlite:///")
    if parts.scheme == "amqp" and parts.hostname not in LOOPBACK:
        raise ImproperlyConfigured("RW_BROKER_URL: a broker on another machine is reached by amqps://")
    if parts.scheme == "amqps":
        found["broker_use_ssl"] = {
            "cert_reqs": ssl.CERT_REQUIRED,
            "ca_certs": str(authority) if authority else None,  # None: whom the system trusts
            "server_hostname": None,  # kombu puts the URL's own, and Python then compares it
        }
    return found | {"broker_heartbeat": HEARTBEAT_SECONDS, "broker_transport_options": {"confirm_publish": True}}


def _ticks() -> Queue:
    arguments = {"x-queue-type": "quorum", "x-max-length": WAITING_TICKS}
    return Queue(TICKS, Exchange(TICKS), routing_key=TICKS, queue_arguments=arguments)
