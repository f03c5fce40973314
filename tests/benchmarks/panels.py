"""`make bench-panels`: the regulators' first page over 100,000 agencies and a million licence events, while they work.

An installation of its own with every setting for durability on, filled by `registering`, looked at by `day`. Exit 0
only if every bar holds. RW_BENCH_AGENCIES=10000 is a tenth of it.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from recruitment_watch.embedded import demo
from recruitment_watch.embedded.home import PROJECT
from tests.system.stage import Stage

from .registering import COLUMNS
from .reporters import Bar, table_of

PAGE_MOST, QUERIES_MOST, STATES_MOST = 200.0, 15, 3

console = Console(highlight=False, soft_wrap=True)


def p95(seen: list[dict[str, float]]) -> float:
    times = sorted(one["ms"] for one in seen)
    return times[min(len(times) - 1, int(0.95 * len(times)))]


def p50(seen: list[dict[str, float]], what: str = "ms") -> float:
    return float(statistics.median(one[what] for one in seen))


def most(seen: list[dict[str, float]]) -> int:
    return int(max(one["queries"] for one in seen))


def _environment(stage: Stage, **more: str) -> dict[str, str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("RW_", "DJANGO_"))}
    kept = {key: value for key, value in os.environ.items() if key.startswith("RW_BENCH_")}
    return environment | kept | {"RW_VAR": str(stage.installation.folder), "RW_ZONE": "public"} | more


@contextmanager
def filled() -> Iterator[tuple[Stage, dict[str, Any]]]:
    """An installation with its register, and how it was filled."""
    stage = Stage.fresh("bench-panels")
    try:
        demo.run(stage.installation, "public", "collectstatic", "--noinput", "-v", "0")
        environment = _environment(stage, RW_AS_OWNER="1")
        command = [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.registering"]
        subprocess.run(command, cwd=PROJECT, env=environment, check=True)
        yield stage, json.loads((stage.installation.folder / "bench.json").read_text())
    finally:
        stage.close()
        shutil.rmtree(stage.installation.folder, ignore_errors=True)


def looked(stage: Stage) -> dict[str, Any]:
    with Progress(*COLUMNS[:1], COLUMNS[-1], console=console) as progress:
        progress.add_task("Opening the first page again and again, while officers work", total=None)
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.day"], cwd=PROJECT, env=_environment(stage),
            stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def tell(found: dict[str, Any], notes: dict[str, Any]) -> None:
    table = Table(
        title=f"{notes['agencies']:,} agencies, {notes['events']:,} licence events, in milliseconds", box=None,
        pad_edge=False,
    )  # fmt: skip
    for column in ("what", "times", "p50", "p95", "database p50", "queries"):
        table.add_column(column, justify="left" if column == "what" else "right")
    rows = {"first page, first of the day": [found["first"]], "first page": found["pages"]}
    rows |= {f"list: {what}": seen for what, seen in found["lists"].items()}
    rows |= {
        f"answers for {found['agencies']:,} agencies": found["answers"],
        "states of all their licences": found["statuses"],
    }
    for what, seen in rows.items():
        figures = (p50(seen), p95(seen), p50(seen, "database_ms"))
        table.add_row(what, str(len(seen)), *(f"{one:.1f}" for one in figures), str(most(seen)))
    console.print(table)
    ends, late, short = found["due"]
    console.print(f"Due: {ends:,} licences run out, {late:,} conditions are overdue, {short:,} guarantees are short.")


def bars(found: dict[str, Any]) -> list[Bar]:
    pages, lists = found["pages"], [one for seen in found["lists"].values() for one in seen]
    states = max(most(found["answers"]), most(found["statuses"]))
    named = f"queries for {found['agencies']:,} agencies"
    return [
        Bar("first page p95, server time", f"{p95(pages):.1f} ms", f"≤ {PAGE_MOST:.0f} ms", p95(pages) <= PAGE_MOST),
        Bar("queries of the first page", str(most(pages)), f"≤ {QUERIES_MOST}", most(pages) <= QUERIES_MOST),
        Bar("lists p95, server time", f"{p95(lists):.1f} ms", f"≤ {PAGE_MOST:.0f} ms", p95(lists) <= PAGE_MOST),
        Bar("queries of a list", str(most(lists)), f"≤ {QUERIES_MOST}", most(lists) <= QUERIES_MOST),
        Bar(named, str(states), f"≤ {STATES_MOST}", states <= STATES_MOST),
        Bar("tallies, against counting afresh", "equal" if found["true"] else "DIFFERENT", "equal", found["true"]),
    ]


def main() -> int:
    started = time.monotonic()
    console.print("Setting up: two clusters, tables, policy, a key ceremony …")
    with filled() as (stage, notes):
        found = looked(stage)
    tell(found, notes)
    lines = bars(found)
    console.print(table_of(lines))
    held = all(bar.holds for bar in lines)
    seconds = time.monotonic() - started
    console.print(
        f"{'All bars hold' if held else 'NOT all bars hold'}. {notes['agencies']:,} agencies, {seconds:.0f} s."
    )
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
