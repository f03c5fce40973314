"""Search over what a member may see: a case's reference, an agency, words in the open cases that are in their hands.

Reference and agency need no story: the one is a range of ids, the other a blind index. Words are looked for in memory,
some cases at a time; each batch is in the log before it is opened, and each case that is found once more before it is
shown. What is looked for is in no address, no row and no log.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Self
from uuid import UUID

from django.db.models import Q, QuerySet

from agencies import names
from agencies.search import search as agencies_like
from complaints.cases.models import Holding, Inspector, PatternMark
from complaints.cases.states import OPEN, State
from complaints.firewall import access, disclosure, marks
from complaints.firewall.access import OpenCase
from complaints.firewall.disclosure import Verb
from complaints.firewall.keys import OpenVault
from complaints.vault import blind

from . import people

LONGEST = 200  # letters of a query
SHORTEST = 3  # letters of a word that is looked for in cases
SHOWN = 50  # results by reference or agency, the most urgent first
MOST = 500  # cases that one search opens
CHUNK = 20
SECONDS = 1.5  # of one request
AGENCIES = 5  # of the register, the likeliest first


@dataclass(slots=True)
class Search:
    """A search under way: what is looked for, how far it has come, and the holdings whose words have it."""

    query: str = field(repr=False)
    total: int = 0
    seen: int = 0
    over: bool = False
    after: UUID | None = None
    hits: list[UUID] = field(default_factory=list, repr=False)

    @property
    def words(self) -> list[str]:
        return [word for word in folded(self.query).split() if len(word) >= SHORTEST]

    def to_dict(self) -> dict[str, object]:
        return {
            "query": self.query, "total": self.total, "seen": self.seen, "over": self.over,
            "after": str(self.after or ""), "hits": [str(one) for one in self.hits],
        }  # fmt: skip

    @classmethod
    def from_dict(cls, said: dict[str, object]) -> Self:
        """Undo `to_dict`; what comes back is what this vault has locked."""
        hits = said["hits"]
        assert isinstance(hits, list)
        return cls(
            query=str(said["query"]), total=int(str(said["total"])), seen=int(str(said["seen"])),
            over=bool(said["over"]), after=UUID(str(said["after"])) if said["after"] else None,
            hits=[UUID(one) for one in hits],
        )  # fmt: skip


def begin(query: str, *, by: Inspector) -> Search:
    found = Search(query=query[:LONGEST])
    found.total = in_hand(by)[:MOST].count() if found.words else 0
    found.over = not found.total
    return found


def in_hand(by: Inspector) -> QuerySet[Holding]:
    """The open cases in this member's hands, and of those for whom they cover today; decided ones too."""
    mine = access.visible_holdings(by).filter(people.in_hands(by), state__in=(*OPEN, State.DECIDED))
    return mine.order_by("pk")


def go_on(search: Search, *, by: Inspector, vault: OpenVault, seconds: float = SECONDS) -> None:
    """Look through the next cases for about so many seconds, at least one chunk."""
    deadline = time.monotonic() + seconds
    while not search.over:
        rows = in_hand(by)
        if search.after is not None:
            rows = rows.filter(pk__gt=search.after)
        todo = list(rows.values_list("pk", flat=True)[: min(CHUNK, MOST - search.seen)])
        for case in access.read_many(todo, by=by, vault=vault, reason=Verb.SEARCHED, story=True):
            if _has(case, search.words):
                disclosure.record_first(Verb.SEARCH_HIT, by=by, office=case.office, case=case.case)
                search.hits.append(case.holding.pk)
        search.seen += len(todo)
        search.after = todo[-1] if todo else search.after
        search.over = len(todo) < CHUNK or search.seen >= MOST
        if time.monotonic() >= deadline:
            return


def by_reference(query: str, *, by: Inspector) -> list[UUID]:
    """Holdings of the cases whose id begins so: at least four of its eight signs."""
    sought = query.strip().lower().replace("-", "")
    if not 4 <= len(sought) <= 32 or set(sought) - set("0123456789abcdef"):
        return []
    first, last = UUID(hex=sought.ljust(32, "0")), UUID(hex=sought.ljust(32, "f"))
    rows = access.visible_holdings(by).filter(case__gte=first, case__lte=last)
    return list(rows.order_by("severity", "due", "id").values_list("pk", flat=True)[:SHOWN])


def by_agency(query: str, *, by: Inspector, vault: OpenVault) -> list[UUID]:
    """Holdings about the agencies that are likest in name or number, or about such a name in people's own words.

    By their marks: a case whose cover nobody has opened yet is not found.
    """
    likely = [hit.agency_id for hit in agencies_like(query, using="register_copy", limit=AGENCIES)]
    own = names.core(query).encode()
    either = Q(pk__in=[])
    for office in vault.offices:
        key = blind.key(vault.index_key(office), marks.PURPOSE)
        sought = [blind.index(key, "agency", one.bytes) for one in likely]
        sought += [blind.index(key, "name", own)] if own else []
        either |= Q(office=office, index__in=sought)
    found = PatternMark.objects.filter(either, place=PatternMark.AGENCY)
    rows = access.visible_holdings(by).filter(pk__in=found.values("holding"))
    return list(rows.order_by("severity", "due", "id").values_list("pk", flat=True)[:SHOWN])


def folded(text: str) -> str:
    """As it is compared: without case, width and accents of Latin letters."""
    flat = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", "".join(one for one in flat if not "\u0300" <= one <= "\u036f"))


def _has(case: OpenCase, words: Sequence[str]) -> bool:
    text = folded("\n".join(_texts(case)))
    return all(word in text for word in words)


def _texts(case: OpenCase) -> Iterator[str]:
    """All that people wrote: the story, what was added, messages both ways, findings and notes."""
    yield from _strings(case.cover.get("agency"))
    for name in ("happened", "promised", "fees", "wants"):
        yield from _strings(case.body.get(name))
    for content in (*(one.content for one in case.messages), *(one.content for one in case.records)):
        yield from _strings((content or {}).get("text"))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)
