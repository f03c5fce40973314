"""Who recruits: an operator (person or company), the agency under its names, and the places where it sits."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agencies.models.base import Row
from agencies.models.register import Register


class Operator(Row):
    """The person or company behind an agency. Foreign lists seldom name it. Being barred is an ``OperatorFlag``."""

    PERSONAL_DATA = "a name, where the operator is a person: public by law of the register"
    RETENTION = "for ever"

    class Kind(models.TextChoices):
        COMPANY = "COMPANY", _("Company")
        PERSON = "PERSON", _("Person")

    name = models.CharField(_("name"), max_length=300)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.COMPANY)
    country = models.CharField(_("country"), max_length=2)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["COMPANY", "PERSON"]), name="agencies_operator_kind"),
        ]

    def __str__(self) -> str:
        return self.name


class Agency(Row):
    """One agency in one register. Two entries that only look alike stay two agencies."""

    PERSONAL_DATA = "a name, where the agency bears a person's: public by law of the register"
    RETENTION = "for ever"

    register = models.ForeignKey(Register, models.PROTECT, related_name="agencies")
    operator = models.ForeignKey(Operator, models.PROTECT, related_name="agencies", null=True, blank=True)
    name = models.CharField(_("name"), max_length=300)
    country = models.CharField(_("country"), max_length=2)
    types = ArrayField(
        models.CharField(max_length=120), verbose_name=_("kinds of recruitment"), default=list, blank=True
    )

    class Meta:
        verbose_name_plural = "agencies"

    def __str__(self) -> str:
        return self.name


class AgencyName(Row):
    """A name that the agency bears or bore. Never changed in place: the search's cache relies on it."""

    PERSONAL_DATA = "a name, where the agency bears a person's: public by law of the register"
    RETENTION = "for ever"

    class Kind(models.TextChoices):
        CURRENT = "CURRENT", _("Name")
        FORMER = "FORMER", _("Former name")
        TRADING = "TRADING", _("Trading name")

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="names")
    name = models.CharField(_("name"), max_length=300)
    script = models.CharField(_("script"), max_length=4, help_text=_("ISO 15924"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.CURRENT)
    core = models.CharField(_("name for searching"), max_length=300)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["CURRENT", "FORMER", "TRADING"]), name="agencies_agencyname_kind"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Place(Row):
    """One address of an agency, with its telephones; for a foreign list, one row of it.

    ``source_key`` identifies the row in its list (the list has no number of its own): see
    ``registers.base.place_key``. ``name_key`` is the folded name it stood under.
    """

    PERSONAL_DATA = "business contact data as the register publishes them"
    RETENTION = "for ever"

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="places")
    register = models.ForeignKey(Register, models.PROTECT, related_name="places")
    source_key = models.CharField(max_length=64, blank=True)
    name_key = models.CharField(max_length=64, blank=True, db_index=True)
    address = models.TextField(_("address"), blank=True)
    district = models.CharField(_("district"), max_length=200, blank=True)
    phones = ArrayField(
        models.CharField(max_length=32),
        verbose_name=_("telephones"),
        default=list,
        blank=True,
        help_text=_("E.164; what could not be read stands in the raw words only"),
    )
    phones_raw = models.CharField(_("telephones as listed"), max_length=300, blank=True)
    email = models.CharField(_("e-mail as listed"), max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["register", "source_key"],
                condition=~Q(source_key=""),
                name="agencies_place_row_once",
            )
        ]

    def __str__(self) -> str:
        return self.address
