"""Forms that were begun and not sent go with their time, though nobody begins another."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.db import DatabaseError, ProgrammingError, connection, transaction

from complaints.escalation import drafts
from complaints.escalation.ladder import WorkerCannotWork
from complaints.escalation.tick import tick
from complaints.intake.models import Draft, DraftFile
from tests.worker.cast import now
from tests.worker.conftest import AsOwner

HOUR = timedelta(hours=1)


def begun(as_owner: AsOwner, *, until: datetime) -> UUID:
    """A form with two files that its writer left lying."""
    with as_owner():
        draft = Draft.objects.create(box=b"sealed", expires=until)
        DraftFile.objects.bulk_create(DraftFile(draft=draft, box=b"sealed too") for _ in range(2))
    return draft.pk


def there(as_owner: AsOwner) -> tuple[set[UUID], int]:
    with as_owner():
        return set(Draft.objects.values_list("pk", flat=True)), DraftFile.objects.count()


def test_a_tick_deletes_what_is_over_with_its_files_and_nothing_else(as_owner: AsOwner) -> None:
    begun(as_owner, until=now() - HOUR)
    begun(as_owner, until=now() - 28 * HOUR)
    alive = begun(as_owner, until=now() + HOUR)
    assert len(there(as_owner)[0]) == 3  # the control
    tick()
    assert there(as_owner) == ({alive}, 2)


def test_a_worker_without_its_key_still_does_it(
    as_owner: AsOwner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    begun(as_owner, until=now() - HOUR)
    monkeypatch.setattr(settings, "WORKER_LOCK", tmp_path / "nowhere")
    with pytest.raises(WorkerCannotWork):
        tick()
    assert there(as_owner) == (set(), 0)


@pytest.mark.parametrize("off", [-30 * HOUR, 30 * HOUR])
def test_one_clock_that_runs_wild_ends_nobodys_form(as_owner: AsOwner, off: timedelta) -> None:
    alive = begun(as_owner, until=now() + HOUR)
    over = begun(as_owner, until=now() - HOUR)
    drafts.sweep(now() + off)
    # The database's clock rules a worker's that is ahead; a worker's that is behind deletes later, and never early.
    assert there(as_owner)[0] == ({alive} if off > timedelta() else {alive, over})


def test_the_worker_learns_nothing_of_the_forms(as_owner: AsOwner) -> None:
    begun(as_owner, until=now() - HOUR)
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.drafts_sweep(%s)", [now()])
        assert cursor.fetchall() == [("",)]  # "void"
    for statement in ("SELECT count(*) FROM complaints_draft", "DELETE FROM complaints_draftfile"):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize("role", ["rw_intake", "rw_desk"])
def test_no_other_zone_may_do_it(as_owner: AsOwner, role: str) -> None:
    with as_owner(), pytest.raises(DatabaseError, match="42501"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {role}")
        cursor.execute("SELECT public.drafts_sweep(%s)", [now()])
