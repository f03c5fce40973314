"""What registrars sign besides office certificates: mandates, attestations, their ends, and where offices outside are
reached (FIREWALL rules 1, 2, 7, 11).

Each is canonical JSON of its fields, with type and suite: bytes in hexadecimal, dates ISO 8601. One statement has one
encoding. The database reads the same bytes and verifies the same signatures (complaints/firewall/sql/registrar.sql).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar, Self

from complaints.vault import parcels, registrars
from complaints.vault.certificates import Mandate, OfficeCertificate
from complaints.vault.contents import pack, unpack
from complaints.vault.errors import BadEnvelope, VaultError
from complaints.vault.primitives import CASE_BYTES, SUITE, require
from complaints.vault.registrars import SignedStatement, Statement

PREFIX = "recruitment-watch/"
ATTESTED_DAYS_MAX = 366
OPENING_HOURS = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]")  # "08:00-16:30"
_READ: dict[str, Callable[[Any], Any]] = {
    "bytes": lambda value: bytes.fromhex(str(value)),
    "date": lambda value: date.fromisoformat(str(value)),
    "str": str,
    "int": lambda value: int(str(value)),
    "bool": bool,
    "tuple[str, ...]": lambda value: tuple(str(one) for one in value),
    "Mandate": Mandate,
    "Way": lambda value: Way(str(value)),
}


class Way(StrEnum):
    """How a parcel reaches an office outside. NONE ends what was signed before."""

    HTTPS = "https"
    MAIL = "mail"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class _Said:
    """One kind of statement: its fields are what is said."""

    kind: ClassVar[Statement]

    def to_bytes(self) -> bytes:
        """Return the canonical encoding. Raises VaultError for what no registrar should sign."""
        self.check()
        said = {one.name: _written(getattr(self, one.name)) for one in fields(self)}
        return pack({"type": PREFIX + self.kind, "suite": SUITE, **said})

    @classmethod
    def from_bytes(cls, body: bytes) -> Self:
        """Read the canonical encoding and nothing else. Raises BadEnvelope."""
        content = unpack(body)
        read: Self | None = None
        encoded = b""
        try:
            read = cls.from_fields(content)
            encoded = read.to_bytes()
        except (KeyError, ValueError, TypeError, VaultError):
            pass
        if read is None or encoded != body:
            raise BadEnvelope("statement")
        return read

    @classmethod
    def from_fields(cls, given: Mapping[str, object]) -> Self:
        """Read fields as JSON has them. Raises KeyError, ValueError, TypeError."""
        return cls(**{one.name: _READ[str(one.type)](given[one.name]) for one in fields(cls)})

    def check(self) -> None:
        """Refuse what would be refused later: ids of another length, dates the wrong way round."""


@dataclass(frozen=True, slots=True)
class MandateSaid(_Said):
    """What an office is and may do. `serial` is higher than in every statement about it before."""

    kind = Statement.MANDATE
    office_id: bytes
    serial: int
    name: str
    country: str
    region: str
    mandate: Mandate
    national_head: bool
    languages: tuple[str, ...]
    duties: str
    timezone: str
    holidays: str
    hours: str

    def check(self) -> None:
        require("office", self.office_id, CASE_BYTES)
        if self.serial < 1 or not self.name or len(self.country) != 2:
            raise VaultError("mandate: a serial from 1, a name and a country")
        opens, _dash, closes = self.hours.partition("-")
        if self.hours and not (OPENING_HOURS.fullmatch(self.hours) and opens < closes):
            raise VaultError('mandate: hours as "08:00-16:30", or none')


@dataclass(frozen=True, slots=True)
class AttestationSaid(_Said):
    """That a mandate is what it says: the law quoted, the document's SHA-256, who countersigned, 12 months at most."""

    kind = Statement.ATTESTATION
    attestation_id: bytes
    office_id: bytes
    quotation: str
    source: str
    document_sha256: bytes
    countersigned_by: str
    signed_on: date
    expires_on: date

    def check(self) -> None:
        require("attestation", self.attestation_id, CASE_BYTES)
        require("office", self.office_id, CASE_BYTES)
        require("document", self.document_sha256, 32)
        if not (self.quotation and self.source and self.countersigned_by):
            raise VaultError("attestation: the law quoted, its source and who countersigned")
        if not 0 < (self.expires_on - self.signed_on).days <= ATTESTED_DAYS_MAX:
            raise VaultError("attestation: ends after it begins, within twelve months")


