"""Applications for a licence: what an agency asks, where it stands, what three parties of the board advised.

``live`` of Wagtail's mixins says nothing here: a licence exists only through ``grant_licence``.
"""

from __future__ import annotations

import uuid
from typing import Any, Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from wagtail.models import DraftStateMixin, Revision, RevisionMixin, Task, TaskState, WorkflowMixin

from agencies.models import Agency, Licence, Register
from agencies.models.base import Row


class AppStage(models.TextChoices):
    """Where an application stands."""

    SUBMITTED = "SUBMITTED", _("Received")
    INFO_REQUESTED = "INFO_REQUESTED", _("Waits for the agency")
    UNDER_REVIEW = "UNDER_REVIEW", _("Before the board")
    NOTICE_TO_REFUSE = "NOTICE_TO_REFUSE", _("The agency may answer before it is refused")
    GRANTED = "GRANTED", _("Granted")
    GRANTED_WITH_CONDITIONS = "GRANTED_WITH_CONDITIONS", _("Granted with conditions")
    REFUSED = "REFUSED", _("Refused")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")
    LAPSED = "LAPSED", _("Closed because nothing came")


_S: Final = AppStage
_DECIDED: Final = frozenset({_S.GRANTED, _S.GRANTED_WITH_CONDITIONS})
#: From -> what may follow. Data, as for licences: actions, tests and docs read it.
STEPS: Final[dict[AppStage, frozenset[AppStage]]] = {
    _S.SUBMITTED: frozenset({_S.INFO_REQUESTED, _S.UNDER_REVIEW, _S.WITHDRAWN, _S.LAPSED}),
    _S.INFO_REQUESTED: frozenset({_S.SUBMITTED, _S.WITHDRAWN, _S.LAPSED}),
    _S.UNDER_REVIEW: _DECIDED | {_S.NOTICE_TO_REFUSE, _S.WITHDRAWN},
    _S.NOTICE_TO_REFUSE: _DECIDED | {_S.REFUSED, _S.WITHDRAWN},
    _S.GRANTED: frozenset(),
    _S.GRANTED_WITH_CONDITIONS: frozenset(),
    _S.REFUSED: frozenset(),
    _S.WITHDRAWN: frozenset(),
    _S.LAPSED: frozenset(),
}
OPEN: Final = frozenset(stage for stage, after in STEPS.items() if after)


class Party(models.TextChoices):
    """Who sits on the board: one vote each."""

    GOVERNMENT = "GOVERNMENT", _("Government")
    EMPLOYERS = "EMPLOYERS", _("Employers")
    WORKERS = "WORKERS", _("Workers")


class Advice(models.TextChoices):
    """What a member, and by majority the board, advises."""

    GRANT = "GRANT", _("Grant it")
    CONDITIONS = "CONDITIONS", _("Grant it with conditions")
    REFUSE = "REFUSE", _("Refuse it")


class Stance(models.TextChoices):
    """What a member, and by majority the board, says to a suspension or a revocation."""

    FOR = "FOR", _("In favour")
    AGAINST = "AGAINST", _("Against")


#: A vote, a conflict and an advice are about one of the two, and never about both.
_ABOUT_ONE: Final = Q(application__isnull=False, sanction__isnull=True) | Q(
    application__isnull=True, sanction__isnull=False
)
_FITTING: Final = Q(application__isnull=False, advice__in=["GRANT", "CONDITIONS", "REFUSE"]) | Q(
    sanction__isnull=False, advice__in=["FOR", "AGAINST"]
)
_SAID: Final = [*Advice.choices, *Stance.choices]


