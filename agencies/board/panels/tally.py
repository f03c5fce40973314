"""What falls due on a day, found once and then kept right by what is recorded since.

The truth is append-only and has two times, so that "which of 100,000 guarantees are short" cannot be read off an
index. The first question of a day reads it all; each later one asks only what was recorded since the one before,
and works those out anew by the same rules. Nothing is stored: a process that starts afresh counts afresh.

A transaction may commit later than the moment that its rows carry, so each question looks back OVERLAP further.
"""

from __future__ import annotations

import datetime
import threading
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Protocol

from recruitment_watch import clock

#: Longer than any transaction of this zone lasts (``idle_in_transaction_session_timeout`` ends it before).
OVERLAP: Final = datetime.timedelta(minutes=10)
Key = uuid.UUID


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that falls due. ``key`` names it, ``group`` what it is found by; ``kind`` is a word of its source."""

    key: Key
    group: Key
    day: datetime.date
    kind: str = ""


class Source(Protocol):
    """Where due things come from. A group is looked at as a whole."""

    def changed(self, since: datetime.datetime) -> set[Key]:
        """The groups of which something was recorded since. One query."""

    def due(self, day: datetime.date, groups: Collection[Key] | None) -> list[Due]:
        """What falls due as seen on that day, of some groups or (None) of all. One query."""


class Tally:
    """The due things of one source, in order of their days. Safe between threads."""

    def __init__(self, source: Source) -> None:
        self._source, self._lock = source, threading.Lock()
        self._day: datetime.date | None = None
        self._mark = datetime.datetime.min.replace(tzinfo=datetime.UTC)
        self._found: dict[Key, Due] = {}

    def read(self) -> list[Due]:
        """All that falls due today. One query when nothing was recorded lately, else two."""
        with self._lock:
            now, today = clock.now(), clock.today()
            if self._day != today or now < self._mark:
                self._found = {one.key: one for one in self._source.due(today, None)}
            elif groups := self._source.changed(self._mark - OVERLAP):
                rest = (one for one in self._found.values() if one.group not in groups)
                fresh = self._source.due(today, groups)
                self._found = {one.key: one for one in (*rest, *fresh)}
            self._day, self._mark = today, now
            return sorted(self._found.values(), key=lambda one: (one.day, str(one.key)))

    def forget(self) -> None:
        """Count afresh at the next question."""
        with self._lock:
            self._day = None
