"""Everything that the public zone's role can read on the register's cluster, as cells; and what moved between looks.

A role sees more than tables: counters of scans and transactions, sizes, positions of the log, sessions of others. A
look moves some of that by itself, always by the same; so idle looks come first, and a cell has moved when it changed
by something else than they change it by. Cells that idle looks change by this or that (clocks) say nothing: their
names are given, so that nobody hides a counter among them.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

Cells = dict[tuple[str, int, str], Any]

READABLE = """
    SELECT n.nspname, c.relname, c.relkind::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'm', 'v', 'S', 'f') AND has_schema_privilege(n.oid, 'USAGE')
       AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1, 2"""
SIZES = """
    SELECT c.oid::regclass::text AS relation, pg_relation_size(c.oid) AS size FROM pg_class c
     WHERE c.relkind IN ('r', 'i', 'm', 't', 'S') ORDER BY 1"""
PLACES = """
    SELECT pg_current_wal_insert_lsn()::text AS log, pg_snapshot_xmax(pg_current_snapshot())::text AS next,
           pg_database_size(current_database()) AS size"""
LIVE = ("pg_stat", "pg_statio", "pg_locks", "pg_prepared", "pg_replication", "pg_sequences")
OWN = "pg_stat_xact_"  # the transaction that looks
CATALOGS = {"pg_catalog", "information_schema", "pg_toast"}  # whoever plans a query reads them; the look does


def look(url: str) -> Cells:
    """One look, over a connection of its own: its end hands its counters in, and has done so when this returns."""
    cells: Cells = {}
    with psycopg.connect(url, autocommit=True, row_factory=psycopg.rows.dict_row) as link:
        server = Path("/proc") / str(link.info.backend_pid)
        # One transaction: between two a server that is slow would hand in what this look has done so far, or not.
        with link.transaction():
            _look(link, cells)
    while server.exists():
        time.sleep(0.005)
    return cells


def _look(link: psycopg.Connection[dict[str, Any]], cells: Cells) -> None:
    # A look's own parallel workers would count as transactions, and how many there are is the planner's whim.
    link.execute("SET max_parallel_workers_per_gather = 0")
    for name, query in (("sizes", SIZES), ("places", PLACES)):
        _put(cells, name, link.execute(query.encode()).fetchall())
    for one in link.execute(READABLE).fetchall():
        if one["relname"].startswith(OWN):
            continue
        relation = sql.Identifier(one["nspname"], one["relname"])
        live = (one["relkind"] in "vS" and one["relname"].startswith(LIVE)) or one["relkind"] == "S"
        query = sql.SQL("SELECT * FROM {}" if live else DIGEST).format(relation)
        try:
            with link.transaction():
                rows = [row for row in link.execute(query).fetchall() if row.get("schemaname") not in CATALOGS]
        except psycopg.Error:
            continue  # a view over what the role may not call
        _put(cells, f"{one['nspname']}.{one['relname']}", rows, link.info.backend_pid)


DIGEST = (
    "SELECT md5(coalesce(string_agg(row, '|' ORDER BY row), '')) AS digest FROM (SELECT t::text AS row FROM {} t) r"
)


def _put(cells: Cells, name: str, rows: Sequence[dict[str, Any]], own: int = -1) -> None:
    """The look's own session (`own`, its pid) last: it has another number each time, and so no place among the rest."""
    cells[name, -1, "rows"] = len(rows)
    for number, row in enumerate(sorted(rows, key=lambda row: (row.get("pid") == own, str(row)))):
        cells |= {(name, number, column): value for column, value in row.items()}


@dataclass(frozen=True)
class Quiet:
    """What idle looks change, cell by cell: by how much, or that it is no number and changes."""

    steps: dict[tuple[str, int, str], set[Any]] = field(default_factory=dict)

    def saw(self, before: Cells, after: Cells) -> None:
        """Two looks in a row while nothing was done."""
        for key in before.keys() | after.keys():
            self.steps.setdefault(key, set()).add(_step(before.get(key), after.get(key)))

    def clocks(self) -> set[str]:
        """Relation and column of the cells that are different at every look."""
        return {f"{name}.{column}" for (name, _, column), steps in self.steps.items() if len(steps) > 1 or "?" in steps}

    def moved(self, before: Cells, after: Cells) -> list[str]:
        """Relation and column of what changed by something else than a look changes it by."""
        found = set()
        for key in before.keys() | after.keys():
            steps = self.steps.get(key, set())
            if len(steps) <= 1 and "?" not in steps and _step(before.get(key), after.get(key)) not in steps:
                found.add(f"{key[0]}.{key[2]} {after.get((key[0], key[1], 'relname'), '')}".strip())
        return sorted(found)


def _step(before: Any, after: Any) -> Any:
    """By how much; 0 for the same; "?" for what is no number and another one now."""
    if isinstance(before, int) and isinstance(after, int):
        return after - before
    return 0 if before == after else "?"
