"""Search: what a member may see and nothing else, and what is looked for stands nowhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agencies.models import Agency, AgencyName
from complaints.cases import routing
from complaints.cases.models import Attestation, Case, Holding, Inspector
from complaints.desk import actions, people, search
from complaints.desk.models import DeskSession
from complaints.firewall import access, recusals
from complaints.firewall.disclosure import Verb
from complaints.firewall.keys import OpenVault
from complaints.firewall.models import DisclosureDetail
from complaints.intake.answers import AgencyAnswer
from recruitment_watch import clock
from tests.desk.cast import STORY, Desk, answers_about, file_and_release, vault_of
from tests.factories import Cast, passphrase

File = Callable[..., UUID]


@pytest.fixture
def named(agency: Agency, as_owner: Callable) -> Agency:
    """The agency with its name in the index of names."""
    with as_owner():
        AgencyName.objects.using("register_copy").create(
            agency_id=agency.pk, name=agency.name, core="golden harvest", kind="CURRENT"
        )
    return agency


def found(query: str, member: Inspector, vault: OpenVault) -> dict[str, set[UUID]]:
    """The cases by how they are found."""
    under_way = search.begin(query, by=member)
    search.go_on(under_way, by=member, vault=vault)
    parts = {
        "reference": search.by_reference(query, by=member),
        "agency": search.by_agency(query, by=member, vault=vault),
        "words": under_way.hits,
    }
    return {
        name: set(Holding.objects.filter(pk__in=keys).values_list("case", flat=True)) for name, keys in parts.items()
    }


def mine(case: UUID, member: Inspector) -> UUID:
    Holding.objects.filter(case=case).update(assignee=member)
    return case


def test_by_number_by_agency_and_by_words(
    named: Agency, office: Cast, ana: Inspector, file_case: File, vault: OpenVault
) -> None:
    case, another = mine(file_case(office), ana), file_case(office)
    access.compare(list(Holding.objects.values_list("pk", flat=True)), by=ana, vault=vault)
    for query in (str(case)[:8].upper(), str(case), f" {str(case)[:6]} "):
        assert found(query, ana, vault)["reference"] == {case}
    assert found(str(case)[:3], ana, vault)["reference"] == set()
    for query in ("golden harvest", "Golden Harvst Manpower", "7"):
        assert found(query, ana, vault)["agency"] == {case, another}
    for query in ("5,000", "TOOK canary", "  took   from "):
        assert found(query, ana, vault)["words"] == {case}  # the other one is in nobody's hands
    assert found("took never", ana, vault)["words"] == set() == found("me", ana, vault)["words"]


def test_words_are_found_in_messages_and_findings_too(
    office: Cast, ana: Inspector, case: UUID, vault: OpenVault
) -> None:
    actions.acknowledge(access.open_case(case, by=ana, vault=vault), by=ana)
    actions.answer(access.open_case(case, by=ana, vault=vault), by=ana, text="Come on Thursday, señora Müller")
    opened = access.open_case(case, by=ana, vault=vault)
    actions.record_finding(opened, by=ana, standard="S-1", text="The ledger says so")
    for query in ("thursday", "senora", "MULLER", "ledger"):
        assert found(query, ana, vault)["words"] == {case}


def test_a_name_in_no_register_is_found_by_its_words(
    office: Cast, ana: Inspector, vault: OpenVault, file_case: File, agency: Agency, as_owner: Callable
) -> None:
    facts = [one for one in routing.offices_for("QA", on=date.today()) if one.id == office.office.pk]
    with as_owner():
        said = answers_about(agency).with_(agency=AgencyAnswer(name="Blue Star Manpower"))
        case = file_and_release(said, facts)
    access.compare(list(Holding.objects.values_list("pk", flat=True)), by=ana, vault=vault)
    assert found("blue star", ana, vault)["agency"] == {case}


def test_another_offices_cases_are_not_found(
    named: Agency, office: Cast, other: Cast, ana: Inspector, charlie: Inspector, case: UUID, file_case: File,
    vault: OpenVault,
) -> None:  # fmt: skip
    mine(case, ana)
    theirs = mine(file_case(other, country="BH"), charlie)
    for member, key, cast in ((ana, vault, office), (charlie, vault_of(other, 0), other)):
        rows = Holding.objects.filter(office=cast.office).values_list("pk", flat=True)
        access.compare(list(rows), by=member, vault=key)
    his = vault_of(other, 0)
    assert found(str(case), charlie, his)["reference"] == set() and found(str(theirs), ana, vault)["reference"] == set()
    assert found("golden harvest", charlie, his)["agency"] == {theirs}
    assert found("golden harvest", ana, vault)["agency"] == {case} == found("took", ana, vault)["words"]
    assert found("took", charlie, his)["words"] == {theirs}


def test_what_reads_many_cases_reads_none_that_is_handed_to_it_from_elsewhere(
    office: Cast, other: Cast, ana: Inspector, case: UUID, file_case: File, vault: OpenVault
) -> None:
    """Another office's, and one from which she is recused: not read, not compared, not shown, and not in the log."""
    theirs, kept = file_case(other, country="BH"), file_case(office)
    recusals.recuse(case, by=ana)
    before = DisclosureDetail.objects.count()
    foreign = list(Holding.objects.filter(case__in=[theirs, case]).values_list("pk", flat=True))
    for story in (True, False):
        assert list(access.read_many(foreign, by=ana, vault=vault, reason=Verb.SEARCHED, story=story)) == []
    assert access.compare(foreign, by=ana, vault=vault) == 0
    assert access.covers(foreign, by=ana, vault=vault) == []
    assert DisclosureDetail.objects.count() == before
    own = [Holding.objects.get(case=kept).pk]
    (opened,) = access.read_many([*foreign, *own], by=ana, vault=vault, reason=Verb.SEARCHED, story=True)  # the control
    assert opened.body["happened"] == STORY


