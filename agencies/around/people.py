"""Branches, sub-agents, responsible persons, principals and job orders of an agency: entered, changed, ended."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from agencies.around.kept import end, enter, follow, latest
from agencies.models import Agency, Branch, JobOrder, Kept, Principal, ResponsiblePerson, SubAgent
from agencies.refusals import DecisionRefused
from recruitment_watch import clock


def open_branch(agency: Agency, *, name: str, address: str, by: str, phone: str = "", **given: Any) -> Branch:
    """Enter a branch. It may recruit under the agency's licence from that day on."""
    return enter(
        Branch, verb="open_branch", by=by, agency=agency, name=_named(name), address=address, phone=phone, **given
    )  # fmt: skip


def register_sub_agent(
    agency: Agency, *, name: str, by: str, number: str = "", area: str = "", phone: str = "", **given: Any
) -> SubAgent:
    """Register somebody who may find workers for the agency. The agency answers for what this one does."""
    return enter(
        SubAgent, verb="register_sub_agent", by=by, agency=agency, name=_named(name), number=number, area=area,
        phone=phone, **given,
    )  # fmt: skip


def name_responsible(
    agency: Agency, *, name: str, part: ResponsiblePerson.Part, by: str, **given: Any
) -> ResponsiblePerson:
    """Enter somebody who answers for the agency by law."""
    return enter(
        ResponsiblePerson, verb="name_responsible", by=by, agency=agency, name=_named(name), part=part, **given
    )


def accredit_principal(
    agency: Agency, *, name: str, country: str, by: str, address: str = "", **given: Any
) -> Principal:
    """Enter an employer abroad for whom the agency may recruit. ``country``: ISO 3166-1, two letters."""
    return enter(
        Principal, verb="accredit_principal", by=by, agency=agency, name=_named(name), country=country,
        address=address, **given,
    )  # fmt: skip


def approve_job_order(
    principal: Principal,
    *,
    number: str,
    occupation: str,
    title: str,
    workers: int,
    valid_to: datetime.date,
    by: str,
    wage: Decimal | None = None,
    currency: str = "",
    **given: Any,
) -> JobOrder:
    """Approve work that a principal offers. Only of a principal that stands."""
    if latest(Principal, principal.thing).ended:
        raise DecisionRefused(_("This principal is not accredited any more."))
    if valid_to < clock.today():
        raise DecisionRefused(_("The job order would be over already."))
    return enter(
        JobOrder, verb="approve_job_order", by=by, agency=principal.agency, principal=principal.thing, number=number,
        occupation=occupation, title=title, workers=workers, valid_to=valid_to, wage=wage,
        currency=currency if wage is not None else "", **given,
    )  # fmt: skip


def change_entry(row: Kept, *, by: str, reasons: str, **changes: Any) -> Kept:
    """Write the next version of a branch, sub-agent, person, principal or order: an address, a telephone, a name."""
    if not reasons.strip():
        raise DecisionRefused(_("Say why it changes."))
    return follow(row, verb="change_entry", by=by, reasons=reasons, **changes)


def end_entry(row: Kept, *, by: str, reasons: str, effective_from: datetime.date | None = None) -> Kept:
    """From a day on it stands no more: the branch is closed, the sub-agent struck off."""
    return end(row, verb="end_entry", by=by, reasons=reasons, effective_from=effective_from)


def _named(name: str) -> str:
    if not name.strip():
        raise DecisionRefused(_("It needs a name."))
    return name.strip()
