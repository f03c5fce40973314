"""Telling the regulator takes two members of the holding office, in every order (FIREWALL rules 11 and 14)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from agencies.models import Agency
from complaints.cases.models import Case, Inspector
from complaints.cases.moves import Overtaken
from complaints.firewall import access, referrals
from complaints.firewall.access import OpenCase
from complaints.firewall.models import Approval, DisclosureDetail, ReferralOutbox
from complaints.firewall.referrals import NotReferable, SamePerson
from tests.desk.cast import Desk, vault_of
from tests.desk.races import at_once
from tests.factories import Cast


@pytest.fixture
def proposed(hers: OpenCase, ana: Inspector, agency: Agency) -> Approval:
    return referrals.propose(hers, by=ana, agency=agency.pk, standards=["S-2", "S-1"], evidence_class="INSPECTION")


@pytest.fixture
def outbox(as_owner: Callable) -> Callable[[], list[ReferralOutbox]]:
    def rows() -> list[ReferralOutbox]:
        with as_owner():
            return list(ReferralOutbox.objects.all())

    return rows


def test_what_crosses_is_agency_standards_evidence_and_quarter_and_nothing_else(
    proposed: Approval, his: OpenCase, ben: Inspector, outbox: Callable[[], list[ReferralOutbox]], agency: Agency
) -> None:
    referrals.approve(proposed, by=ben, case=his)
    (row,) = outbox()
    assert {field.name for field in ReferralOutbox._meta.fields} == {
        "id", "agency", "standards", "evidence_class", "quarter"
    }  # fmt: skip
    assert (row.agency, row.standards, row.evidence_class) == (agency.pk, ["S-1", "S-2"], "INSPECTION")
    assert row.pk not in (proposed.pk, his.case.pk)
    verbs = list(DisclosureDetail.objects.order_by("disclosure_id").values_list("verb", flat=True))
    assert verbs == ["opened", "referral_proposed", "opened", "referral_approved"]


def test_until_then_the_proposal_is_sealed(proposed: Approval, agency: Agency, his: OpenCase) -> None:
    box = bytes(Approval.objects.get().box)
    for clear in (agency.pk.bytes, str(agency.pk).encode(), b'["S-1","S-2"]', b"INSPECTION"):
        assert clear not in box
    assert referrals.opened(proposed, case=his).standards == ("S-1", "S-2")


def test_nobody_approves_their_own(
    proposed: Approval, hers: OpenCase, ana: Inspector, outbox: Callable[[], list[ReferralOutbox]]
) -> None:
    with pytest.raises(SamePerson):
        referrals.approve(proposed, by=ana, case=hers)
    assert outbox() == []


@pytest.mark.parametrize("who", ["who asked", "another office's member"])
def test_the_database_refuses_the_wrong_second_person_too(
    who: str, proposed: Approval, ana: Inspector, charlie: Inspector
) -> None:
    person = ana if who == "who asked" else charlie
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Approval.objects.filter(pk=proposed.pk).update(approved_by=person, approved_week="2026-W48")
    assert error.value.args in (("23514", "two_different_members"), ("23514", "firewall_veto_approval"))


def test_the_database_takes_no_approval_that_nobody_asked_for(
    proposed: Approval, ana: Inspector, ben: Inspector, charlie: Inspector, other: Cast, his: OpenCase
) -> None:
    for change in (
        {"asked_by": ana, "approved_by": ben, "approved_week": "2026-W48"},
        {"asked_by": charlie},
        {"asked_by": charlie, "office": other.office},
    ):
        row = Approval(case=his.case, office=his.office, purpose="referral", box=b"x", asked_week="2026-W48")
        for name, value in change.items():
            setattr(row, name, value)
        with pytest.raises(IntegrityError) as error, transaction.atomic():
            row.save(force_insert=True)
        assert error.value.args == ("23514", "firewall_veto_approval")


def test_an_approval_is_given_once_and_never_taken_to_somebody_else(
    proposed: Approval, his: OpenCase, ben: Inspector, outbox: Callable[[], list[ReferralOutbox]]
) -> None:
    referrals.approve(proposed, by=ben, case=his)
    with pytest.raises(Overtaken):
        referrals.approve(proposed, by=ben, case=his)
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.filter(pk=proposed.pk).update(approved_week="2026-W49")
    assert len(outbox()) == 1


def test_a_proposal_is_approved_with_its_own_case_open(
    proposed: Approval, ben: Inspector, office: Cast, file_case: Callable[..., UUID]
) -> None:
    another = access.open_case(file_case(office), by=ben, vault=vault_of(office, 1))
    with pytest.raises(SamePerson):
        referrals.approve(proposed, by=ben, case=another)


def test_who_has_left_neither_proposes_nor_approves(
    proposed: Approval, his: OpenCase, ben: Inspector, agency: Agency, as_owner: Callable
) -> None:
    with as_owner():
        ben.memberships.update(until="2026-01-01", since="2025-01-01")
    with pytest.raises(Case.DoesNotExist):
        referrals.approve(proposed, by=ben, case=his)
    with pytest.raises(Case.DoesNotExist):
        referrals.propose(his, by=ben, agency=agency.pk, standards=["S-1"], evidence_class="ADMISSION")


@pytest.mark.parametrize(
    "change",
    [{"standards": []}, {"standards": ["S-9"]}, {"evidence_class": "RUMOUR"}, {"agency": uuid4()}],
    ids=["no standard", "unknown standard", "unknown evidence", "unknown agency"],
)
def test_only_what_the_register_knows_is_referred(
    change: dict[str, Any], hers: OpenCase, ana: Inspector, agency: Agency
) -> None:
    given: dict[str, Any] = {"agency": agency.pk, "standards": ["S-1"], "evidence_class": "DOCUMENTS"}
    with pytest.raises(NotReferable):
        referrals.propose(hers, by=ana, **given | change)
    assert not Approval.objects.exists()


def test_a_swapped_payload_does_not_open(proposed: Approval, his: OpenCase, ben: Inspector, as_owner: Callable) -> None:
    """Whoever can write to the table cannot have something else approved."""
    with pytest.raises(access.Unreadable):
        referrals.approve(replace_box(proposed, bytes(200)), by=ben, case=his)
    other_key = replace(his, body_keys={0: bytes(32)})
    with pytest.raises(access.Unreadable):
        referrals.approve(proposed, by=ben, case=other_key)


def replace_box(approval: Approval, box: bytes) -> Approval:
    copy = Approval.objects.get(pk=approval.pk)
    copy.box = box
    return copy


def test_the_page_refuses_who_proposed_and_tells_nothing_to_charlie(
    proposed: Approval, ana: Inspector, charlie: Inspector, desk: Callable[..., Desk],
    outbox: Callable[[], list[ReferralOutbox]],
) -> None:  # fmt: skip
    answer = desk(ana, 0).post("approve", proposed.case_id, proposed.pk)
    assert (answer.status_code, "You proposed this yourself" in answer.content.decode()) == (403, True)
    assert desk(charlie, 0).post("approve", proposed.case_id, proposed.pk).status_code == 404
    assert outbox() == []


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_of_two_who_approve_at_the_same_moment_one_does(
    proposed: Approval, his: OpenCase, ben: Inspector, outbox: Callable[[], list[ReferralOutbox]]
) -> None:
    outcomes = at_once([lambda: referrals.approve(proposed, by=ben, case=his)] * 4)
    assert outcomes == ["Overtaken", "Overtaken", "Overtaken", "done"]
    assert len(outbox()) == 1
