"""Signed notes and checkpoints, as others write and read them: c2sp.org/signed-note, c2sp.org/tlog-checkpoint.

A note is text that ends in a newline, an empty line, and a line a signature:

    — <key name> <base64(key ID 4 ‖ Ed25519 signature 64)>
    key ID = SHA-256(key name ‖ 0x0A ‖ 0x01 ‖ public key 32)[:4]

The text of a checkpoint is the log's origin, its size in decimal and the base64 of its head's hash, a line each.
Our log is a chain and not a Merkle tree: the third line is the digest of the last link.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from nacl import bindings
from nacl.exceptions import CryptoError

from complaints.vault.errors import VaultError
from complaints.vault.primitives import KEY_BYTES, require

ED25519 = b"\x01"
DIGEST_BYTES = 32
ID_BYTES = 4
NOTE_MAX = 64 * 1024
SIGNATURES_MAX = 100
DASH = "\N{EM DASH} "
_NAME = re.compile(r"[^\s+]+")
_SIGNATURE = re.compile(DASH + r"([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


class BadNote(VaultError):
    """Not a note, not signed by a key that is trusted, or changed since."""


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A key that may sign notes: its name, and 32 bytes of Ed25519 public key."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        require("public", self.public, KEY_BYTES)
        if not _NAME.fullmatch(self.name):
            raise BadNote("a key's name has no space and no plus")

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:ID_BYTES]

    def to_text(self) -> str:
        """`<name>+<hexadecimal key ID>+<base64(0x01 ‖ public key)>`, as verifiers' tools take it."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"

    @classmethod
    def from_text(cls, text: str) -> NoteKey:
        """Undo `to_text`. Raises BadNote."""
        name, _, rest = text.strip().partition("+")
        shown, _, coded = rest.partition("+")
        raw = _unbase64(coded)
        if len(raw) != 1 + KEY_BYTES or raw[:1] != ED25519:
            raise BadNote("not an Ed25519 key of a note")
        key = cls(name, raw[1:])
        if key.id.hex() != shown:
            raise BadNote("the key and its ID do not belong together")
        return key


@dataclass(frozen=True, slots=True)
class Head:
    """What a checkpoint says: which log, how many links, and the digest of the last (32 bytes)."""

    origin: str
    number: int
    digest: bytes

    def to_text(self) -> str:
        return f"{self.origin}\n{self.number}\n{base64.b64encode(self.digest).decode()}\n"

    @classmethod
    def from_text(cls, text: str) -> Head:
        """Undo `to_text`; further lines, which the format allows, are passed over. Raises BadNote."""
        origin, number, digest, *_ = [*text.split("\n"), "", "", ""]
        raw = _unbase64(digest)
        if not origin or not _SIZE.fullmatch(number) or len(raw) != DIGEST_BYTES:
            raise BadNote("not the text of a checkpoint")
        return cls(origin, int(number), raw)


def sign(text: str, *, name: str, seed: bytes) -> str:
    """Return `text` as a note with one signature; `seed` is the Ed25519 private key, 32 bytes.

    Raises BadNote for a text that no note can hold.
    """
    _check_text(text)
    public, private = bindings.crypto_sign_seed_keypair(require("seed", seed, KEY_BYTES))
    key = NoteKey(name, public)
    signature = bindings.crypto_sign(text.encode(), private)[: bindings.crypto_sign_BYTES]
    return f"{text}\n{DASH}{name} {base64.b64encode(key.id + signature).decode()}\n"


def opened(note: str, keys: Sequence[NoteKey]) -> str:
    """Return the text of a note that one of `keys` signed.

    Signatures of other keys are passed over. Raises BadNote: no signature of ours, or one of ours that is false.
    """
    text, lines = _split(note)
    known = {(key.name, key.id): key for key in keys}
    verified = False
    for line in lines:
        match = _SIGNATURE.fullmatch(line)
        raw = _unbase64(match[2]) if match else b""
        if match is None or len(raw) <= ID_BYTES:
            raise BadNote("a line of its signatures is none")
        key = known.get((match[1], raw[:ID_BYTES]))
        if key is None:
            continue
        if not _verifies(key.public, text.encode(), raw[ID_BYTES:]):
            raise BadNote("its signature is false")
        verified = True
    if not verified:
        raise BadNote("no key of this log has signed it")
    return text


def new_key() -> tuple[bytes, bytes]:
    """Return a new Ed25519 pair (public, seed), 32 bytes each."""
    public, private = bindings.crypto_sign_keypair()
    return public, private[:KEY_BYTES]


def public_of(seed: bytes) -> bytes:
    """Return the Ed25519 public key (32 bytes) of a seed."""
    public, _ = bindings.crypto_sign_seed_keypair(require("seed", seed, KEY_BYTES))
    return bytes(public)


def _split(note: str) -> tuple[str, list[str]]:
    """The text with its last newline, and the signatures' lines: they part at the last empty line."""
    text, gap, tail = note.rpartition("\n\n")
    if len(note) > NOTE_MAX or not gap or not tail.endswith("\n"):
        raise BadNote("not a signed note")
    _check_text(text + "\n")
    lines = tail[:-1].split("\n")
    if len(lines) > SIGNATURES_MAX:
        raise BadNote("too many signatures")
    return text + "\n", lines


def _check_text(text: str) -> None:
    if not text.endswith("\n") or any(character < " " and character != "\n" for character in text):
        raise BadNote("a note's text ends in a newline and has no other control character")


def _verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    if len(signature) != bindings.crypto_sign_BYTES:
        return False
    try:
        bindings.crypto_sign_open(signature + message, public)
    except CryptoError:
        return False
    return True


def _unbase64(text: str) -> bytes:
    """Standard base64 in its one canonical spelling, or nothing."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return raw if base64.b64encode(raw).decode() == text else b""
