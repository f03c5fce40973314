"""Telling the regulator: proposed by one member of the holding office, approved by another (FIREWALL 11, 14).

What crosses is an agency, the standards broken, the kind of evidence and the quarter: a fixed schema with
no room for a case, a person or a story. Until it is approved even that lies sealed under the body key.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.db import transaction

from agencies.models import Referral, Standard
from complaints.cases import clocks, sealing
from complaints.cases.models import Inspector
from complaints.cases.moves import Overtaken
from complaints.vault.errors import BadEnvelope
from recruitment_watch import clock

from . import disclosure
from .access import OpenCase, Unreadable, require_visible
from .disclosure import Verb
from .models import Approval, ReferralOutbox


class NotReferable(ValueError):
    """The agency is in no register here, or the standards or the kind of evidence are not of its list."""


class SamePerson(PermissionError):
    """Who proposed a referral cannot approve it, nor can another office."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed referral, opened."""

    approval: Approval
    agency: UUID
    standards: tuple[str, ...]
    evidence_class: str


def standards_of(agency: UUID) -> list[Standard]:
    """The standards that a referral about this agency can name: those of its own register."""
    return list(Standard.objects.filter(register__agencies=agency).order_by("code"))


@transaction.atomic
def propose(
    case: OpenCase, *, by: Inspector, agency: UUID, standards: Collection[str], evidence_class: str
) -> Approval:
    """Ask for a second member's approval. Raises NotReferable; Case.DoesNotExist to who has lost the case."""
    require_visible(case, by)
    payload = _checked(agency, standards, evidence_class)
    row = uuid4()
    approval = Approval.objects.create(
        id=row,
        case=case.case,
        office=case.office,
        purpose=Approval.Purpose.REFERRAL,
        box=sealing.seal_approval(case.writing_key(), payload, case=case.case.pk, row=row, epoch=case.case.epoch),
        epoch=case.case.epoch,
        asked_by=by,
        asked_week=clocks.week(clock.now()),
    )
    disclosure.record(Verb.REFERRAL_PROPOSED, by=by, office=case.office, case=case.case)
    return approval


@transaction.atomic
def approve(approval: Approval, *, by: Inspector, case: OpenCase) -> None:
    """Approve what a colleague proposed, once, and put it on its way. `case` is the case as `by` has it open.

    Raises SamePerson, Overtaken (approved meanwhile), NotReferable (the register has changed), Unreadable;
    Case.DoesNotExist to who has lost the case.
    """
    require_visible(case, by)
    if approval.asked_by_id == by.pk or (approval.case_id, approval.office_id) != (case.case.pk, case.office.pk):
        raise SamePerson("a referral takes two different members of the holding office")
    proposal = opened(approval, case=case)
    _checked(proposal.agency, proposal.standards, proposal.evidence_class)
    waiting = Approval.objects.filter(pk=approval.pk, approved_by=None, purpose=Approval.Purpose.REFERRAL)
    if waiting.update(approved_by=by, approved_week=clocks.week(clock.now())) != 1:
        raise Overtaken("this referral has been approved already")
    ReferralOutbox(
        agency=proposal.agency,
        standards=list(proposal.standards),
        evidence_class=proposal.evidence_class,
        quarter=clocks.quarter(clock.today()),
    ).save(force_insert=True)
    disclosure.record(Verb.REFERRAL_APPROVED, by=by, office=case.office, case=case.case)


def opened(approval: Approval, *, case: OpenCase) -> Proposal:
    """What is proposed. Raises Unreadable."""
    try:
        content = sealing.open_approval(
            case.body_keys[approval.epoch], bytes(approval.box),
            case=approval.case_id, row=approval.pk, epoch=approval.epoch,
        )  # fmt: skip
        standards = content["standards"]
        if not isinstance(standards, list):
            raise BadEnvelope("standards")
        return Proposal(
            approval, UUID(str(content["agency"])), tuple(map(str, standards)), str(content["evidence_class"])
        )
    except (BadEnvelope, KeyError, ValueError):
        pass
    raise Unreadable("a proposed referral does not open")


def of_case(case: OpenCase) -> list[Proposal]:
    """The office's referrals of this case, waiting ones first; those that do not open are left out."""
    rows = Approval.objects.filter(case=case.case, office=case.office, purpose=Approval.Purpose.REFERRAL)
    found = []
    for row in rows.select_related("asked_by", "approved_by").order_by("approved_week", "asked_week", "id"):
        try:
            found.append(opened(row, case=case))
        except Unreadable:
            continue
    return found


def _checked(agency: UUID, standards: Collection[str], evidence_class: str) -> dict[str, object]:
    chosen = sorted(set(standards))
    known = {standard.code for standard in standards_of(agency)}
    if not chosen or not known.issuperset(chosen) or evidence_class not in Referral.EvidenceClass.values:
        raise NotReferable("agency, standards and kind of evidence must be of one register")
    return {"agency": str(agency), "standards": chosen, "evidence_class": evidence_class}
