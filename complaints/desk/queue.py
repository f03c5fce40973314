"""The queue: one page of what an inspector's offices hold, in a chosen order, by keyset.

What can be asked of the holdings themselves is asked of the database (slices.py). The agency is found by its blind
index. The language stands only in the covers, and no index of it is kept (FIREWALL section 2: a language with few
speakers would tell on its speakers): for it covers are opened in memory one after the other, up to a bound, and the
page says where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from django.utils.http import urlencode

from complaints.cases.models import Holding, Inspector, Office
from complaints.cases.sealing import Sealed
from complaints.cases.states import Severity
from complaints.firewall import access
from complaints.firewall.keys import OpenVault
from complaints.vault.members import blind_index

from . import people
from .looks import News, news
from .slices import Hands, Met, Order, Place, Show, Slice

PAGE = 25
LOOKED_THROUGH = 500  # covers at most that one page opens to find a language: about a tenth of a second
STEP = 100  # of them at a time
# What people write in: the corridors' languages.
LANGUAGES = (
    "en", "ar", "bn", "es", "fr", "hi", "id", "ne", "tl", "ur", "si", "ta", "my", "km", "vi", "th", "am", "sw",
    "zh-hans", "pt",
)  # fmt: skip


Seen = tuple[Met, Holding, Sealed | None]
Opening = Callable[[Sequence[Met]], Iterator[Seen]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to see; all of it stands in the address, so that a page can be kept as a bookmark."""

    show: Show = Show.OPEN
    hands: Hands = Hands.ANY
    severity: Severity | None = None
    language: str = ""
    agency: UUID | None = None
    office: UUID | None = None
    order: Order = Order.DANGER

    @classmethod
    def parse(cls, said: Mapping[str, str]) -> Wanted:
        """From an address; what is mistyped there counts as not said."""
        severity, language = said.get("severity", ""), said.get("language", "")
        return cls(
            show=Show(said["show"]) if said.get("show") in Show.values else Show.OPEN,
            hands=Hands(said["hands"]) if said.get("hands") in Hands.values else Hands.ANY,
            severity=Severity(int(severity)) if severity in map(str, Severity.values) else None,
            language=language if language in LANGUAGES else "",
            agency=_uuid(said.get("agency", "")),
            office=_uuid(said.get("office", "")),
            order=Order(said["order"]) if said.get("order") in Order.values else Order.DANGER,
        )

    def address(self, **more: object) -> str:
        """The address of this choice from its beginning, or from a place: "?show=overdue&after=…"."""
        said = {
            "show": self.show.value,
            "hands": "" if self.hands is Hands.ANY else self.hands.value,
            "severity": str(int(self.severity)) if self.severity else "",
            "language": self.language,
            "agency": str(self.agency or ""),
            "office": str(self.office or ""),
            "order": "" if self.order is Order.DANGER else self.order.value,
        }
        said |= {name: str(value or "") for name, value in more.items()}
        return "?" + urlencode({name: value for name, value in said.items() if value})

    def but(self, **changes: object) -> Wanted:
        return replace(self, **changes)  # type: ignore[arg-type]  # the fields' own types


@dataclass(frozen=True, slots=True)
class Row:
    holding: Holding
    cover: Sealed | None
    news: News | None


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, and the places from which the pages before and after are asked for.

    `stopped`: so many covers were opened for a language, and there is more to look through after them.
    """

    rows: Sequence[Row]
    before: Place | None
    after: Place | None
    offices: Sequence[Office]
    stopped: int = 0


@dataclass(frozen=True, slots=True)
class _Found:
    """The next holdings in one direction; whether there are more; how far was looked, and how many were looked at."""

    rows: list[Seen]
    more: bool
    first: Place | None = None
    last: Place | None = None
    looked: int = 0


def page(
    inspector: Inspector,
    *,
    vault: OpenVault,
    wanted: Wanted | None = None,
    after: Place | None = None,
    before: Place | None = None,
    size: int = PAGE,
) -> Page:
    """One page. `before` asks backwards from a place, `after` onwards; with neither, the first page."""
    wanted = wanted or Wanted()
    sight = access.Sight.of(inspector)
    offices = list(sight.offices.values())
    covered = people.covered_by(inspector) if wanted.hands == Hands.MINE else ()
    places = _places(offices, wanted, vault)
    asked = Slice(inspector, places, wanted.show, wanted.hands, wanted.severity, wanted.order, covered)
    backwards = before is not None
    find = _with_language if wanted.language else _next
    # Through many covers the reader's offices are asked for anew with each step: it may take a moment.
    opening = partial(_opened, by=inspector, vault=vault, sight=None if wanted.language else sight)
    found = find(asked, wanted, opening, before if backwards else after, backwards, size)
    rows = found.rows[::-1] if backwards else found.rows
    first, last = (found.last, found.first) if backwards else (found.first, found.last)
    fresh = news(((holding, met.said) for met, holding, _cover in rows), by=inspector, vault=vault)
    return Page(
        rows=[Row(holding, cover, fresh.get(holding.pk)) for _met, holding, cover in rows],
        before=first if (found.more if backwards else after is not None) else None,
        after=last if (found.more or backwards) else None,
        offices=offices,
        stopped=found.looked if found.more and len(rows) < size else 0,
    )


def _places(offices: Sequence[Office], wanted: Wanted, vault: OpenVault) -> list[tuple[UUID, bytes | None]]:
    """Where to look: each office, with each index of the agency that one of its generations has made."""
    chosen = [office.pk for office in offices if wanted.office in (None, office.pk)]
    if wanted.agency is None:
        return [(office, None) for office in chosen]
    return [
        (office, blind_index(private, wanted.agency.bytes))
        for office in chosen
        for private in vault.offices.get(office, {}).values()
    ]


def _next(asked: Slice, wanted: Wanted, opening: Opening, place: Place | None, backwards: bool, size: int) -> _Found:
    met = _read(asked, place, backwards, size + 1)
    more, met = len(met) > size, met[:size]
    if not met:
        return _Found([], more=False)
    return _Found(list(opening(met)), more, met[0].place, met[-1].place, len(met))


def _with_language(
    asked: Slice, wanted: Wanted, opening: Opening, place: Place | None, backwards: bool, size: int
) -> _Found:
    """The next `size` in a language, of at most LOOKED_THROUGH."""
    rows: list[Seen] = []
    first, last, looked = None, place, 0
    while looked < LOOKED_THROUGH:
        met = _read(asked, last, backwards, STEP + 1)
        more, met = len(met) > STEP, met[:STEP]
        opened = {one[0].place: one for one in opening(met)}
        for one in met:
            row = opened.get(one.place)
            fits = row is not None and row[2] is not None and row[2].get("language") == wanted.language
            if row is not None and fits:
                if len(rows) == size:
                    return _Found(rows, True, first, rows[-1][0].place, looked)
                rows.append(row)
            first, last, looked = first or one.place, one.place, looked + 1
        if not more:
            return _Found(rows, False, first, last, looked)
    return _Found(rows, True, first, last, looked)


def _read(asked: Slice, place: Place | None, backwards: bool, size: int) -> list[Met]:
    return asked.read(size=size, before=place) if backwards else asked.read(size=size, after=place)


def _opened(met: Sequence[Met], by: Inspector, vault: OpenVault, sight: access.Sight | None) -> Iterator[Seen]:
    found = {row.pk: (row, cover) for row, cover in access.covers(
        [one.place.id for one in met], by=by, vault=vault, sight=sight
    )}  # fmt: skip
    for one in met:
        if one.place.id in found:  # else it has gone meanwhile
            yield one, *found[one.place.id]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
