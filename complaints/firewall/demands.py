"""The register of lawful demands: every order or request for data, and what was given (FIREWALL section 2).

It names no case, not even where the demand did: a demand's own words are kept short and free of that by who records
it. What is published are exact numbers of a quarter; which authority asked, on what ground and for what stays here.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeAlias
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from recruitment_watch import clock
from recruitment_watch.dberrors import constraint_of

from .models import LawfulDemand

Given: TypeAlias = LawfulDemand.Given
Kind: TypeAlias = LawfulDemand.Kind
_QUARTER = re.compile(r"(\d{4})-Q([1-4])", re.ASCII)


class NotRecorded(ValueError):
    """The demand was not written down; the text says why, to whoever records it."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """A quarter's demands. `given` and `contested` count by kind of authority; `waiting` are not answered yet."""

    quarter: str
    over: bool
    received: dict[str, int]
    given: dict[str, dict[str, int]]
    contested: dict[str, int]
    waiting: int

    @property
    def total(self) -> int:
        return sum(self.received.values())


def record(
    *,
    kind: Kind,
    authority: str,
    basis: str,
    asked: str,
    given: Given,
    received_on: date,
    contested: bool = False,
    answered_on: date | None = None,
    instead_of: UUID | None = None,
) -> LawfulDemand:
    """Write a demand down for good; `instead_of` names an earlier entry that this one corrects or completes.

    Raises NotRecorded.
    """
    today = clock.today()
    if received_on > today or (answered_on and answered_on > today):
        raise NotRecorded(_("A date lies in the future."))
    row = LawfulDemand(
        kind=kind, authority=authority.strip(), basis=basis.strip(), asked=asked.strip(), given=given,
        received_on=received_on, contested=contested, answered_on=answered_on, instead_of_id=instead_of,
    )  # fmt: skip
    why = None
    try:
        with transaction.atomic():
            if instead_of and not LawfulDemand.objects.filter(pk=instead_of).exists():
                raise NotRecorded(_("There is no such entry to correct."))
            row.save(force_insert=True)
    except IntegrityError as error:
        why = constraint_of(error)
    if why is None:
        return row
    reasons = {
        "demand_dates_in_order": _("It cannot be answered before it was received."),
        "demand_complete": _("Say who asked, on what ground, and for what."),
        "complaints_lawfuldemand_instead_of_id_key": _("That entry is corrected already; correct the newest."),
    }
    raise NotRecorded(reasons.get(why, why))


def standing() -> QuerySet[LawfulDemand]:
    """The entries that count: those that no later one stands instead of."""
    return LawfulDemand.objects.filter(corrected_by=None).order_by("received_on", "id")


def numbers(quarter: str) -> Numbers:
    """The exact numbers of the demands received in a quarter ("2026-Q4"). Raises ValueError if it is none."""
    first, last = days_of(quarter)
    received: Counter[str] = Counter()
    contested: Counter[str] = Counter()
    given = {kind.value: dict.fromkeys(Given.values, 0) for kind in Kind}
    waiting = 0
    for row in standing().filter(received_on__gte=first, received_on__lte=last):
        received[row.kind] += 1
        contested[row.kind] += row.contested
        given[row.kind][row.given] += 1
        waiting += row.answered_on is None
    every = [kind.value for kind in Kind]
    return Numbers(
        quarter=quarter, over=last < clock.today(), received={kind: received[kind] for kind in every}, given=given,
        contested={kind: contested[kind] for kind in every}, waiting=waiting,
    )  # fmt: skip


def days_of(quarter: str) -> tuple[date, date]:
    """A quarter's first and last day. Raises ValueError."""
    match = _QUARTER.fullmatch(quarter)
    if match is None:
        raise ValueError("a quarter is written as 2026-Q4")
    year, number = int(match[1]), int(match[2])
    after = date(year + number // 4, number % 4 * 3 + 1, 1)
    return date(year, number * 3 - 2, 1), after - timedelta(days=1)


def as_markdown(numbers: Numbers) -> str:
    """The quarter's numbers, for people; ready to publish."""
    lines = [f"# {_('Demands for data, %(quarter)s') % {'quarter': numbers.quarter}}", ""]
    if not numbers.over:
        today = clock.today().isoformat()
        lines += [_("The quarter is not over: these are its numbers up to %(today)s.") % {"today": today}, ""]
    if not numbers.total:
        lines += [_("Nobody asked us for data in this quarter."), ""]
        return "\n".join(lines)
    lines += [
        _("This is how often somebody with power asked us for data, and what they were given. The numbers are exact."),
        _("Nothing here says which complaint was asked for, or whether one was."),
        "",
    ]
    heads = [_("who asked"), _("times"), *(_("given: %(what)s") % {"what": one.label} for one in Given), _("contested")]
    lines += [f"| {' | '.join(map(str, heads))} |", f"|{'---|' * len(heads)}"]
    for kind in Kind:
        if numbers.received[kind]:
            cells = [numbers.received[kind], *numbers.given[kind].values(), numbers.contested[kind]]
            lines.append(f"| {kind.label} | {' | '.join(map(str, cells))} |")
    sums = [sum(numbers.given[kind][one] for kind in Kind) for one in Given]
    cells = [numbers.total, *sums, sum(numbers.contested.values())]
    lines += [f"| {_('all')} | {' | '.join(map(str, cells))} |", ""]
    if numbers.waiting:
        lines += [_("Not answered yet: %(count)s.") % {"count": numbers.waiting}, ""]
    return "\n".join(lines)


def as_json(numbers: Numbers) -> dict[str, object]:
    """The same for machines; every kind of authority is there, also with nought."""
    return {
        "quarter": numbers.quarter,
        "over": numbers.over,
        "total": numbers.total,
        "waiting": numbers.waiting,
        "by_kind": {
            kind.value: {
                "received": numbers.received[kind], "given": numbers.given[kind],
                "contested": numbers.contested[kind],
            }
            for kind in Kind
        },
    }  # fmt: skip
