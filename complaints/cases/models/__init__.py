"""The models that every room of casework shares."""

from .absences import Absence
from .casework import (
    Attachment,
    Case,
    CaseRecord,
    Content,
    Departure,
    EpochBox,
    HelperReceipt,
    Holding,
    IdentityHolding,
    Message,
    Receipt,
    Recusal,
    Rung,
    StatisticsEnvelope,
    StatisticsWaiting,
    Step,
)
from .offices import Attestation, Office, OfficeCertificate, OfficeKey, Registrar, RegistrarStatement
from .patterns import PatternMark
from .people import Enrolment, Inspector, MemberKey, Membership, OfficeKeyWrap

__all__ = [
    "Absence", "Attachment", "Attestation", "Case", "CaseRecord", "Content", "Departure", "Enrolment", "EpochBox",
    "HelperReceipt", "Holding", "IdentityHolding", "Inspector", "MemberKey", "Membership", "Message", "Office",
    "OfficeCertificate", "OfficeKey", "OfficeKeyWrap", "PatternMark", "Receipt", "Recusal", "Registrar",
    "RegistrarStatement", "Rung", "StatisticsEnvelope", "StatisticsWaiting", "Step",
]  # fmt: skip
