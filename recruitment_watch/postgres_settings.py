"""What a PostgreSQL server that holds casework must not write down, checked before a process serves (FIREWALL rule 15).

A server can undo all that the zones take care of by keeping what they send it: statements with their values, who
connected when, the second in which each row was written; or by letting a transaction stand open and idle. Every
process asks the servers it uses, under its own role, and refuses to start where one of these settings is wrong, with
the line that mends it. `SHOW` works for any role. Settings that only a superuser may read are not needed: a library
that is not loaded has no settings.
"""

from __future__ import annotations

import ipaddress
import re
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

BOOT_ERROR = 3  # gunicorn's own code for a worker that will never start: its master then stops as well
TRY_AGAIN = 75  # sysexits.h: nothing is wrong here, a server is just not up; whoever started us may start us again
PATIENCE_SECONDS = 20.0
NOT_UP = "its PostgreSQL server is not up"
SILENT = "the server does not answer, so its settings cannot be checked. Start it first."
Live = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Setting:
    """`good` are values that may stand there, the first is the one to write; a setting that is not there is good."""

    name: str
    good: tuple[str, ...]
    why: str


OFF = ("off",)
STATEMENTS = "statements, with the values in them, would stand in the server's log"
TIMES = "the log would say when something was done, finer than the week"
SETTINGS = (
    Setting("log_statement", ("none",), STATEMENTS),
    Setting("log_min_error_statement", ("panic",), STATEMENTS),
    Setting("log_min_duration_statement", ("-1",), STATEMENTS),
    Setting("log_min_duration_sample", ("-1",), STATEMENTS),
    Setting("log_transaction_sample_rate", ("0",), STATEMENTS),
    Setting("log_duration", OFF, TIMES),
    Setting("log_error_verbosity", ("terse",), "an error's DETAIL carries what is in the row"),
    Setting("log_parameter_max_length_on_error", ("0",), "an error would carry the statement's values"),
    Setting("log_min_messages", ("fatal", "log", "panic"), "an error's first line can quote a value"),
    *(Setting(f"debug_print_{what}", OFF, STATEMENTS) for what in ("parse", "rewritten", "plan")),
    *(Setting(f"log_{what}_stats", OFF, TIMES) for what in ("parser", "planner", "executor", "statement")),
    Setting("log_connections", ("off", "", "false", "0", "no"), TIMES),
    Setting("log_disconnections", OFF, TIMES),
    Setting("log_lock_waits", OFF, TIMES),
    Setting("log_temp_files", ("-1",), TIMES),
    # Rows carry the number of the transaction that wrote them; with this one, its second could be looked up for ever.
    Setting("track_commit_timestamp", OFF, "every row could be dated to the second, long afterwards"),
    # Who may look at a colleague's session (a superuser) would see the start of a statement: keep it short.
    Setting("track_activity_query_size", ("100B", "100"), "what is running could be read while it runs"),
    Setting("password_encryption", ("scram-sha-256",), "a stolen password table could be used as it is"),
    Setting("pg_stat_statements.track", ("none",), "a table would count every kind of statement"),
    Setting("auto_explain.log_min_duration", ("-1",), STATEMENTS),
    Setting("pgaudit.log", ("none", ""), STATEMENTS),
)  # fmt: skip
PREFIX, DESTINATION = "log_line_prefix", "log_destination"
IDLE, IDLE_SECONDS = "idle_in_transaction_session_timeout", 300
SECONDS = {"ms": 0.001, "s": 1, "min": 60, "h": 3600, "d": 86_400}
TELLING = re.compile(r"%-?\d*[tmnschr]")  # times, the session's id (made of its start), the client's address
NAMES = (*(setting.name for setting in SETTINGS), PREFIX, DESTINATION, IDLE)
QUERY = "SELECT name, current_setting(name, true) FROM unnest(%s::text[]) AS name"
CHANNEL = "SELECT host(inet_server_addr()), coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false)"
Fetch = Callable[[str, list[Any]], list[tuple[Any, ...]]]


