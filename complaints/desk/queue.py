"""The queue: one page of what an inspector's offices hold, most urgent first, by keyset.

A page reads the index (office, severity, due, id) once for each of the inspector's offices and merges;
nothing is counted, and no page is dearer than the first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import F, Func, Q, QuerySet, Value
from django.db.models.lookups import GreaterThan, LessThan
from django.utils.translation import gettext_lazy as _

from complaints.cases.models import Holding, Inspector, Office
from complaints.cases.sealing import Sealed
from complaints.cases.states import OPEN, State
from complaints.firewall import access
from complaints.firewall.keys import OpenVault
from recruitment_watch import clock

from . import people

PAGE = 25
ORDER = ("severity", "due", "id")


class Show(models.TextChoices):
    """Which part of the queue."""

    OPEN = "open", _("Open")
    MINE = "mine", _("Mine")
    OVERDUE = "overdue", _("Overdue")
    DONE = "done", _("Decided and closed")


FILTERS: dict[Show, Callable[[Inspector], Q]] = {
    Show.OPEN: lambda _inspector: Q(case__state__in=OPEN),
    Show.MINE: lambda inspector: Q(case__state__in=OPEN) & people.in_hands(inspector),
    # A question to the complainant stops the clock, so nothing that waits for them is overdue.
    Show.OVERDUE: lambda _inspector: Q(case__state__in=set(OPEN) - {State.ASKED}, due__lte=clock.now()),
    Show.DONE: lambda _inspector: Q(case__state__in=(State.DECIDED, State.CLOSED)),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands in the order; as text in an address "2.493812.<uuid hex>" (severity, hours since 1970)."""

    severity: int
    due: datetime
    id: UUID

    def __str__(self) -> str:
        return f"{self.severity}.{int(self.due.timestamp()) // 3600}.{self.id.hex}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Undo `str`; None for anything else, because an address can be mistyped."""
        try:
            severity, hours, key = text.split(".")
            return cls(int(severity), datetime.fromtimestamp(int(hours) * 3600, UTC), UUID(hex=key))
        except (ValueError, OverflowError, OSError):
            return None


@dataclass(frozen=True, slots=True)
class Page:
    """Holdings with their covers, and the places from which the pages before and after are asked for."""

    rows: Sequence[tuple[Holding, Sealed | None]]
    before: Place | None
    after: Place | None
    offices: Sequence[Office]


def page(
    inspector: Inspector,
    *,
    vault: OpenVault,
    show: Show = Show.OPEN,
    after: Place | None = None,
    before: Place | None = None,
    size: int = PAGE,
) -> Page:
    """One page. `before` asks backwards from a place, `after` onwards; with neither, the first page."""
    offices = list(access.offices_of(inspector).order_by("name"))
    backwards = before is not None
    found = _places(offices, FILTERS[show](inspector), before or after, backwards, size + 1) if offices else []
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    rows = access.covers([place.id for place in found], by=inspector, vault=vault)
    if not found:
        return Page(rows, None, None, offices)
    is_first = not (more if backwards else after is not None)
    is_last = not (more or backwards)
    return Page(rows, None if is_first else found[0], None if is_last else found[-1], offices)


def _places(offices: Sequence[Office], chosen: Q, place: Place | None, backwards: bool, size: int) -> list[Place]:
    order = [f"-{name}" for name in ORDER] if backwards else list(ORDER)
    parts = [_slice(office, chosen, place, backwards).order_by(*order)[:size] for office in offices]
    merged = parts[0] if len(parts) == 1 else parts[0].union(*parts[1:], all=True).order_by(*order)[:size]
    return [Place(*row) for row in merged]


def _slice(
    office: Office, chosen: Q, place: Place | None, backwards: bool
) -> QuerySet[Holding, tuple[int, datetime, UUID]]:
    rows = Holding.objects.filter(chosen, office=office)
    if place is not None:
        rows = rows.filter((LessThan if backwards else GreaterThan)(_row(), _row(place)))
    return rows.values_list(*ORDER)


def _row(place: Place | None = None) -> Func:
    """SQL's row value (severity, due, id): compared whole, it is one range of the index."""
    parts: list[F | Value] = [F(name) for name in ORDER]
    if place is not None:
        parts = [
            Value(place.severity, output_field=models.PositiveSmallIntegerField()),
            Value(place.due, output_field=models.DateTimeField()),
            Value(place.id, output_field=models.UUIDField()),
        ]
    return Func(*parts, template="ROW(%(expressions)s)", output_field=models.TextField())
