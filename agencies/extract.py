"""An extract from the register: the whole history of one licence, as it can be laid before a court.

Every event in the order in which it was recorded, with both times, its grounds, and who decided in which capacity;
what lay over the licence (conditions, points, appeals) version by version; and how the licence stood from day to
day, by what is known now. A fixed number of queries. ``whole`` adds what is the regulator's and the holder's alone.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from agencies.licensing import EventKind, EventValue, State, fold
from agencies.models import Appeal, Condition, Kept, Licence, LicenceEvent, Points, ShowCause, Standard
from recruitment_watch import clock

Fact = dict[str, Any]
K = TypeVar("K", bound=Kept)
#: More about one event, from who knows more.
More = Callable[[LicenceEvent], Sequence[Fact]]


@dataclass(frozen=True, slots=True)
class Part:
    """One numbered part of the extract. ``facts`` are for ``_components/facts.html``; ``note``: what became of it."""

    title: str
    facts: Sequence[Fact]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Extract:
    """All that the page says. ``course`` is (first day, last day or None, words)."""

    licence: Licence
    drawn_up: datetime.datetime
    head: Sequence[Fact]
    events: Sequence[Part]
    around: Sequence[tuple[str, Sequence[Part]]]
    course: Sequence[tuple[datetime.date, datetime.date | None, str]] = field(default=())


def extract(licence: Licence, *, whole: bool = False, more: More | None = None) -> Extract:
    """The extract of one licence as of now. Reads the licence's own database; five queries, six when ``whole``."""
    events = list(LicenceEvent.objects.filter(licence=licence).order_by("position"))
    appeals = _versions(Appeal, licence)
    titles = dict(Standard.objects.filter(register=licence.register_id).values_list("code", "title"))
    kinds: list[tuple[str, Sequence[Part]]] = [
        (_("Appeals"), [_appeal(row, events) for row in appeals]),
        (_("Conditions"), [_condition(row) for row in _versions(Condition, licence)]),
        (_("Points"), [_points(row, titles) for row in _versions(Points, licence)]),
    ]
    if whole:
        asked = [_question(row, titles) for row in _versions(ShowCause, licence)]
        kinds.append((_("Questions to the holder before a decision"), asked))
    return Extract(
        licence=licence,
        drawn_up=clock.now(),
        head=_head(licence),
        events=[_event(event, events, titles, more) for event in events],
        around=[(title, parts) for title, parts in kinds if parts],
        course=_course(licence, events),
    )


def moment(value: datetime.datetime) -> str:
    """A moment to the minute, in universal time."""
    utc = value.astimezone(datetime.UTC)
    facts = {"date": date_format(utc.date(), "DATE_FORMAT"), "time": utc.strftime("%H:%M")}
    return _("%(date)s, %(time)s UTC") % facts


def _day(value: datetime.date | None) -> str:
    return date_format(value, "DATE_FORMAT") if value else ""


def _versions(model: type[K], licence: Licence) -> list[K]:
    return list(model._default_manager.filter(licence=licence).order_by("recorded_at", "thing", "version"))


def _head(licence: Licence) -> list[Fact]:
    agency = licence.agency
    period = {"first": _day(licence.valid_from), "last": _day(licence.valid_to)}
    return _said(
        (_("Licence number"), licence.number),
        (_("Holder"), agency.name),
        (_("Person or company behind it"), agency.operator.name if agency.operator else ""),
        (_("Granted for"), _("%(first)s to %(last)s") % period),
        (_("Register"), agency.register.name),
        (_("Kept by"), agency.register.regulator),
    )


def _event(event: LicenceEvent, events: Sequence[LicenceEvent], titles: Mapping[str, str], more: More | None) -> Part:
    state = State(event.to_state).label if event.to_state else _("Struck from the record")
    kind = EventKind(event.kind)
    title = str(state) if kind == EventKind.DECISION else f"{kind.label}: {state}"
    about = _of(events, event.corrects_id or event.overturns_id)
    facts = _said(
        (_("Decision number"), event.decision_number),
        (_("About decision"), about.decision_number if about else ""),
        (_("In force from"), _day(event.effective_from)),
        (_("Decided on"), _day(event.decided_on)),
        (_("Decided by, as licensing officer"), event.decided_by),
        (_("Approved by, as second officer"), _approved(event)),
        (_("Legal basis"), event.legal_basis),
        (_("Reasons"), event.reasons),
        (_("Reason codes"), ", ".join(event.reason_codes)),
    )
    facts += _lines(_("Standards broken"), event.standards, titles)
    facts += _said(
        (_("Recorded"), moment(event.recorded_at)),
        (_("Published on"), _day(event.published_on)),
        (_("Appeal possible until"), _day(event.appeal_deadline)),
    )
    return Part(title, [*facts, *(more(event) if more else ())], _fate(event, events))


