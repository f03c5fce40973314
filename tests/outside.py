"""An office outside: its mandate, its delivery as registrars sign it, and the key with which it opens parcels."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyrage

from complaints.cases.models import Office
from complaints.firewall import ceremony
from complaints.vault import statements
from complaints.vault.statements import Way
from tests.factories import make_office

ADDRESS = "https://receiver.example/parcels"


@dataclass(frozen=True)
class Outside:
    """The office, and its private age key."""

    office: Office
    identity: pyrage.x25519.Identity

    def open(self, age_file: bytes) -> dict[str, bytes]:
        """What is in a parcel, by name."""
        with zipfile.ZipFile(io.BytesIO(pyrage.decrypt(age_file, [self.identity]))) as archive:
            assert archive.testzip() is None
            return {name: archive.read(name) for name in archive.namelist()}

    def case(self, age_file: bytes) -> dict[str, Any]:
        return dict(json.loads(self.open(age_file)["case.json"]))


def outside(
    registrar_privates: Sequence[bytes], *, way: Way = Way.HTTPS, address: str = ADDRESS, starts_on: date | None = None,
    **more: Any,
) -> Outside:  # fmt: skip
    """Call it inside `as_owner()`."""
    found = make_office(
        registrar_privates=list(registrar_privates), **{"name": "Inspectorate of Borland", "country": "BH", **more}
    )
    made = Outside(found.office, pyrage.x25519.Identity.generate())
    deliver_to(made, registrar_privates, serial=1, way=way, address=address, starts_on=starts_on)
    return made


def deliver_to(
    made: Outside, registrar_privates: Sequence[bytes], *, serial: int, way: Way = Way.HTTPS, address: str = ADDRESS,
    starts_on: date | None = None, identity: pyrage.x25519.Identity | None = None,
) -> None:  # fmt: skip
    """Registrars sign where the office gets parcels."""
    ended = way is Way.NONE
    said = ceremony.delivery_of(
        made.office, serial=serial, recipient="" if ended else str((identity or made.identity).to_public()),
        way=way, address="" if ended else address, starts_on=starts_on or date.today(),
    )  # fmt: skip
    ceremony.take(statements.sign(said, *registrar_privates[:2]))
