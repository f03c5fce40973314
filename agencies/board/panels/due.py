"""Three things that fall due: licences that run out, conditions that are overdue, guarantees that are short."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal
from typing import Any, Final

from django.db.models import Case, DecimalField, Exists, F, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from agencies.around.guarantee import IN, Holding
from agencies.licensing import RUNS_OUT, SUSPENDED, EventKind, EventValue, State, fold
from agencies.models import Condition, Guarantee, GuaranteeEntry, Licence, LicenceEvent

from .tally import Due, Key, Tally

#: Days ahead in which a licence that runs out is shown.
AHEAD: Final = 60
MAY, MAY_NOT = "may", "suspended"
LAPSED, HALF, MORE = "lapsed", "less than half", "more than half"


class Expiring:
    """Licences in force or suspended whose last day is near, and that no later licence of that number follows.

    A group is an agency: a renewal is a licence of its own.
    """

    def changed(self, since: datetime.datetime) -> set[Key]:
        rows = LicenceEvent.objects.filter(recorded_at__gte=since).order_by()
        return set(rows.values_list("licence__agency", flat=True))

    def due(self, day: datetime.date, groups: Collection[Key] | None) -> list[Due]:
        ends: dict[Key, tuple[Key, datetime.date]] = {}
        events: defaultdict[Key, list[EventValue]] = defaultdict(list)
        for licence, agency, valid_to, *event in _events(day, groups):
            ends[licence] = (agency, valid_to)
            events[licence].append(_value(*event))
        found = []
        for licence, (agency, valid_to) in ends.items():
            state = fold(events[licence], valid_to=valid_to, on=day).state
            if state in RUNS_OUT:
                found.append(Due(licence, agency, valid_to, MAY_NOT if state in SUSPENDED else MAY))
        return found


def _events(day: datetime.date, groups: Collection[Key] | None) -> list[tuple[Any, ...]]:
    """What the fold needs, of all events of each licence that may run out. Values: rows cost ten times as much."""
    later = Licence.objects.filter(
        register=OuterRef("licence__register"), number_core=OuterRef("licence__number_core"),
        valid_from__gt=OuterRef("licence__valid_from"),
    )  # fmt: skip
    rows = LicenceEvent.objects.filter(
        ~Exists(later), licence__valid_to__range=(day, day + datetime.timedelta(days=AHEAD))
    )
    if groups is not None:
        rows = rows.filter(licence__agency__in=groups)
    return list(
        rows.order_by().values_list(
            "licence", "licence__agency", "licence__valid_to", "pk", "position", "kind", "to_state", "effective_from",
            "recorded_at", "corrects", "overturns",
        )
    )  # fmt: skip


def _value(
    pk: Key, position: int, kind: str, to_state: str, effective_from: datetime.date, recorded_at: datetime.datetime,
    corrects: Key | None, overturns: Key | None,
) -> EventValue:  # fmt: skip
    return EventValue(
        id=pk, position=position, kind=EventKind(kind), to_state=State(to_state) if to_state else None,
        effective_from=effective_from, recorded_on=recorded_at.astimezone(datetime.UTC).date(), corrects=corrects,
        overturns=overturns,
    )  # fmt: skip


class Overdue:
    """Conditions that stand though their day has passed, of licences whose last day has not.

    A group is a condition.
    """

    def changed(self, since: datetime.datetime) -> set[Key]:
        return set(Condition.objects.filter(recorded_at__gte=since).values_list("thing", flat=True))

    def due(self, day: datetime.date, groups: Collection[Key] | None) -> list[Due]:
        later = Condition.objects.filter(thing=OuterRef("thing"), version__gt=OuterRef("version"))
        rows = Condition.objects.filter(
            ~Exists(later.filter(effective_from__lte=day)), ended=False, deadline__lt=day, effective_from__lte=day,
            licence__valid_to__gte=day,
        )  # fmt: skip
        if groups is not None:
            rows = rows.filter(thing__in=groups)
        return [Due(thing, thing, deadline) for thing, deadline in rows.values_list("thing", "deadline") if deadline]


class Short:
    """Guarantees that stand and hold less than the law asks. A group is a guarantee; the day is since when it stands.

    What a line adds is written here once more in SQL; a test holds it to ``agencies.around.guarantee``.
    """

    def changed(self, since: datetime.datetime) -> set[Key]:
        terms = Guarantee.objects.filter(recorded_at__gte=since).values_list("thing", flat=True)
        lines = GuaranteeEntry.objects.filter(recorded_at__gte=since).values_list("guarantee", flat=True)
        return set(terms.union(lines))

    def due(self, day: datetime.date, groups: Collection[Key] | None) -> list[Due]:
        later = Guarantee.objects.filter(thing=OuterRef("thing"), version__gt=OuterRef("version"))
        rows = Guarantee.objects.filter(
            ~Exists(later.filter(effective_from__lte=day)), ended=False, effective_from__lte=day
        )
        if groups is not None:
            rows = rows.filter(thing__in=groups)
        may_be = rows.annotate(held=_held(day)).filter(Q(valid_to__lt=day) | Q(held__lt=F("minimum")))
        holdings = [Holding(row, row.held, day) for row in may_be]
        return [
            Due(one.guarantee.thing, one.guarantee.thing, one.guarantee.effective_from, _how_short(one))
            for one in holdings
            if one.short
        ]


def _held(day: datetime.date) -> Coalesce:
    into = Q(kind__in=sorted(IN), reverses__isnull=True) | (~Q(kind__in=sorted(IN)) & Q(reverses__isnull=False))
    money = DecimalField(max_digits=16, decimal_places=2)
    signed = Case(When(into, then=F("amount")), default=-F("amount"), output_field=money)
    lines = GuaranteeEntry.objects.filter(guarantee=OuterRef("thing"), booked_on__lte=day).order_by()
    total = lines.values("guarantee").annotate(total=Sum(signed)).values("total")
    return Coalesce(Subquery(total, output_field=money), Value(Decimal(0)), output_field=money)


def _how_short(holding: Holding) -> str:
    if holding.lapsed:
        return LAPSED
    return HALF if holding.balance * 2 < holding.guarantee.minimum else MORE


EXPIRING, OVERDUE, SHORT = Tally(Expiring()), Tally(Overdue()), Tally(Short())
TALLIES: Final = (EXPIRING, OVERDUE, SHORT)
