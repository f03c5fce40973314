"""Patterns: what finds each other inside one office and nowhere else, and what three of them do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections
from django.urls import reverse

from agencies.models import Agency
from complaints.cases import routing, sealing
from complaints.cases.models import Case, CaseRecord, Holding, Inspector, PatternMark, Recusal
from complaints.cases.states import Severity, State
from complaints.desk import actions, patterns
from complaints.firewall import access, marks, members, recusals, severity
from complaints.firewall.keys import OpenVault
from complaints.firewall.models import Approval, DisclosureDetail, ReferralOutbox
from complaints.intake import groups
from complaints.intake.answers import AgencyAnswer
from tests.desk.cast import STORY, Desk, answers_about, file_and_release, vault_of
from tests.factories import Cast

File = Callable[..., UUID]
CALM = {"categories": ("wages",)}  # S3 by itself


@pytest.fixture
def file(as_owner: Callable, agency: Agency, file_case: File) -> File:
    """File to an office; `name` is an agency in one's own words."""

    def act(to: Cast, *, name: str | None = None, **answers: Any) -> UUID:
        facts = [one for one in routing.offices_for(str(to.office.country), on=date.today()) if one.id == to.office.pk]
        said = answers_about(agency, **CALM | answers)
        if name is not None:
            said = said.with_(agency=AgencyAnswer(name=name))
        with as_owner():
            return file_and_release(said, facts)

    act.__wrapped__ = file_case  # type: ignore[attr-defined]  # its settings are needed
    return act


def look(cast: Cast, number: int = 0) -> OpenVault:
    """Open the office's vault and have every case's cover shown."""
    vault = vault_of(cast, number)
    holdings = Holding.objects.filter(office=cast.office).order_by("pk").values_list("pk", flat=True)
    access.covers(list(holdings), by=cast.members[number], vault=vault)
    return vault


def lowered(case: UUID, cast: Cast) -> None:
    """Two members make a case less urgent."""

    def opened(number: int) -> access.OpenCase:
        return access.open_case(case, by=cast.members[number], vault=vault_of(cast, number))

    actions.acknowledge(opened(0), by=cast.members[0])
    asked = severity.ask_to_lower(opened(1), to=Severity.S3, by=cast.members[1], text="It is not the same.")
    severity.lower(asked, by=cast.members[0], case=opened(0))


def agency_marks(*cases: UUID) -> set[bytes]:
    rows = PatternMark.objects.filter(holding__case__in=cases, place=PatternMark.AGENCY)
    return {bytes(one.index) for one in rows}


def severities(*cases: UUID) -> list[int]:
    """How urgent they are for the office; what their complainants are told is tests/desk/test_told_clock.py's."""
    return [Holding.objects.get(case=one).severity for one in cases]


def told(verb: str) -> int:
    return DisclosureDetail.objects.filter(verb=verb).count()


def test_what_is_about_one_agency_finds_each_other_in_one_office_and_not_across(
    file: File, office: Cast, other: Cast
) -> None:
    ours, theirs = [file(office), file(office)], [file(other, country="BH"), file(other, country="BH")]
    look(office), look(other)
    assert len(agency_marks(*ours)) == len(agency_marks(*theirs)) == 1
    assert agency_marks(*ours).isdisjoint(agency_marks(*theirs))
    by_case = {one: PatternMark.objects.filter(holding__case=one).count() for one in (*ours, *theirs)}
    assert set(by_case.values()) == {2}  # with a group or without one
    seconds = PatternMark.objects.filter(place=PatternMark.GROUP).values_list("index", flat=True)
    assert len({bytes(one) for one in seconds}) == 4


