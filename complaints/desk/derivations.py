"""Who may wait for a derivation, so that wrong passwords do not keep everybody else from their pages.

A password takes 100 MiB, six words 256 MiB and half a second. One of each kind is derived at a time in a process, and
a request that waits holds one of its few threads (eight). So few may wait, and whoever comes when the places are taken
is told so at once. A name that does not exist is derived and waits like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from django.http import HttpResponse
from django.utils.translation import gettext as _

WAITING = 2
RETRY_SECONDS = 5


class Busy(RuntimeError):
    """One is being derived, and as many as may are waiting."""


class Turns:
    """One derives, at most `waiting` wait.

    `kept` of these places are kept for whom `one(known=True)` asks.
    """

    def __init__(self, *, waiting: int = WAITING, kept: int = 0) -> None:
        self._turn, self._counting = Lock(), Lock()
        self._places, self._kept, self._inside = 1 + waiting, kept, 0

    @contextmanager
    def one(self, *, known: bool = False) -> Iterator[None]:
        """Wait for one's turn and have it. Raises Busy at once where no place is free."""
        with self._counting:
            if self._inside >= self._places - (0 if known else self._kept):
                raise Busy
            self._inside += 1
        try:
            with self._turn:
                yield
        finally:
            with self._counting:
                self._inside -= 1


# Strangers fill two of the three places; the third is for a browser in which the name has signed in before.
PASSWORDS = Turns(kept=1)
VAULTS = Turns()


def in_a_moment() -> str:
    return _("Many people are signing in just now. Try again in a moment.")


def refused(response: HttpResponse) -> HttpResponse:
    """The page that says so, with when to come again."""
    response.status_code = 503
    response["Retry-After"] = str(RETRY_SECONDS)
    return response
