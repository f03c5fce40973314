"""The legal status of a licence on any day, as known on any day: computed from its events, never stored.

``fold`` is the pure core. Its rules (DOMAIN.md 2):

* an event counts from ``effective_from``, and is known from ``recorded_at``;
* a correction takes the place of the event it corrects, an empty one strikes it out;
* events take effect in the order of their effective dates, and one that may not follow the state it meets
  (a suspension dated after a revocation that was backdated) has no effect;
* a stay holds one decision back: an appeal may then still take that decision back for good, and when the stay
  ends without one, the decision bites again. A new decision while the stay lasts stands for itself: after it
  there is nothing more to come back;
* a licence that may be used, or is suspended, has EXPIRED on the day after its last day.
"""

from __future__ import annotations

import datetime
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from agencies.models.licence import Licence, LicenceEvent
from agencies.states import MAY_RECRUIT, RUNS_OUT, EventKind, State, allowed


@dataclass(frozen=True, slots=True)
class EventValue:
    """What the fold needs of an event. ``to_state`` is None where a correction strikes an event out."""

    id: uuid.UUID
    position: int
    kind: EventKind
    to_state: State | None
    effective_from: datetime.date
    recorded_on: datetime.date
    corrects: uuid.UUID | None = None
    overturns: uuid.UUID | None = None

    @classmethod
    def of(cls, event: LicenceEvent) -> EventValue:
        return cls(
            id=event.id,
            position=event.position,
            kind=EventKind(event.kind),
            to_state=State(event.to_state) if event.to_state else None,
            effective_from=event.effective_from,
            recorded_on=event.recorded_at.astimezone(datetime.UTC).date(),
            corrects=event.corrects_id,
            overturns=event.overturns_id,
        )


@dataclass(frozen=True, slots=True)
class Status:
    """State on a day, since which day, by which event. ``state`` is None before there was a licence."""

    state: State | None = None
    since: datetime.date | None = None
    event_id: uuid.UUID | None = None

    @property
    def may_recruit(self) -> bool:
        return self.state in MAY_RECRUIT

    def run_out(self, *, valid_to: datetime.date, on: datetime.date) -> Status:
        """The same status seen on ``on``: EXPIRED where the licence's last day lies before it."""
        if self.state in RUNS_OUT and on > valid_to:
            return Status(State.EXPIRED, valid_to + datetime.timedelta(days=1), self.event_id)
        return self


@dataclass(frozen=True, slots=True)
class _Standing:
    """An event in its last known wording, at the place of the event that it corrects."""

    event: EventValue
    root: EventValue


def standing(events: Iterable[EventValue], *, as_known_on: datetime.date | None) -> list[_Standing]:
    """Events as corrected by what was recorded up to the end of that day (UTC), in order of effect."""
    known = {e.id: e for e in events if as_known_on is None or e.recorded_on <= as_known_on}

    def root_of(event: EventValue) -> EventValue:
        while event.corrects in known:
            event = known[event.corrects]
        return event

    latest: dict[uuid.UUID, _Standing] = {}
    for event in sorted(known.values(), key=lambda e: e.position):
        root = root_of(event)
        latest[root.id] = _Standing(event, root)
    return sorted(latest.values(), key=lambda s: (s.event.effective_from, s.root.position))


def fold(
    events: Iterable[EventValue],
    *,
    valid_to: datetime.date,
    on: datetime.date,
    as_known_on: datetime.date | None = None,
) -> Status:
    """Status on ``on`` from all events of a licence, in any order; ``as_known_on`` None: all of them."""
    return course(events, valid_to=valid_to, on=on, as_known_on=as_known_on).status.run_out(valid_to=valid_to, on=on)


