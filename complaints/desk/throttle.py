"""How often somebody may try to sign in at the desk: recruitment_watch/tries.py counts."""

from __future__ import annotations

from recruitment_watch.tries import FORGOTTEN, FREE, Throttle

__all__ = ["CODES", "FORGOTTEN", "FREE", "PASSWORDS", "Throttle"]

# A password can be guessed at most once a minute. Who has the password has one chance in 333,333 a try at the
# code: at most once in a quarter of an hour, 96 a day.
PASSWORDS = Throttle(longest=60.0)
CODES = Throttle(longest=900.0)
