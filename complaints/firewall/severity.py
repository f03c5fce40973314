"""How urgent a case is, changed by hand: made more urgent by anyone who works on it, less urgent by two.

That it takes two is the database's veto (firewall_veto_severity): it lowers a case on a live approval, and spends it
with that. Both bands and the reason lie in a sealed record; the holdings' copies follow by a trigger. "As urgent as it
is" means for this office: three cases that belong together raise its holding alone (decision 36).
"""

from __future__ import annotations

from django.db import transaction

from complaints.cases import clocks
from complaints.cases.clocks import STAGE_OF
from complaints.cases.models import Inspector
from complaints.cases.moves import Overtaken, raise_severity, set_at_office, set_severity
from complaints.cases.states import Severity, State
from recruitment_watch import clock

from . import approvals, disclosure, letters, records
from .access import OpenCase, Unreadable
from .disclosure import Verb
from .models import Approval

# Where a clock runs, or stands for an answer.
MAY_RAISE = frozenset({State.RELEASED, State.ACKNOWLEDGED, State.IN_WORK, State.ASKED})
MAY_LOWER = MAY_RAISE - {State.ASKED}


class OtherWay(ValueError):
    """Not more urgent than it is, or not less."""


@transaction.atomic
def raise_to(case: OpenCase, *, to: Severity, by: Inspector, text: str) -> None:
    """Make a case more urgent, and say why; what becomes of its clock is `moves.raise_severity`'s.

    Raises OtherWay, IllegalMove, Overtaken, CannotSeal, TooLong; Case.DoesNotExist to who has lost the case.
    """
    records.begin(case, by, MAY_RAISE)
    before = Severity(case.holding.severity)
    if to >= before:
        raise OtherWay
    raise_severity(case.case, to, office=case.office, left=letters.left(case))
    _write(case, by, before, to, text)
    disclosure.record(Verb.SEVERITY_RAISED, by=by, office=case.office, case=case.case)


@transaction.atomic
def ask_to_lower(case: OpenCase, *, to: Severity, by: Inspector, text: str) -> Approval:
    """Ask a colleague to make it less urgent. Raises OtherWay, AskedAlready and what `raise_to` does."""
    records.begin(case, by, MAY_LOWER)
    before = Severity(case.holding.severity)
    if to <= before:
        raise OtherWay
    if waiting(case):
        raise approvals.AskedAlready(Approval.Purpose.SEVERITY)
    content = {"was": before.value, "becomes": to.value, "why": text}
    return approvals.ask(case, by=by, purpose=Approval.Purpose.SEVERITY, content=content)


@transaction.atomic
def lower(approval: Approval, *, by: Inspector, case: OpenCase) -> None:
    """Approve what a colleague asked for, and make it so. Never shortens a clock.

    Raises SamePerson, Unreadable, IllegalMove, CannotSeal; Overtaken where it was approved, or the case has become
    more or less urgent, meanwhile; IntegrityError where the veto finds no two members; Case.DoesNotExist.
    """
    records.begin(case, by, MAY_LOWER)
    before, to, text = read(approval, case=case)
    if before != case.holding.severity:
        raise Overtaken("the case is not as urgent as it was when this was asked")
    due = clocks.due(STAGE_OF[State(case.case.state)], to, clock.now(), case.office)
    if to > case.case.severity:
        approvals.approve(approval, by=by, case=case)
        set_severity(case.case, to, max(due, clocks.coarse(to, case.case.due)))
    else:  # what three that belong together had brought is taken back; the complainant never heard of it
        approvals.approve(approval, by=by, case=case, verb=Verb.EASED)
        longer = max(due, clocks.coarse(to, case.holding.due))
        set_at_office(case.holding, to, min(longer, case.case.due))
    _write(case, by, before, to, text)


def read(approval: Approval, *, case: OpenCase) -> tuple[Severity, Severity, str]:
    """From which band to which, and why. Raises Unreadable."""
    content = approvals.opened(approval, case=case)
    try:
        was, becomes = (Severity(int(str(content[name]))) for name in ("was", "becomes"))
        return was, becomes, str(content.get("why") or "")
    except (KeyError, ValueError):
        pass
    raise Unreadable("what was asked for does not open")


def waiting(case: OpenCase) -> Approval | None:
    """The request of this office that waits for a second member, and still fits how urgent the case is."""
    for one in approvals.of_case(case, Approval.Purpose.SEVERITY):
        if one.approved_by_id is None and fits(one, case=case):
            return one
    return None


def fits(approval: Approval, *, case: OpenCase) -> bool:
    """Tell whether the case is still as urgent as it was when this was asked."""
    try:
        return read(approval, case=case)[0] == case.holding.severity
    except Unreadable:
        return False


def _write(case: OpenCase, by: Inspector, before: Severity, to: Severity, text: str) -> None:
    said = {"kind": "severity", "was": before.value, "becomes": to.value, "text": text}
    records.write_down(case, by=by, said=said, key=case.writing_key())
