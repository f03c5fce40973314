"""What a member of a holding office does to a case. Each verb is one transaction with its link in the log.

All take the case as its member has it open, and raise Case.DoesNotExist when that has ended meanwhile,
Overtaken when a colleague was faster, IllegalMove where the table has no such step; nothing is changed then.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from agencies.models import Standard
from complaints.cases import clocks, sealing
from complaints.cases.clocks import Stage
from complaints.cases.models import Case, CaseRecord, Holding, Inspector, Message
from complaints.cases.moves import IllegalMove, Overtaken, move
from complaints.cases.states import Severity, State
from complaints.firewall import disclosure, referrals
from complaints.firewall.access import OpenCase, agency_of, require_visible
from complaints.firewall.disclosure import Verb
from recruitment_watch import clock

# In these an office may write to the complainant, or record what it found.
MAY_ANSWER = frozenset({State.ACKNOWLEDGED, State.IN_WORK, State.ASKED, State.DECIDED})
MAY_FIND = frozenset({State.ACKNOWLEDGED, State.IN_WORK, State.DECIDED})


class UnknownStandard(ValueError):
    """No such standard in the register that this case's agency answers to."""


@transaction.atomic
def acknowledge(case: OpenCase, *, by: Inspector) -> None:
    """Say that the office has it: escalation stops, the clock to the first answer starts, `by` has it in hand."""
    _begin(case, by)
    move(case.case, State.ACKNOWLEDGED, due=_due(case, Stage.ANSWER))
    Holding.objects.filter(pk=case.holding.pk, assignee=None).update(assignee=by)
    disclosure.record(Verb.ACKNOWLEDGED, by=by, office=case.office, case=case.case)


@transaction.atomic
def answer(case: OpenCase, *, by: Inspector, text: str) -> Message:
    """Write to the complainant under the body key. The first answer starts the work and the clock to decide.

    Raises TooLong above what a message holds.
    """
    _begin(case, by)
    _require(case, MAY_ANSWER)
    if case.case.state == State.ACKNOWLEDGED:
        move(case.case, State.IN_WORK, due=_due(case, Stage.DECIDE))
    row = uuid4()
    content = {"text": text, "at": clock.now().isoformat(), "author": case.office.name}
    message = Message.objects.create(
        id=row,
        case=case.case,
        direction=Message.Direction.TO_COMPLAINANT,
        week=clocks.week(clock.now()),
        epoch=case.case.epoch,
        box=sealing.seal_message(case.writing_key(), content, case=case.case.pk, row=row, epoch=case.case.epoch),
    )
    disclosure.record(Verb.ANSWERED, by=by, office=case.office, case=case.case)
    return message


@transaction.atomic
def record_finding(case: OpenCase, *, by: Inspector, standard: str, text: str) -> CaseRecord:
    """Record what was found against a standard, and with the first finding decide the case.

    Raises UnknownStandard; TooLong above what a record holds.
    """
    _begin(case, by)
    _require(case, MAY_FIND)
    if standard not in {one.code for one in standards_for(case)}:
        raise UnknownStandard(standard)
    for to in {State.ACKNOWLEDGED: (State.IN_WORK, State.DECIDED), State.IN_WORK: (State.DECIDED,)}.get(
        State(case.case.state), ()
    ):
        move(case.case, to)
    row = uuid4()
    content = {
        "kind": "finding",
        "standard": standard,
        "text": text,
        "at": clock.now().isoformat(),
        "by": by.name,
    }
    record = CaseRecord.objects.create(
        id=row,
        case=case.case,
        week=clocks.week(clock.now()),
        epoch=case.case.epoch,
        box=sealing.seal_record(case.writing_key(), content, case=case.case.pk, row=row, epoch=case.case.epoch),
    )
    disclosure.record(Verb.FOUND, by=by, office=case.office, case=case.case)
    return record


def standards_for(case: OpenCase) -> list[Standard]:
    """What a finding can name: the standards of the agency's register; those decided here where it has none."""
    agency: UUID | None = agency_of(case.cover)
    own = referrals.standards_of(agency) if agency else []
    return own or list(Standard.objects.filter(register__is_home=True).order_by("code"))


def _due(case: OpenCase, stage: Stage) -> datetime:
    return clocks.due(stage, Severity(case.case.severity), clock.now(), case.office)


def _begin(case: OpenCase, by: Inspector) -> None:
    """Ask again whether this is theirs, and keep the case as it is shown until the verb is done."""
    require_visible(case, by)
    # Not its key: a link of the log that speaks of the case waits for that, with the log's own lock in hand.
    now = Case.objects.select_for_update(no_key=True).only("state", "epoch").get(pk=case.case.pk)
    if (now.state, now.epoch) != (case.case.state, case.case.epoch):
        raise Overtaken("the case has moved on since this page was shown")


def _require(case: OpenCase, states: frozenset[State]) -> None:
    if case.case.state not in states:
        raise IllegalMove(f"not while a case is {case.case.state}")
