"""A kept connection costs no question to the server, and one that the server has closed is replaced in time."""

from __future__ import annotations

import select
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test.utils import CaptureQueriesContext


@pytest.fixture
def another() -> Iterator[BaseDatabaseWrapper]:
    """A second connection of this zone, as a second thread has it."""
    one = connection.copy()
    one.ensure_connection()
    yield one
    one.close()


def pid_of(one: BaseDatabaseWrapper) -> int:
    with one.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_to_see_that_a_connection_lives_asks_nothing(another: Any) -> None:
    with CaptureQueriesContext(another) as queries:
        assert another.is_usable()
    assert len(queries) == 0


def test_one_that_the_server_has_closed_is_found_out_and_replaced(another: Any, as_owner: Any) -> None:
    before = pid_of(another)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [before])
    assert select.select([another.connection.fileno()], [], [], 10)[0]  # the server's goodbye has arrived
    assert not another.is_usable()
    another.health_check_enabled = another.health_check_done = False
    another.settings_dict = {**another.settings_dict, "CONN_HEALTH_CHECKS": True}
    another.health_check_enabled = True
    another.close_if_health_check_failed()
    assert pid_of(another) != before
