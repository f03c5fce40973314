"""Every clock that is missed brings in the next office; a lapsed mandate too; and where the ladder ends, it says so."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, transaction

from complaints.cases import clocks
from complaints.cases.clocks import Stage
from complaints.cases.models import Attestation, Case, Departure, Holding, Office
from complaints.cases.states import Severity, State
from complaints.escalation import pulse, tasks
from complaints.escalation.models import StuckCase
from complaints.escalation.pulse import PATIENCE, Part, Pulse
from complaints.escalation.tick import tick
from tests.factories import Cast
from tests.worker.cast import Filed, file_case, held_by, now, steps

AsOwner = Callable[[], AbstractContextManager[None]]
INSTANT = timedelta(microseconds=1)


def put(case: Filed, state: State, due: datetime) -> None:
    """As the desk leaves it. Inside `as_owner()`."""
    Case.objects.filter(pk=case.pk).update(state=state, due=due)
    Holding.objects.filter(case=case.pk).update(due=due)


def let_lapse(case: Filed, office: Office, state: State) -> datetime:
    """Inside `as_owner()`: when, by application time, the attestation will have run out and no clock of the case yet.

    By the database's time it is alive: changing it is what no trigger must notice here.
    """
    after = now() + timedelta(days=20)
    Attestation.objects.filter(office=office).update(expires_on=after.date())
    put(case, state, after + timedelta(weeks=4))
    return after


@pytest.mark.parametrize("state", [State.ACKNOWLEDGED, State.IN_WORK])
def test_a_later_clock_that_is_missed_brings_in_the_next_office_which_has_to_say_that_it_has_it(
    as_owner: AsOwner, offices: list[Cast], state: State
) -> None:
    start = now()
    with as_owner():
        case = file_case(offices[:2], at=start)
    tick(start)
    due = clocks.due(clocks.STAGE_OF[state], Severity.S2, start, offices[0].office)
    with as_owner():
        put(case, state, due)
    tick(due - INSTANT)
    assert (case.row.state, held_by(case)) == (state, [offices[0].office])
    assert tick(due)["released"] == 1
    first, second = offices[0].office, offices[1].office
    assert (case.row.state, case.row.rung, held_by(case)) == (State.RELEASED, 2, [first, second])
    assert case.row.due == clocks.first_due(Severity.S2, due, second)


@pytest.mark.parametrize("state", [State.RELEASED, State.ACKNOWLEDGED, State.IN_WORK])
def test_at_the_ladders_end_the_same_clock_begins_anew_and_the_end_is_written_down_once(
    as_owner: AsOwner, offices: list[Cast], state: State
) -> None:
    start = now()
    with as_owner():
        case = file_case(offices[:1], at=start)
    tick(start)
    with as_owner():
        put(case, state, start)
    assert tick(start)["end of ladder"] == 1
    assert case.row.state == state
    assert case.row.due == clocks.due(clocks.STAGE_OF[state], Severity.S2, start, offices[0].office)
    assert steps(case) == [(1, "released", offices[0].office), (2, "ended", None)]
    later = case.row.due
    assert tick(later)["end of ladder"] == 1
    assert len(steps(case)) == 2 and case.row.due > later


def test_a_question_that_nobody_answers_goes_back_to_the_office_and_to_no_other(
    as_owner: AsOwner, offices: list[Cast]
) -> None:
    start = now()
    with as_owner():
        case = file_case(offices[:2], at=start)
    tick(start)
    due = clocks.due(Stage.ANSWER, Severity.S2, start, offices[0].office)
    with as_owner():
        put(case, State.ASKED, due)
    tick(due - INSTANT)
    assert case.row.state == State.ASKED
    assert tick(due)["back to work"] == 1
    assert (case.row.state, held_by(case)) == (State.IN_WORK, [offices[0].office])
    assert case.row.due == clocks.due(Stage.ANSWER, Severity.S2, due, offices[0].office)
    assert Holding.objects.get(case=case.pk).due == case.row.due


# --- an attestation that nobody renews ------------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.RELEASED, State.ACKNOWLEDGED, State.IN_WORK, State.ASKED])
def test_the_cases_of_an_office_whose_attestation_has_run_out_move_at_once(
    as_owner: AsOwner, offices: list[Cast], state: State
) -> None:
    start = now()
    with as_owner():
        case = file_case(offices[:2], at=start)
    tick(start)
    with as_owner():
        after = let_lapse(case, offices[0].office, state)
    assert tick(after - timedelta(days=1)).total() == 0
    assert tick(after)["office lapsed"] == 1
    assert held_by(case) == [offices[1].office]
    assert [one.office for one in Departure.objects.filter(case=case.pk)] == [offices[0].office]
    assert (case.row.state, case.row.rung, case.row.epoch) == (State.RELEASED, 2, 1)
    assert case.row.due == clocks.first_due(Severity.S2, after, offices[1].office)
    assert tick(after).total() == 0


def test_where_another_office_has_it_already_nobody_more_gets_it(as_owner: AsOwner, offices: list[Cast]) -> None:
    start = now()
    with as_owner():
        case = file_case(offices, at=start)
    tick(start)
    tick(case.row.due)
    with as_owner():
        after = let_lapse(case, offices[0].office, State.IN_WORK)
    assert tick(after)["office lapsed"] == 1
    assert held_by(case) == [offices[1].office] and (case.row.rung, case.row.state) == (2, State.IN_WORK)


def test_where_nobody_else_can_have_it_it_waits_for_the_attestation_and_a_person_is_told(
    as_owner: AsOwner, offices: list[Cast]
) -> None:
    start = now()
    with as_owner():
        case = file_case(offices[:1], at=start)
    tick(start)
    with as_owner():
        after = let_lapse(case, offices[0].office, State.RELEASED)
    assert tick(after)["end of ladder"] == 1
    assert held_by(case) == [offices[0].office] and not Departure.objects.exists()
    assert StuckCase.objects.get(case=case.pk).fault == "NobodyLeftToAsk"
    assert tick(after).total() == 0, "asked again only when its clock is over"
    with as_owner():
        Attestation.objects.filter(office=offices[0].office).update(expires_on=after.date() + timedelta(days=200))
    tick(case.row.due)
    assert held_by(case) == [offices[0].office] and not StuckCase.objects.exists()


def test_a_closed_case_stays_where_it_is_when_an_attestation_runs_out(as_owner: AsOwner, offices: list[Cast]) -> None:
    start = now()
    with as_owner():
        case = file_case(offices[:2], at=start)
    tick(start)
    with as_owner():
        after = let_lapse(case, offices[0].office, State.CLOSED)
    assert tick(after).total() == 0
    assert held_by(case) == [offices[0].office]


# --- whether beat and worker are alive -------------------------------------------------------------------------


def test_a_part_that_never_ran_and_one_that_is_silent_too_long_are_named() -> None:
    start = now().replace(second=0)
    assert pulse.silent(start) == {Part.BEAT: None, Part.WORKER: None}
    tick(start)
    assert pulse.silent(start) == {Part.BEAT: None}
    tasks.leave_word()
    Pulse.objects.update(at=start)
    assert pulse.silent(start + PATIENCE) == {}
    assert pulse.silent(start + PATIENCE + INSTANT) == {Part.BEAT: start, Part.WORKER: start}


def test_what_is_written_is_no_finer_than_a_minute(offices: list[Cast]) -> None:
    tick(now().replace(second=59))
    tick(now().replace(second=58))
    (row,) = Pulse.objects.filter(part=Part.WORKER)
    assert (row.at.second, row.at.microsecond) == (0, 0)


def test_beat_goes_on_when_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise DatabaseError

    monkeypatch.setattr(pulse, "beats", away)
    tasks.leave_word()


def test_the_worker_writes_into_no_other_departure_than_that_an_office_has_left(
    as_owner: AsOwner, offices: list[Cast]
) -> None:
    with as_owner():
        case = file_case(offices[:2])
    tick()
    with pytest.raises(DatabaseError), transaction.atomic():
        Departure.objects.create(case=case.row, office=offices[1].office, week=clocks.week(now()))
    assert held_by(case) == [offices[0].office]