def test_a_name_in_no_register_is_found_by_likeness_inside_the_office(file: File, office: Cast, other: Cast) -> None:
    alike = [file(office, name=one) for one in ("Blue Star Manpower", "BLUE-STAR  Agency Ltd.", "Bleu Star manpower")]
    unlike = [file(office, name=one) for one in ("Blue Star 2 Manpower", "Red Star Manpower", "BS", "")]
    elsewhere = file(other, name="Blue Star Manpower", country="BH")
    look(office), look(other)
    assert len(agency_marks(*alike)) == 1
    assert len(agency_marks(*alike, *unlike, elsewhere)) == 6
    assert told("compared") == 2  # one an office


def test_a_later_name_joins_the_earlier_ones(file: File, office: Cast) -> None:
    first = file(office, name="Blue Star Manpower")
    look(office)
    second = file(office, name="Blue Star Manpower Co.")
    look(office, 1)
    assert len(agency_marks(first, second)) == 1


def test_the_code_of_a_group_binds_what_has_different_agencies(file: File, office: Cast, ana: Inspector) -> None:
    code = groups.new_code()
    cases = [file(office, group=code), file(office, group=code, name="Blue Star Manpower")]
    file(office, group=groups.new_code(), name="Red Moon")
    (found,) = patterns.listed(ana, vault=look(office))
    assert (found.kind, found.cases) == (patterns.Kind.GROUP, 2)
    assert {holding.case_id for holding in Holding.objects.filter(marks__index=found.mark.index)} == set(cases)


def test_the_third_makes_all_three_more_urgent_once(
    file: File, office: Cast, ana: Inspector, as_owner: Callable
) -> None:
    first, second = file(office), file(office)
    look(office)
    assert severities(first, second) == [3, 3] and told("urgent_together") == 0
    before = Case.objects.get(pk=first)
    third = file(office)
    vault = look(office)
    assert severities(first, second, third) == [2, 2, 2]
    case = Case.objects.get(pk=first)
    assert (case.severity, case.due) == (before.severity, before.due)
    assert Holding.objects.get(case=first).due < before.due
    assert told("urgent_together") == 3
    lowered(first, office)  # two colleagues agree that it is not: it stays so
    look(office, 1)
    assert marks.weigh(office.office, by=ana) == {}
    assert severities(first, second, third) == [3, 2, 2] and told("urgent_together") == 3
    fourth = file(office)
    page = access.open_case(fourth, by=ana, vault=vault)
    assert (page.case.severity, page.holding.severity) == (3, 2)  # the page that opened it says so too
    assert severities(first, fourth) == [3, 2] and told("urgent_together") == 4


def test_danger_stays_danger_and_what_is_closed_stays_as_it_was(file: File, office: Cast, as_owner: Callable) -> None:
    cases = [file(office, in_danger=True), file(office), file(office)]
    with as_owner():
        Case.objects.filter(pk=cases[1]).update(state=State.CLOSED)
    look(office)
    assert severities(*cases) == [1, 3, 2] and told("urgent_together") == 1


def test_three_in_three_offices_are_no_pattern(
    file: File, office: Cast, other: Cast, as_owner: Callable, registrar_privates: list[bytes]
) -> None:
    from tests.factories import make_office

    with as_owner():
        third = make_office(registrar_privates=registrar_privates, country="KW")
    cases = [file(one, country=str(one.office.country)) for one in (office, other, third)]
    for one in (office, other, third):
        look(one)
    assert severities(*cases) == [3, 3, 3] and told("urgent_together") == 0


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_members_who_look_at_the_same_moment_make_one_pattern_and_raise_once(file: File, office: Cast) -> None:
    names = ("Blue Star Manpower", "BLUE STAR manpower", "Bleu Star Manpower", "Blue Star")
    cases = [file(office, name=one) for one in names]
    holdings = [Holding.objects.get(case=one).pk for one in cases]
    gate, faults = threading.Barrier(4), []
    vaults = [vault_of(office, number % 2) for number in range(4)]

    def look_at(number: int) -> None:
        try:
            gate.wait()
            member = office.members[number % 2]
            for holding in holdings[number:] + holdings[:number]:
                access.covers([holding], by=member, vault=vaults[number])
        except Exception as error:
            faults.append(type(error).__name__)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=look_at, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == [] and len(agency_marks(*cases)) == 1
    assert severities(*cases) == [2, 2, 2, 2] and told("urgent_together") == 4
    assert PatternMark.objects.count() == 8


