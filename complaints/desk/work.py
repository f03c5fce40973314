"""An office's own work on a case: whose hands it is in, notes, tasks with a day, and cases that belong together.

Each verb is one transaction with its link in the log. All but the assignee is sealed as findings are, and the log calls
it by one name (`Verb.NOTED`): what kind of thing an inspector wrote down stands inside the seal only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from complaints.cases.models import Case, CaseRecord, Inspector, Membership, Recusal
from complaints.firewall import access, disclosure, records
from complaints.firewall.access import OpenCase
from complaints.firewall.disclosure import Verb
from complaints.firewall.keys import OpenVault
from recruitment_watch import clock

from . import assigning
from .assigning import Pick

REFERENCE = 8  # characters of a case's id that people call it by


class NotAMember(ValueError):
    """Not somebody of this office who may see the case."""


class NoSuchTask(ValueError):
    """No such task in this case, or it is done."""


class NotLinked(ValueError):
    """No other case of this office has this reference, or the two belong together already."""


@dataclass(frozen=True, slots=True)
class Task:
    """What somebody is to do by a day. `whom` is a member's name, or "" for anybody of the office."""

    id: UUID
    text: str = field(repr=False)
    day: date | None
    whom: str
    by: str
    done: bool

    @property
    def late(self) -> bool:
        return not self.done and self.day is not None and self.day < clock.today()


def colleagues(case: OpenCase) -> QuerySet[Inspector]:
    """The members of the holding office who may see this case today."""
    today = clock.today()
    works = Membership.objects.filter(Q(until=None) | Q(until__gt=today), office=case.office, since__lte=today)
    recused = Recusal.objects.filter(case=case.case)
    return Inspector.objects.filter(
        pk__in=works.values("inspector"), is_active=True
    ).exclude(pk__in=recused.values("inspector")).order_by("name", "id")  # fmt: skip


@transaction.atomic
def assign(case: OpenCase, *, to: Inspector, by: Inspector) -> None:
    """Put the case into a member's hands, a colleague's or one's own.

    Raises NotAMember, Overtaken, IllegalMove; Case.DoesNotExist to who has lost the case.
    """
    records.begin(case, by, records.MAY_WRITE)
    try:
        assigning.assign(Pick(case.holding.pk, case.holding.assignee_id), to=to, by=by)
    except (assigning.NotHere, assigning.Recused):
        raise NotAMember from None
    case.holding.assignee = to


@transaction.atomic
def note(case: OpenCase, *, text: str, by: Inspector) -> CaseRecord:
    """Write a note for the office alone. Raises Overtaken, CannotSeal, TooLong; Case.DoesNotExist."""
    records.begin(case, by, records.MAY_WRITE)
    return noted(case, by, {"kind": "office_note", "text": text})


@transaction.atomic
def add_task(case: OpenCase, *, text: str, day: date, whom: Inspector | None, by: Inspector) -> CaseRecord:
    """Write down what is to be done by a day, by a member or by anybody. Raises NotAMember and what `note` does."""
    records.begin(case, by, records.MAY_WRITE)
    if whom is not None and not colleagues(case).filter(pk=whom.pk).exists():
        raise NotAMember
    named = {"whom": str(whom.pk) if whom else "", "name": whom.name if whom else ""}
    return noted(case, by, {"kind": "task", "text": text, "day": day.isoformat(), **named})


@transaction.atomic
def finish_task(case: OpenCase, *, task: UUID, by: Inspector) -> CaseRecord:
    """Say that a task is done. Raises NoSuchTask and what `note` does."""
    records.begin(case, by, records.MAY_WRITE)
    if not any(one.id == task and not one.done for one in tasks(case)):
        raise NoSuchTask
    return noted(case, by, {"kind": "task_done", "task": str(task)})


def tasks(case: OpenCase) -> list[Task]:
    """Open ones first, by their day."""
    return sorted(_tasks(case), key=lambda one: (one.done, one.day or date.max, one.id))


def open_other(case: OpenCase, *, reference: str, vault: OpenVault | None) -> OpenCase:
    """Another case of the same office by its reference, opened, which is logged there.

    Raises NotLinked; VaultClosed, Unreadable; RuntimeError inside a transaction.
    """
    known = access.visible_holdings(case.member).filter(office=case.office).exclude(case=case.case.pk)
    try:
        lowest, highest = (UUID(hex=reference + end * (32 - REFERENCE)) for end in "0f")
    except ValueError:
        raise NotLinked from None
    found = list(known.filter(case__gte=lowest, case__lte=highest).values_list("case", flat=True)[:2])
    if len(found) != 1:
        raise NotLinked
    return access.open_case(found[0], by=case.member, vault=vault)


@transaction.atomic
def link(case: OpenCase, other: OpenCase, *, text: str, by: Inspector) -> None:
    """Write into each of two cases of one office that they belong together, and why.

    Raises NotLinked and what `note` does.
    """
    if case.office.pk != other.office.pk or case.case.pk == other.case.pk or str(other.case.pk) in set(_linked(case)):
        raise NotLinked
    for one in sorted((case, other), key=lambda one: one.case.pk):  # in one order: nobody waits in a ring
        records.begin(one, by, records.MAY_WRITE)
    for one, far in ((case, other), (other, case)):
        noted(one, by, {"kind": "link", "case": str(far.case.pk), "text": text})


def links(case: OpenCase) -> list[tuple[Case, str]]:
    """The cases that this one is linked to and that its reader may see, with the reasons."""
    reasons = {UUID(str(said["case"])): str(said.get("text") or "") for _row, said in records.of_kind(case, "link")}
    seen = access.visible_holdings(case.member).filter(office=case.office, case__in=reasons)
    return [(one.case, reasons[one.case_id]) for one in seen.select_related("case").order_by("case")]


def noted(case: OpenCase, by: Inspector, said: Mapping[str, object], key: bytes | None = None) -> CaseRecord:
    """A sealed record and its link in the log, inside the verb's transaction after `records.begin`.

    `key`: the case's writing key where the verb has asked for it already; it is asked for once.
    """
    record = records.write_down(case, by=by, said=said, key=key or case.writing_key())
    disclosure.record(Verb.NOTED, by=by, office=case.office, case=case.case)
    return record


def _tasks(case: OpenCase) -> Iterator[Task]:
    done = {str(said.get("task")) for _row, said in records.of_kind(case, "task_done")}
    for row, said in records.of_kind(case, "task"):
        yield Task(row, str(said.get("text")), _day(said.get("day")), str(said.get("name") or ""), str(said.get("by")),
                   str(row) in done)  # fmt: skip


def _linked(case: OpenCase) -> Iterator[str]:
    for _row, said in records.of_kind(case, "link"):
        yield str(said.get("case"))


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None
