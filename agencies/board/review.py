"""The board: three parties, one vote each, by a member or an alternate, on the revision they saw; majority advises.

A vote hangs on a seat and on nothing else: no right of an account, and no superuser, stands in for one.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Final

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from wagtail.models import TaskState

from agencies import names
from agencies.audit import record
from agencies.board.models import Advice, BoardAdvice, Conflict, Party, SanctionReview, Seat, Stage, Stance, Vote
from agencies.board.rounds import Matter, about, round_of
from agencies.board.signing import officer_name
from agencies.refusals import DecisionRefused, StateChanged
from recruitment_watch import clock

_ONCE: Final = "agencies_board_vote_one_a_party"


@transaction.atomic
def give_seat(
    user: User, party: Party, *, by: str, alternate: bool = False, since: datetime.date | None = None
) -> Seat:
    """Seat a member or an alternate. One seat an account, one member a party; alternates as many as are named."""
    try:
        with transaction.atomic():
            seat = Seat.objects.create(
                user=user, name=officer_name(user), party=party, alternate=alternate, since=since or clock.today()
            )
    except IntegrityError as error:
        raise DecisionRefused(_("This account has a seat, or the party has its member.")) from error
    record("give_seat", by=by, on=seat, text=f"{seat.name} {party}")
    return seat


@transaction.atomic
def end_seat(seat: Seat, *, by: str, until: datetime.date | None = None) -> None:
    """The seat ends after that day (today)."""
    if Seat.objects.filter(pk=seat.pk, until__isnull=True).update(until=until or clock.today()) != 1:
        raise StateChanged(_("This seat has ended already."))
    record("end_seat", by=by, on=seat, text=seat.name)
    seat.refresh_from_db()


def seat_of(user: User, *, on: datetime.date | None = None) -> Seat | None:
    """The seat that this very account has on that day (today)."""
    day = on or clock.today()
    held = Q(until__isnull=True) | Q(until__gte=day)
    return Seat.objects.filter(held, user=user, since__lte=day).order_by("-since").first()


@transaction.atomic
def declare_conflict(matter: Matter, *, by: User, reasons: str) -> Conflict:
    """A member steps aside from this matter; an alternate of the party votes instead."""
    seat = _seated(by)
    if not reasons.strip():
        raise DecisionRefused(_("Say what ties you to it."))
    current = round_of(matter)
    if Vote.objects.filter(round=current, seat=seat).exists():
        raise DecisionRefused(_("You have voted on it already."))
    try:
        with transaction.atomic():
            row = Conflict.objects.create(
                **about(matter), seat=seat, reasons=reasons.strip(), declared_at=clock.now()
            )  # fmt: skip
    except IntegrityError as error:
        raise DecisionRefused(_("You have declared this already.")) from error
    record("declare_conflict", by=seat.name, on=row, text=_named(matter))
    return row


@transaction.atomic
def cast_vote(matter: Matter, advice: str, *, by: User, reasons: str, revision: int) -> Vote:
    """Vote for one's party. With the third vote the review ends, and the majority is the board's advice.

    ``advice`` is one of ``ballot(matter)``, ``revision`` what the voter saw. StateChanged: it was changed since, the
    party has voted, or the review is over. Who proposed a sanction, or approved it, has no vote on it.
    """
    seat = _seated(by)
    if advice not in ballot(matter).values:
        raise DecisionRefused(_("Choose one of the answers."))
    if not reasons.strip():
        raise DecisionRefused(_("A vote needs its reasons."))
    type(matter).objects.select_for_update().get(pk=matter.pk)  # votes go one after the other
    current = round_of(matter)
    if Conflict.objects.filter(**about(matter), seat=seat).exists():
        raise DecisionRefused(_("You have declared that you have a stake in it. Another of your party votes."))
    if isinstance(matter, SanctionReview):
        _check_open(matter)
        _check_apart(matter, seat)
    if current.revision_id != revision:
        raise StateChanged(_("It was changed since you looked. Read it again, then vote."))
    try:
        with transaction.atomic():
            vote = Vote.objects.create(
                **about(matter), round=current, revision_id=revision, party=seat.party, seat=seat,
                name=seat.name, advice=advice, reasons=reasons.strip(), cast_at=clock.now(),
            )  # fmt: skip
    except IntegrityError as error:
        if _ONCE in str(error):
            raise StateChanged(_("Your party has voted on it already.")) from error
        raise
    record("cast_vote", by=seat.name, on=vote, text=f"{_named(matter)} {advice}")
    _end_with_all(matter, current)
    return vote


def ballot(matter: Matter) -> type[Advice] | type[Stance]:
    """What can be answered to such a matter."""
    return Stance if isinstance(matter, SanctionReview) else Advice


def votes_of(matter: Matter) -> list[Vote]:
    """The votes of the round that runs, or of the last one."""
    last = TaskState.objects.for_instance(matter).order_by("-started_at", "-id").first()
    return list(Vote.objects.filter(round=last).order_by("party")) if last else []


def advice_on(matter: Matter) -> BoardAdvice | None:
    """The board's advice on the matter as it now reads; None before, or where it was changed since."""
    if matter.latest_revision_id is None:
        return None
    return matter.advice.filter(revision_id=matter.latest_revision_id).order_by("-given_at").first()


def majority(votes: Iterable[str]) -> str:
    """Two of three. Where each says something else (possible for applications only): grant it with conditions."""
    said = list(votes)
    return next((one for one in said if said.count(one) >= 2), Advice.CONDITIONS)


def _end_with_all(matter: Matter, current: TaskState) -> None:
    votes = list(Vote.objects.filter(round=current))
    if {vote.party for vote in votes} != set(Party):
        return
    BoardAdvice.objects.create(
        **about(matter), round=current, revision_id=current.revision_id,
        advice=majority(vote.advice for vote in votes), given_at=clock.now(),
    )  # fmt: skip
    # Not under the last voter's name: three ended it, and none of them needs a right in Wagtail for that.
    current.approve(user=None)


def _seated(user: User) -> Seat:
    seat = seat_of(user)
    if seat is None or not user.is_active:
        raise DecisionRefused(_("Only members of the board and their alternates vote."))
    return seat


def _check_open(matter: SanctionReview) -> None:
    """A proposal that another decision has overtaken is not voted on: it can only be closed."""
    proposal = matter.proposal
    if proposal.stage == Stage.PROPOSED and proposal.licence.events.count() != proposal.seen:
        raise StateChanged(_("Another decision was recorded on this licence. The proposal has to be closed."))


def _check_apart(matter: SanctionReview, seat: Seat) -> None:
    """Who decides does not advise: not by the same account, and not by another one of the same name."""
    proposal = matter.proposal
    officers = ((proposal.proposed_by_user_id, proposal.proposed_by), (proposal.closed_by_user_id, proposal.closed_by))
    if any(
        seat.user_id == key or (name and names.fold_key(seat.name) == names.fold_key(name)) for key, name in officers
    ):
        raise DecisionRefused(_("You decide on it as an officer. Another of your party votes."))


def _named(matter: Matter) -> str:
    return matter.proposal.decision_number if isinstance(matter, SanctionReview) else matter.reference
