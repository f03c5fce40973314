"""How often somebody may try to sign in, and that a code works once: both in this process's memory.

Tries are counted per user name and never by address: under load nothing is refused to a shared address, because none
is looked at (FIREWALL rule 5). A user name, or a code, is kept as its HMAC under a key that dies with the process.
Three tries are free; then each one doubles the wait, up to a longest. A browser in which the member has signed in
before has a count of its own, so that whoever tries a colleague's name all day long keeps that colleague from nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import secrets
import threading
import time
from collections.abc import Callable

FREE = 3
FORGOTTEN = 3_600.0  # seconds without a try after which the count begins anew
NAMES = 10_000  # at most; the one tried longest ago goes first


class Throttle:
    """Tries by name. `begin` counts a try before it is judged, so that many at once gain nothing."""

    def __init__(self, *, longest: float, now: Callable[[], float] = time.monotonic) -> None:
        self._key, self._lock = secrets.token_bytes(32), threading.Lock()
        self._longest, self.now = longest, now
        self._tries: dict[bytes, tuple[int, float]] = {}  # HMAC of a name: tries, and when the next may begin

    def begin(self, name: str, browser: bytes = b"") -> int:
        """Whole seconds to wait before a try for this name; 0 when it may begin, and then it is counted."""
        mark, now = self._mark(name, browser), self.now()
        with self._lock:
            tries, until = self._tries.pop(mark, (0, 0.0))
            if now < until:
                self._tries[mark] = (tries, until)
                return math.ceil(until - now)
            tries = 1 if now - until > FORGOTTEN else tries + 1
            self._tries[mark] = (tries, now + self._wait_after(tries))
            while len(self._tries) > NAMES:
                del self._tries[next(iter(self._tries))]
            return 0

    def passed(self, name: str, browser: bytes = b"") -> None:
        """The try was right: the count begins anew."""
        with self._lock:
            self._tries.pop(self._mark(name, browser), None)

    def _wait_after(self, tries: int) -> float:
        return 0.0 if tries < FREE else min(2.0 ** min(tries - FREE, 30), self._longest)

    def _mark(self, name: str, browser: bytes) -> bytes:
        written = name.encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, len(written).to_bytes(8) + written + browser, hashlib.sha256)


class Spent:
    """What was used once and may not be used again, in this process's memory. Safe between threads."""

    def __init__(self, *, longest: int = NAMES) -> None:
        self._key, self._lock, self._longest = secrets.token_bytes(32), threading.Lock(), longest
        self._seen: dict[bytes, None] = {}  # HMACs

    def spend(self, *what: bytes | str | int) -> bool:
        """Whether this is its first use; remembers it, and forgets the oldest where there are too many."""
        mark = hmac.digest(self._key, repr(what).encode(), hashlib.sha256)
        with self._lock:
            if mark in self._seen:
                return False
            self._seen[mark] = None
            while len(self._seen) > self._longest:
                del self._seen[next(iter(self._seen))]
            return True
