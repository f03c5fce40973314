"""The public answer about an agency, as data: may recruit, may not, or is not in this register.

Templates and other zones put it into words with ``agencies.wording``. A foreign list answers for the day of
the list; only one at most ``FRESH_DAYS`` old may say "today".
"""

from __future__ import annotations

import datetime
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import models
from django.db.models import prefetch_related_objects

from agencies.licensing.history import Histories, Status
from agencies.models import Agency, Licence, LicenceEvent, ListedStatus, OperatorFlag
from agencies.models.kept import standing
from agencies.states import MAY_RECRUIT, RUNS_OUT, State
from recruitment_watch import clock

#: A foreign list older than this many days never says "today".
FRESH_DAYS: Final = 30


class Verdict(models.TextChoices):
    """The three public answers."""

    MAY = "may"
    MAY_NOT = "may_not"
    NOT_LISTED = "not_listed"


class Tense(models.TextChoices):
    """What day the answer speaks of: today, another day decided here, or the date of a list."""

    TODAY = "today"
    ON_DAY = "on_day"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. ``on``: the day asked about. ``as_of``: the list's date, None in the home register.

    ``since``/``until``: first day of the state, last day of the licence. ``words``: the list's own. ``gone``:
    it was on the list and is not any more. ``lapsed``: the list's own end date has passed. ``before_since``:
    the day asked about lies before ``since``, and of that the list says nothing.
    """

    agency_id: uuid.UUID
    register_code: str
    register_name: str
    country: str
    verdict: Verdict
    tense: Tense
    on: datetime.date
    as_of: datetime.date | None = None
    state: State | None = None
    words: str = ""
    unverified: bool = False
    since: datetime.date | None = None
    since_year: int | None = None
    until: datetime.date | None = None
    barred: bool = False
    gone: bool = False
    lapsed: bool = False
    regulator: str = ""
    before_since: bool = False
    licence_id: uuid.UUID | None = None
    number: str = ""
    event_id: uuid.UUID | None = None
    reasons: str = ""
    standards: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """For the status component: may, may_not, not_listed, or list_said where an old list allows it."""
        if self.tense == Tense.LIST and self.verdict == Verdict.MAY:
            return "list_said"
        return str(self.verdict)


def answer_for(
    agency: Agency,
    *,
    on: datetime.date | None = None,
    today: datetime.date | None = None,
    as_known_on: datetime.date | None = None,
) -> Answer:
    """The answer about one agency for a day (today when None). Reads the agency's own database."""
    return answers_for([agency], on=on, today=today, as_known_on=as_known_on)[agency.pk]


def answers_for(
    agencies: Iterable[Agency],
    *,
    on: datetime.date | None = None,
    today: datetime.date | None = None,
    as_known_on: datetime.date | None = None,
) -> dict[uuid.UUID, Answer]:
    """Answers by agency key. At most three queries when ``register`` is already there."""
    found = list(agencies)
    today = today or clock.today()
    return _Files.of(found).answers(found, on=on or today, today=today, as_known_on=as_known_on)


def answers_over(
    agency: Agency, first: datetime.date, last: datetime.date, *, today: datetime.date | None = None
) -> list[Answer]:
    """The answers about one agency from one day to another: for the first, and for each on which it can change.

    No more queries than for one day.
    """
    files, today = _Files.of([agency]), today or clock.today()
    days = [first, *sorted(day for day in files.turns() if first < day <= last)]
    return [files.answers([agency], on=day, today=today)[agency.pk] for day in days]


# By hand, for it is asked for on each page about an agency: put together by the ORM it costs several times as much.
_LICENCE = ("agency_id", "number", "valid_from", "valid_to")
_EVENTS = f"""
    SELECT event.*, {", ".join(f"licence.{column}" for column in _LICENCE)}
      FROM agencies_licenceevent event JOIN agencies_licence licence ON licence.id = event.licence_id
     WHERE licence.agency_id = ANY(%s)
     ORDER BY event.position
"""


