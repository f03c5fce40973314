"""What day it is, the database asks at the moment of the act, not at the transaction's beginning."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from django.db import connection

from recruitment_watch.policy import functions
from recruitment_watch.zones import DATABASES
from tests.factories import Cast

AsOwner = Callable[[], AbstractContextManager[None]]
FROZEN = ("current_date", "current_timestamp", "now()", "transaction_timestamp", "localtimestamp", "'today'", "'now'")


def test_no_function_of_the_firewall_takes_the_transactions_time() -> None:
    bodies = {
        function.name: function.body.lower() for database in DATABASES.values() for function in functions(database)
    }
    code = {name: "\n".join(line.partition("--")[0] for line in body.splitlines()) for name, body in bodies.items()}
    assert [(name, word) for name, body in code.items() for word in FROZEN if word in body] == []


def test_the_day_goes_on_inside_a_transaction(as_owner: AsOwner, office: Cast) -> None:
    """A transaction that began a moment ago, and an attestation that has ended since, by the microsecond."""
    with as_owner(), connection.cursor() as cursor:
        body = next(one.body for one in functions(DATABASES["casework"]) if one.name == "firewall_today")
        cursor.execute("SELECT now() < clock_timestamp()")
        assert cursor.fetchone() == (True,)
        # The helper's own words, asked for the instant instead of the day.
        instant = body.replace("::date", "").strip().splitlines()[-1].strip()
        cursor.execute(f"SELECT ({instant}) > (now() AT TIME ZONE 'UTC')")
        assert cursor.fetchone() == (True,)
        cursor.execute("SET LOCAL TimeZone = 'Pacific/Kiritimati'")
        cursor.execute("SELECT firewall_today() = (clock_timestamp() AT TIME ZONE 'UTC')::date")
        assert cursor.fetchone() == (True,)
