"""Database errors without row values.

PostgreSQL's DETAIL and psycopg's messages carry what was in the row ("Key (tag)=(…) already exists").
Every statement of every zone runs through `sanitised`, which lets out SQLSTATE and constraint name only
(FIREWALL rule 15).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
from django.db import DatabaseError, IntegrityError
from django.db.backends.base.base import BaseDatabaseWrapper


def constraint_of(error: BaseException) -> str:
    """The name of the violated constraint, as `sanitised` wrote it, or ''."""
    return str(error.args[1]) if len(error.args) > 1 else ""


def sqlstate_of(error: BaseException) -> str:
    return str(error.args[0]) if error.args else ""


def sanitised(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    try:
        return execute(sql, params, many, context)
    except DatabaseError as error:
        kind, state, constraint = type(error), "", ""
        cause = error.__cause__
        if isinstance(cause, psycopg.Error):
            state, constraint = cause.sqlstate or "", cause.diag.constraint_name or ""
    # Raised outside the handler: no __context__ remains that could be printed or sent on.
    raise kind(state, constraint)


def wrap(*, connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Receiver of `connection_created`: an infrastructure hook, not domain logic."""
    if sanitised not in connection.execute_wrappers:
        connection.execute_wrappers.append(sanitised)


__all__ = ["IntegrityError", "constraint_of", "sanitised", "sqlstate_of", "wrap"]
