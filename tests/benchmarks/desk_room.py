"""The desk under gunicorn as production runs it: cases with a long correspondence, and twenty inspectors at once."""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from recruitment_watch.embedded.processes import NotReady
from tests.system.stage import Stage

from . import groups
from .envelopes import FILES, MESSAGES
from .reporters import Bar, percentile
from .sitting import Lost, Sitting
from .wire import Broken, Line, Tally

ROUNDS = int(os.environ.get("RW_BENCH_ROUNDS", "4"))  # in which each of the cases is opened
CLICKING_SECONDS = float(os.environ.get("RW_BENCH_CLICKING", "60"))
PAUSES = (0.2, 1.0)  # seconds between two clicks of one inspector
READY_SECONDS = 300.0  # others may have this machine's cores
CASE_MOST, MEMORY_MOST = 150.0, 700_000_000
LOOK_EVERY = 0.1  # seconds: a derivation's 256 MiB are there for less than half a second
SEED = 20
# A page has an entry for each message; only what the person attached has an address of a file.
ENTRY = '<p class="when">'

Say = Callable[[int], None]


@contextmanager
def served(stage: Stage) -> Iterator[int]:
    """Plain HTTP on the loopback address, as behind production's nginx; its port."""
    port = stage.installation.ports()["desk"]
    stage.processes.more = {**stage.processes.more, "RW_BEHIND_PROXY": "1"}
    stage.processes.start_one(
        "desk", "-m", "gunicorn", "recruitment_watch.wsgi:application",
        "--config", "python:recruitment_watch.gunicorn", "--bind", f"127.0.0.1:{port}",
        zone="desk",
    )  # fmt: skip
    try:
        _wait(stage, port)
        yield port
    finally:
        stage.processes.stop()


