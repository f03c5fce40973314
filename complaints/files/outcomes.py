"""What can come of an attachment: it is clean, it is refused for a reason, or it could not be taken just now."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from .kinds import MEDIA_TYPES, Kind


class Reason(IntEnum):
    """Why a file is refused; the closed-in process says it as this number. Sentences: `words.sentence`."""

    EMPTY = 1
    TOO_LARGE = 2
    NOT_TAKEN = 3
    HEIC = 4
    VIDEO = 5
    DAMAGED = 6
    TOO_LONG = 7
    TOO_MANY_PAGES = 8
    TOO_SLOW = 9
    ENCRYPTED = 10


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of one file is taken. The process's own bounds stand in `inside.sandbox`."""

    file_bytes: int = 16 * 2**20
    clean_bytes: int = 16 * 2**20
    pages: int = 30
    minutes: int = 15
    start_seconds: float = 3.0  # by the wall clock, until the process stands ready (0.1 to 0.2 s when there is time)
    seconds: float = 6.5  # from then on; together below the ten that proof 11 allows


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Clean:
    """A file written anew: pixels and sound of the original and nothing else of it.

    `sha256` is that of the ORIGINAL, in hexadecimal: whoever keeps the original can show later that this is it.
    `pages` counts a document's, `seconds` is how long a recording is; 0 elsewhere.
    """

    kind: Kind
    data: bytes = field(repr=False)
    sha256: str = field(repr=False)
    pages: int = 0
    seconds: int = 0

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.kind]

    @property
    def count(self) -> int:
        """How many pages or seconds it has, as its kind counts."""
        return self.pages or self.seconds


@dataclass(frozen=True, slots=True)
class Refused:
    reason: Reason


@dataclass(frozen=True, slots=True)
class Busy:
    """Nothing is wrong with the file: others were being cleaned for too long, or no process could be had."""


Outcome = Clean | Refused | Busy
