"""One proposal for the directory of help: the page on which a second officer approves it or turns it down."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext

from agencies.board.help_forms import HelpForm
from agencies.board.help_proposals import approve_help, facts_proposed, turn_down_help
from agencies.board.models import ProposedHelp, Stage
from agencies.board.roles import Right
from agencies.directory import papers_sentence
from agencies.help_actions import HelpFacts, facts_of
from agencies.models import HelpEntry

from .base import Shown, officer, tell
from .directory import LIST, country_name


class ProposalPage(Shown):
    """What is proposed beside what stands there now. POST ``do`` = approve | withdraw."""

    right = Right.SEE_DIRECTORY
    template_name = "agencies_board/help_proposal.html"
    header_icon = "help"
    above = LIST

    @cached_property
    def proposal(self) -> ProposedHelp:
        return get_object_or_404(ProposedHelp.objects.select_related("entry", "result"), pk=self.kwargs["key"])

    def get_page_title(self) -> str:
        return str(self.proposal)

    @property
    def own(self) -> bool:
        return self.proposal.proposed_by_user_id == officer(self.request).pk

    @property
    def may_approve(self) -> bool:
        return self.may(Right.APPROVE_DIRECTORY) and not self.own

    @property
    def may_withdraw(self) -> bool:
        if self.own:  # who withdrew an address does not take it off the list of what another has to look at
            return self.proposal.change != ProposedHelp.Change.WITHDRAW
        return self.may(Right.APPROVE_DIRECTORY)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        proposal, entry = self.proposal, self.proposal.entry
        withdrawal = proposal.change == ProposedHelp.Change.WITHDRAW
        facts = facts_of(entry) if withdrawal and entry else facts_proposed(proposal)
        waits = proposal.stage == Stage.PROPOSED
        return super().get_context_data(
            proposal=proposal,
            entry=entry,
            withdrawal=withdrawal,
            rows=_rows(facts, None if withdrawal or entry is None else facts_of(entry)),
            papers=papers_sentence(facts.kind, facts.papers),
            waits=waits,
            own=self.own,
            may_approve=waits and self.may_approve,
            may_withdraw=waits and self.may_withdraw,
            **kwargs,
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        by, proposal = officer(request), self.proposal
        if request.POST.get("do") == "approve":
            if not self.may(Right.APPROVE_DIRECTORY):
                raise PermissionDenied
            tell(request, lambda: approve_help(proposal, by=by), gettext("Approved. Both names stand beside it."))
        elif request.POST.get("do") == "withdraw":
            if not self.may_withdraw:
                raise PermissionDenied
            tell(
                request,
                lambda: turn_down_help(proposal, by=by),
                gettext("The proposal is closed. It stays on record."),
            )
        return redirect("rw_directory:proposal", key=proposal.pk)


def _rows(facts: HelpFacts, before: HelpFacts | None) -> list[tuple[Any, str, str]]:
    """Every fact by its label, and what stood there where that is something else."""
    found = []
    for name, field in HelpForm.base_fields.items():
        now, then = _words(facts, name), _words(before, name) if before else ""
        found.append((field.label, now, then if before and then != now else ""))
    return found


def _words(facts: HelpFacts, name: str) -> str:
    value = getattr(facts, name)
    if name == "country":
        return country_name(value)
    if name in ("kind", "free", "papers"):
        labels = {"kind": HelpEntry.Kind, "free": HelpEntry.Free, "papers": HelpEntry.Papers}[name]
        return str(labels(value).label)
    return ", ".join(value) if isinstance(value, tuple) else str(value) or "–"
