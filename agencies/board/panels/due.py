"""Three things that fall due: licences that run out, conditions that are overdue, guarantees that are short."""

from __future__ import annotations

import datetime
from collections import defaultdict
from decimal import Decimal
from typing import Any, Final, TypeVar

from django.db.models import Case, DecimalField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from agencies.around.guarantee import IN, Holding
from agencies.licensing import RUNS_OUT, SUSPENDED, EventKind, EventValue, State, fold
from agencies.models import Condition, Guarantee, GuaranteeEntry, Kept, Licence, LicenceEvent

from .tally import Due, Key, Tally

K = TypeVar("K", bound=Kept)
#: Days ahead in which a licence that runs out is shown.
AHEAD: Final = 60
MAY, MAY_NOT = "may", "suspended"
LAPSED, HALF, MORE = "lapsed", "less than half", "more than half"


class Expiring:
    """Licences in force or suspended whose last day is near, and that no later licence of that number follows.

    A group is an agency: a renewal is a licence of its own.
    """

    def look(self, day: datetime.date, since: datetime.datetime | None) -> list[tuple[Key, Due | None]]:
        licences: dict[Key, tuple[Key, datetime.date, bool]] = {}
        events: defaultdict[Key, list[EventValue]] = defaultdict(list)
        for licence, agency, valid_to, renewed, *event in _events(day, since):
            licences[licence] = (agency, valid_to, renewed)
            events[licence].append(_value(*event))
        found: list[tuple[Key, Due | None]] = []
        for licence, (agency, valid_to, renewed) in licences.items():
            state = fold(events[licence], valid_to=valid_to, on=day).state
            near = day <= valid_to <= day + datetime.timedelta(days=AHEAD)
            due = Due(licence, agency, valid_to, MAY_NOT if state in SUSPENDED else MAY)
            found.append((agency, due if near and not renewed and state in RUNS_OUT else None))
        return found


def _events(day: datetime.date, since: datetime.datetime | None) -> list[tuple[Any, ...]]:
    """What the fold needs, of all events of each licence looked at. Values: rows cost ten times as much."""
    later = Licence.objects.filter(
        register=OuterRef("licence__register"), number_core=OuterRef("licence__number_core"),
        valid_from__gt=OuterRef("licence__valid_from"),
    )  # fmt: skip
    rows = LicenceEvent.objects.annotate(renewed=Exists(later))
    if since is None:
        rows = rows.filter(renewed=False, licence__valid_to__range=(day, day + datetime.timedelta(days=AHEAD)))
    else:
        lately = LicenceEvent.objects.filter(recorded_at__gte=since).order_by()
        rows = rows.filter(licence__agency__in=lately.values("licence__agency"))
    return list(
        rows.order_by().values_list(
            "licence", "licence__agency", "licence__valid_to", "renewed", "pk", "position", "kind", "to_state",
            "effective_from", "recorded_at", "corrects", "overturns",
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

    def look(self, day: datetime.date, since: datetime.datetime | None) -> list[tuple[Key, Due | None]]:
        rows = _in_force(Condition.objects.all(), day)
        if since is None:
            rows = rows.filter(ended=False, deadline__lt=day, licence__valid_to__gte=day)
        else:
            rows = rows.filter(thing__in=Condition.objects.filter(recorded_at__gte=since).values("thing"))
        found: list[tuple[Key, Due | None]] = []
        for thing, ended, deadline, valid_to in rows.values_list("thing", "ended", "deadline", "licence__valid_to"):
            due = None
            if not ended and deadline is not None and deadline < day <= valid_to:
                due = Due(thing, thing, deadline)
            found.append((thing, due))
        return found


class Short:
    """Guarantees that stand and hold less than the law asks. A group is a guarantee; the day is since when it stands.

    What a line adds is written here once more in SQL; a test holds it to ``agencies.around.guarantee``.
    """

    def look(self, day: datetime.date, since: datetime.datetime | None) -> list[tuple[Key, Due | None]]:
        rows = _in_force(Guarantee.objects.all(), day).annotate(held=_held(day))
        if since is None:
            rows = rows.filter(Q(valid_to__lt=day) | Q(held__lt=F("minimum")), ended=False)
        else:
            terms = Guarantee.objects.filter(recorded_at__gte=since).values("thing")
            lines = GuaranteeEntry.objects.filter(recorded_at__gte=since).values("guarantee")
            rows = rows.filter(Q(thing__in=terms) | Q(thing__in=lines))
        found: list[tuple[Key, Due | None]] = []
        for row in rows:
            one, thing = Holding(row, row.held, day), row.thing
            short = one.short and not row.ended
            found.append((thing, Due(thing, thing, row.effective_from, _how_short(one)) if short else None))
        return found


def _in_force(rows: QuerySet[K], day: datetime.date) -> QuerySet[K]:
    """Of each thing the last version that is in force on that day, ended or not."""
    later = rows.model._default_manager.filter(thing=OuterRef("thing"), version__gt=OuterRef("version"))
    return rows.filter(~Exists(later.filter(effective_from__lte=day)), effective_from__lte=day)


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
