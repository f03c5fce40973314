"""The form between two pages."""

from __future__ import annotations

import uuid

from django.db import models


class Draft(models.Model):
    """Answers so far, under a key that only the writer's cookie holds; `id` is derived from that key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    box = models.BinaryField()
    expires = models.DateTimeField()  # to the hour

    class Meta:
        indexes = [models.Index(fields=["expires"], name="draft_expires")]


class DraftFile(models.Model):
    """A cleaned file on its way, under its draft's key and gone with it; `id` is derived from that key too."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="files")
    box = models.BinaryField()
