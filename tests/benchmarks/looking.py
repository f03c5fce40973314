"""A desk's process that walks queues, opens cases, and says what each page took. A line in, numbers out.

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
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

Statement = tuple[str, Any]
Seen = dict[str, list[dict[str, Any]]]
# What grows with the number of cases.
LARGE = {
    f"complaints_{name}"
    for name in ("case", "holding", "content", "message", "recusal", "patternmark", "disclosure", "disclosuredetail")
}

IN_NUMBERS = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "
IN_WORDS = "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF, BUFFERS OFF) "


class Watch:
    """Counts and times the statements of a request."""

    def __init__(self) -> None:
        self.seconds = self.cpu = 0.0  # in statements; of this process for the whole page
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


@dataclass(slots=True)
class Round:
    """One walk through a queue, which may go on later: the browser, and the address of the next page."""

    client: Any
    address: str


class Inspecting:
    """Inspectors' browsers with the vault open, and a bare connection of the same role beside them."""

    def __init__(self, notes: dict[str, Any]) -> None:
        import psycopg
        from django.db import connection

        self.notes = notes
        self.rounds: dict[str, Round] = {}
        connection.ensure_connection()
        dsn, password = connection.connection.info.dsn, connection.settings_dict["PASSWORD"]
        self.bare = psycopg.connect(dsn, password=password, autocommit=True, cursor_factory=psycopg.ClientCursor)

    def sit_down(self, username: str) -> Any:
        from django.conf import settings
        from django.test import Client

        from complaints.cases.models import Inspector

        client = Client(HTTP_HOST=settings.ORIGIN.removeprefix("https://"))
        client.force_login(Inspector.objects.get(username=username), "django.contrib.auth.backends.ModelBackend")
        self._see_to_the_vault(client)
        return client

    def _see_to_the_vault(self, client: Any) -> None:
        """Open it where it is closed: at the beginning, and where nobody has clicked for a quarter of an hour.

        The page that shows it also loads what has to be loaded once.
        """
        if client.get("/", secure=True).status_code != 200:
            client.post("/vault/", {"passphrase": self.notes["passphrase"]}, secure=True)
            client.get("/", secure=True)

    def walk(self, name: str, who: str, query: str, pages: int) -> Seen:
        """Up to so many pages onwards, all of them for the first time in this sitting; then the same again.

        Under a name that was walked before it goes on where that one stopped.
        """
        if name not in self.rounds:
            self.rounds[name] = Round(self.sit_down(who), "/" + query)
        here = self.rounds[name]
        self._see_to_the_vault(here.client)
        first, addresses, here.address = self._first(here.client, here.address, pages)
        again = [self._again(here.client, one) for one in addresses]
        plans = self._plans(here.client, addresses[len(addresses) // 2]) if addresses else []
        return {"first": first, "again": again, "plans": plans}

    def rooms(self, who: str) -> Seen:
        """Each case with a long correspondence, the question before it answered, and then once more."""
        client, found = self.sit_down(who), []
        addresses = [f"/case/{case}/" for case in self.notes["rooms"]]
        for address in addresses:
            client.post(f"{address}before/", secure=True)
            found.append(self._opened(client, address))
        again = [self._opened(client, address) for address in addresses]
        return {"first": found, "again": again, "plans": self._plans(client, addresses[0])}

    def _opened(self, client: Any, address: str) -> dict[str, Any]:
        """The log and the look are written each time, and nothing of that can be sent again by itself."""
        seconds, watch, text = _timed(client, address)
        return {
            "ms": seconds * 1000, "cpu_ms": watch.cpu * 1000, "queries": len(watch.said), "rows": 1, "shut": 0,
            "database_ms": watch.seconds * 1000, "bare_ms": 0.0, "kilobytes": len(text.encode()) / 1000,
        }  # fmt: skip

    def _first(self, client: Any, address: str, pages: int) -> tuple[list[dict[str, Any]], list[str], str]:
        found: list[dict[str, Any]] = []
        addresses: list[str] = []
        while address and len(found) < pages:
            seconds, watch, text = _timed(client, address)
            rows, shut = text.count('class="opens"'), text.count("does not open")
            found.append({"ms": seconds * 1000, "queries": len(watch.said), "rows": rows, "shut": shut})
            addresses.append(address)
            address = _next(text)
        return found, addresses, address

    def _again(self, client: Any, address: str) -> dict[str, Any]:
        seconds, watch, text = _timed(client, address)
        if _writes(watch):  # once an hour the vault's locked keys are locked anew
            seconds, watch, text = _timed(client, address)
        if _writes(watch):
            raise RuntimeError("a page that was seen before writes something")
        return {
            "ms": seconds * 1000, "cpu_ms": watch.cpu * 1000, "queries": len(watch.said),
            "database_ms": watch.seconds * 1000,
            "bare_ms": sum(self._alone(*one) for one in watch.said) * 1000, "kilobytes": len(text.encode()) / 1000,
        }  # fmt: skip

    def _alone(self, sql: str, params: Any) -> float:
        """Seconds until the bare statement is answered: as the page's own are timed, without reading the rows."""
        with self.bare.cursor() as cursor:
            started = time.perf_counter()
            cursor.execute(sql.encode(), params)
            return time.perf_counter() - started

    def _plans(self, client: Any, address: str) -> list[dict[str, Any]]:
        """How the database answers each statement about cases, and the most rows that one step of it looked at."""
        _seconds, watch, _text = _timed(client, address)
        plans = []
        for sql, params in watch.said:
            asks = sql.lstrip().startswith("SELECT") and any(f'"{name}"' in sql or f" {name} " in sql for name in LARGE)
            if asks:
                plans.append(self._plan(sql, params))
        return plans

    def _plan(self, sql: str, params: Any) -> dict[str, Any]:
        with self.bare.cursor() as cursor:
            cursor.execute((IN_NUMBERS + sql).encode(), params)
            row = cursor.fetchone()
            assert row is not None
            tree = row[0][0]["Plan"]
            cursor.execute((IN_WORDS + sql).encode(), params)
            text = [line for (line,) in cursor.fetchall()]
        steps = list(_steps(tree))
        return {
            "text": [line for line in text if "Planning" not in line],
            "most": max((looked for _name, looked in steps), default=0),
            "whole": [name for name, _looked in steps if name.startswith("Seq Scan")],
            "blocks": tree["Shared Hit Blocks"] + tree["Shared Read Blocks"],
        }  # fmt: skip


def _steps(plan: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Each scan of a large table: what it is, and the rows that it touched in all its turns."""
    if plan.get("Relation Name") in LARGE:
        dropped = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
        touched = (plan["Actual Rows"] + dropped) * plan["Actual Loops"]
        yield f"{plan['Node Type']} on {plan['Relation Name']}", round(touched)
    for below in plan.get("Plans", []):
        yield from _steps(below)


def _writes(watch: Watch) -> bool:
    return not all(sql.lstrip().startswith("SELECT") for sql, _params in watch.said)


def _timed(client: Any, address: str) -> tuple[float, Watch, str]:
    with watched() as watch:
        started, spent = time.perf_counter(), time.process_time()
        answer = client.get(address, secure=True)
        seconds, watch.cpu = time.perf_counter() - started, time.process_time() - spent
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
    from recruitment_watch.gunicorn import post_worker_init

    post_worker_init(None)  # as the zone's own process
    inspecting = Inspecting(json.loads((Path(os.environ["RW_VAR"]) / "bench.json").read_text()))
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        seen = inspecting.rooms(**asked) if "name" not in asked else inspecting.walk(**asked)
        print(json.dumps(seen), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
