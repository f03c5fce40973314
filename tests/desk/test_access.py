"""Who sees a case, and that nobody reads one before the log says so (FIREWALL rules 1, 2 and 12)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import DatabaseError, connection

from agencies.models import Agency
from complaints.cases import pinned, sealing
from complaints.cases.models import Attestation, Case, Holding, Inspector, Membership, Office
from complaints.cases.models.offices import Mandate
from complaints.firewall import access
from complaints.firewall.access import Unreadable, VaultClosed
from complaints.firewall.keys import OpenVault
from complaints.firewall.models import Disclosure, DisclosureDetail
from complaints.vault import members
from tests.conftest import WORKSHOP
from tests.desk.cast import CONTACT, STORY, vault_of
from tests.factories import Cast


def sees(inspector: Inspector) -> set[UUID]:
    return set(access.visible_cases(inspector).values_list("pk", flat=True))


def test_members_of_the_holding_office_see_the_case_and_charlie_sees_nothing(
    ana: Inspector, ben: Inspector, charlie: Inspector, case: UUID
) -> None:
    assert sees(ana) == sees(ben) == {case}
    assert sees(charlie) == set()


@pytest.mark.parametrize("mandate", [one for one in Mandate if one != Mandate.LABOUR_ONLY])
def test_a_mandate_that_is_no_longer_labour_only_ends_access_at_once(
    mandate: Mandate, ana: Inspector, case: UUID, office: Cast, as_owner: Callable
) -> None:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        # Without the trigger that takes the holding away: the read path must not depend on it.
        cursor.execute("ALTER TABLE complaints_office DISABLE TRIGGER revoke_office")
        Office.objects.filter(pk=office.office.pk).update(mandate=mandate)
        cursor.execute("ALTER TABLE complaints_office ENABLE ALWAYS TRIGGER revoke_office")
        assert Holding.objects.filter(case=case).exists()
    assert sees(ana) == set()


@pytest.mark.parametrize(
    "change",
    [
        {"withdrawn": True},
        {"expires_on": date.today()},
        {"signed_on": date.today() + timedelta(days=1), "expires_on": date.today() + timedelta(days=9)},
    ],
    ids=["withdrawn", "expires today", "not signed yet"],
)
def test_without_a_live_attestation_nobody_of_the_office_sees_anything(
    change: dict[str, object], ana: Inspector, case: UUID, office: Cast, as_owner: Callable
) -> None:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE complaints_attestation DISABLE TRIGGER revoke_attestation")
        Attestation.objects.filter(office=office.office).update(**change)
        cursor.execute("ALTER TABLE complaints_attestation ENABLE ALWAYS TRIGGER revoke_attestation")
        assert Holding.objects.filter(case=case).exists()
    assert sees(ana) == set()


def test_an_attestation_runs_out_without_anybody_doing_anything(
    ana: Inspector, case: UUID, move_clock: Callable
) -> None:
    move_clock(days=298)
    assert sees(ana) == {case}
    move_clock(days=3)
    assert sees(ana) == set()


@pytest.mark.parametrize(
    ("since", "until", "sees_it"),
    [(-9, None, True), (0, None, True), (-9, 1, True), (-9, 0, False), (-9, -1, False), (1, None, False)],
)
def test_membership_counts_from_its_first_day_to_the_one_before_its_end(
    since: int, until: int | None, sees_it: bool, ana: Inspector, case: UUID, as_owner: Callable
) -> None:
    today = date.today()
    with as_owner():
        Membership.objects.filter(inspector=ana).update(
            since=today + timedelta(days=since), until=None if until is None else today + timedelta(days=until)
        )
    assert (sees(ana) == {case}) is sees_it


def test_an_account_that_is_switched_off_sees_nothing(ana: Inspector, case: UUID, as_owner: Callable) -> None:
    with as_owner():
        Inspector.objects.filter(pk=ana.pk).update(is_active=False)
    assert sees(Inspector.objects.get(pk=ana.pk)) == set()


def test_a_case_of_others_and_a_case_that_is_not_there_look_alike(charlie: Inspector, other: Cast, case: UUID) -> None:
    for asked in (case, uuid4()):
        with pytest.raises(Case.DoesNotExist):
            access.open_case(asked, by=charlie, vault=vault_of(other, 0))
    assert not Disclosure.objects.exists()


def test_an_open_case_holds_what_was_said_and_never_the_contact(ana: Inspector, case: UUID, vault: OpenVault) -> None:
    opened = access.open_case(case, by=ana, vault=vault)
    assert opened.body["happened"] == STORY
    assert CONTACT not in repr((opened.cover, opened.body, opened.messages, opened.records))
    assert STORY not in repr(opened) and vault.index_key(opened.office.pk).hex() not in repr(vault)


def test_nobody_opens_a_case_with_a_colleagues_vault_or_without_one(
    ben: Inspector, ana: Inspector, case: UUID, vault: OpenVault
) -> None:
    for wrong in (None, vault, OpenVault(member=ben.pk, offices={})):
        with pytest.raises(VaultClosed):
            access.open_case(case, by=ben, vault=wrong)
    assert not Disclosure.objects.exists()


def test_a_case_whose_weeks_file_is_gone_stays_dark(ana: Inspector, case: UUID, vault: OpenVault) -> None:
    week = Case.objects.get(pk=case).death_week
    key = pinned.week_keys().read(week)
    pinned.week_keys().destroy(week)
    try:
        with pytest.raises(Unreadable):
            access.open_case(case, by=ana, vault=vault)
        ((_holding, cover),) = access.covers([Holding.objects.get(case=case).pk], by=ana, vault=vault)
        assert cover is None
    finally:
        pinned.week_keys().folders[0].put(week, key)


def test_what_cannot_be_logged_is_not_opened(
    ana: Inspector, case: UUID, vault: OpenVault, as_owner: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    for name in ("open_cover", "open_body", "open_message"):
        monkeypatch.setattr(sealing, name, lambda *_a, _name=name, **_k: opened.append(_name))
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("REVOKE INSERT ON complaints_disclosuredetail FROM rw_desk")
    with pytest.raises(DatabaseError):
        access.open_case(case, by=ana, vault=vault)
    with pytest.raises(DatabaseError):
        access.covers([Holding.objects.get(case=case).pk], by=ana, vault=vault)
    assert opened == []
    assert not Disclosure.objects.exists()


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_the_log_is_committed_before_plaintext_exists(
    ana: Inspector, case: UUID, vault: OpenVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked from another connection at the moment of opening: only what is committed can be seen there."""
    committed: list[int] = []
    url = WORKSHOP.cluster("casework").url(WORKSHOP.name("casework"))

    def watched(original: Callable) -> Callable:
        def opening(*args: object, **kwargs: object) -> object:
            with psycopg.connect(url) as another:
                row = another.execute("SELECT count(*) FROM complaints_disclosuredetail").fetchone()
            committed.append(row[0] if row else 0)
            return original(*args, **kwargs)

        return opening

    for name in ("open_cover", "open_body"):
        monkeypatch.setattr(sealing, name, watched(getattr(sealing, name)))
    access.open_case(case, by=ana, vault=vault)
    assert committed == [1, 1]


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_no_case_is_opened_inside_a_transaction_that_could_take_the_log_back(
    ana: Inspector, case: UUID, vault: OpenVault
) -> None:
    from django.db import transaction

    with pytest.raises(RuntimeError), transaction.atomic():
        access.open_case(case, by=ana, vault=vault)


