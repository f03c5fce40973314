"""What the pages share on which the board votes: the votes so far, and the two forms of whoever has a seat."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from agencies.board.measure_forms import PUBLISHED
from agencies.board.models import Conflict
from agencies.board.review import advice_on, ballot, cast_vote, declare_conflict, seat_of, votes_of
from agencies.board.roles import Right
from agencies.board.rounds import Matter, about

from .base import Checked, officer, tell


class VoteForm(forms.Form):
    """One party's vote, on the revision that stands on the page."""

    advice = forms.ChoiceField(label=_("Your vote"), widget=forms.RadioSelect)
    reasons = forms.CharField(
        label=_("Reasons"), widget=forms.Textarea(attrs={"rows": 4}), help_text=PUBLISHED
    )  # fmt: skip
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, matter: Matter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        advice = self.fields["advice"]
        assert isinstance(advice, forms.ChoiceField)
        advice.choices = ballot(matter).choices


class ConflictForm(forms.Form):
    """What ties a member to the agency."""

    ties = forms.CharField(label=_("What ties you to it"), widget=forms.Textarea(attrs={"rows": 2}))


class Voted(Checked):
    """A page about something that comes before the board. POST ``do`` = vote | conflict."""

    def board(self, matter: Matter) -> dict[str, Any]:
        """Context of ``agencies_board/board.html``."""
        seat, current = seat_of(officer(self.request)), matter.current_workflow_task_state
        apart = Conflict.objects.filter(**about(matter)).select_related("seat").order_by("declared_at")
        may_vote = seat is not None and current is not None and seat.pk not in {row.seat_id for row in apart}
        return {
            "votes": votes_of(matter),
            "conflicts": apart,
            "advice": advice_on(matter),
            "seat": seat,
            "vote_form": VoteForm(matter=matter, initial={"revision": current.revision_id})
            if may_vote and current
            else None,
            "conflict_form": ConflictForm() if may_vote else None,
        }

    def on_the_board(self, request: HttpRequest, matter: Matter) -> None:
        """Do what was posted as a member of the board."""
        if not self.may(Right.REVIEW_APPLICATIONS):
            raise PermissionDenied
        by = officer(request)
        if request.POST.get("do") == "vote":
            self._vote(request, matter)
        elif request.POST.get("do") == "conflict" and (form := ConflictForm(request.POST)).is_valid():
            ties = form.cleaned_data["ties"]
            said = gettext("You have stepped aside. Another of your party votes.")
            tell(request, lambda: declare_conflict(matter, by=by, reasons=ties), said)

    def _vote(self, request: HttpRequest, matter: Matter) -> None:
        form, by = VoteForm(request.POST, matter=matter), officer(request)
        given = form.cleaned_data if form.is_valid() else {"advice": "", "reasons": "", "revision": 0}
        tell(request, lambda: cast_vote(matter, by=by, **given), gettext("Your vote is cast."))
