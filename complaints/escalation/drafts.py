"""Forms that were begun and not sent: their rows go when their time is over, whether or not anybody begins another."""

from __future__ import annotations

from datetime import datetime

from django.db import connection


def sweep(now: datetime) -> None:
    """Delete the drafts, and their files, whose time was over at `now` (aware) and is by the database's own clock.

    The worker has no right to the table: a function of the owner's does it and says nothing back.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.drafts_sweep(%s)", [now])
