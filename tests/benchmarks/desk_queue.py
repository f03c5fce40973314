"""The queue's part of `make bench-desk`: walks through queues, what they took, and what must hold of it."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from recruitment_watch.embedded.home import PROJECT
from tests.system.stage import Stage

from .reporters import Bar
from .seeding import DEEP
from .town import OF_MANY

PAGES = int(os.environ.get("RW_BENCH_PAGES", "100"))
TURNS = 4
PAGE_MOST, QUERIES_MOST, DATABASE_MOST, CHANGE_MOST = 60.0, 12, 2.0, 1.2
ROWS_MOST = 28 * OF_MANY  # for each office one row more than a page, and what its reader is recused from on the way
# Measured with 12,300 reports (PEERS.md): rows on the page, and milliseconds.
CRT_PORTAL = ((15, 118), (50, 180))
PARTS = ("show=overdue", "show=asked", "show=escalated", "show=done", "hands=mine", "hands=nobody", "severity=4",
         "order=clock", "show=overdue&order=clock")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """What one walk through a queue took."""

    name: str
    first: list[dict[str, Any]]
    again: list[dict[str, Any]]
    plans: list[dict[str, Any]]

    def and_then(self, more: Seen) -> Seen:
        """Both, as one walk; how the database answered the later one."""
        return Seen(self.name, self.first + more.first, self.again + more.again, more.plans or self.plans)

    def p50(self, which: str = "again") -> float:
        return float(statistics.median(one["ms"] for one in getattr(self, which)))

    def p95(self, which: str = "again") -> float:
        times = sorted(one["ms"] for one in getattr(self, which))
        return float(times[min(len(times) - 1, int(0.95 * len(times)))])

    @property
    def queries(self) -> int:
        return int(max(one["queries"] for one in (*self.first, *self.again)))

    @property
    def cpu(self) -> float:
        """Milliseconds of the zone's own CPU for a page: does not depend on who else is on the machine."""
        return float(statistics.median(one["cpu_ms"] for one in self.again))

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
            env=environment(stage), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        try:
            desk = cls(process)
            desk._heard()
            yield desk
        finally:
            process.kill()
            process.wait()

    def walk(self, name: str, who: str, query: str, pages: int) -> Seen:
        return self._asked(name, {"name": name, "who": who, "query": query, "pages": pages})

    def rooms(self, who: str) -> Seen:
        return self._asked("case room", {"who": who})

    def _asked(self, name: str, said: dict[str, Any]) -> Seen:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(said) + "\n")
        self.process.stdin.flush()
        return Seen(name, **self._heard())

    def _heard(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the process that walks has ended; it said above why")
        return dict(json.loads(line))


def environment(stage: Stage, **more: str) -> dict[str, str]:
    """What a process of the desk in this installation is told, and the benchmark's own knobs."""
    told = {key: value for key, value in os.environ.items() if not key.startswith(("RW_", "DJANGO_"))}
    kept = {key: value for key, value in os.environ.items() if key.startswith("RW_BENCH_")}
    return told | kept | {"RW_VAR": str(stage.installation.folder), "RW_ZONE": "desk"} | more


def measure(desk: Desk, notes: dict[str, Any], progress: Progress) -> dict[str, Seen]:
    """The six walks in turns, so that what else the machine does falls on all of them; then the other parts."""
    deep = f"?after={notes['severity']}.{notes['deep_hours']}.{'0' * 32}"
    agency = f"?agency={notes['agency']}"
    walks = [
        (f"{where}, {offices}", notes[who], query, PAGES if query != agency else 3 * PAGES // 10)
        for where, query in (("top", ""), ("deep", deep), ("agency", agency))
        for offices, who in (("1 office", "one"), (f"{OF_MANY} offices", "many"))
    ]
    bar = progress.add_task("Walking through queues", total=TURNS * len(walks) + len(PARTS))
    found: dict[str, Seen] = {}
    for _turn in range(TURNS):
        for name, who, query, pages in walks:
            seen = desk.walk(name, who, query, max(1, pages // TURNS))
            found[name] = found[name].and_then(seen) if name in found else seen
            progress.update(bar, advance=1)
    for part in PARTS:
        name = f"{part}, {OF_MANY} offices"
        found[name] = desk.walk(name, notes["many"], f"?{part}", 5)
        progress.update(bar, advance=1)
    return found


def tell(found: Sequence[Seen], notes: dict[str, Any], say: Console) -> None:
    table = Table(title=f"A page of 25 among {notes['cases']:,} cases, in milliseconds", box=None, pad_edge=False)
    for column in ("queue", "covers opened", "first look p50", "p95", "again p50", "p95", "its CPU", "database", "bare",
                   "queries", "rows touched"):  # fmt: skip
        table.add_column(column, justify="left" if column == "queue" else "right")
    for one in found:
        table.add_row(
            one.name, one.opened, *(f"{value:.1f}" for value in (
                one.p50("first"), one.p95("first"), one.p50(), one.p95(), one.cpu, one.database,
                one.bare)),
            str(one.queries), str(one.most),
        )  # fmt: skip
    say.print(table)
    behind = ", ".join(f"{count:,}" for count in notes["behind"].values())
    say.print(f"Deep pages stand behind so many open cases: {behind} (1 office, {OF_MANY} offices).")
    say.print(_beside_crt_portal(found, notes))


def _beside_crt_portal(found: Sequence[Seen], notes: dict[str, Any]) -> Table:
    """The slowest of our first four walks; our pages have 25 rows, so that fifty are two of them."""
    table = Table("list", "reports", "rows", "ms", title="Beside crt-portal (PEERS.md)")
    for rows, ms in CRT_PORTAL:
        table.add_row("crt-portal", "12,300", str(rows), str(ms))
    size = statistics.median(page["kilobytes"] for page in found[0].again)
    for which, words in (("first", "seen for the first time, and logged"), ("again", "seen before")):
        ours = max(one.p50(which) for one in found[:4])
        table.add_row(f"ours, covers decrypted, {words}", f"{notes['cases']:,}", "25", f"{ours:.0f}")
        table.add_row("  two such pages", f"{notes['cases']:,}", "50", f"{2 * ours:.0f}")
    table.caption = f"Medians, server time; a page of ours has {size:.0f} kB. crt-portal was measured at another time."
    return table


def explain(found: dict[str, Seen], say: Console) -> None:
    say.print("\nHow the database answers (EXPLAIN ANALYZE; loops × rows are what was really read):")
    for one in found.values():
        for plan in one.plans:
            say.print(f"\n{one.name}: {plan['blocks']} blocks, at most {plan['most']} rows in a step", markup=False)
            for line in plan["text"]:
                say.print(f"    {line}", markup=False)


def bars(found: dict[str, Seen], notes: dict[str, Any]) -> list[Bar]:
    names = list(found)
    measured = [found[name] for name in names[:6]]
    top_one, top_many, deep_one, deep_many = measured[:4]
    slowest = max(max(one.p95(), one.p95("first")) for one in measured)
    ratio = max(one.database / one.bare for one in measured)
    queries, most = max(one.queries for one in found.values()), max(one.most for one in found.values())
    whole = sorted({name for one in found.values() for name in one.whole})
    shallow = min(notes["behind"].values())
    rows, shut = (sum(page[what] for one in measured for page in one.first) for what in ("rows", "shut"))
    lines = [
        Bar("cases before the deep pages", f"{shallow:,}", f"≥ {DEEP:,}", shallow >= DEEP),
        Bar("covers that open on measured pages", f"{rows - shut:,}", f"all {rows:,}", rows > 0 == shut),
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
    ours, theirs = max(one.p50("first") for one in measured[:4]), CRT_PORTAL[0][1]
    lines.append(Bar("25 rows, beside crt-portal's 15", f"{ours:.0f} ms", f"< {theirs} ms", ours < theirs))
    return lines
