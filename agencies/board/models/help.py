"""What an officer proposes for the directory of help, and another approves."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agencies.models import HelpEntry
from agencies.models.base import Row

from .decisions import Stage


class ProposedHelp(Row):
    """What one officer proposes for the directory of help and another approves. What people see is a ``HelpEntry``.

    ``entry`` is what the proposal would replace; of a withdrawal, which holds already and waits to be confirmed, the
    row that withdraws. ``facts`` are those of ``agencies.help_actions.HelpFacts`` by name, days in ISO 8601, empty for
    a withdrawal. ``result`` is the entry that the approval made. The accounts let the database see that two differ.
    """

    PERSONAL_DATA = "names and accounts of the officials who proposed and approved"
    RETENTION = "for ever"

    class Change(models.TextChoices):
        ENTER = "ENTER", _("New address")
        REPLACE = "REPLACE", _("Change, or checked again")
        WITHDRAW = "WITHDRAW", _("Withdrawn already: to be confirmed")

    change = models.CharField(_("change"), max_length=8, choices=Change.choices)
    entry = models.ForeignKey(HelpEntry, models.PROTECT, related_name="proposals", null=True)
    facts = models.JSONField(_("facts"), default=dict)
    stage = models.CharField(_("stage"), max_length=9, choices=Stage.choices, default=Stage.PROPOSED)
    proposed_by = models.CharField(_("proposed by"), max_length=200)
    proposed_by_user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed at"))
    closed_by = models.CharField(_("approved or closed by"), max_length=200, blank=True)
    closed_by_user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True)
    closed_at = models.DateTimeField(_("approved or closed at"), null=True)
    result = models.OneToOneField(HelpEntry, models.PROTECT, related_name="proposal", null=True)

    class Meta:
        verbose_name = _("proposal for the directory of help")
        verbose_name_plural = _("proposals for the directory of help")
        default_permissions = ()
        indexes = [models.Index(fields=["stage", "proposed_at"], name="agencies_board_help_stage")]
        constraints = [
            models.UniqueConstraint(
                fields=["entry"], condition=Q(stage="PROPOSED"), name="agencies_board_help_one_open"
            ),
            models.CheckConstraint(
                condition=Q(change="ENTER", entry__isnull=True)
                | Q(change__in=["REPLACE", "WITHDRAW"], entry__isnull=False),
                name="agencies_board_help_of_what",
            ),
            models.CheckConstraint(condition=~Q(proposed_by=""), name="agencies_board_help_by"),
            models.CheckConstraint(
                condition=Q(stage="PROPOSED", closed_by="", closed_by_user__isnull=True, closed_at__isnull=True)
                | (
                    Q(stage__in=["APPROVED", "WITHDRAWN", "OVERTAKEN"])
                    & ~Q(closed_by="")
                    & Q(closed_by_user__isnull=False, closed_at__isnull=False)
                ),
                name="agencies_board_help_closed_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(stage="APPROVED", change__in=["ENTER", "REPLACE"], result__isnull=False)
                | (~Q(stage="APPROVED", change__in=["ENTER", "REPLACE"]) & Q(result__isnull=True)),
                name="agencies_board_help_approved_is_entered",
            ),
            models.CheckConstraint(
                condition=~Q(stage="APPROVED")
                | (~Q(closed_by_user=F("proposed_by_user")) & ~Q(closed_by=F("proposed_by"))),
                name="agencies_board_help_two_officers",
            ),
        ]

    def __str__(self) -> str:
        return str(self.entry or self.facts.get("name", ""))
