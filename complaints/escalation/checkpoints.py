"""The disclosure log's head, signed once a week and laid out to be carried away (FIREWALL rule 12).

Before it signs, the worker holds the log against the checkpoint before: a log that was cut, forked or rewritten
since gets no signature. A checkpoint helps only where it is out of the reach of whoever runs the host, which is why
the note also lies in a folder of its own: copy that to another host, publish it, send it to whom you trust.
"""

from __future__ import annotations

import os
from pathlib import Path

import structlog
from django.conf import settings
from django.db import transaction

from complaints.cases import clocks, pinned
from complaints.firewall import chain, disclosure
from complaints.firewall.chain import Checkpoint
from complaints.firewall.models import DisclosureCheckpoint
from complaints.vault import notes
from complaints.vault.notes import BadNote, Head
from recruitment_watch import clock

log = structlog.get_logger(__name__)


class NotSigned(RuntimeError):
    """The log is not the one that was signed before; a person must look."""


def checkpoint() -> DisclosureCheckpoint:
    """This week's checkpoint: made if there is none yet, and its note laid out if it is not.

    Raises NotSigned where the log does not hold, NotPinned where there is no key.
    """
    week = clocks.week(clock.now())
    with transaction.atomic():
        disclosure.lock()
        found = DisclosureCheckpoint.objects.filter(week=week).first() or _sign(week)
    _lay_out(found)
    return found


def _sign(week: str) -> DisclosureCheckpoint:
    key, seed = pinned.log_key(), settings.LOG_KEY.read_bytes()
    if notes.public_of(seed) != key.public:
        raise pinned.NotPinned("the log's key is not the one that is pinned")
    _held_against_the_folder()
    head = _held_against(_last())
    text = Head(key.name, head.number, head.digest).to_text()
    row = DisclosureCheckpoint(
        week=week, number=head.number, digest=head.digest, note=notes.sign(text, name=key.name, seed=seed)
    )
    row.save(force_insert=True)
    return row


def _last() -> Checkpoint:
    """The newest checkpoint that the database holds; before the first, the beginning of all logs."""
    row = DisclosureCheckpoint.objects.order_by("-number", "-week").first()
    if row is None:
        return Checkpoint(0, chain.GENESIS)
    try:
        return chain.read_note(row.note, [pinned.log_key()], source=f"checkpoint of week {row.week}")
    except BadNote:
        pass
    raise _refused()


def _held_against_the_folder() -> None:
    """Every note that was laid out: the rows of the database could have been taken away with the links."""
    for path in sorted(settings.CHECKPOINTS.glob("*.note")):
        try:
            laid_out = chain.read_note(path.read_text(), [pinned.log_key()], source=path.name)
        except (BadNote, UnicodeDecodeError):
            raise _refused() from None
        if laid_out.number and disclosure.digest_at(laid_out.number) != laid_out.digest:
            raise _refused()


def _held_against(last: Checkpoint) -> Checkpoint:
    """The log's head, if what was signed is still there and everything since follows from it."""
    if last.number and disclosure.digest_at(last.number) != last.digest:
        raise _refused()
    report = chain.verify(disclosure.links_after(last.number), since=last)
    if not report.sound:
        raise _refused()
    return report.head


def _refused() -> NotSigned:
    log.error("the disclosure log is not what was signed; no checkpoint was made")
    return NotSigned("manage.py disclosure_log verify says what is wrong")


def _lay_out(row: DisclosureCheckpoint) -> None:
    """Write the note where it is carried away from: whole or not at all, readable by all, never overwritten."""
    folder: Path = settings.CHECKPOINTS
    target = folder / f"{row.week}.note"
    if target.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{row.week}.{os.getpid()}.new"
    draft.write_text(row.note)
    draft.chmod(0o644)
    draft.rename(target)
