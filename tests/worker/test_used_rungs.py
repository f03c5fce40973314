"""Steps of a ladder that are over: noise lies there, and a case that is kept on carries it along without telling."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured

from complaints.cases import pinned
from complaints.cases.models import Attestation, Departure, Rung
from complaints.escalation import retention as keeping
from complaints.escalation.tick import tick
from complaints.vault import retention, rungs
from complaints.vault.errors import BlankRung, VaultError
from tests.factories import Cast
from tests.worker.cast import Filed, file_case, held_by, now, steps

AsOwner = Callable[[], AbstractContextManager[None]]


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.RETENTION, settings.RETENTION_REPLICAS = tmp_path / "weeks", []
    settings.RETENTION.mkdir()


def open_steps(case: Filed) -> set[tuple[int, str]]:
    """Inside `as_owner()`: the boxes of the ladder from which the worker's lock comes off."""
    row, found = case.row, set()
    locks = {
        "worker_private": configured.WORKER_LOCK.read_bytes(), "week_key": pinned.week_keys().read(row.death_week),
        "case": case.pk.bytes, "week": row.death_week,
    }  # fmt: skip
    for rung in Rung.objects.filter(case=case.pk):
        for name, take_off in (("box", rungs.release), ("identity_box", rungs.release_identity)):
            try:
                take_off(box=bytes(getattr(rung, name)), number=rung.number, **locks)
            except (BlankRung, VaultError):
                continue
            found.add((rung.number, name))
    return found


def test_a_step_that_is_passed_over_opens_nothing_from_then_on(as_owner: AsOwner, offices: list[Cast]) -> None:
    with as_owner():
        case = file_case(offices[:2])
        both = {(number, name) for number in (1, 2) for name in ("box", "identity_box")}
        assert open_steps(case) == both  # the control
        Attestation.objects.filter(office=offices[0].office).update(withdrawn=True)
    tick()
    assert steps(case) == [(1, "passed_over", None), (2, "released", offices[1].office)]
    with as_owner():
        assert open_steps(case) == {one for one in both if one[0] == 2}
        assert {(len(one.box), len(one.identity_box)) for one in Rung.objects.filter(case=case.pk)} == {(333, 269)}


def test_a_case_that_an_office_has_left_is_kept_on_with_noise_in_its_step(
    as_owner: AsOwner, offices: list[Cast]
) -> None:
    start = now() - timedelta(weeks=104)
    with as_owner():
        case = file_case(offices[:3], at=start)
    tick()
    with as_owner():
        Departure.objects.create(case_id=case.pk, office=offices[0].office, week=retention.week_of(now().date()))
    tick(now() + timedelta(hours=1))
    assert held_by(case) == [offices[1].office]
    with as_owner():
        before = {one.number: (bytes(one.box), bytes(one.identity_box)) for one in Rung.objects.filter(case=case.pk)}
        waiting = {(number, name) for number in (2, 3) for name in ("box", "identity_box")}
        assert open_steps(case) == waiting
    assert keeping.keep()["moved"] == 1  # and is not damaged by it
    assert case.row.death_week > retention.week_of(now().date())
    with as_owner():
        after = {one.number: (bytes(one.box), bytes(one.identity_box)) for one in Rung.objects.filter(case=case.pk)}
        assert open_steps(case) == waiting
    for number, boxes in before.items():  # in two copies of the database every box differs, and none in its length
        for old, new in zip(boxes, after[number], strict=True):
            assert len(old) == len(new) and old != new and old[:1] == new[:1]
