"""`manage.py retention`: what it says before and after, and what it says when a second host is not there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from complaints.cases import pinned
from complaints.cases.models import Case
from complaints.cases.states import State
from complaints.escalation.retention import AHEAD_WEEKS
from complaints.vault import retention
from tests.factories import Cast
from tests.worker.cast import file_case, now

THIS = retention.week_of(now().date())
LAST = retention.weeks_after(THIS, -1)


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.RETENTION, settings.RETENTION_REPLICAS = tmp_path / "weeks", []
    settings.RETENTION.mkdir()


def said(*flags: str) -> str:
    out = StringIO()
    call_command("retention", *flags, stdout=out)
    return out.getvalue()


def test_it_says_what_is_due_does_it_and_says_that_it_is_done(
    as_owner: Callable[[], AbstractContextManager[None]], offices: list[Cast]
) -> None:
    with as_owner():
        file_case(offices[:1], at=now() - timedelta(weeks=105))
        closed = file_case(offices[:1], at=now() - timedelta(weeks=105))
        Case.objects.filter(pk=closed.pk).update(state=State.CLOSED)
    before = said("--status")
    assert f"Files for 0 of {AHEAD_WEEKS} weeks ahead." in before and "its file is MISSING" in before
    assert "to be moved on: 1." in before and f"to be destroyed: {LAST}." in before
    assert pinned.week_keys().weeks() == {LAST}  # asking changes nothing

    after = said("--run")
    assert f"Weekly files made: {AHEAD_WEEKS}." in after
    assert "Cases kept for half a year more: 1." in after
    assert "Weeks destroyed: 1, and with them so many cases: 1." in after
    assert f"Files for {AHEAD_WEEKS} of {AHEAD_WEEKS} weeks ahead." in after and "Missing" not in after
    assert "its file is there" in after
    assert "to be moved on: 0." in after and "to be destroyed: none." in after


def test_without_the_second_host_nothing_is_done_and_the_words_say_what_to_do(settings: Any, tmp_path: Path) -> None:
    settings.RETENTION_REPLICAS = [tmp_path / "not mounted"]
    with pytest.raises(CommandError, match="Mount every folder"):
        said("--run")
    assert "not mounted is not there" in said("--status")
    assert pinned.week_keys().weeks() == frozenset()


def test_a_clock_that_runs_wild_destroys_nothing(
    settings: Any, tmp_path: Path, as_owner: Callable[[], AbstractContextManager[None]], offices: list[Cast]
) -> None:
    with as_owner():
        filed = file_case(offices[:1])
        Case.objects.filter(pk=filed.pk).update(state=State.CLOSED)
    settings.CLOCK_FILE = tmp_path / "clock"
    settings.CLOCK_FILE.write_text(str(timedelta(weeks=200).total_seconds()))
    assert "Weeks destroyed: 0" in said("--run")
    assert filed.row.death_week in pinned.week_keys().weeks()
    assert retention.weeks_after(THIS, 304) in pinned.week_keys().weeks()  # filing goes on by the application's time