def test_covers_are_logged_once_a_sitting_and_office(
    ana: Inspector, office: Cast, file_case: Callable[..., UUID], vault: OpenVault
) -> None:
    holdings = [Holding.objects.get(case=file_case(office)).pk for _ in range(3)]
    for _ in range(2):
        found = access.covers(holdings, by=ana, vault=vault)
        assert [holding.pk for holding, cover in found if cover is not None] == holdings
    assert list(DisclosureDetail.objects.values_list("verb", "case")) == [("listed", None)]


def test_where_another_may_look_shows_nothing_to_who_may_not(
    ana: Inspector, charlie: Inspector, other: Cast, case: UUID, vault: OpenVault
) -> None:
    holdings, sight = [Holding.objects.get(case=case).pk], access.Sight.of(ana)
    assert access.covers(holdings, by=charlie, vault=vault_of(other, 0), sight=sight) == []
    assert not Disclosure.objects.exists()
    assert len(access.covers(holdings, by=ana, vault=vault, sight=sight)) == 1


def test_the_first_opening_of_a_cover_writes_the_blind_index_of_its_agency(
    ana: Inspector, case: UUID, vault: OpenVault, office: Cast, agency: Agency
) -> None:
    holding = Holding.objects.get(case=case)
    assert holding.agency_index is None
    access.covers([holding.pk], by=ana, vault=vault)
    holding.refresh_from_db()
    expected = members.blind_index(vault.index_key(office.office.pk), agency.pk.bytes)
    assert bytes(holding.agency_index or b"") == expected
