"""What a complainant and an office say, encrypted under a key of the case.

Associated data: kind ‖ case ‖ field ‖ epoch (and the suite byte, as in every envelope), so no
ciphertext can be moved to another case, field or epoch. A message's or file's field has its own
row id in it ("message/<id>"), so two rows cannot be exchanged either.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from complaints.vault.errors import BadEnvelope, VaultError
from complaints.vault.padding import pad_file, pad_message, pad_text, unpad
from complaints.vault.primitives import CASE_BYTES, bind, decrypt, encrypt, require


def seal_text(key: bytes, data: bytes, *, case: bytes, field: str, epoch: int) -> bytes:
    """Encrypt a text of at most TEXT_MAX bytes: 8, 16, 24 or 32 KiB + 41 bytes.

    `case` is 16 bytes; `epoch` 0 from filing on. Raises TooLong.
    """
    return encrypt(key, pad_text(data), ad=_ad("text", case, field, epoch))


def open_text(key: bytes, box: bytes, *, case: bytes, field: str, epoch: int) -> bytes:
    """Undo `seal_text`. Raises BadEnvelope for another key, case, field or epoch."""
    return unpad(decrypt(key, box, ad=_ad("text", case, field, epoch)))


def seal_message(key: bytes, data: bytes, *, case: bytes, field: str, epoch: int) -> bytes:
    """Encrypt a message of at most MESSAGE_MAX bytes: 2, 4, 6 or 8 KiB + 41 bytes."""
    return encrypt(key, pad_message(data), ad=_ad("message", case, field, epoch))


def open_message(key: bytes, box: bytes, *, case: bytes, field: str, epoch: int) -> bytes:
    """Undo `seal_message`. Raises BadEnvelope for another key, case, field or epoch."""
    return unpad(decrypt(key, box, ad=_ad("message", case, field, epoch)))


def seal_file(key: bytes, data: bytes, *, case: bytes, field: str, epoch: int) -> bytes:
    """Encrypt a file: PADMÉ size + 41 bytes."""
    return encrypt(key, pad_file(data), ad=_ad("file", case, field, epoch))


def open_file(key: bytes, box: bytes, *, case: bytes, field: str, epoch: int) -> bytes:
    """Undo `seal_file`. Raises BadEnvelope for another key, case, field or epoch."""
    return unpad(decrypt(key, box, ad=_ad("file", case, field, epoch)))


def pack(content: Mapping[str, object]) -> bytes:
    """Return canonical JSON: keys sorted, no spaces, UTF-8.

    Raises VaultError for what JSON or UTF-8 cannot hold, without quoting it.
    """
    try:
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return text.encode()
    except (TypeError, ValueError, RecursionError):
        pass  # raised below: a UnicodeEncodeError carries the whole text
    raise VaultError("content cannot be packed")


def unpack(data: bytes) -> dict[str, object]:
    """Undo `pack`. Raises BadEnvelope when the bytes are not a JSON object."""
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        content = None  # a JSONDecodeError carries the whole text
    if not isinstance(content, dict):
        raise BadEnvelope("content")
    return content


def _ad(kind: str, case: bytes, field: str, epoch: int) -> bytes:
    return bind(kind, require("case", case, CASE_BYTES), field, epoch)
