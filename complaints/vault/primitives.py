"""The three operations that everything else is made of: encrypt, seal, stretch.

Every envelope starts with the suite byte. Suite 1: XChaCha20-Poly1305-IETF with a random nonce
(draft-irtf-cfrg-xchacha-03), X25519 sealed boxes as in libsodium's `crypto_box_seal`, Argon2id
(RFC 9106), HMAC-SHA-256 (RFC 2104). Library: PyNaCl.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from nacl import bindings
from nacl.exceptions import CryptoError

from complaints.vault.errors import BadEnvelope, VaultError, WrongContext

SUITE = 1
SUITE_BYTE = bytes([SUITE])
KEY_BYTES = 32
CASE_BYTES = 16
SALT_BYTES = 16
NONCE_BYTES = 24
CONTEXT_BYTES = 32
ENCRYPT_OVERHEAD = 1 + NONCE_BYTES + 16
SEAL_OVERHEAD = 1 + 32 + 16 + CONTEXT_BYTES

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one Argon2id derivation costs: memory in bytes, and passes over it (one lane)."""

    memory: int
    passes: int


def require(name: str, value: bytes, size: int) -> bytes:
    """Return `value` if it is `size` bytes long.

    Raises VaultError, which names the parameter and never the value.
    """
    if len(value) != size:
        raise VaultError(f"{name}: {size} bytes expected")
    return value


def bind(label: str, *parts: bytes | str | int) -> bytes:
    """Put a label and parts together so that no two lists give the same bytes.

    Each piece is preceded by its length (two bytes, big-endian); text is UTF-8, a number eight
    bytes, big-endian. One label always has parts of the same kinds in the same order.
    """
    pieces = (f"rw{SUITE}/{label}", *parts)
    return b"".join(len(raw).to_bytes(2) + raw for raw in map(_raw, pieces))


def _raw(part: bytes | str | int) -> bytes:
    if isinstance(part, str):
        # surrogatepass: an encoding error would carry the whole text, perhaps a passphrase.
        return part.encode("utf-8", "surrogatepass")
    if isinstance(part, int):
        return part.to_bytes(8)
    return part


def derive(secret: bytes, label: str, *parts: bytes | str | int) -> bytes:
    """Return 32 bytes that depend on `secret` and the label: HMAC-SHA-256(secret, bind(…)).

    One block of HKDF-Expand (RFC 5869) in all but name: `secret` must be uniform already.
    """
    # Not `hmac.digest`: that lets other threads in for some microseconds' work, and waits until it may go on.
    return hmac.new(secret, bind(label, *parts), hashlib.sha256).digest()


def new_key() -> bytes:
    """Return 32 random bytes."""
    return secrets.token_bytes(KEY_BYTES)


def keypair() -> tuple[bytes, bytes]:
    """Return a new X25519 pair (public, private), 32 bytes each."""
    private = new_key()
    return public_of(private), private


def public_of(private: bytes) -> bytes:
    """Return the X25519 public key (32 bytes) of a private key."""
    return bindings.crypto_scalarmult_base(require("private", private, KEY_BYTES))


def agree(private: bytes, public: bytes) -> bytes:
    """Return the 32 bytes that only the owners of two X25519 keys have in common. Raises VaultError for no such key."""
    try:
        return bindings.crypto_scalarmult(require("private", private, KEY_BYTES), require("public", public, KEY_BYTES))
    except CryptoError:
        pass
    raise VaultError("public: not a usable X25519 key")


def usable_public(public: bytes) -> bool:
    """Tell whether something can be sealed to `public`: 32 bytes and no point of small order."""
    if len(public) != KEY_BYTES:
        return False
    try:
        bindings.crypto_scalarmult(new_key(), public)
    except CryptoError:
        return False
    return True


def encrypt(key: bytes, plaintext: bytes, *, ad: bytes) -> bytes:
    """Encrypt under a 32-byte key: suite ‖ nonce 24 ‖ ciphertext and tag; 41 bytes longer.

    `ad` is not stored: who decrypts must know it. The suite byte is authenticated with it.
    """
    require("key", key, KEY_BYTES)
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, SUITE_BYTE + ad, nonce, key)
    return SUITE_BYTE + nonce + sealed


def decrypt(key: bytes, box: bytes, *, ad: bytes) -> bytes:
    """Undo `encrypt`. Raises BadEnvelope for damage, another key, or other associated data."""
    require("key", key, KEY_BYTES)
    _check_suite(box, ENCRYPT_OVERHEAD)
    nonce, sealed = box[1 : 1 + NONCE_BYTES], box[1 + NONCE_BYTES :]
    return _opened(lambda: bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(sealed, SUITE_BYTE + ad, nonce, key))


def seal(public: bytes, plaintext: bytes, *, context: bytes) -> bytes:
    """Seal to an X25519 public key: suite ‖ sealed box of (SHA-256(context) ‖ plaintext).

    81 bytes longer than the plaintext, whatever the context. The box names no recipient.
    Raises VaultError when `public` is no key that can be sealed to.
    """
    try:
        return SUITE_BYTE + bindings.crypto_box_seal(_digest(context) + plaintext, public)
    except CryptoError:
        pass
    raise VaultError("public: not a usable X25519 key")


def unseal(private: bytes, box: bytes, *, context: bytes) -> bytes:
    """Undo `seal`.

    Raises BadEnvelope for damage or another key, WrongContext for a box made for something else.
    """
    public = public_of(private)
    _check_suite(box, SEAL_OVERHEAD)
    opened = _opened(lambda: bindings.crypto_box_seal_open(box[1:], public, private))
    if not hmac.compare_digest(opened[:CONTEXT_BYTES], _digest(context)):
        raise WrongContext("sealed for something else")
    return opened[CONTEXT_BYTES:]


def with_any(privates: Iterable[bytes], open_with: Callable[[bytes], T]) -> T:
    """Return the first `open_with(private)` that does not raise BadEnvelope.

    For an office with several generations of its key. Raises BadEnvelope when none opens it;
    WrongContext is passed on at once: that key was right.
    """
    for private in privates:
        try:
            return open_with(private)
        except WrongContext:
            raise
        except BadEnvelope:
            continue
    raise BadEnvelope("no key opens it")


def stretch(password: bytes, *, salt: bytes, cost: Cost) -> bytes:
    """Return 32 bytes from Argon2id (RFC 9106, one lane); `salt` is 16 bytes.

    Raises VaultError for a cost that libsodium refuses.
    """
    require("salt", salt, SALT_BYTES)
    algorithm = bindings.crypto_pwhash_ALG_ARGON2ID13
    try:
        return bindings.crypto_pwhash_alg(KEY_BYTES, password, salt, cost.passes, cost.memory, algorithm)
    except CryptoError:
        pass
    raise VaultError("the derivation was refused: cost, or memory short")


def _digest(context: bytes) -> bytes:
    return hashlib.sha256(context).digest()


def _check_suite(box: bytes, overhead: int) -> None:
    if len(box) < overhead or box[0] != SUITE:
        raise BadEnvelope("too short, or of an unknown suite")


def _opened(call: Callable[[], bytes]) -> bytes:
    # Raised outside the except block, so that the error drags no other error along.
    try:
        return call()
    except CryptoError:
        pass
    raise BadEnvelope("does not open")
