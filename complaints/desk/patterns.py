"""Patterns: cases of one office that belong together, by their agency, by a name in no register, or by a group's code.

What is shown of a case is its cover, as the queue shows it, and never its story. A pattern ends at the office's wall
and has no row of its own: it is the marks that are equal, of cases that this member may see. Its address is one of its
marks, a random number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from complaints.cases.models import Holding, Inspector, Office, PatternMark
from complaints.cases.sealing import Sealed
from complaints.cases.states import OPEN
from complaints.firewall import access
from complaints.firewall.access import OpenCase, agency_of
from complaints.firewall.keys import OpenVault

from . import room

LISTED = 50  # patterns on the list, the largest first
SHOWN = 200  # cases of one on its page, the most urgent first
BATCH = 100  # cases that one request holds against the others: about a tenth of a second
TOGETHER = 2  # so many make a pattern
COUNTED = 100  # cases at most on the page of one of them; the pattern's own page counts all


class Kind(StrEnum):
    """What the cases have in common."""

    AGENCY = "agency"
    NAME = "name"
    GROUP = "group"
    UNKNOWN = "unknown"  # no cover of it opens


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern as a member may see it. `rows` are at most SHOWN of its `cases`, with their covers."""

    mark: PatternMark
    office: Office
    cases: int
    open: int
    rows: Sequence[tuple[Holding, Sealed | None]] = field(repr=False)

    @property
    def kind(self) -> Kind:
        cover = self._cover
        if cover is None:
            return Kind.UNKNOWN
        if self.mark.place == PatternMark.GROUP:
            return Kind.GROUP
        return Kind.NAME if agency_of(cover) is None else Kind.AGENCY

    @property
    def agency(self) -> UUID | None:
        """The agency's id in the register."""
        return agency_of(self._cover) if self._cover is not None and self.kind is Kind.AGENCY else None

    @property
    def name(self) -> str:
        if self._cover is None:
            return _("does not open")
        return _("One group of people") if self.kind is Kind.GROUP else room.agency_name(self._cover)

    @property
    def spellings(self) -> list[str]:
        """How people wrote a name that is in no register, the most frequent first."""
        if self.kind is not Kind.NAME:
            return []
        said = Counter(room.agency_name(cover) for _, cover in self.rows if cover is not None)
        return [name for name, _ in said.most_common()]

    @property
    def _cover(self) -> Sealed | None:
        return next((cover for _, cover in self.rows if cover is not None), None)


def visible(by: Inspector) -> QuerySet[PatternMark]:
    """The marks of the cases that this member may see."""
    return PatternMark.objects.filter(holding__in=access.visible_holdings(by))


def listed(by: Inspector, *, vault: OpenVault) -> list[Pattern]:
    """The LISTED largest patterns with an open case, each with one cover. Five queries, and what a first look logs."""
    is_open = Q(holding__state__in=OPEN)
    counts = visible(by).values("office", "index").annotate(cases=Count("pk"), open=Count("pk", filter=is_open))
    rows = counts.filter(cases__gte=TOGETHER, open__gte=1).order_by("-cases", "index")
    largest = [
        (office, bytes(index), cases, still)
        for office, index, cases, still in rows.values_list("office", "index", "cases", "open")[:LISTED]
    ]
    one_each = (
        visible(by)
        .filter(index__in=[index for _, index, _, _ in largest])
        .select_related("office")
        .order_by("office", "index", "pk")
        .distinct("office", "index")
    )
    first = {(mark.office_id, bytes(mark.index)): mark for mark in one_each}
    found = [
        (first[office, index], cases, still) for office, index, cases, still in largest if (office, index) in first
    ]
    covers = access.covers([mark.holding_id for mark, _, _ in found], by=by, vault=vault)
    by_holding = {holding.pk: (holding, cover) for holding, cover in covers}
    return [
        Pattern(mark, mark.office, cases, still, [by_holding[mark.holding_id]])
        for mark, cases, still in found
        if mark.holding_id in by_holding
    ]


def one(mark_id: UUID, *, by: Inspector, vault: OpenVault) -> Pattern | None:
    """The pattern that this mark is of; None to who sees no two of its cases."""
    mark = visible(by).filter(pk=mark_id).select_related("office").first()
    if mark is None:
        return None
    holdings = Holding.objects.filter(marks__in=_equal(mark, by))
    cases, still = holdings.count(), holdings.filter(state__in=OPEN).count()
    if cases < TOGETHER:
        return None
    shown = holdings.order_by("severity", "due", "id").values_list("pk", flat=True)[:SHOWN]
    return Pattern(mark, mark.office, cases, still, access.covers(list(shown), by=by, vault=vault))


def holdings_of(pattern: Pattern, by: Inspector) -> QuerySet[Holding]:
    """All its cases that this member may see, asked again."""
    return Holding.objects.filter(marks__in=_equal(pattern.mark, by))


def of_case(case: OpenCase) -> tuple[list[tuple[UUID, int]], bool]:
    """The patterns that a case is in: its own mark, and how many cases its member sees there; whether one counts three.

    One query. An agency may have thousands of cases at an office: no more than COUNTED of them are counted here.
    """
    alike = visible(case.member).filter(office=OuterRef("office"), index=OuterRef("index"))
    own = PatternMark.objects.filter(holding=case.holding.pk, office=case.office).order_by("place")
    rows = own.annotate(alike=ArraySubquery(alike.values("place")[:COUNTED]))
    found = list(rows.values_list("pk", "alike", "weighed_week"))
    return [(pk, len(all_)) for pk, all_, _ in found if len(all_) >= TOGETHER], any(week for *_, week in found)


def unmarked(by: Inspector, *, vault: OpenVault) -> QuerySet[Holding]:
    """The cases of this member's offices that are not held against the others yet, or under an older key."""
    missing = Holding.objects.none()
    for office, generations in vault.offices.items():
        current = PatternMark.objects.filter(office=office, generation__gte=max(generations))
        missing = missing | Holding.objects.filter(office=office).exclude(pk__in=current.values("holding"))
    return access.visible_holdings(by).filter(pk__in=missing.values("pk"), state__in=OPEN)


def batch(
    by: Inspector, *, vault: OpenVault, after: UUID | None = None, size: int = BATCH
) -> tuple[int, int, UUID | None]:
    """Hold the next `size` cases after this one against the others; how many were, how many come after, the last one.

    One whose cover does not open is passed over.
    """
    waiting = unmarked(by, vault=vault).order_by("pk")
    if after is not None:
        waiting = waiting.filter(pk__gt=after)
    todo = list(waiting.values_list("pk", flat=True)[:size])
    if not todo:
        return 0, 0, None
    done = access.compare(todo, by=by, vault=vault)
    return done, waiting.filter(pk__gt=todo[-1]).count(), todo[-1]


def _equal(mark: PatternMark, by: Inspector) -> QuerySet[PatternMark]:
    return visible(by).filter(office=mark.office_id, index=bytes(mark.index))
