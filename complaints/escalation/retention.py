"""What becomes of cases whose week has come: kept on while somebody works on them, and then nothing opens them.

A case dies in the week that stands on it. During that week, open and held cases are moved half a year on (a decided one
is open until an office closes it, or nobody has written about it for half a year): the worker peels the outermost
layer off every box and puts the later week's on, which is all that it can. On the week's last day the file is
destroyed, and with it rows, write-ahead logs and backups go dark together; then the rows go as well. A case that could
not be moved by then dies: one damaged row must not keep a week's file alive (FIREWALL rule 16, section 2).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from typing import TypeVar
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from complaints.cases import pinned
from complaints.cases.models import Case, EpochBox, Holding, IdentityHolding, Receipt, Rung
from complaints.cases.states import State
from complaints.firewall import disclosure
from complaints.firewall.disclosure import Verb
from complaints.firewall.models import Approval, Parcel
from complaints.vault import contexts, retention, rungs
from complaints.vault.errors import VaultError
from complaints.vault.retention import CARRY_OVER_WEEKS, RETENTION_WEEKS, ReplicatedWeekKeys
from recruitment_watch import clock

log = structlog.get_logger(__name__)

AHEAD_WEEKS = RETENTION_WEEKS + 8  # a worker that stands still for two months stops no filing
LAST_DAY = 7  # Sunday: until then a complainant can still read

Row = TypeVar("Row", bound=Model)


def keep(today: date | None = None, told: Callable[[str, int], None] = lambda what, done: None) -> Counter[str]:
    """Make the files ahead, close what is decided and quiet, move on what is open or held, destroy what has ended.

    Returns how many of each; `told` hears how far it is. Run again after a death at any moment, it goes on where it
    was. Raises VaultError where a folder of weekly files is not there, faults of the database.
    """
    ours = clock.today()
    today = today or min(ours, _database_day())  # a clock that runs wild on one of the two hosts destroys nothing
    weeks = pinned.week_keys()
    if not weeks.reachable():
        raise VaultError("weekly files: a folder is not there")
    done = Counter(made=_make_ahead(weeks, max(today, ours)), closed=_close_quiet())
    for case in list(due_to_move(today).values_list("pk", flat=True)):
        done["moved" if _move_on(case, weeks, today) else "damaged"] += 1
        told("moved", done["moved"] + done["damaged"])
    for week in sorted(ended(weeks, today)):
        done["destroyed"] += 1
        done["buried"] += _end(week, weeks)
        told("destroyed", done["destroyed"])
    done["guests"] = _end_invitations()
    return done


def _close_quiet() -> int:
    """Close decided cases about which nobody has written for half a year, by the database's clock; how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT public.retention_close_quiet()")
        (closed,) = cursor.fetchone()
        for case in closed:
            disclosure.record(Verb.CLOSED, case=Case(pk=case))
    return len(closed)