def _approved(event: LicenceEvent) -> str:
    if not event.second_approver:
        return ""
    facts = {"name": event.second_approver, "date": _day(event.second_approved_on)}
    return _("%(name)s, on %(date)s") % facts


def _fate(event: LicenceEvent, events: Iterable[LicenceEvent]) -> str:
    """What later events made of this one, in their order."""
    said = []
    for later in events:
        facts = {"number": later.decision_number, "date": _day(later.effective_from)}
        if later.corrects_id == event.pk:
            said.append(_("Corrected by %(number)s.") % facts)
        elif later.overturns_id == event.pk and later.kind == EventKind.STAY:
            said.append(_("Stayed by %(number)s from %(date)s.") % facts)
        elif later.overturns_id == event.pk and later.kind == EventKind.STAY_ENDED:
            said.append(_("This stay was ended by %(number)s from %(date)s.") % facts)
        elif later.overturns_id == event.pk:
            said.append(_("Overturned on appeal by %(number)s from %(date)s.") % facts)
    return " ".join(said)


def _kept(row: Kept) -> list[Fact]:
    """What all versions say: which, since when, known since when, by whom, why."""
    return _said(
        (_("Version"), str(row.version)),
        (_("In force from"), _day(row.effective_from)),
        (_("Decision number"), row.decision_number),
        (_("Entered by, as licensing officer"), row.entered_by),
        (_("Approved by, as second officer"), row.second_approver),
        (_("Reasons"), row.reasons),
        (_("Recorded"), moment(row.recorded_at)),
    )


def _appeal(row: Appeal, events: Sequence[LicenceEvent]) -> Part:
    against, outcome = _of(events, row.event_id), _of(events, row.outcome_event_id)
    facts = _said(
        (_("Before"), row.body),
        (_("Against decision"), against.decision_number if against else ""),
        (_("Decided by"), outcome.decision_number if outcome else ""),
    )
    return Part(str(row.get_outcome_display()), [*facts, *_kept(row)])


def _condition(row: Condition) -> Part:
    facts = _said((_("Condition"), row.text), (_("To be met by"), _day(row.deadline)))
    return Part(str(row.get_outcome_display()), [*facts, *_kept(row)])


def _points(row: Points, titles: Mapping[str, str]) -> Part:
    title = _("%(points)d points") % {"points": row.points}
    facts = _said((_("Count until"), _day(row.expires_on)))
    return Part(_ended(row, title), [*facts, *_lines(_("Standards broken"), row.standards, titles), *_kept(row)])


def _question(row: ShowCause, titles: Mapping[str, str]) -> Part:
    facts = _said(
        (_("Held against the holder"), row.allegation),
        (_("Answer by"), _day(row.answer_by)),
        (_("The holder's answer"), row.answer),
        (_("Answered on"), _day(row.answered_on)),
    )
    rest = _lines(_("Standards"), row.standards, titles)
    return Part(_ended(row, _("Asked to answer")), [*facts, *rest, *_kept(row)])


def _ended(row: Kept, title: str) -> str:
    return _("%(what)s: ended") % {"what": title} if row.ended else title


def _course(licence: Licence, events: Sequence[LicenceEvent]) -> list[tuple[datetime.date, datetime.date | None, str]]:
    """How the licence stood, from its first event to the last change that is known of, also one to come."""
    values = [EventValue.of(event) for event in events]
    after = licence.valid_to + datetime.timedelta(days=1)
    days = sorted({value.effective_from for value in values} | {after})
    found: list[tuple[datetime.date, State | None]] = []
    for day in days:
        state = fold(values, valid_to=licence.valid_to, on=day).state
        if not found or found[-1][1] != state:
            found.append((day, state))
    ends = [day - datetime.timedelta(days=1) for day, _state in found[1:]]
    return [
        (day, end, str(state.label))
        for (day, state), end in zip(found, [*ends, None], strict=True)
        if state is not None
    ]


def _of(events: Iterable[LicenceEvent], key: uuid.UUID | None) -> LicenceEvent | None:
    return next((event for event in events if event.pk == key), None)


def _lines(label: str, codes: Iterable[str], titles: Mapping[str, str]) -> list[Fact]:
    lines = [f"{code} {titles.get(code, '')}".strip() for code in codes]
    return [{"label": label, "lines": lines}] if lines else []


def _said(*pairs: tuple[str, str]) -> list[Fact]:
    return [{"label": label, "value": value} for label, value in pairs if value]
