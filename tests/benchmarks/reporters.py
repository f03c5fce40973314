"""`make bench`: reporters at once, reporters whose network breaks, and how many reports a second the form takes.

An installation of its own: both clusters (fsync on), the demonstration's register and offices, and the intake zone
under gunicorn as in production, plain HTTP on the loopback address as behind its nginx. The load comes from threads of
this process, each a browser of its own with cookies and one kept connection; all of it shares this machine's cores.
Exit 0 only if every bar holds.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from complaints.vault import receipts

from .walker import Astray, Walk
from .wire import Broken, Cuts, Line, Tally
from .zone import Busy, Stored, Zone

AT_ONCE = int(os.environ.get("RW_BENCH_AT_ONCE", "200"))
STEADY = 50
SECONDS = float(os.environ.get("RW_BENCH_SECONDS", "75"))
CUT_SHARE = 0.3
SEED = 4
FIRST_FAULTS = 3
DERIVATION_EVERY = 5.0  # seconds
RUN_UP = 10.0  # seconds over which the steady ones begin

LEAST_PER_SECOND = 5.0
MOST_DERIVATIONS = 2.5
MOST_MEMORY = 400_000_000

# GlobaLeaks 5.0.15, full reporter flow, two cores, loopback, its own rate limits lifted; measured for this project
# in 2026 (issue 4). Reporters at once: accepted a second, p50 and p95 in seconds, share refused and lost, memory.
GLOBALEAKS = {1: (0.57, 1.76, 2.03, 0.0, 267e6), 50: (0.18, 43.9, 80.6, 0.76, 346e6)}
GLOBALEAKS_DERIVATION = 0.92  # seconds of CPU of one key derivation on the server

console = Console(highlight=False, soft_wrap=True)


@dataclass(slots=True)
class Run:
    """What one run saw: `seconds` of each report in order of its end, and why the others broke."""

    tally: Tally = field(default_factory=Tally)
    receipts: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    stored: Stored | None = None

    def report(self, port: int, cuts: Cuts | None = None) -> None:
        """One person: from the first page until the receipt is read back."""
        line = Line(port, self.tally, cuts)
        walk, started = Walk(line), time.perf_counter()
        try:
            receipt = walk.to_the_receipt()
            self.receipts.append(receipt)
            walk.read_back(receipt)
            self.seconds.append(time.perf_counter() - started)
        except (Astray, Broken) as fault:
            self.faults[f"{type(fault).__name__}: {fault}"] += 1
        finally:
            line.close()


@dataclass(frozen=True, slots=True)
class Bar:
    """One thing that must hold, as measured and as demanded."""

    what: str
    measured: str
    demanded: str
    holds: bool


def at_once(zone: Zone, say: Callable[[int], None], *, cut: float = 0.0) -> Run:
    """AT_ONCE people begin at the same moment; a share of all answers is cut off and asked for again."""
    run, before, gate = Run(), zone.stored(), threading.Barrier(AT_ONCE)

    def one(number: int) -> None:
        gate.wait()
        run.report(zone.port, Cuts(random.Random(SEED * 1_000 + number), cut) if cut else None)
        say(1)

    with ThreadPoolExecutor(AT_ONCE) as people:
        list(people.map(one, range(AT_ONCE)))
    run.stored = zone.stored().since(before)
    return run


@dataclass(frozen=True, slots=True)
class Steady:
    """`rate` complete reports a second; CPU seconds of the zone in all, of one `derivation` meanwhile (median)."""

    run: Run
    rate: float
    cpu: float
    databases: float  # CPU seconds of both clusters' servers in all
    load: float  # CPU seconds of this process in all
    derivation: float
    others: float  # share of the machine's time that neither this process, the zone nor the databases used


def steadily(zone: Zone, say: Callable[[int], None]) -> Steady:
    """STEADY people, each reporting again and again; they begin one after the other, so that they do not end in waves.

    The rate is that of the SECONDS after all have begun. Whoever is in the middle at the end finishes; those are
    stored and counted, but not in the rate. The CPU is that of all reports, and is divided by all. Every few seconds
    one derivation is made here, to compare with: cores that work for two at once, or for others, take longer for it.
    """
    run, cpu, busy = Run(), zone.cpu(), Busy.now(zone)
    databases, load = zone.databases_cpu(), time.process_time()
    began = time.perf_counter()

    def one(number: int) -> None:
        time.sleep(RUN_UP * number / STEADY)
        while time.perf_counter() - began < RUN_UP + SECONDS:
            run.report(zone.port)

    derivations: list[float] = []

    def watch() -> None:
        while not over.wait(1.0):
            say(1)
            if len(derivations) < (time.perf_counter() - began) / DERIVATION_EVERY:
                derivations.append(derivation_cpu())

    over = threading.Event()
    watcher = threading.Thread(target=watch)
    watcher.start()
    with ThreadPoolExecutor(STEADY) as people:
        going = [people.submit(one, number) for number in range(STEADY)]
        time.sleep(RUN_UP)
        first, since = len(run.seconds), time.perf_counter()
        time.sleep(SECONDS)
        rate = (len(run.seconds) - first) / (time.perf_counter() - since)
        for one_of_them in going:
            one_of_them.result()
    over.set()
    watcher.join()
    return Steady(
        run,
        rate,
        cpu=zone.cpu() - cpu,
        databases=zone.databases_cpu() - databases,
        load=time.process_time() - load,
        derivation=percentile(derivations, 0.5),
        others=Busy.now(zone).others_since(busy),
    )


def all_open(zone: Zone, run: Run, say: Callable[[int], None]) -> int:
    """How many of a run's receipts open a mailbox."""

    def one(receipt: str) -> bool:
        line = Line(zone.port, Tally())
        try:
            Walk(line).open_mailbox(receipt)
        except (Astray, Broken) as fault:
            run.faults[f"mailbox, {type(fault).__name__}: {fault}"] += 1
            return False
        finally:
            line.close()
            say(1)
        return True

    with ThreadPoolExecutor(4) as people:
        return sum(people.map(one, run.receipts))


