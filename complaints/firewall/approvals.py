"""What takes two members of an office: asked by one with a sealed reason, approved by another, acted on once.

Referring to the regulator (firewall.referrals), seeing who complained (firewall.identity), a protective disclosure
(firewall.protective), making a case less urgent (firewall.severity), closing it (desk.closing), and holding a case
beyond its week, which needs no more than this (FIREWALL rules 10, 11, 16).
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

from django.db import transaction

from complaints.cases import clocks, sealing
from complaints.cases.models import Inspector, Recusal
from complaints.cases.moves import Overtaken
from complaints.cases.sealing import Sealed
from complaints.vault.errors import BadEnvelope
from recruitment_watch import clock

from . import disclosure
from .access import OpenCase, Unreadable, require_visible
from .disclosure import Verb
from .models import Approval

Purpose = Approval.Purpose
ASKED = {
    Purpose.REFERRAL: Verb.REFERRAL_PROPOSED,
    Purpose.IDENTITY: Verb.IDENTITY_ASKED,
    Purpose.HOLD: Verb.HOLD_ASKED,
    Purpose.PROTECTIVE: Verb.PROTECTIVE_ASKED,
    Purpose.SEVERITY: Verb.SEVERITY_ASKED,
    Purpose.CLOSING: Verb.CLOSING_ASKED,
}
APPROVED = {
    Purpose.REFERRAL: Verb.REFERRAL_APPROVED,
    Purpose.IDENTITY: Verb.IDENTITY_APPROVED,
    Purpose.HOLD: Verb.HOLD_APPROVED,
    Purpose.PROTECTIVE: Verb.PROTECTIVE_APPROVED,
    Purpose.SEVERITY: Verb.SEVERITY_LOWERED,
    Purpose.CLOSING: Verb.CLOSED,
}


class SamePerson(PermissionError):
    """Who asked cannot approve, nor can another office."""


class AskedAlready(ValueError):
    """The same is waiting for a colleague, or is in force."""


@transaction.atomic
def ask(case: OpenCase, *, by: Inspector, purpose: Approval.Purpose, content: Mapping[str, object]) -> Approval:
    """Ask a colleague to approve. `content` is sealed under the body key; a referral may be asked for more than once.

    Raises AskedAlready, Overtaken, CannotSeal; Case.DoesNotExist to who has lost the case.
    """
    require_visible(case, by)
    if purpose in (Purpose.IDENTITY, Purpose.HOLD) and open_of(case, purpose):
        raise AskedAlready(purpose)
    row = uuid4()
    key = case.writing_key()
    approval = Approval.objects.create(
        id=row,
        case=case.case,
        office=case.office,
        purpose=purpose,
        box=sealing.seal_approval(key, content, case=case.case.pk, row=row, epoch=case.case.epoch),
        epoch=case.case.epoch,
        asked_by=by,
        asked_week=clocks.week(clock.now()),
    )
    disclosure.record(ASKED[purpose], by=by, office=case.office, case=case.case)
    return approval


@transaction.atomic
def approve(approval: Approval, *, by: Inspector, case: OpenCase, verb: Verb | None = None) -> None:
    """Approve what a colleague asked for, once. `case` is the case as `by` has it open; `verb` what the log calls it.

    Raises SamePerson, Overtaken (approved meanwhile), Unreadable; Case.DoesNotExist to who has lost the case.
    """
    require_visible(case, by)
    if approval.asked_by_id == by.pk or (approval.case_id, approval.office_id) != (case.case.pk, case.office.pk):
        raise SamePerson("this takes two different members of the holding office")
    opened(approval, case=case)  # nobody approves what they cannot read
    waiting = Approval.objects.filter(pk=approval.pk, approved_by=None)
    if waiting.update(approved_by=by, approved_week=clocks.week(clock.now())) != 1:
        raise Overtaken("this has been approved already")
    disclosure.record(verb or APPROVED[Purpose(approval.purpose)], by=by, office=case.office, case=case.case)


@transaction.atomic
def lift_hold(approval: Approval, *, by: Inspector, case: OpenCase) -> None:
    """End a hold: one member is enough to let a case go. Raises Overtaken; Case.DoesNotExist."""
    require_visible(case, by)
    spend(approval, case=case, purpose=Purpose.HOLD)
    disclosure.record(Verb.HOLD_LIFTED, by=by, office=case.office, case=case.case)


def spend(approval: Approval, *, case: OpenCase, purpose: Approval.Purpose) -> None:
    """Mark as acted on, once. Raises Overtaken."""
    ready = Approval.objects.filter(
        pk=approval.pk, case=case.case, office=case.office, purpose=purpose, approved_by__isnull=False, spent_week=""
    )
    if ready.update(spent_week=clocks.week(clock.now())) != 1:
        raise Overtaken("this has been done already, or nobody has approved it")


def opened(approval: Approval, *, case: OpenCase) -> Sealed:
    """What was asked for, and why. Raises Unreadable."""
    try:
        return sealing.open_approval(
            case.body_keys[approval.epoch], bytes(approval.box),
            case=approval.case_id, row=approval.pk, epoch=approval.epoch,
        )  # fmt: skip
    except (BadEnvelope, KeyError):
        pass
    raise Unreadable("what was asked for does not open")


def of_case(case: OpenCase, *purposes: Approval.Purpose) -> list[Approval]:
    """The office's, waiting ones first."""
    rows = Approval.objects.filter(case=case.case, office=case.office, purpose__in=purposes)
    return list(rows.select_related("asked_by", "approved_by").order_by("approved_week", "asked_week", "id"))


def open_of(case: OpenCase, purpose: Approval.Purpose) -> Approval | None:
    """The one that waits, or is approved and not acted on. What a member asked who is recused by now waits no more."""
    recused = Recusal.objects.filter(case=case.case).values("inspector")
    rows = Approval.objects.filter(case=case.case, office=case.office, purpose=purpose, spent_week="")
    return rows.exclude(approved_by=None, asked_by__in=recused).first()
