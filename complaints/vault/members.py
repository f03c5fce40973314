"""Members and offices: who can open an office's vault (FIREWALL rule 9).

A member's X25519 key lies under a generated passphrase of six words, and apart from that under a
recovery code. An office's private keys are sealed to each of its members. Nothing is in escrow.
"""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass, field

from complaints.vault.errors import BadEnvelope, WrongContext, WrongPassphrase
from complaints.vault.primitives import (
    CASE_BYTES,
    KEY_BYTES,
    SALT_BYTES,
    Cost,
    bind,
    decrypt,
    derive,
    encrypt,
    keypair,
    public_of,
    require,
    seal,
    stretch,
    unseal,
)
from complaints.vault.words import random_words

PASSPHRASE_WORDS = 6
COST = Cost(memory=256 * 1024 * 1024, passes=3)
RECOVERY_CHARACTERS = 24
RECOVERY_GROUP = 4
BLIND_INDEX_BYTES = 16
# Crockford's base 32: no I, L, O, U.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans("ILO", "110")


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """A member's key as it is stored: public key, and the private key wrapped twice (73 bytes each)."""

    public: bytes
    wrapped_private: bytes = field(repr=False)
    salt: bytes = field(repr=False)
    wrapped_recovery: bytes = field(repr=False)
    recovery_salt: bytes = field(repr=False)


def new_passphrase() -> str:
    """Return six words of the EFF list (77 bits), shown once at enrolment."""
    return random_words(PASSPHRASE_WORDS)


def new_recovery_code() -> str:
    """Return 24 characters of Crockford's base 32 (120 bits), in groups of four."""
    characters = "".join(secrets.choice(_ALPHABET) for _ in range(RECOVERY_CHARACTERS))
    starts = range(0, RECOVERY_CHARACTERS, RECOVERY_GROUP)
    return "-".join(characters[at : at + RECOVERY_GROUP] for at in starts)


def enrol(passphrase: str, recovery_code: str, *, cost: Cost = COST) -> MemberRecord:
    """Make a member's key and wrap it under both. Takes two derivations, about a second."""
    public, private = keypair()
    salt, recovery_salt = secrets.token_bytes(SALT_BYTES), secrets.token_bytes(SALT_BYTES)
    first = stretch(_typed_passphrase(passphrase), salt=salt, cost=cost)
    second = stretch(_typed_recovery(recovery_code), salt=recovery_salt, cost=cost)
    return MemberRecord(
        public=public,
        wrapped_private=encrypt(first, private, ad=bind("member/passphrase", public)),
        salt=salt,
        wrapped_recovery=encrypt(second, private, ad=bind("member/recovery", public)),
        recovery_salt=recovery_salt,
    )


def open_member(record: MemberRecord, passphrase: str, *, cost: Cost = COST) -> bytes:
    """Return the member's private key. Raises WrongPassphrase. Takes about 0.4 s and 256 MiB.

    Case, hyphens and the number of spaces between the words do not matter.
    """
    key = stretch(_typed_passphrase(passphrase), salt=record.salt, cost=cost)
    return _unwrap(key, record.wrapped_private, record.public, "member/passphrase")


def recover_member(record: MemberRecord, recovery_code: str, *, cost: Cost = COST) -> bytes:
    """The same with the recovery code."""
    key = stretch(_typed_recovery(recovery_code), salt=record.recovery_salt, cost=cost)
    return _unwrap(key, record.wrapped_recovery, record.public, "member/recovery")


def change_passphrase(record: MemberRecord, private: bytes, passphrase: str, *, cost: Cost = COST) -> MemberRecord:
    """Return the record with the private key under a new passphrase; recovery stays as it is."""
    if public_of(private) != record.public:
        raise WrongContext("another member's key")
    salt = secrets.token_bytes(SALT_BYTES)
    key = stretch(_typed_passphrase(passphrase), salt=salt, cost=cost)
    return MemberRecord(
        public=record.public,
        wrapped_private=encrypt(key, private, ad=bind("member/passphrase", record.public)),
        salt=salt,
        wrapped_recovery=record.wrapped_recovery,
        recovery_salt=record.recovery_salt,
    )


def new_office_key() -> tuple[bytes, bytes]:
    """Return a new X25519 pair of an office (public, private): one generation."""
    return keypair()


def wrap_office_key(office_private: bytes, *, member_public: bytes, office_id: bytes, generation: int) -> bytes:
    """Seal an office's private key to one member: 113 bytes."""
    require("office private", office_private, KEY_BYTES)
    return seal(member_public, office_private, context=_office_key(office_id, generation))


def unwrap_office_key(
    member_private: bytes, box: bytes, *, office_id: bytes, generation: int, office_public: bytes
) -> bytes:
    """Return the office's private key.

    `office_public` is that generation's certified key: anybody can seal a key to a member, so the
    private key must belong to it. Raises BadEnvelope (another member), WrongContext.
    """
    private = unseal(member_private, box, context=_office_key(office_id, generation))
    if len(private) != KEY_BYTES or public_of(private) != office_public:
        raise WrongContext("not this office's key")
    return private


def vouch(office_private: bytes, *, member_public: bytes, member_id: bytes) -> bytes:
    """Return 32 bytes by which colleagues know a member's public key again.

    Made when a member is let in. Before a new key is wrapped to the members, it is held against their rows, so
    that nobody who can merely write to the database becomes one of them.
    """
    require("office private", office_private, KEY_BYTES)
    return derive(office_private, "member-voucher", require("member", member_id, CASE_BYTES), member_public)


def blind_index(office_private: bytes, agency: bytes) -> bytes:
    """Return 16 bytes that stand for an agency within one office's generation.

    `agency` is the UUID's 16 bytes. Without the office's private key nobody can compute or invert
    it; two offices, or two generations, have nothing in common.
    """
    key = derive(require("office private", office_private, KEY_BYTES), "blind-index-key")
    return derive(key, "blind-index/agency", agency)[:BLIND_INDEX_BYTES]


def unlisted_index(office_private: bytes, holding: bytes) -> bytes:
    """Return 16 bytes for a case about no agency that a register has: like any blind index, and no other case's.

    `holding` is its id's 16 bytes. So that nobody sees which cases these are, or which have been looked at.
    """
    key = derive(require("office private", office_private, KEY_BYTES), "blind-index-key")
    return derive(key, "blind-index/unlisted", holding)[:BLIND_INDEX_BYTES]


def typed_code(text: str) -> bytes:
    """A code as it is hashed and stretched: look-alikes, spaces, hyphens and case do not matter."""
    return _typed_recovery(text)


def _office_key(office_id: bytes, generation: int) -> bytes:
    return bind("office-key", require("office", office_id, CASE_BYTES), generation)


def _unwrap(key: bytes, box: bytes, public: bytes, label: str) -> bytes:
    try:
        private = decrypt(key, box, ad=bind(label, public))
    except BadEnvelope:
        private = b""
    if len(private) != KEY_BYTES or public_of(private) != public:
        raise WrongPassphrase("does not open this member's key")
    return private


def _typed_passphrase(text: str) -> bytes:
    plain = unicodedata.normalize("NFKC", text).casefold().replace("-", "")
    return bind("passphrase", " ".join(plain.split()))


def _typed_recovery(text: str) -> bytes:
    plain = unicodedata.normalize("NFKC", text).upper().translate(_LOOKALIKES)
    return bind("recovery", "".join(character for character in plain if character in _ALPHABET))
