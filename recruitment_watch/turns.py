"""How many requests are worked on at once: as many as the machine has cores, and one more.

Python's threads share one lock. With thirty of them at it a page costs half as much again as with three, because each
takes the lock, and a core's cache, from another in the middle of its work (measured by `make bench`); whoever waits
for a turn costs nothing. A turn is only for work. Who waits for something long, a key derivation or the cleaning of a
file, gives it back meanwhile (`given_back`); a body that is still on its way takes none, and neither does sending.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, local
from typing import Any

from .listening import GATHER

AT_ONCE = (os.cpu_count() or 1) + 1
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_turns = BoundedSemaphore(AT_ONCE)
_mine = local()


def in_turn(application: Application) -> Application:
    """A WSGI application that answers so many at once; who sends more than what is heard before, without a turn."""

    def patient(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > GATHER:
            return application(environ, start_response)
        with _turns:
            _mine.turn = True
            try:
                return application(environ, start_response)
            finally:
                _mine.turn = False

    return patient


@contextmanager
def given_back() -> Iterator[None]:
    """Let somebody else work while this thread waits for something long."""
    if not getattr(_mine, "turn", False):
        yield
        return
    _turns.release()
    _mine.turn = False
    try:
        yield
    finally:
        _turns.acquire()
        _mine.turn = True
