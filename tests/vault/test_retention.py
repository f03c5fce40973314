"""FIREWALL section 2, retention; the pure part of proof 16 is in test_two_locks.py."""

from __future__ import annotations

import stat
import threading
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.vault import contexts, retention
from complaints.vault.errors import BadEnvelope, VaultError, WeekKeyMissing
from complaints.vault.primitives import ENCRYPT_OVERHEAD, new_key
from complaints.vault.retention import WeekKeyFolder, WeekKeys

CASE = bytes(range(16))
CONTEXT = contexts.rung(CASE, 1)


def test_a_box_opens_under_its_week_key_and_context_only() -> None:
    key = new_key()
    wrapped = retention.wrap(key, b"box", week="2028-W47", context=CONTEXT)
    assert len(wrapped) == 3 + ENCRYPT_OVERHEAD
    assert retention.unwrap(key, wrapped, week="2028-W47", context=CONTEXT) == b"box"
    for other_key, week, context in (
        (new_key(), "2028-W47", CONTEXT),
        (key, "2028-W48", CONTEXT),
        (key, "2028-W47", contexts.rung(CASE, 2)),
        (key, "2028-W47", contexts.identity_rung(CASE, 1)),
    ):
        with pytest.raises(BadEnvelope):
            retention.unwrap(other_key, wrapped, week=week, context=context)


def test_a_box_carried_over_no_longer_needs_the_old_week() -> None:
    old, new = new_key(), new_key()
    wrapped = retention.wrap(old, b"box", week="2028-W47", context=CONTEXT)
    later = retention.weeks_after("2028-W47", retention.CARRY_OVER_WEEKS)
    moved = retention.rewrap(old, new, wrapped, old_week="2028-W47", new_week=later, context=CONTEXT)
    assert later == "2029-W21"
    assert retention.unwrap(new, moved, week=later, context=CONTEXT) == b"box"
    with pytest.raises(BadEnvelope):
        retention.unwrap(old, moved, week=later, context=CONTEXT)


@pytest.mark.parametrize(
    ("day", "week", "death"),
    [
        (date(2026, 11, 23), "2026-W48", "2028-W47"),
        (date(2027, 1, 3), "2026-W53", "2028-W52"),
        (date(2024, 12, 30), "2025-W01", "2026-W53"),
    ],
)
def test_weeks_are_those_of_iso_8601(day: date, week: str, death: str) -> None:
    assert retention.week_of(day) == week
    assert retention.death_week(day) == death


@given(st.dates(min_value=date(2020, 1, 1), max_value=date(2200, 1, 1)))
def test_a_case_dies_104_weeks_later_and_a_week_never_mixes_two_days_of_death(day: date) -> None:
    week = retention.week_of(day)
    assert retention.weeks_after(week, 104) == retention.death_week(day)
    monday = day - timedelta(days=day.weekday())
    assert {retention.death_week(monday + timedelta(days=n)) for n in range(7)} == {retention.death_week(day)}


@pytest.fixture
def folder(tmp_path: Path) -> WeekKeyFolder:
    return WeekKeyFolder(tmp_path)


def test_a_week_has_one_file_of_32_bytes_for_its_owner_only(folder: WeekKeyFolder) -> None:
    keys: WeekKeys = folder
    made = keys.make("2028-W47")
    (path,) = folder.folder.iterdir()
    assert path.name == "2028-W47.key"
    assert path.read_bytes() == made == keys.read("2028-W47")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        keys.make("2028-W47")
    assert keys.read("2028-W47") == made
    assert [entry.name for entry in folder.folder.iterdir()] == ["2028-W47.key"]


def test_an_installation_can_let_a_group_read(tmp_path: Path) -> None:
    WeekKeyFolder(tmp_path, mode=0o640).make("2028-W47")
    assert stat.S_IMODE((tmp_path / "2028-W47.key").stat().st_mode) == 0o640


def test_a_destroyed_key_is_gone_at_once_and_destroying_twice_is_no_error(folder: WeekKeyFolder) -> None:
    folder.make("2028-W47")
    folder.destroy("2028-W47")
    folder.destroy("2028-W47")
    assert list(folder.folder.iterdir()) == []
    with pytest.raises(WeekKeyMissing):
        folder.read("2028-W47")


def test_a_damaged_file_is_refused_not_used(folder: WeekKeyFolder) -> None:
    (folder.folder / "2028-W47.key").write_bytes(b"")
    with pytest.raises(VaultError):
        folder.read("2028-W47")


def test_many_at_once_get_one_key(folder: WeekKeyFolder) -> None:
    got: list[bytes] = []
    start = threading.Barrier(8)

    def ensure() -> None:
        start.wait()
        got.append(folder.ensure("2028-W47"))

    threads = [threading.Thread(target=ensure) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8
    assert set(got) == {folder.read("2028-W47")}


@pytest.mark.parametrize(
    "week", ["", "../../etc", "2028-W54", "2027-W53", "2028-w01", "2028-W1", "٢٠٢٨-W01", "2028-W01\n"]
)
def test_what_is_no_week_reaches_no_file(folder: WeekKeyFolder, week: str) -> None:
    for touch in (folder.read, folder.make, folder.destroy):
        with pytest.raises(VaultError):
            touch(week)
    with pytest.raises(VaultError):
        retention.wrap(new_key(), b"", week=week, context=CONTEXT)
