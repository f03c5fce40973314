"""Closing a case: one member of the office asks, another approves; and taking it up again.

It ends this office's own work. Other offices that have the case go on, with their clocks; when the last one has closed
it, it is closed for everybody. That it takes two is the database's veto (sql/closing.sql). What came of it lies in the
request's seal until then, and is told to the complainant when it is approved. Asked again, the newest request counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import transaction

from complaints.cases.clocks import Stage
from complaints.cases.models import CaseRecord, Holding, Inspector
from complaints.cases.moves import Overtaken, move, starting
from complaints.cases.states import Outcome, State
from complaints.firewall import approvals, disclosure, letters, records
from complaints.firewall.access import OpenCase, Unreadable
from complaints.firewall.disclosure import Verb
from complaints.firewall.models import Approval
from recruitment_watch import clock

from . import letter_files, work

# The steps that lead from each state to the end, for a case that is closed without a finding too.
TO_THE_END = {
    State.ACKNOWLEDGED: (State.IN_WORK, State.DECIDED, State.CLOSED),
    State.IN_WORK: (State.DECIDED, State.CLOSED),
    State.ASKED: (State.IN_WORK, State.DECIDED, State.CLOSED),
    State.DECIDED: (State.CLOSED,),
}
MAY_CLOSE = frozenset(TO_THE_END)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asked for: the outcome, a word to the person, and when in the case's life that was."""

    outcome: Outcome
    text: str = field(repr=False)
    at: str
    closings: int  # how often the case had been closed then


@transaction.atomic
def ask(case: OpenCase, *, by: Inspector, outcome: Outcome, text: str = "") -> Approval:
    """Ask a colleague to close it. Nothing ends by that; a request of this office that waits is replaced.

    Raises IllegalMove, Overtaken, CannotSeal, TooLong; Case.DoesNotExist to who has lost the case.
    """
    records.begin(case, by, MAY_CLOSE)
    content = {"outcome": outcome.value, "text": text, "at": clock.now().isoformat(), "closings": _closings(case)}
    return approvals.ask(case, by=by, purpose=Approval.Purpose.CLOSING, content=content)


@transaction.atomic
def close(approval: Approval, *, by: Inspector, case: OpenCase) -> CaseRecord:
    """Approve what a colleague asked for, and make it so: recorded, and told to the complainant.

    Raises SamePerson, Unreadable, IllegalMove, CannotSeal; Overtaken where it was approved, replaced or closed
    meanwhile; IntegrityError where the veto finds no two members; Case.DoesNotExist.
    """
    records.begin(case, by, MAY_CLOSE)
    wish = read(approval, case=case)
    now = waiting(case)
    if now is None or now.pk != approval.pk:
        raise Overtaken("this was approved, or asked anew, since the page was shown")
    approvals.approve(approval, by=by, case=case)
    Holding.objects.filter(pk=case.holding.pk).update(state=State.CLOSED)
    if not others_open(case):
        for to in TO_THE_END[State(case.case.state)]:
            move(case.case, to)
    case.holding.state = State.CLOSED
    letter = letter_files.get(f"closed-{wish.outcome.value.replace('_', '-')}")
    said = letter.text(str(case.cover.get("language") or ""), {})
    key = case.writing_key()  # asked for once: where an office has left, this makes it
    content = {"kind": "closing", "outcome": wish.outcome.value, "text": wish.text}
    record = records.write_down(case, by=by, said=content, key=key)
    letters.write(case, f"{said}\n\n{wish.text}" if wish.text else said, key)
    return record


@transaction.atomic
def reopen(case: OpenCase, *, by: Inspector) -> None:
    """Take up again what this office has closed.

    Where nobody else works on it, the clock to decide starts anew, and it is kept on while it is open.
    """
    records.begin(case, by, frozenset({State.CLOSED}))
    if case.case.state == State.CLOSED:
        move(case.case, State.IN_WORK, due=starting(Stage.DECIDE, clock.now(), case.office))
    Holding.objects.filter(pk=case.holding.pk).update(state=case.case.state)
    case.holding.state = case.case.state
    disclosure.record(Verb.REOPENED, by=by, office=case.office, case=case.case)


def others_open(case: OpenCase) -> bool:
    """Tell whether another office has the case and has not closed it."""
    others = Holding.objects.filter(case=case.case).exclude(pk=case.holding.pk)
    return others.exclude(state=State.CLOSED).exists()


def has_second(case: OpenCase) -> bool:
    """Tell whether the office has another member who may see the case: alone nobody closes it."""
    return work.colleagues(case).exclude(pk=case.member.pk).exists()


def waiting(case: OpenCase) -> Approval | None:
    """The newest request of this office that nobody has approved, asked since the case was last closed."""
    found = []
    for one in approvals.of_case(case, Approval.Purpose.CLOSING):
        if one.approved_by_id is None:
            try:
                wish = read(one, case=case)
            except Unreadable:
                continue
            if wish.closings == _closings(case):
                found.append((wish.at, one))
    return max(found, key=lambda pair: pair[0])[1] if found else None


def read(approval: Approval, *, case: OpenCase) -> Wish:
    """What was asked for. Raises Unreadable."""
    content = approvals.opened(approval, case=case)
    try:
        outcome, closings = Outcome(str(content["outcome"])), int(str(content["closings"]))
        return Wish(outcome, str(content.get("text") or ""), str(content["at"]), closings)
    except (KeyError, ValueError):
        pass
    raise Unreadable("what was asked for does not open")


def _closings(case: OpenCase) -> int:
    return sum(1 for _closing in records.of_kind(case, "closing"))
