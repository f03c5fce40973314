"""Which offices a complaint can go to, and in which order (DESIGN 6, FIREWALL rules 1 and 7).

`ladder` is pure and decides, by the declared rules (`rules`, `rulebook`); `offices_for` is the one query that feeds it,
and believes no row of the database about a key: name, country, mandate and key come from what two registrars signed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache, partial
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
from .rules import NOT_SAID, SECTORS, Asks, Kind, Matter, Rule, Rules, Selector
from .severity import Category
from .states import Severity

CATEGORIES: tuple[str, ...] = (NOT_SAID, *Category.values)
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

    def reads(self, language: str) -> bool:
        """Whether the office reads this language; "zh" answers for "zh-hans" and the other way about."""
        return bool(language) and any(_base(one) == _base(language) for one in self.languages)

    @property
    def on_ladder(self) -> LadderOffice:
        """The office as the vault's `build_ladder` takes it."""
        return LadderOffice(office_id=self.id.bytes, public=self.public_key)

    @property
    def fingerprint(self) -> tuple[str, ...]:
        """Six words by which people compare the office's key."""
        return certificates.fingerprint_words(self.public_key)


@dataclass(frozen=True, slots=True)
class Unserved:
    """What nobody can get from a place: values of `Category` and of `Sector`, "" for what does not say one."""

    categories: tuple[str, ...]
    sectors: tuple[str, ...]

    @property
    def wholly(self) -> bool:
        """Nobody gets anything from there."""
        return len(self.categories) == len(CATEGORIES)


@dataclass(frozen=True, slots=True)
class Asked:
    """An office on a ladder and why it is there: the step of the rule, or None for the national head."""

    office: OfficeFacts
    by: Selector | None


@dataclass(frozen=True, slots=True)
class Route:
    """What the rules make of a complaint.

    `rule` is the one that decides; `asked` the ladder, first to last; `no_room` what the rule would ask, too, if it
    might ask more.
    """

    rule: Rule
    asked: tuple[Asked, ...]
    no_room: tuple[Asked, ...] = ()


def ladder(matter: Matter, *, rules: Rules, offices: Iterable[OfficeFacts]) -> tuple[OfficeFacts, ...]:
    """The offices to ask, first to last; empty where no office is safe, and then nothing may be typed."""
    return tuple(one.office for one in route(matter, rules=rules, offices=offices).asked)


def route(matter: Matter, *, rules: Rules, offices: Iterable[OfficeFacts]) -> Route:
    """The ladder, and why it is this one.

    The first rule that fits says whom to ask; within one of its steps those who read the complainant's language come
    first. Whatever it says: an office outside rule 1 of the firewall is on no ladder, none is there twice, there are at
    most six, in danger three, and the national head comes last.
    """
    return _routed(matter, rules.rule_for(matter), [one for one in offices if one.may_hold])


def possible(place: Matter, *, rules: Rules, offices: Iterable[OfficeFacts]) -> tuple[OfficeFacts, ...]:
    """All who may get a complaint from this place, whatever it is about; only the place and the language count.

    The likeliest first: by the earliest step at which a rule asks them; a national head that only comes last, last.
    Never one too few; with rules that hang on several things at once it may be one too many.
    """
    found: dict[OfficeFacts, tuple[bool, int]] = {}
    for asked in _every_ladder(place, rules, offices).values():
        for step, one in enumerate(asked):
            found[one.office] = min(found.get(one.office, (True, RUNGS)), (one.by is None, step))
    return tuple(sorted(found, key=lambda one: (*found[one], one.name, one.id)))


def unserved(place: Matter, *, rules: Rules, offices: Iterable[OfficeFacts]) -> Unserved:
    """What no office could get from this place, though others may: nobody whom its rule asks is safe."""
    served, reach = _every_ladder(place, rules, offices), rules.reach(place.country, place.region, place.recruited_in)
    somebody = {subject for kind, subjects in reach.items() if served[kind] for subject in subjects}
    return Unserved(
        categories=tuple(one for one in CATEGORIES if not any((one, sector) in somebody for sector in SECTORS)),
        sectors=tuple(one for one in SECTORS if not any((category, one) in somebody for category in CATEGORIES)),
    )


def _every_ladder(place: Matter, rules: Rules, offices: Iterable[OfficeFacts]) -> dict[Kind, tuple[Asked, ...]]:
    safe = [one for one in offices if one.may_hold]
    reach = rules.reach(place.country, place.region, place.recruited_in)
    grave = {True: replace(place, severity=Severity.S1), False: replace(place, severity=Severity.S3)}
    return {(rule, danger): _routed(grave[danger], rule, safe).asked for rule, danger in reach}


def _routed(matter: Matter, rule: Rule, safe: Sequence[OfficeFacts]) -> Route:
    head = _head(matter, safe)
    taken = {head.id} if head else set()
    asked = []
    for selector in rule.ask:
        for office in sorted(filter(_meant(selector, matter), safe), key=partial(_place, matter.language)):
            if office.id not in taken:
                taken.add(office.id)
                asked.append(Asked(office, selector))
    most = min(rule.most, RUNGS_IN_DANGER if matter.severity == Severity.S1 else RUNGS)
    last = (Asked(head, None),) if head else ()
    room = most - len(last)
    return Route(rule, (*asked[:room], *last), tuple(asked[room:]))