def _end_invitations() -> int:
    """Take away the boxes of guests whose last day is over; how many. Their reading ended with that day by itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.guests_end_over()")
        (ended_now,) = cursor.fetchone()
    return int(ended_now)


def _database_day() -> date:
    with connection.cursor() as cursor:
        cursor.execute("SELECT (statement_timestamp() AT TIME ZONE 'UTC')::date")
        (day,) = cursor.fetchone()
    assert isinstance(day, date)
    return day


def due_to_move(today: date) -> QuerySet[Case]:
    """Cases whose week has come and that are still needed: not closed, or held by two members of an office with it."""
    holds = Holding.objects.filter(case=OuterRef("case"), office=OuterRef("office"))
    held = Approval.objects.filter(
        Exists(holds), case=OuterRef("pk"), purpose=Approval.Purpose.HOLD, spent_week="", approved_by__isnull=False
    )
    needed = ~Q(state__in=(State.CLOSED, State.WITHDRAWN)) | (Exists(held) & ~Q(state=State.WITHDRAWN))
    return Case.objects.filter(needed, death_week__lte=retention.week_of(today))


def ended(weeks: ReplicatedWeekKeys, today: date) -> set[str]:
    """Weeks at their end that still have a file, or rows because a worker died between the two."""
    last = retention.week_of(today)
    rows = Case.objects.filter(death_week__lte=last).values_list("death_week", flat=True).distinct()
    over = {week for week in (*weeks.weeks(), *rows) if week <= last}
    return over if today.isoweekday() == LAST_DAY else over - {last}


def _make_ahead(weeks: ReplicatedWeekKeys, today: date) -> int:
    """Files for all weeks in which something that exists or is filed soon can die; never one that has come."""
    first = retention.week_of(today)
    wanted = [retention.weeks_after(first, number) for number in range(1, AHEAD_WEEKS + 1)]
    missing = [week for week in wanted if week not in weeks.weeks()]
    for week in missing:
        weeks.ensure(week)
    return len(missing)


def _move_on(pk: UUID, weeks: ReplicatedWeekKeys, today: date) -> bool:
    """Put every box of a case under the file of its next week; all of them, or none. False where one is damaged."""
    try:
        with transaction.atomic():
            case = due_to_move(today).select_for_update(of=("self",), no_key=True).filter(pk=pk).first()
            if case is None:
                return True  # withdrawn or moved meanwhile
            later = retention.weeks_after(case.death_week, CARRY_OVER_WEEKS)
            old, new = weeks.read(case.death_week), weeks.ensure(later)
            for row, field, context in _boxes(case):
                box = retention.rewrap(
                    old, new, bytes(getattr(row, field)), old_week=case.death_week, new_week=later, context=context
                )
                type(row)._default_manager.filter(pk=row.pk).update(**{field: box})
            for used in _used_rungs(case):
                fresh = {field: rungs.noise(len(getattr(used, field))) for field in ("box", "identity_box")}
                Rung.objects.filter(pk=used.pk).update(**fresh)
            Case.objects.filter(pk=case.pk).update(death_week=later)
            disclosure.record(Verb.MOVED_ON, case=case)
            return True
    except VaultError as error:
        fault = type(error).__name__
    log.warning("a case could not be kept on", exception=fault)
    return False


def _boxes(case: Case) -> Iterator[tuple[Model, str, bytes]]:
    """Every box of a case that lies under the weekly file, with the field it is in and its context."""
    mine = case.pk.bytes
    for receipt in _only(case, Receipt, "box"):
        yield receipt, "box", contexts.complainant(mine)
    used = {one.pk for one in _used_rungs(case)}
    for rung in _only(case, Rung, "number", "box", "identity_box").exclude(pk__in=used):
        yield rung, "box", contexts.rung(mine, rung.number)
        yield rung, "identity_box", contexts.identity_rung(mine, rung.number)
    for holding in _only(case, Holding, "office", "box"):
        yield holding, "box", contexts.holding(mine, holding.office_id.bytes)
    for identity in _only(case, IdentityHolding, "office", "box"):
        yield identity, "box", contexts.identity_holding(mine, identity.office_id.bytes)
    for epoch in _only(case, EpochBox, "epoch", "kind", "office", "inspector", "rung", "box"):
        yield epoch, "box", contexts.epoch(mine, epoch.epoch, epoch.kind, epoch.recipient)
    for parcel in _only(case, Parcel, "box").exclude(box=b""):
        yield parcel, "box", contexts.parcel(mine, parcel.pk.bytes)


def _used_rungs(case: Case) -> QuerySet[Rung]:
    """Steps that are over and whose office does not have the case: noise lies there (sql/used_rungs.sql)."""
    held = Holding.objects.filter(case=case).values("rung")
    return _only(case, Rung, "box", "identity_box").filter(number__lte=case.rung).exclude(number__in=held)


def _only(case: Case, model: type[Row], *fields: str) -> QuerySet[Row]:
    return model._default_manager.filter(case=case).only(*fields)


def _end(week: str, weeks: ReplicatedWeekKeys) -> int:
    """Destroy a week's file everywhere, then its rows; how many cases. The file first: rows without it say nothing."""
    weeks.destroy(week)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT public.retention_bury(%s)", [week])
        (buried,) = cursor.fetchone()
        disclosure.record(Verb.DESTROYED)
    return int(buried)
