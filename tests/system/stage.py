"""A whole installation for one run: fresh clusters, the demonstration's register and offices, every process."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from recruitment_watch.embedded import demo
from recruitment_watch.embedded.home import PROJECT, home
from recruitment_watch.embedded.installation import Installation
from recruitment_watch.embedded.postgres import binaries
from recruitment_watch.embedded.processes import Processes
from tests.system.visitor import Visitor

TICK_SECONDS = "1"


# The first stage that this process made, before anybody played on it: making the tables takes a quarter of a minute.
# One for each PostgreSQL, with what to sign in with.
COPIES: dict[Path, tuple[Path, dict[str, Any]]] = {}


def _forget_dead_copies() -> None:
    """Of processes that were killed, and could not take theirs away."""
    for copy in home().glob("stage-*-*"):
        if not Path(f"/proc/{copy.name.split('-')[1]}").exists():
            shutil.rmtree(copy, ignore_errors=True)


def _keep_copy(installation: Installation, notes: dict[str, Any]) -> None:
    _forget_dead_copies()
    copy = home() / f"stage-{os.getpid()}-{len(COPIES)}"
    installation.stop()
    subprocess.run(["cp", "-a", str(installation.folder), str(copy)], check=True)  # owners and modes too
    installation.start()
    COPIES[binaries()] = (copy, dict(notes))
    atexit.register(shutil.rmtree, copy, ignore_errors=True)


def _copied(installation: Installation) -> dict[str, Any] | None:
    """Lay a copy out where there is one; its notes."""
    if binaries() not in COPIES:
        return None
    copy, notes = COPIES[binaries()]
    subprocess.run(["cp", "-a", str(copy), str(installation.folder)], check=True)
    return dict(notes)


@dataclass
class Stage:
    installation: Installation
    processes: Processes
    notes: dict[str, Any] = field(default_factory=dict)
    visitors: list[Visitor] = field(default_factory=list)

    @classmethod
    def fresh(cls, name: str) -> Stage:
        """Clusters and tables of a new installation `name`, with the demonstration's register and offices."""
        installation = Installation(home() / name)
        if (installation.folder / "pg-register").exists():  # a run that was broken off
            installation.stop()
        shutil.rmtree(installation.folder, ignore_errors=True)
        stage = cls(
            installation,
            Processes(
                installation, refresh_seconds=1, more={"RW_TICK_SECONDS": TICK_SECONDS, "RW_NOT_BEFORE_SECONDS": "0"}
            ),
        )
        known = _copied(installation)
        installation.any_ports()
        installation.start()
        stage.processes.choose_ports()
        stage.notes |= known or demo.load(installation, lambda words: None, cases=False)
        if known is None:
            _keep_copy(installation, stage.notes)
        return stage

    def close(self) -> None:
        for visitor in self.visitors:
            visitor.client.close()
        self.processes.stop()
        self.installation.stop()

    def visitor(self, zone: str) -> Visitor:
        self.visitors.append(Visitor(self.installation.origin(zone), self.installation.folder / "tls" / "tls.crt"))
        return self.visitors[-1]

    def command(self, zone: str, *arguments: str) -> str:
        return demo.run(self.installation, zone, *arguments)

    @contextmanager
    def owner(self, database: str) -> Iterator[psycopg.Connection]:
        cluster = self.installation.register if database == "register" else self.installation.casework
        with psycopg.connect(cluster.url(database), autocommit=True) as connection:
            yield connection

    def count(self, database: str, query: str, *values: Any) -> int:
        with self.owner(database) as connection:
            row = connection.execute(query, values).fetchone()
        return int(row[0]) if row else 0

    def move_clock(self, seconds: float) -> None:
        """Application time only; the databases keep their own. Written beside, then renamed: never half read."""
        target = self.installation.clock
        now = float(target.read_text()) if target.exists() else 0.0
        beside = target.with_suffix(".new")
        beside.write_text(str(now + seconds))
        beside.rename(target)

    def registers(self) -> Path:
        """Where the real lists lie, beside the project."""
        return PROJECT.parent / "shared" / "data" / "registers"


def grep(folder: Path, needles: list[bytes]) -> dict[bytes, list[Path]]:
    """Files under `folder` that hold a needle, by needle. Reads raw bytes; grep is the judge."""
    found: dict[bytes, list[Path]] = {}
    for needle in needles:
        done = subprocess.run(
            ["grep", "-rlaF", "-e", needle.decode(), str(folder)], stdout=subprocess.PIPE, check=False, text=True
        )
        found[needle] = [Path(line) for line in done.stdout.splitlines()]
    return found
