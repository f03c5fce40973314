"""`make test`: every suite in a process of its own, because Django's settings cannot change inside one.

Ends in `N passed, N failed`. A suite that dies without a report counts as a failure; with CI=true a
skipped test does too, because there nothing may be missing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from recruitment_watch.embedded.home import PROJECT, home
from recruitment_watch.embedded.installation import Installation

ZONES = ("intake", "public", "desk", "worker")
SUITES = ("vault", *ZONES)


@dataclass(frozen=True, slots=True)
class Outcome:
    suite: str
    passed: int
    failed: int
    skipped: int
    seconds: float
    output: str


def run(suite: str, report: Path) -> Outcome:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("RW_", "DJANGO_"))}
    if suite in ZONES:
        environment["RW_ZONE"] = suite
    if told := os.environ.get("RW_VAR"):
        environment["RW_VAR"] = told
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", f"tests/{suite}", "-q", f"--junit-xml={report}", *sys.argv[1:]],
        cwd=PROJECT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    seconds = time.monotonic() - started
    if not report.exists():
        return Outcome(suite, 0, 1, 0, seconds, done.stdout)
    counted = ElementTree.parse(report).getroot().find("testsuite")
    assert counted is not None
    total, failures, errors, skipped = (int(counted.get(k, 0)) for k in ("tests", "failures", "errors", "skipped"))
    failed = failures + errors
    if done.returncode not in (0, 1) or (done.returncode and not failed):
        failed += 1  # pytest itself broke: no tests, a crash, an interruption
    return Outcome(suite, total - failures - errors - skipped, failed, skipped, seconds, done.stdout)


def main() -> int:
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory() as folder:

        def one(suite: str) -> Outcome:
            outcome = run(suite, Path(folder) / f"{suite}.xml")
            print(outcome.output if outcome.failed or outcome.skipped else "", end="")
            print(
                f"{suite:8} {outcome.passed:5} passed {outcome.failed:4} failed {outcome.skipped:4} skipped "
                f"{outcome.seconds:7.1f} s",
                flush=True,
            )
            return outcome

        print("Running the suites, two at a time; the whole processes and the browser come last.", flush=True)
        with ThreadPoolExecutor(max_workers=2) as pool:
            outcomes += pool.map(one, SUITES)
        outcomes.append(one("system"))
    Installation(home() / "tests", durable=False).stop()
    passed, failed, skipped = (sum(getattr(o, name) for o in outcomes) for name in ("passed", "failed", "skipped"))
    if os.environ.get("CI") == "true" and skipped:
        print("CI: a skipped test is a part that is missing here, and counts as failed.")
        failed, skipped = failed + skipped, 0
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
