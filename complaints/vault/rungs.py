"""Two locks on every rung: the worker's outside, the office's inside (FIREWALL section 2).

A rung: retention( seal(worker, office id ‖ seal(office, case ‖ number ‖ suite ‖ cover ‖ body ‖
rung secret)) ); an identity rung has case ‖ number ‖ suite ‖ identity inside. The worker can take
its lock off and read the office's id; what is inside it cannot open. An office cannot get at its
lock before. Always six rows of equal length; unused ones are random.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Self

from complaints.vault import contexts, retention
from complaints.vault.case_keys import CaseKeys
from complaints.vault.certificates import OfficeCertificate
from complaints.vault.errors import BadEnvelope, BlankRung, VaultError, WrongContext
from complaints.vault.primitives import (
    CASE_BYTES,
    KEY_BYTES,
    SEAL_OVERHEAD,
    SUITE_BYTE,
    bind,
    keypair,
    require,
    seal,
    unseal,
)

RUNGS = 6
HEAD_BYTES = CASE_BYTES + 2
INNER_BYTES = SEAL_OVERHEAD + HEAD_BYTES + 3 * KEY_BYTES
IDENTITY_INNER_BYTES = SEAL_OVERHEAD + HEAD_BYTES + KEY_BYTES
RUNG_BYTES = SEAL_OVERHEAD + CASE_BYTES + INNER_BYTES
IDENTITY_RUNG_BYTES = SEAL_OVERHEAD + CASE_BYTES + IDENTITY_INNER_BYTES


@dataclass(frozen=True, slots=True)
class LadderOffice:
    """An office as a rung needs it: its id (16 bytes) and X25519 public key."""

    office_id: bytes
    public: bytes

    @classmethod
    def from_certificate(cls, certificate: OfficeCertificate) -> Self:
        """Take both from a certificate that `certificates.verify` has returned, and nowhere else."""
        return cls(office_id=certificate.office_id, public=certificate.public_key)


@dataclass(frozen=True, slots=True)
class Rung:
    """One row of a ladder, retention layer included: ready to store.

    `public` is the rung's own X25519 key, to which epochs made before its release are sealed.
    """

    number: int
    box: bytes
    identity_box: bytes
    public: bytes


@dataclass(frozen=True, slots=True)
class Released:
    """A rung whose outer lock is off: for which office, and the box that only it can open."""

    office_id: bytes
    inner_box: bytes


@dataclass(frozen=True, slots=True)
class RungSecrets:
    """What an office finds in its rung: cover key, body key of epoch 0, the rung's private key."""

    cover: bytes = field(repr=False)
    body: bytes = field(repr=False)
    rung_private: bytes = field(repr=False)


def seal_inner(
    *, case: bytes, number: int, office_public: bytes, cover: bytes, body: bytes, rung_private: bytes
) -> bytes:
    """Seal a case's keys to an office: 195 bytes.

    Also for colleagues who re-wrap a held case to their office's new generation.
    """
    keys = b"".join(require("key", key, KEY_BYTES) for key in (cover, body, rung_private))
    return seal(office_public, _head(case, number) + keys, context=contexts.inner(case, number))


def seal_identity_inner(*, case: bytes, number: int, office_public: bytes, identity: bytes) -> bytes:
    """Seal a case's identity key to an office: 131 bytes."""
    payload = _head(case, number) + require("identity", identity, KEY_BYTES)
    return seal(office_public, payload, context=contexts.identity_inner(case, number))


def build_rung(
    *,
    case: bytes,
    number: int,
    office_id: bytes,
    office_public: bytes,
    worker_public: bytes,
    keys: CaseKeys,
    rung_private: bytes,
) -> bytes:
    """Return both locks of a rung, without the retention layer: 292 bytes."""
    inner = seal_inner(
        case=case,
        number=number,
        office_public=office_public,
        cover=keys.cover,
        body=keys.body,
        rung_private=rung_private,
    )
    return _outer(worker_public, office_id, inner, contexts.rung(case, number))


def build_identity_rung(
    *,
    case: bytes,
    number: int,
    office_id: bytes,
    office_public: bytes,
    worker_public: bytes,
    identity: bytes,
) -> bytes:
    """Return both locks on the identity key, without the retention layer: 228 bytes."""
    inner = seal_identity_inner(case=case, number=number, office_public=office_public, identity=identity)
    return _outer(worker_public, office_id, inner, contexts.identity_rung(case, number))


def blank_rung() -> bytes:
    """Return an unused rung: as long as a used one, and opened by no key there is.

    It is a sealed box to a key thrown away, not plain noise: a sealed box starts with an X25519
    key, and three in four random strings are none.
    """
    return _blank(RUNG_BYTES)


def blank_identity_rung() -> bytes:
    """Return an unused identity rung."""
    return _blank(IDENTITY_RUNG_BYTES)


def noise(size: int) -> bytes:
    """Return what takes the place of a stored box that nobody needs any more: as long, and beginning as every box does.

    The retention layer's bytes are noise to whoever lacks the week's key, and so is this; with the key it is damaged.
    """
    return SUITE_BYTE + secrets.token_bytes(size - 1)


