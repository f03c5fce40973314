"""Inquiries of the regulator's own: opened, evidence gathered, the holder asked, what was found.

A referral from an inspectorate may be why an officer looks; no inquiry says so. What it finds rests on evidence that
the regulator gathered itself, and on the holder having been heard (FIREWALL.md rule 14).
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from agencies.around.kept import end, enter, follow, latest, stands
from agencies.around.overlays import ask_to_show_cause, close_show_cause, note_answer
from agencies.codes import fits, hashed, new_code, new_reference
from agencies.models import Evidence, Inquiry, Licence, ShowCause, Standard
from agencies.refusals import DecisionRefused
from recruitment_watch import clock


@dataclass(frozen=True, slots=True)
class Asked:
    """The holder was asked: the inquiry as it now is, and the code for the letter, which is kept nowhere."""

    inquiry: Inquiry
    code: str


def open_inquiry(licence: Licence, *, standards: Sequence[str], reasons: str, by: str) -> Inquiry:
    """Begin to look whether the holder keeps these standards. ``reasons`` are the officer's note of what to look at."""
    _check_standards(licence, standards)
    return enter(
        Inquiry, verb="open_inquiry", by=by, reasons=reasons, licence=licence, standards=list(standards)
    )  # fmt: skip


def add_evidence(
    inquiry: Inquiry, *, kind: str, text: str, kept_at: str, by: str, found_on: datetime.date | None = None
) -> Evidence:
    """Write down what the regulator itself saw, read or heard, and where that is kept."""
    if inquiry.ended:
        raise DecisionRefused(_("This inquiry has ended."))
    if kind not in Evidence.Kind.values or not text.strip() or not kept_at.strip():
        raise DecisionRefused(_("Evidence needs its kind, what it shows, and where it is kept."))
    if found_on and found_on > clock.today():
        raise DecisionRefused(_("That day has not come yet."))
    return enter(
        Evidence, verb="add_evidence", by=by, effective_from=found_on, inquiry=inquiry.thing, licence=inquiry.licence,
        kind=kind, text=text.strip(), kept_at=kept_at.strip(),
    )  # fmt: skip


def strike_evidence(row: Evidence, *, reasons: str, by: str) -> Evidence:
    """A piece of evidence does not count any more; it stays on record with the reasons."""
    return end(row, verb="strike_evidence", by=by, reasons=reasons)


@transaction.atomic
def ask_holder(
    inquiry: Inquiry, *, allegation: str, answer_by: datetime.date, by: str, decision_number: str = ""
) -> Asked:
    """Give the holder notice of what the regulator's own evidence shows, and a day by which to answer.

    DecisionRefused without such evidence: else the question itself would tell that somebody had spoken.
    """
    if inquiry.question is not None:
        raise DecisionRefused(_("The holder was asked already."))
    if not _own_evidence(inquiry):
        raise DecisionRefused(_("Gather evidence of your own first. The question to the holder rests on that alone."))
    question = ask_to_show_cause(
        inquiry.licence, allegation=allegation, answer_by=answer_by, by=by, standards=inquiry.standards,
        decision_number=decision_number,
    )  # fmt: skip
    code = new_code()
    asked = follow(
        inquiry, verb="ask_holder", by=by, question=question.thing, reference=new_reference("Q"),
        code_hash=hashed(code), decision_number=decision_number,
    )  # fmt: skip
    return Asked(asked, code)


def by_code(reference: str, code: str) -> Inquiry | None:
    """The inquiry to which reference and code belong, as it now is."""
    found = Inquiry.objects.filter(reference=reference.strip().upper()).exclude(reference="").order_by("-version")
    row = found.select_related("licence__agency").first()
    return row if row is not None and fits(code, row.code_hash) else None


def question_of(inquiry: Inquiry) -> ShowCause | None:
    """What the holder was asked, with its answer; None before."""
    return latest(ShowCause, inquiry.question) if inquiry.question else None


def evidence_in(inquiry: Inquiry) -> list[Evidence]:
    """The evidence that stands, oldest first."""
    return stands(Evidence, inquiry=inquiry.thing)


def answer_inquiry(inquiry: Inquiry, *, answer: str, by: str) -> ShowCause:
    """The holder answers by itself, in the time that it was given; a later answer takes the place of an earlier one."""
    question = question_of(inquiry)
    if inquiry.ended or question is None or question.ended:
        raise DecisionRefused(_("Nothing is asked of you any more."))
    if clock.today() > question.answer_by:
        raise DecisionRefused(_("The time to answer has passed. Write to the regulator."))
    return note_answer(question, answer=answer, by=by)


def record_answer(inquiry: Inquiry, *, answer: str, by: str, answered_on: datetime.date | None = None) -> ShowCause:
    """An officer writes down what the holder answered by letter or by word of mouth."""
    question = question_of(inquiry)
    if inquiry.ended or question is None:
        raise DecisionRefused(_("The holder was not asked yet."))
    return note_answer(question, answer=answer, by=by, answered_on=answered_on)


@transaction.atomic
def find_breach(inquiry: Inquiry, *, standards: Sequence[str], reasons: str, decision_number: str, by: str) -> Inquiry:
    """A breach was found, by the regulator's own evidence, after the holder was heard. A sanction may follow."""
    question = question_of(inquiry)
    if question is None or not _own_evidence(inquiry):
        raise DecisionRefused(_("A breach is found by your own evidence, after the holder was asked."))
    if not set(standards) <= set(inquiry.standards) or not standards:
        raise DecisionRefused(_("Name the standards that were broken: the holder was asked about these only."))
    if not question.ended:
        close_show_cause(question, by=by, reasons=reasons)
    return end(
        inquiry, verb="find_breach", by=by, reasons=reasons, decision_number=decision_number,
        standards=list(standards), outcome=Inquiry.Outcome.FOUND,
    )  # fmt: skip


@transaction.atomic
def find_nothing(inquiry: Inquiry, *, reasons: str, by: str) -> Inquiry:
    """No breach was found. For this nobody has to wait."""
    question = question_of(inquiry)
    if question is not None and not question.ended:
        end(question, verb="close_show_cause", by=by, reasons=reasons)
    return end(inquiry, verb="find_nothing", by=by, reasons=reasons, outcome=Inquiry.Outcome.NOTHING)


def check_found(key: uuid.UUID, licence: Licence) -> Inquiry:
    """The inquiry from which a sanction on this licence may be proposed: one that found a breach."""
    row = Inquiry.objects.filter(thing=key, licence=licence).order_by("-version").first()
    if row is None or row.outcome != Inquiry.Outcome.FOUND:
        raise DecisionRefused(_("That inquiry has not found a breach by the holder of this licence."))
    return row


def found_by(licence: Licence) -> list[Inquiry]:
    """The inquiries that found a breach, newest first."""
    return list(Inquiry.objects.filter(licence=licence, outcome=Inquiry.Outcome.FOUND).order_by("-recorded_at"))


def _own_evidence(inquiry: Inquiry) -> bool:
    return any(row.kind != Evidence.Kind.HEARD for row in evidence_in(inquiry))


def _check_standards(licence: Licence, standards: Sequence[str]) -> None:
    known = set(Standard.objects.filter(register_id=licence.register_id).values_list("code", flat=True))
    if not standards or not set(standards) <= known:
        raise DecisionRefused(_("Name the standards that are looked into."))
