"""What this zone trusts without asking a database: registrars, the worker's lock, the quarter's key, weekly files.

They are files beside the process, because whoever could change a row could otherwise swap a key (rule 7).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings

from complaints.vault.notes import NoteKey
from complaints.vault.retention import ReplicatedWeekKeys, WeekKeyFolder


class NotPinned(RuntimeError):
    """A key that must be pinned is not there; the ceremony makes it."""


def roots() -> tuple[bytes, ...]:
    """The registrars' public keys (Ed25519, 32 bytes each)."""
    found = tuple(_read(path) for path in sorted((settings.PINNED / "registrars").glob("*.pub")))
    if not found:
        raise NotPinned("no registrar's public key is pinned")
    return found


def worker_public() -> bytes:
    """The worker's outer lock (X25519, 32 bytes)."""
    return _read(settings.PINNED / "worker.pub")


def statistics_public(quarter: str) -> bytes:
    """The key of a quarter ("2026-Q4") that coarse envelopes are sealed to (X25519, 32 bytes)."""
    return _read(settings.PINNED / "statistics" / f"{quarter}.pub")


def log_key() -> NoteKey:
    """The key that signs the disclosure log's checkpoints, with the log's name."""
    try:
        return NoteKey.from_text((settings.PINNED / "log.pub").read_text())
    except FileNotFoundError:
        raise NotPinned("the log's key is not pinned") from None


def delivery_public() -> bytes:
    """The key that parcels for offices outside are signed with (Ed25519, 32 bytes)."""
    return _read(settings.PINNED / "delivery.pub")


def week_keys() -> ReplicatedWeekKeys:
    """The weekly files of FIREWALL section 2; never cached: a destroyed week must be gone at once."""
    folders: list[Path] = [settings.RETENTION, *map(Path, settings.RETENTION_REPLICAS)]
    return ReplicatedWeekKeys(tuple(WeekKeyFolder(one, settings.RETENTION_MODE) for one in folders))


@cache
def _read(path: Path) -> bytes:
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        raise NotPinned(f"the key {path.name} is not pinned") from None
    if len(key) != 32:
        raise NotPinned(f"the key {path.name} is not 32 bytes long")
    return key
