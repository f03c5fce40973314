"""Who did what in the register. No foreign keys: a row outlives what it speaks of. Append-only (trigger)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agencies.models.base import Row


class AuditEntry(Row):
    """One verb, written in the same transaction as its effect. ``by`` is a name, as text."""

    PERSONAL_DATA = "name of the official who acted"
    RETENTION = "for ever"

    verb = models.CharField(_("what"), max_length=40)
    by = models.CharField(_("who"), max_length=200)
    at = models.DateTimeField(_("when"))
    object_type = models.CharField(_("kind of object"), max_length=40)
    object_id = models.UUIDField(_("object"))
    text = models.TextField(_("in words"), blank=True)

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["object_id"], name="agencies_audit_object")]
        constraints = [models.CheckConstraint(condition=~Q(by=""), name="agencies_auditentry_by_and_at")]