class Application(WorkflowMixin, DraftStateMixin, RevisionMixin, models.Model):  # type: ignore[misc]  # Wagtail has no types
    """What an agency asks for. Each change of it is a revision; who advised says on which.

    ``key`` is how the code names it, ``reference`` how people do; ``code_hash`` is the SHA-256 of the code by which
    the agency comes back. The number is for Wagtail, which counts on numbers.
    """

    PERSONAL_DATA = "names and business contact data of who applies and who would answer for the agency"
    RETENTION = "for ever where a licence came of it, else 10 years after it is closed"

    class Kind(models.TextChoices):
        NEW = "NEW", _("A new licence")
        RENEWAL = "RENEWAL", _("A renewal")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reference = models.CharField(_("reference"), max_length=20, unique=True, editable=False)
    code_hash = models.CharField(max_length=64, editable=False)
    register = models.ForeignKey(Register, models.PROTECT, related_name="+", editable=False)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", null=True, blank=True, editable=False)
    kind = models.CharField(_("for"), max_length=7, choices=Kind.choices, default=Kind.NEW)
    licence_number = models.CharField(_("number of the licence to renew"), max_length=60, blank=True)
    name = models.CharField(_("name of the agency"), max_length=300)
    operator = models.CharField(_("person or company behind it"), max_length=300)
    responsible = models.TextField(_("who answers for it by law"))
    address = models.TextField(_("address"))
    phone = models.CharField(_("telephone"), max_length=40)
    email = models.EmailField(_("e-mail"), blank=True)
    work = models.TextField(_("for which work, and in which countries"))
    guarantor = models.CharField(_("who would hold the guarantee"), max_length=200)
    guarantee_amount = models.DecimalField(_("guarantee"), max_digits=14, decimal_places=2)
    guarantee_currency = models.CharField(_("currency"), max_length=3)

    stage = models.CharField(_("stage"), max_length=23, choices=AppStage.choices, default=_S.SUBMITTED, editable=False)
    submitted_at = models.DateTimeField(_("received"), editable=False)
    objections_until = models.DateField(_("objections until"), editable=False)
    licence = models.OneToOneField(
        Licence, models.PROTECT, related_name="application", null=True, blank=True, editable=False
    )

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        default_permissions = ()
        indexes = [models.Index(fields=["stage", "submitted_at"], name="agencies_board_app_stage")]
        constraints = [
            models.CheckConstraint(condition=Q(stage__in=sorted(AppStage)), name="agencies_board_app_stage_known"),
            models.CheckConstraint(
                condition=Q(stage__in=sorted(_DECIDED), licence__isnull=False, agency__isnull=False)
                | (~Q(stage__in=sorted(_DECIDED)) & Q(licence__isnull=True)),
                name="agencies_board_app_granted_is_a_licence",
            ),
            models.CheckConstraint(condition=Q(live=False), name="agencies_board_app_never_live"),
        ]

    def __str__(self) -> str:
        return f"{self.reference}: {self.name}"


#: What the agency fills in, and may change while it is open.
ASKED: Final = (
    "kind", "licence_number", "name", "operator", "responsible", "address", "phone", "email", "work", "guarantor",
    "guarantee_amount", "guarantee_currency",
)  # fmt: skip


class AppStep(Row):
    """A step of an application, with its reasons. Append-only (trigger). ``public`` reasons stand on the site."""

    PERSONAL_DATA = "name of the official who took it"
    RETENTION = "as the application"

    application = models.ForeignKey(Application, models.PROTECT, related_name="steps")
    old = models.CharField(max_length=23, blank=True)
    new = models.CharField(max_length=23, choices=AppStage.choices)
    by = models.CharField(_("by"), max_length=200)
    second_approver = models.CharField(_("second approver"), max_length=200, blank=True)
    at = models.DateTimeField(_("at"))
    reasons = models.TextField(_("reasons"), blank=True)
    departure = models.TextField(_("why it differs from the board's advice"), blank=True)
    decision_number = models.CharField(_("decision number"), max_length=60, blank=True)
    standards = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    answer_by = models.DateField(_("answer by"), null=True, blank=True)

    class Meta:
        default_permissions = ()
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(by=""), name="agencies_board_appstep_by_and_at"),
            models.CheckConstraint(
                condition=~Q(new="REFUSED")
                | (~Q(second_approver="") & ~Q(standards=[]) & ~Q(reasons="") & ~Q(decision_number="")),
                name="agencies_board_appstep_refused_by_two_and_why",
            ),
            models.CheckConstraint(condition=~Q(second_approver=F("by")), name="agencies_board_appstep_two_persons"),
            models.CheckConstraint(
                condition=~Q(new="NOTICE_TO_REFUSE") | Q(answer_by__isnull=False),
                name="agencies_board_appstep_notice_has_a_day",
            ),
        ]


class AppDocument(Row):
    """A paper of an application: bytes and their SHA-256, never opened here. Append-only (trigger)."""

    PERSONAL_DATA = "whatever the agency's papers hold: shown to officers and the board only"
    RETENTION = "as the application"

    application = models.ForeignKey(Application, models.PROTECT, related_name="documents")
    title = models.CharField(_("what it is"), max_length=200)
    media_type = models.CharField(max_length=40)
    data = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    added_at = models.DateTimeField(_("added"))

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(media_type__in=["application/pdf", "image/jpeg", "image/png"]),
                name="agencies_board_appdocument_type",
            )
        ]


class Objection(Row):
    """What somebody says against an application, under a name. Append-only (trigger).

    It is shown to the board and to the applicant; the page says so, and where to complain without a name.
    """

    PERSONAL_DATA = "name and contact of who objects: shown to officers and the board, the name to the applicant"
    RETENTION = "as the application"

    application = models.ForeignKey(Application, models.PROTECT, related_name="objections")
    name = models.CharField(_("name"), max_length=200)
    contact = models.CharField(_("how to reach you"), max_length=300)
    text = models.TextField(_("objection"))
    received_at = models.DateTimeField(_("received"))

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(text="") & ~Q(contact=""), name="agencies_board_objection_is_named"
            )
        ]


