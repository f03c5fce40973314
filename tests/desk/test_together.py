"""Seeing who complained, and protective disclosures: two members, the worker's lock, and what the complainant sees."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from complaints.cases import pinned
from complaints.cases.models import (
    Case,
    Departure,
    Holding,
    IdentityHolding,
    Inspector,
    Membership,
    Message,
    Rung,
)
from complaints.escalation import identity as releasing
from complaints.firewall import approvals
from complaints.firewall.models import Approval, DisclosureDetail, ProtectiveDisclosure, ReferralOutbox
from recruitment_watch import clock
from recruitment_watch.dberrors import constraint_of
from tests.desk.cast import CONTACT, Desk
from tests.factories import Cast

AsOwner = Callable[[], AbstractContextManager[None]]
Hands = Callable[..., Desk]


def text(response: Any) -> str:
    return str(response.content.decode())


def worker_comes_by(as_owner: AsOwner) -> int:
    with as_owner():
        return releasing.deliver(
            clock.now(), worker_private=settings.WORKER_LOCK.read_bytes(), weeks=pinned.week_keys()
        )


def ask(desk: Desk, case: UUID, what: str, **fields: str) -> Any:
    data = {f"{what}-{name}": value for name, value in fields.items()}
    return desk.client.post(reverse("desk:together-ask", args=[case, what]), data)


def approve(desk: Desk, case: UUID) -> Any:
    approval = Approval.objects.get(case=case)
    return desk.client.post(reverse("desk:together-approve", args=[case, approval.pk]))


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_two_members_and_the_worker_make_the_contact_readable(
    desk: Hands, ana: Inspector, ben: Inspector, case: UUID, as_owner: AsOwner
) -> None:
    her, his = desk(ana, 0), desk(ben, 1)
    assert her.get("identity", case).status_code == 404
    assert "Answer" not in text(ask(her, case, "identity", why=""))
    assert ask(her, case, "identity", why="She has to sign.").status_code == 302
    assert ask(her, case, "identity", why="Again.").status_code == 409
    assert approve(her, case).status_code == 403
    assert worker_comes_by(as_owner) == 0 and her.get("identity", case).status_code == 404
    assert "She has to sign." in text(his.get("together", case))
    assert approve(his, case).status_code == 302
    assert approve(his, case).status_code == 409
    assert her.get("identity", case).status_code == 404  # not before the worker has come by
    assert worker_comes_by(as_owner) == 1 and worker_comes_by(as_owner) == 0
    assert CONTACT in text(her.get("identity", case))
    verbs = list(DisclosureDetail.objects.filter(case=case).values_list("verb", "inspector"))
    assert ("identity_asked", ana.pk) in verbs and ("identity_approved", ben.pk) in verbs
    assert ("identity_released", None) in verbs and ("identity_seen", ana.pk) in verbs
    assert Approval.objects.get().spent_week


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_the_complainant_sees_who_looked(
    desk: Hands, ana: Inspector, ben: Inspector, case: UUID, as_owner: AsOwner
) -> None:
    ask(desk(ana, 0), case, "identity", why="To reach her.")
    approve(desk(ben, 1), case)
    worker_comes_by(as_owner)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT tag FROM complaints_receipt WHERE case_id = %s", [case])
        (tag,) = cursor.fetchone()
        cursor.execute("SELECT verb FROM public.mailbox_disclosures(%s)", [bytes(tag)])
        assert {verb for (verb,) in cursor.fetchall()} == {"opened", "identity_released"}


def test_charlie_cannot_ask_and_nobody_sees_without_it(
    desk: Hands, charlie: Inspector, case: UUID, as_owner: AsOwner
) -> None:
    theirs = desk(charlie, 0)
    assert ask(theirs, case, "identity", why="Curious.").status_code == 404
    assert not Approval.objects.exists()


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_a_protective_disclosure_is_recorded_by_two_and_told_when_it_is_safe(
    desk: Hands, ana: Inspector, ben: Inspector, case: UUID
) -> None:
    her, his = desk(ana, 0), desk(ben, 1)
    page = text(ask(her, case, "protective", to="The rescue service", said="", why="She is locked in."))
    assert "The rescue service" in page and "Please answer" in page  # what was typed is kept
    told = {"to": "The rescue service", "said": "The street, no name.", "why": "She is locked in."}
    assert ask(her, case, "protective", **told).status_code == 302
    assert not ProtectiveDisclosure.objects.exists()
    assert approve(his, case).status_code == 302
    assert ProtectiveDisclosure.objects.get().told_week == "" and not Message.objects.exists()
    finish = reverse("desk:together-finish", args=[case, Approval.objects.get().pk])
    assert his.client.post(finish).status_code == 302
    assert his.client.post(finish).status_code == 409
    assert ProtectiveDisclosure.objects.get().told_week and Message.objects.count() == 1
    shown = text(her.get("case", case))
    assert "The street, no name." in shown and "The rescue service" in shown


def approved(case: UUID, office: Cast) -> Approval:
    """As the tables have it once two members have agreed."""
    one, two = office.members
    made = Approval.objects.create(
        case_id=case, office=office.office, purpose="identity", box=b"x", asked_by=one, asked_week="2026-W48"
    )
    Approval.objects.filter(pk=made.pk).update(approved_by=two, approved_week="2026-W48")
    return made


def test_a_heap_of_dead_approvals_keeps_nobody_waiting(
    as_owner: AsOwner, file_case: Callable[..., UUID], office: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an office that has left the case; and of one that has it, whose rung does not open."""
    monkeypatch.setattr("complaints.escalation.identity.BATCH", 3)
    left, broken, sound = file_case(office), file_case(office), file_case(office)
    with as_owner():
        for case in (left, broken):
            for _ in range(5):
                approved(case, office)
        approved(sound, office)
        Departure.objects.create(case_id=left, office=office.office, week="2026-W48")
        Rung.objects.filter(case=broken).update(identity_box=b"damaged")
    assert worker_comes_by(as_owner) == 1
    assert list(IdentityHolding.objects.values_list("case", flat=True)) == [sound]
    assert worker_comes_by(as_owner) == 0


