"""A million cases for the desk's benchmark, in an installation that is there already: 40 offices, 500 inspectors.

RW_ZONE=desk RW_AS_OWNER=1 RW_VAR=… python -m tests.benchmarks.seeding

10,000 cases have envelopes as intake and the worker leave them, which open in a vault. The rest are clear rows with
opaque filler: a box of the right length that nobody opens, a blind index of random bytes. One office is as large as
all others together, so that a queue of 600,000 can be walked by a member of it alone and by one of twenty-five offices.
All inspectors have one key pair: a derivation takes a second. What the benchmark needs to know goes to bench.json.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    import psycopg

    from complaints.cases.models import Inspector, Office, OfficeKey
    from complaints.vault.members import MemberRecord

CASES = int(os.environ.get("RW_BENCH_CASES", "1000000"))
REAL = min(10_000, CASES // 10)
OFFICES, OF_MANY, INSPECTORS, AGENCIES = 40, 25, 500, 400
OF_ONE = 0.25  # of the cases that open are about the first agency
LARGE = 0.7  # of all cases are the first office's
DEEP = CASES * 6 // 10
BATCH = 5_000
BOX_BYTES = 195 + 41  # of a holding, under the retention layer
SEED = 8_05
BANDS = ((1, 0.01), (2, 0.14), (3, 0.65), (4, 0.20))
STATES = (("released", 30), ("acknowledged", 20), ("in_work", 35), ("asked", 10), ("decided", 2), ("closed", 3))
LANGUAGES = ("en", "ne", "tl", "bn", "hi", "id", "ar", "ur", "es", "fr")
GUARDS = "SELECT tgname FROM pg_trigger WHERE tgrelid = 'complaints_holding'::regclass AND tgenabled = 'A'"
CASE = "COPY complaints_case (id, week, state, severity, rung, due, death_week, epoch) FROM STDIN"
HOLDING = """COPY complaints_holding
 (id, case_id, office_id, assignee_id, rung, box, week, severity, due, state, agency_index) FROM STDIN"""
CONTENT = "COPY complaints_content (id, case_id, kind, epoch, box) FROM STDIN"
COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


@dataclass(frozen=True, slots=True)
class Place:
    """An office with its key, its people, and what stands for each agency in its index."""

    office: Office
    key: OfficeKey
    private: bytes
    people: list[Inspector] = field(default_factory=list)
    indexes: list[bytes] = field(default_factory=list)


@dataclass(slots=True)
class Rows:
    """One batch, column by column as COPY takes it."""

    cases: list[tuple[Any, ...]] = field(default_factory=list)
    holdings: list[tuple[Any, ...]] = field(default_factory=list)
    contents: list[tuple[Any, ...]] = field(default_factory=list)

    def copy(self, link: psycopg.Connection) -> None:
        with link.transaction(), link.cursor() as cursor:
            for statement, rows in ((CASE, self.cases), (HOLDING, self.holdings), (CONTENT, self.contents)):
                if rows:
                    with cursor.copy(statement.encode()) as copy:
                        for row in rows:
                            copy.write_row(row)


class Town:
    """Offices and their people, and the cases that they hold."""

    def __init__(self, folder: Path) -> None:
        from complaints.cases.clocks import week
        from complaints.vault.members import enrol, new_passphrase, new_recovery_code
        from complaints.vault.retention import death_week

        self.chance = random.Random(SEED)
        self.folder, self.today = folder, date.today()
        self.week, self.death_week = week(self.today), death_week(self.today)
        self.base = datetime.combine(self.today - timedelta(days=self.today.weekday()), datetime.min.time(), UTC)
        self.passphrase = new_passphrase()
        self.record: MemberRecord = enrol(self.passphrase, new_recovery_code())
        self.agencies = [uuid4() for _ in range(AGENCIES)]
        self.places: list[Place] = []
        self.deep = (self.base, 4)  # clock and severity of the deep cases that open

    # --- offices and people ---------------------------------------------------------------------------------

    def establish(self, progress: Progress) -> None:
        """Offices by the ceremony, then everybody else; the first is of one office, the second of twenty-five."""
        from complaints.vault import members

        bar = progress.add_task("Establishing offices", total=OFFICES)
        privates = [path.read_bytes() for path in sorted((self.folder / "offline").glob("registrar-*.key"))]
        private = members.open_member(self.record, self.passphrase)
        for number in range(OFFICES):
            self.places.append(self._office(number, privates, private))
            progress.update(bar, advance=1)
        self._everybody()

    def _office(self, number: int, registrars: Sequence[bytes], private: bytes) -> Place:
        from complaints.cases.models import Attestation, Inspector, Office, OfficeCertificate, OfficeKeyWrap
        from complaints.cases.models.people import Role
        from complaints.firewall import ceremony
        from complaints.vault import members

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
        return place

    def _everybody(self) -> None:
        """The large office has three in five of them."""
        from complaints.cases.models import Inspector, MemberKey

        made = [Inspector(username=f"bench-{n}", name=f"Inspector {n}") for n in range(INSPECTORS - 2 * OFFICES)]
        Inspector.objects.bulk_create(made)
        record = self.record
        MemberKey.objects.bulk_create(
            MemberKey(inspector=one, public_key=record.public, wrapped_private=record.wrapped_private, salt=record.salt,
                      wrapped_recovery=record.wrapped_recovery, recovery_salt=record.recovery_salt)
            for one in made
        )  # fmt: skip
        for number, one in enumerate(made):
            if number == 1:
                for place in self.places[:OF_MANY]:
                    self._join(place, one)
            else:
                self._join(self.places[0 if number % 5 < 3 else 1 + number % (OFFICES - 1)], one)

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

    # --- cases ----------------------------------------------------------------------------------------------

    def fill(self, link: psycopg.Connection, progress: Progress) -> None:
        guards = [name for (name,) in link.execute(GUARDS)]  # the veto, which each row here would pass
        for name in guards:
            link.execute(f"ALTER TABLE complaints_holding DISABLE TRIGGER {name}".encode())
        bar = progress.add_task("Cases with opaque filler", total=CASES - REAL)
        for size in _batches(CASES - REAL):
            self._filler(size).copy(link)
            progress.update(bar, advance=size)
        link.execute("ANALYZE complaints_holding")
        bar = progress.add_task("Cases whose envelopes open", total=REAL)
        self.deep = self._deep(link)
        for due, severity, count in ((self.base - timedelta(days=30), 1, REAL // 2), (*self.deep, REAL // 2)):
            for size in _batches(count, 500):
                self._real(size, due, severity).copy(link)
                progress.update(bar, advance=size)
        for name in guards:
            link.execute(f"ALTER TABLE complaints_holding ENABLE ALWAYS TRIGGER {name}".encode())
        bar = progress.add_task("Vacuuming", total=1)
        link.execute("VACUUM ANALYZE complaints_case, complaints_holding, complaints_content")
        progress.update(bar, advance=1)

    def _deep(self, link: psycopg.Connection) -> tuple[datetime, int]:
        """A day that no filler has, behind about DEEP open cases of the large office: the clock, and the severity."""
        row = link.execute(
            "SELECT due, severity FROM complaints_holding WHERE office_id = %s AND state NOT IN ('decided', 'closed')"
            " ORDER BY severity, due OFFSET %s LIMIT 1",
            [self.places[0].office.pk, max(0, DEEP - REAL // 4)],
        ).fetchone()
        assert row is not None
        return row[0] + timedelta(days=1), row[1]

    def _filler(self, size: int) -> Rows:
        rows, chance = Rows(), self.chance
        bands, states = [one for one, _ in BANDS], [one for one, _ in STATES]
        severities = chance.choices(bands, [share for _, share in BANDS], k=size)
        for severity, state in zip(severities, chance.choices(states, [n for _, n in STATES], k=size), strict=True):
            place = self.places[0 if chance.random() < LARGE else chance.randrange(1, OFFICES)]
            due = self.base + timedelta(weeks=chance.randrange(60))
            if severity == 1:
                due = self.base + timedelta(hours=chance.randrange(500))
            self._row(rows, uuid4(), place, severity, due, state, secrets.token_bytes(BOX_BYTES))
        return rows

    def _row(
        self, rows: Rows, case: UUID, place: Place, severity: int, due: datetime, state: str, box: bytes,
        agency: int | None = None,
    ) -> None:  # fmt: skip
        chance = self.chance
        rung = 2 if agency is None and chance.random() < 0.1 else 1  # what opens was sealed for the first
        hands = chance.choice(place.people).pk if chance.random() < 0.1 else None
        index = place.indexes[chance.randrange(AGENCIES) if agency is None else agency]
        rows.cases.append((case, self.week, state, severity, rung, due, self.death_week, 0))
        rows.holdings.append((uuid4(), case, place.office.pk, hands, rung, box, self.week, severity, due, state, index))

    def _real(self, size: int, due: datetime, severity: int) -> Rows:
        from complaints.cases import pinned

        week_key, rows = pinned.week_keys().read(self.death_week), Rows()
        for _ in range(size):
            # So many about one agency that there are pages of it to walk.
            case, agency = uuid4(), 0 if self.chance.random() < OF_ONE else self.chance.randrange(AGENCIES)
            place = self.places[0 if self.chance.random() < 0.6 else self.chance.randrange(1, OF_MANY)]
            box, contents = self._sealed(case, place, week_key, agency)
            self._row(rows, case, place, severity, due, "released", box, agency)
            rows.contents.extend((uuid4(), case, kind, 0, sealed) for kind, sealed in contents.items())
        return rows

    def _sealed(self, case: UUID, place: Place, week_key: bytes, agency: int) -> tuple[bytes, dict[str, bytes]]:
        """A holding's box and a case's contents: as intake seals them and the worker releases them."""
        from complaints.cases import sealing
        from complaints.vault import contexts, retention, rungs
        from complaints.vault.case_keys import CaseKeys
        from complaints.vault.primitives import new_key

        keys, office = CaseKeys.new(), place.office
        inner = rungs.seal_inner(
            case=case.bytes, number=1, office_public=bytes(place.key.public_key), cover=keys.cover, body=keys.body,
            rung_private=new_key(),
        )  # fmt: skip
        context = contexts.holding(case.bytes, office.pk.bytes)
        named = {"id": str(self.agencies[agency]), "name": f"Made-up Manpower {agency}", "register": "Made up",
                 "licence": f"L-{agency}"}  # fmt: skip
        cover = {"agency": named, "categories": ["fees", "documents_kept"], "country": "XA", "region": "",
                 "sector": "domestic", "language": self.chance.choice(LANGUAGES), "whose": "mine"}  # fmt: skip
        body = {"happened": "They took 900 and gave no receipt. All made up.", "when": "2026-05"}
        return retention.wrap(week_key, inner, week=self.death_week, context=context), {
            "cover": sealing.seal_cover(keys.cover, cover, case=case),
            "body": sealing.seal_body(keys.body, body, case=case),
            "identity": sealing.seal_identity(keys.identity, {"contact": {}}, case=case),
        }

    def notes(self, link: psycopg.Connection) -> dict[str, Any]:
        """Who to measure as, and where the deep pages begin: the place before the first deep case that opens."""
        deep, severity = self.deep
        one, many = (f"bench-{number}" for number in range(2))
        return {
            "passphrase": self.passphrase, "one": one, "many": many, "severity": severity,
            "deep_hours": int(deep.timestamp()) // 3600, "agency": str(self.agencies[0]),
            "behind": {name: self._behind(link, name, deep, severity) for name in (one, many)},
        }  # fmt: skip

    def _behind(self, link: psycopg.Connection, username: str, due: datetime, severity: int) -> int:
        row = link.execute(
            "SELECT count(*) FROM complaints_holding h JOIN complaints_membership m ON m.office_id = h.office_id"
            " JOIN complaints_inspector i ON i.id = m.inspector_id WHERE i.username = %s"
            " AND h.state NOT IN ('decided', 'closed') AND (h.severity, h.due) < (%s, %s)",
            [username, severity, due],
        ).fetchone()
        return int(row[0]) if row else 0


def _batches(total: int, size: int = BATCH) -> Iterator[int]:
    for first in range(0, total, size):
        yield min(size, total - first)


def main() -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "recruitment_watch.settings.desk"
    import django

    django.setup()
    import psycopg
    from django.db import connection

    console, started = Console(highlight=False, soft_wrap=True), time.monotonic()
    folder = Path(os.environ["RW_VAR"])
    with Progress(*COLUMNS, console=console) as progress:
        town = Town(folder)
        town.establish(progress)
        connection.ensure_connection()
        with psycopg.connect(connection.connection.info.dsn, password=connection.settings_dict["PASSWORD"],
                             autocommit=True) as link:  # fmt: skip
            town.fill(link, progress)
            notes = town.notes(link)
    seconds = time.monotonic() - started
    (folder / "bench.json").write_text(json.dumps(notes | {"seconds": seconds, "cases": CASES}))
    console.print(f"{CASES:,} cases, {REAL:,} of them open in a vault: {seconds:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
