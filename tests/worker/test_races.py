"""Several workers, and workers that die: real connections, committed rows, sessions that the server ends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, connections, transaction

from complaints.cases.models import Case, Holding, Step
from complaints.cases.states import State
from complaints.escalation.models import StuckCase
from complaints.escalation.tick import tick
from tests.factories import Cast, make_office
from tests.worker.cast import Filed, file_case

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
AsOwner = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def offices(as_owner: AsOwner, registrar_privates: list[bytes]) -> list[Cast]:
    with as_owner():
        return [make_office(registrar_privates=registrar_privates) for _ in range(2)]


def at_once(work: Callable[[], object], *, workers: int) -> list[BaseException]:
    """Run `work` in so many threads, each with its own connections, started together; what they raised.

    Nothing here has a reason to wait for a lock for long: who does is told so by the server.
    """
    start, faults = threading.Barrier(workers), []

    def run() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '10s'")
            start.wait(timeout=30)
            work()
        except BaseException as error:
            faults.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return faults


@contextmanager
def session_dies(as_owner: AsOwner, *, at: str, when: str = "true") -> Iterator[None]:
    """Inside, the server ends the session that does `at` ("BEFORE INSERT ON …"): as if the worker were killed."""
    kind, each = ("CONSTRAINT TRIGGER", "DEFERRABLE INITIALLY DEFERRED") if "AFTER" in at else ("TRIGGER", "")
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$"
            "BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END$$"
        )
        cursor.execute(f"CREATE {kind} die {at} {each} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION die()")
    try:
        yield
    finally:
        connection.close()
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION die() CASCADE")


def assert_untouched(case: Filed) -> None:
    assert (case.row.state, case.row.rung) == (State.FILED, 0)
    assert not Holding.objects.filter(case=case.pk).exists()
    assert not Step.objects.filter(case=case.pk).exists()


# --- several workers -----------------------------------------------------------------------------------------


def test_ticks_at_the_same_time_give_every_case_once(
    as_owner: AsOwner, offices: list[Cast], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("complaints.escalation.tick.BATCH", 3)
    with as_owner():
        cases = [file_case(offices) for _ in range(40)]
    assert at_once(tick, workers=4) == []
    tick()  # what the last worker to finish was still holding back
    assert Holding.objects.count() == Step.objects.count() == len(cases)
    assert set(Case.objects.values_list("state", "rung")) == {(State.RELEASED, 1)}
    assert not StuckCase.objects.exists()


def test_late_cases_move_one_rung_though_four_workers_see_them(
    as_owner: AsOwner, offices: list[Cast], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("complaints.escalation.tick.BATCH", 3)
    with as_owner():
        cases = [file_case(offices) for _ in range(12)]
    tick()
    later = max(case.row.due for case in cases)
    assert at_once(lambda: tick(later), workers=4) == []
    tick(later)
    assert set(Case.objects.values_list("state", "rung")) == {(State.RELEASED, 2)}
    assert Holding.objects.count() == 24
    assert not StuckCase.objects.exists()


def test_a_case_that_is_being_acknowledged_is_left_alone(as_owner: AsOwner, offices: list[Cast]) -> None:
    with as_owner():
        case, other = file_case(offices), file_case(offices)
    tick()
    later = case.row.due
    with as_owner(), transaction.atomic():
        acknowledged = {"state": State.ACKNOWLEDGED, "due": later + timedelta(days=14)}
        Case.objects.filter(pk=case.pk, state=State.RELEASED).update(**acknowledged)
        # The inspector's transaction is open: the tick does not wait for it, and does not take the case.
        assert at_once(lambda: tick(later), workers=1) == []
    assert (case.row.state, case.row.rung, other.row.rung) == (State.ACKNOWLEDGED, 1, 2)
    tick(later)
    assert case.row.rung == 1


# --- workers that die ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "at",
    [
        "BEFORE INSERT ON complaints_holding",
        "BEFORE INSERT ON complaints_step",
        "BEFORE UPDATE OF due ON complaints_case",
        "AFTER INSERT ON complaints_step",  # at the commit
    ],
)
def test_a_worker_that_dies_leaves_nothing_half_done(as_owner: AsOwner, offices: list[Cast], at: str) -> None:
    with as_owner():
        cases = [file_case(offices) for _ in range(3)]
    with session_dies(as_owner, at=at), pytest.raises(OperationalError):
        tick()
    for case in cases:
        assert_untouched(case)
    assert tick()["released"] == 3
    assert Holding.objects.count() == Step.objects.count() == 3
    assert not StuckCase.objects.exists()


def test_what_was_committed_before_a_death_stays(
    as_owner: AsOwner, offices: list[Cast], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("complaints.escalation.tick.BATCH", 2)
    with as_owner():
        cases = [file_case(offices) for _ in range(6)]
        fatal = cases[3].pk
    dies = session_dies(as_owner, at="BEFORE INSERT ON complaints_step", when=f"NEW.case_id = '{fatal}'")
    with dies, pytest.raises(OperationalError):
        tick()
    released = set(Case.objects.filter(state=State.RELEASED).values_list("pk", flat=True))
    assert released == set(Holding.objects.values_list("case", flat=True))
    assert fatal not in released
    assert len(released) in (0, 2, 4)
    tick()
    assert Holding.objects.count() == Step.objects.count() == 6
