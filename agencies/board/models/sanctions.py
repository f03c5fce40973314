"""Suspensions and revocations before the board: what the three parties saw, and what an officer answered them."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from wagtail.models import DraftStateMixin, RevisionMixin, WorkflowMixin

from agencies.board.models.applications import BoardAdvice
from agencies.board.models.decisions import ProposedDecision
from agencies.models.base import Row


class SanctionReview(WorkflowMixin, DraftStateMixin, RevisionMixin, models.Model):  # type: ignore[misc]  # Wagtail has no types
    """A proposed suspension or revocation as the board reads it. Each change of the proposal is a revision.

    ``facts`` are the proposal's own words, for the revision to keep; the proposal has the last ones. ``live`` says
    nothing, as for applications. The number is for Wagtail, which counts on numbers.
    """

    PERSONAL_DATA = "none beyond the proposal's"
    RETENTION = "for ever"

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    proposal = models.OneToOneField(ProposedDecision, models.PROTECT, related_name="review", editable=False)
    facts = models.JSONField(_("what is proposed"))

    class Meta:
        verbose_name = _("sanction before the board")
        verbose_name_plural = _("sanctions before the board")
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(live=False), name="agencies_board_sanction_never_live")]

    def __str__(self) -> str:
        return str(self.proposal)


class Departure(Row):
    """Why the officers do not follow one advice of the board. Published with the outcome. Append-only (trigger)."""

    PERSONAL_DATA = "name of the official who gives the reasons"
    RETENTION = "for ever"

    advice = models.OneToOneField(BoardAdvice, models.PROTECT, related_name="departure")
    reasons = models.TextField(_("why it differs from the board's advice"))
    by = models.CharField(_("by"), max_length=200)
    at = models.DateTimeField(_("at"))

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=~Q(by="") & ~Q(reasons=""), name="agencies_board_departure_by_and_why")
        ]
