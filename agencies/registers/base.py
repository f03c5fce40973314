"""What an adapter gives to the engine: raw lines as read, each mapped or refused with a reason."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import phonenumbers
from phonenumbers import PhoneNumberFormat

from agencies import names
from agencies.models import AgencyName
from agencies.states import State

#: Registers write "no date" as this day or an earlier one.
SENTINEL: Final = datetime.date(1901, 1, 1)


class NotThisFormat(Exception):
    """The file as a whole is not what the adapter reads. Nothing is imported."""


class Refused(Exception):
    """A row that is not understood: its text is the reason that quarantine keeps.

    ``key`` is the row's place key where it could be told: the row was there, so it is not absent.
    """

    def __init__(self, reason: str, key: str = "") -> None:
        super().__init__(reason)
        self.key = key


@dataclass(frozen=True, slots=True)
class RawLine:
    """One row as it stood. ``error``: why it could not even be read."""

    file: str
    line: int
    payload: Any
    error: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """All rows of some files. ``whole``: they are the complete list, so that absence says something."""

    lines: Sequence[RawLine]
    whole: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """What the list says of a row: our state (None: may not recruit, kind unknown), its words, its dates."""

    state: State | None
    words: str = ""
    unverified: bool = False
    since: datetime.date | None = None
    since_year: int | None = None
    ends_on: datetime.date | None = None
    debarred_permanently: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A row understood. ``as_of``: the row's own date where the list gives one."""

    line: RawLine = field(compare=False)
    name: str
    names: tuple[tuple[str, AgencyName.Kind], ...]
    name_key: str
    place_key: str
    statement: Statement
    types: tuple[str, ...] = ()
    address: str = ""
    district: str = ""
    phones: tuple[str, ...] = ()
    phones_raw: str = ""
    email: str = ""
    as_of: datetime.date | None = None


class Adapter(Protocol):
    """One foreign list. ``branches``: rows under one name are branches of one agency, not twins."""

    code: str
    register_code: str
    register_name: str
    regulator: str
    website: str
    country: str
    branches: bool

    def read(self, paths: Sequence[Path]) -> Reading:
        """Read files into lines. Raises NotThisFormat when they are of another kind."""

    def map(self, line: RawLine) -> Entry:
        """Understand one readable line. Raises Refused with the reason."""


def storable(value: Any) -> Any:
    """The value with what PostgreSQL cannot hold (NUL, lone surrogates) made visible as an escape."""
    if isinstance(value, str):
        text = value.replace("\x00", "\\x00")
        return text.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {storable(str(k)): storable(v) for k, v in value.items()}
    if isinstance(value, list):
        return [storable(v) for v in value]
    return value


def unclean(value: Any) -> bool:
    """Whether ``storable`` changes it: such a row was damaged on its way."""
    return bool(storable(value) != value)


def name_key(*parts: str) -> str:
    """Key of a name as listed: only case and spacing are ignored, so that near-twins stay apart."""
    return _digest(parts)


def place_key(*parts: str) -> str:
    """Key of a row that has no number: its name and address, case and spacing ignored."""
    return _digest(parts)


def _digest(parts: Sequence[str]) -> str:
    return hashlib.sha256("\x1f".join(names.fold_key(p) for p in parts).encode()).hexdigest()


def phones(raw: str, *, region: str) -> tuple[str, ...]:
    """E.164 numbers found in a cell with several; what does not parse is left to the raw words."""
    found: list[str] = []
    for part in raw.replace(";", "/").replace(",", "/").split("/"):
        try:
            number = phonenumbers.parse(part, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            found.append(phonenumbers.format_number(number, PhoneNumberFormat.E164))
    return tuple(dict.fromkeys(found))
