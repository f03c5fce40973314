"""The register of lawful demands: what is written stays, and what is published are numbers and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, transaction

from complaints.firewall import demands
from complaints.firewall.demands import Given, Kind, NotRecorded
from complaints.firewall.models import LawfulDemand

AsOwner = Callable[[], AbstractContextManager[None]]
AUTHORITY, ASKED, BASIS = "Canary District Court", "all canary letters", "Canary Code s. 7"


def record(**changes: Any) -> LawfulDemand:
    known: dict[str, Any] = {
        "kind": Kind.COURT, "authority": AUTHORITY, "basis": BASIS, "asked": ASKED, "given": Given.NOTHING_READABLE,
        "received_on": date(2025, 5, 6), "answered_on": date(2025, 6, 1),
    }  # fmt: skip
    return demands.record(**known | changes)


def command(*arguments: str) -> str:
    said = StringIO()
    call_command("lawful_demand", *arguments, stdout=said)
    return said.getvalue()


def test_a_quarters_numbers_are_exact(tmp_path: Path) -> None:
    record()
    record(contested=True, given=Given.NOTHING)
    record(kind=Kind.IMMIGRATION, given=Given.NOTHING, answered_on=None)
    record(received_on=date(2025, 7, 1), answered_on=date(2025, 7, 1))  # the next quarter
    out = tmp_path / "demands.md"
    command("publish", "--quarter", "2025-Q2", "--out", str(out))
    text, said = out.read_text(), json.loads(out.with_suffix(".json").read_text())
    assert "| court | 2 | 1 | 1 | 0 | 1 |" in text
    assert "| immigration authority | 1 | 1 | 0 | 0 | 0 |" in text
    assert "| all | 3 | 2 | 1 | 0 | 1 |" in text
    assert "Not answered yet: 1." in text
    assert (said["total"], said["waiting"], said["over"]) == (3, 1, True)
    assert said["by_kind"]["court"] == {
        "received": 2, "given": {"nothing": 1, "nothing_readable": 1, "clear_facts": 0}, "contested": 1
    }  # fmt: skip
    assert said["by_kind"]["police"]["received"] == 0


def test_what_is_published_names_no_authority_ground_or_matter() -> None:
    record()
    published = command("publish", "--quarter", "2025-Q2")
    assert "canary" not in published.lower()
    assert AUTHORITY in command("list") and ASKED in command("list")  # the control: the register itself does


def test_a_quarter_without_demands_says_so_and_one_that_runs_says_until_when() -> None:
    assert "Nobody asked us" in command("publish", "--quarter", "2025-Q1")
    today = date.today()
    running = f"{today.year}-Q{(today.month + 2) // 3}"
    assert f"up to {today.isoformat()}" in command("publish", "--quarter", running)


def test_a_correction_stands_in_its_entrys_place() -> None:
    first = record(answered_on=None)
    command("record", "--kind", "court", "--authority", AUTHORITY, "--basis", BASIS, "--asked", ASKED,
            "--given", "nothing", "--received", "2025-05-06", "--answered", "2025-05-20",
            "--instead-of", str(first.pk))  # fmt: skip
    found = demands.numbers("2025-Q2")
    assert (found.total, found.waiting, found.given["court"]["nothing"]) == (1, 0, 1)
    assert LawfulDemand.objects.count() == 2
    with pytest.raises(NotRecorded, match="corrected already"):
        record(instead_of=first.pk)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"answered_on": date(2025, 5, 1)}, "before it was received"),
        ({"received_on": date(2999, 1, 1), "answered_on": None}, "future"),
        ({"authority": "  "}, "who asked"),
        ({"instead_of": "00000000-0000-4000-8000-000000000000"}, "no such entry"),
    ],
)
def test_what_cannot_be_is_not_recorded(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(NotRecorded, match=words):
        record(**changes)
    assert not LawfulDemand.objects.exists()


def test_nobody_changes_or_deletes_an_entry(as_owner: AsOwner) -> None:
    record()
    for change in (lambda: LawfulDemand.objects.update(given="nothing"), lambda: LawfulDemand.objects.all().delete()):
        with pytest.raises(ProgrammingError), transaction.atomic():
            change()
        with as_owner(), pytest.raises(IntegrityError), transaction.atomic():
            change()


@pytest.mark.parametrize("quarter", ["2025", "2025-Q5", "Q1-2025", "2025-q1"])
def test_a_quarter_that_is_none_is_said(quarter: str) -> None:
    with pytest.raises(CommandError, match="2026-Q4"):
        command("publish", "--quarter", quarter)


def test_quarters_begin_and_end_where_they_should() -> None:
    assert demands.days_of("2026-Q4") == (date(2026, 10, 1), date(2026, 12, 31))
    assert demands.days_of("2024-Q1") == (date(2024, 1, 1), date(2024, 3, 31))
