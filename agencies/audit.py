"""The audit row that every verb of the register writes in its own transaction."""

from __future__ import annotations

from django.db.models import Model

from agencies.models import AuditEntry
from recruitment_watch import clock


def record(verb: str, *, by: str, on: Model, text: str = "") -> AuditEntry:
    """Write who did what to which object. ``by`` is a person's name, or the name of a command."""
    return AuditEntry.objects.create(
        verb=verb, by=by, at=clock.now(), object_type=on._meta.model_name or "", object_id=on.pk, text=text
    )
