"""Blind indexes: 16 bytes that stand for something inside one office, and say nothing to who lacks the office's key.

    key    HMAC-SHA-256(office's private key, bind("blind-key", purpose))
    index  the first 16 bytes of HMAC-SHA-256(key, bind("blind", kind, value))

Two offices, two generations of an office's key and two purposes have nothing in common, so that a row of one list
cannot be held against a row of another. Equal values give equal indexes: that two belong together is all that shows.
"""

from __future__ import annotations

from complaints.vault.primitives import KEY_BYTES, derive, new_key, require

INDEX_BYTES = 16


def key(office_private: bytes, purpose: str) -> bytes:
    """Return the key (32 bytes) of one purpose under one generation of an office's private key (32 bytes)."""
    return derive(require("office private", office_private, KEY_BYTES), "blind-key", purpose)


def index(index_key: bytes, kind: str, value: bytes) -> bytes:
    """Return the 16 bytes that stand for `value` among those of its kind. `index_key` is from `key`."""
    return derive(require("index key", index_key, KEY_BYTES), "blind", kind, value)[:INDEX_BYTES]


def none() -> bytes:
    """Return 16 bytes that stand for nothing and look like any other: random, and so never equal to one."""
    return new_key()[:INDEX_BYTES]
