"""Nobody learns from their own mailbox that others complained, nor of a finding or a referral before it is made known.

An agency that complains about itself reads all that a mailbox prints (FIREWALL rule 14). So all that its page prints
of a case is held against what it printed before the third came.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from importlib import import_module
from typing import Any
from uuid import uuid4

import pytest

from agencies.models import Agency
from complaints.cases import clocks, routing
from complaints.cases.clocks import Stage
from complaints.cases.models import Case, Holding
from complaints.cases.states import Outcome, Severity, State
from complaints.cases.vocabulary import Remedy
from complaints.desk import actions, closing, pattern_actions, patterns, remedies
from complaints.firewall import access, referrals, severity
from complaints.firewall.access import OpenCase
from complaints.firewall.models import DisclosureDetail
from complaints.intake import groups, mailbox
from complaints.intake import receipts as intake_receipts
from complaints.intake.actions import file_complaint
from complaints.intake.answers import AgencyAnswer
from complaints.vault import receipts
from recruitment_watch import clock
from tests.desk.cast import answers_about, release, vault_of
from tests.factories import Cast

AsOwner = Callable[[], AbstractContextManager[None]]
FAKE = {"categories": ("service",)}  # S4 by itself, as the agency's own are


def sentences() -> Any:
    """What turns a mailbox into words; only intake's settings let it in (`complain`)."""
    return import_module("complaints.intake.words")


class Complainant:
    """Somebody with a receipt, and what their mailbox prints."""

    def __init__(self, as_owner: AsOwner, to: Cast, agency: Agency, *, name: str, **said: Any) -> None:
        self.as_owner, self.receipt, self.case = as_owner, receipts.new_receipt(), uuid4()
        answers = answers_about(agency, **FAKE | said)
        if name:
            answers = answers.with_(agency=AgencyAnswer(name=name))
        facts = [one for one in routing.offices_for(str(to.office.country), on=date.today()) if one.id == to.office.pk]
        with as_owner():
            file_complaint(case_id=self.case, receipt=self.receipt, answers=answers, offices=facts)
            release(Case.objects.get(pk=self.case), 1)

    def opened(self) -> mailbox.Mailbox:
        with self.as_owner():
            found = mailbox.open_mailbox(intake_receipts.keys_of(self.receipt))
            assert found is not None
            return found

    def prints(self) -> str:
        """The whole of what the page says of the case."""
        opened = self.opened()
        with self.as_owner():
            context = {
                "standing": sentences().standing(opened), "events": sentences().events(opened),
                # By their words: within one minute those of an office and of a person have no order.
                "letters": sorted(sentences().letters(opened), key=lambda one: str(one["text"])),
                "enclosed": opened.enclosed, "can_write": opened.can_write, "holders": opened.holders,
                "late": opened.missed, "ended": opened.ended, "may_ask_next": opened.may_ask_next,
            }  # fmt: skip
            return repr(sorted(context.items()))

    def row(self) -> Case:
        return Case.objects.get(pk=self.case)

    def holding(self) -> Holding:
        return Holding.objects.get(case=self.case)

    def at(self, office: Cast, number: int = 0) -> OpenCase:
        return access.open_case(self.case, by=office.members[number], vault=vault_of(office, number))


@pytest.fixture
def complain(
    as_owner: AsOwner, office: Cast, agency: Agency, file_case: Any, settings: Any
) -> Callable[..., Complainant]:
    settings.DRAFT_COOKIE_NAME, settings.MAILBOX_COOKIE_NAME = "draft", "mailbox"

    def act(to: Cast = office, *, name: str = "", **said: Any) -> Complainant:
        return Complainant(as_owner, to, agency, name=name, **said)

    return act


def look(office: Cast, number: int = 0) -> None:
    """A member opens the vault and sees the queue: the marks are made, and what is three is made urgent."""
    rows = Holding.objects.filter(office=office.office).order_by("pk").values_list("pk", flat=True)
    access.covers(list(rows), by=office.members[number], vault=vault_of(office, number))


