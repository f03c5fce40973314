"""No row says whose statistics envelope it is: not by its transaction, nor by its number or its place."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.db import ProgrammingError, connection, transaction

from complaints.cases import clocks
from complaints.cases.models import StatisticsEnvelope, StatisticsWaiting
from complaints.escalation import statistics
from recruitment_watch import clock

AsOwner = Callable[[], AbstractContextManager[None]]
pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def filed(as_owner: AsOwner, many: int, week: str = "") -> list[StatisticsWaiting]:
    """So many envelopes, each in a transaction of its own as filing writes them."""
    with as_owner():
        return [
            StatisticsWaiting.objects.create(
                week=week or clocks.week(clock.now()), quarter="2026-Q4", box=f"envelope {number}".encode()
            )
            for number in range(many)
        ]


def transactions(table: str) -> list[str]:
    """The transaction that wrote each row, in the order in which the rows lie, and its box."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT xmin::text FROM {table} ORDER BY ctid")
        return [row[0] for row in cursor.fetchall()]


def test_a_few_wait_and_five_go_together_in_another_transaction(as_owner: AsOwner) -> None:
    filed(as_owner, 4)
    assert statistics.gather() == 0
    filed(as_owner, 1)
    with as_owner():
        before = transactions("complaints_statisticswaiting")
        ids = set(StatisticsWaiting.objects.values_list("pk", flat=True))
    assert len(set(before)) == 5  # the control: here each row says which transaction filed it
    assert statistics.gather() == 5
    with as_owner():
        after = transactions("complaints_statisticsenvelope")
        assert len(after) == 5 and len(set(after)) == 1 and not set(after) & set(before)
        assert not ids & set(StatisticsEnvelope.objects.values_list("pk", flat=True))
        boxes = sorted(bytes(one) for one in StatisticsEnvelope.objects.values_list("box", flat=True))
        assert boxes == [f"envelope {number}".encode() for number in (0, 0, 1, 2, 3)]
        assert not StatisticsWaiting.objects.exists()


def test_they_lie_in_no_order_of_filing(as_owner: AsOwner) -> None:
    filed(as_owner, 40)
    statistics.gather()
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT box FROM complaints_statisticsenvelope ORDER BY ctid")
        lying = [int(bytes(box).split()[1]) for (box,) in cursor.fetchall()]
    assert sorted(lying) == list(range(40)) != lying  # in order by chance once in 40!


def test_what_a_week_that_is_over_has_left_goes_too(as_owner: AsOwner) -> None:
    filed(as_owner, 1, week="2026-W01")
    filed(as_owner, 1)
    assert statistics.gather() == 1
    with as_owner():
        assert StatisticsWaiting.objects.get().week == clocks.week(clock.now())


def test_the_worker_moves_them_and_reads_none() -> None:
    for model in (StatisticsWaiting, StatisticsEnvelope):
        with pytest.raises(ProgrammingError) as refused, transaction.atomic():
            model.objects.exists()
        assert refused.value.args[0] == "42501"
