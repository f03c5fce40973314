"""How urgent a case is: raised by anyone who works on it, lowered by two, in every order and under race."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from complaints.cases import clocks
from complaints.cases.clocks import Stage
from complaints.cases.models import Case, Holding, Inspector, Membership
from complaints.cases.moves import IllegalMove, Overtaken, raise_at_office
from complaints.cases.states import Severity, State
from complaints.desk import actions
from complaints.firewall import access, approvals, letters, severity
from complaints.firewall.access import OpenCase
from complaints.firewall.approvals import SamePerson
from complaints.firewall.models import Approval, DisclosureDetail
from recruitment_watch import clock
from recruitment_watch.dberrors import constraint_of
from tests.desk.cast import Desk, vault_of
from tests.desk.races import at_once
from tests.factories import Cast

AsOwner = Callable[[], AbstractContextManager[None]]
WHY = "canary-why: the ledger shows one payment"
Opening = Callable[[int], OpenCase]


def opening_of(office: Cast, case: UUID) -> Opening:
    """The case as Ana (0) or Ben (1) has it open now."""
    return lambda number: access.open_case(case, by=office.members[number], vault=vault_of(office, number))


@pytest.fixture
def opening(office: Cast, case: UUID) -> Opening:
    return opening_of(office, case)


def lowered(case: UUID) -> bool:
    row, holding = Case.objects.get(pk=case), Holding.objects.get(case=case)
    assert row.severity == holding.severity and row.due == holding.due
    return row.severity == Severity.S4


def ask(case: OpenCase, to: Severity = Severity.S4) -> Approval:
    return severity.ask_to_lower(case, to=to, by=case.member, text=WHY)


def approve(approval: Approval, case: OpenCase) -> None:
    severity.lower(Approval.objects.get(pk=approval.pk), by=case.member, case=case)


def test_anybody_who_works_on_it_raises_it_and_its_clock_is_the_shorter_one(opening: Opening, case: UUID) -> None:
    ben = opening(1)
    actions.acknowledge(ben, by=ben.member)
    before = Case.objects.get(pk=case).due
    severity.raise_to(ben, to=Severity.S1, by=ben.member, text=WHY)
    row, holding = Case.objects.get(pk=case), Holding.objects.get(case=case)
    assert row.severity == holding.severity == Severity.S1
    expected = clocks.due(Stage.ANSWER, Severity.S1, clock.now(), ben.office)
    assert row.due == holding.due == min(before, expected) == expected
    assert ("severity_raised", ben.member.pk) in DisclosureDetail.objects.values_list("verb", "inspector")
    said = opening(0).records[0].content or {}
    assert (said["kind"], said["was"], said["becomes"], said["text"]) == ("severity", 2, 1, WHY)


def with_a_question_out(opening: Opening, case: UUID, *, left: int = 0) -> OpenCase:
    """In work before, with so many working days left, or only acknowledged (0)."""
    ana = opening(0)
    actions.acknowledge(ana, by=ana.member)
    if left:
        actions.answer(opening(0), by=ana.member, text="We look into it.")
        band = Severity(ana.case.severity)
        Case.objects.filter(pk=case).update(due=clocks.resume(band, clock.now(), left, ana.office))
    actions.ask(opening(0), by=ana.member, text="Where are you?")
    return opening(0)


@pytest.mark.parametrize("left", [0, 3])
def test_danger_does_not_wait_for_an_answer(left: int, opening: Opening, case: UUID) -> None:
    """It goes on with the shorter clock: S1's own, or what was left."""
    ana = with_a_question_out(opening, case, left=left)
    severity.raise_to(ana, to=Severity.S1, by=ana.member, text=WHY)
    row, holding = Case.objects.get(pk=case), Holding.objects.get(case=case)
    assert row.state == holding.state == State.IN_WORK
    full = clocks.due(Stage.DECIDE, Severity.S1, clock.now(), ana.office)
    assert row.due == holding.due == (clocks.resume(Severity.S1, clock.now(), 3, ana.office) if left else full)
    assert row.due <= full


def by_hand(case: OpenCase) -> None:
    severity.raise_to(case, to=Severity.S2, by=case.member, text=WHY)


def by_a_pattern(case: OpenCase) -> None:
    """As the third complaint does it, at the row alone."""
    with transaction.atomic():
        Case.objects.select_for_update(no_key=True).get(pk=case.case.pk)
        raise_at_office(Holding.objects.select_related("case").get(case=case.case), Severity.S2, office=case.office)


