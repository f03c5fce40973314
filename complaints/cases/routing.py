"""Which offices a complaint can go to, and in which order (DESIGN 6, FIREWALL rules 1 and 7).

`ladder` is pure and decides; `offices_for` is the one query that feeds it, and believes no row of the
database about a key: name, country, mandate and key come from what two registrars signed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from complaints.vault import certificates
from complaints.vault.certificates import OfficeCertificate, SignedCertificate
from complaints.vault.errors import VaultError
from complaints.vault.rungs import RUNGS, LadderOffice

from . import pinned
from .models import Attestation, Office
from .models.offices import Mandate
from .states import Severity

# In danger the clocks are four hours each: the national head is reached after two other offices at most.
RUNGS_IN_DANGER = 3


@dataclass(frozen=True, slots=True)
class OfficeFacts:
    """What routing, the clocks and the first page need to know of an office; nothing in it is secret.

    `country` ISO 3166 alpha-2; `region` '' for the whole country; `public_key` X25519, 32 bytes, of
    `generation`; `timezone` an IANA name; `holidays` a code of the `holidays` library ("DE", "DE-BY"); `hours`
    "08:00-16:30" or "".
    `may_hold` says that the office is inside rule 1; nobody is unless somebody has said so.
    """

    id: UUID
    name: str
    country: str
    region: str = ""
    may_hold: bool = False
    national_head: bool = False
    languages: tuple[str, ...] = ()
    duties: str = ""
    timezone: str = "UTC"
    holidays: str = ""
    hours: str = ""
    public_key: bytes = field(default=b"", repr=False)
    generation: int = 1

    @property
    def on_ladder(self) -> LadderOffice:
        """The office as the vault's `build_ladder` takes it."""
        return LadderOffice(office_id=self.id.bytes, public=self.public_key)

    @property
    def fingerprint(self) -> tuple[str, ...]:
        """Six words by which people compare the office's key."""
        return certificates.fingerprint_words(self.public_key)


def ladder(*, country: str, region: str, severity: Severity, offices: Iterable[OfficeFacts]) -> tuple[OfficeFacts, ...]:
    """The offices to ask, first to last; empty where no office is safe, and then nothing may be typed.

    The region's own offices, then those for the whole country, then the national inspection's head.
    Offices of another country or region, or outside rule 1, are never on it. At most six, three in
    danger; the head keeps its place at the end.
    """
    safe = [one for one in offices if one.may_hold and one.country == country]
    head = [one for one in safe if one.national_head][:1]
    regional = [one for one in safe if not one.national_head and one.region and one.region == region]
    national = [one for one in safe if not one.national_head and not one.region]
    most = RUNGS_IN_DANGER if severity == Severity.S1 else RUNGS
    before_head = [*_in_order(regional), *_in_order(national)][: most - len(head)]
    return (*before_head, *head)


def _in_order(offices: Iterable[OfficeFacts]) -> list[OfficeFacts]:
    return sorted(offices, key=lambda one: (one.name, one.id))


_SIGNED = ("keys", "certificates", "attestations")

# `Office.objects.may_hold`, and all that certificates are held against, in one look: the form asks for it on most of
# its pages, and by the ORM that is five queries, each dearer than this one.
_OFFICES = """
    WITH office AS MATERIALIZED (
        SELECT o.*, jsonb_agg(a) AS said
          FROM complaints_office o JOIN complaints_attestation a ON a.office_id = o.id
         WHERE o.country = %(country)s AND o.mandate = %(mandate)s
           AND a.signed_on <= %(on)s AND a.expires_on > %(on)s AND NOT a.withdrawn
         GROUP BY o.id
    )
    SELECT id, country, region, national_head, languages, duties, timezone, holidays, hours, said,
           (SELECT coalesce(max(generation), 0) FROM complaints_officekey WHERE office_id = office.id),
           ARRAY(SELECT signed FROM complaints_officecertificate WHERE office_id = office.id AND NOT revoked)
      FROM office
     WHERE id = ANY(public.offices_with_two_members(ARRAY(SELECT id FROM office)))
     ORDER BY name, id
"""