class AppAnswer(Row):
    """What the agency answers to a notice of intention, by itself or as an officer wrote it down. Append-only."""

    PERSONAL_DATA = "what the agency wrote; name of the official who wrote it down"
    RETENTION = "as the application"

    application = models.ForeignKey(Application, models.PROTECT, related_name="answers")
    text = models.TextField(_("answer"))
    by = models.CharField(_("by"), max_length=200)
    received_at = models.DateTimeField(_("received"))

    class Meta:
        default_permissions = ()
        ordering = ["received_at", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(by="") & ~Q(text=""), name="agencies_board_appanswer_by_and_says")
        ]


class Seat(Row):
    """A member of the board or an alternate: an account, and for which party it speaks. Never by being superuser."""

    PERSONAL_DATA = "name of a board member: public by office"
    RETENTION = "for ever"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=200)
    party = models.CharField(_("party"), max_length=10, choices=Party.choices)
    alternate = models.BooleanField(_("alternate"), default=False)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(until__isnull=True), name="agencies_board_seat_one"),
            models.UniqueConstraint(
                fields=["party"], condition=Q(until__isnull=True, alternate=False), name="agencies_board_seat_member"
            ),
            models.CheckConstraint(
                condition=Q(party__in=["GOVERNMENT", "EMPLOYERS", "WORKERS"]), name="agencies_board_seat_party"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_party_display()})"


class Conflict(Row):
    """A member declares a stake in what is before the board, and steps aside from it. Append-only (trigger)."""

    PERSONAL_DATA = "name of a board member, and what ties it to the applicant: shown to officers and the board"
    RETENTION = "as the application"

    application = models.ForeignKey(Application, models.PROTECT, related_name="conflicts", null=True)
    sanction = models.ForeignKey("SanctionReview", models.PROTECT, related_name="conflicts", null=True)
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="conflicts")
    reasons = models.TextField(_("what ties you to it"))
    declared_at = models.DateTimeField(_("declared"))

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["application", "seat"], name="agencies_board_conflict_once"),
            models.UniqueConstraint(fields=["sanction", "seat"], name="agencies_board_conflict_once_a_sanction"),
            models.CheckConstraint(condition=_ABOUT_ONE, name="agencies_board_conflict_about_one"),
            models.CheckConstraint(condition=~Q(reasons=""), name="agencies_board_conflict_and_why"),
        ]


class Vote(Row):
    """One party's vote in one round, on the revision that its member saw. Append-only (trigger)."""

    PERSONAL_DATA = "name and vote of a board member: published with the decision"
    RETENTION = "for ever"

    round = models.ForeignKey(TaskState, models.PROTECT, related_name="+")
    application = models.ForeignKey(Application, models.PROTECT, related_name="votes", null=True)
    sanction = models.ForeignKey("SanctionReview", models.PROTECT, related_name="votes", null=True)
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="+")
    party = models.CharField(_("party"), max_length=10, choices=Party.choices)
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="votes")
    name = models.CharField(_("name"), max_length=200)
    advice = models.CharField(_("advice"), max_length=10, choices=_SAID)
    reasons = models.TextField(_("reasons"))
    cast_at = models.DateTimeField(_("cast"))

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["round", "party"], name="agencies_board_vote_one_a_party"),
            models.CheckConstraint(condition=~Q(reasons=""), name="agencies_board_vote_and_why"),
            models.CheckConstraint(condition=_ABOUT_ONE, name="agencies_board_vote_about_one"),
            models.CheckConstraint(condition=_FITTING, name="agencies_board_vote_advice"),
        ]


class BoardAdvice(Row):
    """What the board advised by majority, on which revision. Append-only (trigger). It advises; an officer decides."""

    PERSONAL_DATA = "none"
    RETENTION = "for ever"

    application = models.ForeignKey(Application, models.PROTECT, related_name="advice", null=True)
    sanction = models.ForeignKey("SanctionReview", models.PROTECT, related_name="advice", null=True)
    round = models.OneToOneField(TaskState, models.PROTECT, related_name="+")
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="+")
    advice = models.CharField(_("advice"), max_length=10, choices=_SAID)
    given_at = models.DateTimeField(_("given"))

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(condition=_ABOUT_ONE, name="agencies_board_advice_about_one"),
            models.CheckConstraint(condition=_FITTING, name="agencies_board_advice_fits"),
        ]


class TripartiteReview(Task):  # type: ignore[misc]  # Wagtail has no types
    """The one task of the board's workflow. It ends by three votes (``agencies.board.review``) and by nothing else."""

    PERSONAL_DATA = "none"
    RETENTION = "for ever"

    class Meta:
        verbose_name = _("Tripartite review")
        default_permissions = ()

    @classmethod
    def get_description(cls) -> Any:
        return _("Government, employers and workers vote, one vote each. Nobody approves or rejects it alone.")

    def on_action(self, task_state: TaskState, user: Any, action_name: str, **kwargs: Any) -> None:
        """No button of Wagtail's ends this task, whoever presses it."""
        from django.core.exceptions import PermissionDenied

        raise PermissionDenied
