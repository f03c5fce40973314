"""The models that every room of casework shares."""

from .casework import Case, CaseRecord, Content, Holding, Message, Receipt, Rung, StatisticsEnvelope, Step
from .offices import Attestation, Office, OfficeCertificate, OfficeKey
from .people import Inspector, MemberKey, Membership, OfficeKeyWrap

__all__ = [
    "Attestation", "Case", "CaseRecord", "Content", "Holding", "Inspector", "MemberKey", "Membership", "Message",
    "Office", "OfficeCertificate", "OfficeKey", "OfficeKeyWrap", "Receipt", "Rung", "StatisticsEnvelope", "Step",
]  # fmt: skip