class TestTheDatabase:
    """Each shortcut, and beside it what the guard must let through."""

    @pytest.fixture
    def approval(self, as_owner: AsOwner, office: Cast, case: UUID) -> Approval:
        with as_owner():
            one, two = office.members
            week = Case.objects.get(pk=case).week
            made = Approval.objects.create(
                case_id=case, office=office.office, purpose="identity", box=b"x", asked_by=one, asked_week=week
            )
            Approval.objects.filter(pk=made.pk).update(approved_by=two, approved_week=week)
        return made

    def release(self, case: UUID, cast: Cast) -> str:
        try:
            with transaction.atomic():
                IdentityHolding.objects.create(case_id=case, office=cast.office, rung=1, box=b"x", week="2026-W48")
        except IntegrityError as error:
            return constraint_of(error)
        return ""

    @pytest.mark.parametrize(
        "change",
        [
            lambda approval, office: Approval.objects.filter(pk=approval.pk).delete(),
            lambda approval, office: Approval.objects.filter(pk=approval.pk).update(spent_week="2026-W48"),
            lambda approval, office: Membership.objects.filter(inspector=office.members[1]).update(until=clock.today()),
            lambda approval, office: Holding.objects.filter(office=office.office).delete(),
            lambda approval, office: office.office.attestations.update(withdrawn=True),
            lambda approval, office: Approval.objects.filter(pk=approval.pk).update(purpose="hold"),
        ],
        ids=["none", "spent", "a leaver's", "not a holder's", "not attested", "for something else"],
    )
    def test_who_complained_is_released_only_on_a_live_approval(
        self, as_owner: AsOwner, office: Cast, case: UUID, approval: Approval, change: Callable[..., object]
    ) -> None:
        with as_owner(), connection.cursor() as cursor:
            sound = transaction.savepoint()
            assert self.release(case, office) == ""
            transaction.savepoint_rollback(sound)
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE complaints_approval DISABLE TRIGGER veto_approval")
            change(approval, office)
            assert self.release(case, office) == "firewall_veto_identity"

    def test_another_office_gets_nothing(self, as_owner: AsOwner, other: Cast, case: UUID, approval: Approval) -> None:
        with as_owner():
            assert self.release(case, other) == "firewall_veto_identity"

    def test_a_referral_without_two_members_is_not_sent(
        self, as_owner: AsOwner, case: UUID, approval: Approval
    ) -> None:
        values = [approval.pk, uuid4(), uuid4(), ["S-1"], "DOCUMENTS", "2026-Q4"]
        with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT public.referral_send(%s, %s, %s, %s, %s, %s)", values)
        assert constraint_of(refused.value) == "firewall_veto_referral"  # an identity approval is none of a referral
        with as_owner():
            assert not ReferralOutbox.objects.exists()

    def test_what_was_approved_is_not_changed_afterwards(self, approval: Approval, ana: Inspector) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Approval.objects.filter(pk=approval.pk).update(approved_by=ana)
        with pytest.raises(IntegrityError), transaction.atomic():
            Approval.objects.filter(pk=approval.pk).update(approved_week="2020-W01")
        assert Approval.objects.filter(pk=approval.pk).update(spent_week="2026-W48") == 1
        with pytest.raises(IntegrityError), transaction.atomic():
            Approval.objects.filter(pk=approval.pk).update(spent_week="")


def test_every_purpose_has_its_words() -> None:
    assert set(approvals.ASKED) == set(approvals.APPROVED) == set(Approval.Purpose)


def test_an_office_outside_rule_1_is_not_tried_again_and_again(
    as_owner: AsOwner, case: UUID, office: Cast, move_clock: Callable[..., None]
) -> None:
    """Its attestation has lapsed: nothing is released, and the log does not grow at every tick."""
    with as_owner():
        approved(case, office)
    move_clock(days=400)
    before = DisclosureDetail.objects.filter(case=case).count()
    for _ in range(3):
        assert worker_comes_by(as_owner) == 0
    assert DisclosureDetail.objects.filter(case=case).count() == before
    assert Approval.objects.get().spent_week == ""
