"""Once a week the worker signs the log's head, and never a log that is not the one it signed before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from complaints.cases import clocks, pinned
from complaints.cases.models import Office
from complaints.escalation.checkpoints import NotSigned, checkpoint
from complaints.firewall import chain, disclosure
from complaints.firewall.disclosure import Verb
from complaints.firewall.models import Disclosure, DisclosureCheckpoint
from complaints.vault import notes
from recruitment_watch import clock
from recruitment_watch.celery import app
from tests.factories import Cast

AsOwner = Callable[[], AbstractContextManager[None]]


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Iterator[Path]:
    settings.CHECKPOINTS = tmp_path / "checkpoints"
    settings.CLOCK_FILE = tmp_path / "clock"
    return settings.CHECKPOINTS


@pytest.fixture
def four(offices: list[Cast]) -> Office:
    """Four links; the office they speak of."""
    for _ in range(4):
        disclosure.record(Verb.DESTROYED, office=offices[0].office)
    return offices[0].office


def a_week_later(settings: Any, weeks: int = 1) -> None:
    settings.CLOCK_FILE.write_text(str(timedelta(weeks=weeks).total_seconds()))


def test_the_beat_signs_once_a_week_and_lays_the_note_out(four: Office, folder: Path, settings: Any) -> None:
    app.loader.import_default_modules()
    for _ in range(3):
        app.tasks["checkpoint"]()
    week = clocks.week(clock.now())
    row = DisclosureCheckpoint.objects.get()
    assert (row.week, row.number) == (week, 4)
    assert [path.name for path in folder.iterdir()] == [f"{week}.note"]
    said = chain.read_note((folder / f"{week}.note").read_text(), [pinned.log_key()], source="the file")
    assert (said.number, said.digest) == (4, disclosure.head().digest)
    assert "checkpoint" in app.conf.beat_schedule

    disclosure.record(Verb.DESTROYED, office=four)
    a_week_later(settings)
    assert checkpoint().number == 5
    assert DisclosureCheckpoint.objects.count() == 2


def test_a_note_that_was_not_laid_out_is_laid_out_next_time(four: Office, folder: Path) -> None:
    checkpoint()
    (note,) = folder.iterdir()
    note.unlink()
    checkpoint()
    assert note.exists()


def test_a_note_that_was_laid_out_outlives_its_row(four: Office, folder: Path, as_owner: AsOwner) -> None:
    """Links, details and the checkpoint's row were all taken away; what was signed still lies in the folder."""
    checkpoint()
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE complaints_disclosure DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE complaints_disclosurecheckpoint DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM complaints_disclosurecheckpoint")
        cursor.execute("DELETE FROM complaints_disclosuredetail WHERE disclosure_id = 4")
        cursor.execute("DELETE FROM complaints_disclosure WHERE number = 4")
    with pytest.raises(NotSigned):
        checkpoint()
    for note in folder.iterdir():
        note.unlink()
    assert checkpoint().number == 3  # the control: nothing is left that could tell


def test_an_empty_log_is_signed_too(offices: list[Cast]) -> None:
    assert checkpoint().number == 0


REWRITINGS = {
    "a tail cut off": "DELETE FROM complaints_disclosure WHERE number = 4",
    "a link rewritten": "UPDATE complaints_disclosure SET digest = sha256('x') WHERE number = 4",
}


@pytest.mark.parametrize("statement", REWRITINGS.values(), ids=REWRITINGS)
def test_a_log_that_was_changed_since_gets_no_signature(
    statement: str, four: Office, as_owner: AsOwner, settings: Any
) -> None:
    checkpoint()
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM complaints_disclosuredetail")
        cursor.execute("ALTER TABLE complaints_disclosure DISABLE TRIGGER USER")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement)
    a_week_later(settings)
    with pytest.raises(NotSigned):
        checkpoint()
    assert DisclosureCheckpoint.objects.count() == 1


def test_a_link_that_does_not_follow_gets_no_signature(four: Office, as_owner: AsOwner) -> None:
    with as_owner():
        Disclosure.objects.create(number=5, previous=bytes(32), commitment=bytes(32), digest=bytes(32))
    with pytest.raises(NotSigned):
        checkpoint()


def test_the_log_goes_on_from_the_last_checkpoint_that_is_ours(four: Office, as_owner: AsOwner, settings: Any) -> None:
    """Somebody puts a row of their own there, over a log of their own: it is not signed over."""
    _, seed = notes.new_key()
    head = notes.Head(pinned.log_key().name, 9, bytes(32))
    note = notes.sign(head.to_text(), name=head.origin, seed=seed)
    with as_owner():
        DisclosureCheckpoint.objects.create(week="2026-W01", number=9, digest=bytes(32), note=note)
    with pytest.raises(NotSigned):
        checkpoint()


def test_another_key_than_the_pinned_one_signs_nothing(four: Office, settings: Any, tmp_path: Path) -> None:
    settings.LOG_KEY = tmp_path / "other.key"
    settings.LOG_KEY.write_bytes(notes.new_key()[1])
    with pytest.raises(pinned.NotPinned):
        checkpoint()
    assert not DisclosureCheckpoint.objects.exists()


def test_the_worker_may_add_a_checkpoint_and_change_none(four: Office, as_owner: AsOwner) -> None:
    checkpoint()
    with pytest.raises(ProgrammingError), transaction.atomic():
        DisclosureCheckpoint.objects.update(number=3)
    with as_owner(), pytest.raises(IntegrityError), transaction.atomic():
        DisclosureCheckpoint.objects.update(number=3)
