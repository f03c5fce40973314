"""The tick: gives every new case to its first office, and a case whose clock ran out to the next one.

A question that nobody answered in its time goes back to the office; the cases of an office whose mandate has lapsed
go on to the next one.

The database is the queue. A tick claims what is due, does it and records it in one transaction, so a
worker that dies at any moment leaves nothing half done, and two workers never take the same case. The
worker takes off its own lock; what the office gets it cannot open (FIREWALL section 2).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from functools import partial
from uuid import UUID

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, ProgrammingError, transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from complaints.cases import clocks, pinned
from complaints.cases.clocks import STAGE_OF, Stage
from complaints.cases.models import Case, Departure, Holding, Office, Rung, Step
from complaints.cases.moves import move, set_due
from complaints.cases.states import OPEN, OWED, Severity, State
from complaints.firewall import egress
from complaints.vault import contexts, retention, rungs
from complaints.vault.errors import BlankRung
from complaints.vault.primitives import KEY_BYTES, public_of
from complaints.vault.retention import ReplicatedWeekKeys
from complaints.vault.rungs import Released
from recruitment_watch import clock

from . import delivery, identity, pulse, referrals
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
    BACK_TO_WORK = "back to work"  # a question that nobody answered in its time
    OFFICE_LAPSED = "office lapsed"
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
    pulse.beats(pulse.Part.WORKER, now)
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
    done.update(outcome.value for outcome in _lapsed(now, locks))
    return done


def _new() -> QuerySet[Case]:
    """Cases that nobody has been given yet. Where that failed once, the pushed clock says when to try again.

    The first due of a new case lies ahead, so it is not the clock that brings it here.
    """
    stuck = StuckCase.objects.filter(case=OuterRef("pk"))
    return Case.objects.filter(~Exists(stuck), state=State.FILED, rung=0).order_by("severity")


def _late(now: datetime) -> QuerySet[Case]:
    return Case.objects.filter(state__in=(*OWED, State.ASKED), due__lte=now).order_by("due")


def _lapsed(now: datetime, locks: Locks) -> list[Outcome]:
    """One batch of cases that an office outside rule 1 has had: the office loses them, and the next one gets them.

    An attestation that is not renewed ends an office's reading by itself (rule 1); this ends its having the case.
    Where nobody else can have it, it stays as it is, unreadable, until the attestation is renewed or its week has come.
    """
    lapsed = set(Office.objects.values_list("pk", flat=True)) - set(
        Office.objects.may_hold(on=now.date()).values_list("pk", flat=True)
    )
    if not lapsed:
        return []
    nobody = StuckCase.objects.filter(case=OuterRef("case"), fault=NOBODY_LEFT)
    held = Holding.objects.filter(~Exists(nobody), office__in=lapsed, case__state__in=OPEN)
    cases = Case.objects.filter(pk__in=list(held.values_list("case", flat=True)[:BATCH]))
    return _work_through(cases.order_by("pk"), now, locks, partial(_leave, lapsed))


Work = Callable[[Case, datetime, Locks], Outcome]


def _work_through(due: QuerySet[Case], now: datetime, locks: Locks, work: Work | None = None) -> list[Outcome]:
    """Claim one batch, work on each case under a savepoint, commit."""
    with transaction.atomic():
        claimed = due.select_for_update(skip_locked=True, no_key=True).only(
            "state", "severity", "rung", "due", "death_week"
        )
        return [_work_on(case, now, locks, work or _advance) for case in claimed[:BATCH]]


def _work_on(case: Case, now: datetime, locks: Locks, work: Work) -> Outcome:
    try:
        with transaction.atomic():
            return work(case, now, locks)
    except NOT_THE_ROWS_FAULT:
        raise
    except Exception as error:  # whatever is wrong with this case, the others go on
        fault = type(error).__name__
    log.warning("a case is stuck", exception=fault)
    _report(case, fault, now)
    set_due(case, clocks.coarse(Severity(case.severity), now + RETRY))
    return Outcome.STUCK


def _advance(case: Case, now: datetime, locks: Locks) -> Outcome:
    """Give the case to the next office on its ladder that may hold it; the caller holds the row's lock."""
    if case.state == State.ASKED:
        _move_with_clock(case, State.IN_WORK, Stage.ANSWER, now)
        return Outcome.BACK_TO_WORK
    if _next_rung(case, now, locks):
        return Outcome.RELEASED
    last = _last_holder(case, now)
    if last is None:
        _report(case, NOBODY_LEFT, now)
    else:
        StuckCase.objects.filter(case=case).delete()
        Step.objects.bulk_create(
            [Step(case=case, rung=case.rung + 1, outcome=Step.Outcome.ENDED, week=clocks.week(now))],
            ignore_conflicts=True,
        )
    # Whoever has it keeps it, and the clock starts again; asked next time, the ladder ends here again.
    set_due(case, clocks.due(STAGE_OF[State(case.state)], Severity(case.severity), now, last))
    return Outcome.END_OF_LADDER


def _leave(lapsed: AbstractSet[UUID], case: Case, now: datetime, locks: Locks) -> Outcome:
    """Take the case from its lapsed offices, once another has it."""
    if _last_holder(case, now) is None and not _next_rung(case, now, locks):
        _report(case, NOBODY_LEFT, now)
        return Outcome.END_OF_LADDER
    for holding in Holding.objects.filter(case=case, office__in=lapsed).only("office"):
        Departure.objects.create(case=case, office_id=holding.office_id, week=clocks.week(now))
    return Outcome.OFFICE_LAPSED


def _last_holder(case: Case, now: datetime) -> Office | None:
    """The office that got the case last and may have it."""
    may = Office.objects.may_hold(on=now.date())
    last = Holding.objects.filter(case=case, office__in=may).select_related("office").order_by("-rung").first()
    return last.office if last else None


def _next_rung(case: Case, now: datetime, locks: Locks) -> bool:
    """Release the next rung whose office may hold the case; False where there is none."""
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
            return True
        Step.objects.create(case=case, rung=rung.number, outcome=Step.Outcome.PASSED_OVER, week=clocks.week(now))
        Case.objects.filter(pk=case.pk).update(rung=rung.number)
        case.rung = rung.number
    return False


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
    if case.state != State.RELEASED:  # also from work: the office that has it now has not said so yet
        move(case, State.RELEASED)
    Case.objects.filter(pk=case.pk).update(rung=number)
    set_due(case, due)
    return True


def _move_with_clock(case: Case, to: State, stage: Stage, now: datetime) -> None:
    move(case, to, due=clocks.due(stage, Severity(case.severity), now, _last_holder(case, now)))


def _report(case: Case, fault: str, now: datetime) -> None:
    """Leave word for a person: the fault's kind, never its text."""
    known = StuckCase.objects.filter(case=case)
    if not known.update(fault=fault, tries=F("tries") + 1, week=clocks.week(now)):
        StuckCase.objects.create(case=case, fault=fault, week=clocks.week(now))
