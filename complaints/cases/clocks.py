"""How long an office has, in its own working days and hours; and how coarsely that is written down.

What a clock means is computed; what is stored is rounded up (FIREWALL rule 5: S1 to the hour, S2 to
the day, S3 and S4 to the week's end), so that a row never tells finer than it may when somebody came
in, and nobody's time is cut short. S1's first clock is four real hours, day or night. While a question
is out the clock stands: the working days that were left go on from the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import Enum
from functools import cache
from types import MappingProxyType
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
from django.utils.translation import get_language, gettext, ngettext

from complaints.vault.retention import week_of
from complaints.vault.statements import OPENING_HOURS
from recruitment_watch import cldr

from .states import Severity, State

HOURS_IN_DANGER = 4


class Stage(Enum):
    ACKNOWLEDGE = "acknowledge"
    ANSWER = "answer"
    DECIDE = "decide"


# What an office owes next while a case is in this state; in a state that is not here no clock runs.
STAGE_OF: Mapping[State, Stage] = MappingProxyType(
    {
        State.FILED: Stage.ACKNOWLEDGE,
        State.RELEASED: Stage.ACKNOWLEDGE,
        State.ACKNOWLEDGED: Stage.ANSWER,
        State.IN_WORK: Stage.DECIDE,
    }
)

# Working days by stage and severity (DOMAIN 3). To acknowledge S1 there are hours instead.
WORKING_DAYS: Mapping[Stage, Mapping[Severity, int]] = MappingProxyType(
    {
        Stage.ACKNOWLEDGE: {Severity.S2: 2, Severity.S3: 10, Severity.S4: 20},
        Stage.ANSWER: {Severity.S1: 2, Severity.S2: 10, Severity.S3: 20, Severity.S4: 30},
        Stage.DECIDE: {Severity.S1: 20, Severity.S2: 60, Severity.S3: 90, Severity.S4: 120},
    }
)


class Calendar(Protocol):
    """Whose days they are: `OfficeFacts` and the model `Office` are such calendars.

    `hours` "08:00-16:30", or "" for an office that counts whole days.
    """

    @property
    def timezone(self) -> str: ...
    @property
    def holidays(self) -> str: ...
    @property
    def hours(self) -> str: ...


def first_due(severity: Severity, start: datetime, office: Calendar | None) -> datetime:
    """When an unopened case is due, as it is stored; `office` None: Monday to Friday, UTC."""
    return due(Stage.ACKNOWLEDGE, severity, start, office)


def due(stage: Stage, severity: Severity, start: datetime, office: Calendar | None) -> datetime:
    """The moment at which a clock that starts at `start` (aware) has run out, as it is stored."""
    return coarse(severity, true_due(stage, severity, start, office))


def true_due(stage: Stage, severity: Severity, start: datetime, office: Calendar | None) -> datetime:
    """The same, exact: never stored. A working day ends when the office closes, or at its midnight.

    The rest of the day on which a clock starts is given for nothing. What comes outside an office's hours has come
    when it next opens.
    """
    if stage is Stage.ACKNOWLEDGE and severity == Severity.S1:
        return start.astimezone(UTC) + timedelta(hours=HOURS_IN_DANGER)  # in a zone it would be wall-clock time
    return _after(WORKING_DAYS[stage][severity], start, office)


def days_left(now: datetime, stored: datetime, office: Calendar | None) -> int:
    """How many of the office's working days, today's rest not counted, a clock that is stored as `stored` has left."""
    if stored > now + timedelta(days=731):  # no clock is so long
        raise ValueError("not a clock of ours")
    left = 0
    while _after(left + 1, now, office) <= stored:
        left += 1
    return left


def resume(severity: Severity, now: datetime, left: int, office: Calendar | None) -> datetime:
    """When a clock is due, as it is stored, that stood with so many working days left and goes on at `now`.

    Never more of them than a case of this band has to decide: it may have become more urgent while its clock stood.
    """
    most = WORKING_DAYS[Stage.DECIDE][severity]
    return coarse(severity, _after(min(max(left, 1), most), now, office))


def at_once(severity: Severity, now: datetime) -> datetime:
    """A clock that has run out, as it is stored: for who does not want to wait for it."""
    return coarse(severity, now) - _STEP[severity]


def coarse(severity: Severity, moment: datetime) -> datetime:
    """`moment` rounded up, in UTC: S1 to the full hour, S2 to midnight, S3 and S4 to the end of Sunday."""
    moment = moment.astimezone(UTC)
    if severity == Severity.S1:
        floor = moment.replace(minute=0, second=0, microsecond=0)
    else:
        floor = datetime.combine(moment.date(), time(), UTC)
        if severity != Severity.S2:
            floor -= timedelta(days=moment.weekday())
    return floor if floor == moment else floor + _STEP[severity]


def week(moment: date | datetime) -> str:
    """The ISO week, "2026-W48"; of a moment, in UTC."""
    return week_of(_day(moment))


def quarter(moment: date | datetime) -> str:
    """The quarter, "2026-Q4"; of a moment, in UTC."""
    day = _day(moment)
    return f"{day.year:04d}-Q{(day.month + 2) // 3}"


# --- in words --------------------------------------------------------------------------------------------


def allowance(stage: Stage, severity: Severity) -> str:
    """How long an office has, in words: "4 hours, day or night", "10 working days"."""
    if stage is Stage.ACKNOWLEDGE and severity == Severity.S1:
        return ngettext("%(hours)d hour, day or night", "%(hours)d hours, day or night", HOURS_IN_DANGER) % {
            "hours": HOURS_IN_DANGER
        }
    days = WORKING_DAYS[stage][severity]
    return ngettext("%(days)d working day", "%(days)d working days", days) % {"days": days}


def deadline(severity: Severity, stored: datetime, *, now: datetime, office: Calendar | None = None) -> str:
    """A stored clock in words, as finely as it is kept; says so when it has run out.

    An hour is told in the office's time; days and weeks are kept by UTC, so they may end a little
    later than the office's own, never earlier.
    """
    late = now >= stored
    if severity == Severity.S1:
        there = stored.astimezone(_zone(office.timezone if office else "UTC"))
        values = {
            "day": cldr.day(there, get_language() or "en"),
            "time": cldr.time(there, get_language() or "en"),
            "zone": str(there.tzinfo),
        }
        pattern = (
            gettext("was due by %(time)s on %(day)s (%(zone)s)")
            if late
            else gettext("by %(time)s on %(day)s (%(zone)s)")
        )
        return pattern % values
    last = stored.astimezone(UTC) - timedelta(microseconds=1)
    if severity == Severity.S2:
        pattern = gettext("was due by the end of %(day)s") if late else gettext("by the end of %(day)s")
        return pattern % {"day": cldr.day(last, get_language() or "en")}
    monday = last - timedelta(days=last.weekday())
    pattern = (
        gettext("was due by the end of the week that began on %(day)s")
        if late
        else gettext("by the end of the week that begins on %(day)s")
    )
    return pattern % {"day": cldr.day(monday, get_language() or "en")}


# --- days ------------------------------------------------------------------------------------------------

_STEP: Mapping[Severity, timedelta] = MappingProxyType(
    {
        Severity.S1: timedelta(hours=1),
        Severity.S2: timedelta(days=1),
        Severity.S3: timedelta(weeks=1),
        Severity.S4: timedelta(weeks=1),
    }
)


def _after(days: int, start: datetime, office: Calendar | None) -> datetime:
    """The end of the last of so many working days, in UTC."""
    zone = _zone(office.timezone if office else "UTC")
    code = office.holidays if office else ""
    closes = closing_time(office.hours) if office else None
    local = start.astimezone(zone)
    day = local.date()
    if closes and (local.time() >= closes or not _is_working_day(day, code)):
        day = _next_working_day(day, code)
    for _unused in range(days):
        day = _next_working_day(day, code)
    end = datetime.combine(day, closes, zone) if closes else datetime.combine(day + timedelta(days=1), time(), zone)
    return end.astimezone(UTC)


def closing_time(hours: str) -> time | None:
    """When an office closes; None for one that counts whole days, or whose hours nobody can read."""
    opens, _dash, closes = hours.partition("-")
    return time.fromisoformat(closes) if OPENING_HOURS.fullmatch(hours) and opens < closes else None


def _day(moment: date | datetime) -> date:
    return moment.astimezone(UTC).date() if isinstance(moment, datetime) else moment


def _next_working_day(day: date, code: str) -> date:
    day += timedelta(days=1)
    while not _is_working_day(day, code):
        day += timedelta(days=1)
    return day


def _is_working_day(day: date, code: str) -> bool:
    calendar = _holidays(code, day.year) if code else None
    return day.weekday() < 5 if calendar is None else calendar.is_working_day(day)


@cache
def _holidays(code: str, year: int) -> holidays.HolidayBase | None:
    """One year of a calendar, whole before anybody sees it; None where the library has no such calendar.

    An office with a mistyped calendar gets the plain week: a clock that raised would stop its cases.
    """
    country, _, region = code.partition("-")
    try:
        return holidays.country_holidays(country, subdiv=region or None, years=year, expand=False)
    except NotImplementedError:
        return None


@cache
def _zone(name: str) -> tzinfo:
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
