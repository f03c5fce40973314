"""The queue's one statement: so many holdings after a place, of several offices, in order.

Each office's slice is a range of an index made for it (complaints.cases.models.Holding), no longer than the page; they
are merged, and nothing is counted or skipped over. So a page costs the same wherever it begins and however many cases
there are. It is written out because the ORM has no LATERAL, and a union of twenty-five parts takes longer to plan than
to run. Whatever comes from a person is a parameter; the words put together here are this module's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Self
from uuid import UUID

from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from complaints.cases.models import Inspector
from complaints.cases.states import DONE, OPEN, Severity, State
from recruitment_watch import clock


class Order(models.TextChoices):
    """What comes first."""

    DANGER = "danger", _("danger first")
    CLOCK = "clock", _("shortest clock first")


class Show(models.TextChoices):
    """Which part of the queue."""

    OPEN = "open", _("Open")
    OVERDUE = "overdue", _("Overdue")
    ASKED = "asked", _("Waiting for the complainant")
    ESCALATED = "escalated", _("Escalated to us")
    DONE = "done", _("Decided and closed")


class Hands(models.TextChoices):
    """In whose hands."""

    ANY = "any", _("anybody's")
    MINE = "mine", _("mine")
    NOBODY = "nobody", _("nobody's yet")


KEYS: Mapping[Order, tuple[str, str, str]] = MappingProxyType(
    {Order.DANGER: ("severity", "due", "id"), Order.CLOCK: ("due", "severity", "id")}
)


def _in(states: Sequence[State]) -> str:
    return "h.state IN ({})".format(", ".join(f"'{state.value}'" for state in states))


# A question to the complainant stops the clock, so nothing that waits for them is overdue.
PARTS: Mapping[Show, str] = MappingProxyType(
    {
        Show.OPEN: _in(OPEN),
        Show.OVERDUE: _in(OPEN) + f" AND h.state <> '{State.ASKED.value}' AND h.severity IN (1, 2, 3, 4)"
        " AND h.due <= %(now)s",
        Show.ASKED: f"h.state = '{State.ASKED.value}'",
        Show.ESCALATED: _in(OPEN) + " AND h.rung > 1",
        Show.DONE: _in(DONE),
    }
)
HANDS: Mapping[Hands, str] = MappingProxyType(
    {Hands.ANY: "", Hands.MINE: "h.assignee_id = o.hand", Hands.NOBODY: "h.assignee_id IS NULL"}
)
# What somebody is recused from is looked up once, not for each row of each office; all that is asked of a row before it
# is on the page stands in the index.
STATEMENT = """
SELECT page.id, page.severity, page.due,
       (SELECT count(*) FROM complaints_holding met JOIN complaints_message m ON m.case_id = met.case_id
         WHERE met.id = page.id AND m.direction = 'from')
  FROM (
    SELECT part.* FROM unnest(%(offices)s::uuid[], %(agencies)s::bytea[], %(hands)s::uuid[]) AS o (id, agency, hand)
     CROSS JOIN LATERAL (
       SELECT h.id, h.severity, h.due FROM complaints_holding h
        WHERE h.office_id = o.id AND {wanted}
          AND h.case_id NOT IN (SELECT r.case_id FROM complaints_recusal r WHERE r.inspector_id = %(me)s)
        ORDER BY {of_part} LIMIT %(size)s
     ) AS part
     ORDER BY {of_page} LIMIT %(size)s
  ) AS page
 ORDER BY {of_all}
"""


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
            found = cls(int(severity), datetime.fromtimestamp(int(hours) * 3600, UTC), UUID(hex=key))
            return found if found.severity in Severity.values else None
        except (ValueError, OverflowError, OSError):
            return None


@dataclass(frozen=True, slots=True)
class Met:
    """A holding met on the way: its place, and how many messages of the complainant its case has."""

    place: Place
    said: int


@dataclass(frozen=True, slots=True)
class Slice:
    """What is asked for: conditions on the holdings themselves, and the order.

    `offices` are offices with, where an agency is asked for, one of its blind indexes there (else None); an office
    stands there once for each. `covered` are colleagues, each in one office, whose cases count as the inspector's own.
    """

    inspector: Inspector
    offices: Sequence[tuple[UUID, bytes | None]]
    show: Show = Show.OPEN
    hands: Hands = Hands.ANY
    severity: Severity | None = None
    order: Order = Order.DANGER
    covered: Sequence[tuple[UUID, UUID]] = ()

    def read(self, *, size: int, after: Place | None = None, before: Place | None = None) -> list[Met]:
        """At most `size`, onwards from `after` or from the beginning; with `before` backwards from there.

        Always the one nearest to the place first. One query.
        """
        if not self.offices:
            return []
        with connection.cursor() as cursor:
            cursor.execute(*self.statement(size=size, after=after, before=before))
            return [Met(Place(severity, due, key), said) for key, severity, due, said in cursor.fetchall()]

    def statement(
        self, *, size: int, after: Place | None = None, before: Place | None = None
    ) -> tuple[str, dict[str, Any]]:
        place, names = before or after, KEYS[self.order]
        wanted = [PARTS[self.show], HANDS[self.hands]]
        wanted.append("h.severity = %(severity)s" if self.severity else "")
        wanted.append("h.agency_index = o.agency" if self.offices[0][1] is not None else "")
        if place is not None:  # compared whole, it is one range of the index
            columns = ", ".join(f"h.{name}" for name in names)
            values = ", ".join(f"%(at_{name})s" for name in names)
            wanted.append(f"({columns}) {'<' if before else '>'} ({values})")
        text = STATEMENT.format(
            wanted=" AND ".join(filter(None, wanted)),
            of_part=_order("h", names, backwards=before is not None),
            of_page=_order("part", names, backwards=before is not None),
            of_all=_order("page", names, backwards=before is not None),
        )
        return text, self._values(place, size)

    def _values(self, place: Place | None, size: int) -> dict[str, Any]:
        parts = [(office, agency, hand) for office, agency in self.offices for hand in self._hands_in(office)]
        values: dict[str, Any] = {
            "offices": [office for office, _agency, _hand in parts],
            "agencies": [agency for _office, agency, _hand in parts],
            "hands": [hand for _office, _agency, hand in parts],
            "me": self.inspector.pk,
            "now": clock.now(),
            "severity": int(self.severity) if self.severity else None,
            "size": size,
        }
        if place is not None:
            values |= {"at_severity": place.severity, "at_due": place.due, "at_id": place.id}
        return values

    def _hands_in(self, office: UUID) -> list[UUID | None]:
        """Whose cases there are asked for, each a part; also those of whom one covers for. None: anybody's."""
        if self.hands != Hands.MINE:
            return [None]
        return [self.inspector.pk, *(colleague for at, colleague in self.covered if at == office)]


def _order(table: str, names: Sequence[str], *, backwards: bool) -> str:
    return ", ".join(f"{table}.{name}{' DESC' if backwards else ''}" for name in names)
