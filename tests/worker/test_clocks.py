"""Clocks run in the office's own days, and are written down more coarsely than they run, never shorter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.cases import clocks
from complaints.cases.clocks import Stage, coarse, deadline, due, first_due, quarter, true_due, week
from complaints.cases.states import Severity

S1, S2, S3, S4 = Severity


@dataclass(frozen=True)
class Place:
    timezone: str = "UTC"
    holidays: str = ""
    hours: str = ""


DHAKA = Place("Asia/Dhaka", "BD")  # Sunday to Thursday
DOHA = Place("Asia/Qatar", "QA")
BERLIN = Place("Europe/Berlin", "DE-BE")
MUNICH = Place("Europe/Berlin", "DE-BY")
NEW_YORK = Place("America/New_York", "US")
AUCKLAND = Place("Pacific/Auckland", "NZ")
NOWHERE = Place("Mars/Olympus", "XX")
TILL_FOUR = Place("Asia/Qatar", "QA", "07:00-16:00")
places = st.sampled_from([None, DHAKA, DOHA, BERLIN, NEW_YORK, AUCKLAND, NOWHERE, TILL_FOUR])
moments = st.datetimes(datetime(2024, 1, 1), datetime(2031, 12, 31), timezones=st.just(UTC))
stages = st.sampled_from(Stage)
bands = st.sampled_from(Severity)


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("stage", "band", "start", "office", "expected"),
    [
        # Four real hours, at night and over a weekend; over the hour that daylight saving leaves out.
        (Stage.ACKNOWLEDGE, S1, at("2026-11-28T23:10"), DOHA, at("2026-11-29T03:10")),
        (Stage.ACKNOWLEDGE, S1, at("2027-03-27T23:30"), BERLIN, at("2027-03-28T05:30", "Europe/Berlin")),
        # Two working days: the rest of today is given for nothing.
        (Stage.ACKNOWLEDGE, S2, at("2026-11-23T09:00"), None, at("2026-11-26T00:00")),
        (Stage.ACKNOWLEDGE, S2, at("2026-11-27T09:00"), None, at("2026-12-02T00:00")),
        # In Dhaka Friday and Saturday are free; the office's midnight counts, not ours.
        (Stage.ACKNOWLEDGE, S2, at("2026-11-25T09:00"), DHAKA, at("2026-11-30T00:00", "Asia/Dhaka")),
        # 22:00 UTC on Wednesday is Thursday in Dhaka.
        (Stage.ACKNOWLEDGE, S2, at("2026-11-25T22:00"), DHAKA, at("2026-12-01T00:00", "Asia/Dhaka")),
        # Christmas, Boxing Day, a weekend: 28 and 29 December 2026 are the two days.
        (Stage.ACKNOWLEDGE, S2, at("2026-12-24T10:00"), BERLIN, at("2026-12-30T00:00", "Europe/Berlin")),
        # A leap day is a day.
        (Stage.ACKNOWLEDGE, S2, at("2028-02-28T10:00"), None, at("2028-03-02T00:00")),
        # A holiday of one state only: 8 March is free in Berlin, not in Bavaria.
        (Stage.ACKNOWLEDGE, S2, at("2027-03-05T10:00"), BERLIN, at("2027-03-11T00:00", "Europe/Berlin")),
        (Stage.ACKNOWLEDGE, S2, at("2027-03-05T10:00"), MUNICH, at("2027-03-10T00:00", "Europe/Berlin")),
        (Stage.ACKNOWLEDGE, S3, at("2026-11-23T09:00"), None, at("2026-12-08T00:00")),
        (Stage.ANSWER, S1, at("2026-11-23T09:00"), None, at("2026-11-26T00:00")),
        (Stage.DECIDE, S2, at("2026-11-23T09:00"), None, at("2027-02-16T00:00")),
    ],
)  # fmt: skip
def test_true_clocks(stage: Stage, band: Severity, start: datetime, office: Place | None, expected: datetime) -> None:
    assert true_due(stage, band, start, office) == expected


def test_four_hours_are_four_hours_though_the_wall_clock_jumps() -> None:
    start = datetime(2027, 3, 28, 0, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    assert true_due(Stage.ACKNOWLEDGE, S1, start, BERLIN) - start.astimezone(UTC) == timedelta(hours=4)


@pytest.mark.parametrize(
    ("stage", "days"),
    [
        (Stage.ACKNOWLEDGE, [None, 2, 10, 20]),
        (Stage.ANSWER, [2, 10, 20, 30]),
        (Stage.DECIDE, [20, 60, 90, 120]),
    ],
)
def test_the_days_are_those_of_the_table(stage: Stage, days: list[int | None]) -> None:
    assert [clocks.WORKING_DAYS[stage].get(band) for band in Severity] == days


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-11-23T09:00", "2026-11-25T16:00"),  # Monday: Tuesday, Wednesday until the office closes
        ("2026-11-23T15:59", "2026-11-25T16:00"),
        ("2026-11-23T16:00", "2026-11-26T16:00"),  # closed: it has come on Tuesday
        ("2026-11-23T23:59", "2026-11-26T16:00"),
        ("2026-11-24T06:59", "2026-11-26T16:00"),  # before it opens: on that day
        ("2026-11-26T16:01", "2026-12-01T16:00"),  # Thursday evening is Sunday; Friday and Saturday are free
        ("2026-11-27T12:00", "2026-12-01T16:00"),  # so is Friday
    ],
)
def test_what_comes_outside_an_offices_hours_has_come_when_it_next_opens(start: str, expected: str) -> None:
    assert true_due(Stage.ACKNOWLEDGE, S2, at(start, "Asia/Qatar"), TILL_FOUR) == at(expected, "Asia/Qatar")


@pytest.mark.parametrize("hours", ["", "7-16", "16:00-07:00", "07:00-07:00", "07:00-25:00", "always"])
def test_hours_that_nobody_can_read_are_whole_days(hours: str) -> None:
    office = Place("Asia/Qatar", "QA", hours)
    start = at("2026-11-23T23:00", "Asia/Qatar")
    assert true_due(Stage.ACKNOWLEDGE, S2, start, office) == at("2026-11-26T00:00", "Asia/Qatar")


def test_danger_knows_no_hours() -> None:
    start = at("2026-11-27T23:00", "Asia/Qatar")
    assert true_due(Stage.ACKNOWLEDGE, S1, start, TILL_FOUR) == start + timedelta(hours=4)


@given(band=bands, start=moments, asked=st.integers(0, 200), out=st.integers(0, 60), office=places)
def test_a_clock_that_stood_gives_back_what_was_left_and_takes_nothing(
    band: Severity, start: datetime, asked: int, out: int, office: Place | None
) -> None:
    stored = due(Stage.DECIDE, band, start, office)
    stopped = min(start + timedelta(days=asked), stored)
    left = clocks.days_left(stopped, stored, office)
    assert true_due(Stage.DECIDE, band, start, office) <= stored
    # What is left ends no later than the clock would have, and a day more would.
    goes_on = clocks.resume(band, stopped, left, office)
    assert left == 0 or goes_on <= coarse(band, stored)
    # Standing for a while moves it on by at least as much as the office did not have.
    later = clocks.resume(band, stopped + timedelta(days=out), left, office)
    assert later >= goes_on
    own = min(max(left, 1), clocks.WORKING_DAYS[Stage.DECIDE][band])  # the days of rounding up are nobody's
    assert clocks.days_left(stopped + timedelta(days=out), later, office) >= own


@given(band=bands, moment=moments, left=st.integers(0, 400), office=places)
def test_no_clock_goes_on_with_more_than_its_band_has(
    band: Severity, moment: datetime, left: int, office: Place | None
) -> None:
    """A case that became more urgent while its question was out has less than what was left before."""
    assert clocks.resume(band, moment, left, office) <= due(Stage.DECIDE, band, moment, office)


@given(band=bands, moment=moments)
def test_a_clock_ended_by_hand_is_over_and_no_finer_than_any(band: Severity, moment: datetime) -> None:
    ended = clocks.at_once(band, moment)
    assert ended <= moment and coarse(band, ended) == ended


@given(stage=stages, band=bands, start=moments, office=places)
def test_what_is_stored_is_never_earlier_than_the_true_clock(
    stage: Stage, band: Severity, start: datetime, office: Place | None
) -> None:
    true, stored = true_due(stage, band, start, office), due(stage, band, start, office)
    step = {S1: timedelta(hours=1), S2: timedelta(days=1)}.get(band, timedelta(weeks=1))
    assert start < true <= stored < true + step


@given(band=bands, moment=moments)
def test_what_is_stored_is_no_finer_than_the_firewall_allows(band: Severity, moment: datetime) -> None:
    stored = coarse(band, moment)
    assert coarse(band, stored) == stored
    assert (stored.minute, stored.second, stored.microsecond) == (0, 0, 0)
    if band != S1:
        assert stored.hour == 0
    if band in (S3, S4):
        assert stored.isoweekday() == 1


@given(moment=moments)
def test_two_people_of_one_week_get_the_same_clock_in_the_lower_bands(moment: datetime) -> None:
    monday = moment.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=moment.weekday())
    later = monday + timedelta(days=6, hours=23)
    assert coarse(S3, moment + timedelta(microseconds=1)) == coarse(S4, later)


def test_an_office_with_a_mistyped_calendar_gets_the_plain_week() -> None:
    start = at("2026-11-27T09:00")
    assert first_due(S2, start, NOWHERE) == first_due(S2, start, None) == at("2026-12-02T00:00")


def test_weeks_and_quarters_are_those_of_utc() -> None:
    assert week(date(2026, 11, 23)) == "2026-W48"
    assert week(at("2027-01-01T12:00")) == "2026-W53"
    assert week(datetime(2026, 11, 23, 2, 0, tzinfo=ZoneInfo("Asia/Dhaka"))) == "2026-W47"
    assert [quarter(date(2026, month, 1)) for month in (1, 3, 4, 12)] == ["2026-Q1", "2026-Q1", "2026-Q2", "2026-Q4"]
    assert quarter(datetime(2027, 1, 1, 2, 0, tzinfo=ZoneInfo("Asia/Dhaka"))) == "2026-Q4"


def test_clocks_in_words() -> None:
    now = at("2026-11-23T09:07")
    assert clocks.allowance(Stage.ACKNOWLEDGE, S1) == "4 hours, day or night"
    assert clocks.allowance(Stage.ACKNOWLEDGE, S2) == "2 working days"
    assert deadline(S1, first_due(S1, now, DOHA), now=now, office=DOHA) == "by 17:00 on 23 November 2026 (Asia/Qatar)"
    assert deadline(S2, first_due(S2, now, None), now=now) == "by the end of 25 November 2026"
    assert deadline(S3, first_due(S3, now, None), now=now) == "by the end of the week that begins on 7 December 2026"
    late = at("2026-12-31T00:00")
    assert deadline(S1, first_due(S1, now, None), now=late) == "was due by 14:00 on 23 November 2026 (UTC)"
    assert deadline(S2, first_due(S2, now, None), now=late) == "was due by the end of 25 November 2026"
    assert deadline(S4, first_due(S4, now, None), now=late).startswith("was due by the end of the week that began on")
