"""`make bench-desk`: the inspectors' queue over a million cases, at its top and 600,000 cases deep, in one office and
in twenty-five, and by agency.

An installation of its own with every setting for durability on, filled by `seeding`. Beside each page its statements
are sent bare, in the same run, and the database is asked how it answered them. Exit 0 only if every bar holds.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from recruitment_watch.embedded import demo
from recruitment_watch.embedded.home import PROJECT
from tests.system.stage import Stage

from .reporters import Bar, table_of
from .seeding import CASES, COLUMNS, DEEP, OF_MANY

PAGES = int(os.environ.get("RW_BENCH_PAGES", "100"))
SEEDING_MOST, PAGE_MOST, QUERIES_MOST, DATABASE_MOST, CHANGE_MOST = 900.0, 60.0, 12, 2.0, 1.2
ROWS_MOST = 26 * OF_MANY  # one row more than a page, for each office
# Measured with 12,300 reports (PEERS.md): rows on the page, and milliseconds.
CRT_PORTAL = ((15, 118), (50, 180))
PARTS = ("show=overdue", "show=asked", "show=escalated", "show=done", "hands=mine", "hands=nobody", "severity=4",
         "order=clock", "show=overdue&order=clock")  # fmt: skip

console = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Seen:
    """What one walk through a queue took."""

    name: str
    first: list[dict[str, Any]]
    again: list[dict[str, Any]]
    plans: list[dict[str, Any]]

    def p50(self, which: str = "again") -> float:
        return float(statistics.median(one["ms"] for one in getattr(self, which)))

    def p95(self, which: str = "again") -> float:
        times = sorted(one["ms"] for one in getattr(self, which))
        return float(times[min(len(times) - 1, int(0.95 * len(times)))])

    @property
    def queries(self) -> int:
        return int(max(one["queries"] for one in (*self.first, *self.again)))

    @property
    def database(self) -> float:
        return float(statistics.median(one["database_ms"] for one in self.again))

    @property
    def bare(self) -> float:
        return float(statistics.median(one["bare_ms"] for one in self.again))

    @property
    def most(self) -> int:
        return max((plan["most"] for plan in self.plans), default=0)

    @property
    def whole(self) -> list[str]:
        return [name for plan in self.plans for name in plan["whole"]]

    @property
    def opened(self) -> str:
        rows, shut = (sum(one[what] for one in self.first) for what in ("rows", "shut"))
        return f"{rows - shut} of {rows}"


class Desk:
    """The process that walks."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    @classmethod
    @contextmanager
    def at(cls, stage: Stage) -> Iterator[Desk]:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.looking"], cwd=PROJECT, text=True,
            env=_environment(stage), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        try:
            desk = cls(process)
            desk._heard()
            yield desk
        finally:
            process.kill()
            process.wait()

    def walk(self, name: str, who: str, query: str, pages: int) -> Seen:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"who": who, "query": query, "pages": pages}) + "\n")
        self.process.stdin.flush()
        return Seen(name, **self._heard())

    def _heard(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        return dict(json.loads(self.process.stdout.readline() or '{"first": [], "again": [], "plans": []}'))


def _environment(stage: Stage, **more: str) -> dict[str, str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("RW_", "DJANGO_"))}
    kept = {key: value for key, value in os.environ.items() if key.startswith("RW_BENCH_")}
    return environment | kept | {"RW_VAR": str(stage.installation.folder), "RW_ZONE": "desk"} | more


@contextmanager
def filled() -> Iterator[tuple[Stage, dict[str, Any]]]:
    """An installation with its million, and the notes of who made it."""
    stage = Stage.fresh("bench-desk")
    try:
        demo.refresh(stage.installation)
        demo.run(stage.installation, "desk", "collectstatic", "--noinput", "-v", "0")
        environment = _environment(stage, RW_AS_OWNER="1")
        subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.seeding"], cwd=PROJECT, env=environment, check=True
        )
        yield stage, json.loads((stage.installation.folder / "bench.json").read_text())
    finally:
        stage.close()
        shutil.rmtree(stage.installation.folder, ignore_errors=True)


