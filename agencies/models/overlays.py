"""What lies over a licence while its state stays what it is: conditions, points, a question to answer, appeals."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agencies.models.kept import Kept
from agencies.models.licence import Licence, LicenceEvent


class Condition(Kept):
    """Something the holder must do, with a day by which. It stands until it is met or waived."""

    PERSONAL_DATA = "names of the officials who imposed and cleared it"

    class Outcome(models.TextChoices):
        OPEN = "OPEN", _("Open")
        MET = "MET", _("Met")
        WAIVED = "WAIVED", _("Waived")

    licence = models.ForeignKey(Licence, models.PROTECT, related_name="conditions")
    text = models.TextField(_("condition"))
    deadline = models.DateField(_("to be met by"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=6, choices=Outcome.choices, default=Outcome.OPEN)
    event = models.ForeignKey(LicenceEvent, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta(Kept.Meta):
        indexes = [models.Index(fields=["recorded_at"], name="agencies_condition_recorded")]
        constraints = [
            *Kept.Meta.constraints,
            models.CheckConstraint(condition=~Q(text=""), name="agencies_condition_says_what"),
            models.CheckConstraint(
                condition=Q(outcome="OPEN", ended=False) | Q(outcome__in=["MET", "WAIVED"], ended=True),
                name="agencies_condition_ended_with_outcome",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="WAIVED") | ~Q(reasons=""), name="agencies_condition_waived_and_why"
            ),
        ]

    def __str__(self) -> str:
        return self.text


class Points(Kept):
    """Points for a breach found under surveillance. They count until ``expires_on`` or until they are struck off."""

    PERSONAL_DATA = "names of the officials who gave and struck them"

    licence = models.ForeignKey(Licence, models.PROTECT, related_name="points")
    points = models.PositiveSmallIntegerField(_("points"))
    standards = ArrayField(models.CharField(max_length=40), verbose_name=_("standards broken"))
    expires_on = models.DateField(_("count until"), null=True, blank=True)

    class Meta(Kept.Meta):
        verbose_name_plural = "points"
        constraints = [
            *Kept.Meta.constraints,
            models.CheckConstraint(condition=Q(points__gte=1), name="agencies_points_at_least_one"),
            models.CheckConstraint(condition=~Q(standards=[]), name="agencies_points_standards_named"),
            models.CheckConstraint(condition=~Q(reasons=""), name="agencies_points_and_why"),
        ]

    def __str__(self) -> str:
        return str(self.points)


class ShowCause(Kept):
    """A question to the holder before a decision: why it should not be taken. Not published while it is open."""

    PERSONAL_DATA = "names of officials; what the holder answered"

    licence = models.ForeignKey(Licence, models.PROTECT, related_name="show_causes")
    allegation = models.TextField(_("what is held against the holder"))
    standards = ArrayField(models.CharField(max_length=40), verbose_name=_("standards"), default=list, blank=True)
    answer_by = models.DateField(_("answer by"))
    answer = models.TextField(_("the holder's answer"), blank=True)
    answered_on = models.DateField(_("answered on"), null=True, blank=True)

    class Meta(Kept.Meta):
        constraints = [
            *Kept.Meta.constraints,
            models.CheckConstraint(condition=~Q(allegation=""), name="agencies_showcause_says_what"),
            models.CheckConstraint(
                condition=Q(answer="", answered_on__isnull=True) | (~Q(answer="") & Q(answered_on__isnull=False)),
                name="agencies_showcause_answer_and_on",
            ),
        ]

    def __str__(self) -> str:
        return self.allegation


class Appeal(Kept):
    """An appeal against one decision, from its filing to its outcome. Upheld, it comes with an event of its own."""

    PERSONAL_DATA = "names of the officials who recorded it"

    class Outcome(models.TextChoices):
        PENDING = "PENDING", _("Pending")
        UPHELD = "UPHELD", _("Upheld: the decision is taken back")
        DISMISSED = "DISMISSED", _("Dismissed: the decision stands")
        WITHDRAWN = "WITHDRAWN", _("Withdrawn")

    licence = models.ForeignKey(Licence, models.PROTECT, related_name="appeals")
    event = models.ForeignKey(LicenceEvent, models.PROTECT, related_name="appeals", verbose_name=_("decision"))
    body = models.CharField(_("court or body"), max_length=200)
    outcome = models.CharField(_("outcome"), max_length=9, choices=Outcome.choices, default=Outcome.PENDING)
    outcome_event = models.OneToOneField(LicenceEvent, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta(Kept.Meta):
        constraints = [
            *Kept.Meta.constraints,
            models.CheckConstraint(
                condition=Q(outcome="PENDING", ended=False)
                | Q(outcome__in=["UPHELD", "DISMISSED", "WITHDRAWN"], ended=True),
                name="agencies_appeal_ended_with_outcome",
            ),
            models.CheckConstraint(
                condition=Q(outcome="UPHELD", outcome_event__isnull=False)
                | (~Q(outcome="UPHELD") & Q(outcome_event__isnull=True)),
                name="agencies_appeal_upheld_is_an_event",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.body}: {self.get_outcome_display()}"