@dataclass(frozen=True, slots=True)
class Course:
    """Where a history has come to: the status, the first wording of the event in force, and what it holds back.

    ``stays`` and ``stayed`` are the first wording and the state of the decision that a stay in force holds back.
    """

    status: Status = Status()
    root: uuid.UUID | None = None
    stays: uuid.UUID | None = None
    stayed: State | None = None

    def answerable(self, kind: EventKind) -> frozenset[uuid.UUID]:
        """The decisions that an appeal, a stay or a stay's end may name now (as first worded)."""
        if kind == EventKind.STAY_ENDED:
            return frozenset({self.root} if self.root and self.stays else ())
        if self.stays:
            return frozenset({self.stays} if kind == EventKind.APPEAL else ())
        return frozenset({self.root} if self.root else ())

    def then(self, event: EventValue, root: EventValue, *, valid_to: datetime.date) -> Course:
        """After this event; unchanged where it may not follow."""
        to = event.to_state
        met = self.status.run_out(valid_to=valid_to, on=event.effective_from)
        if to is None or not allowed(met.state, to, root.kind, stayed=self.stayed):
            return self
        if root.overturns is not None and root.overturns not in self.answerable(root.kind):
            return self
        status = Status(to, event.effective_from, event.id)
        if root.kind == EventKind.STAY:
            return Course(status, root.id, stays=root.overturns, stayed=met.state)
        return Course(status, self.stays if root.kind == EventKind.STAY_ENDED else root.id)


def course(
    events: Iterable[EventValue],
    *,
    valid_to: datetime.date,
    on: datetime.date,
    as_known_on: datetime.date | None = None,
) -> Course:
    """The course of a licence up to ``on``, before it is asked whether it has run out by then."""
    came = Course()
    for item in standing(events, as_known_on=as_known_on):
        if item.event.effective_from <= on:
            came = came.then(item.event, item.root, valid_to=valid_to)
    return came


def course_on(licence: Licence, date: datetime.date, *, as_known_on: datetime.date | None = None) -> Course:
    """The course of one licence up to a day. One query."""
    events = LicenceEvent.objects.using(licence._state.db).filter(licence_id=licence.pk)
    return course(map(EventValue.of, events), valid_to=licence.valid_to, on=date, as_known_on=as_known_on)


def status_on(licence: Licence, date: datetime.date, *, as_known_on: datetime.date | None = None) -> Status:
    """Status of one licence on a day. One query, on the database that the licence came from."""
    events = LicenceEvent.objects.using(licence._state.db).filter(licence_id=licence.pk)
    return fold(map(EventValue.of, events), valid_to=licence.valid_to, on=date, as_known_on=as_known_on)


@dataclass(frozen=True, slots=True)
class Histories:
    """All events of some licences: for folding, by licence; and as rows, by their own keys."""

    values: dict[uuid.UUID, list[EventValue]]
    rows: dict[uuid.UUID, LicenceEvent]

    @classmethod
    def of(cls, licences: Iterable[Licence]) -> Histories:
        """One query, on the database that the licences came from."""
        found = list(licences)
        using = found[0]._state.db if found else None
        return cls.made(LicenceEvent.objects.using(using).filter(licence_id__in=[x.pk for x in found]) if found else [])

    @classmethod
    def made(cls, events: Iterable[LicenceEvent]) -> Histories:
        """From events that are there already: all of each licence."""
        rows = {row.pk: row for row in events}
        values: defaultdict[uuid.UUID, list[EventValue]] = defaultdict(list)
        for row in rows.values():
            values[row.licence_id].append(EventValue.of(row))
        return cls(values, rows)

    def status(self, licence: Licence, on: datetime.date, *, as_known_on: datetime.date | None = None) -> Status:
        """Status of one of the licences on a day."""
        return fold(self.values.get(licence.pk, ()), valid_to=licence.valid_to, on=on, as_known_on=as_known_on)


def statuses_on(
    licences: Iterable[Licence], date: datetime.date, *, as_known_on: datetime.date | None = None
) -> dict[uuid.UUID, Status]:
    """Status of many licences by key: two queries for a queryset, one for a list."""
    found = list(licences)
    histories = Histories.of(found)
    return {x.pk: histories.status(x, date, as_known_on=as_known_on) for x in found}
