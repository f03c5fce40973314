"""Sanctions before the board: what waits for its votes, one of them in full, and its proposer's other words for it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, DateColumn, Table, TitleColumn

from agencies.around.inquiries import check_found, evidence_in, question_of
from agencies.board.forms import AmendForm
from agencies.board.models import BoardAdvice, Departure, ProposedDecision, SanctionReview, Stage, Stance
from agencies.board.roles import Right
from agencies.board.sanctions import amend, review_of
from agencies.licensing import answer_for
from agencies.models import Standard
from agencies.wording import sentence

from .base import Asked, Crumb, Shown, officer
from .voting import Voted

ABOVE: tuple[Crumb, ...] = ((_("Sanctions before the board"), "rw_sanctions:index"),)
ROWS = 200


def departure_from(advice: BoardAdvice | None) -> Departure | None:
    """Why the officers did not follow this advice."""
    return Departure.objects.filter(advice=advice).first() if advice else None


def inquiry_behind(proposal: ProposedDecision) -> dict[str, Any]:
    """What the regulator found before it proposed this: the inquiry, its evidence, the question and the answer."""
    if proposal.inquiry is None:
        return {"inquiry": None}
    inquiry = check_found(proposal.inquiry, proposal.licence)
    return {"inquiry": inquiry, "evidence": evidence_in(inquiry), "question": question_of(inquiry)}


class SanctionList(Shown):
    """What the board votes on, oldest first; what it is against and nobody has answered; what it has done with."""

    right = Right.SEE_SANCTIONS
    template_name = "agencies_board/sanctions.html"
    page_title = _("Sanctions before the board")
    header_icon = "group"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        on_this = BoardAdvice.objects.filter(sanction=OuterRef("pk"), revision=OuterRef("latest_revision"))
        every = SanctionReview.objects.select_related("proposal__licence__agency").annotate(advised=Exists(on_this))
        standing = every.filter(proposal__stage__in=[Stage.PROPOSED, Stage.APPROVED])
        waiting = standing.filter(advised=False).exclude(proposal__stage=Stage.PROPOSED, proposal__urgent__gt="")
        contrary = on_this.filter(advice=Stance.AGAINST, departure__isnull=True)
        against = standing.annotate(contrary=Exists(contrary)).filter(contrary=True)
        done = every.filter(advised=True).exclude(pk__in=against.values("pk"))
        return super().get_context_data(
            waiting=self._table(waiting.order_by("proposal__proposed_at", "pk"), gettext("Waiting for votes")),
            against=self._table(
                against.order_by("proposal__proposed_at", "pk"), gettext("The board is against it: not answered yet")
            ),
            closed=self._table(done.order_by("-proposal__proposed_at", "pk")[:20], gettext("Advised lately")),
            **kwargs,
        )

    def _table(self, rows: QuerySet[SanctionReview], caption: str) -> Table | None:
        found = list(rows[:ROWS])
        columns = [
            TitleColumn(
                "agency", label=_("Agency"), accessor="proposal.licence.agency.name",
                get_url=lambda row: reverse("rw_sanctions:one", args=[row.key]),
            ),
            Column("to", label=_("Decision"), accessor="proposal.get_to_state_display"),
            Column("number", label=_("Decision number"), accessor="proposal.decision_number"),
            DateColumn("at", label=_("Proposed"), accessor="proposal.proposed_at"),
            Column("stage", label=_("Stage"), accessor="proposal.get_stage_display"),
        ]  # fmt: skip
        return Table(columns, found, caption=caption) if found else None


class SanctionPage(Voted, Shown):
    """One suspension or revocation as the board reads it. POST ``do`` = vote | conflict."""

    right = Right.SEE_SANCTIONS
    template_name = "agencies_board/sanction.html"
    header_icon = "group"
    above = ABOVE

    @cached_property
    def review(self) -> SanctionReview:
        every = SanctionReview.objects.select_related("proposal__licence__agency__register", "proposal__about")
        return get_object_or_404(every, key=self.kwargs["key"])

    def get_page_title(self) -> str:
        proposal = self.review.proposal
        return gettext("Decision %(number)s: %(agency)s") % {
            "number": proposal.decision_number,
            "agency": proposal.licence.agency.name,
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        proposal = self.review.proposal
        agency, board = proposal.licence.agency, self.board(self.review)
        return super().get_context_data(
            proposal=proposal,
            agency=agency,
            sentence=sentence(answer_for(agency)),
            standards=Standard.objects.filter(register=agency.register, code__in=proposal.standards).order_by("code"),
            departure=departure_from(board["advice"]),
            **inquiry_behind(proposal),
            **board,
            **kwargs,
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.on_the_board(request, self.review)
        return redirect("rw_sanctions:one", key=self.review.key)


class Amend(Asked):
    """Its proposer words a sanction anew; the board begins anew on it."""

    right = Right.PROPOSE_DECISION
    form_class: Any = AmendForm
    page_title = _("Word it anew")
    submit_label = _("Put it before the board anew")
    done = _("Changed. The board begins anew on these words.")
    above = ((_("Decisions for a second officer"), "rw_decisions:index"),)
    kwargs: dict[str, UUID]

    @cached_property
    def proposal(self) -> ProposedDecision:
        every = ProposedDecision.objects.select_related("licence__agency")
        return get_object_or_404(every, pk=self.kwargs["key"], review__isnull=False)

    def get_initial(self) -> dict[str, Any]:
        proposal, review = self.proposal, review_of(self.proposal)
        names = ("standards", "reasons", "legal_basis", "decision_number", "effective_from")
        revision = {"revision": review.latest_revision_id if review else None}
        return {name: getattr(proposal, name) for name in names} | revision

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "proposal": self.proposal}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        proposal = self.proposal
        before = f"{proposal.licence.agency.name}: {proposal.get_to_state_display()}"
        return super().get_context_data(before=before, **kwargs)

    def run(self, given: dict[str, Any]) -> None:
        amend(self.proposal, by=officer(self.request), **given)

    def get_success_url(self) -> str:
        return reverse("rw_decisions:decision", args=[self.proposal.pk])
