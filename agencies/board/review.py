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

from agencies.audit import record
from agencies.board.actions import officer_name
from agencies.board.models import Advice, Application, BoardAdvice, Conflict, Party, Seat, Vote
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
def declare_conflict(application: Application, *, by: User, reasons: str) -> Conflict:
    """A member steps aside from this application; an alternate of the party votes instead."""
    seat = _seated(by)
    if not reasons.strip():
        raise DecisionRefused(_("Say what ties you to it."))
    current = _round(application)
    if Vote.objects.filter(round=current, seat=seat).exists():
        raise DecisionRefused(_("You have voted on it already."))
    try:
        with transaction.atomic():
            row = Conflict.objects.create(
                application=application, seat=seat, reasons=reasons.strip(), declared_at=clock.now()
            )
    except IntegrityError as error:
        raise DecisionRefused(_("You have declared this already.")) from error
    record("declare_conflict", by=seat.name, on=row, text=application.reference)
    return row


@transaction.atomic
def cast_vote(application: Application, advice: Advice, *, by: User, reasons: str, revision: int) -> Vote:
    """Vote for one's party. With the third vote the review ends, and the majority is the board's advice.

    ``revision`` is what the voter saw. StateChanged: it was changed since, the party has voted, or the review is over.
    """
    seat = _seated(by)
    if not reasons.strip():
        raise DecisionRefused(_("A vote needs its reasons."))
    Application.objects.select_for_update().get(pk=application.pk)  # votes go one after the other
    current = _round(application)
    if Conflict.objects.filter(application=application, seat=seat).exists():
        raise DecisionRefused(_("You have declared that you have a stake in it. Another of your party votes."))
    if current.revision_id != revision:
        raise StateChanged(_("The application was changed since you looked. Read it again, then vote."))
    try:
        with transaction.atomic():
            vote = Vote.objects.create(
                round=current, application=application, revision_id=revision, party=seat.party, seat=seat,
                name=seat.name, advice=advice, reasons=reasons.strip(), cast_at=clock.now(),
            )  # fmt: skip
    except IntegrityError as error:
        if _ONCE in str(error):
            raise StateChanged(_("Your party has voted on it already.")) from error
        raise
    record("cast_vote", by=seat.name, on=vote, text=f"{application.reference} {advice}")
    _end_with_all(application, current)
    return vote


def votes_of(application: Application) -> list[Vote]:
    """The votes of the round that runs, or of the last one."""
    last = TaskState.objects.for_instance(application).order_by("-started_at", "-id").first()
    return list(Vote.objects.filter(round=last).order_by("party")) if last else []


def advice_on(application: Application) -> BoardAdvice | None:
    """The board's advice on the application as it now reads; None before, or where it was changed since."""
    if application.latest_revision_id is None:
        return None
    return application.advice.filter(revision_id=application.latest_revision_id).order_by("-given_at").first()


def majority(votes: Iterable[str]) -> Advice:
    """Two of three. Who grants it with conditions grants it; without two for granting plainly, with conditions."""
    said = list(votes)
    if said.count(Advice.REFUSE) >= 2:
        return Advice.REFUSE
    return Advice.GRANT if said.count(Advice.GRANT) >= 2 else Advice.CONDITIONS


def _end_with_all(application: Application, current: TaskState) -> None:
    votes = list(Vote.objects.filter(round=current))
    if {vote.party for vote in votes} != set(Party):
        return
    BoardAdvice.objects.create(
        application=application, round=current, revision_id=current.revision_id,
        advice=majority(vote.advice for vote in votes), given_at=clock.now(),
    )  # fmt: skip
    # Not under the last voter's name: three ended it, and none of them needs a right in Wagtail for that.
    current.approve(user=None)


def _seated(user: User) -> Seat:
    seat = seat_of(user)
    if seat is None or not user.is_active:
        raise DecisionRefused(_("Only members of the board and their alternates vote."))
    return seat


def _round(application: Application) -> TaskState:
    current = application.current_workflow_task_state
    if current is None:
        raise StateChanged(_("The board does not review this application now."))
    return current