@pytest.mark.parametrize("raised", [by_hand, by_a_pattern])
def test_what_is_no_danger_leaves_the_question_out_and_goes_on_with_the_shorter_clock(
    raised: Callable[[OpenCase], None], office: Cast, file_case: Callable[..., UUID]
) -> None:
    case = file_case(office, categories=("service",))
    opening = opening_of(office, case)
    ana = with_a_question_out(opening, case)
    raised(ana)
    row, holding = Case.objects.get(pk=case), Holding.objects.get(case=case)
    told = Severity.S2 if raised is by_hand else Severity.S4
    assert row.state == State.ASKED and (row.severity, holding.severity) == (told, Severity.S2)
    # The answer is waited for no longer than S2 waits, and then S2's time to decide is all that there is.
    assert holding.due == clocks.due(Stage.ANSWER, Severity.S2, clock.now(), ana.office)
    assert row.due == clocks.due(Stage.ANSWER, told, clock.now(), ana.office)
    ana = opening(0)
    assert letters.left(ana) == clocks.WORKING_DAYS[Stage.DECIDE][Severity.S4]
    actions.go_on(ana, by=ana.member)
    assert Holding.objects.get(case=case).due == clocks.due(Stage.DECIDE, Severity.S2, clock.now(), ana.office)
    assert Case.objects.get(pk=case).due == clocks.due(Stage.DECIDE, told, clock.now(), ana.office)


@pytest.mark.parametrize("raised", [by_hand, by_a_pattern])
def test_a_case_whose_clock_is_over_or_that_is_as_urgent_is_not_raised(
    raised: Callable[[OpenCase], None], office: Cast, file_case: Callable[..., UUID], as_owner: AsOwner
) -> None:
    urgent, over = file_case(office), file_case(office, categories=("service",))
    with as_owner():
        Case.objects.filter(pk=over).update(state=State.CLOSED)
    for case, refused in ((urgent, (severity.OtherWay, IllegalMove)), (over, IllegalMove)):
        before = Case.objects.values().get(pk=case)
        with pytest.raises(refused):
            raised(opening_of(office, case)(0))
        assert Case.objects.values().get(pk=case) == before


@pytest.mark.parametrize("to", [Severity.S2, Severity.S3])
def test_raising_is_no_way_to_lower(to: Severity, opening: Opening, case: UUID) -> None:
    ana = opening(0)
    with pytest.raises(severity.OtherWay):
        severity.raise_to(ana, to=to, by=ana.member, text=WHY)
    with pytest.raises(severity.OtherWay):
        severity.ask_to_lower(ana, to=Severity.S1, by=ana.member, text=WHY)
    assert Case.objects.get(pk=case).severity == Severity.S2


@pytest.mark.parametrize(("one", "other"), [(0, 1), (1, 0)])
def test_two_lower_it_whoever_asks(one: int, other: int, opening: Opening, case: UUID) -> None:
    before = Case.objects.get(pk=case).due
    approval = ask(opening(one))
    assert not lowered(case)
    approve(approval, opening(other))
    assert lowered(case) and Case.objects.get(pk=case).due >= before
    assert Approval.objects.get().spent_week
    said = opening(one).records[0].content or {}
    assert (said["was"], said["becomes"], said["text"]) == (2, 4, WHY)
    verbs = set(DisclosureDetail.objects.values_list("verb", "inspector"))
    one_of, other_of = opening(one).member.pk, opening(other).member.pk
    assert {("severity_asked", one_of), ("severity_lowered", other_of)} <= verbs


def test_nobody_approves_their_own(opening: Opening, case: UUID) -> None:
    approval = ask(opening(0))
    with pytest.raises(SamePerson):
        approve(approval, opening(0))
    with pytest.raises(approvals.AskedAlready):
        ask(opening(1))
    assert not lowered(case)


def test_one_word_lowers_it_once(opening: Opening, case: UUID, as_owner: AsOwner) -> None:
    approval = ask(opening(0), Severity.S3)
    approve(approval, opening(1))
    with pytest.raises(Overtaken):
        approve(approval, opening(1))
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(pk=case).update(severity=Severity.S4)  # past the verb, on the spent word
    assert Case.objects.get(pk=case).severity == Severity.S3


def test_what_was_asked_of_a_case_that_has_become_more_urgent_is_over(opening: Opening, case: UUID) -> None:
    approval = ask(opening(0), Severity.S3)
    ben = opening(1)
    severity.raise_to(ben, to=Severity.S1, by=ben.member, text="She is locked in.")
    with pytest.raises(Overtaken):
        approve(approval, opening(1))
    assert severity.waiting(opening(0)) is None
    again = ask(opening(0), Severity.S3)  # so it can be asked anew
    approve(again, opening(1))
    assert Case.objects.get(pk=case).severity == Severity.S3


@pytest.mark.parametrize("state", [State.ASKED, State.DECIDED, State.CLOSED])
def test_no_clock_no_lowering(state: State, opening: Opening, case: UUID, as_owner: AsOwner) -> None:
    with as_owner():
        Case.objects.filter(pk=case).update(state=state)
    with pytest.raises(IllegalMove):
        ask(opening(0))