def wrong(live: Live) -> list[str]:
    """A sentence for every setting in `live` (name → value, None where the server does not know it) that is wrong."""
    found = []
    for setting in SETTINGS:
        value = live.get(setting.name)
        if value is not None and value not in setting.good:
            found.append(_sentence(setting.name, value, setting.good[0], setting.why))
    if TELLING.search((live.get(PREFIX) or "").replace("%%", "")):
        found.append(_sentence(PREFIX, live[PREFIX] or "", "", TIMES))
    if {"csvlog", "jsonlog"} & set(re.split(r"[\s,]+", live.get(DESTINATION) or "")):
        found.append(_sentence(DESTINATION, live[DESTINATION] or "", "stderr", TIMES))
    if (idle := live.get(IDLE)) is not None and not 0 < _seconds(idle) <= IDLE_SECONDS:
        found.append(_sentence(IDLE, idle, "1min", "a transaction could stand open for days, and its locks with it"))
    return found


def _seconds(value: str) -> float:
    """A length of time as `SHOW` says it: "1min", "30s", "0"; milliseconds where it has no unit."""
    found = re.fullmatch(r"(\d+)(ms|s|min|h|d|)", value, re.ASCII)
    return int(found[1]) * SECONDS[found[2] or "ms"] if found else 0.0


def channel(*, address: str | None, encrypted: bool, sslmode: str) -> list[str]:
    """A sentence where the way to the server leaves this machine (`address` is its own) unprotected or unverified."""
    if address is None or ipaddress.ip_address(address).is_loopback:
        return []
    if encrypted and sslmode == "verify-full":
        return []
    return [
        f"The connection to {address} is {'encrypted, to whoever answers there' if encrypted else 'not encrypted'}: "
        "add ?sslmode=verify-full&sslrootcert=… to the database's URL."
    ]


def faults(fetch: Fetch, *, sslmode: str = "") -> list[str]:
    """All that is wrong with one server, asked over an open connection."""
    live: dict[str, str | None] = dict(fetch(QUERY, [list(NAMES)]))
    [(address, encrypted)] = fetch(CHANNEL, [])
    return wrong(live) + channel(address=address, encrypted=bool(encrypted), sslmode=sslmode)


def faults_of_zone(aliases: Iterable[str] | None = None) -> list[str]:
    """All that is wrong with the servers of this zone's databases; one that does not answer counts as wrong."""
    from django.db import DatabaseError, connections

    found = []
    for alias in connections if aliases is None else aliases:
        connection = connections[alias]

        def fetch(query: str, values: list[Any], connection: Any = connection) -> list[tuple[Any, ...]]:
            with connection.cursor() as cursor:
                cursor.execute(query, values)
                return list(cursor.fetchall())

        try:
            if connection.settings_dict.get("MAY_STAND_IDLE"):  # the server's word is asked for, not this session's own
                with connection.cursor() as cursor:
                    cursor.execute(f"RESET {IDLE}")
            sslmode = str(connection.settings_dict["OPTIONS"].get("sslmode", ""))
            found += [f"{alias}: {sentence}" for sentence in faults(fetch, sslmode=sslmode)]
        except DatabaseError:
            found.append(f"{alias}: {SILENT}")
        finally:
            connection.close()
    return found


def require(patience: float = PATIENCE_SECONDS) -> None:
    """Return if every server of this zone may be used; else say what to mend and end this process.

    A server that does not answer is waited for, so many seconds: it may have died when we did, and be coming up. After
    that this process ends with TRY_AGAIN and not with BOOT_ERROR, after which no unit would start it again.
    """
    deadline = time.monotonic() + patience
    while found := faults_of_zone():
        silent = all(sentence.endswith(SILENT) for sentence in found)
        if silent and time.monotonic() < deadline:
            time.sleep(0.2)
            continue
        if silent:
            refuse(found, because=NOT_UP, code=TRY_AGAIN)
        refuse(found)


def refuse(
    found: list[str],
    because: str = "its PostgreSQL server would write down what it must not",
    code: int = BOOT_ERROR,
) -> NoReturn:
    """What is wrong, on stderr, and the end with `code`."""
    sys.stderr.write(f"This process does not start: {because}.\n")
    sys.stderr.writelines(f"  {sentence}\n" for sentence in found)
    sys.stderr.flush()
    sys.exit(code)


def _sentence(name: str, value: str, better: str, why: str) -> str:
    return f"{name} is '{value}': {why}. Set {name} = '{better}' in postgresql.conf and reload or restart it."
