"""What is counted from columns that stand in clear: no vault is needed, and nothing is opened."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from django.db.models import Case, Count, Exists, OuterRef, Q, Value, When
from django.db.models.fields import CharField
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from complaints.cases import clocks
from complaints.cases.models import Holding, Office, Step
from complaints.cases.states import OPEN, OWED, Severity, State
from recruitment_watch import clock

from . import small
from .tables import Table, told

WEEKS = 13  # a quarter
AGES = (2, 4, 8, 16, 26)  # weeks: the upper ends of the bands but the last


def tables(office: Office) -> list[Table]:
    return [intake(office), age(office), kept(office)]


def intake(office: Office) -> Table:
    """Cases by the week in which the office got them, the last WEEKS of them and this one."""
    monday = clock.today() - timedelta(days=clock.today().weekday())
    weeks = [monday - timedelta(weeks=back) for back in range(WEEKS, -1, -1)]
    names = {clocks.week(day): day for day in weeks}
    rows = Holding.objects.filter(office=office, week__in=names).values("week").annotate(cases=Count("pk"))
    found = dict(rows.values_list("week", "cases"))
    return Table(
        slug="intake",
        title=_("Cases that came in, by week"),
        note=_("By the week in which the office was given the case."),
        first=_("Week that began on"),
        series=[_("Cases")],
        rows=told({date_format(day, "DATE_FORMAT"): found.get(week, 0) for week, day in names.items()}),
    )


def age(office: Office) -> Table:
    """Open cases by how long ago they were filed."""
    rows = Holding.objects.filter(office=office, state__in=OPEN).values("case__week").annotate(cases=Count("pk"))
    found: Counter[int] = Counter()
    for week, cases in rows.values_list("case__week", "cases"):
        found[_band(_weeks_since(week))] += cases
    return Table(
        slug="age",
        title=_("How old open cases are"),
        note=_("By the week in which the person sent the complaint."),
        first=_("Since it was sent"),
        series=[_("Open cases")],
        rows=told({_age_words(band): found[band] for band in range(len(AGES) + 1)}),
    )


def kept(office: Office) -> Table:
    """By severity: clocks that were kept so far, that were missed, and first clocks that still run."""
    later = Step.objects.filter(case=OuterRef("case"), rung__gt=OuterRef("rung")).exclude(
        outcome=Step.Outcome.PASSED_OVER
    )
    overdue = Q(state__in=OWED, due__lte=clock.now())
    fate = Case(
        When(Q(Exists(later)) | overdue, then=Value("missed")),
        When(state__in=(State.FILED, State.RELEASED), then=Value("runs")),
        default=Value("kept"),
        output_field=CharField(),
    )
    rows = Holding.objects.filter(office=office).annotate(fate=fate).values("severity", "fate")
    counted = rows.annotate(cases=Count("pk")).values_list("severity", "fate", "cases")
    found = {(severity, kind): cases for severity, kind, cases in counted}
    return Table(
        slug="clocks",
        title=_("Clocks kept and missed"),
        note=_("Missed: a clock is over now, or the next office was brought in, by a clock or because somebody asked."),
        first=_("How urgent"),
        series=[_("Kept so far"), _("Missed"), _("First clock runs")],
        rows=[
            (
                f"{band.name}: {band.label}",
                [small.shown(found.get((band.value, kind), 0)) for kind in ("kept", "missed", "runs")],
            )
            for band in Severity
        ],
    )


def _weeks_since(week: str) -> int:
    year, _dash, number = week.partition("-W")
    return max((clock.today() - date.fromisocalendar(int(year), int(number), 1)).days // 7, 0)


def _band(weeks: int) -> int:
    return next((at for at, end in enumerate(AGES) if weeks < end), len(AGES))


def _age_words(band: int) -> str:
    if band == len(AGES):
        return _("%(weeks)d weeks or more") % {"weeks": AGES[-1]}
    if band == 0:
        return ngettext("less than %(weeks)d week", "less than %(weeks)d weeks", AGES[0]) % {"weeks": AGES[0]}
    return _("%(first)d to %(last)d weeks") % {"first": AGES[band - 1], "last": AGES[band]}
