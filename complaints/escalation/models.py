"""What escalation remembers beside the cases themselves."""

from __future__ import annotations

import uuid

from django.db import models

from complaints.cases.models import Case


class StuckCase(models.Model):
    """A case that a tick could not move: pushed forward so that it stalls nobody, and seen by a person."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="stuck")
    fault = models.CharField(max_length=80)  # the exception's type, never its text
    tries = models.PositiveSmallIntegerField(default=1)
    week = models.CharField(max_length=8)