def _wait(stage: Stage, port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and not stage.processes.fallen():
        line = Line(port, Tally())
        try:
            line.get("/sign-in/")
        except (OSError, Broken):
            time.sleep(0.05)
        else:
            return
        finally:
            line.close()
    raise NotReady(f"the desk does not answer; see {stage.processes.logs / 'desk.log'}")


@dataclass(frozen=True, slots=True)
class Opened:
    """Seconds of each opening of a long case and of each file of one, over HTTP, nobody else there."""

    cases: list[float]
    files: list[float]
    kilobytes: float


def open_cases(port: int, notes: Mapping[str, Any], say: Say) -> Opened:
    """Each case ROUNDS times, the question before the first opening answered; then the files of one in ten."""
    sitting = Sitting(port, notes["one"], notes)
    sitting.sign_in()
    sitting.open_vault()
    addresses = [f"/case/{case}/" for case in notes["rooms"]]
    for address in addresses:
        sitting.open_case(address)
        say(1)
    found, files, size = [], [], 0
    for _round in range(ROUNDS):
        for address in addresses:
            sitting.get(address)
            found.append(sitting.seconds)
            size = len(sitting.text.encode())
            _must_be_long(sitting)
            say(1)
    for address in addresses[::10]:
        for one in _files_of(sitting, address):
            sitting.get(one)
            files.append(sitting.seconds)
    sitting.close()
    return Opened(found, files, size / 1000)


def _files_of(sitting: Sitting, address: str) -> list[str]:
    sitting.get(address)
    return sitting.files()


def _must_be_long(sitting: Sitting) -> None:
    messages, files = sitting.text.count(ENTRY), len(sitting.files())
    if messages < MESSAGES or files != len(FILES):
        raise Lost(f"{messages} entries and {files} files at {sitting.here}")


@dataclass(slots=True)
class Clicks:
    """What the inspectors of one run saw, and what the zone needed meanwhile."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)
    memory: list[int] = field(default_factory=list)
    vaults: int = 0
    people: int = 0

    @property
    def number(self) -> int:
        return sum(map(len, self.seconds.values()))


class Office:
    """Inspectors who come in the morning one after the other, and click until all go home."""

    def __init__(self, port: int, notes: Mapping[str, Any]) -> None:
        self.port, self.notes, self.clicks = port, notes, Clicks(people=len(notes["clicking"]))
        self.ends, self.turn, self.lock = 0.0, threading.Lock(), threading.Lock()

    def open(self, leader: int, say: Say) -> Clicks:
        """All of them; `leader` leads the zone's processes."""
        with groups.watched(lambda: groups.memory(leader), LOOK_EVERY) as memory:
            here = []
            for username in self.notes["clicking"]:
                here.append(self._come(username))
                say(1)
            self.ends = time.monotonic() + CLICKING_SECONDS
            with ThreadPoolExecutor(self.clicks.people) as people:
                for one in [people.submit(self._work, number, one) for number, one in enumerate(here)]:
                    one.result()
        self.clicks.memory = memory
        return self.clicks

    def _come(self, username: str) -> Sitting:
        sitting = Sitting(self.port, username, self.notes)
        sitting.sign_in()
        self._vault(sitting)
        return sitting

    def _vault(self, sitting: Sitting) -> None:
        """One at a time."""
        with self.turn:
            sitting.open_vault()
            self.clicks.vaults += 1

    def _work(self, number: int, sitting: Sitting) -> None:
        """Through the queue, into cases, a file here and there; at some moment the vault is opened anew."""
        dice = random.Random(SEED * 1_000 + number)
        again = self.ends - CLICKING_SECONDS * dice.random()
        address = "/"
        try:
            while time.monotonic() < self.ends:
                if time.monotonic() >= again:
                    again = self.ends + 1
                    self._vault(sitting)
                address = self._page(sitting, address, dice)
        except (Lost, Broken, OSError) as fault:
            with self.lock:
                self.clicks.faults[f"{type(fault).__name__}: {fault}"] += 1
        finally:
            sitting.close()

    def _page(self, sitting: Sitting, address: str, dice: random.Random) -> str:
        """One page of the queue, one of its cases, one of that one's files; the address of the next page."""
        self._click(sitting, "queue", address, dice)
        cases, on = sitting.cases(), sitting.next_page()
        if cases:
            sitting.open_case(dice.choice(cases))
            self._note("case", sitting.seconds)
            time.sleep(dice.uniform(*PAUSES))
            if files := sitting.files():
                self._click(sitting, "file", dice.choice(files), dice)
        return on if dice.random() < 0.8 else "/"

    def _click(self, sitting: Sitting, what: str, address: str, dice: random.Random) -> None:
        sitting.get(address)
        self._note(what, sitting.seconds)
        time.sleep(dice.uniform(*PAUSES))

    def _note(self, what: str, seconds: float) -> None:
        with self.lock:
            self.clicks.seconds.setdefault(what, []).append(seconds)


def lines(opened: Opened, clicks: Clicks) -> list[str]:
    """What was seen beside the bars."""
    what = ", ".join(
        f"{name} {len(times)} × p50 {percentile(times, 0.5) * 1000:.0f} p95 {percentile(times, 0.95) * 1000:.0f} ms"
        for name, times in clicks.seconds.items()
    )
    return [
        f"Opening a case over HTTP: {len(opened.cases)} times, p50 {percentile(opened.cases, 0.5) * 1000:.0f} ms "
        f"({opened.kilobytes:.0f} kB); one of its files p95 {percentile(opened.files, 0.95) * 1000:.0f} ms.",
        f"{clicks.people} inspectors, {clicks.number} clicks in {CLICKING_SECONDS:.0f} s, {clicks.vaults} vaults "
        f"opened one at a time: {what}; memory {min(clicks.memory) / 1e6:.0f} to {max(clicks.memory) / 1e6:.0f} MB.",
        *(f"  {many} × {fault}" for fault, many in clicks.faults.most_common(3)),
    ]


def bars(opened: Opened, clicks: Clicks) -> list[Bar]:
    slow, peak = percentile(opened.cases, 0.95) * 1000, max(clicks.memory)
    what = f"opening a case with {MESSAGES} messages and {len(FILES)} files, p95 over HTTP"
    return [
        Bar(what, f"{slow:.0f} ms", f"≤ {CASE_MOST:.0f} ms", slow <= CASE_MOST),
        Bar(f"memory of the zone, {clicks.people} inspectors clicking", f"{peak / 1e6:.0f} MB",
            f"≤ {MEMORY_MOST / 1e6:.0f} MB", peak <= MEMORY_MOST),
        Bar("errors that they saw", str(clicks.faults.total()), "0", not clicks.faults),
    ]  # fmt: skip
