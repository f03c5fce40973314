"""A desk's process that walks queues and says what each page took. For `desk`: a scenario in a line in, numbers out.

RW_ZONE=desk RW_VAR=… python -m tests.benchmarks.looking

Server time is that of the whole request: middleware, session, vault, statements, decryption, page; without the network.
Each statement of a page that was seen before is also sent by itself, over a connection of its own, right after it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

Statement = tuple[str, Any]
# What grows with the number of cases.
LARGE = {"complaints_case", "complaints_holding", "complaints_content", "complaints_message", "complaints_recusal"}

IN_NUMBERS = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "
IN_WORDS = "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) "


class Watch:
    """Counts and times the statements of a request."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.said: list[Statement] = []

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.seconds += time.perf_counter() - started
            self.said.append((sql, params))


@contextmanager
def watched() -> Iterator[Watch]:
    from django.db import connection

    watch = Watch()
    with connection.execute_wrapper(watch):
        yield watch


class Inspecting:
    """One inspector's browser with the vault open, and a bare connection of the same role beside it."""

    def __init__(self, notes: dict[str, Any]) -> None:
        import psycopg
        from django.db import connection

        self.notes = notes
        self.pages: dict[str, Any] = {}
        connection.ensure_connection()
        dsn, password = connection.connection.info.dsn, connection.settings_dict["PASSWORD"]
        self.bare = psycopg.connect(dsn, password=password, autocommit=True, cursor_factory=psycopg.ClientCursor)

    def sit_down(self, username: str) -> Any:
        from django.conf import settings
        from django.test import Client

        from complaints.cases.models import Inspector

        client = Client(HTTP_HOST=settings.ORIGIN.removeprefix("https://"))
        client.force_login(Inspector.objects.get(username=username), "django.contrib.auth.backends.ModelBackend")
        opened = client.post("/vault/", {"passphrase": self.notes["passphrase"]}, secure=True)
        if opened.status_code != 302:
            raise RuntimeError(f"the vault did not open: {opened.status_code}")
        return client

    def walk(self, username: str, query: str, pages: int) -> dict[str, Any]:
        """Up to so many pages onwards, all of them for the first time in this sitting; then the same again."""
        client = self.sit_down(username)
        client.get("/", secure=True)  # modules loaded, templates compiled
        first, addresses = self._first(client, "/" + query, pages)
        again = [self._again(client, one) for one in addresses]
        plans = self._plans(client, addresses[len(addresses) // 2])
        return {"first": first, "again": again, "plans": plans}

    def _first(self, client: Any, address: str, pages: int) -> tuple[list[dict[str, Any]], list[str]]:
        found: list[dict[str, Any]] = []
        addresses: list[str] = []
        while address and len(found) < pages:
            seconds, watch, text = _timed(client, address)
            rows, shut = text.count('class="opens"'), text.count("does not open")
            found.append({"ms": seconds * 1000, "queries": len(watch.said), "rows": rows, "shut": shut})
            addresses.append(address)
            address = _next(text)
        return found, addresses

    def _again(self, client: Any, address: str) -> dict[str, Any]:
        seconds, watch, text = _timed(client, address)
        started = time.perf_counter()
        for sql, params in watch.said:
            if not sql.lstrip().startswith("SELECT"):
                raise RuntimeError("a page that was seen before writes something")
            with self.bare.cursor() as cursor:
                cursor.execute(sql.encode(), params)
                cursor.fetchall()
        return {
            "ms": seconds * 1000, "queries": len(watch.said), "database_ms": watch.seconds * 1000,
            "bare_ms": (time.perf_counter() - started) * 1000, "kilobytes": len(text.encode()) / 1000,
        }  # fmt: skip

    def _plans(self, client: Any, address: str) -> list[dict[str, Any]]:
        """How the database answers each statement about cases, and the most rows that one step of it looked at."""
        _seconds, watch, _text = _timed(client, address)
        plans = []
        for sql, params in watch.said:
            if not any(f'"{name}"' in sql or f" {name} " in sql for name in LARGE):
                continue
            with self.bare.cursor() as cursor:
                cursor.execute((IN_NUMBERS + sql).encode(), params)
                row = cursor.fetchone()
                assert row is not None
                tree = row[0][0]["Plan"]
                cursor.execute((IN_WORDS + sql).encode(), params)
                text = [line for (line,) in cursor.fetchall()]
            steps = list(_steps(tree))
            plans.append({
                "text": [line for line in text if "Planning" not in line],
                "most": max((looked for _name, looked in steps), default=0),
                "whole": [name for name, looked in steps if name.startswith("Seq Scan")],
                "blocks": tree["Shared Hit Blocks"] + tree["Shared Read Blocks"],
            })  # fmt: skip
        return plans


def _steps(plan: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Each scan of a large table: what it is, and the rows that it touched in all its turns."""
    if plan.get("Relation Name") in LARGE:
        dropped = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
        touched = (plan["Actual Rows"] + dropped) * plan["Actual Loops"]
        yield f"{plan['Node Type']} on {plan['Relation Name']}", round(touched)
    for below in plan.get("Plans", []):
        yield from _steps(below)


def _timed(client: Any, address: str) -> tuple[float, Watch, str]:
    with watched() as watch:
        started = time.perf_counter()
        answer = client.get(address, secure=True)
        seconds = time.perf_counter() - started
    if answer.status_code != 200:
        raise RuntimeError(f"{answer.status_code}")
    return seconds, watch, answer.content.decode()


def _next(text: str) -> str:
    found = text.partition('rel="next" href="')[2].partition('"')[0]
    return "/" + unescape(found) if found else ""


def main() -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "recruitment_watch.settings.desk"
    import django

    django.setup()
    inspecting = Inspecting(json.loads((Path(os.environ["RW_VAR"]) / "bench.json").read_text()))
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(inspecting.walk(asked["who"], asked["query"], asked["pages"])), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
