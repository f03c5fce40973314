"""What a court decided, and what was recorded wrongly: proposed like any decision, approved by a second officer."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from agencies.board.actions import propose
from agencies.board.forms import CorrectForm, OutcomeForm
from agencies.board.roles import Right
from agencies.licensing import EventKind, State
from agencies.models import Licence

from .base import Asked, officer
from .register import LIST, OfAgency


class Outcome(OfAgency, Asked):
    """Propose a stay, its end, or that a decision is overturned on appeal."""

    right = Right.PROPOSE_DECISION
    form_class: Any = OutcomeForm
    page_title = _("Record what a court decided")
    submit_label = _("Propose it to a second officer")
    done = _("Proposed. It has no effect until a second officer approves it.")
    above = LIST

    @cached_property
    def licence(self) -> Licence:
        return get_object_or_404(self.agency.licences, pk=self.kwargs["licence_key"])

    def get_initial(self) -> dict[str, Any]:
        return {"seen": self.licence.events.count()}

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "licence": self.licence}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        facts = {"number": self.licence.number, "agency": self.agency.name}
        return super().get_context_data(before=gettext("Licence %(number)s of %(agency)s.") % facts, **kwargs)

    def run(self, given: dict[str, Any]) -> None:
        kind = EventKind(given.pop("kind", EventKind.CORRECTION))
        about = self.licence.events.get(pk=given.pop("about"))
        to = given.pop("to")
        propose(
            self.licence, State(to) if to else None, kind=kind, about=about, by=officer(self.request), **given
        )  # fmt: skip


class Correct(Outcome):
    """Propose how an event should read that was recorded wrongly."""

    form_class = CorrectForm
    page_title = _("Correct the record")
