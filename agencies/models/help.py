"""Who can help a migrant worker, by country: addresses of help, each with where and when it was found.

Nothing here is changed or deleted (trigger). What is no longer so is replaced by a new row; what is no longer
there, by a row that says it was withdrawn and why. What sends people somewhere stands here only when two people said
so: what one of them proposes waits elsewhere (``agencies.board.models.ProposedHelp``) and is copied nowhere.
"""

from __future__ import annotations

from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agencies.models.base import Row

# Plain values, so that a migration does not lean on the enumeration of a later day.
_KINDS = ["EMERGENCY", "HOTLINE", "UNION", "MIGRANTS", "CENTRE", "CONSULATE", "LEGAL_AID", "SHELTER", "UN"]

#: Who approved what was entered when one person was enough: nobody. It is shown to nobody until two have looked.
BEFORE_TWO: Final = "-"


class HelpEntryQuerySet(models.QuerySet["HelpEntry"]):
    """Questions about the directory as it stands."""

    def newest(self) -> HelpEntryQuerySet:
        """Rows that no other row replaces, withdrawn ones too."""
        return self.filter(replaced_by__isnull=True)

    def kept(self) -> HelpEntryQuerySet:
        """Entries that were not withdrawn, with those of a time when one person was enough."""
        return self.newest().filter(withdrawn=False)

    def standing(self) -> HelpEntryQuerySet:
        """Entries that hold today: two people said so."""
        return self.kept().exclude(approved_by=BEFORE_TWO)


class HelpEntry(Row):
    """One address of help as it was found on ``checked_on``. ``replaces`` is what it was before.

    ``languages`` are ISO 639 codes as Django writes them ("tl", "zh-hans"), ``country`` ISO 3166-1 alpha-2,
    ``phones`` as people dial and read them ("112", "555-0101").
    """

    PERSONAL_DATA = "names of the officials who entered and approved it; none about a person who looks for help"
    RETENTION = "for ever"

    class Kind(models.TextChoices):
        EMERGENCY = "EMERGENCY", _("Emergency number")
        HOTLINE = "HOTLINE", _("Helpline")
        UNION = "UNION", _("Trade union")
        MIGRANTS = "MIGRANTS", _("Migrants' organisation")
        CENTRE = "CENTRE", _("Migrant resource centre")
        CONSULATE = "CONSULATE", _("Labour office of an embassy or consulate")
        LEGAL_AID = "LEGAL_AID", _("Free legal advice")
        SHELTER = "SHELTER", _("Shelter")
        UN = "UN", _("United Nations office")

    class Free(models.TextChoices):
        UNKNOWN = "UNKNOWN", _("Not known")
        YES = "YES", _("Free of charge")
        NO = "NO", _("It costs something")

    class Papers(models.TextChoices):
        """Whether somebody without papers is safe there. Only what was found out, never a guess."""

        UNKNOWN = "UNKNOWN", _("Not known")
        SAYS_NOT = "SAYS_NOT", _("Says that it does not ask for papers nor report anybody")
        MAY_REPORT = "MAY_REPORT", _("May ask for papers, or have to report people to immigration")

    country = models.CharField(_("country"), max_length=2)
    region = models.CharField(_("part of the country"), max_length=200, blank=True)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    phones = ArrayField(models.CharField(max_length=40), verbose_name=_("telephones"), default=list, blank=True)
    website = models.URLField(_("web address"), max_length=300, blank=True)
    visit = models.TextField(_("where to go or write to"), blank=True)
    languages = ArrayField(models.CharField(max_length=12), verbose_name=_("languages"), default=list, blank=True)
    hours = models.CharField(_("hours"), max_length=200, blank=True)
    free = models.CharField(_("cost"), max_length=8, choices=Free.choices, default=Free.UNKNOWN)
    papers = models.CharField(
        _("papers and immigration"), max_length=10, choices=Papers.choices, default=Papers.UNKNOWN
    )
    source = models.CharField(_("where this was found"), max_length=300)
    checked_on = models.DateField(_("checked on"))
    replaces = models.OneToOneField("self", models.PROTECT, related_name="replaced_by", null=True, blank=True)
    withdrawn = models.BooleanField(_("withdrawn"), default=False)
    reason = models.CharField(_("why it was withdrawn"), max_length=300, blank=True)
    entered_by = models.CharField(_("entered by"), max_length=200)
    # Empty only for a withdrawal: it sends nobody anywhere, so one person is enough.
    approved_by = models.CharField(_("approved by"), max_length=200, blank=True)
    entered_at = models.DateTimeField(_("entered at"))

    objects = HelpEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("address of help")
        verbose_name_plural = _("addresses of help")
        indexes = [models.Index(fields=["country"], name="agencies_helpentry_by_country")]
        constraints = [
            models.CheckConstraint(condition=Q(country__regex=r"^[A-Z]{2}$"), name="agencies_helpentry_country"),
            models.CheckConstraint(
                condition=Q(kind__in=_KINDS),
                name="agencies_helpentry_kind",
            ),
            models.CheckConstraint(condition=Q(free__in=["UNKNOWN", "YES", "NO"]), name="agencies_helpentry_free"),
            models.CheckConstraint(
                condition=Q(papers__in=["UNKNOWN", "SAYS_NOT", "MAY_REPORT"]), name="agencies_helpentry_papers"
            ),
            # Behind an emergency number sit the police, whatever anybody says: it warns, always.
            models.CheckConstraint(
                condition=~Q(kind="EMERGENCY") | Q(papers="MAY_REPORT"), name="agencies_helpentry_emergency_warns"
            ),
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(source=""), name="agencies_helpentry_has_name_and_source"
            ),
            models.CheckConstraint(
                condition=~Q(phones=[], website="", visit=""), name="agencies_helpentry_can_be_reached"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn=False, reason="") | (Q(withdrawn=True, replaces__isnull=False) & ~Q(reason="")),
                name="agencies_helpentry_withdrawn_and_why",
            ),
            models.CheckConstraint(condition=~Q(replaces=F("id")), name="agencies_helpentry_replaces_another"),
            models.CheckConstraint(condition=~Q(entered_by=""), name="agencies_helpentry_entered_by_and_at"),
            models.CheckConstraint(
                condition=Q(withdrawn=True) | ~Q(approved_by=""), name="agencies_helpentry_approved"
            ),
            models.CheckConstraint(condition=~Q(approved_by=F("entered_by")), name="agencies_helpentry_two_persons"),
        ]

    def __str__(self) -> str:
        return self.name
