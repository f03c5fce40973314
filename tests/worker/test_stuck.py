"""What goes wrong with one case, or with the machine, costs no other case its office."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, ProgrammingError, connection, transaction

from complaints.cases import clocks, pinned
from complaints.cases.models import (
    Case,
    Holding,
    Rung,
    Step,
)
from complaints.cases.states import Severity, State
from complaints.escalation.ladder import WorkerCannotWork
from complaints.escalation.models import StuckCase
from complaints.escalation.tick import tick
from complaints.firewall import disclosure
from complaints.firewall.models import DisclosureDetail
from complaints.vault import contexts, retention, rungs
from recruitment_watch.dberrors import constraint_of
from tests.factories import Cast
from tests.worker.cast import Filed, file_case, held_by, now

AsOwner = Callable[[], AbstractContextManager[None]]


def damage(case: Filed, number: int = 1) -> bytes:
    rung = Rung.objects.get(case=case.pk, number=number)
    whole = bytes(rung.box)
    Rung.objects.filter(pk=rung.pk).update(box=whole[:-1] + bytes([whole[-1] ^ 1]))
    return whole


def test_a_poison_row_stalls_nobody_and_is_seen(
    as_owner: AsOwner, offices: list[Cast], capsys: pytest.CaptureFixture[str]
) -> None:
    start = now()
    with as_owner():
        cases = [file_case(offices[:2], at=start) for _ in range(5)]
        whole = damage(cases[2])
    done = tick(start)
    assert (done["released"], done["stuck"]) == (4, 1)
    assert [len(held_by(case)) for case in cases] == [1, 1, 0, 1, 1]
    with as_owner():  # the others were tried twice, together and each by itself: it is logged once
        assert DisclosureDetail.objects.filter(verb="released").count() == disclosure.head().number == 4
    stuck = StuckCase.objects.get()
    assert (stuck.case_id, stuck.fault, stuck.tries) == (cases[2].pk, "BadEnvelope", 1)
    said = capsys.readouterr()
    assert "BadEnvelope" in said.out
    assert str(cases[2].pk) not in said.out + said.err
    # Not tried again before its clock, which is as coarse as ever; then it counts up.
    assert tick(start).total() == 0
    again = cases[2].row.due
    assert again == clocks.coarse(Severity.S2, again) > start
    assert tick(again)["stuck"] == 1
    assert StuckCase.objects.get().tries == 2
    with as_owner():
        Rung.objects.filter(case=cases[2].pk, number=1).update(box=whole)
    assert tick(cases[2].row.due)["released"] == 1
    assert held_by(cases[2]) == [offices[0].office]
    assert not StuckCase.objects.exists()


def test_a_late_poison_row_is_pushed_forward_and_its_office_keeps_it(as_owner: AsOwner, offices: list[Cast]) -> None:
    with as_owner():
        case = file_case(offices, severity=Severity.S1)
        damage(case, number=2)
    tick()
    late = case.row.due
    assert tick(late)["stuck"] == 1
    assert case.row.due == late + timedelta(hours=1)
    assert Holding.objects.get(case=case.pk).due == case.row.due
    assert tick(late).total() == 0
    assert (held_by(case), case.row.rung) == ([offices[0].office], 1)


def test_a_case_whose_week_has_died_is_stuck_and_nothing_else(as_owner: AsOwner, offices: list[Cast]) -> None:
    with as_owner():
        dead, alive = file_case(offices, at=now() - timedelta(weeks=1)), file_case(offices)
    pinned.week_keys().destroy(dead.row.death_week)
    assert tick()["released"] == 1
    assert held_by(alive) == [offices[0].office]
    assert StuckCase.objects.get().fault == "WeekKeyMissing"


def test_a_first_rung_that_the_workers_lock_does_not_open_is_damage_and_no_end(
    as_owner: AsOwner, offices: list[Cast]
) -> None:
    with as_owner():
        case = file_case(offices[:1])
        week = case.row.death_week
        blank = retention.wrap(
            pinned.week_keys().read(week), rungs.blank_rung(), week=week, context=contexts.rung(case.pk.bytes, 1)
        )
        Rung.objects.filter(case=case.pk, number=1).update(box=blank)
    assert tick()["stuck"] == 1
    assert StuckCase.objects.get().fault == "BlankRung"


def test_a_rung_swapped_from_another_case_opens_for_nobody(as_owner: AsOwner, offices: list[Cast]) -> None:
    with as_owner():
        one, other = file_case(offices[:1]), file_case(offices[1:2])
        box = Rung.objects.get(case=one.pk, number=1).box
        Rung.objects.filter(case=other.pk, number=1).update(box=box)
    tick()
    assert (len(held_by(one)), len(held_by(other))) == (1, 0)


@pytest.mark.parametrize("content", [None, b"", bytes(32), b"\1" * 32])
def test_a_worker_without_its_lock_touches_no_case(
    as_owner: AsOwner, offices: list[Cast], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    with as_owner():
        case = file_case(offices)
    file = tmp_path / "lock.key"
    if content is not None:
        file.write_bytes(content)
    with monkeypatch.context() as patch:
        patch.setattr(settings, "WORKER_LOCK", file)
        with pytest.raises(WorkerCannotWork):
            tick()
    assert (case.row.state, StuckCase.objects.count()) == (State.FILED, 0)
    assert tick()["released"] == 1


def test_a_missing_folder_of_weekly_files_marks_no_case(
    as_owner: AsOwner, offices: list[Cast], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with as_owner():
        file_case(offices)
    monkeypatch.setattr(settings, "RETENTION", tmp_path / "not mounted")
    with pytest.raises(WorkerCannotWork):
        tick()
    assert not StuckCase.objects.exists()


def test_a_fault_of_the_machine_is_not_blamed_on_a_case(as_owner: AsOwner, offices: list[Cast]) -> None:
    with as_owner():
        case = file_case(offices)
        with connection.cursor() as cursor:
            cursor.execute("REVOKE INSERT ON complaints_step FROM rw_worker")
    with pytest.raises(ProgrammingError):
        tick()
    assert (case.row.state, StuckCase.objects.count()) == (State.FILED, 0)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("GRANT INSERT ON complaints_step TO rw_worker")
    assert tick()["released"] == 1


def test_a_step_is_recorded_once_per_case_and_rung(as_owner: AsOwner, offices: list[Cast]) -> None:
    with as_owner():
        case = file_case(offices)
    tick()
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Step.objects.create(case_id=case.pk, rung=1, outcome="passed_over", week="2026-W48")
    assert constraint_of(refused.value) == "step_once"
    # A case set back by hand is not given out twice: it is stuck, and the others go on.
    with as_owner():
        Case.objects.filter(pk=case.pk).update(rung=0, state=State.FILED)
        Holding.objects.filter(case=case.pk).delete()
        fine = file_case(offices)
    assert tick()["released"] == 1
    assert (held_by(case), len(held_by(fine))) == ([], 1)
    assert StuckCase.objects.get().fault == "IntegrityError"


def test_a_tick_ends_though_more_is_waiting(
    as_owner: AsOwner, offices: list[Cast], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("complaints.escalation.tick.BATCH", 2)
    monkeypatch.setattr("complaints.escalation.tick.BATCHES", 2)
    with as_owner():
        for _ in range(5):
            file_case(offices)
    assert tick()["released"] == 4
    assert tick()["released"] == 1


def test_danger_goes_first(as_owner: AsOwner, offices: list[Cast], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("complaints.escalation.tick.BATCH", 1)
    monkeypatch.setattr("complaints.escalation.tick.BATCHES", 1)
    with as_owner():
        file_case(offices, severity=Severity.S4)
        danger = file_case(offices, severity=Severity.S1)
        file_case(offices, severity=Severity.S3)
    tick()
    assert len(held_by(danger)) == Holding.objects.count() == 1
