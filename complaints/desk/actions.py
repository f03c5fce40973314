"""What a member of a holding office does to a case. Each verb is one transaction with its link in the log.

All take the case as its member has it open, and raise Case.DoesNotExist when that has ended meanwhile,
Overtaken when a colleague was faster, IllegalMove where the table has no such step; nothing is changed then.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import transaction

from agencies.models import Standard
from complaints.cases import clocks
from complaints.cases.clocks import Stage
from complaints.cases.models import CaseRecord, Holding, Inspector, Message
from complaints.cases.moves import Clock, move, set_due, starting
from complaints.cases.states import Severity, State
from complaints.files.outcomes import Clean
from complaints.firewall import departures, disclosure, letters, records, referrals
from complaints.firewall.access import OpenCase, agency_of
from complaints.firewall.disclosure import Verb
from complaints.firewall.models import Approval
from recruitment_watch import clock

from . import closing

# In these an office may ask something, or the next office to look at it too.
MAY_ASK = frozenset({State.ACKNOWLEDGED, State.IN_WORK})
MAY_PASS_UP = frozenset({State.RELEASED, State.ACKNOWLEDGED, State.IN_WORK})
# In these an office may write to the complainant, or record what it found.
MAY_ANSWER = frozenset({State.ACKNOWLEDGED, State.IN_WORK, State.ASKED, State.DECIDED})
MAY_FIND = frozenset({State.ACKNOWLEDGED, State.IN_WORK, State.DECIDED})
# In these a case can carry a referral.
MAY_REFER = frozenset({State.IN_WORK, State.DECIDED, State.CLOSED})


class UnknownStandard(ValueError):
    """No such standard in the register that this case's agency answers to."""


class UnknownEvidence(ValueError):
    """No such evidence was written into this case."""


@transaction.atomic
def acknowledge(case: OpenCase, *, by: Inspector) -> None:
    """Say that the office has it: escalation stops, the clock to the first answer starts, `by` has it in hand."""
    records.begin(case, by)
    move(case.case, State.ACKNOWLEDGED, due=_due(case, Stage.ANSWER))
    Holding.objects.filter(pk=case.holding.pk, assignee=None).update(assignee=by)
    disclosure.record(Verb.ACKNOWLEDGED, by=by, office=case.office, case=case.case)


@transaction.atomic
def answer(case: OpenCase, *, by: Inspector, text: str, file: Clean | None = None) -> Message:
    """Write to the complainant under the body key. The first answer starts the work and the clock to decide.

    `file` goes with it. Raises TooLong above what a message holds.
    """
    records.begin(case, by, MAY_ANSWER)
    if case.case.state == State.ACKNOWLEDGED:
        move(case.case, State.IN_WORK, due=_due(case, Stage.DECIDE))
    message = letters.write(case, text, case.writing_key(), file=file)
    disclosure.record(Verb.ANSWERED, by=by, office=case.office, case=case.case)
    return message


@transaction.atomic
def ask(case: OpenCase, *, by: Inspector, text: str, file: Clean | None = None) -> Message:
    """Ask the complainant something: the clock stands until they answer, or until the time for that is over.

    How many working days were left is sealed with the question: whoever opens the answer sets the clock on. The case's
    own clock, for the complainant opens it too. `file` goes with it. Raises TooLong.
    """
    records.begin(case, by, MAY_ASK)
    left = clocks.days_left(clock.now(), case.case.due, case.office)
    if case.case.state == State.ACKNOWLEDGED:  # a question is a first answer: the clock to decide waits
        left = clocks.WORKING_DAYS[Stage.DECIDE][Severity(case.case.severity)]
    move(case.case, State.ASKED, due=_due(case, Stage.ANSWER))
    message = letters.write(case, text, case.writing_key(), left=left, file=file)
    disclosure.record(Verb.ASKED, by=by, office=case.office, case=case.case)
    return message


@transaction.atomic
def go_on(case: OpenCase, *, by: Inspector) -> None:
    """Stop waiting for an answer: the clock goes on with what was left."""
    records.begin(case, by, frozenset({State.ASKED}))
    now, left = clock.now(), letters.left(case)
    move(case.case, State.IN_WORK, due=lambda band: clocks.resume(band, now, left, case.office))
    disclosure.record(Verb.WENT_ON, by=by, office=case.office, case=case.case)


@transaction.atomic
def pass_up(case: OpenCase, *, by: Inspector, text: str) -> Message:
    """Have the next office look at the case too, without waiting for a clock; `text` tells the complainant why.

    The next tick releases the rung, and this office keeps the case. Raises TooLong.
    """
    records.begin(case, by, MAY_PASS_UP)
    now = clock.now()
    set_due(case.case, lambda band: clocks.at_once(band, now))
    message = letters.write(case, text, case.writing_key())
    disclosure.record(Verb.PASSED_UP, by=by, office=case.office, case=case.case)
    return message


@transaction.atomic
def decline(case: OpenCase, *, by: Inspector, text: str) -> None:
    """Hand the case back in the office's name; `text` tells the complainant, and whoever else has it, why.

    Raises departures.NotYours; TooLong.
    """
    records.begin(case, by)
    if not departures.may_decide(case, by):
        raise departures.NotYours
    letters.write(case, text, case.writing_key())
    departures.leave(case, by=by)


@transaction.atomic
def record_finding(
    case: OpenCase, *, by: Inspector, standard: str, text: str, evidence: Collection[UUID] = ()
) -> CaseRecord:
    """Record what was found against a standard, and with the first finding decide the case.

    Where another office has it too, it is not decided by that: no office stops another one's clock.
    `evidence`: the records of this case that it rests on. Raises UnknownStandard, UnknownEvidence; TooLong above what
    a record holds.
    """
    records.begin(case, by, MAY_FIND)
    if standard not in {one.code for one in standards_for(case)}:
        raise UnknownStandard(standard)
    if not {row for row, _said in records.of_kind(case, "evidence")}.issuperset(evidence):
        raise UnknownEvidence
    if case.case.state == State.ACKNOWLEDGED:
        move(case.case, State.IN_WORK, due=_due(case, Stage.DECIDE))
    if case.case.state == State.IN_WORK and not closing.others_open(case):
        move(case.case, State.DECIDED)
    rests_on = sorted(str(one) for one in evidence)
    content = {"kind": "finding", "standard": standard, "text": text, "evidence": rests_on}
    record = records.write_down(case, by=by, said=content, key=case.writing_key())
    disclosure.record(Verb.FOUND, by=by, office=case.office, case=case.case)
    return record


@transaction.atomic
def refer(case: OpenCase, *, by: Inspector, agency: UUID, standards: Collection[str], evidence_class: str) -> Approval:
    """Propose to tell the regulator about the agency; a colleague has to approve it. Raises NotReferable."""
    records.begin(case, by, MAY_REFER)
    return referrals.propose(case, by=by, agency=agency, standards=standards, evidence_class=evidence_class)


def standards_for(case: OpenCase) -> list[Standard]:
    """What a finding can name: the standards of the agency's register; those decided here where it has none."""
    agency: UUID | None = agency_of(case.cover)
    own = referrals.standards_of(agency) if agency else []
    return own or list(Standard.objects.filter(register__is_home=True).order_by("code"))


def _due(case: OpenCase, stage: Stage) -> Clock:
    return starting(stage, clock.now(), case.office)
