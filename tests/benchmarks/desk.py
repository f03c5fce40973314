"""`make bench-desk`: the inspectors' desk over a million cases.

The queue at its top and 600,000 cases deep, in one office and in twenty-five, and by agency; cases with a long
correspondence; twenty inspectors at once. An installation of its own with every setting for durability on, filled by
`seeding`. Beside each page its statements are sent bare, in the same run, and the database is asked how it answered
them. A smaller one: RW_BENCH_CASES, RW_BENCH_PAGES, RW_BENCH_ROUNDS, RW_BENCH_CLICKING (seconds). Exit 0 only if every
bar holds.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import Progress

from recruitment_watch.embedded import demo
from recruitment_watch.embedded.home import PROJECT, home
from recruitment_watch.embedded.installation import Installation
from tests.system.stage import Stage

from . import desk_queue, desk_room
from .desk_queue import Desk, Seen, environment
from .reporters import Bar, table_of
from .seeding import CASES, COLUMNS

NAME = "bench-desk"
SEEDING_MOST = 900.0

console = Console(highlight=False, soft_wrap=True)


@contextmanager
def filled() -> Iterator[tuple[Stage, dict[str, Any]]]:
    """An installation with its million, and the notes of who made it; gone afterwards, however it ends."""
    try:
        stage = Stage.fresh(NAME)
        try:
            demo.refresh(stage.installation)
            demo.run(stage.installation, "desk", "collectstatic", "--noinput", "-v", "0")
            subprocess.run(
                [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.seeding"], cwd=PROJECT, check=True,
                env=environment(stage, RW_AS_OWNER="1"),
            )  # fmt: skip
            yield stage, json.loads((stage.installation.folder / "bench.json").read_text())
        finally:
            stage.processes.stop()
    finally:
        installation = Installation(home() / NAME)  # also where it was broken off while it was set up
        installation.stop()
        shutil.rmtree(installation.folder, ignore_errors=True)


def measure(stage: Stage, notes: dict[str, Any], progress: Progress) -> list[Bar]:
    """Everything in its turn; what was seen is printed as it is known."""

    def step(words: str, total: int) -> Callable[[int], None]:
        bar = progress.add_task(words, total=total)
        return lambda done: progress.advance(bar, done)

    with Desk.at(stage) as desk:
        found = desk_queue.measure(desk, notes, progress)
        rooms = desk.rooms(notes["one"])
    desk_queue.explain({**found, rooms.name: rooms}, console)
    desk_queue.tell([*found.values(), rooms], notes, console)
    with desk_room.served(stage) as port:
        opened = desk_room.open_cases(port, notes, step("Opening cases", (1 + desk_room.ROUNDS) * len(notes["rooms"])))
        office = desk_room.Office(port, notes)
        say = step(f"{office.clicks.people} inspectors sign in and click", office.clicks.people)
        clicks = office.open(stage.processes.running["desk"].pid, say)
    for line in desk_room.lines(opened, clicks):
        console.print(line, markup=False)
    return [
        Bar("seeding", f"{notes['seconds']:.0f} s", f"≤ {SEEDING_MOST:.0f} s", notes["seconds"] <= SEEDING_MOST),
        *desk_queue.bars(found, notes),
        *_of_rooms(rooms),
        *desk_room.bars(opened, clicks),
    ]


def _of_rooms(rooms: Seen) -> list[Bar]:
    """How many cases its agency has at the office a case's page does count, so that no bar stands on its rows."""
    whole = sorted(set(rooms.whole))
    return [Bar("case room: large tables read whole", ", ".join(whole) or "none", "none", not whole)]


def main() -> int:
    started = time.monotonic()
    for number in (signal.SIGTERM, signal.SIGHUP):  # as Ctrl-C: what was started is ended
        signal.signal(number, lambda *_: sys.exit(1))
    console.print("Setting up: two clusters, tables, policy, a key ceremony …")
    with filled() as (stage, notes), Progress(*COLUMNS, console=console) as progress:
        bars = measure(stage, notes, progress)
    console.print(table_of(bars))
    held = all(bar.holds for bar in bars)
    seconds = time.monotonic() - started
    console.print(f"{'All bars hold' if held else 'NOT all bars hold'}. {CASES:,} cases, {seconds:.0f} s.")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