def build_ladder(
    *,
    case: bytes,
    offices: Sequence[LadderOffice],
    keys: CaseKeys,
    worker_public: bytes,
    week_key: bytes,
    week: str,
) -> list[Rung]:
    """Return the six rungs of a new case, numbered from 1, first the office that is asked first.

    Raises VaultError unless there are one to six offices.
    """
    if not 1 <= len(offices) <= RUNGS:
        raise VaultError("a ladder has one to six offices")
    ladder = []
    for (number, _), office in zip_longest(enumerate(range(RUNGS), start=1), offices):
        public, private = keypair()
        if office is None:
            box, identity_box = blank_rung(), blank_identity_rung()
        else:
            box = build_rung(
                case=case,
                number=number,
                office_id=office.office_id,
                office_public=office.public,
                worker_public=worker_public,
                keys=keys,
                rung_private=private,
            )
            identity_box = build_identity_rung(
                case=case,
                number=number,
                office_id=office.office_id,
                office_public=office.public,
                worker_public=worker_public,
                identity=keys.identity,
            )
        box = retention.wrap(week_key, box, week=week, context=contexts.rung(case, number))
        identity_box = retention.wrap(week_key, identity_box, week=week, context=contexts.identity_rung(case, number))
        ladder.append(Rung(number=number, box=box, identity_box=identity_box, public=public))
    return ladder


def ladder_digest(publics: Sequence[bytes]) -> bytes:
    """Return 32 bytes that stand for the six rungs' public keys, in order.

    Intake puts it into the sealed cover. Who makes an epoch holds the rows' keys against it, so
    that nobody who can write to the database can put a key of their own among the recipients.
    """
    if len(publics) != RUNGS:
        raise VaultError("a ladder has six rungs")
    return hashlib.sha256(bind("ladder", *(require("public", key, KEY_BYTES) for key in publics))).digest()


def release(*, worker_private: bytes, week_key: bytes, box: bytes, case: bytes, number: int, week: str) -> Released:
    """Take retention layer and outer lock off a rung.

    The inner box is stored again under the retention layer, with `contexts.holding`. Raises
    BadEnvelope (week or damage), BlankRung (unused), WrongContext (of another case or rung).
    """
    context = contexts.rung(case, number)
    locked = retention.unwrap(week_key, box, week=week, context=context)
    return _take_off(worker_private, locked, context, INNER_BYTES)


def release_identity(
    *, worker_private: bytes, week_key: bytes, box: bytes, case: bytes, number: int, week: str
) -> Released:
    """The same for the identity key, after two approvals; stored with `contexts.identity_holding`."""
    context = contexts.identity_rung(case, number)
    locked = retention.unwrap(week_key, box, week=week, context=context)
    return _take_off(worker_private, locked, context, IDENTITY_INNER_BYTES)


def open_inner(*, office_private: bytes, inner_box: bytes, case: bytes, number: int) -> RungSecrets:
    """Open an office's inner box. Raises BadEnvelope (another office or generation), WrongContext."""
    payload = unseal(office_private, inner_box, context=contexts.inner(case, number))
    keys = _without_head(payload, case, number, 3 * KEY_BYTES)
    return RungSecrets(cover=keys[:KEY_BYTES], body=keys[KEY_BYTES : 2 * KEY_BYTES], rung_private=keys[2 * KEY_BYTES :])


def open_identity_inner(*, office_private: bytes, inner_box: bytes, case: bytes, number: int) -> bytes:
    """Open an office's identity box and return the identity key, 32 bytes."""
    payload = unseal(office_private, inner_box, context=contexts.identity_inner(case, number))
    return _without_head(payload, case, number, KEY_BYTES)


def _head(case: bytes, number: int) -> bytes:
    if not 1 <= number <= RUNGS:
        raise VaultError("number: a rung from 1 to 6")
    return require("case", case, CASE_BYTES) + bytes([number]) + SUITE_BYTE


def _without_head(payload: bytes, case: bytes, number: int, size: int) -> bytes:
    if not hmac.compare_digest(payload[:HEAD_BYTES], _head(case, number)):
        raise WrongContext("of another case, rung or suite")
    if len(payload) != HEAD_BYTES + size:
        raise BadEnvelope("length")
    return payload[HEAD_BYTES:]


def _outer(worker_public: bytes, office_id: bytes, inner: bytes, context: bytes) -> bytes:
    return seal(worker_public, require("office", office_id, CASE_BYTES) + inner, context=context)


def _take_off(worker_private: bytes, locked: bytes, context: bytes, inner_size: int) -> Released:
    opened: bytes | None = None
    try:
        opened = unseal(worker_private, locked, context=context)
    except WrongContext:
        raise
    except BadEnvelope:
        pass
    if opened is None:
        raise BlankRung("the outer lock does not open")
    if len(opened) != CASE_BYTES + inner_size:
        raise BadEnvelope("length")
    return Released(office_id=opened[:CASE_BYTES], inner_box=opened[CASE_BYTES:])


def _blank(size: int) -> bytes:
    nobody, _ = keypair()
    content = secrets.token_bytes(size - SEAL_OVERHEAD)
    return seal(nobody, content, context=b"")
