"""The same on both brokers: the file of the embedded default, and RabbitMQ by URL."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from kombu import Connection
from kombu.exceptions import OperationalError

from complaints.cases.models import Case
from complaints.cases.states import State
from recruitment_watch import broker, clock
from recruitment_watch.celery import app
from recruitment_watch.embedded.home import PROJECT
from tests import rabbit
from tests.factories import Cast
from tests.system.supervised import children_of
from tests.worker.cast import Filed, file_case

# SQLAlchemy 2.1 says so of kombu's own tables at the first connection; nothing of ours is meant.
pytestmark = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")
AsOwner = Callable[[], AbstractContextManager[None]]
ATTEMPTS = 2_400  # two minutes at most: a machine that does much else is slow, and that is no fault


@contextmanager
def linked(url: str, **more: Any) -> Iterator[Any]:
    """A connection as Celery makes it with our settings."""
    told = broker.celery_settings(url, **more)
    options = told.get("broker_transport_options")
    with Connection(url, transport_options=options, ssl=told.get("broker_use_ssl"), connect_timeout=5) as link:
        yield link


def send_tick(link: Any, **more: Any) -> None:
    app.send_task("tick", connection=link, **app.conf.beat_schedule["tick"]["options"] | more)


def waiting(link: Any) -> int:
    """How many ticks lie on the broker, taken by nobody."""
    queue = app.amqp.queues[broker.TICKS](link.default_channel)
    return int(queue.queue_declare(passive=True).message_count)


def until(true: Callable[[], bool]) -> None:
    for _ in range(ATTEMPTS):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen")


@contextmanager
def processes(url: str, *names: str, log: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Celery's own, on this run's databases."""
    commands = {
        "worker": ("worker", "--concurrency", "2", "--without-gossip", "--without-mingle", "--without-heartbeat"),
        "beat": ("beat", "--pidfile=", "--schedule=/dev/null"),
    }
    environment = os.environ | {
        "RW_BROKER_URL": url, "RW_TICK_SECONDS": "0.2", "RW_PINNED": str(settings.PINNED),
        "RW_RETENTION": str(settings.RETENTION), "RW_WORKER_LOCK": str(settings.WORKER_LOCK),
    }  # fmt: skip
    running = []
    try:
        with log.open("wb") as said:
            for name in names:
                command = [sys.executable, "-m", "celery", "-A", "recruitment_watch.celery", *commands[name]]
                running.append(
                    subprocess.Popen([*command, "--loglevel", "ERROR"], cwd=PROJECT, env=environment, stdout=said,
                                     stderr=said, start_new_session=True)
                )  # fmt: skip
        yield running
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(20)


def test_a_message_says_neither_what_nor_who_nor_where(broker_url: str) -> None:
    with linked(broker_url) as link:
        send_tick(link)
        message = link.SimpleQueue(app.amqp.queues[broker.TICKS]).get(timeout=10)
        message.ack()
    assert message.payload[:2] == [[], {}]
    said = {key: value for key, value in message.headers.items() if value}
    assert set(said) == {"lang", "task", "id", "root_id", "expires", "timelimit", "argsrepr", "kwargsrepr"}
    assert (said["task"], said["argsrepr"], said["kwargsrepr"]) == ("tick", "()", "{}")
    assert not message.properties.get("reply_to")
    assert os.uname().nodename not in repr((message.payload, message.headers, message.properties))


@pytest.fixture
def case(as_owner: AsOwner, offices: list[Cast]) -> Filed:
    with as_owner():
        return file_case(offices)


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_a_tick_that_waited_too_long_is_dropped_and_the_next_one_does_its_work(
    broker_url: str, case: Filed, tmp_path: Path
) -> None:
    with linked(broker_url) as link:
        send_tick(link, expires=clock.now() - timedelta(seconds=1))
        with processes(broker_url, "worker", log=tmp_path / "log"):
            until(lambda: waiting(link) == 0)
            send_tick(link, expires=clock.now() - timedelta(seconds=1))
            until(lambda: waiting(link) == 0)  # the first was done with before the second was taken
            assert case.row.state == State.FILED
            send_tick(link)
            until(lambda: case.row.state == State.RELEASED)
    assert "\nERROR " not in (tmp_path / "log").read_text()


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_beat_says_that_it_is_time_and_the_worker_does_it(broker_url: str, case: Filed, tmp_path: Path) -> None:
    with processes(broker_url, "worker", "beat", log=tmp_path / "log"):
        until(lambda: case.row.state == State.RELEASED)
    assert "\nERROR " not in (tmp_path / "log").read_text()


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_a_child_that_is_killed_while_it_waits_stops_nobody(broker_url: str, case: Filed, tmp_path: Path) -> None:
    with linked(broker_url) as link, processes(broker_url, "worker", log=tmp_path / "log") as (worker,):
        send_tick(link)
        until(lambda: case.row.state == State.RELEASED)
        # One of two idle children holds the lock of the pipe, where there is one: both are killed, one after the other.
        for _ in range(2):
            before = children_of(worker.pid)
            os.kill(max(before), signal.SIGKILL)
            until(lambda before=before: len(set(children_of(worker.pid)) - set(before)) >= 1)  # type: ignore[misc]  # bound
        Case.objects.filter(pk=case.pk).update(due=clock.now() - timedelta(hours=1))
        for _ in range(4):
            send_tick(link)
        until(lambda: case.row.rung == 2)