# --- whose it is --------------------------------------------------------------------------------------------


ADDRESSES = ("pattern", "pattern-assign", "pattern-finding", "pattern-refer", "pattern-approve")


def address(name: str, mark: UUID) -> str:
    return reverse(f"desk:{name}", args=[mark, *([uuid4()] if name == "pattern-approve" else [])])


@pytest.mark.parametrize("name", ADDRESSES)
def test_an_outsider_finds_no_pattern_and_leaves_nothing(
    name: str, file: File, office: Cast, charlie: Inspector, desk: Callable[..., Desk]
) -> None:
    file(office), file(office)
    look(office)
    mark = PatternMark.objects.filter(place=PatternMark.AGENCY).first()
    assert mark is not None
    before, theirs = DisclosureDetail.objects.count(), desk(charlie, 0).client
    for ask in (theirs.get, theirs.post):
        answer, control = ask(address(name, mark.pk)), ask(address(name, uuid4()))
        assert (answer.status_code, answer.content) == (404, control.content)
    assert DisclosureDetail.objects.count() == before and not Approval.objects.exists()


def test_another_offices_cases_are_in_no_pattern(
    file: File, office: Cast, other: Cast, ana: Inspector, charlie: Inspector, desk: Callable[..., Desk]
) -> None:
    file(office), file(office)
    theirs = file(other, country="BH")
    look(other)
    (found,) = patterns.listed(ana, vault=look(office))
    assert found.cases == 2 and patterns.listed(charlie, vault=vault_of(other, 0)) == []
    mine, his = desk(ana, 0), desk(charlie, 0)
    page = mine.get("pattern", found.mark.pk).content.decode()
    assert str(theirs) not in page and page.count("/case/") == 2
    assert "No two cases of your office belong together" in his.get("patterns").content.decode()


def test_who_is_recused_sees_a_pattern_without_that_case(file: File, office: Cast, ana: Inspector) -> None:
    cases = [file(office) for _ in range(3)]
    vault = look(office)
    recusals.recuse(cases[0], by=ana)
    (found,) = patterns.listed(ana, vault=vault)
    shown = patterns.one(found.mark.pk, by=ana, vault=vault)
    assert shown is not None and shown.cases == 2
    assert {holding.case_id for holding, _ in shown.rows} == set(cases[1:])
    recusals.recuse(cases[1], by=ana)
    assert patterns.listed(ana, vault=vault) == []
    assert all(patterns.one(one.pk, by=ana, vault=vault) is None for one in PatternMark.objects.all())


def test_marks_go_with_the_case_and_with_the_office(
    file: File, office: Cast, ana: Inspector, as_owner: Callable
) -> None:
    first, second = file(office), file(office)
    vault = look(office)
    actions.decline(access.open_case(first, by=ana, vault=vault), by=ana, text="We cannot.")
    assert set(PatternMark.objects.values_list("holding__case", flat=True)) == {second}
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT public.retention_forget(ARRAY[%s]::uuid[])", [second])
    assert not PatternMark.objects.exists()


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_a_new_key_of_the_office_makes_new_marks(
    file: File, office: Cast, ana: Inspector, certify: Callable[..., None]
) -> None:
    cases = [file(office), file(office), file(office, name="Blue Star"), file(office, name="Blue Star Co")]
    vault = look(office)
    old = {bytes(one.index) for one in PatternMark.objects.all()}
    members.new_generation(office.office, by=ana, vault_of=vault)
    certify(office, 2)
    vault = vault_of(office, 0)
    assert patterns.unmarked(ana, vault=vault).count() == 4
    assert patterns.batch(ana, vault=vault, size=3)[:2] == (3, 1)
    _done, left, _last = patterns.batch(ana, vault=vault)
    assert left == 0 and patterns.unmarked(ana, vault=vault).count() == 0
    assert old.isdisjoint(bytes(one.index) for one in PatternMark.objects.all())
    assert len(agency_marks(*cases)) == 2 and PatternMark.objects.count() == 8


