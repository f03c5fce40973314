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

    def look(self, day: datetime.date, since: datetime.datetime | None) -> list[tuple[Key, Due | None]]:
        """Each thing looked at, as seen on that day: its group, and what falls due of it. One query.

        Looked at is all that is due (``since`` None), or every group of which something was recorded since, due or not.
        """


class Tally:
    """The due things of one source. Safe between threads."""

    def __init__(self, source: Source) -> None:
        self._source, self._lock = source, threading.Lock()
        self._day: datetime.date | None = None
        self._mark = datetime.datetime.min.replace(tzinfo=datetime.UTC)
        self._found: dict[Key, Due] = {}

    def read(self) -> list[Due]:
        """All that falls due today, in order of their days. One query."""
        return sorted(self.current(), key=lambda one: (one.day, str(one.key)))

    def current(self) -> list[Due]:
        """All that falls due today, in no order: to be counted. One query."""
        with self._lock:
            now, today = clock.now(), clock.today()
            afresh = self._day != today or now < self._mark
            looked = self._source.look(today, None if afresh else self._mark - OVERLAP)
            groups = {group for group, _due in looked}
            rest = [] if afresh else [one for one in self._found.values() if one.group not in groups]
            self._found = {one.key: one for one in (*rest, *(due for _group, due in looked if due))}
            self._day, self._mark = today, now
            return list(self._found.values())

    def forget(self) -> None:
        """Count afresh at the next question."""
        with self._lock:
            self._day = None
