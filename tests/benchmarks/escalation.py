"""`make bench-escalation`: cases escalated a second by two workers, what one costs, and a million that are not due.

An installation of its own with every setting for durability on, the embedded broker, and the worker as production
starts it: one with two children. Rungs are real, and so are the locks that the worker takes off. Of the million open
cases only those that become due have rungs: a tick reads no others'. Exit 0 only if every bar holds.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from recruitment_watch.embedded.home import PROJECT
from tests.system.many_cases import Maker
from tests.system.stage import Stage

from .reporters import Bar, table_of

CASES = int(os.environ.get("RW_BENCH_CASES", "4000"))
FEW, MANY, DUE = 10_000, int(os.environ.get("RW_BENCH_OPEN", "1000000")), 100
ROUNDS, CHUNK, BATCH = 7, 50_000, 25
BOX_BYTES = 195 + 41  # of a holding, under the retention layer
LEAST_PER_SECOND, MOST_FOR_MANY = 200.0, 1.3
TICKS = os.sysconf("SC_CLK_TCK")
LONG = timedelta(days=90)
LATE = "UPDATE complaints_case SET due = now() - interval '1 hour' WHERE id = ANY(%s)"
GUARDS = "SELECT tgname FROM pg_trigger WHERE tgrelid = 'complaints_holding'::regclass AND tgenabled = 'A'"
COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())

console = Console(highlight=False, soft_wrap=True)


@dataclass
class Ground:
    stage: Stage
    maker: Maker

    @classmethod
    @contextmanager
    def fresh(cls) -> Iterator[Ground]:
        stage = Stage.fresh("bench-escalation")
        stage.processes.more = {**stage.processes.more, "RW_TICK_SECONDS": "0.5"}
        try:
            with stage.owner("casework") as link:
                maker = Maker.of(stage.installation.pinned, stage.installation.retention, link)
            yield cls(stage, maker)
        finally:
            stage.close()
            shutil.rmtree(stage.installation.folder, ignore_errors=True)

    def file(self, count: int, progress: Progress) -> list[UUID]:
        bar, keys = progress.add_task("Filing cases", total=count), []
        with self.stage.owner("casework") as link:
            for first in range(0, count, 500):
                made = self.maker.make(min(500, count - first))
                self.maker.file(link, made, severity=3, due=datetime.now(UTC) + LONG)
                keys += [one.pk for one in made]
                progress.update(bar, completed=len(keys))
        return keys

    def held(self) -> int:
        return self.stage.count("casework", "SELECT count(*) FROM complaints_holding")

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with self.stage.owner("casework") as link:
            return list(link.execute(query.encode()))

    def server_cpu(self) -> float:
        """Seconds of CPU of casework's server so far, ended sessions too."""
        leader = (self.stage.installation.casework.data / "postmaster.pid").read_text().split()[0]
        return sum(_cpu(fields) for pid, fields in _processes() if leader in (pid, fields[1]))

    def worker_cpu(self) -> float:
        leader = str(self.stage.processes.running["worker"].pid)
        return sum(_cpu(fields) for _, fields in _processes() if fields[2] == leader)


