"""FIREWALL proof 7, the state machine: random lives of cases, held against a simple model of what should be.

Files, clocks that are missed, offices that answer, ask, decline, are recused or lose their mandate, a worker that dies
in the middle of a tick, time that jumps. After every tick the database and the model must say the same of every case:
state, rung, clock, who has it, what was recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from complaints.cases import clocks
from complaints.cases.clocks import Stage
from complaints.cases.models import Attestation, Case, Departure, Holding, Inspector, Recusal, Step
from complaints.cases.models import Office as OfficeRow
from complaints.cases.moves import move, set_due
from complaints.cases.states import Severity, State
from complaints.escalation import tick as ticks
from complaints.escalation.models import StuckCase
from complaints.firewall import egress
from tests.factories import Cast, make_office
from tests.worker.cast import Filed, file_case, now
from tests.worker.ladder_model import ModelCase, Office, World

STEPS = 50
CASES = 3  # at once in one life
DAYS = 250  # an attestation of today is alive so long
COUNTED = {"lives": 0, "steps": 0, "ticks": 0, "deaths": 0}
AsOwner = Callable[[], AbstractContextManager[None]]


@contextmanager
def owner() -> Iterator[None]:
    """As `as_owner`, of casework alone: a life changes its role some fifty times."""
    role = connection.ops.quote_name(connection.settings_dict["OPTIONS"]["assume_role"])
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        yield
        cursor.execute(f"SET ROLE {role}")


class Died(BaseException):
    """The worker's end, in the middle of something: nothing catches it."""


class Lives(RuleBasedStateMachine):
    """One life: up to three cases, six offices. `cast` and `escalate` are set by the test."""

    cast: list[Cast]
    escalate: Callable[[datetime], Any] = staticmethod(ticks.escalate)

    @initialize()
    def begin(self) -> None:
        COUNTED["lives"] += 1
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.start = self.now = now()
        until = self.start.date() + timedelta(days=300)
        self.world = World([Office(one.office, until) for one in self.cast])
        self.filed: list[Filed] = []

    def teardown(self) -> None:
        if hasattr(self, "savepoint"):
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    # --- what people do

    @precondition(lambda self: len(self.filed) < CASES)
    @rule(severity=st.sampled_from(Severity), ladder=st.lists(st.integers(0, 5), min_size=1, max_size=6))
    def file(self, severity: Severity, ladder: list[int]) -> None:
        self._count()
        with owner():
            filed = file_case([self.cast[one] for one in ladder], severity=severity, at=self.now)
        self.filed.append(filed)
        self.world.cases.append(ModelCase(severity, ladder, clocks.first_due(severity, self.now, None)))

    @rule(number=st.integers(0, CASES - 1), to=st.sampled_from(["acknowledged", "in_work", "asked", "decided"]))
    def an_office_works(self, number: int, to: str) -> None:
        case = self._held(number)
        may = {"acknowledged": ["released"], "in_work": ["acknowledged", "asked"], "asked": ["acknowledged", "in_work"],
               "decided": ["in_work"]}  # fmt: skip
        if case is None or case.state not in may[to]:
            return
        stage = {"acknowledged": Stage.ANSWER, "in_work": Stage.DECIDE, "asked": Stage.ANSWER}.get(to)
        if stage:
            self.world.move(case, to, stage, self.now)
        else:
            case.state = to
        with owner():
            move(self._row(number), State(to), due=(lambda _band: case.due) if stage else None)

    @rule(number=st.integers(0, CASES - 1))
    def the_next_office_is_asked_for(self, number: int) -> None:
        case = self._held(number)
        ended = clocks.at_once(case.severity, self.now) if case else None
        if case is None or case.state not in ("released", "acknowledged", "in_work") or case.due is None:
            return
        case.due = min(case.due, ended) if ended else case.due
        with owner():
            set_due(self._row(number), lambda _band: case.due)

    @rule(number=st.integers(0, CASES - 1), which=st.integers(0, 5))
    def an_office_declines(self, number: int, which: int) -> None:
        case = self._held(number)
        if case is None or case.state == "withdrawn":
            return
        office = case.holders[which % len(case.holders)]
        self.world.leave(case, office)
        with owner():
            Departure.objects.create(case=self._row(number), office=self.cast[office].office, week="2026-W48")

    @rule(number=st.integers(0, CASES - 1), which=st.integers(0, 5))
    def somebody_is_recused(self, number: int, which: int) -> None:
        case = self._held(number)
        if case is None:
            return
        member: Inspector = self.cast[case.holders[which % len(case.holders)]].members[0]
        with owner():
            Recusal.objects.get_or_create(case=self._row(number), inspector=member, defaults={"week": "2026-W48"})

    @rule(number=st.integers(0, CASES - 1), mostly=st.integers(0, 9))
    def somebody_withdraws(self, number: int, mostly: int) -> None:
        if mostly or number >= len(self.filed):
            return
        self.world.cases[number].state = "withdrawn"
        with owner():
            Case.objects.filter(pk=self.filed[number].pk).update(state=State.WITHDRAWN)

    # --- what happens to offices, to time and to machines

    @rule(number=st.integers(0, 5), mostly=st.integers(0, 4))
    def a_mandate_ends(self, number: int, mostly: int) -> None:
        if mostly or not self.world.offices[number].mandate:
            return
        self._count()
        self.world.end_mandate(number)
        with owner():
            OfficeRow.objects.filter(pk=self.cast[number].office.pk).update(mandate="joint_taskforce")

    @rule(number=st.integers(0, 5), mostly=st.integers(0, 4))
    def an_attestation_is_not_renewed(self, number: int, mostly: int) -> None:
        office = self.world.offices[number]
        last = self.now.date() + timedelta(days=1)
        if mostly or office.until <= last:
            return
        self._count()
        office.until = last
        with owner():
            Attestation.objects.filter(office=self.cast[number].office).update(expires_on=last)

    @rule(hours=st.one_of(st.integers(0, 30), st.integers(0, 24 * 21)))
    def time_goes_on(self, hours: int) -> None:
        later = self.now + timedelta(hours=hours)
        if later - self.start < timedelta(days=DAYS):
            self.now = later
        self._count()

    @rule()
    def tick(self) -> None:
        self._count()
        COUNTED["ticks"] += 1
        self.escalate(self.now)
        self.world.tick(self.now)
        self.compare()

    @rule(after=st.integers(0, 2), late=st.booleans())
    def a_worker_dies(self, after: int, late: bool) -> None:
        """In the middle of a tick: before the gateway's rows are written, or after them and all that hangs on them."""
        self._count()
        real, left = egress.release, [after]

        def mortal(*args: Any, **more: Any) -> Any:
            given = real(*args, **more) if late else None
            left[0] -= 1
            if left[0] < 0:
                COUNTED["deaths"] += 1
                raise Died
            return given if late else real(*args, **more)

        egress.release = mortal
        try:
            with transaction.atomic():  # the connection ends with the process, and with it what was not committed
                self.escalate(self.now)
                raise Died
        except Died:
            pass
        finally:
            egress.release = real

    # --- the same of both

    def compare(self) -> None:
        numbers = {one.office.pk: number for number, one in enumerate(self.cast)}
        stuck = set(StuckCase.objects.values_list("case", flat=True))
        for filed, case in zip(self.filed, self.world.cases, strict=True):
            row = filed.row
            held = Holding.objects.filter(case=row).order_by("rung")
            steps = Step.objects.filter(case=row).order_by("rung")
            assert (row.state, row.rung) == (case.state, case.rung)
            assert row.due == case.due if case.due else row.due <= self.now
            assert [numbers[one.office_id] for one in held] == case.holders
            found = [(one.rung, str(one.outcome), numbers[one.office_id] if one.office_id else None) for one in steps]
            assert found == case.steps
            assert (row.pk in stuck) == case.nobody
            assert {one.due for one in held} <= {row.due}

    def _held(self, number: int) -> ModelCase | None:
        self._count()
        case = self.world.cases[number] if number < len(self.filed) else None
        return case if case and case.holders else None

    def _row(self, number: int) -> Case:
        return self.filed[number].row

    @staticmethod
    def _count() -> None:
        COUNTED["steps"] += 1


