"""Worker, beat, databases and broker under somebody who starts them again at once, as systemd would.

What ends with the code that says "a person must look" is not started again, as docs/deploy's units say.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from recruitment_watch.postgres_settings import BOOT_ERROR
from tests.rabbit import Rabbit
from tests.system.stage import Stage

GLANCE = 0.02  # seconds between two looks at what runs
WORKERS = "SELECT pid, xact_start IS NOT NULL FROM pg_stat_activity WHERE usename = 'rw_worker'"


@dataclass
class Supervised:
    """`kill` ends something at once and without a word; a thread brings it up again."""

    stage: Stage
    rabbit: Rabbit | None = None
    starts: dict[str, int] = field(default_factory=dict)
    given_up: list[str] = field(default_factory=list)
    left_over: list[int] = field(default_factory=list)  # servers' children whose parent was killed
    inside: int = 0  # kills that met an open transaction of the worker
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Supervised:
        self._start("worker")
        self._start("beat")
        self._thread = threading.Thread(target=self._watch, name="supervisor")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        if self.rabbit is not None:  # whoever comes next finds it up
            if self.rabbit.process is None or self.rabbit.process.poll() is not None:
                self.rabbit.kill()
                self.rabbit.launch()
            self.rabbit.ready()
        for name in ("worker", "beat"):
            self._end_group(name)

    # --- bringing up ----------------------------------------------------------------------------------------

    def _watch(self) -> None:
        while not self._over.wait(GLANCE):
            if not self._postmaster():
                for pid in self.left_over:
                    _kill(pid)
                self.left_over.clear()
                self.stage.installation.casework.start()
                self._count("database")
            if self.rabbit is not None and (self.rabbit.process is None or self.rabbit.process.poll() is not None):
                self.rabbit.kill()
                self.rabbit.launch()
                self._count("broker")
            for name in ("worker", "beat"):
                process = self.stage.processes.running.get(name)
                if process is not None and (code := process.poll()) is not None:
                    self._end_group(name)
                    if code == BOOT_ERROR:
                        self.given_up.append(name)
                    else:
                        self._start(name)

    def _start(self, name: str) -> None:
        {"worker": self.stage.processes.start_worker, "beat": self.stage.processes.start_beat}[name]()
        self._count(name)

    def _count(self, name: str) -> None:
        self.starts[name] = self.starts.get(name, 0) + 1

    def _end_group(self, name: str) -> None:
        if name in self.stage.processes.running:
            with suppress(ProcessLookupError):
                self.stage.processes.kill(name)

    def _postmaster(self) -> int | None:
        """Its process, while it is alive."""
        try:
            pid = int((self.stage.installation.casework.data / "postmaster.pid").read_text().split()[0])
            return pid if _stat(pid)[0] not in "ZX" else None
        except (OSError, ValueError, IndexError):
            return None

    # --- ending ---------------------------------------------------------------------------------------------

    def kill(self, what: str, chance: random.Random) -> None:
        """kill -9. Where the thing is just not there, something else of its kind is awaited."""
        sessions = self._sessions()
        self.inside += any(busy for _, busy in sessions)
        if what == "child":
            _kill(chance.choice(self._children()))
        elif what == "backend":
            if sessions:
                _kill(chance.choice(sessions)[0])
            else:
                self._kill_postmaster()
        elif what == "postmaster":
            self._kill_postmaster()
        elif what == "parent":
            _kill(self._pid("worker"))
        elif what == "broker" and self.rabbit is not None:
            if self.rabbit.process is not None:
                _kill_group(self.rabbit.process.pid)
        else:  # the embedded broker is a file: its processes are those that have it open
            for name in ("worker", "beat") if what == "broker" else (what,):
                _kill_group(self._pid(name))

    def _pid(self, name: str) -> int:
        process = self.stage.processes.running.get(name)
        return process.pid if process is not None else 0

    def _children(self) -> list[int]:
        """The worker's own children; itself while it has none."""
        worker = self._pid("worker")
        return children_of(worker) or [worker]

    def _sessions(self) -> list[tuple[int, bool]]:
        """The worker's sessions in the database, and whether each has a transaction open."""
        with suppress(psycopg.OperationalError), self.stage.owner("casework") as link:
            return list(link.execute(WORKERS))
        return []

    def _kill_postmaster(self) -> None:
        if pid := self._postmaster():
            self.left_over += children_of(pid)
            _kill(pid)


def children_of(parent: int) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):
            if int(_stat(int(folder.name))[1]) == parent:
                found.append(int(folder.name))
    return found


def _stat(pid: int) -> list[str]:
    """State and parent of a process, and what comes after them."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _kill(pid: int) -> None:
    if pid > 1:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _kill_group(pid: int) -> None:
    if pid > 1:
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def patiently(link_to: Any, query: str, *values: Any, seconds: float = 60.0) -> list[tuple[Any, ...]]:
    """Rows, asked again while the server is down. `link_to()` gives a connection as a context."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with link_to() as link:
                return list(link.execute(query, values))
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(GLANCE)