@dataclass(frozen=True, slots=True)
class WithdrawalSaid(_Said):
    """That an attestation no longer holds, before its day has come."""

    kind = Statement.ATTESTATION_WITHDRAWAL
    attestation_id: bytes
    on: date

    def check(self) -> None:
        require("attestation", self.attestation_id, CASE_BYTES)


@dataclass(frozen=True, slots=True)
class RevocationSaid(_Said):
    """That nothing may be sealed to a certified key any more. `certificate_sha256` is of the certificate's body."""

    kind = Statement.CERTIFICATE_REVOCATION
    office_id: bytes
    certificate_sha256: bytes
    on: date

    def check(self) -> None:
        require("office", self.office_id, CASE_BYTES)
        require("certificate", self.certificate_sha256, 32)


@dataclass(frozen=True, slots=True)
class DeliverySaid(_Said):
    """Where an office that is not on this platform gets parcels, and the age key that they are sealed to.

    `recipient` an X25519 recipient as age writes it ("age1…"); `address` an https address or a mail address, by `way`;
    both are empty where the way is NONE. `starts_on` the first day. `serial` is higher than in every statement about
    this office's delivery before.
    """

    kind = Statement.DELIVERY
    office_id: bytes
    serial: int
    recipient: str
    way: Way
    address: str
    starts_on: date

    def check(self) -> None:
        require("office", self.office_id, CASE_BYTES)
        if self.serial < 1:
            raise VaultError("delivery: a serial from 1")
        if self.way is Way.NONE:
            if self.recipient or self.address:
                raise VaultError("delivery: where nothing is delivered any more there is no key and no address")
            return
        parcels.require_recipient(self.recipient)
        good = parcels.is_web_address if self.way is Way.HTTPS else parcels.is_mail_address
        if not good(self.address):
            raise VaultError("delivery: the address is not one of this way")


Said = MandateSaid | AttestationSaid | WithdrawalSaid | RevocationSaid | DeliverySaid | OfficeCertificate
_KINDS: dict[str, type[MandateSaid | AttestationSaid | WithdrawalSaid | RevocationSaid | DeliverySaid]] = {
    one.kind: one for one in (MandateSaid, AttestationSaid, WithdrawalSaid, RevocationSaid, DeliverySaid)
}


def kind_of(body: bytes) -> Statement:
    """Return which kind of statement this body is. Raises BadEnvelope."""
    kind = str(unpack(body).get("type", "")).removeprefix(PREFIX)
    if kind not in set(Statement):
        raise BadEnvelope("statement")
    return Statement(kind)


def read(body: bytes) -> Said:
    """Return what a body says. Raises BadEnvelope."""
    kind = kind_of(body)
    if kind is Statement.OFFICE_CERTIFICATE:
        return OfficeCertificate.from_bytes(body)
    return _KINDS[kind].from_bytes(body)


def facts(said: Said) -> dict[str, str]:
    """What is said, a line each, as a person reads it before signing."""
    content = unpack(said.to_bytes())
    return {
        name: ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in content.items()
        if name not in ("type", "suite")
    }


def sign(said: Said, *registrar_privates: bytes) -> SignedStatement:
    """Sign with one registrar's seed or several."""
    body = said.to_bytes()
    kind = kind_of(body)
    return SignedStatement(body, tuple(registrars.sign(kind, body, private) for private in registrar_privates))


def countersign(signed: SignedStatement, registrar_private: bytes) -> SignedStatement:
    """Add one registrar's signature to what another has signed. Raises BadEnvelope, or VaultError the second time."""
    signature = registrars.sign(kind_of(signed.body), signed.body, registrar_private)
    if signature.registrar in {one.registrar for one in signed.signatures}:
        raise VaultError("this registrar has signed it already")
    return SignedStatement(signed.body, (*signed.signatures, signature))


def _written(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    return value