def test_what_a_member_must_not_see_or_may_no_longer_is_not_found(
    named: Agency, office: Cast, ana: Inspector, case: UUID, vault: OpenVault, file_case: File, as_owner: Callable
) -> None:
    kept = mine(file_case(office), ana)
    mine(case, ana)
    access.compare(list(Holding.objects.values_list("pk", flat=True)), by=ana, vault=vault)
    recusals.recuse(case, by=ana)
    assert found(str(case), ana, vault)["reference"] == set()
    assert found("golden harvest", ana, vault)["agency"] == {kept} == found("took", ana, vault)["words"]
    with as_owner():
        Attestation.objects.filter(office=office.office).update(withdrawn=True)
    assert not any(found(query, ana, vault)[part] for query in ("took", "golden", str(kept))
                   for part in ("reference", "agency", "words"))  # fmt: skip


def test_who_covers_finds_words_in_those_cases_on_those_days(
    office: Cast, ana: Inspector, ben: Inspector, case: UUID, vault: OpenVault
) -> None:
    mine(case, ben)
    assert found("took", ana, vault)["words"] == set()
    people.go_away(ben, office=office.office, cover=ana, since=clock.today(), until=clock.today(), by=ben)
    assert found("took", ana, vault)["words"] == {case}


def test_looking_is_logged_before_a_case_opens_and_each_hit_before_it_is_shown(
    office: Cast, ana: Inspector, vault: OpenVault, file_case: File
) -> None:
    first, second = mine(file_case(office), ana), mine(file_case(office, happened="Nothing of it"), ana)
    found("took", ana, vault)
    rows = list(DisclosureDetail.objects.order_by("disclosure_id").values_list("verb", "case"))
    assert [row for row in rows if row[0].startswith("search")] == [("searched", None), ("search_hit", first)]
    assert second not in {case for _, case in rows}


