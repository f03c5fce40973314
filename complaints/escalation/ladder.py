"""The ladder as the worker climbs it: its own lock comes off the next rung, and the office on it gets the case.

What the office gets the worker cannot open (FIREWALL section 2). Many cases go in few statements: read together,
opened one by one, given through the gateway together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db.models import F

from complaints.cases import clocks, moves, pinned
from complaints.cases.clocks import Stage
from complaints.cases.models import Case, Office, Rung, Step
from complaints.cases.states import Severity
from complaints.firewall import egress
from complaints.firewall.egress import Giving
from complaints.vault import contexts, retention, rungs
from complaints.vault.errors import BlankRung
from complaints.vault.primitives import KEY_BYTES, public_of
from complaints.vault.retention import ReplicatedWeekKeys
from complaints.vault.rungs import Released

from .models import StuckCase


class WorkerCannotWork(RuntimeError):
    """The worker's lock or the folder of weekly files is not there, or not the one that intake seals to."""


@dataclass(frozen=True, slots=True)
class Locks:
    """What the worker opens rungs with: its own private key, and the weekly files."""

    private: bytes = field(repr=False)
    weeks: ReplicatedWeekKeys

    @classmethod
    def read(cls) -> Locks:
        """Checked before a case is touched: a missing file must not mark every case as stuck."""
        private: bytes = settings.WORKER_LOCK.read_bytes() if settings.WORKER_LOCK.is_file() else b""
        if len(private) != KEY_BYTES or public_of(private) != pinned.worker_public():
            raise WorkerCannotWork("the worker's lock is missing, or is not the pinned one")
        weeks = pinned.week_keys()
        if not weeks.reachable():
            raise WorkerCannotWork("the folder of weekly files is missing")
        return cls(private, weeks)


class _Opened(NamedTuple):
    """A rung whose outer lock is off; `week_key` is that of the week in which its case dies."""

    case: Case
    number: int
    released: Released
    week_key: bytes

    @property
    def office_id(self) -> UUID:
        return UUID(bytes=self.released.office_id)


def next_rungs(cases: Sequence[Case], now: datetime, locks: Locks) -> set[UUID]:
    """Release to each case the next rung whose office may hold it; the keys of the cases for which there was one.

    The caller holds the rows' locks. Raises what the vault raises of a rung that is damaged, also of the first one when
    it does not open: that is always in use.
    """
    above = _rungs_above(cases)
    read = cache(locks.weeks.read)  # for as long as this batch: a destroyed week is gone with the next one
    waiting, released = list(cases), set[UUID]()
    while waiting:
        opened = [
            found for case in waiting if (found := _open_next(case, above[case.pk], read(case.death_week), locks))
        ]
        given = _give(opened, now)
        released |= given
        waiting = [one.case for one in opened if one.case.pk not in given]
    StuckCase.objects.filter(case__in=released).delete()
    return released


def _rungs_above(cases: Iterable[Case]) -> Mapping[UUID, list[Rung]]:
    """Of each case the rungs that nobody has been given yet, the lowest last."""
    found: dict[UUID, list[Rung]] = {case.pk: [] for case in cases}
    above = Rung.objects.filter(case__in=found, number__gt=F("case__rung")).only("case_id", "number", "box")
    for rung in above.order_by("-number"):
        found[rung.case_id].append(rung)
    return found


def _open_next(case: Case, above: list[Rung], week_key: bytes, locks: Locks) -> _Opened | None:
    """Take the lock off the lowest of these rungs; None where the ladder has ended."""
    if not above:
        return None
    rung = above.pop()
    try:
        released = rungs.release(
            worker_private=locks.private,
            week_key=week_key,
            box=bytes(rung.box),
            case=case.pk.bytes,
            number=rung.number,
            week=case.death_week,
        )
    except BlankRung:
        if rung.number == 1:  # always in use: this one is damaged
            raise
        return None
    return _Opened(case, rung.number, released, week_key)


def _give(opened: Sequence[_Opened], now: datetime) -> set[UUID]:
    """Hand the rungs over through the gateway and write down to whom; the keys of the cases that were given."""
    if not opened:
        return set()
    calendars = Office.objects.in_bulk({one.office_id for one in opened})
    dues = [moves.starting(Stage.ACKNOWLEDGE, now, calendars.get(one.office_id)) for one in opened]
    givings = [
        Giving(one.case, one.office_id, _payload(one, now, due(Severity(one.case.severity))))
        for one, due in zip(opened, dues, strict=True)
    ]
    offices = egress.release(givings, on=now.date())
    week = clocks.week(now)
    Step.objects.bulk_create(
        Step(
            case=one.case,
            rung=one.number,
            outcome=Step.Outcome.RELEASED if office else Step.Outcome.PASSED_OVER,
            office=office,
            week=week,
        )
        for one, office in zip(opened, offices, strict=True)
    )
    given = set()
    for one, due, office in zip(opened, dues, offices, strict=True):
        if office is None:
            Case.objects.filter(pk=one.case.pk).update(rung=one.number)
            one.case.rung = one.number
        else:
            moves.give(one.case, rung=one.number, due=due)
            given.add(one.case.pk)
    return given


def _payload(one: _Opened, now: datetime, due: datetime) -> dict[str, object]:
    """What the office gets: the inner box under the retention layer again, and what stands in clear beside it."""
    case = one.case
    context = contexts.holding(case.pk.bytes, one.released.office_id)
    return {
        "rung": one.number,
        "box": retention.wrap(one.week_key, one.released.inner_box, week=case.death_week, context=context),
        "week": clocks.week(now),
        "severity": case.severity,
        "due": due,
    }
