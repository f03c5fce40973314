"""Statistics envelopes, from where they wait to where they are kept: several at once, in a transaction of their own."""

from __future__ import annotations

from django.db import connection


def gather() -> int:
    """Move what waits where there is enough of it, or its week is over (sql/statistics.sql); how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.statistics_gather()")
        (moved,) = cursor.fetchone()
    return int(moved)
