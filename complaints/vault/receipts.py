"""Receipts: 24 digits on the complainant's paper, from which their key pair is derived.

22 random digits (73 bits) and two check digits (ISO 7064 MOD 97-10, which finds every single
wrong digit and every swap of two neighbours). Digits → HMAC-SHA-512 with a pepper that is outside
the database → Argon2id → look-up tag and private key. There is no way to a tag that skips it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass, field

from complaints.vault.errors import ReceiptMistyped
from complaints.vault.primitives import KEY_BYTES, Cost, bind, public_of, require, stretch
from complaints.vault.primitives import derive as derive_key

DIGITS = 24
RANDOM_DIGITS = 22
GROUP = 4
TAG_BYTES = 16
COST = Cost(memory=64 * 1024 * 1024, passes=2)
_TYPED_MAX = 200
# Besides every Unicode space, dash and format character: minus sign, full stops, middle dots.
_SEPARATORS = frozenset("\u2212.\u00b7\u2022\u06d4\u3002\uff0e\u30fb_")
_SEPARATOR_CATEGORIES = frozenset({"Zs", "Zl", "Zp", "Pd", "Cf"})


@dataclass(frozen=True, slots=True)
class ReceiptKeys:
    """What a receipt gives: `tag` (16 bytes) finds the case, the X25519 pair opens its box."""

    tag: bytes
    public: bytes
    private: bytes = field(repr=False)


def new_receipt() -> str:
    """Return a new receipt: 24 ASCII digits."""
    body = f"{secrets.randbelow(10**RANDOM_DIGITS):0{RANDOM_DIGITS}d}"
    return body + check_digits(body)


def check_digits(body: str) -> str:
    """Return the two check digits ("02" to "98") of ASCII digits, by ISO 7064 MOD 97-10."""
    return f"{98 - int(body) * 100 % 97:02d}"


def show(receipt: str) -> str:
    """Return the receipt in groups of four with single spaces, as it is printed."""
    return " ".join(receipt[start : start + GROUP] for start in range(0, len(receipt), GROUP))


def read(text: str) -> str:
    """Return the 24 ASCII digits of what a person typed.

    Takes the decimal digits of any script and any spaces, hyphens, dots and direction marks
    between them. Raises ReceiptMistyped: "characters", "length" or "check", in this order.
    """
    digits = digits_of(text)
    _check(digits)
    return digits


def digits_of(text: str) -> str:
    """The ASCII digits of what a person typed. Raises ReceiptMistyped: "characters", or "length" of a whole page."""
    if len(text) > _TYPED_MAX:
        raise ReceiptMistyped("length")
    return "".join(str(_digit(char)) for char in text if not _separates(char))


def derive(receipt: str, *, pepper: bytes, salt: bytes, cost: Cost = COST) -> ReceiptKeys:
    """Return the keys of a receipt (24 ASCII digits, as `read` gives them).

    `pepper` is 32 bytes, `salt` 16 bytes, both of the installation. Takes about 80 ms and 64 MiB,
    for a receipt that exists and for one that does not. Raises ReceiptMistyped before deriving.
    """
    if not receipt.isascii():
        raise ReceiptMistyped("characters")
    _check(receipt)
    require("pepper", pepper, KEY_BYTES)
    peppered = hmac.digest(pepper, bind("receipt", receipt), hashlib.sha512)
    root = stretch(peppered, salt=salt, cost=cost)
    private = derive_key(root, "receipt/private")
    tag = derive_key(root, "receipt/tag")[:TAG_BYTES]
    return ReceiptKeys(tag=tag, public=public_of(private), private=private)


def _digit(char: str) -> int:
    digit = unicodedata.decimal(char, None)
    if digit is None:
        raise ReceiptMistyped("characters")
    return int(digit)


def _separates(char: str) -> bool:
    return char in _SEPARATORS or char.isspace() or unicodedata.category(char) in _SEPARATOR_CATEGORIES


def _check(digits: str) -> None:
    if len(digits) != DIGITS:
        raise ReceiptMistyped("length")
    if not digits.isdecimal():
        raise ReceiptMistyped("characters")
    if check_digits(digits[:RANDOM_DIGITS]) != digits[RANDOM_DIGITS:]:
        raise ReceiptMistyped("check")
