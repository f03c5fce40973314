"""Handling people: who is away and who covers, handing cases on, who works on how much, recusal before a case opens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from complaints.cases.models import Absence, Case, Holding, Inspector, Membership, Recusal
from complaints.cases.models.people import Role
from complaints.cases.states import State
from complaints.desk import people, queue
from complaints.desk.queue import Wanted
from complaints.desk.slices import Hands
from complaints.firewall import members, recusals
from complaints.firewall.keys import OpenVault
from complaints.firewall.models import DisclosureDetail
from recruitment_watch import clock
from tests.desk.cast import STORY, Desk, vault_of
from tests.desk.races import at_once
from tests.desk.test_doors import address as address_of
from tests.desk.test_matrix import HELD
from tests.factories import Cast

File = Callable[..., UUID]


def days(first: int, last: int) -> dict[str, date]:
    return {"since": clock.today() + timedelta(days=first), "until": clock.today() + timedelta(days=last)}


def give(case: UUID, to: Inspector | None) -> None:
    Holding.objects.filter(case=case).update(assignee=to)


def mine(member: Inspector, vault: OpenVault) -> set[UUID]:
    return {row.holding.case_id for row in queue.page(member, vault=vault, wanted=Wanted(hands=Hands.MINE)).rows}


# --- leave and cover -----------------------------------------------------------------------------------------


def test_on_those_days_the_cases_are_among_those_of_who_covers(
    ana: Inspector, ben: Inspector, office: Cast, case: UUID, vault: OpenVault, move_clock: Callable[..., None]
) -> None:
    give(case, ben)
    assert mine(ana, vault) == set()
    people.go_away(ben, office=office.office, cover=ana, **days(1, 3), by=ben)
    assert mine(ana, vault) == set()
    move_clock(days=1)
    assert mine(ana, vault) == {case} == mine(ben, vault_of(office, 1))
    move_clock(days=2)
    assert mine(ana, vault) == {case}
    move_clock(days=1)
    assert mine(ana, vault) == set()
    assert Holding.objects.get(case=case).assignee == ben  # nothing was moved


def test_cover_is_given_in_the_own_office_only(
    ana: Inspector, ben: Inspector, office: Cast, other: Cast, case: UUID, vault: OpenVault, as_owner: Callable
) -> None:
    """A row about another office shows nobody a case, whoever wrote it."""
    give(case, ben)
    with as_owner():
        Absence.objects.create(office=other.office, inspector=ben, cover=ana, **days(0, 3))
    assert mine(ana, vault) == set()


def test_nobody_is_away_twice_nor_covered_by_who_is_not_there(
    ana: Inspector, ben: Inspector, charlie: Inspector, office: Cast
) -> None:
    here = office.office
    for cover in (ben, charlie):
        with pytest.raises(people.NotThere):
            people.go_away(ben, office=here, cover=cover, **days(1, 3), by=ben)
    for wrong in (days(3, 1), days(-3, -1), days(0, 400)):
        with pytest.raises(people.NotThere):
            people.go_away(ben, office=here, cover=ana, **wrong, by=ben)
    people.go_away(ben, office=here, cover=ana, **days(1, 3), by=ben)
    with pytest.raises(people.AwayAlready):
        people.go_away(ben, office=here, cover=ana, **days(3, 5), by=ben)
    with pytest.raises(people.NotThere):  # he is away then
        people.go_away(ana, office=here, cover=ben, **days(2, 2), by=ana)
    people.go_away(ana, office=here, cover=ben, **days(6, 7), by=ana)
    with pytest.raises(people.NotThere):  # she is away then herself
        people.go_away(ben, office=here, cover=ana, **days(7, 8), by=ben)
    assert Absence.objects.count() == 2


def test_for_somebody_else_it_takes_a_lead(ana: Inspector, ben: Inspector, office: Cast) -> None:
    with pytest.raises(people.NotAllowed):
        people.go_away(ana, office=office.office, cover=ben, **days(0, 1), by=ben)
    written = people.go_away(ben, office=office.office, cover=ana, **days(0, 1), by=ana)
    with pytest.raises(people.NotAllowed):
        people.come_back(people.go_away(ana, office=office.office, cover=ben, **days(5, 6), by=ana), by=ben)
    people.come_back(written, by=ben)
    assert not Absence.objects.filter(inspector=ben).exists()
    assert set(DisclosureDetail.objects.values_list("verb", flat=True)) == {"away"}


def test_who_comes_back_early_was_away_until_yesterday(
    ana: Inspector, ben: Inspector, office: Cast, move_clock: Callable[..., None]
) -> None:
    written = people.go_away(ben, office=office.office, cover=ana, **days(0, 9), by=ben)
    move_clock(days=3)
    people.come_back(written, by=ana)
    assert Absence.objects.get().until == clock.today() - timedelta(days=1)


def test_the_database_refuses_covering_for_oneself(ana: Inspector, office: Cast) -> None:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Absence.objects.create(office=office.office, inspector=ana, cover=ana, **days(0, 1))
    assert error.value.args == ("23514", "absence_covered_by_another")


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_of_two_who_write_the_same_days_one_does(ana: Inspector, ben: Inspector, office: Cast) -> None:
    def write() -> None:
        people.go_away(ben, office=office.office, cover=ana, **days(1, 3), by=ana)

    assert at_once([write] * 4) == ["AwayAlready", "AwayAlready", "AwayAlready", "done"]
    assert Absence.objects.count() == 1


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_of_two_who_cover_for_each_other_on_the_same_days_one_does(
    ana: Inspector, ben: Inspector, office: Cast
) -> None:
    """Else on those days nobody would have the cases of either."""

    def away(who: Inspector, cover: Inspector) -> Callable[[], object]:
        return lambda: people.go_away(who, office=office.office, cover=cover, **days(1, 3), by=who)

    for _ in range(3):
        assert at_once([away(ana, ben), away(ben, ana)]) == ["NotThere", "done"]
        assert Absence.objects.count() == 1
        Absence.objects.all().delete()


# --- handing on, and who has how much ------------------------------------------------------------------------


def test_a_leavers_cases_go_to_a_colleague_but_what_they_must_not_see(
    ana: Inspector, ben: Inspector, office: Cast, file_case: File
) -> None:
    cases = [file_case(office) for _ in range(3)]
    for one in cases:
        give(one, ana)
    recusals.recuse(cases[0], by=ben)
    with pytest.raises(people.NotAllowed):
        people.hand_on(ana, office=office.office, to=ben, by=ben)
    assert people.hand_on(ana, office=office.office, to=ben, by=ana) == (2, 1)
    assert [Holding.objects.get(case=one).assignee for one in cases] == [ana, ben, ben]
    assert people.hand_on(ana, office=office.office, to=None, by=ana) == (1, 0)
    with pytest.raises(people.NotThere):
        people.hand_on(ben, office=office.office, to=ben, by=ana)


def test_the_pages_of_leaving_and_of_the_workload(
    ana: Inspector, ben: Inspector, charlie: Inspector, office: Cast, file_case: File, desk: Callable[..., Desk]
) -> None:
    cases = [file_case(office) for _ in range(3)]
    for one in cases[:2]:
        give(one, ben)
    Case.objects.filter(pk=cases[0]).update(due=clock.now() - timedelta(hours=1))
    Holding.objects.filter(case=cases[0]).update(due=clock.now() - timedelta(hours=1))
    her, his, here = desk(ana, 0), desk(ben, 1), office.office.pk
    loads = {str(one.inspector): (one.open, one.overdue) for one in people.workload(office.office)}
    assert loads == {ben.name: (2, 1), ana.name: (0, 0), "None": (1, 0)}
    page = her.get("workload", here).content.decode()
    assert "In nobody&#x27;s hands" in page and ben.name in page
    assert "Open cases by colleague" not in his.get("workload", here).content.decode()
    leaving = her.get("leave", here, ben.pk).content.decode()
    assert "First hand on the 2 cases" in leaving
    for ask in (his.get, his.post, desk(charlie, 0).get):
        assert ask("hand-on", here, ben.pk).status_code == 404
    assert her.post("hand-on", here, ben.pk, to=str(charlie.pk)).status_code == 422
    assert her.post("hand-on", here, ben.pk, to=str(ana.pk)).status_code == 302
    assert Holding.objects.filter(assignee=ana).count() == 2
    for name in ("workload", "away"):
        assert desk(charlie, 0).get(name, here).status_code == 404
        assert desk(charlie, 0).post(name, here).status_code == 404


def test_the_page_writes_an_absence_down_and_ends_it(
    ana: Inspector, ben: Inspector, office: Cast, desk: Callable[..., Desk]
) -> None:
    his, her, here = desk(ben, 1), desk(ana, 0), office.office.pk
    said = {"who": str(ben.pk), "cover": str(ana.pk)} | {name: day.isoformat() for name, day in days(0, 2).items()}
    assert his.post("away", here, **said | {"cover": str(ben.pk)}).status_code == 422
    assert his.post("away", here, **said | {"who": str(ana.pk), "cover": str(ben.pk)}).status_code == 422
    assert his.post("away", here, **said).status_code == 302
    assert his.post("away", here, **said).status_code == 422
    absence = Absence.objects.get()
    assert "covers" in her.get("workload", here).content.decode()
    assert his.get("away-back", here, absence.pk).status_code == 302 and Absence.objects.exists()
    assert her.post("away-back", here, absence.pk).status_code == 302 and not Absence.objects.exists()


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_with_a_membership_its_absences_and_covers_end(ana: Inspector, ben: Inspector, office: Cast) -> None:
    people.go_away(ana, office=office.office, cover=ben, **days(0, 9), by=ana)
    members.leave(ben, office=office.office, by=ana, vault_of=vault_of(office, 0))
    assert not Absence.objects.exists()


# --- recusal, asked before a case opens ----------------------------------------------------------------------


def test_who_looks_at_a_case_first_is_asked_before_it_opens(
    ana: Inspector, case: UUID, desk: Callable[..., Desk]
) -> None:
    her = desk(ana, 0)
    for name in ("case", "together", "hand-over"):
        page = her.client.get(reverse(f"desk:{name}", args=[case])).content.decode()
        assert "is it for you?" in page and "Golden Harvest Manpower" in page and STORY not in page
    assert not DisclosureDetail.objects.filter(verb="opened").exists()
    assert her.client.get(reverse("desk:before", args=[case])).status_code == 302
    assert not DisclosureDetail.objects.filter(verb="no_interest").exists()  # a link answers for nobody
    assert her.client.post(reverse("desk:before", args=[case])).status_code == 302
    assert STORY in her.client.get(reverse("desk:case", args=[case])).content.decode()
    verbs = list(DisclosureDetail.objects.filter(case=case).order_by("disclosure_id").values_list("verb", flat=True))
    assert verbs == ["no_interest", "opened"]
    assert STORY in her.client.get(reverse("desk:case", args=[case])).content.decode()  # asked once


# Ways of a case that open nothing of it: to answer, to step aside, and what is the guests' own.
OPEN_NOTHING = frozenset({"before", "recuse", "as-guest", "guest-note"})


@pytest.mark.parametrize("name", sorted(set(HELD) - OPEN_NOTHING))
def test_no_page_of_a_case_opens_it_before_the_answer(
    name: str, ana: Inspector, case: UUID, desk: Callable[..., Desk]
) -> None:
    """By whichever link somebody comes, also where only the head of the page is asked for."""
    her, address = desk(ana, 0).client, address_of(name, case)
    for ask in (her.head, her.get):
        answer = ask(address)
        assert answer.status_code == 200 and "desk/before.html" in {one.name for one in answer.templates}
        assert STORY.encode() not in answer.content
    assert not DisclosureDetail.objects.filter(case=case).exists()
    her.post(reverse("desk:before", args=[case]))
    her.get(address)
    assert DisclosureDetail.objects.filter(case=case, verb="opened").exists()  # the control


def test_each_member_is_asked_and_an_outsider_is_not(
    ana: Inspector, ben: Inspector, charlie: Inspector, case: UUID, desk: Callable[..., Desk]
) -> None:
    desk(ana, 0).get("case", case)
    assert "is it for you?" in desk(ben, 1).client.get(reverse("desk:case", args=[case])).content.decode()
    theirs = desk(charlie, 0).client
    for ask in (theirs.get, theirs.post):
        assert ask(reverse("desk:before", args=[case])).status_code == 404


def test_who_is_recused_is_not_asked_again_and_gets_nothing(
    ana: Inspector, case: UUID, desk: Callable[..., Desk]
) -> None:
    her = desk(ana, 0)
    assert her.post("recuse", case, sure="on").status_code == 302
    assert Recusal.objects.count() == 1
    for name in ("case", "before"):
        address = reverse(f"desk:{name}", args=[case])
        assert her.client.get(address).status_code == her.client.post(address).status_code == 404
    with pytest.raises(IntegrityError), transaction.atomic():
        give(case, ana)


def test_a_lead_sees_the_workload_and_a_former_one_does_not(
    ben: Inspector, office: Cast, as_owner: Callable, desk: Callable[..., Desk]
) -> None:
    with as_owner():
        Membership.objects.filter(inspector=ben).update(role=Role.LEAD)
    assert "Open cases by colleague" in desk(ben, 1).get("workload", office.office.pk).content.decode()
    with as_owner():
        Membership.objects.filter(inspector=ben).update(role=Role.INSPECTOR)
    assert "Open cases by colleague" not in desk(ben, 1).get("workload", office.office.pk).content.decode()


def test_waiting_for_an_answer_is_not_overdue(office: Cast, case: UUID, as_owner: Callable) -> None:
    with as_owner():
        Case.objects.filter(pk=case).update(state=State.ASKED)
        Holding.objects.filter(case=case).update(due=clock.now() - timedelta(days=1))
    nobody = people.workload(office.office)[-1]
    assert (nobody.open, nobody.overdue, nobody.waiting) == (1, 0, 1)