def urgent() -> set[int]:
    return set(Holding.objects.values_list("severity", flat=True))


@pytest.mark.parametrize("how", ["an agency of the register", "a name in no register", "a group's code"])
def test_a_mailbox_prints_the_same_with_two_and_with_three(
    how: str, office: Cast, complain: Callable[..., Complainant]
) -> None:
    said: list[dict[str, Any]] = [{}, {}, {"categories": ("wages",)}]
    if how == "a name in no register":
        said = [{"name": "Blue Star Manpower"} | one for one in said]
    if how == "a group's code":
        code = groups.new_code()
        said = [{"group": code, "name": name} for name in ("Harbour Light", "Three Bridges", "Golden Ladder")]
    fakes = [complain(**one) for one in said[:2]]
    look(office)
    before = [one.prints() for one in fakes]
    assert urgent() == {Severity.S4} and "by the end of the week that begins on" in before[0]
    worker = complain(**said[2])
    filed = worker.prints()
    look(office, 1)
    assert urgent() == {Severity.S2}  # the office knows, as it should
    assert [one.prints() for one in fakes] == before and worker.prints() == filed


@pytest.fixture
def three(office: Cast, complain: Callable[..., Complainant]) -> list[Complainant]:
    found = [complain() for _ in range(3)]
    look(office)
    assert urgent() == {Severity.S2}
    return found


def step_by_step(one: Complainant, office: Cast) -> list[str]:
    """What is printed after each verb of the office, a question and its answer among them."""
    ana, printed = office.members[0], []
    actions.acknowledge(one.at(office), by=ana)
    printed.append(one.prints())
    actions.answer(one.at(office), by=ana, text="We look into it.")
    printed.append(one.prints())
    actions.ask(one.at(office), by=ana, text="Have you the contract?")
    printed.append(one.prints())
    opened = one.opened()
    with one.as_owner():
        assert mailbox.write(opened, message_id=uuid4(), text="Yes.")
    printed.append(one.prints())
    return printed


def test_nor_does_what_the_office_does_then_tell_one_from_three(
    office: Cast, complain: Callable[..., Complainant]
) -> None:
    """Every later clock is the told one: after acknowledging, an answer, a question, the answer to it."""
    alone = complain(name="Nobody Else Complained Of")
    look(office)
    expected = step_by_step(alone, office)
    assert alone.holding().due == alone.row().due
    crowd = [complain() for _ in range(3)]
    look(office)
    one = crowd[0]
    assert one.holding().severity == Severity.S2
    assert step_by_step(one, office) == expected
    held, now = one.holding(), clock.now()
    assert one.row().due == clocks.due(Stage.DECIDE, Severity.S4, now, office.office)
    assert held.due == clocks.due(Stage.DECIDE, Severity.S2, now, office.office)  # the office has no more than that


def test_the_next_office_is_asked_by_the_told_clock(three: list[Complainant], as_owner: AsOwner) -> None:
    """Neither the button nor the tick says by its hour that the office has less time."""
    from complaints.escalation import tick

    one = three[0]
    over = one.holding().due
    assert over < one.row().due
    with as_owner():
        Holding.objects.filter(case=one.case).update(due=clock.now() - timedelta(days=1))
        assert not one.opened().may_ask_next and one.case not in set(tick._late(over).values_list("pk", flat=True))
        told = one.row().due
        assert one.case in set(tick._late(told).values_list("pk", flat=True))


def test_two_who_take_that_back_tell_nothing_of_it_either(office: Cast, three: list[Complainant]) -> None:
    one = three[0]
    before = one.prints()
    asked = severity.ask_to_lower(one.at(office, 1), to=Severity.S3, by=office.members[1], text="Not the same.")
    severity.lower(asked, by=office.members[0], case=one.at(office))
    assert (one.holding().severity, one.row().severity) == (Severity.S3, Severity.S4)
    verbs = set(DisclosureDetail.objects.filter(case=one.case).values_list("verb", flat=True))
    assert "eased" in verbs and "severity_lowered" not in verbs
    assert "urgent" not in one.prints()
    assert before.partition("'standing'")[2] == one.prints().partition("'standing'")[2]


