"""A referral: the one thing that crosses from casework to the regulator about an agency. Fixed schema.

No complainant, no case, no free text, no date finer than a quarter (FIREWALL.md rules 11 and 14).
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agencies.models.base import Row

QUARTER = r"^[0-9]{4}-Q[1-4]$"


class Referral(Row):
    """Agency, standards breached, kind of evidence, quarter. Inserted whole by a role that reads nothing.

    The regulator's own handling is kept to the quarter too: a finer date here would date the referral.
    """

    PERSONAL_DATA = "name of the regulator's official who took it; nothing about a complainant"
    RETENTION = "10 years after it is closed"

    class EvidenceClass(models.TextChoices):
        DOCUMENTS = "DOCUMENTS", _("Documents")
        INSPECTION = "INSPECTION", _("An inspection")
        SEVERAL_ACCOUNTS = "SEVERAL_ACCOUNTS", _("Several accounts that agree")
        ADMISSION = "ADMISSION", _("The agency's own admission")

    class State(models.TextChoices):
        RECEIVED = "RECEIVED", _("Received")
        TAKEN = "TAKEN", _("Being worked on")
        CLOSED = "CLOSED", _("Closed")

    agency_id = models.UUIDField(_("agency"), db_index=True)
    agency_name = models.CharField(_("agency, as the register names it"), max_length=300, blank=True)
    standards = ArrayField(models.CharField(max_length=40), verbose_name=_("standards broken"))
    evidence_class = models.CharField(_("kind of evidence"), max_length=20, choices=EvidenceClass.choices)
    quarter = models.CharField(_("quarter"), max_length=7, help_text="2026-Q4")
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.RECEIVED)
    taken_by = models.CharField(_("taken by"), max_length=200, blank=True)
    taken_in = models.CharField(_("taken in the quarter"), max_length=7, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(quarter__regex=QUARTER), name="agencies_referral_quarter"),
            models.CheckConstraint(condition=~Q(standards=[]), name="agencies_referral_standards_named"),
            models.CheckConstraint(
                condition=Q(evidence_class__in=["DOCUMENTS", "INSPECTION", "SEVERAL_ACCOUNTS", "ADMISSION"]),
                name="agencies_referral_evidence_class",
            ),
            models.CheckConstraint(
                condition=Q(state="RECEIVED", taken_by="", taken_in="")
                | (Q(state__in=["TAKEN", "CLOSED"], taken_in__regex=QUARTER) & ~Q(taken_by="")),
                name="agencies_referral_taken_by_and_in",
            ),
        ]
