"""Every table of casework, gathered for Django; each is explained in its own room."""

from .cases.models import (
    Absence,
    Attachment,
    Attestation,
    Case,
    CaseRecord,
    Content,
    Departure,
    Enrolment,
    EpochBox,
    HelperReceipt,
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
    PatternMark,
    Receipt,
    Recusal,
    Registrar,
    RegistrarStatement,
    Rung,
    StatisticsEnvelope,
    StatisticsWaiting,
    Step,
)
from .desk.models import DeskSession, Look, SecondFactor
from .escalation.models import StuckCase
from .escalation.pulse import Pulse
from .firewall.models import (
    Approval,
    CaseGrant,
    DeliveryAddress,
    Disclosure,
    DisclosureCheckpoint,
    DisclosureDetail,
    LawfulDemand,
    Parcel,
    ProtectiveDisclosure,
    ReferralOutbox,
)
from .intake.models import Draft, DraftFile

__all__ = [
    "Absence", "Approval", "Attachment", "Attestation", "Case", "CaseGrant", "CaseRecord", "Content",
    "DeliveryAddress", "Departure", "DeskSession", "Disclosure", "DisclosureCheckpoint", "DisclosureDetail",
    "Draft", "DraftFile", "Enrolment", "EpochBox", "HelperReceipt", "Holding", "IdentityHolding", "Inspector",
    "LawfulDemand", "Look", "MemberKey", "Membership", "Message", "Office", "OfficeCertificate", "OfficeKey",
    "OfficeKeyWrap", "Parcel", "PatternMark", "ProtectiveDisclosure", "Pulse", "Receipt", "Recusal",
    "ReferralOutbox", "Registrar", "RegistrarStatement", "Rung", "SecondFactor", "StatisticsEnvelope",
    "StatisticsWaiting", "Step",
    "StuckCase",
]  # fmt: skip
