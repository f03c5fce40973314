"""What registrars have said of offices: taking their files in, and how an office stands by them (FIREWALL rule 1).

The database checks the signatures; here its refusals become words, and a file that is none is refused earlier.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.db import IntegrityError, connection
from django.utils.translation import gettext_lazy as _

from complaints.cases import pinned, routing
from complaints.cases.models import Attestation, Membership, Office, OfficeCertificate, Registrar, RegistrarStatement
from complaints.vault import statements
from complaints.vault.certificates import fingerprint_words
from complaints.vault.errors import BadEnvelope
from complaints.vault.registrars import SignedStatement
from recruitment_watch.dberrors import constraint_of

from . import ceremony

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

REFUSALS: dict[str, StrOrPromise] = {
    "registrar_quorum": _("Two registrars have to sign, and this file has only one signature."),
    "registrar_signature": _("A signature in this file is not one of our registrars' own."),
    "registrar_outdated": _("It is older than what is in force, or about an office or a key that is not here."),
    "registrar_statement": _("This is not a file that registrars sign."),
    "attestation_at_most_12_months": _("An attestation lasts twelve months at most."),
}


class NotTaken(ValueError):
    """The file was refused and nothing was changed. Attributes: `words`, a sentence for the person."""

    def __init__(self, words: StrOrPromise) -> None:
        super().__init__(str(words))
        self.words = words


@dataclass(frozen=True, slots=True)
class Standing:
    """How an office stands today. `missing` are sentences: what keeps it from new complaints; empty when nothing."""

    office: Office
    attestation: Attestation | None
    certificate: OfficeCertificate | None
    members: int
    missing: tuple[StrOrPromise, ...]

    @property
    def words(self) -> str:
        """The fingerprint words of the newest key, '' without one."""
        key = self.office.keys.order_by("-generation").first()
        return " ".join(fingerprint_words(bytes(key.public_key))) if key else ""


def take(raw: bytes) -> str:
    """Take a registrar's file in; what kind of statement it was. Raises NotTaken."""
    signed: SignedStatement | None = None
    fault = ""
    try:
        signed = SignedStatement.from_bytes(raw)
        statements.read(signed.body)
    except BadEnvelope:
        raise NotTaken(REFUSALS["registrar_statement"]) from None
    if RegistrarStatement.objects.filter(digest=hashlib.sha256(signed.body).digest()).exists():
        raise NotTaken(_("This file was taken in before."))
    if not signed.signatures:
        raise NotTaken(REFUSALS["registrar_quorum"])
    try:
        return ceremony.take(signed)
    except IntegrityError as error:
        fault = constraint_of(error)
    raise NotTaken(REFUSALS.get(fault, _("The database refused this file.")))


def standing(office: Office, *, on: date) -> Standing:
    """How `office` stands on a day: by the rows, and by what two registrars signed."""
    attested = Attestation.objects.filter(office=office, withdrawn=False, signed_on__lte=on, expires_on__gt=on)
    attestation = attested.order_by("-expires_on").first()
    certificate = (
        OfficeCertificate.objects.filter(office=office, revoked=False, not_after__gte=on).order_by("-not_after").first()
    )
    members = Membership.objects.filter(office=office, until=None, since__lte=on).count()
    on_ladder = any(one.id == office.pk for one in routing.offices_for(on=on, named=[office.pk]))
    can_open = _two_can_open(office)
    reasons = (
        (office.mandate != "labour_only", _("Its mandate is not labour law only: it can never get a complaint.")),
        (attestation is None, _("No attestation is in force.")),
        (members < 2, _("It needs two members.")),
        (not office.keys.exists(), _("It has no key: its first member has to enrol.")),
        (members >= 2 and not can_open, _("Fewer than two of its members can open what comes.")),
        (not on_ladder and (can_open or certificate is None), _("Its newest key has no certificate that holds today.")),
    )
    return Standing(office, attestation, certificate, members, tuple(words for wrong, words in reasons if wrong))


def _two_can_open(office: Office) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s = ANY(public.offices_with_two_members(%s))", [office.pk, [office.pk]])
        return bool(cursor.fetchone()[0])


def request_for(office: Office, *, on: date) -> str:
    """The file with which an office asks registrars to certify its newest key (JSON). Raises NotTaken."""
    key = office.keys.order_by("-generation").first()
    attestation = standing(office, on=on).attestation
    if key is None or attestation is None:
        raise NotTaken(_("There is nothing to certify before the office has a key and an attestation."))
    said = ceremony.certificate_of(office, key, attestation, since=on)
    facts = statements.facts(said)
    asked = ("office_id", "office_name", "country", "public_key", "mandate", "attestation_hash", "generation")
    return json.dumps({name: facts[name] for name in asked} | {"words": fingerprint_words(said.public_key)}, indent=1)


def pinned_differs() -> bool:
    """Tell whether the registrars pinned as files are others than those that the database checks against."""
    return {bytes(one.public_key) for one in Registrar.objects.all()} != set(pinned.roots())
