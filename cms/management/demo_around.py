"""What surrounds the demonstration's licences: conditions, guarantees, people, a warning, an application. Made up."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from agencies.around import conditions, guarantee, operators, overlays, people
from agencies.board import applications
from agencies.models import Agency, Guarantee, Licence, Register, ResponsiblePerson

OFFICER, APPROVER = "Olive Marrow", "Tomas Quill"
TWO: Final[dict[str, Any]] = {"by": OFFICER, "second_approver": APPROVER}


def demo_around(register: Register, today: date) -> None:
    """Fill the made-up register's surroundings, by the same verbs that officers use."""
    _licensed(_licence("0041"), today)
    _short(_licence("0042").agency, today)
    suspended = _licence("0038")
    conditions.impose_condition(
        suspended, text="Pay the fees back to the eleven workers.", deadline=today + timedelta(days=20), by=OFFICER
    )
    overlays.file_appeal(suspended.events.get(position=2), body="Labour Tribunal of Arland", by=OFFICER)
    operators.warn_of(
        register=register, name="Silver Anchor Jobs", also="Also: SA Careers. Telephone 0555 010 010.",
        text="Takes money for work on ships that does not exist. It has no licence.",
        reasons="Found by our own inspection.", **TWO,
    )  # fmt: skip
    applications.submit(
        register,
        {
            "kind": "NEW", "name": "Lantern Bay Placement Ltd", "operator": "Lantern Bay Holding",
            "responsible": "Iris Vale", "address": "7 Pier Street, Port Amber", "phone": "0555 010 020",
            "work": "Nurses for hospitals in Borland", "guarantor": "Amber Bank", "guarantee_amount": Decimal(60_000),
            "guarantee_currency": "USD",
        },
    )  # fmt: skip


def _licensed(licence: Licence, today: date) -> None:
    agency = licence.agency
    conditions.impose_condition(
        licence, text="Report each month how many workers left.", deadline=today + timedelta(days=60), by=OFFICER
    )
    _bond(agency, 50_000, today)
    people.name_responsible(agency, name="Hanna Light", part=ResponsiblePerson.Part.DIRECTOR, by=OFFICER)
    people.open_branch(agency, name="North office", address="12 Hill Lane, Upper Amber", by=OFFICER)
    people.register_sub_agent(agency, name="Pavel Reed", number="SA-0041-1", area="Upper Amber", by=OFFICER)
    principal = people.accredit_principal(agency, name="Villa Care Services", country="XB", by=OFFICER)
    people.approve_job_order(
        principal, number="J-0041-1", occupation="5322", title="Home carers", workers=40, wage=Decimal(900),
        currency="USD", valid_to=today + timedelta(days=180), by=OFFICER,
    )  # fmt: skip


def _short(agency: Agency, today: date) -> None:
    held = _bond(agency, 50_000, today)
    guarantee.call_guarantee(
        held, Decimal(18_000), reasons="Wages that were owed to workers who came home.", decision_number="G/004", **TWO
    )


def _bond(agency: Agency, amount: int, today: date) -> Guarantee:
    return guarantee.lodge_guarantee(
        agency, form=Guarantee.Form.BANK, guarantor="Amber Bank", minimum=Decimal(50_000), amount=Decimal(amount),
        currency="USD", valid_to=today + timedelta(days=400), by=OFFICER,
    )  # fmt: skip


def _licence(number: str) -> Licence:
    return Licence.objects.select_related("agency").get(number=number)
