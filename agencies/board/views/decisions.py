"""Decisions that wait for a second officer: the list, and the page on which to approve or turn down."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, DateColumn, Table, TitleColumn

from agencies.board import actions
from agencies.board.models import ProposedDecision, Stage, Stance
from agencies.board.review import advice_on
from agencies.board.roles import Right
from agencies.board.sanctions import depart, review_of
from agencies.licensing import EventKind, answer_for
from agencies.models import Condition, Standard
from agencies.wording import sentence

from .base import Shown, officer, tell
from .sanctions import departure_from

#: Closed proposals shown below those that wait.
CLOSED = 20


def _conditions(proposal: ProposedDecision) -> list[dict[str, Any]]:
    """What a lifting says of each open condition, with the condition's words."""
    texts = dict(Condition.objects.filter(thing__in=proposal.cleared).values_list("thing", "text"))
    return [{"text": texts.get(UUID(key), ""), **said} for key, said in proposal.cleared.items()]


class DecisionList(Shown):
    """What waits, oldest first; below it, what was closed last."""

    right = Right.SEE_REGISTER
    template_name = "agencies_board/decisions.html"
    page_title = _("Decisions for a second officer")
    header_icon = "tasks"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        every = ProposedDecision.objects.select_related("licence__agency")
        waiting = list(every.filter(stage=Stage.PROPOSED).order_by("proposed_at", "pk")[:200])
        closed = list(every.exclude(stage=Stage.PROPOSED).order_by("-closed_at", "pk")[:CLOSED])
        return super().get_context_data(
            waiting=self._table(waiting, gettext("Waiting")) if waiting else None,
            closed=self._table(closed, gettext("Closed lately")) if closed else None,
            **kwargs,
        )

    def _table(self, rows: list[ProposedDecision], caption: str) -> Table:
        columns = [
            TitleColumn(
                "agency",
                label=_("Agency"),
                accessor="licence.agency.name",
                get_url=lambda row: reverse("rw_decisions:decision", args=[row.pk]),
            ),
            Column("to", label=_("Decision"), accessor=_words),
            Column("decision_number", label=_("Decision number")),
            Column("proposed_by", label=_("Proposed by")),
            DateColumn("proposed_at", label=_("Proposed")),
            Column("stage", label=_("Stage"), accessor="get_stage_display"),
        ]
        return Table(columns, rows, caption=caption)


def _words(row: ProposedDecision) -> str:
    state = row.get_to_state_display() if row.to_state else gettext("Struck from the record")
    return state if row.kind == EventKind.DECISION else f"{row.get_kind_display()}: {state}"


class DecisionPage(Shown):
    """One proposal in full. POST ``do`` = approve | withdraw | depart."""

    right = Right.SEE_REGISTER
    template_name = "agencies_board/decision.html"
    header_icon = "tasks"
    above = ((_("Decisions for a second officer"), "rw_decisions:index"),)

    @cached_property
    def proposal(self) -> ProposedDecision:
        every = ProposedDecision.objects.select_related(
            "licence__agency__register", "licence__agency__operator", "about"
        )
        return get_object_or_404(every, pk=self.kwargs["key"])

    def get_page_title(self) -> str:
        facts = {"number": self.proposal.decision_number, "agency": self.proposal.licence.agency.name}
        return gettext("Decision %(number)s: %(agency)s") % facts

    @property
    def own(self) -> bool:
        return self.proposal.proposed_by_user_id == officer(self.request).pk

    @property
    def may_approve(self) -> bool:
        return self.may(Right.APPROVE_DECISION) and not self.own

    @property
    def may_withdraw(self) -> bool:
        return self.own or self.may(Right.APPROVE_DECISION)

    def _board(self, *, open_now: bool) -> dict[str, Any]:
        """What the board has said to it, and what an officer may do about that."""
        review = review_of(self.proposal)
        if review is None:
            return {"review": None}
        advice = advice_on(review)
        departure = departure_from(advice)
        against = advice is not None and advice.advice == Stance.AGAINST and departure is None
        return {
            "review": review,
            "advice": advice,
            "departure": departure,
            "advised": advice is not None and advice.advice == Stance.FOR,
            "may_amend": open_now and self.own and self.may(Right.PROPOSE_DECISION),
            "may_depart": against and self._may_depart,
        }

    @property
    def _may_depart(self) -> bool:
        stage = self.proposal.stage
        return self.may(Right.PROPOSE_DECISION) and (stage == Stage.APPROVED or (stage == Stage.PROPOSED and self.own))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        proposal = self.proposal
        agency = proposal.licence.agency
        open_now = proposal.stage == Stage.PROPOSED
        named = Standard.objects.filter(register=agency.register, code__in=proposal.standards).order_by("code")
        return super().get_context_data(
            proposal=proposal,
            agency=agency,
            sentence=sentence(answer_for(agency)),
            standards=named,
            conditions=_conditions(proposal),
            own=self.own,
            waits=open_now,
            may_approve=open_now and self.may_approve,
            may_withdraw=open_now and self.may_withdraw,
            **self._board(open_now=open_now),
            **kwargs,
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        do = {"approve": self._approve, "withdraw": self._withdraw, "depart": self._depart}.get(
            request.POST.get("do", "")
        )
        if do is not None:
            do(request, request.POST.get("reasons", ""))
        return redirect("rw_decisions:decision", key=self.proposal.pk)

    def _approve(self, request: HttpRequest, reasons: str) -> None:
        if not self.may(Right.APPROVE_DECISION):
            raise PermissionDenied
        by, proposal, seen = officer(request), self.proposal, request.POST.get("revision", "")
        revision = int(seen) if seen.isdecimal() else None
        done = gettext("Approved. The decision is published on the agency's page.")
        tell(request, lambda: actions.approve(proposal, by=by, revision=revision), done)

    def _withdraw(self, request: HttpRequest, reasons: str) -> None:
        if not self.may_withdraw:
            raise PermissionDenied
        by, proposal = officer(request), self.proposal
        done = gettext("The proposal is closed. It stays on record.")
        tell(request, lambda: actions.withdraw(proposal, by=by, reasons=reasons), done)

    def _depart(self, request: HttpRequest, reasons: str) -> None:
        if not self.may(Right.PROPOSE_DECISION):
            raise PermissionDenied
        by, proposal = officer(request), self.proposal
        done = gettext("Your reasons are on record. They are published with the decision.")
        tell(request, lambda: depart(proposal, by=by, reasons=reasons), done)
