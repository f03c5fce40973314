"""Who stands around an agency: branches, sub-agents, responsible persons, foreign principals and their orders."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agencies.models.agency import Agency
from agencies.models.kept import Kept


class Branch(Kept):
    """A further office under the same licence."""

    PERSONAL_DATA = "business contact data"

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="branches")
    name = models.CharField(_("name"), max_length=200)
    address = models.TextField(_("address"))
    phone = models.CharField(_("telephone"), max_length=40, blank=True)

    class Meta(Kept.Meta):
        verbose_name_plural = "branches"

    def __str__(self) -> str:
        return f"{self.name}, {self.address}"


class SubAgent(Kept):
    """A person or firm that may find workers for the agency, and answers with it. Who is not here may not."""

    PERSONAL_DATA = "name of a sub-agent: public by law of the register, so that workers can ask"

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="sub_agents")
    name = models.CharField(_("name"), max_length=200)
    number = models.CharField(_("registration number"), max_length=60, blank=True)
    area = models.CharField(_("where"), max_length=200, blank=True)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)

    class Meta(Kept.Meta):
        verbose_name = "sub-agent"

    def __str__(self) -> str:
        return self.name


class ResponsiblePerson(Kept):
    """Somebody who answers for the agency by law: owner, director, or manager."""

    PERSONAL_DATA = "name and office of a person: public by law of the register"

    class Part(models.TextChoices):
        OWNER = "OWNER", _("Owner")
        DIRECTOR = "DIRECTOR", _("Director")
        MANAGER = "MANAGER", _("Manager")

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="responsible")
    name = models.CharField(_("name"), max_length=200)
    part = models.CharField(_("as"), max_length=8, choices=Part.choices)

    class Meta(Kept.Meta):
        verbose_name = "responsible person"
        constraints = [
            *Kept.Meta.constraints,
            models.CheckConstraint(
                condition=Q(part__in=["OWNER", "DIRECTOR", "MANAGER"]), name="agencies_responsibleperson_part"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_part_display()})"


class Principal(Kept):
    """An employer or agency abroad for whom the agency may recruit. ``country`` is ISO 3166-1, two letters."""

    PERSONAL_DATA = "an employer's name, where it is a person"

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="principals")
    name = models.CharField(_("name"), max_length=200)
    country = models.CharField(_("country"), max_length=2)
    address = models.TextField(_("address"), blank=True)

    class Meta(Kept.Meta):
        verbose_name = "foreign principal"
        constraints = [
            *Kept.Meta.constraints,
            models.CheckConstraint(condition=Q(country__regex=r"^[A-Z]{2}$"), name="agencies_principal_country"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.country})"


class JobOrder(Kept):
    """Work that a principal offers and the regulator has approved. ``principal`` is ``Principal.thing``.

    ``occupation`` is ISCO-08, one to four digits; ``wage`` a month, in ``currency`` (ISO 4217).
    """

    PERSONAL_DATA = "none"

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="job_orders")
    principal = models.UUIDField(_("foreign principal"))
    number = models.CharField(_("number"), max_length=60)
    occupation = models.CharField(_("occupation (ISCO-08)"), max_length=4)
    title = models.CharField(_("work"), max_length=200)
    workers = models.PositiveIntegerField(_("workers"))
    wage = models.DecimalField(_("wage a month"), max_digits=12, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    valid_to = models.DateField(_("valid to"))

    class Meta(Kept.Meta):
        verbose_name = "job order"
        constraints = [
            *Kept.Meta.constraints,
            models.CheckConstraint(condition=Q(occupation__regex=r"^[0-9]{1,4}$"), name="agencies_joborder_isco"),
            models.CheckConstraint(condition=Q(workers__gte=1), name="agencies_joborder_workers"),
            models.CheckConstraint(
                condition=Q(wage__isnull=True, currency="") | Q(wage__gt=0, currency__regex=r"^[A-Z]{3}$"),
                name="agencies_joborder_wage_and_currency",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.title}"