def _head(matter: Matter, safe: Sequence[OfficeFacts]) -> OfficeFacts | None:
    """The national head of the country of work; of the country of recruitment where nobody is safe there."""
    at_work = [one for one in safe if one.country == matter.country]
    country = matter.country if at_work else matter.recruited_in
    heads = [one for one in safe if one.national_head and one.country == country]
    return min(heads, key=partial(_place, matter.language), default=None)


def _meant(selector: Selector, matter: Matter) -> Callable[[OfficeFacts], bool]:
    """Whether a step of a rule means an office. Heads of the country of work are never meant: they come last."""
    match selector.asks:
        case Asks.REGION:
            return lambda one: (
                one.country == matter.country and one.region == matter.region != "" and not one.national_head
            )
        case Asks.COUNTRY:
            return lambda one: one.country == matter.country and not one.region and not one.national_head
        case Asks.RECRUITMENT:
            abroad = matter.recruited_in if matter.recruited_in != matter.country else NOT_SAID
            return lambda one: one.country == abroad and (not one.region or one.national_head)
        case Asks.OFFICE:
            return lambda one: one.id == selector.office


def _place(language: str, office: OfficeFacts) -> tuple[bool, str, UUID]:
    return (not office.reads(language), office.name, office.id)


_SIGNED = ("keys", "certificates", "attestations")

# `Office.objects.may_hold`, and all that certificates are held against, in one look: the form asks for it on most of
# its pages, and by the ORM that is five queries, each dearer than this one.
_OFFICES = """
    WITH office AS MATERIALIZED (
        SELECT o.*, jsonb_agg(a) AS said
          FROM complaints_office o JOIN complaints_attestation a ON a.office_id = o.id
         WHERE (o.country = ANY(%(countries)s) OR o.id = ANY(%(named)s)) AND o.mandate = %(mandate)s
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


def offices_for(*countries: str, on: date, named: Collection[UUID] = ()) -> list[OfficeFacts]:
    """The offices of these countries, and those `named`, inside rule 1 on this day whose newest key is certified.

    One query. An office is left out, without an error, whose certificate is missing, revoked, expired, of an
    older key or about another attestation than the one in force, or in which fewer than two members can open what
    comes (FIREWALL rules 7 and 9): nothing is sealed to it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _OFFICES,
            {"countries": list(countries), "named": list(named), "mandate": Mandate.LABOUR_ONLY.value, "on": on},
        )
        rows = cursor.fetchall()
    return [facts for row in rows if (facts := _facts(row, on))]


def certified_keys(offices: QuerySet[Office], *, on: date) -> dict[UUID, bytes | None]:
    """The key of each office that something may be sealed to on this day, None where there is none. Four queries."""
    safe = set(Office.objects.may_hold(on=on).filter(pk__in=offices).values_list("pk", flat=True))
    found = {office.pk: _certificate(office, on) for office in offices.prefetch_related(*_SIGNED)}
    return {office: one.public_key if one and office in safe else None for office, one in found.items()}


def keys_ever_certified(offices: QuerySet[Office]) -> dict[UUID, list[bytes]]:
    """Each office's public keys, of any generation, that registrars certified and have not revoked. Two queries."""
    found: dict[UUID, list[bytes]] = {}
    for office in offices.prefetch_related("certificates"):
        signed = (_once_certified(bytes(one.signed), office.pk) for one in office.certificates.all() if not one.revoked)
        found[office.pk] = [one.public_key for one in signed if one is not None]
    return found


def _once_certified(raw: bytes, office: UUID) -> OfficeCertificate | None:
    """What registrars signed for this office, whenever it holds or held."""
    with suppress(VaultError):
        signed = SignedCertificate.from_bytes(raw)
        return certificates.once_certified(signed, pinned.roots(), office_id=office.bytes)
    return None


def readers_keys(offices: QuerySet[Office], *, on: date) -> dict[UUID, bytes | None]:
    """The same for offices that have a case already: the key that the next body key is sealed to. Four queries.

    Where a member has left and registrars have not certified the new key yet, it is the one that they certified last:
    else nobody could write on any of its cases for days. A leaver may have it; so colleagues seal these cases anew once
    the new one is certified, and then a new body key is due again.
    """
    safe = set(Office.objects.may_hold(on=on).filter(pk__in=offices).values_list("pk", flat=True))
    found = {one.pk: _certificate(one, on, _last_signed(one)) for one in offices.prefetch_related(*_SIGNED)}
    return {office: one.public_key if one and office in safe else None for office, one in found.items()}


def _last_signed(office: Office) -> int:
    """The newest generation that registrars ever signed, revoked or not: there is no way back behind it. 0 for none."""
    signed = (_once_certified(bytes(one.signed), office.pk) for one in office.certificates.all())
    return max((one.generation for one in signed if one is not None), default=0)


def _base(language: str) -> str:
    return language.lower().partition("-")[0]


def _facts(row: tuple[Any, ...], on: date) -> OfficeFacts | None:
    """An office of the query above, if a certificate holds."""
    key, country, region, national_head, languages, duties, timezone, holidays, hours, said, newest, certificates_ = row
    certificate = _first_that_holds(map(bytes, certificates_), key, country, newest, _digests(said), on)
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


@lru_cache(maxsize=1024)
def _digests(said: str) -> frozenset[bytes]:
    """Of an office's attestations, as the query above tells them: the same words, the same digests."""
    return frozenset(_attestation(one).digest() for one in json.loads(said))


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


def _certificate(office: Office, on: date, generation: int | None = None) -> OfficeCertificate | None:
    """The certificate of the office's newest key, or of that generation's, that holds today, or None."""
    newest = max((key.generation for key in office.keys.all()), default=0) if generation is None else generation
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