def measure(desk: Desk, notes: dict[str, Any], progress: Progress) -> dict[str, Seen]:
    deep = f"?after={notes['severity']}.{notes['deep_hours']}.{'0' * 32}"
    agency = f"?agency={notes['agency']}"
    walks = [
        (f"{where}, {offices}", notes[who], query, PAGES if query != agency else PAGES // 5)
        for where, query in (("top", ""), ("deep", deep), ("agency", agency))
        for offices, who in (("1 office", "one"), (f"{OF_MANY} offices", "many"))
    ]
    walks += [(f"{part}, {OF_MANY} offices", notes["many"], f"?{part}", 5) for part in PARTS]
    bar, found = progress.add_task("Walking through queues", total=len(walks)), {}
    for name, who, query, pages in walks:
        found[name] = desk.walk(name, who, query, pages)
        progress.update(bar, advance=1)
    return found


def tell(found: Sequence[Seen], notes: dict[str, Any]) -> None:
    table = Table(title=f"A page of 25 among {notes['cases']:,} cases, in milliseconds", box=None, pad_edge=False)
    for column in ("queue", "covers opened", "first look p50", "p95", "again p50", "p95", "database", "bare", "queries",
                   "rows touched"):  # fmt: skip
        table.add_column(column, justify="left" if column == "queue" else "right")
    for one in found:
        table.add_row(
            one.name, one.opened, *(f"{value:.1f}" for value in (
                one.p50("first"), one.p95("first"), one.p50(), one.p95(), one.database, one.bare)),
            str(one.queries), str(one.most),
        )  # fmt: skip
    console.print(table)
    behind = ", ".join(f"{count:,}" for count in notes["behind"].values())
    console.print(f"Deep pages stand behind so many open cases: {behind} (1 office, {OF_MANY} offices).")
    ours = max(one.p50() for one in found[:4])
    theirs = ", ".join(f"{rows} rows {ms} ms" for rows, ms in CRT_PORTAL)
    size = statistics.median(page["kilobytes"] for page in found[0].again)
    console.print(
        f"crt-portal's list with 12,300 reports (PEERS.md): {theirs}. Ours with {notes['cases']:,}: 25 rows, covers "
        f"decrypted, {ours:.0f} ms ({size:.0f} kB)."
    )


def explain(found: dict[str, Seen]) -> None:
    console.print("\nHow the database answers (EXPLAIN ANALYZE; loops × rows are what was really read):")
    for one in found.values():
        for plan in one.plans:
            console.print(f"\n{one.name}: {plan['blocks']} blocks, at most {plan['most']} rows in a step", markup=False)
            for line in plan["text"]:
                console.print(f"    {line}", markup=False)


def bars(found: dict[str, Seen], notes: dict[str, Any]) -> list[Bar]:
    names = list(found)
    measured = [found[name] for name in names[:6]]
    top_one, top_many, deep_one, deep_many = measured[:4]
    slowest = max(max(one.p95(), one.p95("first")) for one in measured)
    ratio = max(one.database / one.bare for one in measured)
    queries, most = max(one.queries for one in found.values()), max(one.most for one in found.values())
    whole = sorted({name for one in found.values() for name in one.whole})
    shallow = min(notes["behind"].values())
    lines = [
        Bar("seeding", f"{notes['seconds']:.0f} s", f"≤ {SEEDING_MOST:.0f} s", notes["seconds"] <= SEEDING_MOST),
        Bar("cases before the deep pages", f"{shallow:,}", f"≥ {DEEP:,}", shallow >= DEEP),
        Bar("page p95, server time, the slowest", f"{slowest:.1f} ms", f"≤ {PAGE_MOST:.0f} ms", slowest <= PAGE_MOST),
        Bar("database time, against bare", f"{ratio:.2f} ×", f"≤ {DATABASE_MOST} ×", ratio <= DATABASE_MOST),
        Bar("queries of a page", str(queries), f"≤ {QUERIES_MOST}", queries <= QUERIES_MOST),
        Bar("rows touched by one step", str(most), f"≤ {ROWS_MOST}", most <= ROWS_MOST),
        Bar("large tables read whole", ", ".join(whole) or "none", "none", not whole),
    ]
    for what, less, more in (
        ("depth, 1 office", top_one, deep_one), (f"depth, {OF_MANY} offices", top_many, deep_many),
        ("offices, at the top", top_one, top_many), ("offices, deep", deep_one, deep_many),
    ):  # fmt: skip
        change = max(more.p50() / less.p50(), more.p50("first") / less.p50("first"))
        lines.append(Bar(f"{what} (medians)", f"{change:.2f} ×", f"< {CHANGE_MOST} ×", change < CHANGE_MOST))
    return lines


def main() -> int:
    started = time.monotonic()
    console.print("Setting up: two clusters, tables, policy, a key ceremony …")
    with filled() as (stage, notes), Desk.at(stage) as desk, Progress(*COLUMNS, console=console) as progress:
        found = measure(desk, notes, progress)
    explain(found)
    tell(list(found.values()), notes)
    lines = bars(found, notes)
    console.print(table_of(lines))
    held = all(bar.holds for bar in lines)
    seconds = time.monotonic() - started
    console.print(f"{'All bars hold' if held else 'NOT all bars hold'}. {CASES:,} cases, {seconds:.0f} s.")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
