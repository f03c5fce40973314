"""The models that every room of casework shares."""

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
    Step,
)
from .offices import Attestation, Office, OfficeCertificate, OfficeKey, Registrar, RegistrarStatement
from .people import Enrolment, Inspector, MemberKey, Membership, OfficeKeyWrap

__all__ = [
    "Attachment", "Attestation", "Case", "CaseRecord", "Content", "Departure", "Enrolment", "EpochBox",
    "HelperReceipt", "Holding", "IdentityHolding", "Inspector", "MemberKey", "Membership", "Message", "Office",
    "OfficeCertificate", "OfficeKey", "OfficeKeyWrap", "Receipt", "Recusal", "Registrar", "RegistrarStatement",
    "Rung", "StatisticsEnvelope", "Step",
]  # fmt: skip
