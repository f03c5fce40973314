"""Group codes: 12 digits that one person hands to others, so that the complaints find each other inside the office.

10 random digits and two check digits, as a receipt has them (ISO 7064 MOD 97-10). A code opens nothing: who guesses one
adds a complaint to a group and learns nothing of the others.
"""

from __future__ import annotations

import secrets

from complaints.vault import receipts
from complaints.vault.errors import ReceiptMistyped

RANDOM_DIGITS = 10
DIGITS = RANDOM_DIGITS + 2


class CodeMistyped(ValueError):
    """These are not the digits of a code."""


def new_code() -> str:
    """Return a new code: 12 ASCII digits."""
    body = f"{secrets.randbelow(10**RANDOM_DIGITS):0{RANDOM_DIGITS}d}"
    return body + receipts.check_digits(body)


def read(text: str) -> str:
    """Return the 12 ASCII digits of what a person typed, in any script. Raises CodeMistyped."""
    try:
        digits = receipts.digits_of(text)
    except ReceiptMistyped:
        digits = ""
    if len(digits) != DIGITS or receipts.check_digits(digits[:RANDOM_DIGITS]) != digits[RANDOM_DIGITS:]:
        raise CodeMistyped
    return digits
