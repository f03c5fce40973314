"""Several workers, and workers that die: real connections, committed rows, sessions that the server ends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError, connection, connections, transaction

from agencies.models import Referral
from complaints.cases.models import Case, Holding, Step
from complaints.cases.states import State
from complaints.escalation import referrals
from complaints.escalation.models import StuckCase
from complaints.escalation.tick import tick
from complaints.firewall.models import ReferralOutbox
from tests.factories import Cast, make_office
from tests.worker.cast import Filed, file_case, now

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


# --- referrals -----------------------------------------------------------------------------------------------


def outbox(**more: object) -> ReferralOutbox:
    fields = {"agency": uuid4(), "standards": ["6.1"], "evidence_class": "DOCUMENTS", "quarter": "2026-Q4"}
    return ReferralOutbox.objects.create(**(fields | more))


def delivered(as_owner: AsOwner) -> list[Referral]:
    with as_owner():
        return list(Referral.objects.using("register_out").order_by("pk"))


def test_a_referral_arrives_with_what_it_may_say_and_nothing_else(as_owner: AsOwner) -> None:
    with as_owner():
        row = outbox()
    assert tick()["referrals"] == 1
    (referral,) = delivered(as_owner)
    assert {field.attname: getattr(referral, field.attname) for field in Referral._meta.concrete_fields} == {
        "id": row.pk, "agency_id": row.agency, "agency_name": "", "standards": ["6.1"],
        "evidence_class": "DOCUMENTS", "quarter": "2026-Q4", "state": "RECEIVED", "taken_by": "", "taken_in": "",
    }  # fmt: skip
    assert not ReferralOutbox.objects.exists()
    assert tick()["referrals"] == 0


def test_a_death_between_the_two_databases_doubles_nothing(as_owner: AsOwner) -> None:
    with as_owner():
        row = outbox()
    with session_dies(as_owner, at="AFTER DELETE ON complaints_referraloutbox"):
        assert referrals.deliver() == 0
    # The register has it, and the outbox still thinks that it has not.
    assert [one.pk for one in delivered(as_owner)] == [row.pk]
    assert ReferralOutbox.objects.count() == 1
    assert referrals.deliver() == 1
    assert [one.pk for one in delivered(as_owner)] == [row.pk]
    assert not ReferralOutbox.objects.exists()


def test_workers_at_the_same_time_deliver_once(as_owner: AsOwner) -> None:
    with as_owner():
        rows = {outbox().pk for _ in range(20)}
    assert at_once(referrals.deliver, workers=4) == []
    assert {one.pk for one in delivered(as_owner)} == rows
    assert not ReferralOutbox.objects.exists()


def test_a_referral_that_the_register_refuses_holds_up_no_other(as_owner: AsOwner) -> None:
    with as_owner():
        bad, good = outbox(evidence_class="HEARSAY"), outbox()
    assert referrals.deliver() == 1
    assert [one.pk for one in delivered(as_owner)] == [good.pk]
    assert [one.pk for one in ReferralOutbox.objects.all()] == [bad.pk]


def test_a_heap_that_the_register_refuses_holds_up_no_other(as_owner: AsOwner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("complaints.escalation.referrals.BATCH", 3)
    with as_owner():
        for number in range(5):
            outbox(id=UUID(int=number), evidence_class="HEARSAY")
        good = outbox()
    assert referrals.deliver() == 1
    assert [one.pk for one in delivered(as_owner)] == [good.pk]


def test_a_register_that_cannot_be_reached_costs_no_case_its_office(as_owner: AsOwner, offices: list[Cast]) -> None:
    with as_owner():
        case = file_case(offices, at=now() - timedelta(minutes=1))
        outbox()
    out = connections["register_out"]
    out.close()
    port, out.settings_dict["PORT"] = out.settings_dict["PORT"], "1"
    try:
        assert tick() == {"released": 1, "identities": 0, "referrals": 0}
    finally:
        out.close()
        out.settings_dict["PORT"] = port
    assert case.row.rung == 1
    assert tick()["referrals"] == 1
