"""Every table of casework, gathered for Django; each is explained in its own room."""

from .cases.models import (
    Attestation,
    Case,
    CaseRecord,
    Content,
    Departure,
    Enrolment,
    EpochBox,
    Holding,
    IdentityHolding,
    Inspector,
    MemberKey,
    Membership,
    Message,
    Office,
    OfficeCertificate,
    OfficeKey,
    OfficeKeyWrap,
    Receipt,
    Recusal,
    Registrar,
    RegistrarStatement,
    Rung,
    StatisticsEnvelope,
    Step,
)
from .desk.models import DeskSession, SecondFactor
from .escalation.models import StuckCase
from .firewall.models import (
    Approval,
    CaseGrant,
    Disclosure,
    DisclosureCheckpoint,
    DisclosureDetail,
    LawfulDemand,
    ProtectiveDisclosure,
    ReferralOutbox,
)
from .intake.models import Draft

__all__ = [
    "Approval", "Attestation", "Case", "CaseGrant", "CaseRecord", "Content", "Departure", "DeskSession",
    "Disclosure", "DisclosureCheckpoint", "DisclosureDetail", "Draft", "Enrolment", "EpochBox", "Holding",
    "IdentityHolding", "Inspector", "LawfulDemand", "MemberKey", "Membership", "Message", "Office",
    "OfficeCertificate", "OfficeKey", "OfficeKeyWrap", "ProtectiveDisclosure", "Receipt", "Recusal",
    "ReferralOutbox", "Registrar", "RegistrarStatement", "Rung", "SecondFactor", "StatisticsEnvelope", "Step",
    "StuckCase",
]  # fmt: skip
