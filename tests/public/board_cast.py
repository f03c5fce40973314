"""The cast of the board's tests: a member of each party, alternates, and a superuser with no seat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User

from agencies.board.actions import propose
from agencies.board.models import Party, ProposedDecision, SanctionReview, Stance, Vote
from agencies.board.review import cast_vote, give_seat
from agencies.board.roles import apply_roles
from agencies.licensing import State
from agencies.models import Licence

from . import licensing_cast as cast
from .licensing_cast import GRACE


@dataclass(frozen=True, slots=True)
class Board:
    """``members`` by party; none of them has any right in Wagtail."""

    members: dict[str, User]
    alternate: User
    root: User

    def vote(self, proposal: ProposedDecision, *said: Stance) -> None:
        """The members vote in the order of their parties (all in favour without ``said``)."""
        for user, one in zip(self.members.values(), said or [Stance.FOR] * 3, strict=False):
            vote_on(proposal, user, one)


def seated_board() -> Board:
    groups = apply_roles()
    members = {}
    for party, last in ((Party.GOVERNMENT, "Gov"), (Party.EMPLOYERS, "Emp"), (Party.WORKERS, "Work")):
        user = User.objects.create(username=last, first_name="Member", last_name=last)
        user.groups.set([groups[f"Reviewer: {party.value.lower()}"]])
        give_seat(user, party, by=GRACE)
        members[party.value] = user
    alternate = User.objects.create(username="alt", first_name="Alma", last_name="Alternate")
    give_seat(alternate, Party.WORKERS, by=GRACE, alternate=True)
    root = User.objects.create(username="root", first_name="Super", last_name="User", is_superuser=True, is_staff=True)
    return Board(members, alternate, root)


def sanction(by: User, licence: Licence | None = None, to: State = State.SUSP_DISC, **given: Any) -> ProposedDecision:
    """A suspension that waits for the board."""
    facts: dict[str, Any] = {
        "reasons": "Our inspection found fees.",
        "legal_basis": "Recruitment Act s. 12",
        "decision_number": "D-7",
        "standards": ["S-1"],
    }
    return propose(licence or cast.licence(), to, by=by, **(facts | given))


def before(proposal: ProposedDecision) -> SanctionReview:
    """The proposal as the board has it, read anew."""
    return SanctionReview.objects.get(proposal=proposal)


def vote_on(proposal: ProposedDecision, by: User, stance: Stance = Stance.FOR, *, revision: int | None = None) -> Vote:
    review = before(proposal)
    seen = review.latest_revision_id if revision is None else revision
    return cast_vote(review, stance, by=by, reasons=f"As {by.last_name} reads it.", revision=seen)
