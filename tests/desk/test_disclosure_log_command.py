"""`manage.py disclosure_log`: what it says of a whole log, and of one that somebody was at."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from complaints.cases import pinned
from complaints.cases.models import Case, Inspector
from complaints.firewall import disclosure
from complaints.firewall.disclosure import Verb
from complaints.firewall.models import DisclosureCheckpoint
from complaints.vault import notes
from complaints.vault.notes import Head
from tests.factories import Cast

AsOwner = Callable[[], AbstractContextManager[None]]


def verify(*arguments: str) -> tuple[int, str]:
    said = StringIO()
    try:
        call_command("disclosure_log", "verify", *arguments, stdout=said)
    except SystemExit as end:
        return int(str(end.code)), said.getvalue()
    return 0, said.getvalue()


def signed_head(name: str = "", seed: bytes = b"", number: int | None = None) -> str:
    """The log's head as a note; by default as the worker signs it."""
    head = disclosure.head()
    said = Head(name or pinned.log_key().name, head.number if number is None else number, head.digest)
    return notes.sign(said.to_text(), name=said.origin, seed=seed or settings.LOG_KEY.read_bytes())


def store(note: str, week: str, as_owner: AsOwner) -> None:
    with as_owner():
        head = disclosure.head()
        DisclosureCheckpoint.objects.create(week=week, number=head.number, digest=head.digest, note=note)


@pytest.fixture
def log(ana: Inspector, office: Cast, case: UUID, as_owner: AsOwner, tmp_path: Path) -> Path:
    """Six links, a checkpoint stored at four, and its note carried away in a file."""
    found = Case.objects.get(pk=case)
    for verb in (Verb.LISTED, Verb.OPENED, Verb.ACKNOWLEDGED, Verb.ANSWERED):
        disclosure.record(verb, by=ana, office=office.office, case=found)
    note = signed_head()
    store(note, "2026-W47", as_owner)
    for verb in (Verb.FOUND, Verb.LISTED):
        disclosure.record(verb, by=ana, office=office.office, case=found)
    carried = tmp_path / "2026-W47.note"
    carried.write_text(note)
    return carried


def tamper(*statements: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("disclosure", "disclosurecheckpoint"):
            cursor.execute(f"ALTER TABLE complaints_{table} DISABLE TRIGGER USER")
        for statement in statements:
            cursor.execute(statement)


def test_the_workers_own_notes_are_looked_at_unasked(
    log: Path, as_owner: AsOwner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tail and the checkpoint's row are gone; only the note in the worker's folder remembers."""
    with as_owner():
        tamper(*CUT, "DELETE FROM complaints_disclosurecheckpoint")
    monkeypatch.setattr(settings, "CHECKPOINTS", log.parent / "none")
    assert verify()[0] == 0  # the control
    monkeypatch.setattr(settings, "CHECKPOINTS", log.parent)
    assert verify()[0] == 1


CUT = (
    "DELETE FROM complaints_disclosuredetail WHERE disclosure_id > 3",
    "DELETE FROM complaints_disclosure WHERE number > 3",
)


def test_an_untouched_log_is_whole(log: Path) -> None:
    status, said = verify("--checkpoint", str(log))
    assert status == 0, said
    assert "6 entries, 6 of them with what they say, held against 1 stored checkpoints and 1 files" in said


def test_without_any_checkpoint_it_says_what_it_cannot_know(log: Path, as_owner: AsOwner) -> None:
    with as_owner():
        tamper("DELETE FROM complaints_disclosurecheckpoint")
    status, said = verify()
    assert status == 0
    assert "a log cut short could look whole" in said


def test_a_tail_cut_off_is_told_from_the_stored_checkpoint(log: Path, as_owner: AsOwner) -> None:
    with as_owner():
        tamper(*CUT)
    status, said = verify()
    assert status == 1
    assert "checkpoint of week 2026-W47: it was signed over 4 entries; the log ends at 3" in said


def test_a_tail_cut_off_with_its_checkpoints_is_told_from_the_carried_note(log: Path, as_owner: AsOwner) -> None:
    with as_owner():
        tamper(*CUT, "DELETE FROM complaints_disclosurecheckpoint")
    assert verify()[0] == 0  # the control: the database alone cannot tell
    status, said = verify("--checkpoint", str(log))
    assert status == 1
    assert f"{log}: it was signed over 4 entries; the log ends at 3" in said


def test_an_edited_entry_is_named(log: Path, as_owner: AsOwner) -> None:
    with as_owner():
        tamper("UPDATE complaints_disclosuredetail SET verb = 'listed' WHERE disclosure_id = 3")
    status, said = verify()
    assert status == 1
    assert "entry 3: what it says is not what was written" in said


def test_notes_that_are_not_ours_are_told(log: Path, tmp_path: Path) -> None:
    _, seed = notes.new_key()
    bad = {
        "foreign": signed_head("somebody.invalid/log", seed),
        "forged": signed_head(seed=seed),
        "changed": log.read_text().replace("\n4\n", "\n3\n"),
        "nonsense": "nothing",
        "ours, of another log": signed_head_of_another_log(),
    }
    for name, note in bad.items():
        path = tmp_path / name
        path.write_text(note)
        status, said = verify("--checkpoint", str(path))
        assert status == 1, name
        assert str(path) in said, name


def signed_head_of_another_log() -> str:
    """Signed with the log's key, under its name, over another log's origin."""
    text = Head("another.invalid/log", 4, bytes(32)).to_text()
    return notes.sign(text, name=pinned.log_key().name, seed=settings.LOG_KEY.read_bytes())


def test_two_histories_under_one_key_are_told(log: Path, tmp_path: Path) -> None:
    """Whoever has the log's key can sign another history, and both notes together show it."""
    other = tmp_path / "other.note"
    text = Head(pinned.log_key().name, 4, bytes(32)).to_text()
    other.write_text(notes.sign(text, name=pinned.log_key().name, seed=settings.LOG_KEY.read_bytes()))
    status, said = verify("--checkpoint", str(log), str(other))
    assert status == 1
    assert "two different logs of 4 entries were signed" in said


def test_a_row_that_does_not_say_what_was_signed_is_told(log: Path, as_owner: AsOwner) -> None:
    with as_owner():
        tamper("UPDATE complaints_disclosurecheckpoint SET number = 3")
    assert "the row does not say what was signed" in verify()[1]


def test_the_head_is_shown_with_the_newest_note(log: Path) -> None:
    said = StringIO()
    call_command("disclosure_log", "show-head", stdout=said)
    assert "6 entries" in said.getvalue()
    assert log.read_text() in said.getvalue()
    assert pinned.log_key().to_text() in said.getvalue()


def test_a_file_that_is_not_there_is_said(log: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        verify("--checkpoint", "/nowhere/at/all.note")