# --- RabbitMQ alone ------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_rabbitmq_holds_one_quorum_queue_and_nothing_beside_it(
    rabbitmq: rabbit.Rabbit, case: Filed, tmp_path: Path
) -> None:
    rabbitmq.forget_queue()
    with processes(rabbitmq.url, "worker", "beat", log=tmp_path / "log"):
        until(lambda: case.row.state == State.RELEASED)
        held = json.loads(rabbitmq.ctl("export_definitions", "-", "--format", "json"))
        assert [(one["name"], one["type"], one["durable"]) for one in held["queues"]] == [
            (broker.TICKS, "quorum", True)
        ]
        assert [one["name"] for one in held["exchanges"]] == [broker.TICKS]
        assert [one["name"] for one in held["users"]] == [rabbit.USER]
        prefetch = rabbitmq.ctl("list_consumers", "-p", rabbit.VHOST, "--no-table-headers", "prefetch_count")
        assert prefetch.split() == ["2"], "one for each child, on this consumer alone"
    assert "access_refused" not in "".join(path.read_text() for path in (rabbitmq.folder / "log").iterdir())


def test_a_heap_of_ticks_that_nobody_takes_does_not_grow(rabbitmq: rabbit.Rabbit) -> None:
    rabbitmq.forget_queue()
    with linked(rabbitmq.url) as link:
        for _ in range(broker.WAITING_TICKS + 30):
            send_tick(link)
        until(lambda: waiting(link) <= broker.WAITING_TICKS)
        assert waiting(link) == broker.WAITING_TICKS


def test_a_broker_that_hangs_does_not_hang_the_clock(rabbitmq: rabbit.Rabbit) -> None:
    rabbitmq.forget_queue()
    with linked(rabbitmq.url) as link:
        send_tick(link)
        rabbitmq.pause(on=True)
        try:
            with pytest.raises(OperationalError):
                send_tick(link, confirm_timeout=0.3, retry=False)
        finally:
            rabbitmq.pause(on=False)
    with linked(rabbitmq.url) as link:
        send_tick(link)


def test_a_broker_by_tls_is_the_one_that_is_vouched_for(rabbitmq: rabbit.Rabbit, tmp_path: Path) -> None:
    with linked(rabbitmq.tls_url, authority=rabbitmq.authority) as link:
        assert link.ensure_connection(max_retries=1).connected
    from recruitment_watch.embedded.tls import certificate

    another, _key = certificate(tmp_path)
    for authority in (another, None):
        with linked(rabbitmq.tls_url, authority=authority) as link, pytest.raises(OSError, match="CERTIFICATE"):
            link.connect()
    elsewhere = rabbitmq.tls_url.replace("127.0.0.1", "127.0.0.2")  # the same certificate, another name
    with linked(elsewhere, authority=rabbitmq.authority) as link, pytest.raises(OSError):
        link.connect()


@pytest.mark.parametrize(
    "url", ["redis://127.0.0.1/0", "memory://", "amqp://rw:x@10.0.0.7/rw", "amqp://rw:x@broker.example/rw", ""]
)
def test_another_broker_or_one_across_a_network_without_tls_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="RW_BROKER_URL") as refused:
        broker.celery_settings(url)
    assert "rw:x" not in str(refused.value)


def test_a_message_is_taken_off_before_it_is_worked_on() -> None:
    assert (app.conf.task_acks_late, app.conf.task_reject_on_worker_lost) == (False, False)
    assert app.conf.broker_connection_max_retries is None