def test_opening_the_vault_holds_new_cases_against_each_other(
    file: File, office: Cast, ana: Inspector, desk: Callable[..., Desk]
) -> None:
    cases = [file(office) for _ in range(3)]
    desk(ana, 0)
    assert severities(*cases) == [2, 2, 2] and told("indexed") == 1 and told("listed") == 0


# --- worked and referred as one ------------------------------------------------------------------------------


@pytest.fixture
def pattern(file: File, office: Cast, ana: Inspector) -> patterns.Pattern:
    """Three cases about one agency, the first two acknowledged."""
    cases = [file(office) for _ in range(3)]
    vault = look(office)
    for one in cases[:2]:
        actions.acknowledge(access.open_case(one, by=ana, vault=vault), by=ana)
    (found,) = patterns.listed(ana, vault=vault)
    return found


def test_its_page_shows_covers_and_no_story_and_opens_none(
    pattern: patterns.Pattern, ben: Inspector, desk: Callable[..., Desk]
) -> None:
    opened = told("opened")
    page = desk(ben, 1).get("pattern", pattern.mark.pk).content.decode()
    assert "Golden Harvest Manpower" in page and "Tagalog" in page and "may recruit" in page
    assert STORY not in page and "canary" not in page
    assert told("opened") == opened and told("worked_together") == 0