def _licence_of(event: LicenceEvent) -> Licence:
    """What the query above says of an event's licence; all else of it is read where somebody asks."""
    said = [event.licence_id, *(getattr(event, column) for column in _LICENCE)]
    return Licence.from_db(event._state.db, ["id", *_LICENCE], said)


@dataclass(frozen=True, slots=True)
class _Files:
    """All that the answers about some agencies rest on, for any day."""

    licences: dict[uuid.UUID, list[Licence]]
    histories: Histories
    listed: dict[uuid.UUID, list[ListedStatus]]
    flags: dict[uuid.UUID, list[OperatorFlag]]

    @classmethod
    def of(cls, agencies: list[Agency]) -> _Files:
        prefetch_related_objects(agencies, "register")
        home = [a for a in agencies if a.register.is_home]
        lists = [a for a in agencies if not a.register.is_home]
        using = agencies[0]._state.db if agencies else None
        # A licence has no answer before its first event, so that the events bring all licences that count.
        events = LicenceEvent.objects.using(using).raw(_EVENTS, [[a.pk for a in home]])
        histories = Histories.made(events if home else ())
        one_each = {row.licence_id: row for row in histories.rows.values()}
        rows = ListedStatus.objects.using(using).filter(agency__in=lists) if lists else ListedStatus.objects.none()
        licences: defaultdict[uuid.UUID, list[Licence]] = defaultdict(list)
        listed: defaultdict[uuid.UUID, list[ListedStatus]] = defaultdict(list)
        for licence in map(_licence_of, one_each.values()):
            licences[licence.agency_id].append(licence)
        for row in rows.order_by("first_as_of", "recorded_at"):
            listed[row.agency_id].append(row)
        return cls(licences, histories, listed, _flags(using, {a.operator_id for a in agencies if a.operator_id}))

    def answers(
        self,
        agencies: list[Agency],
        *,
        on: datetime.date,
        today: datetime.date,
        as_known_on: datetime.date | None = None,
    ) -> dict[uuid.UUID, Answer]:
        """By agency key."""
        return {
            a.pk: self._home(a, on=on, today=today, as_known_on=as_known_on)
            if a.register.is_home
            else _list_answer(a, self._said(a, on), on=on, today=today)
            for a in agencies
        }

    def turns(self) -> set[datetime.date]:
        """The days on which something begins, or has ended the day before."""
        found = {event.effective_from for event in self.histories.rows.values()}
        spans: list[tuple[datetime.date, datetime.date | None]]
        spans = [(one.valid_from, one.valid_to) for licences in self.licences.values() for one in licences]
        spans += [(one.effective_from, one.until) for flags in self.flags.values() for one in flags]
        for begins, ends in spans:
            found |= {begins, _day_after(ends)} if ends else {begins}
        return found

    def _home(
        self, agency: Agency, *, on: datetime.date, today: datetime.date, as_known_on: datetime.date | None
    ) -> Answer:
        licences = self.licences.get(agency.pk, [])
        statuses = {x.pk: self.histories.status(x, on, as_known_on=as_known_on) for x in licences}
        told, barred = _telling(licences, statuses), self._barred(agency, on, as_known_on)
        return _home_answer(agency, told, self.histories.rows, on=on, today=today, barred=barred)

    def _barred(self, agency: Agency, on: datetime.date, as_known_on: datetime.date | None) -> bool:
        rows = self.flags.get(agency.operator_id, []) if agency.operator_id else []
        stand = standing(rows, on=on, as_known_on=as_known_on)
        return any(x.kind == OperatorFlag.Kind.DEBARRED and (x.until is None or x.until >= on) for x in stand)

    def _said(self, agency: Agency, on: datetime.date) -> list[ListedStatus]:
        places: dict[uuid.UUID, ListedStatus] = {}
        for row in self.listed.get(agency.pk, ()):
            # Oldest first: the last statement begun by that day stays, and the first one where none had begun.
            if row.place_id not in places or row.first_as_of <= on:
                places[row.place_id] = row
        return list(places.values())