def _processes() -> Iterator[tuple[str, list[str]]]:
    """Every process: its number and the fields of /proc/…/stat after the name. proc(5)."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            yield folder.name, (folder / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue


def _cpu(fields: Sequence[str]) -> float:
    return sum(map(int, fields[11:15])) / TICKS


# --- how many a second, and what one costs --------------------------------------------------------------------


def by_two_workers(ground: Ground, progress: Progress) -> tuple[float, float]:
    """Cases escalated a second, from the first commit seen to the last, and seconds of CPU for one."""
    ground.file(CASES, progress)
    bar = progress.add_task("Escalating, two workers", total=CASES)
    ground.stage.processes.start_worker()
    ground.stage.processes.start_beat()
    started, spent = 0.0, 0.0
    before = first = 0
    try:
        while (held := ground.held()) < CASES:
            if held and not started:
                started, first = time.monotonic(), held
                spent = ground.server_cpu() + ground.worker_cpu()
            if held != before:
                progress.update(bar, completed=held)
                before = held
            time.sleep(0.02)
        seconds = time.monotonic() - started
        spent = ground.server_cpu() + ground.worker_cpu() - spent
        progress.update(bar, completed=CASES)
    finally:
        ground.stage.processes.stop()
    return (CASES - first) / seconds, spent / (CASES - first)


def bare(ground: Ground, progress: Progress) -> float:
    """Seconds of CPU of the same rows written by themselves: client and server, as the worker, in batches as large."""
    keys = ground.file(CASES, progress)
    offices = [UUID(bytes=one.office_id) for one in ground.maker.offices]
    head = int(ground.ask("SELECT coalesce(max(number), 0) FROM complaints_disclosure")[0][0])
    installation = ground.stage.installation
    url = installation.casework.url("casework", user="rw_worker", password=installation.secret("casework_rw_worker"))
    bar = progress.add_task("The bare statements", total=CASES)
    server, client = ground.server_cpu(), time.process_time()
    with psycopg.connect(url, autocommit=True) as link:
        for first in range(0, CASES, BATCH):
            batch = keys[first : first + BATCH]
            with link.transaction():
                link.execute("SELECT id FROM complaints_case WHERE id = ANY(%s) FOR NO KEY UPDATE SKIP LOCKED", [batch])
                for at, key in enumerate(batch, start=head + first + 1):
                    _rows_of_one(link, key, offices[0], at)
            progress.update(bar, completed=first + len(batch))
    return (time.process_time() - client + ground.server_cpu() - server) / CASES


def _rows_of_one(link: psycopg.Connection, case: UUID, office: UUID, number: int) -> None:
    due, week = datetime.now(UTC) + LONG, "2026-W01"
    digests = [secrets.token_bytes(32) for _ in range(3)]
    link.execute(
        "INSERT INTO complaints_disclosure (number, previous, commitment, digest) VALUES (%s, %s, %s, %s)",
        [number, *digests],
    )
    link.execute(
        "INSERT INTO complaints_disclosuredetail (disclosure_id, case_id, office_id, verb, week, salt)"
        " VALUES (%s, %s, %s, 'released', %s, %s)",
        [number, case, office, week, secrets.token_bytes(32)],
    )
    link.execute(
        "INSERT INTO complaints_holding (id, case_id, office_id, rung, box, week, severity, due)"
        " VALUES (%s, %s, %s, 1, %s, %s, 3, %s)",
        [uuid4(), case, office, secrets.token_bytes(BOX_BYTES), week, due],
    )
    link.execute(
        "INSERT INTO complaints_step (id, case_id, rung, outcome, office_id, week)"
        " VALUES (%s, %s, 1, 'released', %s, %s)",
        [uuid4(), case, office, week],
    )
    link.execute("UPDATE complaints_case SET state = 'released', rung = 1, due = %s WHERE id = %s", [due, case])


# --- a million open -------------------------------------------------------------------------------------------


def grow(ground: Ground, to: int, progress: Progress) -> None:
    """So many open cases, each with an office and a clock that runs for long."""
    office = UUID(bytes=ground.maker.offices[0].office_id)
    there = int(ground.ask("SELECT count(*) FROM complaints_case")[0][0])
    bar = progress.add_task(f"Up to {to:,} open cases", total=to, completed=there)
    with ground.stage.owner("casework") as link:
        guards = [name for (name,) in link.execute(GUARDS)]  # the veto, which each row here would pass
        _switch(link, "DISABLE", guards)
        for first in range(there, to, CHUNK):
            link.execute(
                """
                WITH made AS (
                    INSERT INTO complaints_case (id, week, state, severity, rung, due, death_week, epoch)
                    SELECT gen_random_uuid(), '2026-W01', 'released', 1 + n %% 4, 1,
                           date_trunc('day', now()) + interval '30 days' + (n %% 60) * interval '1 day', %s, 0
                      FROM generate_series(1, %s) AS n
                    RETURNING id, severity, due
                )
                INSERT INTO complaints_holding (id, case_id, office_id, rung, box, week, severity, due)
                SELECT gen_random_uuid(), id, %s, 1, '\\x00', '2026-W01', severity, due FROM made
                """,
                [ground.maker.week, min(CHUNK, to - first), office],
            )
            progress.update(bar, completed=min(first + CHUNK, to))
        _switch(link, "ENABLE ALWAYS", guards)
        link.execute("VACUUM ANALYZE complaints_case, complaints_holding")
        link.execute("CHECKPOINT")  # else the ticks write out what the filling has left


def _switch(link: psycopg.Connection, how: str, triggers: Sequence[str]) -> None:
    for name in triggers:
        link.execute(f"ALTER TABLE complaints_holding {how} TRIGGER {name}".encode())


def plan_of(ground: Ground) -> str:
    """How the database finds what is late, in a line."""
    query = """EXPLAIN (COSTS OFF) SELECT id FROM complaints_case
                WHERE state IN ('filed', 'released', 'acknowledged', 'in_work', 'asked') AND due <= now()
                ORDER BY due LIMIT 25 FOR NO KEY UPDATE SKIP LOCKED"""
    return " ← ".join(line.strip(" ->") for (line,) in ground.ask(query))


@contextmanager
def ticking(ground: Ground) -> Iterator[subprocess.Popen[str]]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("RW_", "DJANGO_"))}
    environment |= {"RW_VAR": str(ground.stage.installation.folder), "RW_ZONE": "worker"}
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.benchmarks.ticking"], cwd=PROJECT, env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        _heard(process)
        yield process
    finally:
        process.kill()
        process.wait()


def _heard(process: subprocess.Popen[str]) -> dict[str, float]:
    assert process.stdout is not None
    return dict(json.loads(process.stdout.readline()))


def with_some_due(ground: Ground, groups: Sequence[Sequence[UUID]], name: str, progress: Progress) -> list[float]:
    """Seconds of a tick with a hundred due, once for each group."""
    bar, times = progress.add_task(f"{DUE} due among {name}", total=len(groups)), []
    with ticking(ground) as process:
        for group in groups:
            with ground.stage.owner("casework") as link:
                link.execute(LATE, [list(group)])
            assert process.stdin is not None
            process.stdin.write("tick\n")
            process.stdin.flush()
            heard = _heard(process)
            if heard["done"] != DUE:
                raise RuntimeError(f"{heard['done']} of {DUE} were released")
            times.append(heard["seconds"])
            progress.update(bar, advance=1)
    return times


def few_and_many(ground: Ground, progress: Progress) -> tuple[list[float], list[float], str]:
    keys = ground.file(2 * ROUNDS * DUE, progress)
    with ticking(ground) as process:  # to their first office
        while int(ground.ask("SELECT count(*) FROM complaints_case WHERE rung = 0")[0][0]):
            assert process.stdin is not None
            process.stdin.write("tick\n")
            process.stdin.flush()
            _heard(process)
    groups = [keys[at : at + DUE] for at in range(0, len(keys), DUE)]
    grow(ground, FEW, progress)
    few = with_some_due(ground, groups[:ROUNDS], f"{FEW:,}", progress)
    grow(ground, MANY, progress)
    many = with_some_due(ground, groups[ROUNDS:], f"{MANY:,}", progress)
    return few, many, plan_of(ground)


# --- all of it ------------------------------------------------------------------------------------------------


def measure(ground: Ground, progress: Progress) -> list[Bar]:
    rate, each = by_two_workers(ground, progress)
    alone = bare(ground, progress)
    _emptied(ground)
    few, many, plan = few_and_many(ground, progress)
    ratio = statistics.median(many) / statistics.median(few)
    console.print(
        f"One escalation: {each * 1000:.2f} ms of CPU, worker and server; its rows written by bare statements: "
        f"{alone * 1000:.2f} ms; ratio {each / alone:.1f}."
    )
    console.print(
        f"A tick with {DUE} due: {statistics.median(few) * 1000:.0f} ms among {FEW:,} open, "
        f"{statistics.median(many) * 1000:.0f} ms among {MANY:,} (medians of {ROUNDS})."
    )
    console.print(f"What is late is found by: {plan}", markup=False)
    return [
        Bar("cases escalated a second, two workers", f"{rate:.0f}", f"≥ {LEAST_PER_SECOND:.0f}",
            rate >= LEAST_PER_SECOND),
        Bar(f"{MANY:,} open against {FEW:,}, {DUE} due", f"{ratio:.2f} ×", f"≤ {MOST_FOR_MANY} ×",
            ratio <= MOST_FOR_MANY),
        Bar("what is late is found by its index", plan.split(" ← ")[-1], "case_due", "case_due" in plan),
    ]  # fmt: skip


def _emptied(ground: Ground) -> None:
    with ground.stage.owner("casework") as link:
        link.execute("TRUNCATE complaints_case CASCADE")


def main() -> int:
    started = time.monotonic()
    console.print("Setting up: two clusters, tables, policy, a key ceremony …")
    with Ground.fresh() as ground, Progress(*COLUMNS, console=console) as progress:
        bars = measure(ground, progress)
    console.print(table_of(bars))
    held = all(bar.holds for bar in bars)
    console.print(f"{'All bars hold' if held else 'NOT all bars hold'}. {time.monotonic() - started:.0f} s.")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