def derivation_cpu() -> float:
    """CPU seconds of one key derivation, in this thread."""
    before = time.thread_time()
    receipts.derive(receipts.new_receipt(), pepper=bytes(32), salt=bytes(16))
    return time.thread_time() - before


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that this share of all does not exceed; not a number where there are none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def stored_whole(name: str, run: Run, opened: int | None, uneven: int, reports: int) -> list[Bar]:
    """The bars of every run: all stored, once, whole; nobody saw an error; each receipt opens its mailbox."""
    stored = run.stored
    assert stored is not None
    refused = sum(count for status, count in run.tally.statuses.items() if status >= 400)
    errors = max(run.faults.total(), refused)  # most refusals are a reporter's fault too: count each once
    rows = f"{stored.case} cases, {stored.receipt} receipts, {stored.rung} rungs, {stored.content} contents"
    whole = stored.case == stored.receipt == reports and stored.rung == 6 * reports and not uneven
    bars = [
        Bar(f"{name}: stored, none twice", rows, f"{reports} whole, 0 uneven (are {uneven})", whole),
        Bar(f"{name}: errors seen", f"{errors}", "0", errors == 0 and len(run.seconds) == reports),
    ]
    if opened is not None:
        bars.append(Bar(f"{name}: receipts that open a mailbox", str(opened), str(reports), opened == reports))
    return bars


