"""Suspensions and revocations before the board: before they are decided, or after, where one is urgent.

The board advises (``agencies.board.review``), two officers decide (``agencies.board.actions``). Where they do not
follow the advice they say why, and that is published with the outcome.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from agencies.audit import record
from agencies.board.models import BoardAdvice, Departure, ProposedDecision, SanctionReview, Stage, Stance, Vote
from agencies.board.review import advice_on
from agencies.board.rounds import begin, end, restart
from agencies.board.signing import officer_name
from agencies.licensing import BEFORE_BOARD, NEEDS_STANDARDS, SUSPENDED, EventKind, State
from agencies.refusals import DecisionRefused, StateChanged
from recruitment_watch import clock


def comes_before_board(to: State | None, kind: EventKind) -> bool:
    """Whether such a decision comes before the board. What a court decided, and corrections, do not."""
    return kind == EventKind.DECISION and to in BEFORE_BOARD


def check_urgent(to: State | None, kind: EventKind, urgent: str) -> None:
    """Only what can be lifted again is done before the board has spoken: a suspension, not a revocation."""
    if urgent.strip() and (kind != EventKind.DECISION or to not in SUSPENDED):
        raise DecisionRefused(_("Only a suspension can come before the board has advised: it can be lifted again."))


def bring(proposal: ProposedDecision) -> SanctionReview:
    """Put a proposal into the board's words, and before the board at once unless it is urgent."""
    review = SanctionReview(proposal=proposal, facts=_facts(proposal), live=False)
    review.save(force_insert=True)
    review.save_revision(clean=False)
    if not proposal.urgent:
        begin(review)
    return review


def review_of(proposal: ProposedDecision) -> SanctionReview | None:
    """What the board has of the proposal; None where it does not come before the board."""
    return SanctionReview.objects.filter(proposal=proposal).first()


@transaction.atomic
def amend(
    proposal: ProposedDecision,
    *,
    by: User,
    reasons: str,
    legal_basis: str,
    decision_number: str,
    standards: Sequence[str] = (),
    effective_from: datetime.date | None = None,
    revision: int | None = None,
) -> ProposedDecision:
    """Its proposer words the proposal anew. The board begins anew on it; the earlier votes stay on record.

    ``revision`` is what the proposer saw. StateChanged: it is closed, or was changed in between.
    """
    name = officer_name(by)
    waiting = ProposedDecision.objects.select_for_update().get(pk=proposal.pk)
    review = review_of(waiting)
    if waiting.stage != Stage.PROPOSED:
        raise StateChanged(_("Another officer closed this proposal first."))
    if review is None or waiting.proposed_by_user_id != by.pk:
        raise DecisionRefused(_("Only its proposer changes a proposal, while it is before the board."))
    if revision not in (None, review.latest_revision_id):
        raise StateChanged(_("It was changed since you looked. Read it again."))
    if not reasons.strip():
        raise DecisionRefused(_("A decision needs its reasons."))
    if waiting.to_state in NEEDS_STANDARDS and not standards:
        raise DecisionRefused(_("Name the standards that were broken."))
    waiting.reasons, waiting.legal_basis, waiting.decision_number = reasons.strip(), legal_basis, decision_number
    waiting.standards, waiting.effective_from = list(standards), effective_from
    waiting.save(update_fields=["reasons", "legal_basis", "decision_number", "standards", "effective_from"])
    _reword(review, waiting)
    record("amend_decision", by=name, on=waiting, text=waiting.decision_number)
    proposal.refresh_from_db()
    return proposal


