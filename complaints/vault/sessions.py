"""Split sessions: while a vault is open its keys lie in the session row, locked with a key that
only a `__Host-` cookie holds. Either half alone opens nothing."""

from __future__ import annotations

from collections.abc import Mapping

from complaints.vault.contents import pack, unpack
from complaints.vault.errors import BadEnvelope, VaultError
from complaints.vault.padding import pad_steps, unpad
from complaints.vault.primitives import KEY_BYTES, bind, decrypt, derive, encrypt, new_key, require

STEP = 1024
# 64 KiB of JSON: some 500 keys, far more than an office has generations.
LIMIT = 64 * STEP - 4


def new_cookie_key() -> bytes:
    """Return the cookie's secret, 32 random bytes."""
    return new_key()


def lock(cookie_key: bytes, private_keys: Mapping[str, bytes], *, session_id: str) -> bytes:
    """Lock named 32-byte private keys for one session row; padded in steps of 1 KiB.

    Raises VaultError for a key of another length.
    """
    named = {name: require("private", key, KEY_BYTES).hex() for name, key in private_keys.items()}
    padded = pad_steps(pack(named), step=STEP, limit=LIMIT)
    return encrypt(_key(cookie_key), padded, ad=bind("session", session_id))


def unlock(cookie_key: bytes, box: bytes, *, session_id: str) -> dict[str, bytes]:
    """Undo `lock`. Raises BadEnvelope for another cookie or session."""
    named = unpack(unpad(decrypt(_key(cookie_key), box, ad=bind("session", session_id))))
    try:
        return {name: require("private", bytes.fromhex(str(key)), KEY_BYTES) for name, key in named.items()}
    except (ValueError, VaultError):
        pass
    raise BadEnvelope("session")


def _key(cookie_key: bytes) -> bytes:
    return derive(require("cookie key", cookie_key, KEY_BYTES), "session-key")
