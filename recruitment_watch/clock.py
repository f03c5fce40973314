"""Application time. Domain code asks here and nowhere else, so that a rehearsal can move the clock.

The database's triggers use the database's own time: a moved clock never makes a lapsed mandate live.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from django.conf import settings


def now() -> datetime:
    """The current time, aware, in UTC; moved by the seconds in RW_CLOCK_FILE where that file exists."""
    return datetime.now(UTC) + _moved_by()


def today() -> date:
    return now().date()


def _moved_by() -> timedelta:
    path: Path | None = getattr(settings, "CLOCK_FILE", None)
    if path is None or not path.exists():
        return timedelta()
    try:
        return timedelta(seconds=float(path.read_text()))
    except (FileNotFoundError, ValueError):
        return timedelta()
