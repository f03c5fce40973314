"""The tick: gives every new case to its first office, and a case whose clock ran out to the next one.

The database is the queue. A tick claims what is due, does it and records it in one transaction, so a
worker that dies at any moment leaves nothing half done, and two workers never take the same case. The
worker takes off its own lock; what the office gets it cannot open (FIREWALL section 2).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, ProgrammingError, transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from complaints.cases import clocks, pinned
from complaints.cases.models import Case, Holding, Office, Rung, Step
from complaints.cases.moves import move
from complaints.cases.states import UNANSWERED, Severity, State
from complaints.firewall import egress
from complaints.vault import contexts, retention, rungs
from complaints.vault.errors import BlankRung
from complaints.vault.primitives import KEY_BYTES, public_of
from complaints.vault.retention import ReplicatedWeekKeys
from complaints.vault.rungs import Released
from recruitment_watch import clock

from . import delivery, identity, referrals
from .models import StuckCase

log = structlog.get_logger(__name__)

BATCH = 25
BATCHES = 40  # a tick ends, whatever waits: the next one goes on
RETRY = timedelta(minutes=15)
NOBODY_LEFT = "NobodyLeftToAsk"  # the ladder has ended, and nobody holds the case
# Faults of the machine, not of a row: the batch is rolled back whole and the next tick finds it as it was.
NOT_THE_ROWS_FAULT = (OperationalError, InterfaceError, ProgrammingError)


class WorkerCannotWork(RuntimeError):
    """The worker's lock or the folder of weekly files is not there, or not the one that intake seals to."""


class Outcome(Enum):
    RELEASED = "released"
    END_OF_LADDER = "end of ladder"
    STUCK = "stuck"


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


def tick(now: datetime | None = None) -> Counter[str]:
    """Do all that is due at `now` (aware; default: application time); how many of each outcome.

    Raises WorkerCannotWork, and faults of the databases; what was committed before stays.
    """
    now = now or clock.now()
    done = escalate(now)
    locks = Locks.read()
    done["identities"] = identity.deliver(now, worker_private=locks.private, weeks=locks.weeks)
    done["referrals"] = referrals.deliver()
    done.update({f"parcels {state}": many for state, many in delivery.deliver(now, weeks=locks.weeks).items()})
    # What was done is not logged: a line a tick would say to the second when somebody filed (FIREWALL rule 5).
    return done


def escalate(now: datetime) -> Counter[str]:
    """Release the next rung of every case that is new, or whose clock ran out before `now`."""
    locks = Locks.read()
    done: Counter[str] = Counter()
    for due in (_new(), _late(now)):
        for _batch in range(BATCHES):
            outcomes = _work_through(due, now, locks)
            done.update(outcome.value for outcome in outcomes)
            if len(outcomes) < BATCH:
                break
    return done


def _new() -> QuerySet[Case]:
    """Cases that nobody has been given yet. Where that failed once, the pushed clock says when to try again.

    The first due of a new case lies ahead, so it is not the clock that brings it here.
    """
    stuck = StuckCase.objects.filter(case=OuterRef("pk"))
    return Case.objects.filter(~Exists(stuck), state=State.FILED, rung=0).order_by("severity")


def _late(now: datetime) -> QuerySet[Case]:
    return Case.objects.filter(state__in=UNANSWERED, due__lte=now).order_by("due")


def _work_through(due: QuerySet[Case], now: datetime, locks: Locks) -> list[Outcome]:
    """Claim one batch, work on each case under a savepoint, commit."""
    with transaction.atomic():
        claimed = due.select_for_update(skip_locked=True, no_key=True).only(
            "state", "severity", "rung", "due", "death_week"
        )
        return [_work_on(case, now, locks) for case in claimed[:BATCH]]


def _work_on(case: Case, now: datetime, locks: Locks) -> Outcome:
    try:
        with transaction.atomic():
            return _advance(case, now, locks)
    except NOT_THE_ROWS_FAULT:
        raise
    except Exception as error:  # whatever is wrong with this case, the others go on
        fault = type(error).__name__
    log.warning("a case is stuck", exception=fault)
    _report(case, fault, now)
    _set_due(case, clocks.coarse(Severity(case.severity), now + RETRY))
    return Outcome.STUCK


def _advance(case: Case, now: datetime, locks: Locks) -> Outcome:
    """Give the case to the next office on its ladder that may hold it; the caller holds the row's lock."""
    week_key = locks.weeks.read(case.death_week)
    for rung in Rung.objects.filter(case=case, number__gt=case.rung).order_by("number").only("number", "box"):
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
            break
        if _give(case, rung.number, released, week_key, now):
            StuckCase.objects.filter(case=case).delete()
            return Outcome.RELEASED
        Step.objects.create(case=case, rung=rung.number, outcome=Step.Outcome.PASSED_OVER, week=clocks.week(now))
        Case.objects.filter(pk=case.pk).update(rung=rung.number)
    last = Holding.objects.filter(case=case).select_related("office").order_by("-rung").first()
    if last is None:
        _report(case, NOBODY_LEFT, now)
    # Whoever has it keeps it, and the clock starts again; asked next time, the ladder ends here again.
    _set_due(case, clocks.first_due(Severity(case.severity), now, last.office if last else None))
    return Outcome.END_OF_LADDER


def _give(case: Case, number: int, released: Released, week_key: bytes, now: datetime) -> bool:
    """Hand the rung over through the gateway and record it; False when the office may not hold the case."""
    office_id, severity = UUID(bytes=released.office_id), Severity(case.severity)
    context = contexts.holding(case.pk.bytes, released.office_id)
    box = retention.wrap(week_key, released.inner_box, week=case.death_week, context=context)
    due = clocks.first_due(severity, now, Office.objects.filter(pk=office_id).first())
    payload = {"rung": number, "box": box, "week": clocks.week(now), "severity": int(severity), "due": due}
    office = egress.release(case, office_id, payload, on=now.date())
    if office is None:
        return False
    Step.objects.create(case=case, rung=number, outcome=Step.Outcome.RELEASED, office=office, week=clocks.week(now))
    if case.state == State.FILED:
        move(case, State.RELEASED)
    Case.objects.filter(pk=case.pk).update(rung=number)
    _set_due(case, due)
    return True


def _set_due(case: Case, due: datetime) -> None:
    """The case's clock, and that of the queues that repeat it."""
    Case.objects.filter(pk=case.pk).update(due=due)
    Holding.objects.filter(case=case).update(due=due)


def _report(case: Case, fault: str, now: datetime) -> None:
    """Leave word for a person: the fault's kind, never its text."""
    known = StuckCase.objects.filter(case=case)
    if not known.update(fault=fault, tries=F("tries") + 1, week=clocks.week(now)):
        StuckCase.objects.create(case=case, fault=fault, week=clocks.week(now))
