"""Making the keys that everything else is sealed to, and the offices that hold them.

Here the registrars' private keys are returned to the caller, who keeps them offline; the demonstration
and the tests keep them in a folder, which is why neither is for real complaints.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from django.db import transaction

from complaints.cases.models import (
    Attestation,
    Inspector,
    MemberKey,
    Membership,
    Office,
    OfficeCertificate,
    OfficeKey,
    OfficeKeyWrap,
)
from complaints.vault import certificates, members, registrars, retention
from complaints.vault.primitives import keypair

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
    for quarter in quarters:
        _write(folder / "statistics" / f"{quarter}.pub", keypair()[0], 0o644)
    return [key.private for key in keys]


def make_weeks(folder: Path, *, since: date, weeks: int) -> None:
    """Make the retention files of the weeks in which what is filed from `since` on will die."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    keys = retention.WeekKeyFolder(folder)
    first = retention.death_week(since)
    for number in range(weeks):
        keys.ensure(retention.weeks_after(first, number))


@transaction.atomic
def establish(office: Office, attestation: Attestation, staff: Sequence[Member], *, today: date,
              registrar_privates: Sequence[bytes]) -> OfficeCertificate:  # fmt: skip
    """Save an office with its attestation, members, first key generation and a certificate signed by registrars.

    Two members at least (FIREWALL rule 9): raises ValueError with fewer.
    """
    if len(staff) < 2:
        raise ValueError("an office needs two members before it can be on a ladder")
    office.save(force_insert=True)
    attestation.office = office
    attestation.save(force_insert=True)
    public, private = members.new_office_key()
    key = OfficeKey.objects.create(office=office, generation=1, public_key=public)
    for member in staff:
        _enrol(member, office, key, private, today)
    certificate = certificates.OfficeCertificate(
        office_id=office.id.bytes,
        office_name=office.name,
        country=str(office.country),
        public_key=public,
        mandate=certificates.Mandate(office.mandate),
        attestation_hash=attestation.digest(),
        generation=key.generation,
        not_before=today,
        not_after=today + timedelta(days=CERTIFICATE_DAYS - 1),
    )
    signed = certificates.sign(certificate, *registrar_privates)
    return OfficeCertificate.objects.create(
        office=office, generation=key.generation, signed=signed.to_bytes(), not_after=certificate.not_after
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
    OfficeKeyWrap.objects.create(office_key=key, inspector=inspector, box=box)


def _write(path: Path, content: bytes, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
