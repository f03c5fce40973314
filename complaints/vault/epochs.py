"""Epochs: a new body key after an office has left a case, or a member an office that has it.

The next writer (by receipt, or in an open vault) makes it and seals it to everyone who may go on
reading: the complainant, the remaining holders, guests, and the public keys of the rungs that are
not released yet. Each box also holds a proof made with the epoch before, so that nobody who can
merely write to the database can put a key of their own in its place; and who made it, with a tag that
only they and the recipient can make, because who has left the case still has the epoch before.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from complaints.vault import contexts, retention
from complaints.vault.errors import BadEnvelope, VaultError, WrongContext
from complaints.vault.primitives import (
    CASE_BYTES,
    KEY_BYTES,
    SUITE_BYTE,
    agree,
    derive,
    new_key,
    require,
    seal,
    unseal,
)
from complaints.vault.rungs import RUNGS, ladder_digest

EPOCH_BYTES = 4
VOUCHED_TO = RUNGS + 1
NOBODY = bytes(CASE_BYTES)  # in an office's place: the complainant
Makers = Mapping[bytes, Collection[bytes]]


class Recipient(StrEnum):
    """Whom a body key is sealed to."""

    COMPLAINANT = "complainant"
    OFFICE = "office"
    GUEST = "guest"
    RUNG = "rung"


@dataclass(frozen=True, slots=True)
class Maker:
    """Who makes an epoch: an office that has the case (`who` is its UUID's 16 bytes), or the complainant (empty).

    `own` gives the maker's private keys (X25519), first the one that others know as theirs.
    """

    who: bytes
    own: Callable[[], Sequence[bytes]] = field(repr=False)

    @classmethod
    def with_key(cls, who: bytes, private: bytes) -> Maker:
        return cls(who, lambda: [private])

    def agree(self, public: bytes) -> bytes:
        """What the maker has in common with the owner of a public key, 32 bytes."""
        return agree(self.own()[0], public)


@dataclass(frozen=True, slots=True)
class EpochBox:
    """One recipient's copy, retention layer included: 255 bytes, ready to store.

    `recipient` is empty for the complainant, the UUID's 16 bytes for an office or a guest, one
    byte (the number) for a rung.
    """

    kind: Recipient
    recipient: bytes
    box: bytes


@dataclass(frozen=True, slots=True)
class Epoch:
    """A new epoch: its number (from 1), its body key, and the boxes to store."""

    number: int
    body: bytes = field(repr=False)
    boxes: tuple[EpochBox, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a body key's box belongs: case, epoch, and the week of death with its key."""

    case: bytes
    epoch: int
    week: str
    week_key: bytes = field(repr=False)


def new_epoch(
    *,
    place: Place,
    previous_body: bytes,
    maker: Maker,
    complainant: bytes,
    offices: Mapping[bytes, bytes],
    guests: Mapping[bytes, bytes],
    rungs: Sequence[bytes],
    released: Collection[int],
    digest: bytes,
) -> Epoch:
    """Make the body key of `place.epoch` and seal it to all who go on reading.

    `offices` and `guests` map ids to X25519 keys: offices' from verified certificates. `rungs` are
    all six public keys in order, `digest` the `ladder_digest` found in the sealed cover, `released`
    the numbers that no longer count. Raises WrongContext when a rung's key has been exchanged.
    """
    if not hmac.compare_digest(ladder_digest(rungs), digest):
        raise WrongContext("the ladder's keys are not those of the filing")
    if place.epoch < 1:
        raise VaultError("epoch: from 1 on")
    body = new_key()
    waiting = [number for number in range(1, RUNGS + 1) if number not in released]
    recipients = [
        (Recipient.COMPLAINANT, b"", complainant),
        *((Recipient.OFFICE, office, public) for office, public in offices.items()),
        *((Recipient.GUEST, member, public) for member, public in guests.items()),
        *((Recipient.RUNG, bytes([number]), rungs[number - 1]) for number in waiting),
    ]
    boxes = tuple(
        seal_body(public, body, place=place, kind=kind, recipient=recipient, previous_body=previous_body, maker=maker)
        for kind, recipient, public in recipients
    )
    return Epoch(number=place.epoch, body=body, boxes=boxes)


def seal_body(
    public: bytes, body: bytes, *, place: Place, kind: Recipient, recipient: bytes, previous_body: bytes, maker: Maker
) -> EpochBox:
    """Seal a body key to one recipient: also for a guest, or an office that joins, in any epoch.

    `previous_body` is the key of the epoch before; in epoch 0 the body key itself.
    """
    context = contexts.epoch(place.case, place.epoch, kind, recipient)
    who = require("maker", maker.who or NOBODY, CASE_BYTES)
    tag = _tag(maker.agree(public), place, kind, recipient, who, body)
    payload = _head(place) + require("body", body, KEY_BYTES) + _proof(previous_body, body, place) + who + tag
    box = retention.wrap(place.week_key, seal(public, payload, context=context), week=place.week, context=context)
    return EpochBox(kind=kind, recipient=recipient, box=box)


def open_body(
    private: bytes,
    box: bytes,
    *,
    place: Place,
    kind: Recipient,
    recipient: bytes,
    previous_body: bytes | None,
    makers: Makers | None = None,
) -> bytes:
    """Open one's copy and return the body key, 32 bytes.

    `previous_body` is None only for a guest, who does not have it: then the proof is not checked. `makers` are asked
    for where something is to be written under this key: who may have made it, with their public keys, the complainant
    as b"". Raises BadEnvelope (another key or week), WrongContext (another place, or a forged epoch).
    """
    if previous_body is None and kind is not Recipient.GUEST:
        raise VaultError("only a guest lacks the epoch before")
    context = contexts.epoch(place.case, place.epoch, kind, recipient)
    locked = retention.unwrap(place.week_key, box, week=place.week, context=context)
    payload = unseal(private, locked, context=context)
    head = _head(place)
    if not payload.startswith(head):
        raise WrongContext("of another case, epoch or suite")
    if len(payload) != len(head) + 3 * KEY_BYTES + CASE_BYTES:
        raise BadEnvelope("length")
    rest = payload[len(head) :]
    body, proof, who, tag = rest[:32], rest[32:64], rest[64:80], rest[80:]
    if previous_body is not None and not hmac.compare_digest(proof, _proof(previous_body, body, place)):
        raise WrongContext("not made by a reader of the epoch before")
    if makers is not None:
        known = makers.get(b"" if who == NOBODY else who, ())
        tags = [_tag(agree(private, public), place, kind, recipient, who, body) for public in known]
        if not any(hmac.compare_digest(tag, one) for one in tags):
            raise WrongContext("not made by anybody who has the case")
    return body


def vouch(maker: Maker, readers: Collection[bytes], *, case: bytes, member_id: bytes, public: bytes) -> bytes:
    """Return a guest's voucher, 224 bytes: 32 for each of at most seven public keys in `readers`, and noise.

    By it those who may make a later epoch know the guest's public key again, and that an office which has the case
    asked them in: neither a row, nor who has left the case, makes anybody a guest.
    """
    if len(readers) > VOUCHED_TO:
        raise VaultError("a case has one complainant and at most six offices")
    said = b"".join(_voucher(maker.agree(one), maker.who, case, member_id, public) for one in readers)
    return said + secrets.token_bytes(KEY_BYTES * (VOUCHED_TO - len(readers)))


def is_vouched(
    voucher: bytes, *, reader: Maker, by: bytes, keys: Collection[bytes], case: bytes, member_id: bytes, public: bytes
) -> bool:
    """Whether `reader` finds in a voucher what an office, `by` its id, made for them with one of its `keys`."""
    said = [voucher[at : at + KEY_BYTES] for at in range(0, len(voucher), KEY_BYTES)]
    common = [agree(mine, one) for mine in reader.own() for one in keys]
    wanted = [_voucher(one, by, case, member_id, public) for one in common]
    return any(hmac.compare_digest(one, two) for one in said for two in wanted)


def _voucher(common: bytes, by: bytes, case: bytes, member_id: bytes, public: bytes) -> bytes:
    require("member", member_id, CASE_BYTES)
    return derive(common, "guest-voucher", require("case", case, CASE_BYTES), by, member_id, public)


def _tag(common: bytes, place: Place, kind: Recipient, recipient: bytes, who: bytes, body: bytes) -> bytes:
    return derive(common, "epoch-maker", place.case, place.epoch, kind.value, recipient, who, body)


def _head(place: Place) -> bytes:
    return require("case", place.case, CASE_BYTES) + place.epoch.to_bytes(EPOCH_BYTES) + SUITE_BYTE


def _proof(previous_body: bytes, body: bytes, place: Place) -> bytes:
    require("previous body", previous_body, KEY_BYTES)
    return derive(previous_body, "epoch-proof", place.case, place.epoch, body)
