"""Sanctions through the pages: the board votes, the officers answer it, and what the public reads of it."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agencies.actions import name_standard
from agencies.board import sanctions
from agencies.board.actions import approve, withdraw
from agencies.board.models import Departure, Party, ProposedDecision, Stage, Stance, Vote
from agencies.board.review import cast_vote
from agencies.licensing import State, status_on
from agencies.models import Licence
from agencies.refusals import StateChanged
from recruitment_watch import clock

from . import licensing_cast as cast
from .board_cast import Board, before, sanction, seated_board, vote_on
from .officers import Officers, officers
from .test_pages import page_of

pytestmark = pytest.mark.django_db

AGAINST, FOR = Stance.AGAINST, Stance.FOR
LIVE: dict[str, Any] = {"valid_to": clock.today() + datetime.timedelta(days=400)}


@pytest.fixture
def people(db: None) -> Officers:
    return officers()


@pytest.fixture
def board(db: None) -> Board:
    return seated_board()


@pytest.fixture
def licence(db: None) -> Licence:
    licence = cast.licence(**LIVE)
    name_standard(register=licence.register, code="S-1", title="Charges no fee", by=cast.GRACE)
    return licence


def vote_page(client: Client, user: Any, proposal: ProposedDecision, stance: Stance = FOR) -> str:
    client.force_login(user)
    review = before(proposal)
    typed = {"do": "vote", "advice": stance, "reasons": "Read.", "revision": str(review.latest_revision_id)}
    page: str = client.post(reverse("rw_sanctions:one", args=[review.key]), typed, follow=True).content.decode()
    return page


def test_the_whole_way_through_the_admin_s_pages(
    client: Client, people: Officers, board: Board, licence: Licence
) -> None:
    client.force_login(people.grace)
    typed = {
        "to": State.REVOKED, "standards": ["S-1"], "reasons": "Fees in the books.", "legal_basis": "s. 12",
        "decision_number": "D-9", "seen": "1",
    }  # fmt: skip
    client.post(reverse("rw_register:propose", args=[licence.agency_id, licence.pk]), typed)
    waiting = ProposedDecision.objects.get()
    page = reverse("rw_decisions:decision", args=[waiting.pk])
    for user in board.members.values():
        client.force_login(user)
        assert licence.agency.name in client.get(reverse("rw_sanctions:index")).content.decode()
        shown = client.get(reverse("rw_sanctions:one", args=[before(waiting).key])).content.decode()
        assert "Fees in the books." in shown and "Cast the vote" in shown
        assert "Your vote is cast" in vote_page(client, user, waiting, AGAINST)
    client.force_login(people.henry)
    assert "board advised against it" in client.post(page, {"do": "approve"}, follow=True).content.decode()
    client.force_login(people.grace)
    assert "Why do you go on?" in client.get(page).content.decode()
    client.post(page, {"do": "depart", "reasons": "The books leave no doubt."})
    client.force_login(people.henry)
    seen = str(before(waiting).latest_revision_id)
    client.post(page, {"do": "approve", "revision": seen})
    assert status_on(licence, clock.today()).state == State.REVOKED
    said = page_of(client, licence.agency)
    assert "The books leave no doubt." in said and "Member Work: Against. Read." in said


def test_who_has_no_seat_sees_no_vote_and_casts_none(
    client: Client, people: Officers, board: Board, licence: Licence
) -> None:
    waiting = sanction(people.grace, licence)
    page = reverse("rw_sanctions:one", args=[before(waiting).key])
    for user in (board.root, people.wanda, people.grace):
        client.force_login(user)
        assert "Cast the vote" not in client.get(page).content.decode()
        vote_page(client, user, waiting)
    assert not Vote.objects.exists()


def test_a_vote_on_words_that_were_changed_is_not_taken(
    client: Client, people: Officers, board: Board, licence: Licence
) -> None:
    waiting = sanction(people.grace, licence)
    old = str(before(waiting).latest_revision_id)
    client.force_login(people.grace)
    amended = reverse("rw_decisions:amend", args=[waiting.pk])
    assert "Our inspection found fees." in client.get(amended).content.decode()
    typed = {
        "standards": ["S-1"], "reasons": "Our second inspection.", "legal_basis": "s. 12", "decision_number": "D-7",
        "revision": old,
    }  # fmt: skip
    client.post(amended, typed)
    assert "changed since you looked" in client.post(amended, typed).content.decode()
    user = board.members[Party.WORKERS]
    client.force_login(user)
    vote = {"do": "vote", "advice": FOR, "reasons": "Read.", "revision": old}
    told = client.post(reverse("rw_sanctions:one", args=[before(waiting).key]), vote, follow=True).content.decode()
    assert "changed since you looked" in told
    assert "Your vote is cast" in vote_page(client, user, waiting)


def test_an_approval_of_words_that_were_changed_is_not_taken(
    client: Client, people: Officers, board: Board, licence: Licence
) -> None:
    waiting = sanction(people.grace, licence)
    board.vote(waiting)
    old = str(before(waiting).latest_revision_id)
    sanctions.amend(
        waiting, by=people.grace, reasons="Other words.", legal_basis="s. 1", decision_number="D-7", standards=["S-1"]
    )
    board.vote(waiting)
    client.force_login(people.henry)
    page = reverse("rw_decisions:decision", args=[waiting.pk])
    assert (
        "changed since you looked"
        in client.post(page, {"do": "approve", "revision": old}, follow=True).content.decode()
    )
    waiting.refresh_from_db()
    assert waiting.stage == Stage.PROPOSED


def test_dropping_what_the_board_advised_asks_for_reasons_on_the_page(
    client: Client, people: Officers, board: Board, licence: Licence
) -> None:
    waiting = sanction(people.grace, licence)
    board.vote(waiting)
    client.force_login(people.henry)
    page = reverse("rw_decisions:decision", args=[waiting.pk])
    assert "Say why it is not done" in client.post(page, {"do": "withdraw"}, follow=True).content.decode()
    client.post(page, {"do": "withdraw", "reasons": "It paid everything back."})
    assert Departure.objects.get().by == "Henry Mwangi"


# --- what the public reads -------------------------------------------------------------------------------


def test_the_public_answer_never_shows_an_undecided_proposal(
    client: Client, people: Officers, board: Board, licence: Licence
) -> None:
    plain = page_of(client, licence.agency)
    waiting = sanction(people.grace, licence, reasons="SECRET-REASONS", decision_number="SECRET-9")
    states = [page_of(client, licence.agency)]
    for user in board.members.values():
        vote_on(waiting, user, AGAINST)
        states.append(page_of(client, licence.agency))
    sanctions.depart(waiting, by=people.grace, reasons="SECRET-DEPARTURE")
    states.append(page_of(client, licence.agency))
    assert set(states) == {plain}
    search = client.get(reverse("cms:register"), {"q": licence.agency.name}).content.decode()
    assert "SECRET" not in search
    withdraw(waiting, by=people.grace)
    assert page_of(client, licence.agency) == plain
    # The control: once it is decided, the same page says so.
    other = sanction(people.grace, licence, reasons="SECRET-REASONS", decision_number="SECRET-10")
    board.vote(other)
    approve(other, by=people.henry)
    assert "SECRET-REASONS" in page_of(client, licence.agency)


def test_an_urgent_one_says_why_and_that_the_board_comes_after(
    client: Client, people: Officers, board: Board, licence: Licence
) -> None:
    waiting = sanction(people.grace, licence, State.SUSP_PREVENTIVE, urgent="Workers are locked in.")
    assert "locked in" not in page_of(client, licence.agency)
    approve(waiting, by=people.henry)
    said = page_of(client, licence.agency)
    assert "Workers are locked in." in said and "Nothing yet" in said
    board.vote(waiting, FOR, FOR, AGAINST)
    said = page_of(client, licence.agency)
    assert "Nothing yet" not in said and "In favour" in said and "As Work reads it." in said


def test_what_the_board_advised_and_was_dropped_is_told_with_the_reasons(
    client: Client, people: Officers, board: Board, licence: Licence
) -> None:
    waiting = sanction(people.grace, licence)
    board.vote(waiting)
    withdraw(waiting, by=people.grace, reasons="It paid everything back.")
    said = page_of(client, licence.agency)
    assert "It paid everything back." in said and "Not done" in said
    assert "This agency may recruit today." in said


def test_votes_are_not_told_before_the_third_of_them(
    client: Client, people: Officers, board: Board, licence: Licence
) -> None:
    """An urgent suspension is in force while the board reviews it: two votes are no advice, and are not told."""
    waiting = sanction(people.grace, licence, State.SUSP_PREVENTIVE, urgent="Workers are locked in.")
    approve(waiting, by=people.henry)
    plain = page_of(client, licence.agency)
    members = list(board.members.values())
    for user in members[:2]:
        vote_on(waiting, user, AGAINST)
        assert page_of(client, licence.agency) == plain, user
    vote_on(waiting, members[2], AGAINST)
    assert "As Gov reads it." in page_of(client, licence.agency)


@pytest.mark.parametrize(("urgent", "votes"), [("", 0), ("", 1), ("", 2), ("Workers are locked in.", 0)])
def test_what_was_dropped_before_the_board_advised_is_told_nowhere(
    client: Client, people: Officers, board: Board, licence: Licence, urgent: str, votes: int
) -> None:
    plain = page_of(client, licence.agency)
    waiting = sanction(people.grace, licence, State.SUSP_PREVENTIVE, urgent=urgent)
    for user in list(board.members.values())[:votes]:
        vote_on(waiting, user)
    withdraw(waiting, by=people.henry)
    assert page_of(client, licence.agency) == plain


def test_advice_on_other_words_is_not_told(client: Client, people: Officers, board: Board, licence: Licence) -> None:
    """Advised, worded anew, and dropped before the board advised on the new words: nobody departed from anything."""
    plain = page_of(client, licence.agency)
    words: dict[str, Any] = {"legal_basis": "s. 12", "decision_number": "D-7", "standards": ["S-1"]}
    waiting = sanction(people.grace, licence)
    board.vote(waiting)
    assert page_of(client, licence.agency) == plain, "advised, and not decided"
    sanctions.amend(waiting, by=people.grace, reasons="Other words.", **words)
    assert page_of(client, licence.agency) == plain
    withdraw(waiting, by=people.grace)
    assert page_of(client, licence.agency) == plain


def test_of_two_advices_only_that_on_the_last_words_is_told(
    client: Client, people: Officers, board: Board, licence: Licence
) -> None:
    waiting = sanction(people.grace, licence)
    old = before(waiting)
    for user in board.members.values():
        cast_vote(old, AGAINST, by=user, reasons="The FIRST words.", revision=old.latest_revision_id)
    sanctions.amend(
        waiting, by=people.grace, reasons="Other words.", legal_basis="s. 1", decision_number="D-7", standards=["S-1"]
    )
    board.vote(waiting)
    approve(waiting, by=people.henry)
    said = page_of(client, licence.agency)
    assert "As Gov reads it." in said and "In favour" in said
    assert "FIRST" not in said and "Against" not in said


def test_what_another_decision_overtook_is_told_nowhere(
    client: Client, people: Officers, board: Board, licence: Licence
) -> None:
    """Advised, but another decision came in between: the officers neither did it nor departed from the advice."""
    waiting = sanction(people.grace, licence, reasons="SECRET-REASONS", decision_number="SECRET-9")
    board.vote(waiting)
    cast.decide(licence, State.SURRENDERED)
    with pytest.raises(StateChanged):
        approve(waiting, by=people.henry)
    assert waiting.stage == Stage.OVERTAKEN
    said = page_of(client, licence.agency)
    assert not any(word in said for word in ("SECRET", "Not done", "As Gov reads it.", "board of three parties"))


def test_the_page_of_an_agency_costs_the_same_however_many_sanctions(
    client: Client, people: Officers, board: Board, licence: Licence
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as caught:
            page_of(client, licence.agency)
        return len(caught)

    page_of(client, licence.agency)  # what is asked once a process is asked here
    costs = []
    for number in range(2):
        waiting = sanction(people.grace, licence, decision_number=f"D-{number}")
        board.vote(waiting)
        withdraw(waiting, by=people.grace, reasons="Paid.")
        costs.append(cost())
    assert costs[0] == costs[1]
