"""Moving a case from one state to the next, once, whoever else tries at the same moment.

A case's own band and clock are what its complainant is told, and by them it goes from office to office. A holding may
be more urgent than its case and have less time, never the other way: where three belong together, that is the office's
knowledge, and the case's clock tells nothing of it (decision 36).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Case as Whichever
from django.db.models import Value, When
from django.db.models.functions import Least

from recruitment_watch import clock

from . import clocks
from .clocks import STAGE_OF, Calendar, Stage
from .models import Case, Holding
from .states import MOVES, OPEN, Severity, State

# Where a clock runs, or stands for an answer.
RAISABLE = frozenset(OPEN)

Clock = Callable[[Severity], datetime]  # when it is due, as it is stored, for work of this band


class IllegalMove(ValueError):
    """The transition table has no such move."""


class Overtaken(RuntimeError):
    """Somebody else moved the case first; nothing was changed."""


def starting(stage: Stage, now: datetime, office: Calendar | None) -> Clock:
    """The clock of a stage that begins at `now` (aware)."""
    return lambda band: clocks.due(stage, band, now, office)


def move(case: Case, to: State, *, due: Clock | None = None) -> None:
    """Move `case` to `to` and, with `due`, set its next clock, and that of its holdings by how urgent each is.

    Conditional on the state the caller saw: a racer raises Overtaken and changes nothing.
    """
    before = State(case.state)
    if to not in MOVES[before]:
        raise IllegalMove(f"a case cannot go from {before} to {to}")
    changes: dict[str, Any] = {"state": to} | ({"due": due(Severity(case.severity))} if due else {})
    if Case.objects.filter(pk=case.pk, state=before).update(**changes) != 1:
        raise Overtaken("the case has moved on since this page was shown")
    if due:
        _repeat(case, due)
        case.due = changes["due"]
    case.state = to


def give(case: Case, *, rung: int, due: Clock) -> None:
    """Note that the office on this rung has the case now, whoever had it before, and when its clock runs out.

    Also from work, and from an office that has not said anything: the one that has it now has not said so yet. The
    caller has stored its holding, with this clock. Raises IllegalMove, Overtaken.
    """
    before = State(case.state)
    if before != State.RELEASED and State.RELEASED not in MOVES[before]:
        raise IllegalMove(f"a case cannot go from {before} to {State.RELEASED}")
    told = due(Severity(case.severity))
    changed = Case.objects.filter(pk=case.pk, state=before).update(state=State.RELEASED, rung=rung, due=told)
    if changed != 1:
        raise Overtaken("the case has moved on")
    if case.rung:  # others may have it too
        _repeat(case, due)
    case.state, case.rung, case.due = State.RELEASED, rung, told


def set_due(case: Case, due: Clock) -> None:
    """Set the case's clock, and that of the queues that repeat it; the caller holds the row's lock."""
    told = due(Severity(case.severity))
    Case.objects.filter(pk=case.pk).update(due=told)
    _repeat(case, due)
    case.due = told


def _repeat(case: Case, due: Clock) -> None:
    """Set the clocks of the case's holdings: the case's own, or less where a holding is more urgent. One statement."""
    told = Severity(case.severity)
    latest = due(told)
    # Nothing but a member's word makes an S1, and that is the case's own.
    sooner = [When(severity=band, then=Value(min(latest, due(band)))) for band in Severity if Severity.S1 < band < told]
    Holding.objects.filter(case=case).update(due=Whichever(*sooner, default=Value(latest)) if sooner else latest)


def raise_severity(case: Case, to: Severity, *, office: Calendar, left: int | None = None) -> None:
    """Make the case itself more urgent, on a member's word; its clock is the shorter of what runs and what it gets.

    Danger does not wait for an answer: such a case goes on at once, with what was `left` of its clock (working days;
    None: unknown, so all that it gets). Anything less leaves the question with the person, waits for the answer no
    longer than the new band lets it, and goes on with the shorter clock then (`clocks.resume`). The caller holds the
    row's lock and has read it since. Raises IllegalMove where it would be no more urgent or no clock runs, Overtaken.
    """
    state, now = State(case.state), clock.now()
    if to >= case.severity or state not in RAISABLE:
        raise IllegalMove("a case is made more urgent by this, never less, and while it has a clock")
    if state == State.ASKED and to == Severity.S1:
        move(case, State.IN_WORK)
        full = clocks.WORKING_DAYS[Stage.DECIDE][to]
        set_severity(case, to, clocks.resume(to, now, full if left is None else left, office))
        return
    due = min(case.due, _from_now(state, to, now, office))
    _set_band(case, to, due)
    Holding.objects.filter(case=case).update(due=Least("due", Value(due)))  # one may have had less time already


def set_severity(case: Case, to: Severity, due: datetime) -> None:
    """Set the band and the clock, in the queues that repeat them too. Raises Overtaken where the band is another now.

    The trigger `severity_repeated` writes the band into the holdings; that lowering takes two is the database's veto.
    """
    _set_band(case, to, due)
    Holding.objects.filter(case=case).update(due=due)


def raise_at_office(holding: Holding, to: Severity, *, office: Calendar) -> None:
    """Make a case more urgent for one office and nobody else: neither its complainant nor another office sees it.

    The caller holds the lock of the case's row. Raises IllegalMove as `raise_severity` does.
    """
    state = State(holding.case.state)
    if to >= holding.severity or state not in RAISABLE:
        raise IllegalMove("a case is made more urgent by this, never less, and while it has a clock")
    set_at_office(holding, to, min(holding.due, _from_now(state, to, clock.now(), office)))


def set_at_office(holding: Holding, to: Severity, due: datetime) -> None:
    """Set band and clock of one office's queue. That lowering takes two is the database's veto here as well."""
    Holding.objects.filter(pk=holding.pk).update(severity=to, due=due)
    holding.severity, holding.due = to, due


def _from_now(state: State, to: Severity, now: datetime, office: Calendar) -> datetime:
    """A question waits as long as an office has for its first answer."""
    return clocks.due(STAGE_OF.get(state, Stage.ANSWER), to, now, office)


def _set_band(case: Case, to: Severity, due: datetime) -> None:
    if Case.objects.filter(pk=case.pk, severity=case.severity).update(severity=to, due=due) != 1:
        raise Overtaken("somebody else has changed how urgent the case is")
    case.severity, case.due = to, due
