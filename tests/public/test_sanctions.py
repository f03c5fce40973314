"""Suspensions and revocations before the board: every order of three votes, who has none, what begins it anew."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from wagtail.models import TaskState, WorkflowState

from agencies.board import sanctions
from agencies.board.actions import approve, propose, withdraw
from agencies.board.models import (
    BoardAdvice,
    Conflict,
    Departure,
    Party,
    ProposedDecision,
    SanctionReview,
    Stage,
    Stance,
    Vote,
)
from agencies.board.review import advice_on, declare_conflict, give_seat, majority, votes_of
from agencies.licensing import BEFORE_BOARD, EventKind, State, status_on
from agencies.models import AuditEntry, LicenceEvent
from agencies.refusals import DecisionRefused, StateChanged
from agencies.states import DECIDABLE
from recruitment_watch import clock

from . import licensing_cast as cast
from .board_cast import Board, before, sanction, seated_board, vote_on
from .licensing_cast import GRACE, day
from .officers import Officers, officers

pytestmark = pytest.mark.django_db

FOR, AGAINST = Stance.FOR, Stance.AGAINST
WORDS: dict[str, Any] = {
    "reasons": "Our second inspection found fees.", "legal_basis": "s. 12", "decision_number": "D-7",
    "standards": ["S-1"],
}  # fmt: skip


@pytest.fixture
def people(db: None) -> Officers:
    return officers()


@pytest.fixture
def board(db: None) -> Board:
    return seated_board()


@pytest.fixture
def waiting(people: Officers, board: Board) -> ProposedDecision:
    return sanction(people.grace)


def events(proposal: ProposedDecision) -> int:
    return LicenceEvent.objects.filter(licence=proposal.licence).count()


# --- what comes before the board ------------------------------------------------------------------------


def test_suspensions_and_revocations_come_before_the_board_and_nothing_else_does(people: Officers) -> None:
    assert {State.SUSP_PREVENTIVE, State.SUSP_DISC, State.SUSP_ADMIN, State.REVOKED} == BEFORE_BOARD
    for number, to in enumerate(sorted(DECIDABLE - {State.ACTIVE, State.PROVISIONAL})):
        licence = cast.licence(cast.agency(f"Agency {number}"), f"RA-5{number}")
        made = sanction(people.grace, licence, to, decision_number=f"D-5{number}")
        assert SanctionReview.objects.filter(proposal=made).exists() == (to in BEFORE_BOARD), to


@pytest.mark.parametrize("to", sorted(BEFORE_BOARD))
def test_without_the_board_s_advice_no_sanction_is_approved(people: Officers, board: Board, to: State) -> None:
    waiting = sanction(people.grace, to=to)
    for user in board.members.values():
        with pytest.raises(DecisionRefused, match="not advised"):
            approve(waiting, by=people.henry)
        vote_on(waiting, user)
    assert events(waiting) == 1
    event = approve(waiting, by=people.henry)
    assert (event.to_state, event.decided_by, event.second_approver) == (to, "Grace Otieno", "Henry Mwangi")


def test_what_a_court_decides_does_not_wait_for_the_board(people: Officers, board: Board) -> None:
    waiting = sanction(people.grace, effective_from=day(10))
    board.vote(waiting)
    hit = approve(waiting, by=people.henry)
    stay = propose(waiting.licence, State.ACTIVE, by=people.grace, kind=EventKind.STAY, about=hit, **WORDS)
    approve(stay, by=people.henry)
    assert status_on(waiting.licence, clock.today()).state == State.ACTIVE


def test_a_correction_is_no_way_round_the_board(people: Officers, board: Board) -> None:
    licence = cast.licence()
    lifted = cast.decide(licence, State.SUSP_ADMIN, effective_from=day(3))
    fix: dict[str, Any] = {"by": people.grace, "kind": EventKind.CORRECTION, **WORDS}
    with pytest.raises(DecisionRefused, match="new sanction"):
        propose(licence, State.REVOKED, about=lifted, **fix)
    with pytest.raises(DecisionRefused, match="new sanction"):
        propose(licence, State.SUSP_DISC, about=licence.events.get(position=1), **fix)
    approve(propose(licence, State.SUSP_DISC, about=lifted, **fix), by=people.henry)
    assert status_on(licence, clock.today()).state == State.SUSP_DISC


# --- the vote -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", list(itertools.permutations(Party.values)))
def test_three_votes_in_any_order_end_the_review(waiting: ProposedDecision, board: Board, order: Any) -> None:
    for party in order:
        assert advice_on(before(waiting)) is None
        vote_on(waiting, board.members[party])
    review = before(waiting)
    advice = advice_on(review)
    assert advice is not None and advice.advice == FOR
    assert WorkflowState.objects.for_instance(review).get().status == WorkflowState.STATUS_APPROVED
    assert (review.live, waiting.stage, events(waiting)) == (False, Stage.PROPOSED, 1)


@pytest.mark.parametrize("said", list(itertools.product(Stance, repeat=3)))
def test_two_of_three_are_the_advice(waiting: ProposedDecision, board: Board, said: Any) -> None:
    board.vote(waiting, *said)
    advice = advice_on(before(waiting))
    assert advice is not None
    assert advice.advice == majority(said) == (FOR if said.count(FOR) >= 2 else AGAINST)


def test_a_party_votes_once_and_nobody_twice(waiting: ProposedDecision, board: Board) -> None:
    vote_on(waiting, board.members[Party.WORKERS])
    for user in (board.members[Party.WORKERS], board.alternate):
        with pytest.raises(StateChanged, match="has voted"):
            vote_on(waiting, user)
    assert Vote.objects.count() == 1


def test_a_conflicted_member_steps_aside_and_an_alternate_votes(waiting: ProposedDecision, board: Board) -> None:
    member = board.members[Party.WORKERS]
    declare_conflict(before(waiting), by=member, reasons="My cousin runs it.")
    with pytest.raises(DecisionRefused, match="stake"):
        vote_on(waiting, member)
    vote_on(waiting, board.alternate)
    vote_on(waiting, board.members[Party.GOVERNMENT])
    with pytest.raises(DecisionRefused, match="voted on it already"):
        declare_conflict(before(waiting), by=board.members[Party.GOVERNMENT], reasons="Too late.")
    vote_on(waiting, board.members[Party.EMPLOYERS])
    assert {one.name for one in votes_of(before(waiting))} == {"Alma Alternate", "Member Gov", "Member Emp"}


def test_a_stake_in_one_matter_is_none_in_another(people: Officers, waiting: ProposedDecision, board: Board) -> None:
    declare_conflict(before(waiting), by=board.members[Party.WORKERS], reasons="My cousin runs it.")
    other = sanction(people.grace, cast.licence(cast.agency("Other"), "RA-99"), decision_number="D-8")
    vote_on(other, board.members[Party.WORKERS])
    assert Conflict.objects.count() == 1


def test_a_superuser_has_no_vote_and_ends_no_review(waiting: ProposedDecision, board: Board) -> None:
    with pytest.raises(DecisionRefused, match="members"):
        vote_on(waiting, board.root)
    current = before(waiting).current_workflow_task_state
    for action in ("approve", "reject"):
        with pytest.raises(PermissionDenied):
            current.task.specific.on_action(current, board.root, action)
    assert TaskState.objects.get(pk=current.pk).status == TaskState.STATUS_IN_PROGRESS


def test_who_decides_does_not_advise_and_who_advised_does_not_decide(
    people: Officers, waiting: ProposedDecision
) -> None:
    give_seat(people.grace, Party.GOVERNMENT, by=GRACE, alternate=True)
    double = User.objects.create(username="grace2", first_name="GRACE", last_name="otieno")
    give_seat(double, Party.EMPLOYERS, by=GRACE, alternate=True)
    for user in (people.grace, double):
        with pytest.raises(DecisionRefused, match="as an officer"):
            vote_on(waiting, user)
    give_seat(people.henry, Party.GOVERNMENT, by=GRACE, alternate=True)
    vote_on(waiting, people.henry)
    give_seat(people.ivy, Party.EMPLOYERS, by=GRACE, alternate=True)
    vote_on(waiting, people.ivy)
    give_seat(people.amos, Party.WORKERS, by=GRACE, alternate=True)
    vote_on(waiting, people.amos)
    with pytest.raises(DecisionRefused, match="voted on it"):
        approve(waiting, by=people.henry)


# --- a version that is not the last one ------------------------------------------------------------------


@pytest.mark.parametrize("votes", [0, 1, 2, 3])
def test_other_words_begin_the_review_anew_and_the_old_votes_stay_on_record(
    people: Officers, waiting: ProposedDecision, board: Board, votes: int
) -> None:
    seen = before(waiting).latest_revision_id
    for user in list(board.members.values())[:votes]:
        vote_on(waiting, user)
    sanctions.amend(waiting, by=people.grace, **WORDS)
    assert (advice_on(before(waiting)), votes_of(before(waiting))) == (None, [])
    with pytest.raises(StateChanged, match="changed"):
        vote_on(waiting, board.members[Party.WORKERS], revision=seen)
    with pytest.raises(DecisionRefused, match="not advised"):
        approve(waiting, by=people.henry)
    board.vote(waiting, FOR, FOR, AGAINST)
    assert Vote.objects.count() == votes + 3
    with pytest.raises(StateChanged, match="changed"):
        approve(waiting, by=people.henry, revision=seen)
    event = approve(waiting, by=people.henry, revision=before(waiting).latest_revision_id)
    assert event.reasons == WORDS["reasons"]


def test_only_its_proposer_words_it_anew_and_only_while_it_waits(people: Officers, waiting: ProposedDecision) -> None:
    with pytest.raises(DecisionRefused, match="proposer"):
        sanctions.amend(waiting, by=people.henry, **WORDS)
    with pytest.raises(DecisionRefused, match="standards"):
        sanctions.amend(waiting, by=people.grace, **(WORDS | {"standards": []}))
    with pytest.raises(StateChanged):
        sanctions.amend(waiting, by=people.grace, revision=0, **WORDS)
    withdraw(waiting, by=people.grace)
    with pytest.raises(StateChanged):
        sanctions.amend(waiting, by=people.grace, **WORDS)


def test_a_decision_in_between_ends_the_review(people: Officers, waiting: ProposedDecision, board: Board) -> None:
    vote_on(waiting, board.members[Party.WORKERS])
    cast.decide(waiting.licence, State.SURRENDERED, effective_from=day(5))
    with pytest.raises(StateChanged, match="closed"):
        vote_on(waiting, board.members[Party.EMPLOYERS])
    with pytest.raises(StateChanged):
        approve(waiting, by=people.henry)
    assert waiting.stage == Stage.OVERTAKEN
    assert before(waiting).current_workflow_task_state is None
    with pytest.raises(StateChanged):
        vote_on(waiting, board.members[Party.EMPLOYERS])


# --- the officers decide ---------------------------------------------------------------------------------


def test_against_the_board_the_proposer_gives_reasons_first(
    people: Officers, waiting: ProposedDecision, board: Board
) -> None:
    with pytest.raises(DecisionRefused, match="not advised against"):
        sanctions.depart(waiting, by=people.grace, reasons="Too early.")
    board.vote(waiting, AGAINST, AGAINST, FOR)
    with pytest.raises(DecisionRefused, match="advised against"):
        approve(waiting, by=people.henry)
    with pytest.raises(DecisionRefused, match="proposer"):
        sanctions.depart(waiting, by=people.henry, reasons="Mine.")
    with pytest.raises(DecisionRefused, match="reasons"):
        sanctions.depart(waiting, by=people.grace, reasons=" ")
    sanctions.depart(waiting, by=people.grace, reasons="The receipts leave no doubt.")
    with pytest.raises(StateChanged):
        sanctions.depart(waiting, by=people.grace, reasons="Once more.")
    approve(waiting, by=people.henry)
    assert status_on(waiting.licence, clock.today()).state == State.SUSP_DISC


def test_reasons_against_one_advice_do_not_hold_against_the_next(
    people: Officers, waiting: ProposedDecision, board: Board
) -> None:
    board.vote(waiting, AGAINST, AGAINST, AGAINST)
    sanctions.depart(waiting, by=people.grace, reasons="No doubt.")
    sanctions.amend(waiting, by=people.grace, **WORDS)
    board.vote(waiting, AGAINST, AGAINST, AGAINST)
    with pytest.raises(DecisionRefused, match="advised against"):
        approve(waiting, by=people.henry)
    assert Departure.objects.count() == 1


@pytest.mark.parametrize("who", ["grace", "henry"])
def test_what_the_board_advised_is_not_dropped_without_reasons(
    people: Officers, waiting: ProposedDecision, board: Board, who: str
) -> None:
    board.vote(waiting)
    with pytest.raises(DecisionRefused, match="advised it"):
        withdraw(waiting, by=getattr(people, who))
    waiting.refresh_from_db()
    assert waiting.stage == Stage.PROPOSED
    withdraw(waiting, by=getattr(people, who), reasons="It paid everything back.")
    assert waiting.stage == Stage.WITHDRAWN
    assert Departure.objects.get().reasons == "It paid everything back."


def test_what_the_board_did_not_advise_is_dropped_as_before(
    people: Officers, waiting: ProposedDecision, board: Board
) -> None:
    board.vote(waiting, AGAINST, AGAINST, FOR)
    withdraw(waiting, by=people.henry)
    assert (waiting.stage, Departure.objects.count()) == (Stage.WITHDRAWN, 0)


# --- urgent ones -----------------------------------------------------------------------------------------


def test_an_urgent_suspension_bites_at_once_and_the_board_reviews_it_after(people: Officers, board: Board) -> None:
    waiting = sanction(people.grace, to=State.SUSP_PREVENTIVE, urgent="Workers are locked in.")
    with pytest.raises(StateChanged):
        vote_on(waiting, board.members[Party.WORKERS])
    approve(waiting, by=people.henry)
    assert status_on(waiting.licence, clock.today()).state == State.SUSP_PREVENTIVE
    with pytest.raises(DecisionRefused, match="not advised against"):
        sanctions.depart(waiting, by=people.grace, reasons="Early.")
    board.vote(waiting, AGAINST, FOR, AGAINST)
    advice = advice_on(before(waiting))
    assert advice is not None and advice.advice == AGAINST
    sanctions.depart(waiting, by=people.ivy, reasons="The doors are still locked.")
    assert status_on(waiting.licence, clock.today()).state == State.SUSP_PREVENTIVE
    assert events(waiting) == 2


def test_the_officer_who_approved_in_haste_has_no_vote_after(people: Officers, waiting: ProposedDecision) -> None:
    other = sanction(people.grace, cast.licence(cast.agency("Other"), "RA-9"), urgent="Danger.", decision_number="D-8")
    approve(other, by=people.henry)
    give_seat(people.henry, Party.GOVERNMENT, by=GRACE, alternate=True)
    with pytest.raises(DecisionRefused, match="as an officer"):
        vote_on(other, people.henry)


@pytest.mark.parametrize("to", [State.REVOKED, State.SURRENDERED, State.VOID])
def test_only_what_can_be_lifted_again_is_done_before_the_board_has_spoken(people: Officers, to: State) -> None:
    with pytest.raises(DecisionRefused, match="suspension"):
        sanction(people.grace, to=to, urgent="Danger.")
    assert not ProposedDecision.objects.exists()


# --- the record ------------------------------------------------------------------------------------------


def test_the_board_s_record_of_sanctions_is_never_changed(
    people: Officers, waiting: ProposedDecision, board: Board, as_owner: Any
) -> None:
    declare_conflict(before(waiting), by=board.alternate, reasons="My cousin runs it.")
    board.vote(waiting, AGAINST, AGAINST, AGAINST)
    sanctions.depart(waiting, by=people.grace, reasons="No doubt.")
    with as_owner():
        for model, change in (
            (Vote, {"advice": "FOR"}), (BoardAdvice, {"advice": "FOR"}), (Departure, {"reasons": "x"}),
            (Conflict, {"reasons": "x"}),
        ):  # fmt: skip
            assert model.objects.exists()
            with pytest.raises(IntegrityError, match="append_only"), transaction.atomic():
                model.objects.update(**change)
            with pytest.raises(IntegrityError, match="append_only"), transaction.atomic():
                model.objects.all()._raw_delete("default")


def test_a_vote_is_about_one_matter_and_says_what_fits_it(waiting: ProposedDecision, board: Board) -> None:
    cast_now = vote_on(waiting, board.members[Party.WORKERS])
    facts = {f.attname: getattr(cast_now, f.attname) for f in Vote._meta.concrete_fields if f.name != "id"}
    facts["party"] = Party.EMPLOYERS
    for wrong in ({"sanction_id": None}, {"advice": "GRANT"}):
        with pytest.raises(IntegrityError, match="agencies_board_vote"), transaction.atomic():
            Vote.objects.create(**(facts | wrong))


def test_each_step_writes_its_audit_row(people: Officers, waiting: ProposedDecision, board: Board) -> None:
    board.vote(waiting, AGAINST, AGAINST, AGAINST)
    sanctions.amend(waiting, by=people.grace, **WORDS)
    board.vote(waiting, AGAINST, AGAINST, AGAINST)
    sanctions.depart(waiting, by=people.grace, reasons="No doubt.")
    approve(waiting, by=people.henry)
    verbs = list(AuditEntry.objects.values_list("verb", flat=True))
    counts = {verb: verbs.count(verb) for verb in ("cast_vote", "amend_decision", "depart_from_advice", "decide")}
    assert counts == {"cast_vote": 6, "amend_decision": 1, "depart_from_advice": 1, "decide": 1}


@pytest.mark.parametrize(
    ("module", "verb"), [("agencies.board.review", "vote"), ("agencies.board.sanctions", "depart")]
)
def test_a_failing_audit_row_leaves_nothing(
    people: Officers, waiting: ProposedDecision, board: Board, monkeypatch: pytest.MonkeyPatch, module: str, verb: str
) -> None:
    def broken(verb: str, **given: Any) -> None:
        raise IntegrityError("no audit row")

    board.vote(waiting, AGAINST, AGAINST)
    if verb == "depart":
        vote_on(waiting, board.members[Party.WORKERS])
    monkeypatch.setattr(f"{module}.record", broken)
    deed: Callable[[], object] = (
        (lambda: sanctions.depart(waiting, by=people.grace, reasons="No doubt."))
        if verb == "depart"
        else (lambda: vote_on(waiting, board.members[Party.WORKERS]))
    )
    with pytest.raises(IntegrityError, match="no audit row"):
        deed()
    assert (Departure.objects.count(), Vote.objects.count()) == (0, 3 if verb == "depart" else 2)


@pytest.mark.django_db(transaction=True)
def test_three_who_vote_at_once_end_it_once() -> None:
    people, board = officers(), seated_board()
    waiting = sanction(people.grace)
    told: list[str] = []
    start = threading.Barrier(3)

    def run(user: User) -> None:
        mine = ProposedDecision.objects.get(pk=waiting.pk)
        start.wait(timeout=60)
        try:
            vote_on(mine, user)
            told.append("voted")
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[user]) for user in board.members.values()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == ["voted"] * 3
    assert BoardAdvice.objects.count() == 1
