"""One member ends no case, and one office ends none for another: in every order, under race, past every verb."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from agencies.models import Agency
from complaints.cases import routing
from complaints.cases.models import Case, Holding, Inspector, Membership, Message, Recusal
from complaints.cases.moves import IllegalMove, Overtaken
from complaints.cases.states import Outcome, State
from complaints.desk import actions, closing
from complaints.firewall import access, approvals, recusals, severity
from complaints.firewall.access import OpenCase
from complaints.firewall.approvals import SamePerson
from complaints.firewall.models import Approval, DisclosureDetail
from recruitment_watch import clock
from recruitment_watch.dberrors import constraint_of
from tests.desk.cast import Desk, answers_about, file_and_release, release, vault_of
from tests.factories import Cast

AsOwner = Callable[[], AbstractContextManager[None]]
Opening = Callable[..., OpenCase]


@pytest.fixture
def opening(office: Cast, case: UUID) -> Opening:
    """The case as Ana (0) or Ben (1) has it open now; acknowledged."""

    def opened(number: int) -> OpenCase:
        return access.open_case(case, by=office.members[number], vault=vault_of(office, number))

    actions.acknowledge(opened(0), by=office.members[0])
    return opened


@pytest.fixture
def both(office: Cast, other: Cast, agency: Agency, settings: Any, as_owner: AsOwner) -> UUID:
    """A case that two offices have, as escalation leaves it: the first did not say in time that it has it."""
    settings.PEPPER, settings.RECEIPT_SALT = "pepper", "salt"
    facts = [
        next(one for one in routing.offices_for(str(cast.office.country), on=date.today()) if one.id == cast.office.pk)
        for cast in (office, other)
    ]
    with as_owner():
        case = file_and_release(answers_about(agency), facts)
        release(Case.objects.get(pk=case), 2)
    return case


def of(cast: Cast, number: int, case: UUID) -> OpenCase:
    return access.open_case(case, by=cast.members[number], vault=vault_of(cast, number))


def ask(case: OpenCase, outcome: Outcome = Outcome.NOT_UPHELD, text: str = "") -> Approval:
    return closing.ask(case, by=case.member, outcome=outcome, text=text)


def approve(approval: Approval, case: OpenCase) -> None:
    closing.close(Approval.objects.get(pk=approval.pk), by=case.member, case=case)


def closed_by(cast: Cast, case: UUID) -> None:
    approve(ask(of(cast, 0, case)), of(cast, 1, case))


def states(case: UUID) -> tuple[str, dict[UUID, str]]:
    return Case.objects.get(pk=case).state, dict(Holding.objects.filter(case=case).values_list("office", "state"))


@pytest.mark.parametrize(("one", "other_one"), [(0, 1), (1, 0)])
def test_two_close_it_whoever_asks_and_nobody_alone(one: int, other_one: int, opening: Opening, case: UUID) -> None:
    approval = ask(opening(one))
    assert Case.objects.get(pk=case).state == State.ACKNOWLEDGED and not Message.objects.exists()
    with pytest.raises(SamePerson):
        approve(approval, opening(one))
    assert Case.objects.get(pk=case).state == State.ACKNOWLEDGED
    approve(approval, opening(other_one))
    state, holdings = states(case)
    assert state == State.CLOSED and set(holdings.values()) == {State.CLOSED}
    assert Approval.objects.get().spent_week and Message.objects.count() == 1
    verbs = set(DisclosureDetail.objects.values_list("verb", "inspector"))
    assert {("closing_asked", opening(one).member.pk), ("closed", opening(other_one).member.pk)} <= verbs
    with pytest.raises((Overtaken, IllegalMove)):
        approve(approval, opening(other_one))


def test_the_newest_request_counts_and_none_from_before_it_was_taken_up_again(opening: Opening, case: UUID) -> None:
    first, second = ask(opening(0), Outcome.SETTLED), ask(opening(0), Outcome.UPHELD)
    assert closing.waiting(opening(1)) == second
    with pytest.raises(Overtaken):
        approve(first, opening(1))
    approve(second, opening(1))
    ben = opening(1)
    closing.reopen(ben, by=ben.member)
    assert states(case)[0] == State.IN_WORK and set(states(case)[1].values()) == {State.IN_WORK}
    assert closing.waiting(opening(1)) is None
    with pytest.raises(Overtaken):
        approve(first, opening(1))


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_at_one_moment_one_closing_is_made_and_never_by_who_asked(opening: Opening, case: UUID) -> None:
    from tests.desk.races import at_once

    approval = ask(opening(0))
    mine, his = [opening(0) for _ in range(2)], [opening(1) for _ in range(3)]
    outcomes = at_once([lambda one=one: approve(approval, one) for one in (*mine, *his)])
    assert outcomes.count("done") == 1 and set(outcomes) <= {"done", "SamePerson", "Overtaken"}
    assert Approval.objects.get().approved_by == his[0].member
    assert Message.objects.count() == 1 and states(case)[0] == State.CLOSED


# --- another office has it too -------------------------------------------------------------------------------


def test_closing_ends_ones_own_work_and_the_last_one_ends_the_case(both: UUID, office: Cast, other: Cast) -> None:
    hers = of(office, 0, both)
    actions.acknowledge(hers, by=hers.member)
    due = Case.objects.get(pk=both).due
    closed_by(office, both)
    assert states(both) == (
        State.ACKNOWLEDGED, {office.office.pk: State.CLOSED, other.office.pk: State.ACKNOWLEDGED},
    )  # fmt: skip
    assert (
        set(Holding.objects.filter(case=both).values_list("due", flat=True)) == {due} == {Case.objects.get(pk=both).due}
    )
    with pytest.raises(IllegalMove):
        actions.answer(of(office, 0, both), by=office.members[0], text="One thing more.")
    closed_by(other, both)
    assert states(both)[0] == State.CLOSED


def test_it_is_taken_up_again_by_who_closed_it_alone(both: UUID, office: Cast, other: Cast) -> None:
    hers = of(office, 0, both)
    actions.acknowledge(hers, by=hers.member)
    closed_by(office, both)
    due = Case.objects.get(pk=both).due
    closing.reopen(of(office, 0, both), by=office.members[0])
    assert set(states(both)[1].values()) == {State.ACKNOWLEDGED} and Case.objects.get(pk=both).due == due
    closed_by(office, both)
    closed_by(other, both)
    closing.reopen(of(other, 1, both), by=other.members[1])
    assert states(both) == (State.IN_WORK, {office.office.pk: State.CLOSED, other.office.pk: State.IN_WORK})


def test_a_finding_stops_no_other_offices_clock(both: UUID, office: Cast, other: Cast) -> None:
    hers = of(office, 0, both)
    actions.acknowledge(hers, by=hers.member)
    actions.record_finding(of(office, 0, both), by=office.members[0], standard="S-1", text="Ledger, page 4.")
    assert states(both)[0] == State.IN_WORK
    closed_by(office, both)
    actions.record_finding(of(other, 0, both), by=other.members[0], standard="S-1", text="Ledger, page 4.")
    assert states(both)[0] == State.DECIDED


def test_what_nobody_works_on_any_more_goes_to_the_next_office(
    both: UUID, office: Cast, other: Cast, as_owner: AsOwner
) -> None:
    hers = of(office, 0, both)
    actions.acknowledge(hers, by=hers.member)
    closed_by(office, both)
    with as_owner():
        Membership.objects.filter(inspector=other.members[0]).update(role="head")
    actions.decline(of(other, 0, both), by=other.members[0], text="Not ours.")
    row = Case.objects.get(pk=both)
    assert row.state == State.RELEASED and row.due <= clock.now()
    assert states(both)[1] == {office.office.pk: State.CLOSED}


# --- past every function of ours -----------------------------------------------------------------------------


class TestTheDatabase:
    """Each shortcut under the desk's own role."""

    def closes(self, case: UUID, **where: object) -> str:
        try:
            with transaction.atomic():
                if where:
                    Holding.objects.filter(case=case, **where).update(state=State.CLOSED)
                else:
                    Case.objects.filter(pk=case).update(state=State.CLOSED)
        except IntegrityError as error:
            return constraint_of(error)
        return ""

    def word(self, case: OpenCase, by: Inspector) -> None:
        Approval.objects.filter(pk=ask(case).pk).update(approved_by=by, approved_week="2026-W48")

    def test_one_alone_closes_neither_case_nor_holding(self, case: UUID, opening: Opening, office: Cast) -> None:
        mine = {"office": office.office.pk}
        assert self.closes(case) == "firewall_veto_ended" and self.closes(case, **mine) == "firewall_veto_closing"
        ask(opening(0))
        assert self.closes(case) == "firewall_veto_ended" and self.closes(case, **mine) == "firewall_veto_closing"

    def test_another_purpose_is_no_word_for_it(self, case: UUID, opening: Opening, office: Cast) -> None:
        asked = severity.ask_to_lower(opening(0), to=severity.Severity.S4, by=office.members[0], text="x")
        Approval.objects.filter(pk=asked.pk).update(approved_by=office.members[1], approved_week="2026-W48")
        assert self.closes(case, office=office.office.pk) == "firewall_veto_closing"

    def test_two_words_close_ones_own_holding_once_and_no_other(self, both: UUID, office: Cast, other: Cast) -> None:
        hers = of(office, 0, both)
        actions.acknowledge(hers, by=hers.member)
        self.word(of(office, 0, both), office.members[1])
        assert self.closes(both, office=other.office.pk) == "firewall_veto_closing"
        assert self.closes(both, office=office.office.pk) == ""  # the control: what the veto must let through
        assert self.closes(both) == "firewall_veto_ended"
        Holding.objects.filter(case=both, office=office.office.pk).update(state=State.ACKNOWLEDGED)
        assert self.closes(both, office=office.office.pk) == "firewall_veto_closing"

    def test_no_office_decides_what_another_has_open(self, both: UUID) -> None:
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            Case.objects.filter(pk=both).update(state=State.DECIDED)
        assert constraint_of(refused.value) == "firewall_veto_ended"

    def test_who_is_recused_is_no_second_person(self, case: UUID, opening: Opening, office: Cast) -> None:
        approval = ask(opening(0))
        recusals.recuse(case, by=office.members[1])
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            Approval.objects.filter(pk=approval.pk).update(approved_by=office.members[1], approved_week="2026-W48")
        assert constraint_of(refused.value) == "firewall_veto_approval"
        assert self.closes(case, office=office.office.pk) == "firewall_veto_closing"

    @pytest.mark.parametrize("who", [0, 1])
    def test_nor_who_is_recused_before_it_is_acted_on(
        self, who: int, case: UUID, opening: Opening, office: Cast
    ) -> None:
        self.word(opening(0), office.members[1])
        Recusal.objects.create(case_id=case, inspector=office.members[who], week="2026-W48")
        assert self.closes(case, office=office.office.pk) == "firewall_veto_closing"


