"""What an order for everything we hold would yield (FIREWALL proof 18), read from the live databases and files.

The reader plays the operator who obeys: it has every row of every database as their owner, the worker's lock and
the weekly files, and uses them. What it may say is what `inventory` declares; what it checks is that every live
value is what its column is declared to be.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from complaints.vault import contexts, retention, rungs
from complaints.vault.errors import BadEnvelope, BlankRung, VaultError
from complaints.vault.primitives import unseal
from complaints.vault.retention import WeekKeys

from . import inventory
from .inventory import Column, Kind

Rows = Iterable[tuple[object, ...]]
Reader = Callable[[str], Rows]  # one statement as the database's owner, to its rows
SCHEMA = (
    "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
    "ORDER BY table_name, ordinal_position"
)
SECRET = (Kind.SEALED, Kind.HASH, Kind.RANDOM, Kind.KEY)
LEGIBLE = re.compile(rb"[\x20-\x7e]{24,}")
BANDS = ((0, "none"), (9, "fewer than 10"), (99, "10 to 99"), (999, "100 to 999"), (9_999, "1,000 to 9,999"))


@dataclass(frozen=True, slots=True)
class Held:
    """What was found in one column: how many values, how many different ones, and the lengths of sealed ones."""

    values: int = 0
    different: int = 0
    sizes: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ladders:
    """What the worker's lock and the weekly files give: used steps, the offices on them, keys of a case (none)."""

    steps: int = 0
    used: int = 0
    offices: Mapping[UUID, int] = field(default_factory=dict)
    dark: int = 0
    keys: int = 0


@dataclass(slots=True)
class Yield:
    """Everything that an order would yield. `faults` are lines: each makes the published page untrue."""

    rows: dict[str, dict[str, int]] = field(default_factory=dict)
    held: dict[tuple[str, str], Held] = field(default_factory=dict)
    ladders: Ladders = field(default_factory=Ladders)
    weeks: int = 0
    faults: list[str] = field(default_factory=list)


def undeclared(database: str, schema: Iterable[tuple[str, str]]) -> list[str]:
    """A line for every column that is held and not declared, or declared and not held."""
    live: dict[str, set[str]] = defaultdict(set)
    for table, column in schema:
        live[table].add(column)
    if database != "casework":
        strangers = [table for table in live if inventory.group_of(table) is None]
        return [f"{database}: the table {table} is not in the inventory" for table in sorted(strangers)]
    lines = []
    for table in sorted(live.keys() | inventory.CASEWORK.keys()):
        declared = set(inventory.CASEWORK.get(table, {}))
        lines += [f"{table}.{name} is held, and not in the inventory" for name in sorted(live[table] - declared)]
        lines += [f"{table}.{name} is in the inventory, and not held" for name in sorted(declared - live[table])]
    return lines


def schema_of(reader: Reader) -> list[tuple[str, str]]:
    return [(str(table), str(column)) for table, column in reader(SCHEMA)]


def collect(
    readers: Mapping[str, Reader],
    *,
    worker_private: bytes,
    weeks: WeekKeys,
    told: Callable[[str, int], None] = lambda what, count: None,
) -> Yield:
    """Read everything. `readers` by database: casework, register_copy, register."""
    found = Yield()
    for database, reader in readers.items():
        schema = schema_of(reader)
        found.faults += undeclared(database, schema)
        tables = sorted({table for table, _ in schema})
        found.rows[database] = {table: _count(reader, table) for table in tables}
        if database == "casework":
            for table, name in schema:
                column = inventory.CASEWORK.get(table, {}).get(name)
                if column is not None:
                    found.held[table, name] = _look(reader, table, name, column, found.faults)
                    told(f"{table}.{name}", 1)
    found.ladders = climb(readers["casework"], worker_private=worker_private, weeks=weeks)
    if found.ladders.keys:
        found.faults.append(f"the worker's lock opens {found.ladders.keys} keys of cases")
    return found