def test_what_a_member_changes_by_hand_is_told_and_shown(office: Cast, three: list[Complainant]) -> None:
    """The control: the told clock does follow what is told in words."""
    one = three[0]
    before = sentences().standing(one.opened())
    severity.raise_to(one.at(office), to=Severity.S1, by=office.members[0], text="He threatens her.")
    assert sentences().standing(one.opened()) != before and "made it more urgent" in one.prints()
    assert one.row().severity == one.holding().severity == Severity.S1
    assert one.holding().due <= one.row().due


# --- findings and referrals ----------------------------------------------------------------------------------


def found_in_all(three: list[Complainant], office: Cast) -> None:
    ana = office.members[0]
    for one in three:
        actions.acknowledge(one.at(office), by=ana)
        actions.answer(one.at(office), by=ana, text="We look into it.")
    (pattern,) = patterns.listed(ana, vault=vault_of(office, 0))
    written = pattern_actions.find(pattern, by=ana, vault=vault_of(office, 0), standard="S-1", text="The ledger.")
    assert written.done == 3


def test_a_finding_and_a_referral_are_told_with_the_outcome_and_not_before(
    office: Cast, agency: Agency, three: list[Complainant]
) -> None:
    ana, ben = office.members
    one = three[0]
    for each in three:
        actions.acknowledge(each.at(office), by=ana)
        actions.answer(each.at(office), by=ana, text="We look into it.")
    before = one.prints()
    (pattern,) = patterns.listed(ana, vault=vault_of(office, 0))
    vault = vault_of(office, 0)
    assert pattern_actions.find(pattern, by=ana, vault=vault, standard="S-1", text="The ledger.").done == 3
    assert pattern_actions.carrier(pattern, by=ana) in {each.case for each in three}
    case = one.at(office)
    asked = referrals.propose(case, by=ana, agency=agency.pk, standards=["S-1"], evidence_class="SEVERAL_ACCOUNTS")
    referrals.approve(asked, by=ben, case=one.at(office, 1))
    assert one.row().state == State.DECIDED
    assert one.prints() == before  # nothing warns
    ends = closing.ask(one.at(office), by=ana, outcome=Outcome.UPHELD)
    closing.close(ends, by=ben, case=one.at(office, 1))
    said = one.prints()
    assert "wrote down what it has found" in said and "told the regulator about the agency" in said


@pytest.mark.parametrize(("stage", "tells"), [(remedies.Stage.CLAIMED, False), (remedies.Stage.AWARDED, True)])
def test_a_remedy_tells_them_too_once_it_is_awarded(
    stage: remedies.Stage, tells: bool, office: Cast, three: list[Complainant]
) -> None:
    found_in_all(three, office)
    one = three[0]
    remedies.record(
        one.at(office), what=Remedy.DOCUMENTS, stage=stage, amount=None, currency="", owes=[remedies.Owes.AGENCY],
        source=remedies.Source.OWN, text="", by=office.members[0],
    )  # fmt: skip
    assert ("wrote down what it has found" in one.prints()) is tells
    assert ("The office has decided" in one.prints()) is tells


def test_that_it_has_decided_is_told_when_its_time_is_over(
    office: Cast, three: list[Complainant], as_owner: AsOwner
) -> None:
    """A person waits for it no longer than they were promised."""
    found_in_all(three, office)
    one = three[0]
    assert "The office is working on it" in one.prints()
    with as_owner():
        Case.objects.filter(pk=one.case).update(due=clock.now())
    assert "The office has decided" in one.prints()
    assert "wrote down what it has found" not in one.prints()
