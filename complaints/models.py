"""Every table of casework, gathered for Django; each is explained in its own room."""

from .cases.models import (
    Attestation,
    Case,
    CaseRecord,
    Content,
    Holding,
    Inspector,
    MemberKey,
    Membership,
    Message,
    Office,
    OfficeCertificate,
    OfficeKey,
    OfficeKeyWrap,
    Receipt,
    Rung,
    StatisticsEnvelope,
    Step,
)
from .desk.models import DeskSession
from .escalation.models import StuckCase
from .firewall.models import Approval, CaseGrant, Disclosure, DisclosureDetail, ReferralOutbox
from .intake.models import Draft

__all__ = [
    "Approval", "Attestation", "Case", "CaseGrant", "CaseRecord", "Content", "DeskSession", "Disclosure",
    "DisclosureDetail", "Draft", "Holding", "Inspector", "MemberKey", "Membership", "Message", "Office",
    "OfficeCertificate", "OfficeKey", "OfficeKeyWrap", "Receipt", "ReferralOutbox", "Rung", "StatisticsEnvelope",
    "Step", "StuckCase",
]  # fmt: skip
