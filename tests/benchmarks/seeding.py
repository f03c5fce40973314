"""A million cases for the desk's benchmark, in an installation that is there already: 40 offices, 500 inspectors.

RW_ZONE=desk RW_AS_OWNER=1 RW_VAR=… python -m tests.benchmarks.seeding

10,000 cases have envelopes as intake and the worker leave them, which open in a vault. The rest are clear rows with
opaque filler: a box of the right length that nobody opens, a blind index and marks as an office makes them, in every
tenth case a message, in every fifth a link of the log (which is no chain), in every fiftieth somebody who is recused.
One office is larger than all others together, so that a queue of 600,000 can be walked by a member of it alone and by
one of twenty-five offices. A few cases, the first of all queues, have a long correspondence. What the benchmark needs
to know goes to bench.json.

Indexes are made when the rows are there, and foreign keys are not asked about: both are what takes the time.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from .envelopes import Envelopes, Sealer
from .town import AGENCIES, OF_MANY, OFFICES, Place, Town

if TYPE_CHECKING:
    import psycopg

CASES = int(os.environ.get("RW_BENCH_CASES", "1000000"))
REAL = min(10_000, CASES // 10)
ROOMS = min(50, REAL // 10)  # with a long correspondence, among them
OF_ONE = 0.25  # of the cases that open are about the first agency
LARGE = 0.7  # of all cases are the first office's
DEEP = CASES * 6 // 10
BATCH = 5_000
BOX_BYTES = 195 + 41  # of a holding, under the retention layer
MESSAGE_BYTES = 2 * 1024 + 41
SEED = 8_05
BANDS = ((1, 0.01), (2, 0.14), (3, 0.65), (4, 0.20))
STATES = (("released", 30), ("acknowledged", 20), ("in_work", 35), ("asked", 10), ("decided", 2), ("closed", 3))
# In this order they are filled.
COLUMNS_OF = {
    "case": "id, week, state, severity, rung, due, death_week, epoch",
    "holding": "id, case_id, office_id, assignee_id, rung, box, week, severity, due, state, agency_index",
    "patternmark": "id, holding_id, office_id, place, index, generation, weighed_week",
    "content": "id, case_id, kind, epoch, box",
    "message": "id, case_id, direction, week, epoch, box",
    "attachment": "id, case_id, week, epoch, box",
    "recusal": "id, case_id, inspector_id, week",
    "disclosure": "number, previous, commitment, digest",
    "disclosuredetail": "disclosure_id, case_id, inspector_id, office_id, verb, week, salt",
}
GUARDS = """
SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
 WHERE t.tgenabled = 'A' AND c.relname = ANY(%s)"""
INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
  JOIN pg_class c ON c.oid = i.indrelid LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid
 WHERE c.relname = ANY(%s) AND k.oid IS NULL"""
TABLES = [f"complaints_{name}" for name in COLUMNS_OF]
COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


class Rows:
    """One batch, table by table as COPY takes it."""

    def __init__(self) -> None:
        self.of: dict[str, list[tuple[Any, ...]]] = defaultdict(list)

    def copy(self, link: psycopg.Connection) -> None:
        with link.transaction(), link.cursor() as cursor:
            for name, columns in COLUMNS_OF.items():
                if self.of[name]:
                    with cursor.copy(f"COPY complaints_{name} ({columns}) FROM STDIN".encode()) as copy:
                        for row in self.of[name]:
                            copy.write_row(row)


@contextmanager
def loading(link: psycopg.Connection, progress: Progress) -> Iterator[None]:
    """No veto, which each of these rows would pass, no foreign keys, and no index that is not a constraint's."""
    guards = link.execute(GUARDS, [TABLES]).fetchall()
    indexes = link.execute(INDEXES, [TABLES]).fetchall()
    _checkpoints_seldom(link, True)  # each writes pages of random keys whole into the WAL once more
    link.execute("SET session_replication_role = replica")
    link.execute("SET maintenance_work_mem = '256MB'")
    for table, name in guards:
        link.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}".encode())
    for name, _made in indexes:
        link.execute(f"DROP INDEX {name}".encode())
    yield
    bar = progress.add_task("Making indexes", total=len(indexes) + 1)
    for _name, made in indexes:
        link.execute(made.encode())
        progress.advance(bar)
    for table, name in guards:
        link.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}".encode())
    link.execute("RESET session_replication_role")
    _checkpoints_seldom(link, False)
    link.execute(f"VACUUM ANALYZE {', '.join(TABLES)}".encode())
    progress.advance(bar)


def _checkpoints_seldom(link: psycopg.Connection, seldom: bool) -> None:
    for name, value in (("max_wal_size", "16GB"), ("checkpoint_timeout", "1h")):
        how = f"SET {name} = '{value}'" if seldom else f"RESET {name}"
        link.execute(f"ALTER SYSTEM {how}".encode())
    link.execute("SELECT pg_reload_conf()")
    if not seldom:
        link.execute("CHECKPOINT")


