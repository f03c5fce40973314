"""Models of the register: those that are published, and copied for casework, and those that are not."""

from __future__ import annotations

from typing import Final

from django.db.models import Model

from agencies.models.agency import Agency, AgencyName, Operator, Place
from agencies.models.audit import AuditEntry
from agencies.models.help import HelpEntry
from agencies.models.imports import ImportBatch, Quarantine, RawRow
from agencies.models.licence import Licence, LicenceEvent
from agencies.models.listing import ListedStatus
from agencies.models.referral import Referral
from agencies.models.register import Register, Standard

#: Copied whole into ``register_copy``, in this order (parents first). Nothing here points outside this tuple.
PUBLISHED: Final[tuple[type[Model], ...]] = (
    Register,
    Standard,
    Operator,
    Agency,
    AgencyName,
    Place,
    Licence,
    LicenceEvent,
    ListedStatus,
    HelpEntry,
)
#: Stay in the register's own database.
PRIVATE: Final[tuple[type[Model], ...]] = (ImportBatch, RawRow, Quarantine, Referral, AuditEntry)

__all__ = [
    "PRIVATE",
    "PUBLISHED",
    "Agency",
    "AgencyName",
    "AuditEntry",
    "HelpEntry",
    "ImportBatch",
    "Licence",
    "LicenceEvent",
    "ListedStatus",
    "Operator",
    "Place",
    "Quarantine",
    "RawRow",
    "Referral",
    "Register",
    "Standard",
]
