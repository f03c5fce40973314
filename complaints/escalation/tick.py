"""The tick: gives every new case to its first office, and a case whose clock ran out to the next one.

A question that nobody answered in its time goes back to the office; the cases of an office whose mandate has lapsed
go on to the next one.

The database is the queue. A tick claims what is due, does it and records it in one transaction, so a
worker that dies at any moment leaves nothing half done, and two workers never take the same case. The
worker takes off its own lock; what the office gets it cannot open (`ladder`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from copy import copy
from datetime import datetime, timedelta
from enum import Enum
from functools import partial
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, ProgrammingError, transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from complaints.cases import clocks
from complaints.cases.clocks import STAGE_OF, Stage
from complaints.cases.models import Case, Departure, Holding, Office, Step
from complaints.cases.moves import move, set_due, starting
from complaints.cases.states import OPEN, OWED, State
from recruitment_watch import clock

from . import delivery, drafts, identity, ladder, pulse, referrals, statistics
from .ladder import Locks
from .models import StuckCase

log = structlog.get_logger(__name__)

BATCH = 25
BATCHES = 40  # a tick ends, whatever waits: the next one goes on
RETRY = timedelta(minutes=15)
NOBODY_LEFT = "NobodyLeftToAsk"  # the ladder has ended, and nobody holds the case
# Faults of the machine, not of a row: the batch is rolled back whole and the next tick finds it as it was.
NOT_THE_ROWS_FAULT = (OperationalError, InterfaceError, ProgrammingError)


class Outcome(Enum):
    RELEASED = "released"
    END_OF_LADDER = "end of ladder"
    BACK_TO_WORK = "back to work"  # a question that nobody answered in its time
    OFFICE_LAPSED = "office lapsed"
    STUCK = "stuck"


def tick(now: datetime | None = None) -> Counter[str]:
    """Do all that is due at `now` (aware; default: application time); how many of each outcome.

    Raises WorkerCannotWork, and faults of the databases; what was committed before stays.
    """
    now = now or clock.now()
    drafts.sweep(now)  # first: it needs no lock and no weekly file, and a worker that lacks them still does this
    done = escalate(now)
    locks = Locks.read()
    done["identities"] = identity.deliver(now, worker_private=locks.private, weeks=locks.weeks)
    done["referrals"] = referrals.deliver(now)
    statistics.gather()
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


Work = Callable[[Sequence[Case], datetime, Locks], list[Outcome]]


def _work_through(due: QuerySet[Case], now: datetime, locks: Locks, work: Work | None = None) -> list[Outcome]:
    """Claim one batch, work on it, commit."""
    with transaction.atomic():
        claimed = due.select_for_update(skip_locked=True, no_key=True).only(
            "state", "severity", "rung", "due", "death_week"
        )
        cases = list(claimed[:BATCH])
        return _work_on(cases, now, locks, work or _advance) if cases else []


def _work_on(cases: Sequence[Case], now: datetime, locks: Locks, work: Work) -> list[Outcome]:
    """All at once; where that fails each by itself, so that what is wrong with one keeps no other waiting."""
    try:
        with transaction.atomic():
            return work([copy(case) for case in cases], now, locks)
    except NOT_THE_ROWS_FAULT:
        raise
    except Exception as error:  # whatever is wrong with a case, the others go on
        fault = type(error).__name__
    if len(cases) > 1:
        return [outcome for case in cases for outcome in _work_on([case], now, locks, work)]
    log.warning("a case is stuck", exception=fault)
    _report(cases[0], fault, now)
    set_due(cases[0], lambda band: clocks.coarse(band, now + RETRY))
    return [Outcome.STUCK]


def _advance(cases: Sequence[Case], now: datetime, locks: Locks) -> list[Outcome]:
    """Give each case to the next office on its ladder that may hold it; the caller holds the rows' locks."""
    unanswered = [case for case in cases if case.state == State.ASKED]
    for case in unanswered:
        _move_with_clock(case, State.IN_WORK, Stage.ANSWER, now)
    others = [case for case in cases if case not in unanswered]
    gone = ladder.next_rungs(others, now, locks)
    for case in others:
        if case.pk not in gone:
            _end_of_ladder(case, now)
    return [
        *[Outcome.BACK_TO_WORK for _case in unanswered],
        *[Outcome.RELEASED if case.pk in gone else Outcome.END_OF_LADDER for case in others],
    ]


def _end_of_ladder(case: Case, now: datetime) -> None:
    """Whoever has it keeps it, and the clock starts again; asked next time, the ladder ends here again.

    Where all that have it have closed it, the person has asked for one more look, and it is closed again.
    """
    last = _last_holder(case, now)
    if last is None:
        _report(case, NOBODY_LEFT, now)
    else:
        StuckCase.objects.filter(case=case).delete()
        Step.objects.bulk_create(
            [Step(case=case, rung=case.rung + 1, outcome=Step.Outcome.ENDED, week=clocks.week(now))],
            ignore_conflicts=True,
        )
        if not Holding.objects.filter(case=case).exclude(state=State.CLOSED).exists():
            move(case, State.CLOSED)
            return
    set_due(case, starting(STAGE_OF[State(case.state)], now, last))


def _leave(lapsed: AbstractSet[UUID], cases: Sequence[Case], now: datetime, locks: Locks) -> list[Outcome]:
    """Take the cases from their lapsed offices, once others have them."""
    alone = [case for case in cases if _last_holder(case, now) is None]
    gone = ladder.next_rungs(alone, now, locks)
    outcomes = []
    for case in cases:
        if case in alone and case.pk not in gone:
            _report(case, NOBODY_LEFT, now)
            outcomes.append(Outcome.END_OF_LADDER)
            continue
        for holding in Holding.objects.filter(case=case, office__in=lapsed).only("office"):
            Departure.objects.create(case=case, office_id=holding.office_id, week=clocks.week(now))
        outcomes.append(Outcome.OFFICE_LAPSED)
    return outcomes


def _last_holder(case: Case, now: datetime) -> Office | None:
    """The office that got the case last and may have it."""
    may = Office.objects.may_hold(on=now.date())
    last = Holding.objects.filter(case=case, office__in=may).select_related("office").order_by("-rung").first()
    return last.office if last else None


def _move_with_clock(case: Case, to: State, stage: Stage, now: datetime) -> None:
    move(case, to, due=starting(stage, now, _last_holder(case, now)))


def _report(case: Case, fault: str, now: datetime) -> None:
    """Leave word for a person: the fault's kind, never its text."""
    known = StuckCase.objects.filter(case=case)
    if not known.update(fault=fault, tries=F("tries") + 1, week=clocks.week(now)):
        StuckCase.objects.create(case=case, fault=fault, week=clocks.week(now))
