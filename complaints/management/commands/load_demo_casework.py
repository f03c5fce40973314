"""`manage.py load_demo_casework`: a ceremony, two inspectorates with two members each, one outside. As the databases'
owner.

The registrars' private keys stay in a folder of this machine, which is one more reason why the
demonstration is not for real complaints.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyrage
from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.crypto import get_random_string

from complaints.cases import clocks
from complaints.cases.models import Attestation, Inspector, Office
from complaints.cases.models.people import Role
from complaints.desk import second_factor
from complaints.firewall import ceremony
from complaints.vault import members, statements
from complaints.vault.second_factor import new_secret
from complaints.vault.statements import Way
from recruitment_watch import clock

DUTIES = (
    "Inspectors here enforce labour law and nothing else. The law forbids them to tell the immigration "
    "authorities, the police or the employer who complained."
)
OFFICES = (
    ("Labour Inspectorate, Southern District (made up)", False, (("amina", "Amina Vale"), ("bao", "Bao Stern"))),
    ("National Labour Inspection of Arland (made up)", True, (("chidi", "Chidi Moor"), ("dita", "Dita Lund"))),
)


OUTSIDE = "Seafarers' Inspectorate of Arland (made up)"


def _attestation(today: date) -> Attestation:
    return Attestation(
        quotation="An inspector shall have no task under immigration law and shall treat the source of any "
        "complaint as absolutely confidential.",
        source="Arland Labour Inspection Act (made up), s. 4; after ILO C81 arts 3(2) and 15(c)",
        document_sha256=bytes(32),
        countersigned_by="Wil Brook, witness (made up)",
        signed_on=today,
        expires_on=today + timedelta(days=360),
    )


class Command(BaseCommand):
    help = "Hold the demonstration's key ceremony and establish its offices."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--worker-lock", type=Path, required=True, help="where the worker's private lock goes")
        parser.add_argument("--offline", type=Path, required=True, help="where the registrars' private keys go")

    def handle(self, *args: Any, **options: Any) -> None:
        if Office.objects.exists():
            self.stdout.write(json.dumps({}))
            return
        today = clock.today()
        quarters = [clocks.quarter(date(today.year + n // 12, n % 12 + 1, 1)) for n in range(today.month - 1, 24, 3)]
        privates = ceremony.pin(settings.PINNED, worker_lock=options["worker_lock"], quarters=quarters)
        ceremony.pin_database()
        self._keep_offline(options["offline"], privates)
        ceremony.make_weeks(settings.RETENTION, since=today, weeks=60)
        signins: dict[str, dict[str, str]] = {}
        for name, head, people in OFFICES:
            self._office(name, head, people, today, privates, signins)
        # A country whose only office must report: nothing can be sent there, and the form says so.
        joint = Office(name="Joint Labour and Border Task Force of Borland (made up)", country="XB",
                       mandate="joint_taskforce", languages=["en"])  # fmt: skip
        ceremony.take(statements.sign(ceremony.mandate_of(joint, serial=1), *privates[:2]))
        self._outside(options["offline"] / "outside.key", today, privates)
        self.stdout.write(json.dumps({"inspectors": signins}))

    def _outside(self, key: Path, today: date, privates: list[bytes]) -> None:
        """An inspectorate that does not work in this system: it gets parcels, at an address that is nowhere."""
        office = Office(name=OUTSIDE, country="XA", mandate="labour_only", languages=["en", "ar"], duties=DUTIES,
                        timezone="Asia/Qatar")  # fmt: skip
        attestation = _attestation(today)
        attestation.office = office
        identity = pyrage.x25519.Identity.generate()
        delivery = ceremony.delivery_of(
            office, serial=1, recipient=str(identity.to_public()), way=Way.HTTPS,
            address="https://seafarers.invalid/parcels", starts_on=today,
        )  # fmt: skip
        for said in (ceremony.mandate_of(office, serial=1), ceremony.attestation_of(attestation), delivery):
            ceremony.take(statements.sign(said, *privates[:2]))
        key.touch(mode=0o600)
        key.write_text(f"{identity}\n")

    def _office(
        self,
        name: str,
        head: bool,
        people: tuple[tuple[str, str], ...],
        today: date,
        privates: list[bytes],
        signins: dict[str, dict[str, str]],
    ) -> None:
        office = Office(
            name=name, country="XA", mandate="labour_only", national_head=head, languages=["en", "ar"],
            duties=DUTIES, timezone="Asia/Qatar",
        )  # fmt: skip
        attestation = _attestation(today)
        staff = []
        for (username, full_name), role in zip(people, (Role.HEAD, Role.INSPECTOR), strict=True):
            password, passphrase = get_random_string(16), members.new_passphrase()
            inspector = Inspector(username=username, name=full_name)
            inspector.set_password(password)
            record = members.enrol(passphrase, members.new_recovery_code())
            staff.append(ceremony.Member(inspector, record, role))
            signins[username] = {"password": password, "passphrase": passphrase, "office": name}
        ceremony.establish(office, attestation, staff, today=today, registrar_privates=privates[:2])
        for member in staff:
            secret = new_secret()
            second_factor.set_up(member.inspector, secret=secret)
            signins[member.inspector.username]["secret"] = secret

    def _keep_offline(self, folder: Path, privates: list[bytes]) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for number, private in enumerate(privates, start=1):
            path = folder / f"registrar-{number}.key"
            path.touch(mode=0o600)
            path.write_bytes(private)
