"""Keeps casework's copy of the published register: `python -m recruitment_watch.register_refresh [--every SECONDS]`.

A process and a role of its own, outside Celery and Django. Casework asks the copy and never the register,
because whoever sits on the register's cluster can watch its counters move (DESIGN 1).
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg
from environs import Env
from psycopg import sql

from recruitment_watch import postgres_settings
from recruitment_watch.embedded.home import home
from recruitment_watch.zones import PUBLISHED

SILENT = "A server does not answer, so its settings cannot be checked. Start it first."

# A row as the server writes it, by key. Both sides write alike: same columns, same settings.
Rows = dict[str, str]
ONE_AT_A_TIME = 7_307_200  # the advisory lock's number, ours alone in that database


@dataclass(frozen=True, slots=True)
class Counts:
    """What one refresh found and did, in rows."""

    rows: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.rows + other.rows,
            self.added + other.added,
            self.changed + other.changed,
            self.removed + other.removed,
        )

    def __str__(self) -> str:
        return f"{self.rows} rows, {self.added} added, {self.changed} changed, {self.removed} removed"


def refresh(from_url: str, to_url: str) -> Counts:
    """Make the copy equal to the register as it stood at one moment; readers of the copy never wait.

    Rows that differ are replaced in one transaction, foreign keys checked at its end, so that two rows
    may also exchange a unique value. Where nothing differs, nothing is written. Raises psycopg.Error,
    and then the copy is as it was.
    """
    with _connected(from_url) as register, _connected(to_url) as copy:
        register.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        register.read_only = True
        with register.transaction(), copy.transaction():
            copy.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
            copy.execute("SET CONSTRAINTS ALL DEFERRED")
            return sum((_refresh_table(register, copy, table) for table in PUBLISHED), Counts())


def _connected(url: str) -> psycopg.Connection:
    connection = psycopg.connect(url, connect_timeout=10)
    connection.execute("SELECT set_config('timezone', 'UTC', false), set_config('datestyle', 'ISO, YMD', false)")
    connection.commit()
    return connection


def _refresh_table(register: psycopg.Connection, copy: psycopg.Connection, table: str) -> Counts:
    columns = _columns(copy, table)
    there, here = _rows(register, table, columns), _rows(copy, table, columns)
    removed = here.keys() - there.keys()
    changed = [key for key in here.keys() & there.keys() if here[key] != there[key]]
    added = there.keys() - here.keys()
    name = sql.Identifier(table)
    if removed or changed:
        copy.execute(sql.SQL("DELETE FROM {} WHERE id = ANY(%s::uuid[])").format(name), [[*removed, *changed]])
    if added or changed:
        listed = sql.SQL(", ").join(map(sql.Identifier, columns))
        copy.execute(
            sql.SQL("INSERT INTO {0} ({1}) SELECT {1} FROM json_populate_recordset(NULL::{0}, %s::json)").format(
                name, listed
            ),
            ["[" + ",".join(there[key] for key in [*added, *changed]) + "]"],
        )
    return Counts(len(there), len(added), len(changed), len(removed))


def _columns(copy: psycopg.Connection, table: str) -> list[str]:
    """The copy's own columns: a register that has been migrated first may have more."""
    query = """
        SELECT attname FROM pg_attribute
         WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
    """
    return [name for (name,) in copy.execute(query, [table])]


def _rows(connection: psycopg.Connection, table: str, columns: list[str]) -> Rows:
    query = sql.SQL("COPY (SELECT id, to_json(r) FROM (SELECT {} FROM {}) r) TO STDOUT").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(table)
    )
    with connection.cursor().copy(query) as stream:
        return dict(stream.rows())


def main() -> int:
    parser = argparse.ArgumentParser(description="Refresh casework's copy of the published register.")
    parser.add_argument("--every", type=float, metavar="SECONDS", help="go on, once in so many seconds")
    every: float | None = parser.parse_args().every
    env = Env()
    file = home() / "env" / "refresh.env"
    if file.exists():
        env.read_env(str(file), recurse=False)
    from_url, to_url = env.str("RW_REFRESH_FROM_URL"), env.str("RW_REFRESH_TO_URL")
    if found := _faults(from_url, to_url):
        if set(found) == {SILENT}:
            postgres_settings.refuse(found, because=postgres_settings.NOT_UP, code=postgres_settings.TRY_AGAIN)
        postgres_settings.refuse(found)
    while True:
        fault = _once(from_url, to_url, quiet=every is not None)
        if every is None:
            return fault
        time.sleep(every)


def _faults(*urls: str) -> list[str]:
    """What the servers of both sides would write down and must not; one that does not answer counts."""
    found = []
    for url in urls:
        try:
            with _connected(url) as link:
                sslmode = link.info.get_parameters().get("sslmode", "")
                found += postgres_settings.faults(partial(_fetch, link), sslmode=sslmode)
        except psycopg.OperationalError:
            found.append(SILENT)
    return found


def _fetch(link: psycopg.Connection, query: str, values: list[Any]) -> list[tuple[Any, ...]]:
    return link.execute(query, values).fetchall()


def _once(from_url: str, to_url: str, *, quiet: bool) -> int:
    """One refresh and a line about it; with `quiet`, only when something changed or went wrong."""
    began = time.monotonic()
    try:
        counts = refresh(from_url, to_url)
    except psycopg.Error as error:  # type and code only: a message can carry a row
        print(f"register copy not refreshed: {type(error).__name__} {error.sqlstate or ''}".strip(), file=sys.stderr)
        return 1
    if not quiet or counts.added or counts.changed or counts.removed:
        print(f"register copy: {counts} in {time.monotonic() - began:.2f} s", flush=True)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(0)
