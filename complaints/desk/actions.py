"""What a member of a holding office does to a case. Each verb is one transaction with its link in the log.

All take the case as its member has it open, and raise Case.DoesNotExist when that has ended meanwhile,
Overtaken when a colleague was faster, IllegalMove where the table has no such step; nothing is changed then.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from agencies.models import Standard
from complaints.cases import clocks, sealing
from complaints.cases.clocks import Stage
from complaints.cases.models import Case, CaseRecord, Holding, Inspector, Message
from complaints.cases.moves import IllegalMove, Overtaken, move, set_due
from complaints.cases.states import Outcome, Severity, State
from complaints.files.outcomes import Clean
from complaints.firewall import departures, disclosure, letters, referrals
from complaints.firewall.access import OpenCase, agency_of, require_visible
from complaints.firewall.disclosure import Verb
from recruitment_watch import clock

# In these an office may ask something, or the next office to look at it too.
MAY_ASK = frozenset({State.ACKNOWLEDGED, State.IN_WORK})
MAY_PASS_UP = frozenset({State.RELEASED, State.ACKNOWLEDGED, State.IN_WORK})
# In these an office may write to the complainant, or record what it found.
MAY_ANSWER = frozenset({State.ACKNOWLEDGED, State.IN_WORK, State.ASKED, State.DECIDED})
MAY_FIND = frozenset({State.ACKNOWLEDGED, State.IN_WORK, State.DECIDED})
# The steps that lead from each state to the end, for a case that is closed without a finding too.
TO_THE_END = {
    State.ACKNOWLEDGED: (State.IN_WORK, State.DECIDED, State.CLOSED),
    State.IN_WORK: (State.DECIDED, State.CLOSED),
    State.ASKED: (State.IN_WORK, State.DECIDED, State.CLOSED),
    State.DECIDED: (State.CLOSED,),
}
MAY_CLOSE = frozenset(TO_THE_END)


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
def answer(case: OpenCase, *, by: Inspector, text: str, file: Clean | None = None) -> Message:
    """Write to the complainant under the body key. The first answer starts the work and the clock to decide.

    `file` goes with it. Raises TooLong above what a message holds.
    """
    _begin(case, by)
    _require(case, MAY_ANSWER)
    if case.case.state == State.ACKNOWLEDGED:
        move(case.case, State.IN_WORK, due=_due(case, Stage.DECIDE))
    message = letters.write(case, text, case.writing_key(), file=file)
    disclosure.record(Verb.ANSWERED, by=by, office=case.office, case=case.case)
    return message


@transaction.atomic
def ask(case: OpenCase, *, by: Inspector, text: str, file: Clean | None = None) -> Message:
    """Ask the complainant something: the clock stands until they answer, or until the time for that is over.

    How many working days were left is sealed with the question: whoever opens the answer sets the clock on. `file` goes
    with it. Raises TooLong.
    """
    _begin(case, by)
    _require(case, MAY_ASK)
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
    _begin(case, by)
    _require(case, frozenset({State.ASKED}))
    due = clocks.resume(Severity(case.case.severity), clock.now(), _left(case), case.office)
    move(case.case, State.IN_WORK, due=due)
    disclosure.record(Verb.WENT_ON, by=by, office=case.office, case=case.case)


@transaction.atomic
def pass_up(case: OpenCase, *, by: Inspector, text: str) -> Message:
    """Have the next office look at the case too, without waiting for a clock; `text` tells the complainant why.

    The next tick releases the rung, and this office keeps the case. Raises TooLong.
    """
    _begin(case, by)
    _require(case, MAY_PASS_UP)
    set_due(case.case, clocks.at_once(Severity(case.case.severity), clock.now()))
    message = letters.write(case, text, case.writing_key())
    disclosure.record(Verb.PASSED_UP, by=by, office=case.office, case=case.case)
    return message


@transaction.atomic
def decline(case: OpenCase, *, by: Inspector, text: str) -> None:
    """Hand the case back in the office's name; `text` tells the complainant, and whoever else has it, why.

    Raises departures.NotYours; TooLong.
    """
    _begin(case, by)
    if not departures.may_decide(case, by):
        raise departures.NotYours
    letters.write(case, text, case.writing_key())
    departures.leave(case, by=by)


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
    content = {"kind": "finding", "standard": standard, "text": text}
    record = _write_down(case, by, content, case.writing_key())
    disclosure.record(Verb.FOUND, by=by, office=case.office, case=case.case)
    return record


@transaction.atomic
def close(case: OpenCase, *, by: Inspector, outcome: Outcome, text: str = "") -> CaseRecord:
    """End the work on a case, for every office that has it: no clock runs, and its week of death is the last.

    What came of it is recorded, and told to the complainant with the `text` for them. Raises TooLong above what a
    message holds.
    """
    _begin(case, by)
    _require(case, MAY_CLOSE)
    for to in TO_THE_END[State(case.case.state)]:
        move(case.case, to)
    with letters.in_their_language(case):
        said = _("We have closed this case. What came of it: %(outcome)s.") % {"outcome": outcome.label}
    key = case.writing_key()  # asked for once: where an office has left, this makes it
    record = _write_down(case, by, {"kind": "closing", "outcome": outcome.value, "text": text}, key)
    letters.write(case, f"{said}\n\n{text}" if text else said, key)
    disclosure.record(Verb.CLOSED, by=by, office=case.office, case=case.case)
    return record


@transaction.atomic
def reopen(case: OpenCase, *, by: Inspector) -> None:
    """Take a closed case up again: the clock to decide starts anew, and it is kept on while it is open."""
    _begin(case, by)
    _require(case, frozenset({State.CLOSED}))
    move(case.case, State.IN_WORK, due=_due(case, Stage.DECIDE))
    disclosure.record(Verb.REOPENED, by=by, office=case.office, case=case.case)


def standards_for(case: OpenCase) -> list[Standard]:
    """What a finding can name: the standards of the agency's register; those decided here where it has none."""
    agency: UUID | None = agency_of(case.cover)
    own = referrals.standards_of(agency) if agency else []
    return own or list(Standard.objects.filter(register__is_home=True).order_by("code"))


def _write_down(case: OpenCase, by: Inspector, said: Mapping[str, object], key: bytes) -> CaseRecord:
    """A record of the office, under the case's writing key, with who wrote it and when."""
    row, now = uuid4(), clock.now()
    content = {**said, "at": now.isoformat(), "by": by.name}
    return CaseRecord.objects.create(
        id=row,
        case=case.case,
        week=clocks.week(now),
        epoch=case.case.epoch,
        box=sealing.seal_record(key, content, case=case.case.pk, row=row, epoch=case.case.epoch),
    )


def _left(case: OpenCase) -> int:
    """What the last question that opens says was left of the clock."""
    said = [one.content.get("left") for one in case.messages if one.content and "left" in one.content]
    return int(str(said[-1])) if said else 1


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
