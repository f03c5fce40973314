"""Who of an office is away and who covers, who works on how much, and handing a colleague's cases on.

Who covers has the absent colleague's cases among their own for those days; nothing is moved, and nothing has to run for
it to begin or end.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from complaints.cases.models import Absence, Holding, Inspector, Office, Recusal
from complaints.cases.states import OPEN, Severity, State
from complaints.firewall import disclosure, members
from complaints.firewall.disclosure import Verb
from recruitment_watch import clock

LONGEST = timedelta(days=366)
NONE = (0, 0, 0, 0)


class NotAllowed(PermissionError):
    """For somebody else this takes a lead inspector or the head."""


class NotThere(ValueError):
    """Who covers has to work in the office, and be there in all that time."""


class AwayAlready(ValueError):
    """These days overlap with others that the member is away, or covers for somebody."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one colleague has in hand today; `inspector` None is what nobody has."""

    inspector: Inspector | None
    open: int = 0
    danger: int = 0
    overdue: int = 0
    waiting: int = 0
    away: Absence | None = None


def away_today(office: Office) -> QuerySet[Absence]:
    today = clock.today()
    return Absence.objects.filter(office=office, since__lte=today, until__gte=today)


def to_come(office: Office) -> QuerySet[Absence]:
    """Absences that are not over, of people who work there today."""
    here = members.colleagues(office).values("inspector")
    rows = Absence.objects.filter(office=office, until__gte=clock.today(), inspector__in=here)
    return rows.select_related("inspector", "cover").order_by("since", "pk")


def covered_by(inspector: Inspector) -> list[tuple[UUID, UUID]]:
    """Whom somebody covers for today, each with the office in which: their cases are as one's own."""
    today = clock.today()
    rows = Absence.objects.filter(cover=inspector, since__lte=today, until__gte=today)
    return list(rows.values_list("office", "inspector"))


def in_hands(inspector: Inspector) -> Q:
    """Which holdings are in somebody's hands today: their own, and those of whom they cover for."""
    today = clock.today()
    covered = Absence.objects.filter(
        office=OuterRef("office"), inspector=OuterRef("assignee"), cover=inspector, since__lte=today, until__gte=today
    )
    return Q(assignee=inspector) | Q(Exists(covered))


@transaction.atomic
def go_away(
    inspector: Inspector, *, office: Office, cover: Inspector, since: date, until: date, by: Inspector
) -> Absence:
    """Write down that a member is away, first and last day included, and who covers.

    Raises NotAllowed, NotThere, AwayAlready.
    """
    if by.pk != inspector.pk and not members.leads(by, office):
        raise NotAllowed
    if until < since or until < clock.today() or until - since > LONGEST:
        raise NotThere
    # Locked, so that of two who write at once the second sees the first.
    rows = members.colleagues(office).filter(inspector__in=[inspector.pk, cover.pk]).order_by("pk")
    here = list(rows.select_for_update(of=("self",), no_key=True))
    if inspector.pk == cover.pk or {one.inspector_id for one in here} != {inspector.pk, cover.pk}:
        raise NotThere
    if any(one.until is not None and one.until <= until for one in here if one.inspector_id == cover.pk):
        raise NotThere
    same_days = Absence.objects.filter(office=office, since__lte=until, until__gte=since)
    if same_days.filter(inspector=cover).exists():
        raise NotThere
    if same_days.filter(Q(inspector=inspector) | Q(cover=inspector)).exists():
        raise AwayAlready
    disclosure.record(Verb.AWAY, by=by, office=office, subject=inspector)
    return Absence.objects.create(office=office, inspector=inspector, cover=cover, since=since, until=until)


@transaction.atomic
def come_back(absence: Absence, *, by: Inspector) -> None:
    """End an absence today, or take it back before it begins. Raises NotAllowed."""
    if by.pk != absence.inspector_id and not members.leads(by, absence.office):
        raise NotAllowed
    disclosure.record(Verb.AWAY, by=by, office=absence.office, subject=absence.inspector)
    rows, today = Absence.objects.filter(pk=absence.pk), clock.today()
    if absence.since >= today:
        rows.delete()
    else:
        rows.update(until=today - timedelta(days=1))


def cases_of(inspector: Inspector, office: Office) -> QuerySet[Holding]:
    """What somebody has in hand in this office, whatever its state."""
    return Holding.objects.filter(office=office, assignee=inspector)


@transaction.atomic
def hand_on(inspector: Inspector, *, office: Office, to: Inspector | None, by: Inspector) -> tuple[int, int]:
    """Give all that a colleague has in hand to another, or (None) to nobody; how many were given, and how many stayed.

    What the other one is recused from stays where it is. Raises NotAllowed, NotThere.
    """
    if not members.leads(by, office):
        raise NotAllowed
    if to is not None and (to.pk == inspector.pk or not _works_there(to, office)):
        raise NotThere
    rows = cases_of(inspector, office)
    if to is not None:
        rows = rows.exclude(case__in=Recusal.objects.filter(inspector=to).values("case"))
    disclosure.record(Verb.HANDED_ON, by=by, office=office, subject=inspector)
    given = rows.update(assignee=to)
    return given, cases_of(inspector, office).count()


def workload(office: Office) -> list[Load]:
    """What each colleague has in hand today, the most first; last what is open and in nobody's hands. Three queries."""
    late = Q(due__lte=clock.now()) & ~Q(state=State.ASKED)
    counted = (
        Holding.objects.filter(office=office, state__in=OPEN)
        .values("assignee")
        .annotate(
            open=Count("pk"), danger=Count("pk", filter=Q(severity=Severity.S1)), overdue=Count("pk", filter=late),
            waiting=Count("pk", filter=Q(state=State.ASKED)),
        )
    )  # fmt: skip
    rows: dict[UUID | None, tuple[int, ...]] = {
        key: tuple(counts) for key, *counts in counted.values_list("assignee", "open", "danger", "overdue", "waiting")
    }
    away = {one.inspector_id: one for one in away_today(office).select_related("cover")}
    found = [
        _load(one.inspector, rows.pop(one.inspector_id, NONE), away.get(one.inspector_id))
        for one in members.colleagues(office)
    ]
    found.sort(key=lambda load: -load.open)
    # What is left is in nobody's hands, or in those of somebody whose membership has ended on a set day.
    return [*found, _load(None, tuple(map(sum, zip(NONE, *rows.values(), strict=True))))]


def _load(inspector: Inspector | None, counts: tuple[int, ...], away: Absence | None = None) -> Load:
    opened, danger, overdue, waiting = counts
    return Load(inspector, open=opened, danger=danger, overdue=overdue, waiting=waiting, away=away)


def _works_there(inspector: Inspector, office: Office) -> bool:
    return members.colleagues(office).filter(inspector=inspector).exists()
