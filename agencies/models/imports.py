"""How a foreign list came in: the run, every row as it stood, the rows not understood. Not published."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agencies.models.base import Row
from agencies.models.register import Register


class ImportBatch(Row):
    """One import that was applied: what it read and changed. The same files again leave no second one."""

    PERSONAL_DATA = "none"
    RETENTION = "for ever"

    register = models.ForeignKey(Register, models.PROTECT, related_name="batches")
    adapter = models.CharField(_("format"), max_length=40)
    as_of = models.DateField(_("date of the list"))
    files = ArrayField(models.CharField(max_length=200), verbose_name=_("files"))
    sha256 = models.CharField(_("SHA-256 of the files"), max_length=64, db_index=True)
    whole = models.BooleanField(_("complete list"))
    run_at = models.DateTimeField(_("run at"))
    run_by = models.CharField(_("run by"), max_length=200)
    read = models.PositiveIntegerField(_("rows read"))
    imported = models.PositiveIntegerField(_("rows imported"))
    quarantined = models.PositiveIntegerField(_("rows quarantined"))
    added = models.PositiveIntegerField(default=0)
    altered = models.PositiveIntegerField(default=0)
    confirmed = models.PositiveIntegerField(default=0)
    absent = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(read=F("imported") + F("quarantined")), name="agencies_importbatch_counts_add_up"
            ),
            models.CheckConstraint(condition=~Q(run_by=""), name="agencies_importbatch_run_by_and_at"),
        ]


class RawRow(Row):
    """A row of a list exactly as it stood, kept for ever (trigger)."""

    PERSONAL_DATA = "whatever the regulator published in the row, names of representatives included"
    RETENTION = "for ever"

    batch = models.ForeignKey(ImportBatch, models.PROTECT, related_name="rows")
    file = models.CharField(_("file"), max_length=200)
    line = models.PositiveIntegerField(_("line"))
    payload = models.JSONField(_("row"))
    row_hash = models.CharField(_("SHA-256 of the row"), max_length=64, db_index=True)


class Quarantine(Row):
    """A row that was not understood, with the reason. Nothing of it is shown in the register."""

    PERSONAL_DATA = "none beside the raw row it points at"
    RETENTION = "for ever"

    batch = models.ForeignKey(ImportBatch, models.PROTECT, related_name="quarantine")
    raw_row = models.OneToOneField(RawRow, models.PROTECT, related_name="quarantine")
    file = models.CharField(_("file"), max_length=200)
    line = models.PositiveIntegerField(_("line"))
    reason = models.CharField(_("reason"), max_length=300)

    class Meta:
        verbose_name_plural = "quarantine"
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="agencies_quarantine_has_reason")]
