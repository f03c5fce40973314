"""Answering sets the office's clock on; after a missed clock the person may have the next office at once."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from complaints.cases import clocks, sealing
from complaints.cases.models import Case, Holding, Message, Step
from complaints.cases.states import Severity, State
from complaints.intake import mailbox
from complaints.intake import receipts as intake_receipts
from recruitment_watch import clock
from tests.factories import Cast
from tests.intake.cast import hidden, page_of, text
from tests.intake.test_mailbox import Filed, come_back, file, hold


@pytest.fixture
def filed(offices: tuple[Cast, Cast], as_owner: Any) -> Filed:
    made = file(as_owner)
    with as_owner():
        hold(made, offices[0])
    return made


def put(filed: Filed, as_owner: Any, state: State, due: Any) -> None:
    with as_owner():
        Case.objects.filter(pk=filed.case).update(state=state, due=due)
        Holding.objects.filter(case=filed.case).update(due=due)


def step(filed: Filed, as_owner: Any, number: int, outcome: str, cast: Cast | None = None) -> None:
    with as_owner():
        Step.objects.create(
            case_id=filed.case, rung=number, outcome=outcome, office=cast.office if cast else None, week="2026-W48"
        )


def question(filed: Filed, as_owner: Any, left: int) -> None:
    """As the desk leaves it: the question, with what was left of the clock."""
    row = uuid.uuid4()
    content = {"text": "Have you the contract?", "at": clock.now().isoformat(), "author": "Office", "left": left}
    with as_owner():
        box = sealing.seal_message(filed.keys.body, content, case=filed.case, row=row, epoch=0)
        Message.objects.create(pk=row, case_id=filed.case, direction="to", week="2026-W48", box=box)
    put(filed, as_owner, State.ASKED, clocks.due(clocks.Stage.ANSWER, Severity.S2, clock.now(), None))


def after(filed: Filed, as_owner: Any) -> tuple[str, Any]:
    with as_owner():
        row = Case.objects.get(pk=filed.case)
        assert Holding.objects.get(case=filed.case).due == row.due
        return row.state, row.due


# --- an answer ------------------------------------------------------------------------------------------------


def test_an_answer_sets_the_clock_on_with_what_was_left(
    client: Client, filed: Filed, offices: tuple[Cast, Cast], as_owner: Any
) -> None:
    question(filed, as_owner, left=7)
    someone = come_back(client, filed.receipt)
    shown = text(someone.get("back/box"))
    assert "It stands still until you answer." in shown and "The office goes on without your answer." in shown
    someone.post("back/box", hidden(text(someone.get("back/box"))) | {"text": "Yes, I have it."})
    expected = clocks.resume(Severity.S2, clock.now(), 7, offices[0].office)
    assert after(filed, as_owner) == (State.IN_WORK, expected)


def test_a_message_while_nothing_was_asked_changes_no_clock(client: Client, filed: Filed, as_owner: Any) -> None:
    due = clocks.first_due(Severity.S2, clock.now(), None)
    put(filed, as_owner, State.IN_WORK, due)
    someone = come_back(client, filed.receipt)
    someone.post("back/box", hidden(text(someone.get("back/box"))) | {"text": "One thing more."})
    assert after(filed, as_owner) == (State.IN_WORK, due)


# --- the next office ------------------------------------------------------------------------------------------


def test_while_the_office_has_time_the_next_one_cannot_be_had(client: Client, filed: Filed, as_owner: Any) -> None:
    due = clocks.first_due(Severity.S2, clock.now(), None)
    put(filed, as_owner, State.RELEASED, due)
    someone = come_back(client, filed.receipt)
    assert "Have the next office now" not in text(someone.get("back/box"))
    assert "The office still has time." in text(someone.post("back/next", {"sure": "on"}))
    assert after(filed, as_owner) == (State.RELEASED, due)


@pytest.mark.parametrize("state", [State.RELEASED, State.ACKNOWLEDGED, State.IN_WORK])
def test_after_a_missed_clock_the_next_office_is_had_at_once(
    client: Client, filed: Filed, offices: tuple[Cast, Cast], as_owner: Any, state: State
) -> None:
    step(filed, as_owner, 2, "released", offices[1])
    put(filed, as_owner, state, clocks.first_due(Severity.S2, clock.now(), None))
    someone = come_back(client, filed.receipt)
    box = text(someone.get("back/box"))
    assert "Have the next office now" in box and "An office has missed its time." in box
    assert "Tick the box" in text(someone.post("back/next"))
    assert page_of(someone.post("back/next", {"sure": "on"})) == "back/box"
    now_state, due = after(filed, as_owner)
    assert now_state == state and due <= clock.now()
    assert clocks.coarse(Severity.S2, due) == due, "no finer than any clock"


def test_where_nobody_is_left_the_page_says_so_and_who_else_can_help(
    client: Client, filed: Filed, as_owner: Any
) -> None:
    step(filed, as_owner, 2, "ended")
    put(filed, as_owner, State.IN_WORK, clock.now() - timedelta(days=3))
    someone = come_back(client, filed.receipt)
    box = text(someone.get("back/box"))
    assert "There is nobody further on the list" in box and "Others can help too." in box
    assert 'href="/en/more/"' in box and "Have the next office now" not in box
    before = after(filed, as_owner)
    assert "nobody further on your list" in text(someone.post("back/next", {"sure": "on"}))
    assert after(filed, as_owner) == before


@pytest.mark.parametrize("state", [State.DECIDED, State.CLOSED])
def test_who_does_not_leave_it_at_what_an_office_made_of_it_has_the_next_one(
    client: Client, filed: Filed, offices: tuple[Cast, Cast], as_owner: Any, state: State
) -> None:
    running = clocks.first_due(Severity.S2, clock.now(), None)
    put(filed, as_owner, state, clock.now() if state == State.DECIDED else running)  # else it is told as in work
    someone = come_back(client, filed.receipt)
    assert "Have the next office now" in text(someone.get("back/box"))
    assert page_of(someone.post("back/next", {"sure": "on"})) == "back/box"
    now_state, due = after(filed, as_owner)
    assert now_state == State.RELEASED and due <= clock.now()
    with as_owner():
        held = Holding.objects.get(case=filed.case)
    assert held.state == (State.CLOSED if state == State.CLOSED else State.RELEASED), "its own work stays over"


def test_a_closed_case_can_be_taken_away_and_the_next_office_is_asked(
    client: Client, filed: Filed, offices: tuple[Cast, Cast], as_owner: Any
) -> None:
    put(filed, as_owner, State.CLOSED, clocks.first_due(Severity.S2, clock.now(), None))
    someone = come_back(client, filed.receipt)
    someone.post("back/away", {"office": str(offices[0].office.pk)})
    with as_owner():
        row = Case.objects.get(pk=filed.case)
        assert not Holding.objects.filter(case=filed.case).exists()
    assert row.state == State.RELEASED and row.due <= clock.now()


def test_where_nobody_further_had_it_and_it_is_closed_again_that_is_the_end(
    client: Client, filed: Filed, as_owner: Any
) -> None:
    step(filed, as_owner, 2, "ended")
    put(filed, as_owner, State.CLOSED, clock.now())
    box = text(come_back(client, filed.receipt).get("back/box"))
    assert "There is nobody further on the list" in box and "their time began anew" not in box
    assert "Have the next office now" not in box


@pytest.mark.parametrize("state", [State.FILED, State.ASKED, State.WITHDRAWN])
def test_the_database_moves_no_clock_of_a_case_in_another_state(
    client: Client, filed: Filed, as_owner: Any, state: State
) -> None:
    due = clocks.first_due(Severity.S2, clock.now(), None)
    put(filed, as_owner, state, due)
    tag = intake_receipts.keys_of(filed.receipt).tag
    gone = clocks.at_once(Severity.S2, clock.now())
    assert not mailbox._ask("SELECT public.mailbox_next_office(%s, %s)", [tag, gone])
    assert after(filed, as_owner) == (state, due)
