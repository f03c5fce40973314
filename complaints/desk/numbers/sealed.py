"""What can only be counted by opening it: outcomes, money, languages. In the head's open vault, in memory.

Some cases at a time; nothing of one is shown or kept. The half-finished count goes back and forth locked to this
sitting (`desk.carried`), so that nobody reads small numbers out of it, and what comes out in the end is told like any
other number. Cases from which the head is recused are not opened, and so not counted.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Self
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from complaints.cases import clocks
from complaints.cases.models import Holding, Inspector, Office
from complaints.cases.sealing import Sealed
from complaints.cases.states import Outcome, State
from complaints.desk import room
from complaints.firewall import access
from complaints.firewall.access import OpenCase
from complaints.firewall.disclosure import Verb
from complaints.firewall.keys import OpenVault
from recruitment_watch import cldr, clock

from . import small
from .tables import Table, told

WEEKS = 52  # how far back
MOST = 5_000  # cases that one count opens
CHUNK = 50
SECONDS = 1.5  # of one request


@dataclass(slots=True)
class Tally:
    """How far the count has come. `paid` by currency: the sum, and how many cases make it up."""

    total: int
    seen: int = 0
    over: bool = False
    after: UUID | None = None
    outcomes: Counter[str] = field(default_factory=Counter, repr=False)
    unserved: Counter[str] = field(default_factory=Counter, repr=False)
    paid: dict[str, tuple[Decimal, int]] = field(default_factory=dict, repr=False)

    def to_dict(self) -> dict[str, object]:
        return {
            "total": self.total,
            "seen": self.seen,
            "over": self.over,
            "after": str(self.after or ""),
            "outcomes": dict(self.outcomes),
            "unserved": dict(self.unserved),
            "paid": {currency: [str(amount), cases] for currency, (amount, cases) in self.paid.items()},
        }

    @classmethod
    def from_dict(cls, said: dict[str, object]) -> Self:
        """Undo `to_dict`; what comes back is what this vault has locked."""
        outcomes, unserved, paid = (said[name] for name in ("outcomes", "unserved", "paid"))
        assert isinstance(outcomes, dict) and isinstance(unserved, dict) and isinstance(paid, dict)
        return cls(
            total=int(str(said["total"])),
            seen=int(str(said["seen"])),
            over=bool(said["over"]),
            after=UUID(str(said["after"])) if said["after"] else None,
            outcomes=Counter(outcomes),
            unserved=Counter(unserved),
            paid={currency: (Decimal(amount), cases) for currency, (amount, cases) in paid.items()},
        )


def begin(office: Office, *, by: Inspector) -> Tally:
    return Tally(total=_counted(office, by)[:MOST].count())


def go_on(tally: Tally, office: Office, *, by: Inspector, vault: OpenVault, seconds: float = SECONDS) -> None:
    """Count on for about so many seconds, at least one chunk. Each chunk is in the log before it is opened."""
    deadline = time.monotonic() + seconds
    while not tally.over:
        rows = _counted(office, by)
        if tally.after is not None:
            rows = rows.filter(pk__gt=tally.after)
        todo = list(rows.values_list("pk", flat=True)[: min(CHUNK, MOST - tally.seen)])
        for case in access.read_many(todo, by=by, vault=vault, reason=Verb.COUNTED):
            _count(tally, case, office)
        tally.seen += len(todo)
        tally.after = todo[-1] if todo else tally.after
        tally.over = len(todo) < CHUNK or tally.seen >= MOST
        if time.monotonic() >= deadline:
            return


def tables(tally: Tally) -> list[Table]:
    """What came out, as it may be told."""
    language = get_language() or "en"
    return [
        Table(
            slug="outcomes",
            title=_("What came of closed cases"),
            note=_("Cases that the office has closed."),
            first=_("What came of it"),
            series=[_("Cases")],
            rows=told({str(one.label): tally.outcomes[one.value] for one in Outcome}),
        ),
        Table(
            slug="money",
            title=_("Money that people got back"),
            note=_("What is written down as paid, in each currency by itself."),
            first=_("Currency"),
            series=[_("Paid")],
            plotted=False,  # no currency is longer than another
            rows=[
                (cldr.currency(currency, language), [small.money(amount, cases)])
                for currency, (amount, cases) in sorted(tally.paid.items())
                if small.money(amount, cases) is not None
            ],
        ),
        Table(
            slug="languages",
            title=_("Languages that the office does not speak"),
            note=_("Cases in a language that is not among the office's own."),
            first=_("Language"),
            series=[_("Cases")],
            # A language with few cases is not even named: that somebody wrote in it would be told.
            rows=told(
                {room.language({"language": code}): cases for code, cases in tally.unserved.most_common()
                 if small.shown(cases) is not None}
            ),
        ),
    ]  # fmt: skip


def _counted(office: Office, by: Inspector) -> QuerySet[Holding]:
    since = clocks.week(clock.today() - timedelta(weeks=WEEKS))
    return access.visible_holdings(by).filter(office=office, week__gte=since).order_by("pk")


def _count(tally: Tally, case: OpenCase, office: Office) -> None:
    written = str(case.cover.get("language") or "")
    if written and written not in office.languages:
        tally.unserved[written] += 1
    said = [one.content for one in case.records if one.content]
    closings = [str(one.get("outcome")) for one in said if one.get("kind") == "closing"]
    if closings and case.state == State.CLOSED:
        tally.outcomes[closings[-1]] += 1
    mine: dict[str, Decimal] = {}
    for currency, amount in _paid(said):
        mine[currency] = mine.get(currency, Decimal(0)) + amount
    for currency, amount in mine.items():
        before, cases = tally.paid.get(currency, (Decimal(0), 0))
        tally.paid[currency] = (before + amount, cases + 1)


def _paid(records: list[Sealed]) -> Iterator[tuple[str, Decimal]]:
    """What remedies say was paid: {kind: "remedy", stage: "paid", amount, currency}."""
    for one in records:
        if one.get("kind") == "remedy" and one.get("stage") == "paid" and one.get("amount"):
            try:
                amount = Decimal(str(one["amount"]))
            except InvalidOperation:
                continue
            if amount.is_finite() and amount > 0:
                yield str(one.get("currency") or "?"), amount
