"""The figures of each panel: a small table of numbers, counted by the database or by a tally."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Q, QuerySet
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


def applications() -> Figures:
    """Open applications by stage and age. One query over the index of stages."""
    now = clock.now()
    rows = Application.objects.filter(stage__in=sorted(OPEN)).order_by().values("stage").annotate(
        **_by_age("submitted_at", now, AGES)
    )  # fmt: skip
    found = {row["stage"]: [row["young"], row["older"], row["old"]] for row in rows}
    return Figures(
        "applications",
        _("Applications by stage and age"),
        _("Open applications, by where they stand and how long ago they came."),
        _("Stage"),
        _spans(AGES),
        [(str(stage.label), found.get(stage, [0, 0, 0])) for stage in AppStage if stage in OPEN],
        reverse("rw_applications:index"),
        _("All applications"),
    )


def waiting() -> Figures:
    """What waits for a second officer, by how long. Two queries, each over the index of what is proposed."""
    return Figures(
        "waiting",
        _("Waiting for a second officer"),
        _("Proposed decisions and measures that have no effect yet, by how long they wait."),
        _("What"),
        _spans(WAITS),
        [
            (_("Decisions on licences"), _waits(ProposedDecision.objects.all())),
            (_("Measures"), _waits(ProposedMeasure.objects.all())),
        ],
        reverse("rw_decisions:index"),
        _("All that waits"),
    )


def expiring() -> Figures:
    """Licences that run out soon and are not renewed."""
    counted = _banded(EXPIRING.read(), lambda one: _band((one.day - clock.today()).days, ENDS))
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


def overdue() -> Figures:
    """Conditions whose day has passed."""
    counted = _banded(OVERDUE.read(), lambda one: _band((clock.today() - one.day).days, AGES))
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


def short() -> Figures:
    """Guarantees that hold less than they must."""
    counted = Counter(one.kind for one in SHORT.read())
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


def referrals() -> Figures:
    """Open referrals. A quarter is as fine as they are dated."""
    today = clock.today()
    this = f"{today.year}-Q{(today.month - 1) // 3 + 1}"
    rows = Referral.objects.exclude(state=Referral.State.CLOSED).order_by().values("state").annotate(
        now=Count("pk", filter=Q(quarter=this)), before=Count("pk", filter=~Q(quarter=this))
    )  # fmt: skip
    found = {row["state"]: [row["now"], row["before"]] for row in rows}
    return Figures(
        "referrals",
        _("Referrals from inspectorates"),
        _("Referrals that are not closed, by the quarter that they speak of."),
        _("State"),
        [_("This quarter"), _("Earlier")],
        [(str(state.label), found.get(state, [0, 0])) for state in (Referral.State.RECEIVED, Referral.State.TAKEN)],
        reverse("rw_referrals:index"),
        _("All referrals"),
    )


#: In the order of the page, each with who may see it.
PANELS: Final[tuple[tuple[Right, Callable[[], Figures]], ...]] = (
    (Right.SEE_REGISTER, waiting),
    (Right.SEE_APPLICATIONS, applications),
    (Right.SEE_REGISTER, expiring),
    (Right.SEE_REGISTER, overdue),
    (Right.SEE_REGISTER, short),
    (Right.SEE_REFERRALS, referrals),
)


def _by_age(field: str, now: datetime.datetime, ends: tuple[int, int]) -> dict[str, Count]:
    near, far = (now - datetime.timedelta(days=days + 1) for days in ends)
    return {
        "young": Count("pk", filter=Q(**{f"{field}__gt": near})),
        "older": Count("pk", filter=Q(**{f"{field}__lte": near, f"{field}__gt": far})),
        "old": Count("pk", filter=Q(**{f"{field}__lte": far})),
    }


def _waits(proposals: QuerySet[ProposedDecision] | QuerySet[ProposedMeasure]) -> list[int]:
    ages = _by_age("proposed_at", clock.now(), WAITS)
    row = proposals.filter(stage=Stage.PROPOSED).aggregate(**ages)
    return [row["young"], row["older"], row["old"]]


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
