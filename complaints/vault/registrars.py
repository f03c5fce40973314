"""Registrars: three people with Ed25519 keys held offline; a statement needs two of them.

Ed25519 (RFC 8032) over bind("statement/" + kind, body), so that a signature under one kind of
statement is worth nothing under another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from nacl import bindings
from nacl.exceptions import CryptoError

from complaints.vault.errors import BadEnvelope
from complaints.vault.primitives import KEY_BYTES, SUITE, SUITE_BYTE, bind, new_key, require

REGISTRARS = 3
QUORUM = 2
SIGNATURE_BYTES = 64
BODY_MAX = 64 * 1024
_ENTRY = KEY_BYTES + SIGNATURE_BYTES


class Statement(StrEnum):
    """What registrars sign."""

    OFFICE_CERTIFICATE = "office-certificate"
    MANDATE = "mandate"
    ATTESTATION = "attestation"
    ATTESTATION_WITHDRAWAL = "attestation-withdrawal"
    CERTIFICATE_REVOCATION = "certificate-revocation"
    DELIVERY = "delivery"


@dataclass(frozen=True, slots=True)
class RegistrarKey:
    """A registrar's pair: `public` (32 bytes) is pinned everywhere, `private` is the 32-byte seed."""

    public: bytes
    private: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Signature:
    """One registrar's signature (64 bytes), with the public key it claims to be under."""

    registrar: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class SignedStatement:
    """A body and its signatures. Nothing about it is verified yet."""

    body: bytes
    signatures: tuple[Signature, ...]

    def to_bytes(self) -> bytes:
        """suite ‖ body length 4 ‖ body ‖ count 1 ‖ (public key 32 ‖ signature 64) each."""
        entries = b"".join(one.registrar + one.value for one in self.signatures)
        return SUITE_BYTE + len(self.body).to_bytes(4) + self.body + bytes([len(self.signatures)]) + entries

    @classmethod
    def from_bytes(cls, raw: bytes) -> SignedStatement:
        """Undo `to_bytes`. Raises BadEnvelope."""
        end = 5 + int.from_bytes(raw[1:5])
        if len(raw) < 6 or raw[0] != SUITE or end - 5 > BODY_MAX or end >= len(raw):
            raise BadEnvelope("statement")
        entries = raw[end + 1 :]
        if len(entries) != raw[end] * _ENTRY:
            raise BadEnvelope("statement")
        signatures = tuple(
            Signature(entries[at : at + KEY_BYTES], entries[at + KEY_BYTES : at + _ENTRY])
            for at in range(0, len(entries), _ENTRY)
        )
        return cls(body=raw[5:end], signatures=signatures)


def new_registrar_key() -> RegistrarKey:
    """Return a new pair, as the offline ceremony makes it."""
    return registrar_key(new_key())


def registrar_key(private: bytes) -> RegistrarKey:
    """Return the pair of a 32-byte seed."""
    public, _ = bindings.crypto_sign_seed_keypair(require("private", private, KEY_BYTES))
    return RegistrarKey(public=public, private=private)


def sign(kind: Statement, body: bytes, registrar_private: bytes) -> Signature:
    """Sign a statement with one registrar's 32-byte seed."""
    public, secret = bindings.crypto_sign_seed_keypair(require("private", registrar_private, KEY_BYTES))
    signed = bindings.crypto_sign(_message(kind, body), secret)
    return Signature(registrar=public, value=signed[:SIGNATURE_BYTES])


def is_valid(kind: Statement, body: bytes, signature: Signature) -> bool:
    """Tell whether the signature is this registrar's over this body."""
    if len(signature.registrar) != KEY_BYTES or len(signature.value) != SIGNATURE_BYTES:
        return False
    try:
        bindings.crypto_sign_open(signature.value + _message(kind, body), signature.registrar)
    except CryptoError:
        return False
    return True


def signers(kind: Statement, signed: SignedStatement, roots: Sequence[bytes]) -> frozenset[bytes]:
    """Return those of the pinned registrars (`roots`) whose signature holds; others do not count."""
    pinned = frozenset(roots)
    return frozenset(
        one.registrar for one in signed.signatures if one.registrar in pinned and is_valid(kind, signed.body, one)
    )


def has_quorum(kind: Statement, signed: SignedStatement, roots: Sequence[bytes]) -> bool:
    """Tell whether two different pinned registrars have signed."""
    return len(signers(kind, signed, roots)) >= QUORUM


def _message(kind: Statement, body: bytes) -> bytes:
    # The body's own length is four bytes: bind() has room for two.
    return bind(f"statement/{kind}") + len(body).to_bytes(4) + body
