"""FIREWALL proof 8, in the database: no mandate, attestation or key enters without two pinned registrars."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DataError, ProgrammingError

from complaints.cases.models import Attestation, Holding, Office, OfficeCertificate, RegistrarStatement
from complaints.firewall import access, ceremony
from complaints.vault import registrars, statements
from complaints.vault.certificates import Mandate
from complaints.vault.registrars import RegistrarKey, SignedStatement
from complaints.vault.statements import AttestationSaid, MandateSaid, RevocationSaid, Said, WithdrawalSaid
from recruitment_watch.dberrors import constraint_of
from tests.factories import Cast, make_office
from tests.proof import Proof

AsOwner = Callable[[], AbstractContextManager[None]]
TODAY = date.today()
STRANGER = registrars.registrar_key(bytes([9] * 32))


def mandate(office: Office, **change: Any) -> MandateSaid:
    return replace(ceremony.mandate_of(office, serial=office.mandate_serial + 1), **change)


def attestation(office: Office) -> AttestationSaid:
    return AttestationSaid(
        attestation_id=uuid4().bytes, office_id=office.pk.bytes, quotation="No task under immigration law.",
        source="A law made up for tests", document_sha256=bytes(32), countersigned_by="Witness",
        signed_on=TODAY, expires_on=TODAY + timedelta(days=200),
    )  # fmt: skip


def refused(signed: SignedStatement | bytes) -> str:
    """The guard that refused it, '' where it was taken. By the desk's own role."""
    raw = signed if isinstance(signed, bytes) else signed.to_bytes()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT public.registrar_take(%s)", [raw])
    except IntegrityError as error:
        return constraint_of(error) or "constraint"
    except (DataError, ProgrammingError) as error:
        return type(error).__name__
    return ""


@pytest.fixture
def office(as_owner: AsOwner, registrar_privates: list[bytes]) -> Cast:
    with as_owner():
        return make_office(registrar_privates=registrar_privates, name="Inspectorate of Doha")


def test_a_mandate_that_two_signed_is_written_and_ends_what_the_office_held(
    office: Cast, registrar_privates: list[bytes], file_case: Callable[..., object]
) -> None:
    file_case(office)
    head = office.members[0]
    assert access.visible_cases(head).count() == 1
    said = mandate(office.office, mandate=Mandate.JOINT_TASKFORCE)
    assert refused(statements.sign(said, *registrar_privates[1:])) == ""
    assert Office.objects.get(pk=office.office.pk).mandate == "joint_taskforce"
    assert Holding.objects.count() == 0 and access.visible_cases(head).count() == 0
    assert RegistrarStatement.objects.filter(digest=hashlib.sha256(said.to_bytes()).digest()).exists()


def test_an_older_mandate_never_comes_back(office: Cast, registrar_privates: list[bytes]) -> None:
    first = statements.sign(mandate(office.office, mandate=Mandate.JOINT_TASKFORCE), *registrar_privates[:2])
    assert refused(first) == ""
    older = mandate(office.office, mandate=Mandate.LABOUR_ONLY, duties="signed earlier")
    assert refused(statements.sign(older, *registrar_privates[:2])) == "registrar_outdated"
    assert "digest" in refused(first)  # nor the very same file
    assert Office.objects.get(pk=office.office.pk).mandate == "joint_taskforce"


def test_an_attestation_is_added_and_withdrawn(office: Cast, registrar_privates: list[bytes]) -> None:
    said = attestation(office.office)
    assert refused(statements.sign(said, *registrar_privates[:2])) == ""
    row = Attestation.objects.get(quotation=said.quotation)
    assert row.digest() == Attestation.objects.get(pk=row.pk).digest() and not row.withdrawn
    end = WithdrawalSaid(said.attestation_id, TODAY)
    assert refused(statements.sign(end, *registrar_privates[:2])) == ""
    row.refresh_from_db()
    assert row.withdrawn


