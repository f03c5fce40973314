"""Licences and the append-only events that make their history."""

from __future__ import annotations

import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agencies.models.agency import Agency
from agencies.models.base import Row
from agencies.models.register import Register
from agencies.states import ADVERSE, DECIDABLE, NEEDS_STANDARDS, EventKind

# Plain values, so that a migration does not lean on the enumeration of a later day.
_DECIDABLE, _NEEDS_STANDARDS, _ADVERSE = (
    sorted(s.value for s in states) for states in (DECIDABLE, NEEDS_STANDARDS, ADVERSE)
)


class LicenceQuerySet(models.QuerySet["Licence"]):
    """Questions a lawyer would ask of many licences."""

    def in_force(self, *, on: datetime.date, as_known_on: datetime.date | None = None) -> LicenceQuerySet:
        """Licences under which the holder might recruit on that day (ACTIVE or PROVISIONAL)."""
        from agencies.licensing import statuses_on
        from agencies.states import MAY_RECRUIT

        statuses = statuses_on(self.filter(valid_from__lte=on, valid_to__gte=on), on, as_known_on=as_known_on)
        return self.filter(pk__in=[pk for pk, status in statuses.items() if status.state in MAY_RECRUIT])


class Licence(Row):
    """A licence of the home register. Its state is nowhere stored: it follows from its events and the day.

    A renewal is a licence of its own under the same number, so that no period overwrites another.
    """

    PERSONAL_DATA = "none"
    RETENTION = "for ever"

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="licences")
    register = models.ForeignKey(Register, models.PROTECT, related_name="licences")
    number = models.CharField(_("licence number"), max_length=60)
    number_core = models.CharField(max_length=60, db_index=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"))

    objects = LicenceQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["valid_to"], name="agencies_licence_valid_to")]
        constraints = [
            models.UniqueConstraint(
                fields=["register", "number_core", "valid_from"], name="agencies_licence_number_once"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__gte=F("valid_from")), name="agencies_licence_ends_after_start"
            ),
            models.CheckConstraint(condition=~Q(number_core=""), name="agencies_licence_has_number"),
        ]

    def __str__(self) -> str:
        return self.number


class LicenceEvent(Row):
    """One decision on a licence, or one correction. Never changed, never deleted (trigger).

    ``position`` counts the events of a licence from 1: two who decide at once collide on it.
    ``corrects`` names the event whose place this one takes; an empty ``to_state`` strikes it out.
    ``overturns`` names the event that an appeal or a stay takes back, or the stay that has ended: it stays visible.
    """

    PERSONAL_DATA = "names of the officials who decided, and reasons that name nobody else"
    RETENTION = "for ever"

    licence = models.ForeignKey(Licence, models.PROTECT, related_name="events")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(_("kind"), max_length=10, choices=EventKind.choices, default=EventKind.DECISION)
    to_state = models.CharField(_("state"), max_length=16, blank=True)
    decision_number = models.CharField(_("decision number"), max_length=60)
    legal_basis = models.CharField(_("legal basis"), max_length=300)
    reason_codes = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    standards = ArrayField(
        models.CharField(max_length=40), verbose_name=_("standards broken"), default=list, blank=True
    )
    reasons = models.TextField(_("reasons"), blank=True)
    decided_on = models.DateField(_("decided on"))
    decided_by = models.CharField(_("decided by"), max_length=200)
    second_approver = models.CharField(_("second approver"), max_length=200, blank=True)
    second_approved_on = models.DateField(_("second approval on"), null=True, blank=True)
    effective_from = models.DateField(_("in force from"))
    recorded_at = models.DateTimeField(_("recorded at"))
    published_on = models.DateField(_("published on"), null=True, blank=True)
    appeal_deadline = models.DateField(_("appeal possible until"), null=True, blank=True)
    corrects = models.ForeignKey("self", models.PROTECT, related_name="corrected_by", null=True, blank=True)
    overturns = models.ForeignKey("self", models.PROTECT, related_name="overturned_by", null=True, blank=True)

    class Meta:
        ordering = ["position"]
        indexes = [models.Index(fields=["recorded_at"], name="agencies_event_recorded")]
        constraints = [
            models.UniqueConstraint(fields=["licence", "position"], name="agencies_licenceevent_position_once"),
            models.CheckConstraint(
                condition=Q(to_state__in=_DECIDABLE) | Q(to_state="", kind="CORRECTION"),
                name="agencies_licenceevent_state",
            ),
            models.CheckConstraint(
                condition=Q(kind="DECISION", corrects__isnull=True, overturns__isnull=True)
                | Q(
                    kind__in=["APPEAL", "STAY", "STAY_ENDED"],
                    corrects__isnull=True,
                    overturns__isnull=False,
                )
                | Q(kind="CORRECTION", corrects__isnull=False, overturns__isnull=True),
                name="agencies_licenceevent_kind_and_link",
            ),
            models.CheckConstraint(
                condition=~Q(to_state__in=_NEEDS_STANDARDS) | ~Q(standards=[]),
                name="agencies_licenceevent_standards_named",
            ),
            models.CheckConstraint(condition=~Q(decided_by=""), name="agencies_licenceevent_decided_by_and_on"),
            models.CheckConstraint(
                condition=Q(second_approver="", second_approved_on__isnull=True)
                | (~Q(second_approver="") & Q(second_approved_on__isnull=False)),
                name="agencies_licenceevent_second_approver_and_on",
            ),
            models.CheckConstraint(
                condition=~Q(to_state__in=_ADVERSE) | ~Q(second_approver=""),
                name="agencies_licenceevent_second_for_sanction",
            ),
            models.CheckConstraint(
                condition=~Q(second_approver=F("decided_by")), name="agencies_licenceevent_two_persons"
            ),
            models.CheckConstraint(condition=Q(position__gte=1), name="agencies_licenceevent_position"),
        ]

    def __str__(self) -> str:
        return self.decision_number