@pytest.fixture
def six(as_owner: AsOwner, registrar_privates: list[bytes]) -> list[Cast]:
    places = [("Asia/Qatar", "QA", ""), ("Asia/Dhaka", "BD", ""), ("UTC", "", ""), ("Europe/Berlin", "DE-BE", ""),
              ("America/New_York", "US", "08:30-17:00"), ("Asia/Kathmandu", "NP", "")]  # fmt: skip
    with as_owner():
        return [
            make_office(registrar_privates=registrar_privates, timezone=zone, holidays=days, hours=hours)
            for zone, days, hours in places
        ]


def lives(number: int, first: int, cast: list[Cast], escalate: Any = ticks.escalate) -> None:
    """Live so many lives, others for another `first`; raises AssertionError at the first difference."""
    parts = {"cast": cast, "escalate": staticmethod(escalate)}
    machine = seed(first)(type("Lives", (Lives,), parts))
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=number, stateful_step_count=STEPS, deadline=None, database=None, derandomize=False,
            phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        ),
        _min_steps=STEPS,
    )  # fmt: skip


@pytest.mark.proof
def test_random_lives_of_cases_end_as_the_model_says(proof: Any, six: list[Cast]) -> None:
    p = proof(7, "escalation as a state machine", bar="0 differences from the model", small=25, full=2000)
    COUNTED.update(dict.fromkeys(COUNTED, 0))
    difference = ""
    for done in range(0, p.size, 25):
        p.at(done)
        try:
            lives(25, done, six)
        except AssertionError as error:
            difference = f"{type(error).__name__} in a life after {done}"
            raise
    counted, found = dict(COUNTED), _controls(six)
    p.found(
        f"{counted['lives']} lives, {counted['steps']} steps, {counted['ticks']} ticks, {counted['deaths']} deaths: "
        f"{difference or 'the same'}",
        control=f"{found} of 3 broken ticks found",
        held=not difference and counted["lives"] >= p.size and found == 3,
    )


def _controls(six: list[Cast]) -> int:
    """The same with a tick that is a day early, one that loses the last case, one that forgets the holders' clocks."""

    def early(moment: datetime) -> None:
        ticks.escalate(moment + timedelta(days=1))

    def lossy(moment: datetime) -> None:
        ticks.escalate(moment)
        last = Case.objects.order_by("pk").last()
        if last is not None:
            Holding.objects.filter(case=last)._raw_delete("default")

    def forgetful(moment: datetime) -> None:
        ticks.escalate(moment)
        Holding.objects.update(due=moment)

    found = 0
    for broken in (early, lossy, forgetful):
        try:
            lives(25, 7, six, broken)
        except AssertionError:
            found += 1
    return found
