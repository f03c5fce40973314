"""What is known of operators beyond their agencies: that they are barred or dissolved, and how they are related."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agencies.models.agency import Operator
from agencies.models.kept import Kept
from agencies.models.register import Register


class OperatorFlag(Kept):
    """An operator is barred from recruiting, until a day or for good, or is dissolved. Barring takes two officers."""

    PERSONAL_DATA = "that a person is barred: public by law of the register"

    class Kind(models.TextChoices):
        DEBARRED = "DEBARRED", _("Barred from recruiting")
        DISSOLVED = "DISSOLVED", _("Dissolved")

    operator = models.ForeignKey(Operator, models.PROTECT, related_name="flags")
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices)
    until = models.DateField(_("until"), null=True, blank=True, help_text=_("Empty: for good."))

    class Meta(Kept.Meta):
        verbose_name = "operator flag"
        constraints = [
            *Kept.Meta.constraints,
            models.CheckConstraint(
                condition=Q(kind="DISSOLVED", until__isnull=True)
                | (Q(kind="DEBARRED") & ~Q(second_approver="") & ~Q(reasons="") & ~Q(decision_number="")),
                name="agencies_operatorflag_barred_by_two_and_why",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("effective_from")) | Q(ended=True),
                name="agencies_operatorflag_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class OperatorRelation(Kept):
    """Two operators that the regulator has found to belong together, with its source. It is no verdict."""

    PERSONAL_DATA = "that two persons or firms are related, as the regulator's sources say"

    class Kind(models.TextChoices):
        SAME_OWNER = "SAME_OWNER", _("The same owner")
        SAME_MANAGER = "SAME_MANAGER", _("The same manager")
        OWNS = "OWNS", _("Owns")
        SUCCESSOR = "SUCCESSOR", _("Carries on the business of")
        FAMILY = "FAMILY", _("Family of the owner")

    operator = models.ForeignKey(Operator, models.PROTECT, related_name="relations")
    other = models.ForeignKey(Operator, models.PROTECT, related_name="relations_to")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    source = models.CharField(_("where this was found"), max_length=300)

    class Meta(Kept.Meta):
        verbose_name = "relation of operators"
        constraints = [
            *Kept.Meta.constraints,
            models.CheckConstraint(condition=~Q(operator=F("other")), name="agencies_operatorrelation_of_two"),
            models.CheckConstraint(condition=~Q(source=""), name="agencies_operatorrelation_has_source"),
            models.CheckConstraint(
                condition=Q(kind__in=["SAME_OWNER", "SAME_MANAGER", "OWNS", "SUCCESSOR", "FAMILY"]),
                name="agencies_operatorrelation_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class WarningNotice(Kept):
    """A public warning of somebody who recruits without any licence. ``core`` is the name's form for searching."""

    PERSONAL_DATA = "name and business contact data of who recruits without a licence: published as a warning"

    register = models.ForeignKey(Register, models.PROTECT, related_name="warnings")
    name = models.CharField(_("name"), max_length=300)
    core = models.CharField(max_length=300, editable=False)
    also = models.TextField(_("other names, addresses, telephones"), blank=True)
    text = models.TextField(_("what people should know"))

    class Meta(Kept.Meta):
        verbose_name = "warning notice"
        constraints = [
            *Kept.Meta.constraints,
            models.CheckConstraint(condition=~Q(name="") & ~Q(text=""), name="agencies_warningnotice_says_what"),
            models.CheckConstraint(
                condition=~Q(second_approver="") & ~Q(reasons=""), name="agencies_warningnotice_by_two_and_why"
            ),
        ]

    def __str__(self) -> str:
        return self.name
