"""What makes the disclosure log a chain, and what is wrong with one: pure, over rows from anywhere.

The formats stand in complaints.firewall.disclosure, which feeds `verify` from the database. What `verify` cannot see:
a detail that is gone (that is how a dead case is forgotten; its link stays), and what was done after the last
checkpoint by somebody who chained everything after it anew. The next checkpoint ends that.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from complaints.vault import notes
from complaints.vault.contents import pack
from complaints.vault.notes import BadNote, Head, NoteKey
from complaints.vault.primitives import bind

GENESIS = hashlib.sha256(bind("disclosure-log")).digest()


@dataclass(frozen=True, slots=True)
class Detail:
    """What a link commits to: ids as text, None where there is none."""

    case: str | None
    inspector: str | None
    office: str | None
    subject: str | None
    verb: str
    week: str
    salt: bytes


@dataclass(frozen=True, slots=True)
class Link:
    """One row of the log, with its detail while that is still there."""

    number: int
    previous: bytes
    commitment: bytes
    digest: bytes
    detail: Detail | None = None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log's head as somebody wrote it down: how many links, and the digest of the last; and who says so."""

    number: int
    digest: bytes
    source: str = "the checkpoint"


@dataclass(frozen=True, slots=True)
class Report:
    """What `verify` found: the head it reached, the details that still speak, checkpoints held, a line a fault."""

    head: Checkpoint
    details: int
    faults: tuple[str, ...]
    checkpoints: int = 0

    @property
    def sound(self) -> bool:
        return not self.faults


def commitment_of(detail: Detail) -> bytes:
    facts = {name: getattr(detail, name) for name in ("case", "inspector", "office", "subject", "verb", "week")}
    return hashlib.sha256(bind("disclosure", detail.salt, pack(facts))).digest()


def digest_of(number: int, previous: bytes, commitment: bytes) -> bytes:
    return hashlib.sha256(bind("disclosure-link", number, previous, commitment)).digest()


def verify(links: Iterable[Link], checkpoints: Sequence[Checkpoint] = (), *, since: Checkpoint | None = None) -> Report:
    """Hold every link against the one before and against its detail, and the log against every checkpoint.

    `links` in the order of their numbers, from 1 or from the one after `since`; read once, in constant memory.
    """
    wanted: dict[int, list[Checkpoint]] = defaultdict(list)
    for one in checkpoints:
        wanted[one.number].append(one)
    faults = list(_disagreements(wanted))
    details = 0
    head = since or Checkpoint(0, GENESIS)
    faults += _held(wanted.pop(0, []), head)
    for link in links:
        faults += _faults_of(link, head)
        details += link.detail is not None
        head = Checkpoint(link.number, link.digest)
        faults += _held(wanted.pop(link.number, []), head)
    for number, missed in sorted(wanted.items()):
        for one in missed:
            if number > head.number:
                faults.append(f"{one.source}: it was signed over {number} entries; the log ends at {head.number}")
            else:
                faults.append(f"{one.source}: entry {number}, at which it was signed, is gone")
    return Report(head, details, tuple(faults), len(checkpoints))


def read_note(note: str, keys: Sequence[NoteKey], *, source: str) -> Checkpoint:
    """Return what a checkpoint's note says. Raises BadNote: not ours, changed, or of another log."""
    head = Head.from_text(notes.opened(note, keys))
    if head.origin not in {key.name for key in keys}:
        raise BadNote("it is of another log")
    return Checkpoint(head.number, head.digest, source)


def _faults_of(link: Link, before: Checkpoint) -> Iterator[str]:
    if link.number != before.number + 1:
        yield f"entry {link.number}: comes after entry {before.number}; entries are missing, doubled or out of order"
    if not hmac.compare_digest(link.previous, before.digest):
        yield f"entry {link.number}: does not follow from the entry before it"
    if link.number < 0 or not hmac.compare_digest(link.digest, digest_of(link.number, link.previous, link.commitment)):
        yield f"entry {link.number}: was changed"
    if link.detail is not None and not hmac.compare_digest(commitment_of(link.detail), link.commitment):
        yield f"entry {link.number}: what it says is not what was written"


def _held(checkpoints: Iterable[Checkpoint], head: Checkpoint) -> Iterator[str]:
    for one in checkpoints:
        if not hmac.compare_digest(one.digest, head.digest):
            yield f"{one.source}: entry {one.number} was another one when it was signed; the log was rewritten"


def _disagreements(wanted: dict[int, list[Checkpoint]]) -> Iterator[str]:
    """Two checkpoints of one size that differ: whoever holds the key has signed two histories."""
    for number, those in sorted(wanted.items()):
        first = those[0]
        for other in those[1:]:
            if other.digest != first.digest:
                yield f"{first.source} and {other.source}: two different logs of {number} entries were signed"
