"""What a new list changes: pure comparison of its entries with what the register holds."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agencies.models import ListedStatus, Place
from agencies.registers.base import Entry, RawLine, Refused, Statement
from agencies.states import State


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that goes to quarantine. ``key``: its place key where it could be told."""

    line: RawLine
    reason: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """A place of the register with the newest statement about it."""

    place: Place
    status: ListedStatus


@dataclass(slots=True)
class Plan:
    """Differences between list and register. An entry may be both in ``said`` and in ``contact``."""

    added: list[Entry] = field(default_factory=list)
    said: list[tuple[Held, Entry]] = field(default_factory=list)
    contact: list[tuple[Held, Entry]] = field(default_factory=list)
    confirmed: list[tuple[Held, Entry]] = field(default_factory=list)
    absent: list[Held] = field(default_factory=list)
    stale: int = 0

    @property
    def altered(self) -> int:
        """Places about which the list says something new, or that have another address or telephone."""
        return len({held.place.pk for held, _ in (*self.said, *self.contact)})

    @property
    def changed(self) -> int:
        return len(self.added) + self.altered + len(self.absent)


def part_twice(entries: Iterable[Entry]) -> tuple[list[Entry], list[Refusal]]:
    """Entries that share a key with no other, and the rest refused.

    A repetition is refused and its first row kept; rows that contradict each other are refused all.
    """
    groups: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        groups[entry.place_key].append(entry)
    kept: list[Entry] = []
    refused: list[Refusal] = []
    for key, group in groups.items():
        first = group[0]
        if all(entry == first for entry in group):
            kept.append(first)
            reason, rest = "the same row stands above, in line %d", group[1:]
        else:
            reason, rest = "same name and address as line %d, with other content", group
        for entry in rest:
            other = next(e.line for e in group if e is not entry)
            refused.append(Refusal(entry.line, reason % other.line, key))
    return kept, refused


def compare(
    entries: Iterable[Entry],
    held: Mapping[str, Held],
    *,
    as_of: datetime.date,
    absence: bool,
    present: frozenset[str],
    follow_moves: bool,
) -> Plan:
    """Plan for entries (each key once) against the register's places by key.

    ``absence``: the list is complete, so what is not in it is no longer listed; ``present`` are keys of
    rows that were there and not understood. ``follow_moves``: an agency of which one row vanished and one
    appeared under the same name has moved, and is not two.
    """
    plan = Plan()
    listed = {e.place_key for e in entries} | present
    vanished = [h for k, h in held.items() if k not in listed and not h.status.no_longer_listed]
    moves = _moves(entries, held, vanished) if absence and follow_moves else {}
    for entry in entries:
        known = held.get(entry.place_key) or moves.get(entry.place_key)
        if known is None:
            plan.added.append(entry)
        elif (entry.as_of or as_of) < known.status.as_of:
            plan.stale += 1
        else:
            _compare_one(plan, known, entry, as_of)
    if absence:
        moved = {h.place.pk for h in moves.values()}
        plan.absent = [h for h in vanished if h.place.pk not in moved and h.status.as_of <= as_of]
    return plan


def _compare_one(plan: Plan, known: Held, entry: Entry, as_of: datetime.date) -> None:
    if contact_of(known.place) != contact_of(entry):
        plan.contact.append((known, entry))
    if statement_of(known.status) != entry.statement:
        plan.said.append((known, entry))
    elif known.status.as_of < (entry.as_of or as_of):
        plan.confirmed.append((known, entry))


def _moves(entries: Iterable[Entry], held: Mapping[str, Held], vanished: Iterable[Held]) -> dict[str, Held]:
    """By new key: the place whose name vanished exactly once and appeared exactly once elsewhere."""
    gone: defaultdict[str, list[Held]] = defaultdict(list)
    come: defaultdict[str, list[Entry]] = defaultdict(list)
    for old in vanished:
        gone[old.place.name_key].append(old)
    for entry in entries:
        if entry.place_key not in held:
            come[entry.name_key].append(entry)
    return {
        new[0].place_key: gone[name][0] for name, new in come.items() if len(new) == 1 and len(gone.get(name, ())) == 1
    }


def statement_of(status: ListedStatus) -> Statement | None:
    """What a stored status says, comparable with a new entry's; None for "no longer listed"."""
    if status.no_longer_listed:
        return None
    return Statement(
        state=State(status.state) if status.state else None,
        words=status.words,
        unverified=status.unverified,
        since=status.since,
        since_year=status.since_year,
        ends_on=status.ends_on,
        debarred_permanently=status.debarred_permanently,
    )


def contact_of(source: Place | Entry) -> dict[str, Any]:
    """Address and telephones as columns of Place, comparable and ready to be set."""
    key = source.source_key if isinstance(source, Place) else source.place_key
    return {
        "source_key": key,
        "address": source.address,
        "district": source.district[:200],
        "phones": list(source.phones),
        "phones_raw": source.phones_raw[:300],
        "email": source.email[:300],
    }


def refusal_of(line: RawLine, error: Refused) -> Refusal:
    return Refusal(line, str(error), error.key)
