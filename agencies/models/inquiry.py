"""An inquiry of the regulator's own: its evidence, its question to the holder, what it found. No complaint stands here.

It names no referral, and nothing here says what moved the regulator to look (FIREWALL.md rules 11 and 14): its days
would date whatever it named.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agencies.models.kept import Kept
from agencies.models.licence import Licence


class Inquiry(Kept):
    """Whether the holder of a licence keeps certain standards. It ends with a breach found, or with none.

    ``question`` is the key of the ``ShowCause`` that told the holder of it. ``reference`` and ``code_hash`` (SHA-256)
    are how the holder comes to answer. Not published while it is open, and afterwards only by what is decided.
    """

    PERSONAL_DATA = "names of the officials who led it"

    class Outcome(models.TextChoices):
        OPEN = "OPEN", _("Open")
        FOUND = "FOUND", _("A breach was found")
        NOTHING = "NOTHING", _("No breach was found")

    licence = models.ForeignKey(Licence, models.PROTECT, related_name="inquiries")
    standards = ArrayField(models.CharField(max_length=40), verbose_name=_("standards"))
    question = models.UUIDField(_("question to the holder"), null=True, blank=True)
    reference = models.CharField(_("reference"), max_length=20, blank=True, db_index=True)
    code_hash = models.CharField(max_length=64, blank=True)
    outcome = models.CharField(_("outcome"), max_length=7, choices=Outcome.choices, default=Outcome.OPEN)

    class Meta(Kept.Meta):
        verbose_name = _("inquiry")
        verbose_name_plural = _("inquiries")
        constraints = [
            *Kept.Meta.constraints,
            models.CheckConstraint(condition=~Q(standards=[]), name="agencies_inquiry_standards_named"),
            models.CheckConstraint(
                condition=Q(question__isnull=True, reference="", code_hash="")
                | (Q(question__isnull=False) & ~Q(reference="") & ~Q(code_hash="")),
                name="agencies_inquiry_asked_with_a_code",
            ),
            models.CheckConstraint(
                condition=Q(outcome="OPEN", ended=False) | Q(outcome__in=["FOUND", "NOTHING"], ended=True),
                name="agencies_inquiry_ended_with_outcome",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="FOUND") | (Q(question__isnull=False) & ~Q(reasons="")),
                name="agencies_inquiry_found_after_asking",
            ),
        ]

    def __str__(self) -> str:
        return ", ".join(self.standards)


class Evidence(Kept):
    """Something that the regulator itself saw, read or heard in an inquiry. There is no kind for a complaint."""

    PERSONAL_DATA = "names of the officials who gathered it"

    class Kind(models.TextChoices):
        VISIT = "VISIT", _("Our own inspection")
        BOOKS = "BOOKS", _("Books and papers of the agency")
        RECORDS = "RECORDS", _("Our own records, or another authority's")
        PUBLIC = "PUBLIC", _("What the agency says in public")
        HEARD = "HEARD", _("What the agency said to us")

    inquiry = models.UUIDField(_("inquiry"), db_index=True)
    licence = models.ForeignKey(Licence, models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=7, choices=Kind.choices)
    text = models.TextField(_("what it shows"))
    kept_at = models.CharField(_("where it is kept"), max_length=200)

    class Meta(Kept.Meta):
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        constraints = [
            *Kept.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(text="") & ~Q(kept_at=""), name="agencies_evidence_says_what_and_where"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["VISIT", "BOOKS", "RECORDS", "PUBLIC", "HEARD"]),
                name="agencies_evidence_kind_is_our_own",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.text}"
