"""Decisions on a licence that wait for, or have had, a second officer. Public zone only."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agencies.models import Licence, LicenceEvent
from agencies.models.base import Row
from agencies.states import DECIDABLE, NEEDS_STANDARDS, SUSPENDED, EventKind, State


class Stage(models.TextChoices):
    """Where a proposed decision stands. Only PROPOSED can change, and only once."""

    PROPOSED = "PROPOSED", _("Waits for a second officer")
    APPROVED = "APPROVED", _("Approved")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")
    OVERTAKEN = "OVERTAKEN", _("Overtaken by another decision")


class ProposedDecision(Row):
    """What one officer proposes and another approves. The decision itself is a ``LicenceEvent``.

    Officers stand here by name, as text, which is what is published; the accounts beside the names only
    let the database see that they differ. ``seen`` is the number of the licence's events that the proposer saw.
    ``effective_from`` None: on the day of the approval. ``about`` is the event that an appeal, a stay, its end or a
    correction speaks of; a correction without a state strikes it out. ``cleared`` says, where a suspension is
    lifted, of each open condition (by its key) whether it is ``met`` and ``why``. ``urgent`` says why a suspension
    cannot wait for the board, which then reviews it after. ``inquiry`` is the key of the inquiry that it comes of.
    """

    PERSONAL_DATA = "names and accounts of the officials who proposed and approved"
    RETENTION = "for ever"

    licence = models.ForeignKey(Licence, models.PROTECT, related_name="proposals")
    kind = models.CharField(_("kind"), max_length=10, choices=EventKind.choices, default=EventKind.DECISION)
    to_state = models.CharField(
        _("new state"), max_length=16, choices=[(s.value, s.label) for s in State if s in DECIDABLE], blank=True
    )
    about = models.ForeignKey(LicenceEvent, models.PROTECT, related_name="+", null=True, blank=True)
    cleared = models.JSONField(_("conditions"), default=dict, blank=True)
    reasons = models.TextField(_("reasons"))
    standards = ArrayField(
        models.CharField(max_length=40), verbose_name=_("standards broken"), default=list, blank=True
    )
    legal_basis = models.CharField(_("legal basis"), max_length=300)
    decision_number = models.CharField(_("decision number"), max_length=60)
    effective_from = models.DateField(_("in force from"), null=True, blank=True)
    urgent = models.TextField(_("why it cannot wait for the board"), blank=True)
    inquiry = models.UUIDField(_("inquiry"), null=True, blank=True)
    seen = models.PositiveSmallIntegerField()

    stage = models.CharField(_("stage"), max_length=9, choices=Stage.choices, default=Stage.PROPOSED)
    proposed_by = models.CharField(_("proposed by"), max_length=200)
    proposed_by_user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed at"))
    closed_by = models.CharField(_("approved or closed by"), max_length=200, blank=True)
    closed_by_user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True)
    closed_at = models.DateTimeField(_("approved or closed at"), null=True)
    event = models.OneToOneField(LicenceEvent, models.PROTECT, related_name="proposal", null=True)

    class Meta:
        verbose_name = _("proposed decision")
        verbose_name_plural = _("proposed decisions")
        default_permissions = ()
        permissions = [
            ("see_register", "Can see the register and the decisions on it"),
            ("grant_licence", "Can grant a licence"),
            ("propose_decision", "Can propose a decision on a licence"),
            ("approve_decision", "Can approve, as the second officer, what another proposed"),
            ("see_applications", "Can see applications, their papers and objections"),
            ("review_applications", "Can vote on applications and sanctions, with a seat on the board"),
            ("see_sanctions", "Can see sanctions that come before the board"),
            ("keep_around", "Can enter and change what surrounds a licence, and propose what takes two officers"),
            ("see_referrals", "Can see referrals from inspectorates"),
            ("take_referrals", "Can take and close referrals from inspectorates"),
            ("see_directory", "Can see the directory of help with its history"),
            ("keep_directory", "Can propose addresses of help and changes to them, and withdraw them"),
            ("approve_directory", "Can approve, as the second officer, what another proposed for the directory"),
            ("disclose_abuses", "Can publish a quarter's disclosure of abuses found"),
        ]
        indexes = [models.Index(fields=["stage", "proposed_at"], name="agencies_board_proposed_stage")]
        constraints = [
            models.UniqueConstraint(
                fields=["licence"],
                condition=Q(stage=Stage.PROPOSED),
                name="agencies_board_proposed_one_open",
            ),
            models.CheckConstraint(
                condition=Q(to_state__in=sorted(DECIDABLE)) | Q(to_state="", kind="CORRECTION"),
                name="agencies_board_proposed_state",
            ),
            models.CheckConstraint(
                condition=Q(kind="DECISION", about__isnull=True)
                | Q(kind__in=["APPEAL", "STAY", "STAY_ENDED", "CORRECTION"], about__isnull=False),
                name="agencies_board_proposed_kind_and_link",
            ),
            models.CheckConstraint(
                condition=~Q(to_state__in=sorted(NEEDS_STANDARDS)) | ~Q(standards=[]),
                name="agencies_board_proposed_standards_named",
            ),
            models.CheckConstraint(
                condition=Q(urgent="") | Q(kind="DECISION", to_state__in=sorted(SUSPENDED)),
                name="agencies_board_proposed_urgent_suspends",
            ),
            models.CheckConstraint(
                condition=~Q(proposed_by="") & ~Q(reasons=""),
                name="agencies_board_proposed_by_and_why",
            ),
            models.CheckConstraint(
                condition=Q(stage=Stage.PROPOSED, closed_by="", closed_by_user__isnull=True, closed_at__isnull=True)
                | (
                    Q(stage__in=[Stage.APPROVED, Stage.WITHDRAWN, Stage.OVERTAKEN])
                    & ~Q(closed_by="")
                    & Q(closed_by_user__isnull=False, closed_at__isnull=False)
                ),
                name="agencies_board_proposed_closed_by_and_at",
            ),
            models.CheckConstraint(
                condition=Q(stage=Stage.APPROVED, event__isnull=False)
                | (~Q(stage=Stage.APPROVED) & Q(event__isnull=True)),
                name="agencies_board_proposed_approved_is_decided",
            ),
            models.CheckConstraint(
                condition=~Q(stage=Stage.APPROVED)
                | (~Q(closed_by_user=F("proposed_by_user")) & ~Q(closed_by=F("proposed_by"))),
                name="agencies_board_proposed_two_officers",
            ),
        ]

    def __str__(self) -> str:
        return self.decision_number


class ProposedMeasure(Row):
    """A measure around a licence that takes two officers (``agencies.board.measures``), and waits for the second.

    ``subject`` is the key of what it is about, ``seen`` the version that the proposer saw (0 where it has none),
    ``typed`` the form as it was filled in: it is checked again when it is approved.
    """

    PERSONAL_DATA = "names and accounts of the officials who proposed and approved"
    RETENTION = "for ever"

    measure = models.CharField(_("measure"), max_length=40)
    subject = models.UUIDField(_("about"))
    typed = models.JSONField(_("as filled in"))
    seen = models.PositiveSmallIntegerField()
    stage = models.CharField(_("stage"), max_length=9, choices=Stage.choices, default=Stage.PROPOSED)
    proposed_by = models.CharField(_("proposed by"), max_length=200)
    proposed_by_user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed at"))
    closed_by = models.CharField(_("approved or closed by"), max_length=200, blank=True)
    closed_by_user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True)
    closed_at = models.DateTimeField(_("approved or closed at"), null=True)

    class Meta:
        verbose_name = _("proposed measure")
        verbose_name_plural = _("proposed measures")
        default_permissions = ()
        indexes = [models.Index(fields=["stage", "proposed_at"], name="agencies_board_measure_stage")]
        constraints = [
            models.UniqueConstraint(
                fields=["measure", "subject"],
                condition=Q(stage=Stage.PROPOSED),
                name="agencies_board_measure_one_open",
            ),
            models.CheckConstraint(condition=~Q(proposed_by=""), name="agencies_board_measure_by_and_at"),
            models.CheckConstraint(
                condition=Q(stage=Stage.PROPOSED, closed_by="", closed_by_user__isnull=True, closed_at__isnull=True)
                | (
                    Q(stage__in=[Stage.APPROVED, Stage.WITHDRAWN])
                    & ~Q(closed_by="")
                    & Q(closed_by_user__isnull=False, closed_at__isnull=False)
                ),
                name="agencies_board_measure_closed_by_and_at",
            ),
            models.CheckConstraint(
                condition=~Q(stage=Stage.APPROVED)
                | (~Q(closed_by_user=F("proposed_by_user")) & ~Q(closed_by=F("proposed_by"))),
                name="agencies_board_measure_two_officers",
            ),
        ]

    def __str__(self) -> str:
        return self.measure