def test_an_outsider_finds_nothing_and_leaves_nothing(
    charlie: Inspector, case: UUID, desk: Callable[..., Desk]
) -> None:
    theirs = desk(charlie, 0)
    for query in (str(case), "Golden Harvest", "took"):
        page = theirs.post("search", query=query).content.decode()
        assert page.count("Nothing.") == 3 and "/case/" not in page
    assert not DisclosureDetail.objects.exists()


SOUGHT = "canary-query tooth fairy"


def test_what_is_looked_for_stands_in_no_address_row_or_log(
    office: Cast, ana: Inspector, case: UUID, desk: Callable[..., Desk], caplog: pytest.LogCaptureFixture
) -> None:
    mine(case, ana)
    her = desk(ana, 0)
    with (
        caplog.at_level(0),
        CaptureQueriesContext(connections["default"]) as casework,
        CaptureQueriesContext(connections["register_copy"]) as register,
    ):
        answer = her.post("search", query=SOUGHT)
    assert answer.status_code == 200 and "Location" not in answer.headers
    assert not any("canary-query" in one["sql"] or "fairy" in one["sql"] for one in casework.captured_queries)
    assert not any(one["sql"].lstrip().startswith(("INSERT", "UPDATE")) for one in register.captured_queries)
    assert "canary-query" not in caplog.text and "fairy" not in caplog.text
    for session in DeskSession.objects.all():
        assert "canary-query" not in str(session.get_decoded())
    hidden = answer.content.decode().partition('name="so_far" value="')[2].partition('"')[0]
    assert "canary" not in hidden
    form = her.get("search").content.decode()
    assert 'method="post"' in form and 'method="get"' not in form
    assert her.get("search", query=SOUGHT).content.decode().count("canary-query") == 0  # an address says nothing to it


def test_a_long_search_goes_on_from_page_to_page(
    office: Cast, ana: Inspector, file_case: File, desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "CHUNK", 2)
    monkeypatch.setattr(search.go_on, "__kwdefaults__", {"seconds": 0})
    cases = {mine(file_case(office), ana) for _ in range(5)}
    her = desk(ana, 0)
    pages = [her.post("search", query="took").content.decode()]
    while "<progress" in pages[-1]:
        so_far = pages[-1].partition('name="so_far" value="')[2].partition('"')[0]
        pages.append(her.post("search", so_far=so_far).content.decode())
    assert len(pages) == 3 and "2 of 5 cases in your hands" in pages[0]
    last = pages[-1]
    assert {case for case in cases if str(case) in last} == cases and STORY not in last
    assert DisclosureDetail.objects.filter(verb="searched").count() == 3


def test_at_most_so_many_cases_are_opened(
    office: Cast, ana: Inspector, file_case: File, vault: OpenVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST", 2)
    for _ in range(3):
        mine(file_case(office), ana)
    assert len(found("took", ana, vault)["words"]) == 2


def test_a_query_survives_a_vault_that_closed_meanwhile(ana: Inspector, case: UUID, desk: Callable[..., Desk]) -> None:
    her = desk(ana, 0)
    her.post("close-vault")
    asked = her.post("search", query="took & gone").content.decode()
    assert 'name="kept-query" value="took &amp; gone"' in asked
    kept: dict[str, Any] = {"kept-query": "took & gone"}
    shown = her.post("vault", passphrase=passphrase(0), next=reverse("desk:search"), **kept).content.decode()
    assert 'action="/search/"' in shown and "took &amp; gone" in shown


def test_closed_cases_and_those_without_a_word_are_passed_over(
    office: Cast, ana: Inspector, case: UUID, vault: OpenVault, as_owner: Callable
) -> None:
    mine(case, ana)
    with as_owner():
        Case.objects.filter(pk=case).update(state="closed")
    assert found("took", ana, vault)["words"] == set()
    assert search.begin("a b", by=ana).over
    assert replace(search.begin("took", by=ana), query="x").words == []
