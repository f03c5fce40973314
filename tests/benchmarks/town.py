"""Who works at the desk in its benchmark: 40 offices by a key ceremony, 500 inspectors, their vaults, how they sign in.

All inspectors have one key pair, one password and one app: a derivation takes a second, and what is measured does not
depend on whose it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from rich.progress import Progress

if TYPE_CHECKING:
    from complaints.cases.models import Inspector, Office, OfficeKey
    from complaints.vault.members import MemberRecord

OFFICES, OF_MANY, INSPECTORS, AGENCIES, CLICKING = 40, 25, 500, 400, 20


@dataclass(frozen=True, slots=True)
class Place:
    """An office with its key, its people, and what stands for each agency in its index and among its marks."""

    office: Office
    key: OfficeKey
    private: bytes
    people: list[Inspector] = field(default_factory=list)
    indexes: list[bytes] = field(default_factory=list)
    marks: list[bytes] = field(default_factory=list)


class Town:
    """Offices and their people. The first inspector is of one office, the second of twenty-five."""

    def __init__(self, folder: Path) -> None:
        from django.contrib.auth.hashers import make_password
        from django.utils.crypto import get_random_string

        from agencies.models import Agency
        from complaints.vault.members import enrol, new_passphrase, new_recovery_code
        from complaints.vault.second_factor import new_secret

        self.folder, self.today = folder, date.today()
        self.passphrase, self.password, self.secret = new_passphrase(), get_random_string(16), new_secret()
        self.hashed = make_password(self.password)
        self.record: MemberRecord = enrol(self.passphrase, new_recovery_code())
        # The home register's own first, whose licences a case room looks up; more than it has are of no register.
        known = Agency.objects.filter(register__is_home=True).order_by("name", "pk").values_list("pk", flat=True)
        self.agencies: list[UUID] = [*known[:AGENCIES]]
        self.agencies += [uuid4() for _ in range(AGENCIES - len(self.agencies))]
        self.places: list[Place] = []
        self.clicking: list[str] = []  # user names of the first office, not the first inspector's

    def establish(self, progress: Progress) -> None:
        """Offices by the ceremony, then everybody else."""
        from complaints.vault import members

        bar = progress.add_task("Establishing offices", total=OFFICES)
        privates = [path.read_bytes() for path in sorted((self.folder / "offline").glob("registrar-*.key"))]
        private = members.open_member(self.record, self.passphrase)
        for number in range(OFFICES):
            self.places.append(self._office(number, privates, private))
            progress.update(bar, advance=1)
        self._everybody(progress)

    def sign_in(self) -> dict[str, Any]:
        """What somebody has to type, whoever it is."""
        return {"password": self.password, "secret": self.secret, "passphrase": self.passphrase}

    def _office(self, number: int, registrars: Sequence[bytes], private: bytes) -> Place:
        from complaints.cases.models import Attestation, Inspector, Office, OfficeCertificate, OfficeKeyWrap
        from complaints.cases.models.people import Role
        from complaints.firewall import ceremony
        from complaints.firewall.marks import PURPOSE
        from complaints.vault import blind, members

        office = Office(name=f"Inspectorate {number + 1:02}", country="XA", mandate="labour_only", languages=["en"],
                        duties="Made up.", timezone="Asia/Qatar")  # fmt: skip
        attestation = Attestation(
            quotation="Made up.", source="Made up.", document_sha256=bytes(32), countersigned_by="Made up",
            signed_on=self.today, expires_on=self.today + timedelta(days=360),
        )  # fmt: skip
        people = [Inspector(username=f"bench-{number}-{n}", name=f"Inspector {number}.{n}") for n in range(2)]
        staff = [
            ceremony.Member(one, self.record, role)
            for one, role in zip(people, (Role.HEAD, Role.INSPECTOR), strict=True)
        ]
        ceremony.establish(office, attestation, staff, today=self.today, registrar_privates=registrars[:2])
        assert OfficeCertificate.objects.filter(office=office).exists()
        key = office.keys.get()
        wrap = OfficeKeyWrap.objects.get(office_key=key, inspector=staff[0].inspector)
        opened = members.unwrap_office_key(
            private, bytes(wrap.box), office_id=office.pk.bytes, generation=key.generation,
            office_public=bytes(key.public_key),
        )  # fmt: skip
        place = Place(office, key, opened, [one.inspector for one in staff])
        place.indexes.extend(members.blind_index(opened, agency.bytes) for agency in self.agencies)
        key_of_marks = blind.key(opened, PURPOSE)
        place.marks.extend(blind.index(key_of_marks, "agency", agency.bytes) for agency in self.agencies)
        return place

    def _everybody(self, progress: Progress) -> None:
        """The large office has three in five of them."""
        from complaints.cases.models import Inspector, MemberKey
        from complaints.desk import second_factor

        many = INSPECTORS - 2 * OFFICES
        made = [Inspector(username=f"bench-{n}", name=f"Inspector {n}", password=self.hashed) for n in range(many)]
        Inspector.objects.bulk_create(made)
        record = self.record
        MemberKey.objects.bulk_create(
            MemberKey(inspector=one, public_key=record.public, wrapped_private=record.wrapped_private, salt=record.salt,
                      wrapped_recovery=record.wrapped_recovery, recovery_salt=record.recovery_salt)
            for one in made
        )  # fmt: skip
        bar = progress.add_task("Letting everybody in", total=many)
        for number, one in enumerate(made):
            if number == 1:
                for place in self.places[:OF_MANY]:
                    self._join(place, one)
            else:
                self._join(self.places[0 if number % 5 < 3 else 1 + number % (OFFICES - 1)], one)
            if number == 0 or (number > 1 and number % 5 < 3 and len(self.clicking) < CLICKING):
                second_factor.set_up(one, secret=self.secret)
                self.clicking.extend([one.username] if number else [])
            progress.update(bar, advance=1)

    def _join(self, place: Place, person: Inspector) -> None:
        from complaints.cases.models import Membership, OfficeKeyWrap
        from complaints.vault import members

        office = place.office
        Membership.objects.create(inspector=person, office=office, since=self.today)
        box = members.wrap_office_key(
            place.private, member_public=self.record.public, office_id=office.pk.bytes, generation=place.key.generation
        )
        voucher = members.vouch(place.private, member_public=self.record.public, member_id=person.pk.bytes)
        OfficeKeyWrap.objects.create(office_key=place.key, inspector=person, box=box, voucher=voucher)
        place.people.append(person)