def test_what_a_member_asked_who_is_recused_by_now_can_be_asked_anew(case: UUID, office: Cast) -> None:
    purpose = Approval.Purpose.IDENTITY
    approvals.ask(of(office, 0, case), by=office.members[0], purpose=purpose, content={"why": "x"})
    recusals.recuse(case, by=office.members[0])
    approvals.ask(of(office, 1, case), by=office.members[1], purpose=purpose, content={"why": "x"})


# --- through the pages ---------------------------------------------------------------------------------------


def test_through_the_pages(desk: Callable[..., Desk], ana: Inspector, ben: Inspector, case: UUID) -> None:
    her, his = desk(ana, 0), desk(ben, 1)
    her.post("acknowledge", case)
    said = {"closing-outcome": "not_upheld", "closing-text": "We looked at all of it."}
    assert her.post("close", case, **said).status_code == 302
    assert Case.objects.get(pk=case).state == State.ACKNOWLEDGED
    assert "Somebody of your office has asked to close this case" in his.get("case", case).content.decode()
    page = his.get("together", case).content.decode()
    assert "no rule was broken" in page and "We looked at all of it." in page
    address = reverse("desk:together-approve", args=[case, Approval.objects.get().pk])
    assert her.client.post(address).status_code == 403
    assert his.client.post(address).status_code == 302 and his.client.post(address).status_code == 409
    assert "This case is closed." in her.get("case", case).content.decode()


def test_who_is_alone_is_told_what_is_open_to_them(
    desk: Callable[..., Desk], ana: Inspector, ben: Inspector, case: UUID
) -> None:
    her = desk(ana, 0)
    her.post("acknowledge", case)
    recusals.recuse(case, by=ben)
    page = her.get("case", case).content.decode()
    assert "To close a case takes two members of your office" in page and 'name="closing-outcome"' not in page
    assert "Ask the next office" in page and "Hand the case back" in page
