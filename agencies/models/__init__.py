"""Models of the register: those that are published, and copied for casework, and those that are not."""

from __future__ import annotations

from typing import Final

from django.db.models import Model

from agencies.models.agency import Agency, AgencyName, Operator, Place
from agencies.models.audit import AuditEntry
from agencies.models.guarantee import Guarantee, GuaranteeEntry
from agencies.models.help import HelpEntry
from agencies.models.imports import ImportBatch, Quarantine, RawRow
from agencies.models.inquiry import Evidence, Inquiry
from agencies.models.kept import Kept
from agencies.models.licence import Licence, LicenceEvent
from agencies.models.listing import ListedStatus
from agencies.models.operators import OperatorFlag, OperatorRelation, WarningNotice
from agencies.models.overlays import Appeal, Condition, Points, ShowCause
from agencies.models.people import Branch, JobOrder, Principal, ResponsiblePerson, SubAgent
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
    OperatorFlag,
)
#: What surrounds a licence: kept version by version. Casework has no use for it, so it is not copied.
AROUND: Final[tuple[type[Kept], ...]] = (
    Condition,
    Points,
    ShowCause,
    Appeal,
    Guarantee,
    Branch,
    SubAgent,
    ResponsiblePerson,
    Principal,
    JobOrder,
    Inquiry,
    Evidence,
    OperatorRelation,
    WarningNotice,
)
#: Stay in the register's own database, whether its pages show them or not.
PRIVATE: Final[tuple[type[Model], ...]] = (
    *AROUND,
    GuaranteeEntry,
    ImportBatch,
    RawRow,
    Quarantine,
    Referral,
    AuditEntry,
)

__all__ = [
    "AROUND",
    "PRIVATE",
    "PUBLISHED",
    "Agency",
    "AgencyName",
    "Appeal",
    "AuditEntry",
    "Branch",
    "Condition",
    "Evidence",
    "Guarantee",
    "GuaranteeEntry",
    "HelpEntry",
    "ImportBatch",
    "Inquiry",
    "JobOrder",
    "Kept",
    "Licence",
    "LicenceEvent",
    "ListedStatus",
    "Operator",
    "OperatorFlag",
    "OperatorRelation",
    "Place",
    "Points",
    "Principal",
    "Quarantine",
    "RawRow",
    "Referral",
    "Register",
    "ResponsiblePerson",
    "ShowCause",
    "Standard",
    "SubAgent",
    "WarningNotice",
]
