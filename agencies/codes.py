"""References and codes by which an agency comes back without an account. They open no complaint.

The complainant's receipt is another thing with other rules (FIREWALL.md rule 8).
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

from recruitment_watch import clock

#: Letters and digits that nobody mixes up, in reference and code.
ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_CODE_LETTERS: Final = 20
_REFERENCE_LETTERS: Final = 6


def new_code() -> str:
    """A code by which the agency comes back: 20 letters of 32, 100 bits."""
    return "".join(secrets.choice(ALPHABET) for _n in range(_CODE_LETTERS))


def new_reference(letter: str) -> str:
    """A reference like A2026-7KQ2MX: a letter for its kind, the year, six letters."""
    return f"{letter}{clock.today().year}-" + "".join(secrets.choice(ALPHABET) for _n in range(_REFERENCE_LETTERS))


def hashed(code: str) -> str:
    """Its SHA-256; 100 random bits need no slow one. Spaces, dashes and small letters do not matter."""
    return hashlib.sha256("".join(c for c in code.upper() if c.isalnum()).encode()).hexdigest()


def fits(code: str, code_hash: str) -> bool:
    """Whether this is the code of that hash, in the same time for every code."""
    return secrets.compare_digest(code_hash, hashed(code))
