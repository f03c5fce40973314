"""The guarantee (bond) an agency lodges for what it may come to owe, and the ledger of what went in and out."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agencies.models.agency import Agency
from agencies.models.base import Row
from agencies.models.kept import Kept


class Guarantee(Kept):
    """What must be held at least, by whom and until when. What is held says the ledger.

    ``minimum`` is in whole currency units with two decimals; ``currency`` is ISO 4217.
    """

    PERSONAL_DATA = "a guarantor's name, where it is a person"

    class Form(models.TextChoices):
        BANK = "BANK", _("Bank guarantee")
        CASH = "CASH", _("Cash deposit")
        INSURANCE = "INSURANCE", _("Insurance")

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="guarantees")
    form = models.CharField(_("form"), max_length=9, choices=Form.choices)
    guarantor = models.CharField(_("held by"), max_length=200)
    reference = models.CharField(_("reference"), max_length=80, blank=True)
    minimum = models.DecimalField(_("at least"), max_digits=14, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta(Kept.Meta):
        indexes = [models.Index(fields=["recorded_at"], name="agencies_guarantee_recorded")]
        constraints = [
            *Kept.Meta.constraints,
            models.CheckConstraint(condition=Q(minimum__gt=0), name="agencies_guarantee_minimum"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="agencies_guarantee_currency"),
            models.CheckConstraint(condition=Q(form__in=["BANK", "CASH", "INSURANCE"]), name="agencies_guarantee_form"),
        ]

    def __str__(self) -> str:
        return f"{self.guarantor}, {self.minimum} {self.currency}"


class GuaranteeEntry(Row):
    """One line of a guarantee's ledger. Append-only (trigger); a wrong line is taken back by a line of its own.

    ``guarantee`` is the thing's key (``Guarantee.thing``). ``position`` counts the lines from 1, so that two who
    call at once cannot both take the same money. ``amount`` is above nought; the kind says in or out.
    """

    PERSONAL_DATA = "names of officials; for whom it was called is said without a person's name"
    RETENTION = "for ever"

    class Kind(models.TextChoices):
        LODGED = "LODGED", _("Lodged")
        TOP_UP = "TOP_UP", _("Topped up")
        CALL = "CALL", _("Called")
        RELEASE = "RELEASE", _("Given back")

    guarantee = models.UUIDField(_("guarantee"))
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(_("kind"), max_length=7, choices=Kind.choices)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    booked_on = models.DateField(_("booked on"))
    recorded_at = models.DateTimeField(_("recorded at"))
    entered_by = models.CharField(_("entered by"), max_length=200)
    second_approver = models.CharField(_("second approver"), max_length=200, blank=True)
    decision_number = models.CharField(_("decision number"), max_length=60, blank=True)
    reasons = models.TextField(_("reasons"), blank=True)
    reverses = models.OneToOneField("self", models.PROTECT, related_name="reversed_by", null=True, blank=True)

    class Meta:
        verbose_name_plural = "guarantee entries"
        indexes = [models.Index(fields=["recorded_at"], name="agencies_entry_recorded")]
        constraints = [
            models.UniqueConstraint(fields=["guarantee", "position"], name="agencies_guaranteeentry_position_once"),
            models.CheckConstraint(condition=Q(position__gte=1), name="agencies_guaranteeentry_position"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="agencies_guaranteeentry_amount"),
            models.CheckConstraint(
                condition=Q(kind__in=["LODGED", "TOP_UP", "CALL", "RELEASE"]), name="agencies_guaranteeentry_kind"
            ),
            models.CheckConstraint(condition=~Q(entered_by=""), name="agencies_guaranteeentry_entered_by_and_at"),
            models.CheckConstraint(
                condition=~Q(second_approver=F("entered_by")), name="agencies_guaranteeentry_two_persons"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["LODGED", "TOP_UP"], reverses__isnull=True)
                | (~Q(second_approver="") & ~Q(reasons="") & ~Q(decision_number="")),
                name="agencies_guaranteeentry_out_by_decision",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"
