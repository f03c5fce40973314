"""A hold takes two members and a reason, is lifted by one, and never stops a withdrawal (FIREWALL rule 16)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from complaints.cases.models import Case, Content, Departure, Holding, Inspector, Receipt
from complaints.escalation import retention as keeping
from complaints.firewall import approvals
from complaints.firewall.access import OpenCase
from complaints.firewall.models import Approval, DisclosureDetail
from complaints.vault import retention
from recruitment_watch import clock
from tests.desk.cast import Desk

AsOwner = Callable[[], AbstractContextManager[None]]
REASON = "canary-reason: the court of Doha has not decided"
HOLD = Approval.Purpose.HOLD


@pytest.fixture
def asked(hers: OpenCase, ana: Inspector) -> Approval:
    return approvals.ask(hers, by=ana, purpose=HOLD, content={"reason": REASON})


def _is_held(case: UUID, as_owner: AsOwner) -> bool:
    """As the worker and the database's own trigger see it, of a closed case whose week has come; both must agree."""
    with as_owner(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT public.retention_is_held(%s)", [case])
        (said,) = cursor.fetchone()
        cursor.execute("ALTER TABLE complaints_case DISABLE TRIGGER retention_week")
        Case.objects.filter(pk=case).update(state="closed", death_week=retention.week_of(clock.today()))
        found = keeping.due_to_move(clock.today()).filter(pk=case).exists()
        transaction.set_rollback(True)
    with as_owner():
        assert found == said
    return bool(said)


def test_two_members_hold_a_case_at_the_desk_and_one_lifts_it(
    case: UUID, ana: Inspector, ben: Inspector, desk: Callable[..., Desk], as_owner: AsOwner
) -> None:
    hers, his = desk(ana, 0), desk(ben, 1)
    shown = hers.get("case", case).content.decode()
    assert "Hold the case for longer" in shown
    refused = hers.post("hold", case, reason="")
    assert (refused.status_code, "Write why the case must be kept." in refused.content.decode()) == (422, True)
    assert hers.post("hold", case, reason=REASON).status_code == 302
    assert not _is_held(case, as_owner)

    hold = Approval.objects.get()
    assert REASON.encode() not in bytes(hold.box)
    assert "waits for a colleague" in hers.get("hold", case).content.decode()
    own = hers.post("hold-approve", case, hold.pk)
    assert (own.status_code, "You asked for this yourself" in own.content.decode()) == (403, True)
    assert "A colleague asks to hold this case" in his.get("case", case).content.decode()
    shown = his.get("hold", case).content.decode()
    assert REASON in shown and "Approve: hold the case" in shown
    assert his.post("hold-approve", case, hold.pk).status_code == 302
    assert _is_held(case, as_owner)
    assert his.post("hold-approve", case, hold.pk).status_code == 409
    again = his.post("hold", case, reason="Another reason")
    assert again.status_code == 409 and "Another reason" in again.content.decode()
    assert "Your office holds this case" in his.get("case", case).content.decode()

    assert hers.post("hold-lift", case, hold.pk).status_code == 302
    assert not _is_held(case, as_owner)
    assert hers.post("hold-lift", case, hold.pk).status_code == 409
    verbs = DisclosureDetail.objects.filter(verb__startswith="hold").order_by("disclosure_id")
    assert [(one.verb, one.inspector) for one in verbs] == [
        ("hold_asked", ana), ("hold_approved", ben), ("hold_lifted", ana)
    ]  # fmt: skip


def test_charlie_learns_nothing_and_does_nothing(
    asked: Approval, case: UUID, charlie: Inspector, desk: Callable[..., Desk]
) -> None:
    outside = desk(charlie, 0)
    for answer in (
        outside.get("hold", case), outside.post("hold", case, reason="x"),
        outside.post("hold-approve", case, asked.pk), outside.post("hold-lift", case, asked.pk),
    ):  # fmt: skip
        assert answer.status_code == 404
    asked.refresh_from_db()
    assert (asked.approved_week, asked.spent_week) == ("", "")


def test_another_kind_of_approval_is_no_hold(
    case: UUID, hers: OpenCase, ana: Inspector, desk: Callable[..., Desk]
) -> None:
    other = approvals.ask(hers, by=ana, purpose=Approval.Purpose.IDENTITY, content={"reason": "x"})
    for name in ("hold-approve", "hold-lift"):
        assert desk(ana, 0).post(name, case, other.pk).status_code == 404


def test_the_database_takes_no_hold_of_one_person(asked: Approval, ana: Inspector, charlie: Inspector) -> None:
    for change in (
        {"approved_by": ana, "approved_week": "2026-W48"},
        {"approved_by": charlie, "approved_week": "2026-W48"},
        {"spent_week": "2026-W48"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Approval.objects.filter(pk=asked.pk).update(**change)


def test_a_lifted_hold_does_not_come_back(asked: Approval, his: OpenCase, ben: Inspector) -> None:
    approvals.approve(asked, by=ben, case=his)
    approvals.lift_hold(asked, by=ben, case=his)
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.filter(pk=asked.pk).update(spent_week="")


def test_an_office_that_has_lost_the_case_holds_it_no_longer(
    asked: Approval, his: OpenCase, ben: Inspector, as_owner: AsOwner
) -> None:
    approvals.approve(asked, by=ben, case=his)
    assert _is_held(asked.case_id, as_owner)
    with as_owner():
        Departure.objects.create(case_id=asked.case_id, office_id=asked.office_id, week="2026-W48")
        assert not Holding.objects.filter(case=asked.case_id).exists()
    assert not _is_held(asked.case_id, as_owner)


def test_a_hold_stops_no_withdrawal_and_an_open_page_gets_words(
    asked: Approval, his: OpenCase, ana: Inspector, ben: Inspector, desk: Callable[..., Desk], as_owner: AsOwner
) -> None:
    approvals.approve(asked, by=ben, case=his)
    page = desk(ana, 0)
    assert page.get("case", his.case.pk).status_code == 200
    with as_owner(), connection.cursor() as cursor:
        tag = bytes(Receipt.objects.get(case=his.case).tag)
        cursor.execute("SELECT public.mailbox_withdraw(%s)", [tag])
        assert cursor.fetchone() == (True,)
        assert not Content.objects.filter(case=his.case).exists() and not Approval.objects.exists()
    for answer in (
        page.get("case", his.case.pk), page.post("hold-lift", his.case.pk, asked.pk),
        page.post("answer", his.case.pk, **{"answer-text": "Too late"}),
    ):  # fmt: skip
        assert answer.status_code == 404
    for verb in (lambda: approvals.lift_hold(asked, by=ben, case=his),
                 lambda: approvals.ask(his, by=ben, purpose=HOLD, content={"reason": "x"})):  # fmt: skip
        with pytest.raises(Case.DoesNotExist):
            verb()
