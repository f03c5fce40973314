"""How well the telltales are found, by language: `python -m tests.intake.telltales_table`; with `times`, how fast.

The sentences were written before the patterns; those marked as held were looked at once, when the patterns were done.
All numbers are made up, or of ranges kept for tests (Ofcom's and ARCEP's drama numbers, 555-01xx, ICAO's UTO).
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from complaints.intake.telltales import Telltale, find

SENTENCES = Path(__file__).with_name("telltale_sentences.json")
SLACK = 3  # letters that a place found may be longer on either side than the number itself
# What a bad pattern would choke on, to 10,000 letters each.
HARD = (
    "1 ", "11 22 33 44 ", "123 ", "1, ", "1.", "1-", "9 99 ", "1", "a", "a1", "a1 ", "(", "+", "+1", "@", "a@", "a.",
    "a@a.a.", "<", "a<", "p<<", "no ", "passport ", "passport 1234567 ", "55123456 ", "0551234567 ", "+97455123456 ",
    "12a34b 56c78 ", "784-1990-", "99999999 ", "no 123456 ", "২ ", "পাসপোর্ট ১২৩৪৫৬৭ ", "12/OUKAMA(N)12345 ", "usd 1 ",
)  # fmt: skip


@dataclass(slots=True)
class Score:
    sentences: int = 0
    expected: int = 0
    found: int = 0
    right_kind: int = 0
    false_alarms: int = 0

    def add(self, other: Score) -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def recall(self) -> float:
        return self.found / self.expected if self.expected else 1.0

    @property
    def alarms(self) -> float:
        """False alarms a message."""
        return self.false_alarms / self.sentences

    def line(self, name: str) -> str:
        return (
            f"{name:10}{self.sentences:10}{self.expected:10}{self.recall:10.3f}"
            f"{self.right_kind / max(self.found, 1):10.3f}{self.alarms:14.3f}"
        )


def sentences(*, held: bool) -> list[dict[str, Any]]:
    return [one for one in json.loads(SENTENCES.read_text(encoding="utf-8")) if one["held"] is held]


def score(sentence: dict[str, Any]) -> Score:
    """A number is found if a place covers all of its letters and digits and little else."""
    text = sentence["text"]
    left = find(text)
    result = Score(sentences=1)
    for expected in sentence["expected"]:
        result.expected += 1
        hit = next((told for told in left if _covers(told, text, expected["text"])), None)
        if hit:
            left.remove(hit)
            result.found += 1
            result.right_kind += hit.kind == expected["kind"]
    result.false_alarms = len(left)
    return result


def _covers(told: Telltale, text: str, number: str) -> bool:
    start = text.index(number)
    end = start + len(number)
    inner = [at for at in range(start, end) if text[at].isalnum()]
    return start - SLACK <= told.start <= inner[0] and inner[-1] < told.end <= end + SLACK


def scores(rows: Iterable[dict[str, Any]]) -> dict[str, Score]:
    """By language, and "all"."""
    table: dict[str, Score] = {}
    for row in rows:
        one = score(row)
        for name in (row["language"], "all"):
            table.setdefault(name, Score()).add(one)
    return {name: table[name] for name in sorted(table, key=lambda name: (name == "all", name))}


def lines(*, held: bool) -> Iterator[str]:
    yield "held out" if held else "tuned on"
    yield f"{'':10}{'sentences':>10}{'numbers':>10}{'recall':>10}{'kind':>10}{'false alarms':>14}"
    for name, one in scores(sentences(held=held)).items():
        yield one.line(name)


def times() -> Iterator[str]:
    """Processor time for 10,000 letters: the sentences themselves, then what is hard. The best of three."""
    everything = " ".join(row["text"] for row in sentences(held=False))
    find(everything)  # reads the number plans
    for name, text in (("sentences", everything), *((repr(hard), hard * 10_000) for hard in HARD)):
        best = min(_seconds(text[:10_000]) for _round in range(3))
        yield f"{name:24}{best * 1000:8.1f} ms"


def _seconds(text: str) -> float:
    started = time.process_time()
    find(text)
    return time.process_time() - started


if __name__ == "__main__":
    if "times" in sys.argv:
        print(*times(), sep="\n")
    else:
        print(*lines(held=False), "", *lines(held=True), sep="\n")