class TestTheDatabase:
    """Each shortcut, past every function of ours, under the desk's own role."""

    def past_the_verb(self, case: UUID) -> str:
        try:
            with transaction.atomic():
                Case.objects.filter(pk=case).update(severity=Severity.S4)
        except IntegrityError as error:
            return constraint_of(error)
        return ""

    def test_one_alone_lowers_nothing_and_anybody_raises(self, case: UUID, opening: Opening) -> None:
        assert self.past_the_verb(case) == "firewall_veto_severity"
        ask(opening(0))
        assert self.past_the_verb(case) == "firewall_veto_severity"
        assert Case.objects.filter(pk=case).update(severity=Severity.S1) == 1
        assert Holding.objects.get(case=case).severity == Severity.S1

    def test_another_purpose_is_no_word_for_it(self, case: UUID, opening: Opening) -> None:
        asked = approvals.ask(opening(0), by=opening(0).member, purpose=Approval.Purpose.HOLD, content={"reason": "x"})
        approvals.approve(asked, by=opening(1).member, case=opening(1))
        assert self.past_the_verb(case) == "firewall_veto_severity"

    def test_nor_the_word_of_who_has_left(self, case: UUID, opening: Opening, office: Cast, as_owner: AsOwner) -> None:
        approval = ask(opening(0))
        Approval.objects.filter(pk=approval.pk).update(approved_by=office.members[1], approved_week="2026-W48")
        with as_owner():
            Membership.objects.filter(inspector=office.members[1]).update(until=clock.today())
        assert self.past_the_verb(case) == "firewall_veto_severity"

    def test_two_words_that_live_do(self, case: UUID, opening: Opening, office: Cast) -> None:
        """The control: what the veto must let through, once."""
        approval = ask(opening(0))
        Approval.objects.filter(pk=approval.pk).update(approved_by=office.members[1], approved_week="2026-W48")
        assert self.past_the_verb(case) == ""
        assert Approval.objects.get().spent_week and Holding.objects.get(case=case).severity == Severity.S4

    def for_the_office(self, case: UUID, band: Severity) -> str:
        try:
            with transaction.atomic():
                Holding.objects.filter(case=case).update(severity=band)
        except IntegrityError as error:
            return constraint_of(error)
        return ""

    def test_for_one_office_it_is_lowered_by_two_as_well_and_never_below_the_case(
        self, case: UUID, opening: Opening, office: Cast
    ) -> None:
        assert self.for_the_office(case, Severity.S1) == "" and Case.objects.get(pk=case).severity == Severity.S2
        assert self.for_the_office(case, Severity.S2) == "firewall_veto_severity"
        approval = ask(opening(0), Severity.S2)
        Approval.objects.filter(pk=approval.pk).update(approved_by=office.members[1], approved_week="2026-W48")
        assert self.for_the_office(case, Severity.S3) == "firewall_veto_severity"
        assert self.for_the_office(case, Severity.S2) == ""
        assert self.for_the_office(case, Severity.S1) == ""  # the control: the word is spent
        assert self.for_the_office(case, Severity.S2) == "firewall_veto_severity"


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_raised_while_a_colleague_approves_lowering_it_ends_as_one_of_the_two(opening: Opening, case: UUID) -> None:
    """Never lost: after a raise to S1 nobody finds it lowered from S2."""
    approval, mine, his = ask(opening(0)), opening(0), opening(1)
    at_once(
        [
            lambda: severity.raise_to(mine, to=Severity.S1, by=mine.member, text=WHY),
            lambda: approve(approval, his),
        ]
    )
    assert Case.objects.get(pk=case).severity == Severity.S1
    assert Holding.objects.get(case=case).severity == Severity.S1


# --- through the pages -----------------------------------------------------------------------------------


def test_through_the_pages(desk: Callable[..., Desk], ana: Inspector, ben: Inspector, case: UUID) -> None:
    her, his = desk(ana, 0), desk(ben, 1)

    def asked(one: Desk, **fields: str) -> int:
        data = {f"severity-{name}": value for name, value in fields.items()}
        return int(one.client.post(reverse("desk:together-ask", args=[case, "severity"]), data).status_code)

    def approved(one: Desk) -> int:
        address = reverse("desk:together-approve", args=[case, Approval.objects.get(case=case).pk])
        return int(one.client.post(address).status_code)

    assert asked(her, to="1", why=WHY) == 422 and asked(her, to="4", why="") == 422
    assert asked(her, to="4", why=WHY) == 302 and asked(his, to="3", why="Mine too.") == 409
    page = his.get("together", case).content.decode()
    assert "from S2: could cost the licence to S4: service" in page and WHY in page
    assert approved(her) == 403 and approved(his) == 302 and approved(his) == 409
    page = her.get("case", case).content.decode()
    assert "S4: service" in page and "It was set by hand, by" in page and WHY in page
    assert her.post("work", case, "raise", to="1", text="He threatens her.").status_code == 302
    assert "S1: danger" in her.get("case", case).content.decode()
    assert her.post("work", case, "raise", to="1", text="Again.").status_code == 422
