"""The licence law as a page: drawn from the tables that the code obeys. ``manage.py licence_law`` writes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from django.utils.translation import override

from agencies.states import (
    ADVERSE,
    BEFORE_BOARD,
    DECIDABLE,
    MAY_RECRUIT,
    NEEDS_STANDARDS,
    ON_APPEAL,
    RUNS_OUT,
    SUSPENDED,
    TERMINAL,
    TRANSITIONS,
    WHILE_STAYED,
    State,
)

_START: Final = "[*]"
_HEAD: Final = """\
# The licence law, as the code has it

Written by `manage.py licence_law` from `agencies/states.py`; a test holds this page and the code together.
Change the table there, never here.

**Five layers, kept apart.** An *application* asks for a licence or a renewal. A *licence* has one state on any day; it
follows from its events and is stored nowhere. *Overlays* lie over a state without changing it: conditions, points, a
question to the holder, an appeal, a guarantee that is short. *Flags* belong to the operator and bar every agency of
its. The *public answer* is one sentence: may recruit, may not, or is not in this register.

**Two times.** An event counts from the day it is in force and is known from the moment it was recorded.
`status_on(licence, date, as_known_on=day)` answers for a day with what was known on another. Corrections are new
events; nothing is changed or deleted, and the database refuses both.

**Running out is computed.** On the day after its last day a licence that may be used or is suspended has run out; a
suspension does not stop the calendar, and running out is no escape from being revoked.

**Lifting a suspension** says of each open condition whether it is met, or why it stays.

**A stay holds one decision back.** While it lasts an appeal may take that decision back for good. When it ends without
one, the decision bites again, also where the licence has run out meanwhile (then only if it ended the licence). A new
decision under a stay stands for itself, and after it nothing comes back.
"""


def drawn() -> str:
    """The whole page, in English."""
    with override("en"):
        return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    yield "## What a decision may lead to\n"
    yield "```mermaid"
    yield "stateDiagram-v2"
    yield from _arrows(TRANSITIONS)
    for state in _in_order(RUNS_OUT):
        yield f"    {state} --> {State.EXPIRED}: last day passed"
    yield "```\n"
    yield from _table(TRANSITIONS)
    yield "\n## What an appeal or a stay may lead back to\n"
    yield from _table(ON_APPEAL)
    yield "\n## What each state asks and allows\n"
    yield from _states()


def _arrows(table: Mapping[State | None, frozenset[State]]) -> Iterator[str]:
    for old, news in table.items():
        for new in _in_order(news):
            yield f"    {old or _START} --> {new}"


def _table(table: Mapping[State | None, frozenset[State]] | Mapping[State, frozenset[State]]) -> Iterator[str]:
    columns = _in_order(state for news in table.values() for state in news)
    yield "| from | " + " | ".join(columns) + " |"
    yield "|---|" + ":-:|" * len(columns)
    for old, news in sorted(table.items(), key=lambda row: -1 if row[0] is None else list(State).index(row[0])):
        if news:
            yield f"| {old or 'no licence'} | " + " | ".join("●" if new in news else " " for new in columns) + " |"
    if ends := [old for old, news in table.items() if old is not None and not news]:
        yield f"\nNothing follows {' or '.join(ends)}."


def _states() -> Iterator[str]:
    facts = {
        "may recruit": MAY_RECRUIT,
        "suspended": SUSPENDED,
        "runs out": RUNS_OUT,
        "ends the licence": TERMINAL,
        "by decision": DECIDABLE,
        "second approver": ADVERSE,
        "before the board": BEFORE_BOARD,
        "names standards": NEEDS_STANDARDS,
        "a stay's end meets it": WHILE_STAYED,
    }
    yield "| state | in words | " + " | ".join(facts) + " |"
    yield "|---|---|" + ":-:|" * len(facts)
    for state in State:
        yield f"| {state} | {state.label} | " + " | ".join("●" if state in s else " " for s in facts.values()) + " |"


def _in_order(states: Iterable[State]) -> list[State]:
    return sorted(set(states), key=list(State).index)
