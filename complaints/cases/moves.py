"""Moving a case from one state to the next, once, whoever else tries at the same moment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from recruitment_watch import clock

from . import clocks
from .clocks import STAGE_OF, Calendar, Stage
from .models import Case, Holding
from .states import MOVES, OPEN, Severity, State

# Where a clock runs, or stands for an answer.
RAISABLE = frozenset(OPEN)


class IllegalMove(ValueError):
    """The transition table has no such move."""


class Overtaken(RuntimeError):
    """Somebody else moved the case first; nothing was changed."""


def move(case: Case, to: State, *, due: datetime | None = None) -> None:
    """Move `case` to `to` and, with `due`, set its next clock, on the case and its holdings alike.

    Conditional on the state the caller saw: a racer raises Overtaken and changes nothing.
    """
    before = State(case.state)
    if to not in MOVES[before]:
        raise IllegalMove(f"a case cannot go from {before} to {to}")
    changes: dict[str, Any] = {"state": to} | ({"due": due} if due else {})
    if Case.objects.filter(pk=case.pk, state=before).update(**changes) != 1:
        raise Overtaken("the case has moved on since this page was shown")
    if due:
        Holding.objects.filter(case=case).update(due=due)
        case.due = due
    case.state = to


def give(case: Case, *, rung: int, due: datetime) -> None:
    """Note that the office on this rung has the case now, whoever had it before, and when its clock runs out.

    Also from work, and from an office that has not said anything: the one that has it now has not said so yet. The
    caller has stored its holding, with this clock. Raises IllegalMove, Overtaken.
    """
    before = State(case.state)
    if before != State.RELEASED and State.RELEASED not in MOVES[before]:
        raise IllegalMove(f"a case cannot go from {before} to {State.RELEASED}")
    changed = Case.objects.filter(pk=case.pk, state=before).update(state=State.RELEASED, rung=rung, due=due)
    if changed != 1:
        raise Overtaken("the case has moved on")
    if case.rung:  # others may have it too
        Holding.objects.filter(case=case).update(due=due)
    case.state, case.rung, case.due = State.RELEASED, rung, due


def set_due(case: Case, due: datetime) -> None:
    """Set the case's clock, and that of the queues that repeat it; the caller holds the row's lock."""
    Case.objects.filter(pk=case.pk).update(due=due)
    Holding.objects.filter(case=case).update(due=due)
    case.due = due


def raise_severity(case: Case, to: Severity, *, office: Calendar, left: int | None = None) -> None:
    """Make the case more urgent, whoever or whatever says so; its clock is the shorter of what runs and what it gets.

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
    stage = STAGE_OF.get(state, Stage.ANSWER)  # a question waits as long as an office has for its first answer
    set_severity(case, to, min(case.due, clocks.due(stage, to, now, office)))


def set_severity(case: Case, to: Severity, due: datetime) -> None:
    """Set the band and the clock, in the queues that repeat them too. Raises Overtaken where the band is another now.

    The trigger `severity_repeated` writes the band into the holdings; that lowering takes two is the database's veto.
    """
    if Case.objects.filter(pk=case.pk, severity=case.severity).update(severity=to, due=due) != 1:
        raise Overtaken("somebody else has changed how urgent the case is")
    Holding.objects.filter(case=case).update(due=due)
    case.severity, case.due = to, due
