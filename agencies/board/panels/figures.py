"""The figures of each panel: a small table of numbers, counted by the database or by a tally."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final

from django.db.models import Count, F, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from agencies.board.models import OPEN, Application, AppStage, ProposedDecision, ProposedMeasure, Stage
from agencies.board.roles import Right
from agencies.models import Referral
from recruitment_watch import clock
from recruitment_watch.web.plots import Plot, bars

from .due import AHEAD, EXPIRING, HALF, LAPSED, MAY, MAY_NOT, MORE, OVERDUE, SHORT
from .tally import Due

#: Rows of one source: key, and three numbers.
Rows = Any
#: Days: the upper ends of the bands but the last.
AGES: Final = (30, 90)
WAITS: Final = (7, 30)
ENDS: Final = (14, 30, AHEAD)


@dataclass(frozen=True, slots=True)
class Figures:
    """One panel. ``rows`` are (label, one number for each of ``series``); ``url`` leads to the list behind."""

    slug: str
    title: str
    about: str
    first: str
    series: Sequence[str]
    rows: Sequence[tuple[str, Sequence[int]]]
    url: str
    link: str

    @property
    def total(self) -> int:
        return sum(sum(values) for _label, values in self.rows)

    @property
    def plot(self) -> SafeString:
        """Empty where every number is nought: then there is nothing to see."""
        return bars(Plot(self.slug, self.title, self.about, self.series, self.rows)) if self.total else SafeString("")


@dataclass(frozen=True)
class Counts:
    """What is counted by the database alone, for all panels of a page in one query, each over its own index.

    ``sources`` are the names below; keys are ``source:state``, values three numbers by age (a referral's: by quarter).
    """

    sources: frozenset[str]

    @classmethod
    def of(cls, *sources: str) -> Counts:
        return cls(frozenset(sources))

    @cached_property
    def found(self) -> dict[str, list[int]]:
        parts = [_SOURCES[name](clock.now()) for name in sorted(self.sources)]
        if not parts:
            return {}
        rows = parts[0].union(*parts[1:], all=True) if parts[1:] else parts[0]
        return {key: list(numbers) for key, *numbers in rows}

    def __call__(self, key: str) -> list[int]:
        return self.found.get(key, [0, 0, 0])


def applications(counts: Counts) -> Figures:
    """Open applications by stage and age."""
    return Figures(
        "applications",
        _("Applications by stage and age"),
        _("Open applications, by where they stand and how long ago they came."),
        _("Stage"),
        _spans(AGES),
        [(str(stage.label), counts(f"applications:{stage}")) for stage in AppStage if stage in OPEN],
        reverse("rw_applications:index"),
        _("All applications"),
    )


def waiting(counts: Counts) -> Figures:
    """What waits for a second officer, by how long."""
    return Figures(
        "waiting",
        _("Waiting for a second officer"),
        _("Proposed decisions and measures that have no effect yet, by how long they wait."),
        _("What"),
        _spans(WAITS),
        [
            (_("Decisions on licences"), counts(f"decisions:{Stage.PROPOSED}")),
            (_("Measures"), counts(f"measures:{Stage.PROPOSED}")),
        ],
        reverse("rw_decisions:index"),
        _("All that waits"),
    )


def expiring(_counts: Counts) -> Figures:
    """Licences that run out soon and are not renewed."""
    today = clock.today()
    counted = _banded(EXPIRING.current(), lambda one: _band((one.day - today).days, ENDS))
    spans = [
        _("%(last)d or fewer") % {"last": ENDS[0]},
        _("%(first)d to %(last)d") % {"first": ENDS[0] + 1, "last": ENDS[1]},
        _("%(first)d to %(last)d") % {"first": ENDS[1] + 1, "last": ENDS[2]},
    ]
    return Figures(
        "expiring",
        _("Licences that run out within %(days)d days") % {"days": AHEAD},
        _("Licences that nothing follows yet, by the days that are left."),
        _("Days left"),
        [_("May recruit"), _("Suspended")],
        [(label, [counted[band, MAY], counted[band, MAY_NOT]]) for band, label in enumerate(spans)],
        reverse("rw_due:index", args=["expiring"]),
        _("All licences that run out"),
    )


def overdue(_counts: Counts) -> Figures:
    """Conditions whose day has passed."""
    today = clock.today()
    counted = _banded(OVERDUE.current(), lambda one: _band((today - one.day).days, AGES))
    return Figures(
        "conditions",
        _("Conditions overdue"),
        _("Conditions that are not met though their day has passed, by how long ago that was."),
        _("Overdue for"),
        [_("Conditions")],
        [(label, [counted[band, ""]]) for band, label in enumerate(_spans(AGES))],
        reverse("rw_due:index", args=["conditions"]),
        _("All overdue conditions"),
    )


def short(_counts: Counts) -> Figures:
    """Guarantees that hold less than they must."""
    counted = Counter(one.kind for one in SHORT.current())
    return Figures(
        "guarantees",
        _("Guarantees short of their minimum"),
        _("Guarantees that hold less than the law asks, by how much is there."),
        _("What is there"),
        [_("Guarantees")],
        [
            (_("Nothing: it has run out"), [counted[LAPSED]]),
            (_("Less than half"), [counted[HALF]]),
            (_("Half or more"), [counted[MORE]]),
        ],
        reverse("rw_due:index", args=["guarantees"]),
        _("All short guarantees"),
    )


def referrals(counts: Counts) -> Figures:
    """Open referrals. A quarter is as fine as they are dated."""
    return Figures(
        "referrals",
        _("Referrals from inspectorates"),
        _("Referrals that are not closed, by the quarter that they speak of."),
        _("State"),
        [_("This quarter"), _("Earlier")],
        [
            (str(state.label), counts(f"referrals:{state}")[:2])
            for state in (Referral.State.RECEIVED, Referral.State.TAKEN)
        ],
        reverse("rw_referrals:index"),
        _("All referrals"),
    )


#: In the order of the page: who may see it, the panel, and what the database counts for it.
PANELS: Final[tuple[tuple[Right, Callable[[Counts], Figures], tuple[str, ...]], ...]] = (
    (Right.SEE_REGISTER, waiting, ("decisions", "measures")),
    (Right.SEE_APPLICATIONS, applications, ("applications",)),
    (Right.SEE_REGISTER, expiring, ()),
    (Right.SEE_REGISTER, overdue, ()),
    (Right.SEE_REGISTER, short, ()),
    (Right.SEE_REFERRALS, referrals, ("referrals",)),
)


def panels_of(may: Callable[[Right], bool]) -> list[Callable[[], Figures]]:
    """The panels that somebody may see; they share one question to the database, which asks for nothing else."""
    mine = [(panel, sources) for right, panel, sources in PANELS if may(right)]
    counts = Counts(frozenset(source for _panel, sources in mine for source in sources))
    return [partial(panel, counts) for panel, _sources in mine]


def _applications(now: datetime.datetime) -> Rows:
    return _grouped(
        "applications", Application.objects.filter(stage__in=sorted(OPEN)), "stage", _by_age("submitted_at", now, AGES)
    )


def _decisions(now: datetime.datetime) -> Rows:
    rows = ProposedDecision.objects.filter(stage=Stage.PROPOSED)
    return _grouped("decisions", rows, "stage", _by_age("proposed_at", now, WAITS))


def _measures(now: datetime.datetime) -> Rows:
    rows = ProposedMeasure.objects.filter(stage=Stage.PROPOSED)
    return _grouped("measures", rows, "stage", _by_age("proposed_at", now, WAITS))


def _referrals(now: datetime.datetime) -> Rows:
    this = f"{now.year}-Q{(now.month - 1) // 3 + 1}"
    # Newer than the last quarter there cannot be; the third number only keeps the shape.
    numbers = {
        "young": Count("pk", filter=Q(quarter__gte=this)),
        "older": Count("pk", filter=Q(quarter__lt=this)),
        "old": Count("pk", filter=Q(quarter="")),
    }
    return _grouped("referrals", Referral.objects.exclude(state=Referral.State.CLOSED), "state", numbers)


_SOURCES: Final[dict[str, Callable[[datetime.datetime], Rows]]] = {
    "applications": _applications, "decisions": _decisions, "measures": _measures, "referrals": _referrals,
}  # fmt: skip


def _grouped(source: str, rows: QuerySet[Any], state: str, numbers: dict[str, Count]) -> Rows:
    keyed = rows.order_by().annotate(key_=Concat(Value(f"{source}:"), F(state), output_field=TextField()))
    return keyed.values("key_").annotate(**numbers).values_list("key_", *numbers)


def _by_age(field: str, now: datetime.datetime, ends: tuple[int, int]) -> dict[str, Count]:
    near, far = (now - datetime.timedelta(days=days + 1) for days in ends)
    return {
        "young": Count("pk", filter=Q(**{f"{field}__gt": near})),
        "older": Count("pk", filter=Q(**{f"{field}__lte": near, f"{field}__gt": far})),
        "old": Count("pk", filter=Q(**{f"{field}__lte": far})),
    }


def _spans(ends: tuple[int, int]) -> list[str]:
    return [
        _("%(last)d days or fewer") % {"last": ends[0]},
        _("%(first)d to %(last)d days") % {"first": ends[0] + 1, "last": ends[1]},
        _("longer"),
    ]


def _band(days: int, ends: Sequence[int]) -> int:
    return next((at for at, end in enumerate(ends) if days <= end), len(ends))


def _banded(found: Iterable[Due], band: Callable[[Due], int]) -> Counter[tuple[int, str]]:
    return Counter((band(one), one.kind) for one in found)
