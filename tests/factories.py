"""A cast for casework tests: offices with real keys and certificates, members whose vaults can be opened."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from django.contrib.auth.hashers import make_password

from complaints.cases.models import Attestation, Inspector, Office
from complaints.cases.models.people import Role
from complaints.firewall import ceremony
from complaints.vault import members

PASSWORD = "a password for tests"
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Cast:
    """An office and its two members; every member signs in with PASSWORD and opens with `passphrase(n)`."""

    office: Office
    members: tuple[Inspector, Inspector]


@cache
def passphrase(number: int) -> str:
    """The vault passphrase of an office's member 0 or 1, the same in every office (enrolling takes a second)."""
    return members.new_passphrase()


@cache
def _record(number: int) -> members.MemberRecord:
    return members.enrol(passphrase(number), members.new_recovery_code())


@cache
def _hashed() -> str:
    """PASSWORD as it is stored; hashed once, because hashing is made to be slow."""
    return make_password(PASSWORD)


def make_office(
    *,
    registrar_privates: list[bytes],
    name: str = "",
    country: str = "QA",
    mandate: str = "labour_only",
    national_head: bool = False,
    today: date | None = None,
    languages: Sequence[str] = ("en",),
    **more: object,
) -> Cast:
    """Established by the ceremony as the owner would: call it inside `as_owner()`.

    A mandate other than labour_only is refused its members by the veto: make the office, then change it.
    """
    number = next(_numbers)
    today = today or date.today()
    office = Office(
        name=name or f"Inspectorate {number}", country=country, mandate=mandate, national_head=national_head,
        languages=list(languages), duties="Inspectors here may not tell immigration who complained.", **more,
    )  # fmt: skip
    attestation = Attestation(
        quotation="Inspectors shall have no duty under immigration law.", source="A law made up for tests, s. 4",
        document_sha256=bytes(32), countersigned_by="Witness", signed_on=today - timedelta(days=1),
        expires_on=today + timedelta(days=300),
    )  # fmt: skip
    people = tuple(Inspector(username=f"inspector-{number}-{n}", name=f"Inspector {number}.{n}") for n in (0, 1))
    for person in people:
        person.password = _hashed()
    roles = (Role.HEAD, Role.INSPECTOR)
    staff = [ceremony.Member(person, _record(n), roles[n]) for n, person in enumerate(people)]
    ceremony.pin_database()
    ceremony.establish(office, attestation, staff, today=today, registrar_privates=registrar_privates[:2])
    return Cast(Office.objects.get(pk=office.pk), (people[0], people[1]))