def test_a_certificate_is_for_a_key_that_the_office_has(office: Cast, registrar_privates: list[bytes]) -> None:
    key = office.office.keys.get()
    attested = Attestation.objects.get(office=office.office)
    renewed = ceremony.certificate_of(office.office, key, attested, since=TODAY + timedelta(days=30))
    assert refused(statements.sign(renewed, *registrar_privates[:2])) == ""
    ghost = replace(renewed, public_key=registrars.registrar_key(bytes([7] * 32)).public)
    assert refused(statements.sign(ghost, *registrar_privates[:2])) == "registrar_outdated"
    end = RevocationSaid(office.office.pk.bytes, hashlib.sha256(renewed.to_bytes()).digest(), TODAY)
    assert refused(statements.sign(end, *registrar_privates[:2])) == ""
    assert OfficeCertificate.objects.filter(office=office.office, revoked=True).count() == 1


@pytest.mark.proof
def test_nothing_else_is_taken(office: Cast, registrar_privates: list[bytes], proof: Callable[..., Proof]) -> None:
    p = proof(8, "statements that the database is handed", bar="100 % refused", small=40, full=2000)
    keys = [registrars.registrar_key(private) for private in registrar_privates]
    attacks = [attack for said in _all(office.office) for attack in _attacks(said, keys)]
    genuine = statements.sign(mandate(office.office), *registrar_privates[:2]).to_bytes()
    tried, taken = 0, []
    for number in p.over(range(p.size)):
        name, raw = attacks[number % len(attacks)] if number < len(attacks) else _bent(genuine, number)
        tried += 1
        if not refused(raw):
            taken.append(name)
    controls = [refused(statements.sign(said, *registrar_privates[:2])) for said in _all(office.office)]
    p.found(
        f"{tried - len(taken)} of {tried} refused",
        control=f"{controls.count('')} of {len(controls)} genuine ones taken",
        held=not taken and not any(controls),
    )


def test_no_serving_role_writes_an_office_by_itself(office: Cast) -> None:
    for statement in (
        "UPDATE complaints_office SET mandate = 'labour_only'",
        "INSERT INTO complaints_attestation SELECT * FROM complaints_attestation",
        "UPDATE complaints_officecertificate SET revoked = false",
        "DELETE FROM complaints_registrarstatement",
        "INSERT INTO complaints_registrar VALUES (9, '\\x00')",
        "SELECT registrar_write('mandate', '{}', '', '')",
    ):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def _all(office: Office) -> Iterator[Said]:
    yield mandate(office, duties=f"signed {uuid4()}")
    yield attestation(office)
    key, attested = office.keys.get(), Attestation.objects.filter(office=office).first()
    assert attested is not None
    yield ceremony.certificate_of(office, key, attested, since=TODAY + timedelta(days=1))


def _attacks(said: Said, keys: list[RegistrarKey]) -> Iterator[tuple[str, bytes]]:
    one, two, _ = (key.private for key in keys)
    good = statements.sign(said, one, two)
    first, second = good.signatures
    body = good.body
    yield "nobody", SignedStatement(body, ()).to_bytes()
    yield "one", SignedStatement(body, (first,)).to_bytes()
    yield "one twice", SignedStatement(body, (first, first)).to_bytes()
    yield "one and a stranger", statements.sign(said, one, STRANGER.private).to_bytes()
    yield "strangers", statements.sign(said, STRANGER.private, bytes([8] * 32)).to_bytes()
    yield (
        "names exchanged",
        SignedStatement(
            body, (replace(first, registrar=second.registrar), replace(second, registrar=first.registrar))
        ).to_bytes(),
    )
    yield "body changed", SignedStatement(body.replace(b'"suite":1', b'"suite":2'), good.signatures).to_bytes()
    kind = next(other for other in registrars.Statement if other != statements.kind_of(body))
    other = tuple(registrars.sign(kind, body, private) for private in (one, two))
    yield "signed as another kind", SignedStatement(body, other).to_bytes()
    yield (
        "two good ones and a bad one",
        SignedStatement(body, (*good.signatures, replace(first, registrar=keys[2].public))).to_bytes(),
    )
    yield "shorter", good.to_bytes()[:-1]
    yield "longer", good.to_bytes() + b"\x00"
    yield "empty", b""
    yield "noise", bytes(range(200))


def _bent(raw: bytes, number: int) -> tuple[str, bytes]:
    """A genuine file with one bit changed, another one each time."""
    changed = bytearray(raw)
    place = number * 7919 % (len(raw) * 8)
    changed[place // 8] ^= 1 << place % 8
    return f"bit {place}", bytes(changed)
