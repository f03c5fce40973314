"""New cases are sorted by agency when a member opens the vault: logged first, shown to nobody, and it says how far."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from uuid import UUID

import pytest
from django.urls import reverse

from agencies.models import Agency
from complaints.cases import routing
from complaints.cases.models import Holding, Inspector, PatternMark, Recusal
from complaints.desk import indexing_views
from complaints.firewall import indexing
from complaints.firewall.access import VaultClosed
from complaints.firewall.keys import OpenVault
from complaints.firewall.models import DisclosureDetail
from complaints.vault import members
from recruitment_watch import clock
from tests.desk.cast import Desk, answers_about, file_and_release
from tests.factories import Cast, passphrase

NEXT = "/office/"


def logged() -> int:
    return DisclosureDetail.objects.filter(verb="indexed").count()


def test_each_new_case_gets_its_index_and_one_that_does_not_open_is_passed_over(
    ana: Inspector, office: Cast, agency: Agency, file_case: Callable[..., UUID], vault: OpenVault, as_owner: Callable,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(indexing, "BATCH", 2)
    listed = {file_case(office) for _ in range(3)}
    with as_owner():
        here = [one for one in routing.offices_for("QA", on=clock.today()) if one.id == office.office.pk]
        named = file_and_release(answers_about(None), here)
    damaged = file_case(office)
    with as_owner():
        Holding.objects.filter(case=damaged).update(box=b"damaged")
    reached = indexing.run(ana, vault, seconds=60)
    assert (reached.looked, reached.over, logged()) == (5, True, 1)
    indexes = {row.case_id: bytes(row.agency_index or b"") for row in Holding.objects.all()}
    key = vault.index_key(office.office.pk)
    assert {indexes[one] for one in listed} == {members.blind_index(key, agency.pk.bytes)}
    assert len(indexes[named]) == 16 and indexes[named] not in {indexes[one] for one in listed}
    assert indexes[damaged] == b""
    again = indexing.run(ana, vault, seconds=60)
    assert (again.looked, logged()) == (1, 1)  # the damaged one, and no second line of the same sitting


def test_it_goes_on_from_where_it_stopped_and_leaves_alone_what_one_is_recused_from(
    ana: Inspector, office: Cast, file_case: Callable[..., UUID], vault: OpenVault, as_owner: Callable,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(indexing, "BATCH", 1)
    cases = [file_case(office) for _ in range(3)]
    with as_owner():
        Recusal.objects.create(case_id=cases[0], inspector=ana, week="2026-W48")
    first = indexing.run(ana, vault, seconds=0)
    assert (first.looked, first.over, indexing.left(ana, vault, after=first.last)) == (1, False, 1)
    second = indexing.run(ana, vault, seconds=60, after=first.last)
    assert (second.looked, second.over) == (1, True)
    assert Holding.objects.get(case=cases[0]).agency_index is None


def test_a_vault_that_is_somebody_elses_indexes_nothing(ben: Inspector, case: UUID, vault: OpenVault) -> None:
    with pytest.raises(VaultClosed):
        indexing.run(ben, vault, seconds=1)
    assert logged() == 0


def test_the_page_shows_how_far_it_is_and_ends_where_one_was_going(
    ana: Inspector, office: Cast, file_case: Callable[..., UUID], desk: Callable[..., Desk],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(indexing_views, "SECONDS", 0)
    monkeypatch.setattr(indexing, "BATCH", 1)
    one = desk(ana, 0)
    one.post("close-vault")
    for _ in range(3):
        file_case(office)
    where, shown = one.post("vault", passphrase=passphrase(0), next=NEXT)["Location"], []
    assert where.startswith(reverse("desk:indexing"))
    while where != NEXT:
        answer = one.client.get(where)
        if answer.status_code == 302:
            where = answer["Location"]
        else:
            shown.append(answer.content.decode())
            where = go_on(shown[-1])
    assert ["2 of 3" in shown[0], "3 of 3" in shown[1], len(shown)] == [True, True, 2]
    assert not Holding.objects.filter(agency_index=None).exists() and logged() == 1


def test_no_page_but_the_vaults_own_sorts_what_has_come_meanwhile(
    ana: Inspector, office: Cast, file_case: Callable[..., UUID], desk: Callable[..., Desk]
) -> None:
    """Neither filing nor the worker can, and a page that shows no case opens no cover; the queue shows them."""
    hers, here = desk(ana, 0), office.office.pk
    case = file_case(office)
    before = DisclosureDetail.objects.count()
    for name in ("offices", "search", "patterns", "parcels", "routing", "second-factor"):
        assert hers.get(name).status_code in (200, 302), name
    for name in ("office", "workload", "away", "numbers"):
        assert hers.get(name, here).status_code in (200, 302), name
    assert Holding.objects.get(case=case).agency_index is None and not PatternMark.objects.exists()
    assert DisclosureDetail.objects.count() == before
    hers.get("queue")
    assert Holding.objects.get(case=case).agency_index is not None and PatternMark.objects.count() == 2
    assert logged() == 0 and DisclosureDetail.objects.filter(verb="listed").count() == 1


def go_on(page: str) -> str:
    """The address that the page refreshes itself to."""
    return unescape(page.partition('http-equiv="refresh" content="0;url=')[2].partition('"')[0])


def test_it_leads_nobody_elsewhere(ana: Inspector, desk: Callable[..., Desk]) -> None:
    one = desk(ana, 0)
    for wrong in ("https://evil.example/", "//evil.example"):
        assert one.get("indexing", next=wrong, after="zz", looked="-1")["Location"] == reverse("desk:queue")
