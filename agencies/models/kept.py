"""What is kept with its whole history: each change is a new version of the row, and no row is ever changed."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable
from typing import TypeVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agencies.models.base import Row


class Kept(Row):
    """One version of a thing around a licence. Append-only (trigger): a correction is the next version.

    ``thing`` is the key that all versions share, ``version`` counts them from 1: two who change the same thing at
    once collide on it. Two times, as for licences: a version counts from ``effective_from`` and is known from
    ``recorded_at``. ``ended``: from that day on the thing stands no more.
    """

    RETENTION = "for ever"

    thing = models.UUIDField(default=uuid.uuid4, editable=False)
    version = models.PositiveSmallIntegerField(default=1, editable=False)
    effective_from = models.DateField(_("in force from"))
    recorded_at = models.DateTimeField(_("recorded at"))
    entered_by = models.CharField(_("entered by"), max_length=200)
    second_approver = models.CharField(_("second approver"), max_length=200, blank=True)
    decision_number = models.CharField(_("decision number"), max_length=60, blank=True)
    reasons = models.TextField(_("reasons"), blank=True)
    ended = models.BooleanField(_("ended"), default=False)

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["thing", "version"], name="%(app_label)s_%(class)s_version_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="%(app_label)s_%(class)s_version"),
            models.CheckConstraint(condition=~Q(entered_by=""), name="%(app_label)s_%(class)s_entered_by_and_at"),
            models.CheckConstraint(
                condition=~Q(second_approver=F("entered_by")), name="%(app_label)s_%(class)s_two_persons"
            ),
        ]


K = TypeVar("K", bound=Kept)


def standing(rows: Iterable[K], *, on: datetime.date, as_known_on: datetime.date | None = None) -> list[K]:
    """Of all versions of some things those that stand on a day, by what was known at the end of another (UTC).

    Of a thing's versions the last one counts that is known and in force by then; oldest things come first.
    """
    last: dict[uuid.UUID, K] = {}
    first: dict[uuid.UUID, datetime.date] = {}
    for row in sorted(rows, key=lambda r: r.version):
        known = as_known_on is None or row.recorded_at.astimezone(datetime.UTC).date() <= as_known_on
        if known and row.effective_from <= on:
            last[row.thing] = row
            first.setdefault(row.thing, row.effective_from)
    found = [row for row in last.values() if not row.ended]
    return sorted(found, key=lambda r: (first[r.thing], str(r.thing)))
