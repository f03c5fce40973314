"""Drafts between the form's steps: encrypted under a key that only the complainant's cookie holds.

The row's id is derived from that key too: the cookie holds one secret, the row nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from complaints.vault.padding import pad_file, pad_steps, unpad
from complaints.vault.primitives import KEY_BYTES, bind, decrypt, derive, encrypt, require

STEP = 2 * 1024
# A narrative of the greatest length and everything else on the form, with room.
DRAFT_MAX = 64 * 1024 - 4


@dataclass(frozen=True, slots=True)
class Place:
    """Where one draft lies, and what opens it: all that is derived from a cookie's 32 bytes, once a request."""

    id: UUID = field(repr=False)
    key: bytes = field(repr=False)


def place(cookie_key: bytes) -> Place:
    """Return the place that belongs to a cookie's 32 bytes."""
    return Place(draft_id(cookie_key), _key(cookie_key))


def lock(at: Place, data: bytes) -> bytes:
    """Encrypt a draft; padded in steps of 2 KiB. Raises TooLong above DRAFT_MAX bytes."""
    return encrypt(at.key, pad_steps(data, step=STEP, limit=DRAFT_MAX), ad=_ad(at))


def unlock(at: Place, box: bytes) -> bytes:
    """Undo `lock`. Raises BadEnvelope for another cookie or row."""
    return unpad(decrypt(at.key, box, ad=_ad(at)))


def draft_id(cookie_key: bytes) -> UUID:
    """Return the id (a UUID of version 4 in form) of the row that belongs to a cookie's 32 bytes."""
    return UUID(bytes=derive(_checked(cookie_key), "draft-id")[:16], version=4)


def file_id(cookie_key: bytes, name: str) -> UUID:
    """Return the id of the row of a file that lies beside a draft; `name` is the draft's own name for it."""
    return UUID(bytes=derive(_checked(cookie_key), "draft-file", name)[:16], version=4)


def lock_file(cookie_key: bytes, data: bytes, *, name: str) -> bytes:
    """Encrypt a file of a draft; PADMÉ size + 41 bytes."""
    return encrypt(_key(cookie_key), pad_file(data), ad=_file_ad(cookie_key, name))


def unlock_file(cookie_key: bytes, box: bytes, *, name: str) -> bytes:
    """Undo `lock_file`. Raises BadEnvelope for another cookie, row or name."""
    return unpad(decrypt(_key(cookie_key), box, ad=_file_ad(cookie_key, name)))


def _checked(cookie_key: bytes) -> bytes:
    return require("cookie key", cookie_key, KEY_BYTES)


def _key(cookie_key: bytes) -> bytes:
    return derive(_checked(cookie_key), "draft-key")


def _file_ad(cookie_key: bytes, name: str) -> bytes:
    return bind("draft-file", file_id(cookie_key, name).bytes)


def _ad(at: Place) -> bytes:
    return bind("draft", at.id.bytes)
