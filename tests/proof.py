"""How a test proves a rule of the firewall: small in `make test`, at full size in `make prove`, the same code.

    @pytest.mark.proof
    def test_ghost_keys_are_refused(proof):
        p = proof(8, "exchanged office keys", bar="100 % refused", small=20, full=2000)
        refused = sum(is_refused(key) for key in p.over(keys(p.size)))
        p.found(f"{refused} of {p.size} refused", control=f"{taken} of 20 genuine taken", held=refused == p.size)

`number` is that of FIREWALL section 4; those of the licence law begin at 101. The control is the same check with the
guard removed, or with what the guard must let through: its figure stands beside, and `held` must count it in.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
REPORT = "RW_PROOF_REPORT"
FULL = os.environ.get("RW_PROOF_SIZE") == "full"


@dataclass
class Proof:
    """One row of the table that `make prove` prints; several rows may share a number."""

    number: int
    title: str
    bar: str
    size: int
    started: float = field(default_factory=time.monotonic)

    def over(self, items: Iterable[T], total: int | None = None) -> Iterator[T]:
        """The items, with progress told; `total` defaults to the size."""
        for done, item in enumerate(items):
            self.at(done, total or self.size)
            yield item

    def at(self, done: int, total: int | None = None) -> None:
        """Say how far it is, where there is no loop to wrap."""
        _write({"number": self.number, "title": self.title, "done": done, "total": total or self.size})

    def found(self, figure: str, *, control: str, held: bool) -> None:
        """Put the row into the table, and fail the test unless it held."""
        seconds = time.monotonic() - self.started
        row = {"number": self.number, "title": self.title, "bar": self.bar, "figure": figure, "control": control}
        _write(row | {"held": held, "seconds": seconds})
        assert held, f"proof {self.number}, {self.title}: {figure} (bar: {self.bar}; control: {control})"


def proof(number: int, title: str, *, bar: str, small: int, full: int) -> Proof:
    """Begin a proof; its `size` is what this run is to use."""
    found = Proof(number, title, bar, full if FULL else small)
    found.at(0)
    return found


def _write(row: dict[str, object]) -> None:
    if told := os.environ.get(REPORT):
        with Path(told).open("a") as report:  # one short line an append: several processes may write
            report.write(json.dumps(row) + "\n")