def climb(reader: Reader, *, worker_private: bytes, weeks: WeekKeys) -> Ladders:
    """Use the worker's lock and the weekly files on every step of every ladder, and try to go on from there."""
    offices: Counter[UUID] = Counter()
    steps = dark = keys = 0
    query = (
        "SELECT r.case_id, r.number, r.box, c.death_week "
        "FROM complaints_rung r JOIN complaints_case c ON c.id = r.case_id"
    )
    for case, number, box, week in reader(query):
        steps += 1
        case_id, at = UUID(str(case)).bytes, int(str(number))
        try:
            released = rungs.release(
                worker_private=worker_private, week_key=weeks.read(str(week)), box=_raw(box), case=case_id,
                number=at, week=str(week),
            )  # fmt: skip
        except BlankRung:
            continue
        except VaultError:
            dark += 1
            continue
        offices[UUID(bytes=released.office_id)] += 1
        keys += _opens(worker_private, released.inner_box, contexts.inner(case_id, at))
    query = (
        "SELECT h.case_id, h.office_id, h.rung, h.box, c.death_week "
        "FROM complaints_holding h JOIN complaints_case c ON c.id = h.case_id"
    )
    for case, office, number, box, week in reader(query):
        case_id, office_id = UUID(str(case)).bytes, UUID(str(office)).bytes
        context = contexts.holding(case_id, office_id)
        try:
            inner = retention.unwrap(weeks.read(str(week)), _raw(box), week=str(week), context=context)
        except VaultError:
            continue
        keys += _opens(worker_private, inner, contexts.inner(case_id, int(str(number))))
    return Ladders(steps, sum(offices.values()), dict(offices), dark, keys)


def band(count: int) -> str:
    """An amount as it is published: nobody can tell from two days' pages that one complaint came in between."""
    return next((words for most, words in BANDS if count <= most), "10,000 or more")


def _opens(private: bytes, box: bytes, context: bytes) -> bool:
    try:
        unseal(private, box, context=context)
    except BadEnvelope:
        return False
    return True


def _look(reader: Reader, table: str, name: str, column: Column, faults: list[str]) -> Held:
    """Count a column; where it is declared unreadable, look at every value."""
    if column.kind not in SECRET:
        ((values, different),) = reader(f'SELECT count("{name}"), count(DISTINCT "{name}"::text) FROM {table}')
        return Held(int(str(values)), int(str(different)))
    sizes: Counter[int] = Counter()
    wrong: Counter[str] = Counter()
    for (value,) in reader(f'SELECT "{name}" FROM {table} WHERE "{name}" IS NOT NULL'):
        if isinstance(value, UUID):
            sizes[16] += 1
            wrong["not a random number"] += column.kind is Kind.RANDOM and value.version != 4
            continue
        raw = _raw(value)
        sizes[len(raw)] += 1
        for what in _complaints_about(raw, column, text=isinstance(value, str)):
            wrong[what] += 1
    faults += [f"{table}.{name}: {count} values: {what}" for what, count in sorted(wrong.items()) if count]
    return Held(sum(sizes.values()), sum(sizes.values()), dict(sizes))


def _complaints_about(raw: bytes, column: Column, *, text: bool) -> Iterator[str]:
    if column.sizes and len(raw) not in column.sizes:
        yield "of a length that is not declared"
    if text:  # a password's hash names its method and parameters
        if not raw.startswith((b"argon2$", b"!")):
            yield "not a hash"
        return
    if LEGIBLE.search(raw):
        yield "has legible text in it"
    if column.kind is Kind.SEALED and raw[:1] != b"\x01":
        yield "not an envelope"
    if len(raw) >= 64 and len(zlib.compress(raw, 1)) < len(raw):
        yield "not random through and through"


def _count(reader: Reader, table: str) -> int:
    ((count,),) = reader(f'SELECT count(*) FROM "{table}"')
    return int(str(count))


def _raw(value: object) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)  # type: ignore[call-overload]  # a driver's buffer
