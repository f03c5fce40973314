"""The words that the policy (zones.py) is written in: rights on tables, triggers, a database's whole policy.

Order of the verbs in `Rights`: SELECT, INSERT, UPDATE, DELETE.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final


class _All:
    """Every column of a table."""


ALL: Final = _All()
Columns = _All | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rights:
    """What a role may do to a table: all columns, some, or (the empty tuple) none."""

    select: Columns = ()
    insert: Columns = ()
    update: Columns = ()
    delete: bool = False


READ = Rights(select=ALL)
ADD = Rights(insert=ALL)
READ_ADD = Rights(select=ALL, insert=ALL)
WORK = Rights(select=ALL, insert=ALL, update=ALL, delete=True)


@dataclass(frozen=True, slots=True)
class Trigger:
    """`when` is all between the trigger's name and FOR EACH ROW; every trigger is ENABLE ALWAYS."""

    name: str
    table: str
    when: str
    function: str
    each: str = "ROW"


@dataclass(frozen=True, slots=True)
class Database:
    """One database's policy. A table name that ends in `*` means every table with that beginning."""

    alias: str
    cluster: str  # the server on which it lies, "register" or "casework": roles are the server's
    grants: Mapping[str, Mapping[str, Rights]]
    sql: tuple[Path, ...] = ()
    execute: Mapping[str, tuple[str, ...]] | None = None
    triggers: tuple[Trigger, ...] = ()


def append_only(table: str, function: str) -> tuple[Trigger, Trigger]:
    return (
        Trigger(f"{table}_append_only", table, f"BEFORE UPDATE OR DELETE ON {table}", function),
        Trigger(f"{table}_no_truncate", table, f"BEFORE TRUNCATE ON {table}", function, each="STATEMENT"),
    )