def _telling(licences: list[Licence], statuses: dict[uuid.UUID, Status]) -> tuple[Licence, Status] | None:
    """The licence that answers for its agency: one in force before all others, then the newest status."""
    known = [(x, statuses[x.pk]) for x in licences if statuses[x.pk].state is not None]
    return max(known, key=lambda pair: (pair[1].may_recruit, pair[1].since, pair[0].valid_to), default=None)


def _home_answer(
    agency: Agency,
    chosen: tuple[Licence, Status] | None,
    events: dict[uuid.UUID, LicenceEvent],
    *,
    on: datetime.date,
    today: datetime.date,
    barred: bool,
) -> Answer:
    tense = Tense.TODAY if on == today else Tense.ON_DAY
    register = agency.register
    if chosen is None:
        return Answer(agency.pk, register.code, register.name, agency.country, Verdict.NOT_LISTED, tense, on)
    licence, status = chosen
    event = events.get(status.event_id) if status.event_id else None
    told = event if event and status.state == event.to_state else None
    return Answer(
        agency.pk,
        register.code,
        register.name,
        agency.country,
        Verdict.MAY if status.may_recruit and not barred else Verdict.MAY_NOT,
        tense,
        on,
        state=status.state,
        since=status.since,
        until=licence.valid_to,
        barred=barred,
        licence_id=licence.pk,
        number=licence.number,
        event_id=status.event_id,
        reasons=told.reasons if told else "",
        standards=tuple(told.standards) if told else (),
    )


def _day_after(day: datetime.date) -> datetime.date:
    """The next day; the last day of the calendar, which some write for "no end", has none."""
    return day if day == datetime.date.max else day + datetime.timedelta(days=1)


def _flags(using: str | None, operators: set[uuid.UUID]) -> dict[uuid.UUID, list[OperatorFlag]]:
    found: defaultdict[uuid.UUID, list[OperatorFlag]] = defaultdict(list)
    for row in OperatorFlag.objects.using(using).filter(operator__in=operators) if operators else ():
        found[row.operator_id].append(row)
    return found


def _list_answer(agency: Agency, said: list[ListedStatus], *, on: datetime.date, today: datetime.date) -> Answer:
    register = agency.register
    row = max(said, key=lambda r: (not r.no_longer_listed, _allows(r, on), r.as_of), default=None)
    if row is None:
        return Answer(
            agency.pk,
            register.code,
            register.name,
            agency.country,
            Verdict.NOT_LISTED,
            Tense.LIST,
            on,
            as_of=register.as_of,
        )
    age = (today - row.as_of).days
    lapsed = _lapsed(row, on)
    since = row.since
    if lapsed and row.ends_on:
        since = row.ends_on + datetime.timedelta(days=1)
    return Answer(
        agency.pk,
        register.code,
        register.name,
        agency.country,
        _verdict(row, on),
        Tense.TODAY if on == today and 0 <= age <= FRESH_DAYS else Tense.LIST,
        on,
        as_of=row.as_of,
        state=State.EXPIRED if lapsed else (State(row.state) if row.state else None),
        words=row.words,
        unverified=row.unverified,
        since=since,
        since_year=row.since_year,
        until=row.ends_on,
        barred=row.debarred_permanently,
        gone=row.no_longer_listed,
        lapsed=lapsed,
        regulator=register.regulator,
        before_since=since is not None and on < since,
    )


def _lapsed(row: ListedStatus, on: datetime.date) -> bool:
    return row.state in RUNS_OUT and row.ends_on is not None and row.ends_on < on


def _allows(row: ListedStatus, on: datetime.date) -> bool:
    return row.state in MAY_RECRUIT and not _lapsed(row, on) and not row.debarred_permanently


def _verdict(row: ListedStatus, on: datetime.date) -> Verdict:
    if row.no_longer_listed:
        return Verdict.NOT_LISTED
    return Verdict.MAY if _allows(row, on) else Verdict.MAY_NOT
