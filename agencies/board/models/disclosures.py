"""What the regulator found and decided in a quarter, as it was published: frozen, version by version."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agencies.models import Register
from agencies.models.base import Row
from agencies.models.referral import QUARTER


class AbuseDisclosure(Row):
    """One quarter's disclosure of abuses found. Append-only (trigger): a change is the next version, with its reasons.

    ``figures`` is what ``agencies.board.disclosures.Figures`` makes: nothing in it comes from a complaint.
    """

    PERSONAL_DATA = "name of the official who published it"
    RETENTION = "for ever"

    register = models.ForeignKey(Register, models.PROTECT, related_name="+")
    quarter = models.CharField(_("quarter"), max_length=7)
    version = models.PositiveSmallIntegerField(default=1)
    figures = models.JSONField(_("figures"))
    note = models.TextField(_("in the regulator's words"), blank=True)
    reasons = models.TextField(_("why it was changed"), blank=True)
    published_by = models.CharField(_("published by"), max_length=200)
    published_at = models.DateTimeField(_("published"))

    class Meta:
        default_permissions = ()
        ordering = ["-quarter", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["register", "quarter", "version"], name="agencies_board_disclosure_version_once"
            ),
            models.CheckConstraint(condition=Q(quarter__regex=QUARTER), name="agencies_board_disclosure_quarter"),
            models.CheckConstraint(
                condition=Q(version=1) | ~Q(reasons=""), name="agencies_board_disclosure_changed_and_why"
            ),
            models.CheckConstraint(condition=~Q(published_by=""), name="agencies_board_disclosure_by_and_at"),
        ]

    def __str__(self) -> str:
        return self.quarter
