"""Who of an office is away, and who looks after their cases meanwhile."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q

from .offices import Office
from .people import Inspector


class Absence(models.Model):
    """That a member of an office is away, first and last day included, and which colleague covers. Nothing says why."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="absences")
    inspector = models.ForeignKey(Inspector, on_delete=models.CASCADE, related_name="absences")
    cover = models.ForeignKey(Inspector, on_delete=models.CASCADE, related_name="covers")
    since = models.DateField()
    until = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["cover", "until"], name="absence_cover")]
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="absence_dates_in_order"),
            models.CheckConstraint(condition=~Q(cover=F("inspector")), name="absence_covered_by_another"),
        ]
