"""Which offices a complaint can go to, and in which order (DESIGN 6, FIREWALL rules 1 and 7).

`ladder` is pure and decides; `offices_for` is the one query that feeds it, and believes no row of the
database about a key: name, country, mandate and key come from what two registrars signed.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from complaints.vault import certificates
from complaints.vault.certificates import OfficeCertificate, SignedCertificate
from complaints.vault.errors import VaultError
from complaints.vault.rungs import RUNGS, LadderOffice

from . import pinned
from .models import Office
from .states import Severity

# In danger the clocks are four hours each: the national head is reached after two other offices at most.
RUNGS_IN_DANGER = 3


@dataclass(frozen=True, slots=True)
class OfficeFacts:
    """What routing, the clocks and the first page need to know of an office; nothing in it is secret.

    `country` ISO 3166 alpha-2; `region` '' for the whole country; `public_key` X25519, 32 bytes, of
    `generation`; `timezone` an IANA name; `holidays` a code of the `holidays` library ("DE", "DE-BY").
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


def offices_for(country: str, *, on: date) -> list[OfficeFacts]:
    """The country's offices inside rule 1 on this day whose newest key two registrars have certified.

    Five queries. An office is left out, without an error, whose certificate is missing, revoked, expired, of an
    older key or about another attestation than the one in force, or in which fewer than two members can open what
    comes (FIREWALL rules 7 and 9): nothing is sealed to it.
    """
    offices = Office.objects.may_hold(on=on).filter(country=country).order_by("name", "pk")
    found = [facts for office in offices.prefetch_related(*_SIGNED) if (facts := _facts(office, on))]
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.offices_with_two_members(%s)", [[one.id for one in found]])
        ((staffed,),) = cursor.fetchall()
    return [one for one in found if one.id in staffed]


def certified_keys(offices: QuerySet[Office], *, on: date) -> dict[UUID, bytes | None]:
    """The key of each office that something may be sealed to on this day, None where there is none. Four queries."""
    safe = set(Office.objects.may_hold(on=on).filter(pk__in=offices).values_list("pk", flat=True))
    found = {office.pk: _certificate(office, on) for office in offices.prefetch_related(*_SIGNED)}
    return {office: one.public_key if one and office in safe else None for office, one in found.items()}


def _facts(office: Office, on: date) -> OfficeFacts | None:
    certificate = _certificate(office, on)
    if certificate is None:
        return None
    return OfficeFacts(
        id=office.pk,
        name=certificate.office_name,
        country=certificate.country,
        region=office.region,
        may_hold=True,
        national_head=office.national_head,
        languages=tuple(office.languages),
        duties=office.duties,
        timezone=office.timezone,
        holidays=office.holidays,
        public_key=certificate.public_key,
        generation=certificate.generation,
    )


def _certificate(office: Office, on: date) -> OfficeCertificate | None:
    """The certificate of the office's newest key that holds today, or None."""
    newest = max((key.generation for key in office.keys.all()), default=0)
    in_force = {
        one.digest() for one in office.attestations.all() if not one.withdrawn and one.signed_on <= on < one.expires_on
    }
    for row in (one for one in office.certificates.all() if not one.revoked):
        with suppress(VaultError):
            signed = SignedCertificate.from_bytes(bytes(row.signed))
            found = certificates.verify(signed, pinned.roots(), today=on, office_id=office.pk.bytes, generation=newest)
            if found.country == str(office.country) and found.attestation_hash in in_force:
                return found
    return None
