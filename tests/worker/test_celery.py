"""The one task that there is, and what Celery must not do; what goes over the broker is in test_brokers.py."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from complaints.cases.states import State
from complaints.escalation import tasks
from recruitment_watch.celery import app, logged_as_everywhere
from tests.factories import make_office
from tests.worker.cast import file_case

AsOwner = Callable[[], AbstractContextManager[None]]


def test_there_is_one_task_and_it_leaves_no_result(as_owner: AsOwner, registrar_privates: list[bytes]) -> None:
    app.loader.import_default_modules()
    assert {name for name in app.tasks if not name.startswith("celery.")} == {"tick", "keep", "checkpoint"}
    assert app.backend.as_uri() == "disabled://"
    with as_owner():
        case = file_case([make_office(registrar_privates=registrar_privates)])
    assert app.tasks["tick"]() is None
    assert case.row.state == State.RELEASED


@pytest.mark.parametrize(
    "setting", ["worker_enable_remote_control", "worker_send_task_events", "task_send_sent_event", "result_backend"]
)
def test_nobody_can_listen_in_or_give_orders(setting: str) -> None:
    assert not app.conf[setting]


def test_a_task_without_memory_says_nothing_and_its_worker_goes_on() -> None:
    def run() -> None:
        raise MemoryError("a person's words")

    with pytest.raises(tasks.OutOfMemory) as caught:
        tasks.survived(run)()
    assert not str(caught.value)
    assert caught.value.__context__ is None and caught.value.__cause__ is None
    assert caught.traceback[-1].name == "run"


def test_the_pool_writes_no_message_of_its_own() -> None:
    logged_as_everywhere()
    log = logging.getLogger("multiprocessing")
    assert log.propagate and not log.handlers
