"""What the board said to an agency's suspensions and revocations, once they are decided. Nothing that still waits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from agencies.board.models import BoardAdvice, ProposedDecision, Stage, Stance, Vote
from agencies.models import Licence


def advised(licences: Iterable[Licence]) -> list[dict[str, Any]]:
    """``[{title, facts}]`` for ``cms/agency.html``, newest first. Three queries.

    A decision says what the board advised, or that the board comes after because it was urgent. A proposal that was
    dropped stands here only where the board had advised it: then the officers owe the public their reasons.
    """
    closed = [Stage.APPROVED, Stage.WITHDRAWN]
    rows = ProposedDecision.objects.filter(stage__in=closed, licence__in=list(licences), review__isnull=False)
    proposals = list(rows.select_related("review").order_by("-closed_at", "pk"))
    last = _last_advice([row.review.pk for row in proposals])
    proposals = [row for row in proposals if row.stage == Stage.APPROVED or _owed(last.get(row.review.pk))]
    votes: defaultdict[UUID, list[Vote]] = defaultdict(list)
    rounds = {one.round_id: one for one in last.values()}
    for vote in Vote.objects.filter(round__in=rounds).order_by("party"):
        votes[rounds[vote.round_id].pk].append(vote)
    return [_told(row, one, votes[one.pk] if one else []) for row in proposals for one in [last.get(row.review.pk)]]


def _owed(advice: BoardAdvice | None) -> bool:
    """Whether dropping the proposal departed from this advice."""
    return advice is not None and advice.advice == Stance.FOR


def _last_advice(reviews: list[int]) -> dict[int, BoardAdvice]:
    """By review: the advice on what was decided. An earlier one, on other words, is not told."""
    found = {}
    rows = BoardAdvice.objects.filter(sanction__in=reviews).select_related("sanction", "departure")
    for one in rows.order_by("given_at"):
        if one.sanction is not None and one.revision_id == one.sanction.latest_revision_id:
            found[one.sanction.pk] = one
    return found


def _told(row: ProposedDecision, advice: BoardAdvice | None, votes: list[Vote]) -> dict[str, Any]:
    closed = date_format(row.closed_at, "DATE_FORMAT") if row.closed_at else ""
    facts = {"number": row.decision_number, "date": closed, "state": row.get_to_state_display()}
    title = _("Decision %(number)s of %(date)s: %(state)s") % facts
    if row.stage == Stage.WITHDRAWN:
        title = _("Not done, on %(date)s: %(state)s") % facts
    said: list[dict[str, Any]] = [
        {"label": _("Why it could not wait for the board"), "value": row.urgent},
        {"label": _("The board advised"), "value": advice.get_advice_display() if advice else _("Nothing yet")},
        {"label": _("Votes"), "lines": [_vote(one) for one in votes]},
    ]
    if departure := getattr(advice, "departure", None):
        said.append({"label": _("Why it differs from the board's advice"), "value": departure.reasons})
    return {"title": title, "facts": [one for one in said if one.get("value") or one.get("lines")]}


def _vote(one: Vote) -> str:
    facts = {"party": one.get_party_display(), "name": one.name, "said": one.get_advice_display(), "why": one.reasons}
    return _("%(party)s, %(name)s: %(said)s. %(why)s") % facts
