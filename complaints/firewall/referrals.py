"""Telling the regulator: proposed by one member of the holding office, approved by another (FIREWALL 11, 14).

What crosses is an agency, the standards broken, the kind of evidence and the quarter: a fixed schema with
no room for a case, a person or a story. Until it is approved even that lies sealed under the body key.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from agencies.models import Referral, Standard
from complaints.cases import clocks
from complaints.cases.models import Inspector
from complaints.vault.errors import BadEnvelope
from recruitment_watch import clock

from . import approvals, egress
from .access import OpenCase, Unreadable
from .approvals import SamePerson
from .models import Approval

__all__ = ["NotReferable", "Proposal", "SamePerson", "approve", "of_case", "opened", "propose", "standards_of"]


class NotReferable(ValueError):
    """The agency is in no register here, or the standards or the kind of evidence are not of its list."""


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
    payload = _checked(agency, standards, evidence_class)
    return approvals.ask(case, by=by, purpose=Approval.Purpose.REFERRAL, content=payload)


@transaction.atomic
def approve(approval: Approval, *, by: Inspector, case: OpenCase) -> None:
    """Approve what a colleague proposed, once, and put it on its way. `case` is the case as `by` has it open.

    Raises SamePerson, Overtaken (approved meanwhile), NotReferable (the register has changed), Unreadable;
    Case.DoesNotExist to who has lost the case.
    """
    approvals.approve(approval, by=by, case=case)
    proposal = opened(approval, case=case)
    payload = _checked(proposal.agency, proposal.standards, proposal.evidence_class)
    egress.refer(approval, {**payload, "agency": proposal.agency, "quarter": clocks.quarter(clock.today())})


def opened(approval: Approval, *, case: OpenCase) -> Proposal:
    """What is proposed. Raises Unreadable."""
    content = approvals.opened(approval, case=case)
    try:
        standards = content["standards"]
        if not isinstance(standards, list):
            raise BadEnvelope("standards")
        return Proposal(
            approval, UUID(str(content["agency"])), tuple(map(str, standards)), str(content["evidence_class"])
        )
    except (BadEnvelope, KeyError, ValueError):
        pass  # said below, without the fault's own words
    raise Unreadable("a proposed referral does not open")


def of_case(case: OpenCase) -> list[Proposal]:
    """The office's referrals of this case, waiting ones first; those that do not open are left out."""
    found = []
    for row in approvals.of_case(case, Approval.Purpose.REFERRAL):
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