@transaction.atomic
def depart(proposal: ProposedDecision, *, by: User, reasons: str) -> Departure:
    """Say why the officers go on although the board is against it: published with the decision.

    Before the decision its proposer says so; after an urgent one whoever may propose. DecisionRefused where the
    board has not advised against it.
    """
    name = officer_name(by)
    waiting = ProposedDecision.objects.select_for_update().get(pk=proposal.pk)
    advice = _advice(waiting)
    if advice is None or advice.advice != Stance.AGAINST:
        raise DecisionRefused(_("The board has not advised against it."))
    if waiting.stage == Stage.PROPOSED and waiting.proposed_by_user_id != by.pk:
        raise DecisionRefused(_("Its proposer gives these reasons."))
    if waiting.stage not in (Stage.PROPOSED, Stage.APPROVED):
        raise StateChanged(_("Another officer closed this proposal first."))
    return _depart(advice, by=name, reasons=reasons)


def check_advised(proposal: ProposedDecision, *, by: User, revision: int | None) -> None:
    """What approving a sanction asks of the board: its advice, or reasons for departing from it.

    An urgent one asks nothing of it yet. ``revision`` is what the approver saw.
    """
    review = review_of(proposal)
    if review is None:
        if comes_before_board(State(proposal.to_state) if proposal.to_state else None, EventKind(proposal.kind)):
            raise DecisionRefused(_("The board has not seen it. Withdraw the proposal and propose it anew."))
        return
    if revision not in (None, review.latest_revision_id):
        raise StateChanged(_("It was changed since you looked. Read it again, then approve."))
    if Vote.objects.filter(sanction=review, seat__user=by).exists():
        raise DecisionRefused(_("You voted on it on the board. Another officer must approve it."))
    if proposal.urgent:
        return
    advice = advice_on(review)
    if advice is None:
        raise DecisionRefused(_("The board has not advised on it yet."))
    if advice.advice == Stance.AGAINST and not Departure.objects.filter(advice=advice).exists():
        raise DecisionRefused(_("The board advised against it. Its proposer gives reasons first: they are published."))


def decided(proposal: ProposedDecision) -> None:
    """An urgent suspension is in force: now it comes before the board."""
    review = review_of(proposal)
    if review is not None and proposal.urgent:
        begin(review)


def dropped(proposal: ProposedDecision, *, by: str, reasons: str) -> None:
    """A proposal is given up: the round ends. Where the board advised it, the reasons are published."""
    review = review_of(proposal)
    if review is None:
        return
    advice = advice_on(review)
    if advice is not None and advice.advice == Stance.FOR:
        if not reasons.strip():
            raise DecisionRefused(_("The board advised it. Say why it is not done: that is published."))
        _depart(advice, by=by, reasons=reasons)
    end(review)


def overtaken(proposal: ProposedDecision) -> None:
    """Another decision came in between: the round ends, without advice and without reasons."""
    review = review_of(proposal)
    if review is not None:
        end(review)


def _depart(advice: BoardAdvice, *, by: str, reasons: str) -> Departure:
    if not reasons.strip():
        raise DecisionRefused(_("Give the reasons for departing from the board's advice."))
    try:
        with transaction.atomic():
            row = Departure.objects.create(advice=advice, reasons=reasons.strip(), by=by, at=clock.now())
    except IntegrityError as error:
        raise StateChanged(_("The reasons for departing from this advice are given already.")) from error
    record("depart_from_advice", by=by, on=row)
    return row


def _advice(proposal: ProposedDecision) -> BoardAdvice | None:
    review = review_of(proposal)
    return advice_on(review) if review else None


def _reword(review: SanctionReview, proposal: ProposedDecision) -> None:
    review.facts = _facts(proposal)
    review.save(update_fields=["facts"])
    review.save_revision(clean=False)
    if not restart(review) and not proposal.urgent:
        begin(review)  # it had been advised on already, in other words


def _facts(proposal: ProposedDecision) -> dict[str, Any]:
    day = proposal.effective_from
    return {
        "to_state": proposal.to_state,
        "reasons": proposal.reasons,
        "standards": list(proposal.standards),
        "legal_basis": proposal.legal_basis,
        "decision_number": proposal.decision_number,
        "effective_from": day.isoformat() if day else None,
        "urgent": proposal.urgent,
        "inquiry": str(proposal.inquiry) if proposal.inquiry else None,
    }
