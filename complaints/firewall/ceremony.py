"""Making the keys that everything else is sealed to, and the offices that hold them.

Here the registrars' private keys are returned to the caller, who keeps them offline; the demonstration
and the tests keep them in a folder, which is why neither is for real complaints.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from django.db import connection, transaction

from complaints.cases import pinned
from complaints.cases.models import (
    Attestation,
    Inspector,
    MemberKey,
    Membership,
    Office,
    OfficeCertificate,
    OfficeKey,
    OfficeKeyWrap,
    Registrar,
)
from complaints.vault import certificates, members, notes, registrars, retention, statements
from complaints.vault.notes import NoteKey
from complaints.vault.primitives import keypair
from complaints.vault.registrars import SignedStatement
from complaints.vault.statements import AttestationSaid, DeliverySaid, MandateSaid, Way

CERTIFICATE_DAYS = 90  # FIREWALL rule 7


@dataclass(frozen=True, slots=True)
class Member:
    """One person at enrolment. `record` is made by vault.members.enrol from a passphrase only they know."""

    inspector: Inspector
    record: members.MemberRecord
    role: str


def pin(folder: Path, *, worker_lock: Path, quarters: Sequence[str]) -> list[bytes]:
    """Make registrars, the worker's lock and the quarters' statistics keys; pin their public halves in `folder`.

    Returns the registrars' private seeds. Raises FileExistsError where a key is already pinned.
    """
    keys = [registrars.new_registrar_key() for _ in range(registrars.REGISTRARS)]
    for number, key in enumerate(keys, start=1):
        _write(folder / "registrars" / f"{number}.pub", key.public, 0o644)
    public, private = keypair()
    _write(folder / "worker.pub", public, 0o644)
    _write(worker_lock, private, 0o600)
    pin_log(folder, key=worker_lock.with_name("log.key"))
    pin_delivery(folder, key=worker_lock.with_name("delivery.key"))
    for quarter in quarters:
        _write(folder / "statistics" / f"{quarter}.pub", keypair()[0], 0o644)
    return [key.private for key in keys]


def pin_log(folder: Path, *, key: Path) -> None:
    """Make the key that signs the disclosure log's checkpoints: a file of the worker zone, its public half pinned.

    The log's name has the key in it, so that no two installations' logs are called the same.
    """
    public, seed = notes.new_key()
    name = f"recruitment-watch.invalid/disclosure-log/{hashlib.sha256(public).hexdigest()[:16]}"
    _write(folder / "log.pub", f"{NoteKey(name, public).to_text()}\n".encode(), 0o644)
    _write(key, seed, 0o600)


def pin_delivery(folder: Path, *, key: Path) -> None:
    """Make the key that parcels are signed with: a file of the worker zone, its public half pinned."""
    public, seed = notes.new_key()
    _write(folder / "delivery.pub", public, 0o644)
    _write(key, seed, 0o600)


def make_weeks(folder: Path, *, since: date, weeks: int) -> None:
    """Make the retention files of the weeks in which what is filed from `since` on will die."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    keys = retention.WeekKeyFolder(folder)
    first = retention.death_week(since)
    for number in range(weeks):
        keys.ensure(retention.weeks_after(first, number))


def pin_database() -> None:
    """Tell the database, as its owner, which registrars this installation has pinned; it checks their signatures."""
    for number, public in enumerate(pinned.roots(), start=1):
        Registrar.objects.update_or_create(number=number, defaults={"public_key": public})


@transaction.atomic
def establish(office: Office, attestation: Attestation, staff: Sequence[Member], *, today: date,
              registrar_privates: Sequence[bytes]) -> OfficeCertificate:  # fmt: skip
    """Establish an office from statements that registrars sign here, its members and its first key generation.

    `office` and `attestation` are unsaved and say what is to be signed. As the databases' owner. Two members
    at least (FIREWALL rule 9): raises ValueError with fewer.
    """
    if len(staff) < 2:
        raise ValueError("an office needs two members before it can be on a ladder")
    attestation.office = office
    for said in (mandate_of(office, serial=1), attestation_of(attestation)):
        take(statements.sign(said, *registrar_privates))
    public, private = members.new_office_key()
    key = OfficeKey.objects.create(office=office, generation=1, public_key=public)
    for member in staff:
        _enrol(member, office, key, private, today)
    certificate = certificate_of(office, key, attestation, since=today)
    take(statements.sign(certificate, *registrar_privates))
    return OfficeCertificate.objects.get(office=office, generation=key.generation)


def take(signed: SignedStatement) -> str:
    """Hand a statement to the database, which checks and writes it; its kind.

    Raises IntegrityError with a constraint named registrar_…; complaints.firewall.registrations says it in words.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT public.registrar_take(%s)", [signed.to_bytes()])
        (kind,) = cursor.fetchone()
    return str(kind)


def mandate_of(office: Office, *, serial: int) -> MandateSaid:
    return MandateSaid(
        office_id=office.pk.bytes, serial=serial, name=office.name, country=str(office.country), region=office.region,
        mandate=certificates.Mandate(office.mandate), national_head=office.national_head,
        languages=tuple(office.languages), duties=office.duties, timezone=office.timezone, holidays=office.holidays,
        hours=office.hours,
    )  # fmt: skip


def attestation_of(attestation: Attestation) -> AttestationSaid:
    return AttestationSaid(
        attestation_id=attestation.pk.bytes, office_id=attestation.office_id.bytes, quotation=attestation.quotation,
        source=attestation.source, document_sha256=bytes(attestation.document_sha256),
        countersigned_by=attestation.countersigned_by, signed_on=attestation.signed_on,
        expires_on=attestation.expires_on,
    )  # fmt: skip


def delivery_of(
    office: Office, *, serial: int, recipient: str, way: Way, address: str, starts_on: date
) -> DeliverySaid:
    return DeliverySaid(
        office_id=office.pk.bytes, serial=serial, recipient=recipient, way=way, address=address, starts_on=starts_on
    )


def certificate_of(
    office: Office, key: OfficeKey, attestation: Attestation, *, since: date
) -> certificates.OfficeCertificate:
    """What registrars are asked to sign for this key: valid for as long as FIREWALL rule 7 lets it."""
    return certificates.OfficeCertificate(
        office_id=office.pk.bytes,
        office_name=office.name,
        country=str(office.country),
        public_key=bytes(key.public_key),
        mandate=certificates.Mandate(office.mandate),
        attestation_hash=attestation.digest(),
        generation=key.generation,
        not_before=since,
        not_after=since + timedelta(days=CERTIFICATE_DAYS - 1),
    )


def _enrol(member: Member, office: Office, key: OfficeKey, office_private: bytes, today: date) -> None:
    inspector, record = member.inspector, member.record
    inspector.save()
    MemberKey.objects.get_or_create(
        inspector=inspector,
        defaults={
            "public_key": record.public,
            "wrapped_private": record.wrapped_private,
            "salt": record.salt,
            "wrapped_recovery": record.wrapped_recovery,
            "recovery_salt": record.recovery_salt,
        },
    )
    Membership.objects.create(inspector=inspector, office=office, role=member.role, since=today)
    box = members.wrap_office_key(
        office_private, member_public=record.public, office_id=office.id.bytes, generation=key.generation
    )
    voucher = members.vouch(office_private, member_public=record.public, member_id=inspector.pk.bytes)
    OfficeKeyWrap.objects.create(office_key=key, inspector=inspector, box=box, voucher=voucher)


def _write(path: Path, content: bytes, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