def measure(zone: Zone, progress: Progress) -> list[Bar]:
    def step(words: str, total: float) -> Callable[[int], None]:
        bar: TaskID = progress.add_task(words, total=total)
        return lambda done: progress.advance(bar, done)

    alone = percentile([derivation_cpu() for _ in range(10)], 0.5)
    bars, peak = [], 0
    for name, cut in ((f"{AT_ONCE} at once", 0.0), (f"{AT_ONCE} at once, answers cut off", CUT_SHARE)):
        with zone.watched() as memory:
            run = at_once(zone, step(name, AT_ONCE), cut=cut)
            opened = all_open(zone, run, step("… each opens its mailbox", len(run.receipts)))
        peak = max(peak, *memory)
        bars += stored_whole(name, run, opened, zone.uneven(), AT_ONCE)
        tell_run(name, run)
    name, before = f"{STEADY} for {SECONDS:.0f} s", zone.stored()
    with zone.watched() as memory:
        steady = steadily(zone, step(name, RUN_UP + SECONDS))
    peak = max(peak, *memory)
    run, rate = steady.run, steady.rate
    run.stored = zone.stored().since(before)
    tell_run(name, run)
    reports = len(run.seconds)
    each = steady.cpu / max(reports, 1)
    console.print(
        f"  one derivation: {alone * 1000:.0f} ms of CPU alone, {steady.derivation * 1000:.0f} ms during this run; "
        f"others on this machine used {steady.others:.0%} of its cores\n"
        f"  CPU for one report: zone {each * 1000:.0f} ms, "
        f"databases {steady.databases / max(reports, 1) * 1000:.0f} ms, "
        f"load {steady.load / max(reports, 1) * 1000:.0f} ms (in it the derivations to compare with)"
    )
    bars += stored_whole(name, run, None, zone.uneven(), reports)
    bars += [
        Bar(f"{name}: complete reports a second", f"{rate:.2f}", f"≥ {LEAST_PER_SECOND}", rate >= LEAST_PER_SECOND),
        Bar(
            "CPU of the zone for one report",
            f"{each * 1000:.0f} ms = {each / steady.derivation:.2f} × derivation, {steady.derivation * 1000:.0f} ms",
            f"≤ {MOST_DERIVATIONS} ×",
            each <= MOST_DERIVATIONS * steady.derivation,
        ),
        Bar("Peak memory of the zone", f"{peak / 1e6:.0f} MB", f"≤ {MOST_MEMORY / 1e6:.0f} MB", peak <= MOST_MEMORY),
    ]
    console.print(beside_globaleaks(run, rate, each, peak))
    return bars


def tell_run(name: str, run: Run) -> None:
    tally = run.tally
    console.print(
        f"{name}: {len(run.seconds)} reports, p50 {percentile(run.seconds, 0.5):.2f} s, "
        f"p95 {percentile(run.seconds, 0.95):.2f} s; {len(tally.seconds)} requests, "
        f"p50 {percentile(tally.seconds, 0.5) * 1000:.0f} ms, p95 {percentile(tally.seconds, 0.95) * 1000:.0f} ms; "
        f"statuses {dict(sorted(tally.statuses.items()))}, {tally.cut} answers cut off, "
        f"{tally.reconnects} idle connections opened anew"
    )
    for fault, count in run.faults.most_common(FIRST_FAULTS):
        console.print(f"  {count} × {fault}", markup=False)


def beside_globaleaks(run: Run, rate: float, each: float, peak: int) -> Table:
    table = Table("full flow, two cores", "reports/s", "p50 s", "p95 s", "lost", "memory", title="Beside GlobaLeaks")
    for people, (speed, middle, slow, lost, memory) in GLOBALEAKS.items():
        table.add_row(
            f"GlobaLeaks 5.0.15, {people} at once", f"{speed:.2f}", f"{middle:.2f}", f"{slow:.1f}", f"{lost:.0%}",
            f"{memory / 1e6:.0f} MB",
        )  # fmt: skip
    stored = run.stored.case if run.stored else 0
    lost = 1 - stored / max(len(run.seconds) + run.faults.total(), 1)
    table.add_row(
        f"ours, {STEADY} at once", f"{rate:.2f}", f"{percentile(run.seconds, 0.5):.2f}",
        f"{percentile(run.seconds, 0.95):.1f}", f"{lost:.0%}", f"{peak / 1e6:.0f} MB",
    )  # fmt: skip
    table.caption = (
        f"CPU of ours for a report: {each:.2f} s; one derivation of GlobaLeaks: {GLOBALEAKS_DERIVATION} s. "
        "GlobaLeaks was measured at another time: read the ratio."
    )
    return table


def table_of(bars: Sequence[Bar]) -> Table:
    table = Table("what", "measured", "bar", "", title="Bars")
    for bar in bars:
        table.add_row(bar.what, bar.measured, bar.demanded, "holds" if bar.holds else "DOES NOT HOLD")
    return table


def main() -> int:
    started = time.monotonic()
    console.print("Setting up: two clusters, tables, policy, a made-up register, a key ceremony …")
    zone = Zone("bench")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        zone.start_behind_proxy()
        with Progress(*columns, console=console) as progress:
            bars = measure(zone, progress)
    finally:
        zone.stop()
    console.print(table_of(bars))
    held = all(bar.holds for bar in bars)
    console.print(f"{'All bars hold' if held else 'NOT all bars hold'}. {time.monotonic() - started:.0f} s.")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
