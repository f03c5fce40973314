"""`make prove`: the proofs of firewall and licence law at full size, with progress, and a table at the end.

Exit 0 only if every proof that this version must have was there and held.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from recruitment_watch.embedded.home import PROJECT, home
from recruitment_watch.embedded.installation import Installation
from tests.proof import REPORT
from tests.run import SUITES, ZONES

# 15 comes with the statistics. From 101: the licence law.
EXPECTED = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 18, 101, 102)
# Suites, and which of their proofs; the longest first. Three at a time, because most of them wait often.
PARTS = (
    ("system", "proof_4"),
    ("desk", ""),
    ("system", "not (proof_4 or proof_7)"),
    ("intake", ""),
    ("system", "proof_7 and not RabbitMQ"),
    ("system", "proof_7 and RabbitMQ"),
    *((suite, "") for suite in reversed(SUITES) if suite not in ("desk", "intake")),
)
AT_ONCE = 3
console = Console(highlight=False)


def main() -> int:
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report"
        report.touch()
        broken = _run_all(report)
        rows = [row for row in _lines(report) if "held" in row]
    for number in range(len(PARTS)):
        if (_place(number) / "tests").exists():
            Installation(_place(number) / "tests", durable=False).stop()
    console.print(_table(rows))
    missing = [str(number) for number in EXPECTED if number not in {row["number"] for row in rows}]
    if missing:
        console.print(f"Not there: proof {', '.join(missing)}.")
    for output in broken:
        console.print(output, markup=False)
    held = not (missing or broken) and all(row["held"] for row in rows)
    minutes = (time.monotonic() - started) / 60
    console.print(f"{'All held' if held else 'NOT all held'}, {len(rows)} rows, {minutes:.1f} minutes.")
    return 0 if held else 1


def _run_all(report: Path) -> list[str]:
    """Each part in a process of its own; the output of those that failed."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress, ThreadPoolExecutor(AT_ONCE) as pool:
        parts = [pool.submit(_run_part, number, report) for number in range(len(PARTS))]
        while not all(part.done() for part in parts):
            _show(progress, report)
            time.sleep(2)
        _show(progress, report)
        return [output for part in parts if (output := part.result())]


def _run_part(number: int, report: Path) -> str:
    """What this part printed if it failed, which is in a file meanwhile."""
    suite, chosen = PARTS[number]
    place = _place(number)
    place.mkdir(mode=0o711, parents=True, exist_ok=True)
    printed = place / "printed.log"
    with printed.open("w") as output:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", f"tests/{suite}", "-v", "-m", "proof", "-k", chosen],
            cwd=PROJECT, env=_environment(suite, report) | {"RW_VAR": str(place)}, stdout=output,
            stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
    return "" if done.returncode in (0, 5) else printed.read_text()  # 5: this part has none


def _place(number: int) -> Path:
    """Where a part's servers live: their folders and ports are by name, and two parts may ask for the same."""
    return home() / f"part-{number}"


def _environment(suite: str, report: Path) -> dict[str, str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("RW_", "DJANGO_"))}
    environment |= {"CI": "true", "RW_PROOF_SIZE": "full", REPORT: str(report)}
    return environment | ({"RW_ZONE": suite} if suite in ZONES else {})


def _lines(report: Path) -> list[dict[str, Any]]:
    whole = report.read_text().splitlines(keepends=True)
    return [json.loads(line) for line in whole if line.endswith("\n")]


def _show(progress: Progress, report: Path) -> None:
    """A bar a proof, made when its first line comes."""
    bars = {task.description: task.id for task in progress.tasks}
    latest = {(row["number"], row["title"]): row for row in _lines(report)}
    for (number, title), row in latest.items():
        name = f"{number:2} {title}"
        bar = bars.get(name)
        if bar is None:
            bar = progress.add_task(name, total=row.get("total", 1))
        if "held" in row:
            progress.update(bar, completed=progress.tasks[bar].total or 1)
            progress.stop_task(bar)
        else:
            progress.update(bar, completed=row["done"], total=row["total"])


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table("proof", "what", "figure", "bar", "control", "held", "s")
    for row in sorted(rows, key=lambda one: (one["number"], one["title"])):
        table.add_row(
            str(row["number"]), row["title"], row["figure"], row["bar"], row["control"],
            "held" if row["held"] else "NOT HELD", f"{row['seconds']:.0f}",
        )  # fmt: skip
    return table


if __name__ == "__main__":
    sys.exit(main())
