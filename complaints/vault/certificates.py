"""Office certificates: the only keys that anything is sealed to (FIREWALL rule 7).

A certificate says: this office has this X25519 key and this mandate, on the ground of this
attestation, for at most 90 days. Two of three registrars sign it; intake pins their keys.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from complaints.vault import registrars
from complaints.vault.contents import pack, unpack
from complaints.vault.errors import BadEnvelope, CertificateRefused, Refusal, VaultError
from complaints.vault.primitives import CASE_BYTES, KEY_BYTES, SUITE, bind, require, usable_public
from complaints.vault.registrars import QUORUM, SignedStatement, Statement
from complaints.vault.words import words_for

VALID_DAYS_MAX = 90
FINGERPRINT_WORDS = 6
TYPE = "recruitment-watch/office-certificate"
_KIND = Statement.OFFICE_CERTIFICATE


class Mandate(StrEnum):
    """What an office does with what it learns; only the first may receive anything (rule 1)."""

    LABOUR_ONLY = "labour_only"
    LABOUR_WITH_REPORTING_DUTY = "labour_with_reporting_duty"
    JOINT_TASKFORCE = "joint_taskforce"
    IMMIGRATION_ENFORCEMENT = "immigration_enforcement"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class OfficeCertificate:
    """What the registrars vouch for.

    `office_id` 16 bytes, `country` ISO 3166 alpha-2, `public_key` X25519, `attestation_hash`
    SHA-256 of the attestation, `generation` of the office's key from 1; both dates are included.
    """

    office_id: bytes
    office_name: str
    country: str
    public_key: bytes
    mandate: Mandate
    attestation_hash: bytes
    generation: int
    not_before: date
    not_after: date

    def to_bytes(self) -> bytes:
        """Return the canonical encoding: canonical JSON, bytes in hexadecimal, dates ISO 8601."""
        return pack(
            {
                "type": TYPE,
                "suite": SUITE,
                "office_id": require("office", self.office_id, CASE_BYTES).hex(),
                "office_name": self.office_name,
                "country": self.country,
                "public_key": require("public", self.public_key, KEY_BYTES).hex(),
                "mandate": self.mandate.value,
                "attestation_hash": require("attestation", self.attestation_hash, 32).hex(),
                "generation": self.generation,
                "not_before": self.not_before.isoformat(),
                "not_after": self.not_after.isoformat(),
            }
        )

    @classmethod
    def from_bytes(cls, body: bytes) -> OfficeCertificate:
        """Read the canonical encoding and nothing else. Raises BadEnvelope."""
        content = unpack(body)
        certificate: OfficeCertificate | None = None
        encoded = b""
        try:
            certificate = cls(
                office_id=bytes.fromhex(str(content["office_id"])),
                office_name=str(content["office_name"]),
                country=str(content["country"]),
                public_key=bytes.fromhex(str(content["public_key"])),
                mandate=Mandate(str(content["mandate"])),
                attestation_hash=bytes.fromhex(str(content["attestation_hash"])),
                generation=int(str(content["generation"])),
                not_before=date.fromisoformat(str(content["not_before"])),
                not_after=date.fromisoformat(str(content["not_after"])),
            )
            encoded = certificate.to_bytes()
        except (KeyError, ValueError, VaultError):
            pass
        # One certificate has one encoding, its type and suite included: anything else is none.
        if certificate is None or encoded != body:
            raise BadEnvelope("certificate")
        return certificate


SignedCertificate = SignedStatement


def sign(certificate: OfficeCertificate, *registrar_privates: bytes) -> SignedCertificate:
    """Sign with one registrar's seed or several."""
    body = certificate.to_bytes()
    signatures = tuple(registrars.sign(_KIND, body, private) for private in registrar_privates)
    return SignedCertificate(body=body, signatures=signatures)


def countersign(signed: SignedCertificate, registrar_private: bytes) -> SignedCertificate:
    """Add one registrar's signature to a certificate that another has signed."""
    signature = registrars.sign(_KIND, signed.body, registrar_private)
    return SignedCertificate(body=signed.body, signatures=(*signed.signatures, signature))


def verify(
    signed: SignedCertificate,
    roots: Sequence[bytes],
    *,
    today: date,
    office_id: bytes | None = None,
    generation: int | None = None,
) -> OfficeCertificate:
    """Return the certificate if something may be sealed to its key today.

    `roots` are the registrars' pinned public keys. Who looks an office up gives the `office_id`
    and `generation` that are expected, or another office's genuine certificate would do.
    Raises CertificateRefused with the first reason found, signatures before anything they cover.
    """
    _check_signatures(signed, roots)
    certificate = _read(signed.body)
    reason = _refusal(certificate, today, office_id, generation)
    if reason is not None:
        raise CertificateRefused(reason)
    return certificate


def once_certified(signed: SignedCertificate, roots: Sequence[bytes], *, office_id: bytes) -> OfficeCertificate:
    """Return a certificate of this office, whenever it holds or held: who made something with its key is asked.

    Nothing may be sealed to it on this word alone. Raises CertificateRefused.
    """
    _check_signatures(signed, roots)
    certificate = _read(signed.body)
    if certificate.office_id != office_id:
        raise CertificateRefused(Refusal.WRONG_OFFICE)
    return certificate


def fingerprint_words(public_key: bytes) -> tuple[str, ...]:
    """Return six words (77 bits) by which people compare an office's key."""
    digest = hashlib.sha256(bind("fingerprint", require("public", public_key, KEY_BYTES))).digest()
    return words_for(int.from_bytes(digest), count=FINGERPRINT_WORDS)


def _check_signatures(signed: SignedCertificate, roots: Sequence[bytes]) -> None:
    if not signed.signatures:
        raise CertificateRefused(Refusal.UNSIGNED)
    valid = registrars.signers(_KIND, signed, roots)
    claimed = {one.registrar for one in signed.signatures} & set(roots)
    if claimed - valid:
        raise CertificateRefused(Refusal.BAD_SIGNATURE)
    if len(valid) < QUORUM:
        raise CertificateRefused(Refusal.TOO_FEW)


def _read(body: bytes) -> OfficeCertificate:
    certificate: OfficeCertificate | None = None
    with suppress(BadEnvelope):
        certificate = OfficeCertificate.from_bytes(body)
    if certificate is None:
        raise CertificateRefused(Refusal.UNREADABLE)
    return certificate


def _refusal(
    certificate: OfficeCertificate, today: date, office_id: bytes | None, generation: int | None
) -> Refusal | None:
    checks = (
        (office_id is not None and certificate.office_id != office_id, Refusal.WRONG_OFFICE),
        (generation is not None and certificate.generation != generation, Refusal.WRONG_GENERATION),
        (today < certificate.not_before, Refusal.NOT_YET_VALID),
        (today > certificate.not_after, Refusal.EXPIRED),
        ((certificate.not_after - certificate.not_before).days > VALID_DAYS_MAX, Refusal.TOO_LONG),
        (certificate.mandate is not Mandate.LABOUR_ONLY, Refusal.MANDATE),
        (not usable_public(certificate.public_key), Refusal.WEAK_KEY),
    )
    return next((reason for failed, reason in checks if failed), None)
