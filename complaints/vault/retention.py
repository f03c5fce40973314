"""The retention layer: every stored box lies under the key of the week in which its case dies.

A week's key is a file outside every database and backup set. When the file is destroyed, rows,
WAL and backups go dark together.
"""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Protocol

from complaints.vault.errors import VaultError, WeekKeyMissing
from complaints.vault.primitives import KEY_BYTES, bind, decrypt, encrypt, new_key, require

RETENTION_WEEKS = 104
CARRY_OVER_WEEKS = 26
_WEEK = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)


def wrap(week_key: bytes, box: bytes, *, week: str, context: bytes) -> bytes:
    """Put the retention layer over `box`; 41 bytes longer.

    `week` is the week of death ("2028-W47"), `context` one of `contexts`.
    """
    return encrypt(week_key, box, ad=_ad(week, context))


def unwrap(week_key: bytes, box: bytes, *, week: str, context: bytes) -> bytes:
    """Undo `wrap`. Raises BadEnvelope for another week, key or context."""
    return decrypt(week_key, box, ad=_ad(week, context))


def rewrap(old_key: bytes, new_key: bytes, box: bytes, *, old_week: str, new_week: str, context: bytes) -> bytes:
    """Move a box to another week of death; what is inside stays locked."""
    inside = unwrap(old_key, box, week=old_week, context=context)
    return wrap(new_key, inside, week=new_week, context=context)


def week_of(day: date) -> str:
    """Return the ISO 8601 week of a day, as "2028-W47"."""
    year, week, _ = day.isocalendar()
    return f"{year:04d}-W{week:02d}"


def death_week(day: date, *, weeks: int = RETENTION_WEEKS) -> str:
    """Return the week in which a case filed on `day` dies: 104 weeks later unless said otherwise."""
    return week_of(day + timedelta(weeks=weeks))


def weeks_after(week: str, count: int) -> str:
    """Return the week `count` weeks after `week`. Raises VaultError if `week` is none."""
    return week_of(_monday(week) + timedelta(weeks=count))


class WeekKeys(Protocol):
    """Where the keys of the weeks are. A lost race in `make` raises FileExistsError."""

    def read(self, week: str) -> bytes:
        """Return the 32 bytes of a week. Raises WeekKeyMissing."""
        ...

    def make(self, week: str) -> bytes:
        """Make the key of a week and return it. Raises FileExistsError if there is one."""
        ...

    def destroy(self, week: str) -> None:
        """Delete the key of a week; nothing happens if there is none."""
        ...


@dataclass(frozen=True, slots=True)
class WeekKeyFolder:
    """A folder with one file a week of death, "2028-W47.key", 32 bytes each.

    `mode` is 0600; an installation whose zones are users of their own gives the folder a group
    and uses 0640.
    """

    folder: Path
    mode: int = 0o600

    def read(self, week: str) -> bytes:
        """Return the 32 bytes of a week. Raises WeekKeyMissing; VaultError if the file is damaged.

        Nothing is kept in memory: a destroyed file counts at once.
        """
        try:
            found = self._path(week).read_bytes()
        except FileNotFoundError:
            found = None
        if found is None:
            raise WeekKeyMissing("no key for this week")
        return require("week key", found, KEY_BYTES)

    def make(self, week: str) -> bytes:
        """Make the key of a week and return it. Raises FileExistsError if there is one."""
        key = new_key()
        self.put(week, key)
        return key

    def put(self, week: str, key: bytes) -> None:
        """Store a week's key that is made already. Raises FileExistsError if there is one.

        The file appears complete and on disk, or not at all: written beside its place, then
        linked (which, like O_EXCL, never replaces a file), then the folder is synced.
        """
        require("week key", key, KEY_BYTES)
        target = self._path(week)
        draft = self.folder / f".{secrets.token_hex(8)}.new"
        try:
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as stream:
                os.fchmod(stream.fileno(), self.mode)
                stream.write(key)
                stream.flush()
                os.fsync(stream.fileno())
            os.link(draft, target)
        finally:
            draft.unlink(missing_ok=True)
        self._sync()

    def ensure(self, week: str) -> bytes:
        """Return the key of a week; make it if it is not there. Safe in several processes at once."""
        return _ensure(self, week)

    def destroy(self, week: str) -> None:
        """Overwrite, delete and sync; nothing happens if there is no such file.

        Overwriting helps on disks that write in place; on others the deletion must be enough, so
        the folder belongs on an encrypted volume.
        """
        path = self._path(week)
        with suppress(FileNotFoundError):
            with path.open("r+b") as stream:
                stream.write(secrets.token_bytes(KEY_BYTES))
                stream.flush()
                os.fsync(stream.fileno())
            path.unlink()
            self._sync()

    def weeks(self) -> frozenset[str]:
        """Return the weeks that have a key here."""
        return frozenset(path.stem for path in self.folder.glob("*.key") if _WEEK.fullmatch(path.stem))

    def reachable(self) -> bool:
        """Tell whether the folder is there: a volume that is not mounted must not look like an empty one."""
        return self.folder.is_dir()

    def _path(self, week: str) -> Path:
        _monday(week)
        return self.folder / f"{week}.key"

    def _sync(self) -> None:
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@dataclass(frozen=True, slots=True)
class ReplicatedWeekKeys:
    """The same keys in several folders, the first on this host; all of them outside every backup."""

    folders: tuple[WeekKeyFolder, ...]

    def read(self, week: str) -> bytes:
        """Return the 32 bytes of a week from the first folder that has it. Raises WeekKeyMissing."""
        for folder in self.folders:
            with suppress(WeekKeyMissing):
                return folder.read(week)
        raise WeekKeyMissing("no key for this week")

    def make(self, week: str) -> bytes:
        """Make the key of a week in every folder, or in none. Raises FileExistsError, VaultError."""
        self._require_all()
        key = self.folders[0].make(week)
        try:
            for replica in self.folders[1:]:
                replica.put(week, key)
        except OSError:
            self.destroy(week)
            raise
        return key

    def ensure(self, week: str) -> bytes:
        """Return the key of a week; make it if it is not there. Safe in several processes at once."""
        return _ensure(self, week)

    def destroy(self, week: str) -> None:
        """Delete the key of a week everywhere. Raises VaultError, with what it could not reach still there."""
        for folder in self.folders:
            folder.destroy(week)
        self._require_all()

    def weeks(self) -> frozenset[str]:
        """Return the weeks that have a key in any folder."""
        return frozenset[str]().union(*(folder.weeks() for folder in self.folders))

    def reachable(self) -> bool:
        """Tell whether every folder is there."""
        return all(folder.reachable() for folder in self.folders)

    def _require_all(self) -> None:
        if not self.reachable():
            raise VaultError("weekly files: a folder is not there")


def _ensure(keys: WeekKeyFolder | ReplicatedWeekKeys, week: str) -> bytes:
    with suppress(WeekKeyMissing):
        return keys.read(week)
    with suppress(FileExistsError):
        return keys.make(week)
    return keys.read(week)


def _monday(week: str) -> date:
    match = _WEEK.fullmatch(week)
    if match:
        with suppress(ValueError):
            return date.fromisocalendar(int(match[1]), int(match[2]), 1)
    raise VaultError("week: not an ISO week")


def _ad(week: str, context: bytes) -> bytes:
    _monday(week)
    return bind("retention", week, context)