class Filling:
    """Puts cases into the town's offices."""

    def __init__(self, town: Town) -> None:
        from complaints.cases import pinned
        from complaints.cases.clocks import week
        from complaints.firewall import disclosure
        from complaints.vault.retention import death_week

        self.town, self.places, self.chance = town, town.places, random.Random(SEED)
        self.week, self.death_week = week(town.today), death_week(town.today)
        key = pinned.week_keys().read(self.death_week)
        self.sealer = Sealer(self.chance, town.agencies, self.week, self.death_week, key)
        self.base = datetime.combine(town.today - timedelta(days=town.today.weekday()), datetime.min.time(), UTC)
        self.deep = (self.base, 4)  # clock and severity of the deep cases that open
        self.rooms: list[UUID] = []
        self.links = count(disclosure.head().number + 1)

    def fill(self, link: psycopg.Connection, progress: Progress) -> None:
        with loading(link, progress):
            bar = progress.add_task("Cases with opaque filler", total=CASES - REAL)
            for size in _batches(CASES - REAL):
                self._filler(size).copy(link)
                progress.update(bar, advance=size)
            self.deep = self._deep(link)
            bar = progress.add_task("Cases whose envelopes open", total=REAL)
            self._long(ROOMS, self.base - timedelta(days=31)).copy(link)
            progress.update(bar, advance=ROOMS)
            first = (self.base - timedelta(days=30), 1)
            for (due, severity), count in ((first, REAL // 2 - ROOMS), (self.deep, REAL - REAL // 2)):
                for size in _batches(count, 500):
                    self._real(size, due, severity).copy(link)
                    progress.update(bar, advance=size)

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
            case = uuid4()
            place = self.places[0 if chance.random() < LARGE else chance.randrange(1, OFFICES)]
            due = self.base + timedelta(weeks=chance.randrange(60))
            if severity == 1:
                due = self.base + timedelta(hours=chance.randrange(500))
            self._row(rows, case, place, severity, due, state, secrets.token_bytes(BOX_BYTES))
            if chance.random() < 0.1:
                box = secrets.token_bytes(MESSAGE_BYTES)
                rows.of["message"].append((uuid4(), case, "from", self.week, 0, box))
            person = chance.choice(place.people).pk
            if chance.random() < 0.02:
                rows.of["recusal"].append((uuid4(), case, person, self.week))
            if chance.random() < 0.2:
                number, digests = next(self.links), [secrets.token_bytes(32) for _ in range(4)]
                rows.of["disclosure"].append((number, *digests[:3]))
                detail = (number, case, person, place.office.pk, "opened", self.week, digests[3])
                rows.of["disclosuredetail"].append(detail)
        return rows

    def _row(
        self, rows: Rows, case: UUID, place: Place, severity: int, due: datetime, state: str, box: bytes,
        agency: int | None = None,
    ) -> None:  # fmt: skip
        chance, holding, week = self.chance, uuid4(), self.week
        rung = 2 if agency is None and chance.random() < 0.1 else 1  # what opens was sealed for the first
        hands = chance.choice(place.people).pk if chance.random() < 0.1 else None
        about = chance.randrange(AGENCIES) if agency is None else agency
        office, generation = place.office.pk, place.key.generation
        rows.of["case"].append((case, week, state, severity, rung, due, self.death_week, 0))
        rows.of["holding"].append(
            (holding, case, office, hands, rung, box, week, severity, due, state, place.indexes[about])
        )
        rows.of["patternmark"] += [
            (uuid4(), holding, office, 1, place.marks[about], generation, week),
            (uuid4(), holding, office, 2, secrets.token_bytes(16), generation, ""),
        ]

    def _real(self, size: int, due: datetime, severity: int) -> Rows:
        rows = Rows()
        for _ in range(size):
            # So many about one agency that there are pages of it to walk.
            case, agency = uuid4(), 0 if self.chance.random() < OF_ONE else self.chance.randrange(AGENCIES)
            place = self.places[0 if self.chance.random() < 0.6 else self.chance.randrange(1, OF_MANY)]
            sealed = self.sealer.light(case, place, agency)
            self._sealed(rows, case, place, severity, due, "released", sealed, agency)
        return rows

    def _long(self, size: int, due: datetime) -> Rows:
        """Cases of the large office with a long correspondence, about the agency of which it has the most."""
        rows = Rows()
        for _ in range(size):
            case, place = uuid4(), self.places[0]
            self._sealed(rows, case, place, 1, due, "in_work", self.sealer.full(case, place, 0), 0)
            self.rooms.append(case)
        return rows

    def _sealed(
        self, rows: Rows, case: UUID, place: Place, severity: int, due: datetime, state: str, sealed: Envelopes,
        agency: int,
    ) -> None:  # fmt: skip
        self._row(rows, case, place, severity, due, state, sealed.box, agency)
        rows.of["content"] += sealed.contents
        rows.of["message"] += sealed.messages
        rows.of["attachment"] += sealed.attachments

    def notes(self, link: psycopg.Connection) -> dict[str, Any]:
        """Who to measure as, and where the deep pages begin: the place before the first deep case that opens."""
        deep, severity = self.deep
        one, many = (f"bench-{number}" for number in range(2))
        return {
            **self.town.sign_in(), "one": one, "many": many, "clicking": self.town.clicking,
            "rooms": [str(case) for case in self.rooms], "severity": severity,
            "deep_hours": int(deep.timestamp()) // 3600, "agency": str(self.town.agencies[0]),
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
            filling = Filling(town)
            filling.fill(link, progress)
            notes = filling.notes(link)
    seconds = time.monotonic() - started
    (folder / "bench.json").write_text(json.dumps(notes | {"seconds": seconds, "cases": CASES}))
    console.print(f"{CASES:,} cases, {REAL:,} of them open in a vault: {seconds:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
