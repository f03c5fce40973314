"""The cast of the register's tests: a home register, an agency, a licence, and a regulator's decisions."""

from __future__ import annotations

import datetime
from typing import Any

from agencies import actions
from agencies.licensing import ADVERSE, NEEDS_STANDARDS, State
from agencies.models import Agency, Licence, LicenceEvent, Register

GRACE, HENRY = "Grace Otieno", "Henry Mwangi"
# In force on whichever day this runs.
START, END = datetime.date(2026, 1, 1), datetime.date(datetime.date.today().year + 1, 12, 31)


def day(number: int) -> datetime.date:
    """The day ``number`` days after the licence's first."""
    return START + datetime.timedelta(days=number)


def home_register() -> Register:
    return Register.objects.get_or_create(
        code="home", defaults={"name": "Licence register", "country": "KE", "is_home": True}
    )[0]


def agency(name: str = "Coast Bridge Recruitment Ltd", **given: Any) -> Agency:
    return actions.register_agency(register=home_register(), name=name, by=GRACE, **given)


def licence(holder: Agency | None = None, number: str = "RA-0010", **given: Any) -> Licence:
    facts: dict[str, Any] = {
        "valid_from": START,
        "valid_to": END,
        "decision_number": "D-1",
        "legal_basis": "Recruitment Act s. 4",
        "by": GRACE,
    }
    return actions.grant_licence(agency=holder or agency(), number=number, **(facts | given))


def decide(of: Licence, to: State, **given: Any) -> LicenceEvent:
    facts: dict[str, Any] = {
        "by": GRACE,
        "second_approver": HENRY if to in ADVERSE else "",
        "standards": ["S-1"] if to in NEEDS_STANDARDS else [],
        "reasons": "Fees were charged to workers.",
        "legal_basis": "Recruitment Act s. 12",
        "decision_number": "D-2",
    }
    return actions.decide(of, to, **(facts | given))
