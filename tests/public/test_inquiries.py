"""Inquiries of the regulator's own: from a referral to a sanction, and nothing on the way that leads to who spoke."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from agencies.actions import name_standard, take_referral
from agencies.around import inquiries
from agencies.around.kept import latest
from agencies.board.models import ProposedDecision
from agencies.licensing import State
from agencies.models import AuditEntry, Evidence, Inquiry, Licence, Referral, ShowCause
from agencies.refusals import DecisionRefused, StateChanged
from recruitment_watch import clock

from . import licensing_cast as cast
from .board_cast import before, sanction, seated_board
from .licensing_cast import GRACE
from .officers import Officers, officers
from .test_board_admin import referral
from .test_licence_law import on_day
from .test_pages import page_of

pytestmark = pytest.mark.django_db

TODAY = clock.today()
SOON = TODAY + datetime.timedelta(days=14)
LIVE: dict[str, Any] = {"valid_to": TODAY + datetime.timedelta(days=400)}


@pytest.fixture
def people(db: None) -> Officers:
    return officers()


@pytest.fixture
def licence(db: None) -> Licence:
    made = cast.licence(**LIVE)
    for code in ("S-1", "S-2"):
        name_standard(register=made.register, code=code, title=f"Duty {code}", by=GRACE)
    return made


def opened(licence: Licence, **given: Any) -> Inquiry:
    return inquiries.open_inquiry(
        licence, **({"standards": ["S-1", "S-2"], "reasons": "The books.", "by": GRACE} | given)
    )


def seen(inquiry: Inquiry, kind: str = "BOOKS", text: str = "Forty receipts for fees.") -> Evidence:
    return inquiries.add_evidence(inquiry, kind=kind, text=text, kept_at="File 7, page 3", by=GRACE)


def asked(inquiry: Inquiry) -> inquiries.Asked:
    return inquiries.ask_holder(inquiry, allegation="Your books show fees.", answer_by=SOON, by=GRACE)


def found(inquiry: Inquiry, **given: Any) -> Inquiry:
    facts = {"standards": ["S-1"], "reasons": "Fees were charged.", "decision_number": "F-1", "by": GRACE}
    return inquiries.find_breach(inquiry, **(facts | given))


# --- the firewall ----------------------------------------------------------------------------------------


def test_nothing_in_an_inquiry_names_a_referral_or_says_why_it_began() -> None:
    assert {f.name for f in Inquiry._meta.get_fields()} == {
        "id", "thing", "version", "effective_from", "recorded_at", "entered_by", "second_approver", "decision_number",
        "reasons", "ended", "licence", "standards", "question", "reference", "code_hash", "outcome",
    }  # fmt: skip
    for model in (Inquiry, Evidence, ShowCause, ProposedDecision):
        related = {f.related_model for f in model._meta.get_fields() if f.is_relation}
        assert Referral not in related
    assert set(Evidence.Kind.values) == {"VISIT", "BOOKS", "RECORDS", "PUBLIC", "HEARD"}
    assert {f.related_model for f in Referral._meta.get_fields() if f.is_relation} == set()


def test_a_referral_leaves_no_day_and_no_trace_in_what_comes_of_it(
    client: Client, people: Officers, licence: Licence, as_owner: Any
) -> None:
    arrived = referral(licence.agency, as_owner)
    page = reverse("rw_referrals:referral", args=[arrived.pk])
    client.force_login(people.grace)
    way = reverse("rw_around:do", args=["inquiry", licence.pk])
    assert way not in client.get(page).content.decode()
    client.post(page, {"do": "take"})
    assert way in client.get(page).content.decode()
    client.post(way, {"standards": ["S-1"], "reasons": "The books."})
    inquiry = Inquiry.objects.get()
    rows = [*AuditEntry.objects.values(), *Inquiry.objects.values(), *Evidence.objects.values()]
    assert str(arrived.pk) not in repr(rows) and arrived.quarter not in repr(rows)
    assert "referral" not in repr(rows).lower()
    client.post(page, {"do": "close"})
    assert inquiry.outcome == Inquiry.Outcome.OPEN


def test_the_holder_is_not_asked_before_there_is_evidence_of_the_regulator_s_own(licence: Licence) -> None:
    inquiry = opened(licence)
    with pytest.raises(DecisionRefused, match="evidence of your own"):
        asked(inquiry)
    seen(inquiry, "HEARD")
    with pytest.raises(DecisionRefused, match="evidence of your own"):
        asked(inquiry)
    seen(inquiry)
    assert asked(inquiry).inquiry.question is not None


def test_evidence_of_another_kind_is_refused_by_verb_and_database(licence: Licence) -> None:
    inquiry = opened(licence)
    for kind in ("COMPLAINT", "SEVERAL_ACCOUNTS", ""):
        with pytest.raises(DecisionRefused):
            seen(inquiry, kind)
    row = seen(inquiry)
    facts = {f.attname: getattr(row, f.attname) for f in Evidence._meta.concrete_fields if f.name != "id"}
    with pytest.raises(IntegrityError, match="kind_is_our_own"), transaction.atomic():
        Evidence.objects.create(**(facts | {"kind": "CLAIM", "version": 2}))


def test_the_holder_reads_the_question_and_none_of_the_evidence(client: Client, licence: Licence) -> None:
    inquiry = opened(licence, reasons="INNER-NOTE")
    seen(inquiry, text="EVIDENCE-TEXT")
    made = asked(inquiry)
    back = {"reference": made.inquiry.reference, "code": made.code}
    response = client.post(reverse("cms:inquiry_back"), back)
    said = response.content.decode()
    assert "Your books show fees." in said and "no-store" in response["Cache-Control"]
    for hidden in ("EVIDENCE-TEXT", "INNER-NOTE", "File 7", GRACE, "eferral"):
        assert hidden not in said
    for wrong in ({"code": "A" * 20}, {"reference": "Q2026-222222"}, {"reference": ""}):
        assert "Your books show fees." not in client.post(reverse("cms:inquiry_back"), back | wrong).content.decode()


def test_nothing_of_an_open_inquiry_is_public(client: Client, licence: Licence) -> None:
    plain = page_of(client, licence.agency)
    inquiry = opened(licence)
    seen(inquiry)
    inquiry = asked(inquiry).inquiry
    assert page_of(client, licence.agency) == plain
    inquiries.find_nothing(inquiry, reasons="All in order.", by=GRACE)
    assert page_of(client, licence.agency) == plain


# --- the way ---------------------------------------------------------------------------------------------


def test_the_holder_answers_with_reference_and_code_in_its_time(
    client: Client, licence: Licence, tmp_path: Path
) -> None:
    inquiry = opened(licence)
    seen(inquiry)
    made = asked(inquiry)
    assert made.code not in repr(list(Inquiry.objects.values()))
    back = {"reference": made.inquiry.reference.lower(), "code": f"{made.code[:9].lower()} {made.code[9:]}"}
    url = reverse("cms:inquiry_back")
    assert "Please answer" in client.post(url, back | {"do": "answer", "answer": " "}).content.decode()
    assert "We have your answer" in client.post(url, back | {"do": "answer", "answer": "A mistake."}).content.decode()
    client.post(url, back | {"do": "answer", "answer": "We paid it back."})
    question = inquiries.question_of(made.inquiry)
    assert question is not None
    assert (question.answer, question.entered_by) == ("We paid it back.", made.inquiry.reference)
    assert ShowCause.objects.filter(thing=question.thing, answer="A mistake.").exists()
    with on_day(SOON + datetime.timedelta(days=1), tmp_path):
        said = client.post(url, back | {"do": "answer", "answer": "Too late."}).content.decode()
        assert "The time to answer has passed" in said
        inquiries.record_answer(made.inquiry, answer="By letter.", by=GRACE)
    question = inquiries.question_of(made.inquiry)
    assert question is not None and question.answer == "By letter."


def test_a_breach_is_found_only_after_the_holder_was_heard(licence: Licence, tmp_path: Path) -> None:
    inquiry = opened(licence)
    seen(inquiry)
    with pytest.raises(DecisionRefused, match="after the holder was asked"):
        found(inquiry)
    inquiry = asked(inquiry).inquiry
    with pytest.raises(DecisionRefused, match="may still answer"):
        found(inquiry)
    for standards in ([], ["S-9"]):
        with pytest.raises(DecisionRefused, match="about these only"):
            found(inquiry, standards=standards)
    with on_day(SOON + datetime.timedelta(days=1), tmp_path):
        ended = found(inquiry)
    assert (ended.outcome, ended.standards) == (Inquiry.Outcome.FOUND, ["S-1"])
    with pytest.raises(DecisionRefused):
        found(ended)


def test_evidence_that_was_struck_carries_no_finding(licence: Licence) -> None:
    inquiry = opened(licence)
    row = seen(inquiry)
    inquiry = asked(inquiry).inquiry
    inquiries.answer_inquiry(inquiry, answer="No.", by="x")
    inquiries.strike_evidence(row, reasons="Another firm's books.", by=GRACE)
    with pytest.raises(DecisionRefused, match="own evidence"):
        found(inquiry)


def test_two_who_change_an_inquiry_at_once_collide(licence: Licence) -> None:
    inquiry = opened(licence)
    seen(inquiry)
    asked(inquiry)
    with pytest.raises(StateChanged), transaction.atomic():
        inquiries.find_nothing(inquiry, reasons="All in order.", by=GRACE)
    assert latest(Inquiry, inquiry.thing).outcome == Inquiry.Outcome.OPEN


def test_a_finding_may_start_a_sanction_and_the_board_reads_the_inquiry(
    client: Client, people: Officers, licence: Licence
) -> None:
    inquiry = opened(licence)
    seen(inquiry)
    inquiry = asked(inquiry).inquiry
    with pytest.raises(DecisionRefused, match="not found a breach"):
        sanction(people.grace, licence, inquiry=inquiry.thing)
    inquiries.answer_inquiry(inquiry, answer="We paid it back.", by="x")
    found(inquiry)
    other = cast.licence(cast.agency("Other"), "RA-9")
    with pytest.raises(DecisionRefused, match="not found a breach"):
        sanction(people.grace, other, inquiry=inquiry.thing)
    client.force_login(people.grace)
    url = reverse("rw_register:propose", args=[licence.agency_id, licence.pk])
    typed = {
        "to": State.SUSP_DISC, "standards": ["S-1"], "reasons": "Fees.", "legal_basis": "s. 12", "seen": "1",
        "decision_number": "D-1", "inquiry": str(inquiry.thing),
    }  # fmt: skip
    assert client.post(url, typed).status_code == 302
    waiting = ProposedDecision.objects.get()
    assert waiting.inquiry == inquiry.thing
    board = seated_board()
    client.force_login(board.members["WORKERS"])
    said = client.get(reverse("rw_sanctions:one", args=[before(waiting).key])).content.decode()
    for part in ("Forty receipts for fees.", "Your books show fees.", "We paid it back.", "Fees were charged."):
        assert part in said


def test_the_whole_way_through_the_admin_s_pages(client: Client, people: Officers, licence: Licence) -> None:
    client.force_login(people.grace)

    def do(what: str, key: Any, **typed: Any) -> Any:
        return client.post(reverse("rw_around:do", args=[what, key]), typed, follow=True)

    do("inquiry", licence.pk, standards=["S-1"], reasons="The books.")
    thing = Inquiry.objects.get().thing
    told = do("inquiry-asked", thing, allegation="Fees.", answer_by=SOON.isoformat()).content.decode()
    assert "Gather evidence of your own first" in told
    do("inquiry-evidence", thing, kind="VISIT", text="Receipts on the desk.", kept_at="F 7")
    told = do("inquiry-asked", thing, allegation="Fees.", answer_by=SOON.isoformat()).content.decode()
    reference = latest(Inquiry, thing).reference
    code = re.search(r"code ([A-Z0-9]{20})", told)
    assert code is not None and reference in told
    assert inquiries.by_code(reference, code.group(1)) is not None
    page = client.get(reverse("rw_around:agency", args=[licence.agency_id])).content.decode()
    assert code.group(1) not in page and "Receipts on the desk." in page
    do("inquiry-answer", thing, answer="By letter: no.")
    do("inquiry-found", thing, standards=["S-1"], reasons="Fees.", decision_number="F-1")
    assert latest(Inquiry, thing).outcome == Inquiry.Outcome.FOUND


def test_taking_a_referral_still_writes_no_day(licence: Licence, as_owner: Any) -> None:
    arrived = referral(licence.agency, as_owner)
    before_it = AuditEntry.objects.count()
    take_referral(arrived, by=GRACE)
    assert AuditEntry.objects.count() == before_it


def test_inquiries_and_evidence_are_never_changed(licence: Licence, as_owner: Any) -> None:
    seen(opened(licence))
    with as_owner():
        for model in (Inquiry, Evidence):
            with pytest.raises(IntegrityError, match="append_only"), transaction.atomic():
                model.objects.update(reasons="x")
            with pytest.raises(IntegrityError, match="append_only"), transaction.atomic():
                model.objects.all()._raw_delete("default")
