"""What a complaint is about, and how urgent that makes it (DOMAIN 3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from django.db import models
from django.utils.translation import gettext_lazy as _

from .states import Severity


class Category(models.TextChoices):
    FEES = "fees", _("Paying to get a job")
    DECEPTION = "deception", _("False promises about the job")
    CONTRACT_SUBSTITUTION = "contract_substitution", _("A different contract from the one agreed")
    DOCUMENTS_KEPT = "documents_kept", _("Passport or other papers kept")
    NON_DEPLOYMENT = "non_deployment", _("The job never came")
    UNLICENSED = "unlicensed", _("An agency or agent without a licence")
    WAGES = "wages", _("Pay that is missing, late or too low")
    CONDITIONS = "conditions", _("Bad working or living conditions")
    ABANDONMENT = "abandonment", _("Left alone without help or money")
    COERCION = "coercion", _("Forced to work, or to work off a debt")
    DISCRIMINATION = "discrimination", _("Treated worse than others because of who you are")
    CHILD = "child", _("A person under 18 was recruited")
    RETALIATION = "retaliation", _("Threatened or punished for speaking up")
    DATA_MISUSE = "data_misuse", _("Personal information misused")
    OFFICIAL_COLLUSION = "official_collusion", _("An official helps the agency")
    SERVICE = "service", _("Poor service")


# The band of a category by itself. DOMAIN 3 names most; the others stand with what they are nearest to.
BAND_OF: Mapping[Category, Severity] = MappingProxyType(
    {
        Category.COERCION: Severity.S1,  # a sign of trafficking
        Category.CHILD: Severity.S1,
        Category.RETALIATION: Severity.S1,  # with a threat or not: the form cannot tell, so it counts as one
        Category.FEES: Severity.S2,
        Category.DECEPTION: Severity.S2,
        Category.CONTRACT_SUBSTITUTION: Severity.S2,
        Category.DOCUMENTS_KEPT: Severity.S2,
        Category.UNLICENSED: Severity.S2,
        Category.ABANDONMENT: Severity.S2,
        Category.OFFICIAL_COLLUSION: Severity.S2,
        Category.NON_DEPLOYMENT: Severity.S3,  # what is asked for is a refund
        Category.WAGES: Severity.S3,
        Category.CONDITIONS: Severity.S3,
        Category.DISCRIMINATION: Severity.S3,
        Category.DATA_MISUSE: Severity.S3,
        Category.SERVICE: Severity.S4,
    }
)
MANY = 3  # so many complainants could cost a licence, whatever they complain about


def band(
    categories: Collection[str], *, in_danger: bool = False, minor: bool = False, complainants: int = 1
) -> Severity:
    """The severity band of a complaint: the most urgent of all that it says.

    `categories` are values of `Category`; none at all counts as S3, because nobody has sorted it yet.
    Raises ValueError for a value that is no category.
    """
    if in_danger or minor:
        return Severity.S1
    found = min((BAND_OF[Category(value)] for value in categories), default=Severity.S3)
    return min(found, Severity.S2) if complainants >= MANY else found
