"""That held cases of one office belong together, in a way that only the office's members can read."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from .casework import Holding
from .offices import Office


class PatternMark(models.Model):
    """One of the two marks of a held case: blind indexes, which are equal where cases of the office belong together.

    A case has both or none. Place 1 stands for the agency, listed or in the person's own words; place 2 for the code of
    a group, and where there is none for nothing: it is random then. The office stands here again, so that one index is
    read.
    """

    AGENCY, GROUP = 1, 2

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    holding = models.ForeignKey(Holding, on_delete=models.CASCADE, related_name="marks")
    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="+")
    place = models.PositiveSmallIntegerField()
    index = models.BinaryField(max_length=16)
    generation = models.PositiveSmallIntegerField()  # of the office's key, under which it was made
    weighed_week = models.CharField(max_length=8, blank=True)  # when it was found to be one of three or more; once

    class Meta:
        indexes = [models.Index(fields=["office", "index"], name="pattern_index")]
        constraints = [
            models.UniqueConstraint(fields=["holding", "place"], name="pattern_mark_once"),
            models.CheckConstraint(condition=Q(place__in=[1, 2]), name="pattern_place_1_or_2"),
        ]