def test_one_finding_goes_into_every_case_that_takes_one(
    pattern: patterns.Pattern, office: Cast, ben: Inspector, desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    from complaints.desk import pattern_actions

    monkeypatch.setattr(pattern_actions, "AT_ONCE", 1)
    stories: list[object] = []
    opening = sealing.open_body
    monkeypatch.setattr(sealing, "open_body", lambda *said, **more: stories.append(said) or opening(*said, **more))
    his = desk(ben, 1)
    said = {"finding-standard": "S-1", "finding-text": "The ledger, page 4."}
    first = his.post("pattern-finding", pattern.mark.pk, **said)
    assert first.status_code == 200 and "The ledger, page 4." in first.content.decode()
    after = first.content.decode().partition('name="after" value="')[2].partition('"')[0]
    assert his.post("pattern-finding", pattern.mark.pk, **said, after=after).status_code == 302
    assert stories == []
    decided = Case.objects.filter(state=State.DECIDED)
    assert decided.count() == 2 == CaseRecord.objects.count() and Case.objects.filter(state=State.RELEASED).count() == 1
    vault = vault_of(office, 1)
    for case in decided:
        (found,) = access.open_case(case.pk, by=ben, vault=vault).records
        assert found.content is not None and found.content["text"] == "The ledger, page 4."
    assert told("worked_together") == told("found") == 2 == len(stories)


def test_two_members_refer_it_once_for_all(
    pattern: patterns.Pattern, agency: Agency, ana: Inspector, ben: Inspector, office: Cast,
    desk: Callable[..., Desk], as_owner: Callable,
) -> None:  # fmt: skip
    her, his, mark = desk(ana, 0), desk(ben, 1), pattern.mark.pk
    said = {"referral-standards": ["S-1"], "referral-evidence_class": "SEVERAL_ACCOUNTS"}
    refused = her.post("pattern-refer", mark, **said)
    assert refused.status_code == 409 and "Work on one of the cases first" in refused.content.decode()
    her.post("pattern-finding", mark, **{"finding-standard": "S-1", "finding-text": "Seen."})
    assert her.post("pattern-refer", mark, **said).status_code == 302
    approval = Approval.objects.get()
    assert her.post("pattern-approve", mark, approval.pk).status_code == 403
    page = his.get("pattern", mark).content.decode()
    assert "Approve: tell the regulator" in page and "Several accounts that agree" in page and STORY not in page
    assert his.post("pattern-approve", mark, approval.pk).status_code == 302
    with as_owner():
        (row,) = ReferralOutbox.objects.all()
    assert (row.agency, row.standards, row.evidence_class) == (agency.pk, ["S-1"], "SEVERAL_ACCOUNTS")
    assert his.post("pattern-approve", mark, approval.pk).status_code == 409
    assert told("referral_approved") == 1


def test_a_referral_hangs_on_a_case_that_every_colleague_may_see_where_there_is_one(
    pattern: patterns.Pattern, office: Cast, ana: Inspector, ben: Inspector, charlie: Inspector,
    desk: Callable[..., Desk], as_owner: Callable,
) -> None:  # fmt: skip
    her, his, mark = desk(ana, 0), desk(ben, 1), pattern.mark.pk
    her.post("pattern-finding", mark, **{"finding-standard": "S-1", "finding-text": "Seen."})
    alike = Holding.objects.filter(marks__index=pattern.mark.index, state=State.DECIDED)
    hidden, seen = alike.order_by("severity", "case")
    recusals.recuse(hidden.case_id, by=ben)
    with as_owner():  # who works in another office is no second member here, and does not count
        Recusal.objects.create(case=seen.case, inspector=charlie, week="2026-W40")
    said = {"referral-standards": ["S-1"], "referral-evidence_class": "SEVERAL_ACCOUNTS"}
    her.post("pattern-refer", mark, **said)
    assert Approval.objects.get().case_id == seen.case_id
    (his_own,) = patterns.listed(ben, vault=vault_of(office, 1))
    assert "Approve: tell the regulator" in his.get("pattern", his_own.mark.pk).content.decode()


def test_an_approval_of_another_case_is_not_found_through_a_pattern(
    pattern: patterns.Pattern, file: File, office: Cast, agency: Agency, ana: Inspector, ben: Inspector,
    desk: Callable[..., Desk],
) -> None:  # fmt: skip
    from complaints.firewall import referrals

    alone = access.open_case(file(office, name="Blue Star"), by=ana, vault=vault_of(office, 0))
    approval = referrals.propose(alone, by=ana, agency=agency.pk, standards=["S-1"], evidence_class="DOCUMENTS")
    assert desk(ben, 1).post("pattern-approve", pattern.mark.pk, approval.pk).status_code == 404
    assert Approval.objects.get().approved_by is None


def test_all_open_cases_go_into_one_persons_hands_but_those_they_must_not_see(
    pattern: patterns.Pattern, ana: Inspector, ben: Inspector, charlie: Inspector, desk: Callable[..., Desk]
) -> None:
    recused = Holding.objects.filter(marks__index=pattern.mark.index).order_by("pk").first()
    assert recused is not None
    recusals.recuse(recused.case_id, by=ben)
    her = desk(ana, 0)
    assert her.post("pattern-assign", pattern.mark.pk, **{"assign-to": str(charlie.pk)}).status_code == 422
    assert her.post("pattern-assign", pattern.mark.pk, **{"assign-to": str(ben.pk)}).status_code == 302
    assert Holding.objects.filter(assignee=ben).count() == 2
    assert Holding.objects.get(pk=recused.pk).assignee != ben and told("worked_together") == 2


def test_a_case_leads_to_its_pattern_and_says_why_it_is_urgent(
    pattern: patterns.Pattern, ben: Inspector, desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    his = desk(ben, 1)
    case = Holding.objects.filter(marks__index=pattern.mark.index)[0].case_id
    page = his.get("case", case).content.decode()
    assert "2 other cases of your office belong with this one" in page and "Three or more cases of your office" in page
    assert "At least" not in page
    monkeypatch.setattr(patterns, "COUNTED", 2)
    assert "At least 1 other cases of your office belong with this one" in his.get("case", case).content.decode()