def offices_for(country: str, *, on: date) -> list[OfficeFacts]:
    """The country's offices inside rule 1 on this day whose newest key two registrars have certified.

    One query. An office is left out, without an error, whose certificate is missing, revoked, expired, of an
    older key or about another attestation than the one in force, or in which fewer than two members can open what
    comes (FIREWALL rules 7 and 9): nothing is sealed to it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OFFICES, {"country": country, "mandate": Mandate.LABOUR_ONLY.value, "on": on})
        rows = cursor.fetchall()
    return [facts for row in rows if (facts := _facts(row, on))]


def certified_keys(offices: QuerySet[Office], *, on: date) -> dict[UUID, bytes | None]:
    """The key of each office that something may be sealed to on this day, None where there is none. Four queries."""
    safe = set(Office.objects.may_hold(on=on).filter(pk__in=offices).values_list("pk", flat=True))
    found = {office.pk: _certificate(office, on) for office in offices.prefetch_related(*_SIGNED)}
    return {office: one.public_key if one and office in safe else None for office, one in found.items()}


def _facts(row: tuple[Any, ...], on: date) -> OfficeFacts | None:
    """An office of the query above, if a certificate holds."""
    key, country, region, national_head, languages, duties, timezone, holidays, hours, said, newest, certificates_ = row
    in_force = frozenset(_attestation(one).digest() for one in json.loads(said))
    certificate = _first_that_holds(map(bytes, certificates_), key, country, newest, in_force, on)
    if certificate is None:
        return None
    return OfficeFacts(
        id=key,
        name=certificate.office_name,
        country=certificate.country,
        region=region,
        may_hold=True,
        national_head=national_head,
        languages=tuple(languages),
        duties=duties,
        timezone=timezone,
        holidays=holidays,
        hours=hours,
        public_key=certificate.public_key,
        generation=certificate.generation,
    )


def _attestation(said: dict[str, Any]) -> Attestation:
    """An attestation as the query above tells it; only what its digest is made of."""
    return Attestation(
        office_id=UUID(said["office_id"]),
        quotation=said["quotation"],
        source=said["source"],
        document_sha256=bytes.fromhex(said["document_sha256"].removeprefix("\\x")),
        countersigned_by=said["countersigned_by"],
        signed_on=date.fromisoformat(said["signed_on"]),
        expires_on=date.fromisoformat(said["expires_on"]),
    )


def _certificate(office: Office, on: date) -> OfficeCertificate | None:
    """The certificate of the office's newest key that holds today, or None."""
    newest = max((key.generation for key in office.keys.all()), default=0)
    in_force = frozenset(
        one.digest() for one in office.attestations.all() if not one.withdrawn and one.signed_on <= on < one.expires_on
    )
    signed = (bytes(one.signed) for one in office.certificates.all() if not one.revoked)
    return _first_that_holds(signed, office.pk, str(office.country), newest, in_force, on)


def _first_that_holds(
    signed: Iterable[bytes], office: UUID, country: str, newest: int, in_force: frozenset[bytes], on: date
) -> OfficeCertificate | None:
    for raw in signed:
        found = _verified(raw, pinned.roots(), on, office, newest)
        if found and found.country == country and found.attestation_hash in in_force:
            return found
    return None


@lru_cache(maxsize=1024)
def _verified(
    raw: bytes, roots: tuple[bytes, ...], today: date, office: UUID, generation: int
) -> OfficeCertificate | None:
    """What two registrars signed, or None. The same bytes on the same day under the same keys: the same answer."""
    with suppress(VaultError):
        signed = SignedCertificate.from_bytes(raw)
        return certificates.verify(signed, roots, today=today, office_id=office.bytes, generation=generation)
    return None
