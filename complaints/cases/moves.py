"""Moving a case from one state to the next, once, whoever else tries at the same moment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .models import Case, Holding
from .states import MOVES, Severity, State


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


def raise_severity(case: Case, to: Severity, *, due: datetime) -> None:
    """Make the case more urgent, in the queues that repeat it too, and its clock no longer than `due`.

    The caller holds the row's lock and has read it since. Raises IllegalMove where it would be no more urgent.
    """
    if to >= case.severity:
        raise IllegalMove("a case is made more urgent by this, never less")
    due = min(case.due, due)
    Case.objects.filter(pk=case.pk).update(severity=to, due=due)
    Holding.objects.filter(case=case).update(due=due)  # their severity follows by itself
    case.severity, case.due = to, due
