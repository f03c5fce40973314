"""The marks by which an office's cases find each other, and what three that belong together do to how urgent they are.

Made in an open vault when a cover is opened, under a key that only the office's members can derive; whoever reads the
database sees that two cases belong together, and not why. A name that stands in no register is held against the other
such names of the office, in memory: the mark of the nearest is taken over. All of an office's marks are made one after
the other, so that two members at the same moment neither make two patterns of one nor count past the third.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef
from rapidfuzz import fuzz

from agencies import names
from complaints.cases import clocks
from complaints.cases.covers import agency_of, group_of, own_words
from complaints.cases.models import Case, Holding, Inspector, Office, PatternMark, Recusal
from complaints.cases.moves import raise_at_office
from complaints.cases.sealing import Sealed
from complaints.cases.severity import MANY
from complaints.cases.states import OPEN, Severity
from complaints.vault import blind
from recruitment_watch import clock

from . import disclosure
from .disclosure import Verb
from .keys import OpenVault

Found = Sequence[tuple[Holding, Sealed]]
Covers = Callable[[Sequence[Holding]], Mapping[UUID, Sealed | None]]  # opens covers, by holding
PURPOSE = "patterns"
LOCK = 7_316_042  # of our own choosing; with an office's number beside it
NAMES_MAX = 500  # different marks of an office whose names a new one is held against, the newest cases first
ALIKE = 88.0  # from here on (0 to 100) two unlisted names are one
SHORT = 4  # letters: a shorter name has to be the same


def mark(found: Found, *, vault: OpenVault, covers: Covers) -> None:
    """Give each of these holdings, with case and office, its two marks, if it has none of the office's present key.

    Then whatever became one of three is made as urgent as that is; on the objects given, too. The log has it already
    that these covers were opened. One query where there is nothing to do. Outside of a transaction.
    """
    made = PatternMark.objects.filter(holding__in=[one.pk for one, _ in found], place=PatternMark.AGENCY)
    generations = dict(made.values_list("holding", "generation")) if found else {}
    fresh: dict[UUID, list[tuple[Holding, Sealed]]] = defaultdict(list)
    for holding, cover in found:
        if generations.get(holding.pk, 0) < max(vault.offices[holding.office_id]):
            fresh[holding.office_id].append((holding, cover))
    if not fresh:
        return
    by = Inspector.objects.get(pk=vault.member)
    for rows in fresh.values():
        office = rows[0][0].office
        _mark(office, rows, by, vault, covers)
        raised = weigh(office, by=by)
        for holding, _cover in found:
            if holding.case_id in raised:
                holding.severity, holding.due = raised[holding.case_id]


def weigh(office: Office, *, by: Inspector) -> dict[UUID, tuple[int, datetime]]:
    """Make the open cases of each pattern of three or more as urgent as that is, each once and for all.

    For this office: the cases' own bands and clocks stay, which their complainants see. One may be the agency itself.

    One that colleagues make less urgent afterwards stays so. What `by` is recused from is left to the others. Severity
    and clock by case, of those that were changed.
    """
    with transaction.atomic():
        _lock(office)
        counts = PatternMark.objects.filter(office=office).values("index").annotate(cases=Count("pk"))
        new = PatternMark.objects.filter(
            ~Exists(Recusal.objects.filter(case=OuterRef("holding__case"), inspector=by)),
            office=office,
            index__in=counts.filter(cases__gte=MANY).values("index"),
            weighed_week="",
        )
        weighed = dict(new.values_list("pk", "holding__case"))
        if not weighed:
            return {}
        # All cases first and then the log, as everybody does.
        list(Case.objects.select_for_update(no_key=True).filter(pk__in=set(weighed.values())).order_by("pk"))
        held = Holding.objects.filter(office=office, case__in=set(weighed.values()), severity__gt=Severity.S2)
        raised = list(held.filter(case__state__in=OPEN).select_related("case").order_by("case"))
        for holding in raised:
            raise_at_office(holding, Severity.S2, office=office)
        PatternMark.objects.filter(pk__in=weighed).update(weighed_week=clocks.week(clock.now()))
        for holding in raised:
            disclosure.record(Verb.URGENT_TOGETHER, by=by, office=office, case=holding.case)
        return {holding.case_id: (holding.severity, holding.due) for holding in raised}


def alike(one: str, other: str) -> bool:
    """Tell whether two names in people's own words mean one agency: nearly the same letters, and the same numbers."""
    a, b = names.core(one), names.core(other)
    if a == b or min(len(a), len(b)) < SHORT:
        return a == b
    if _numbers(a) != _numbers(b):
        return False
    tight = fuzz.ratio(a.replace(" ", ""), b.replace(" ", ""))
    return bool(max(fuzz.token_sort_ratio(a, b), tight) >= ALIKE)


@dataclass(slots=True)
class _Names:
    """The unlisted names that the office's marks stand for: (name, mark)."""

    key: bytes = field(repr=False)
    known: list[tuple[str, bytes]] = field(default_factory=list, repr=False)

    def index(self, name: str) -> bytes:
        """The mark of a name: that of the same, or of one that is alike, or one of its own."""
        own = blind.index(self.key, "name", names.core(name).encode())
        if all(index != own for _, index in self.known):
            own = next((index for other, index in self.known if alike(name, other)), own)
        self.known.append((name, own))
        return own


def _mark(office: Office, rows: Found, by: Inspector, vault: OpenVault, covers: Covers) -> None:
    generation = max(vault.offices[office.pk])
    known = _Names(blind.key(vault.index_key(office.pk), PURPOSE))
    if compares := any(own_words(cover) for _, cover in rows):
        disclosure.record_first(Verb.COMPARED, by=by, office=office)
    with transaction.atomic():
        _lock(office)
        if compares:
            known.known = list(_known(office, generation, rows, by, covers))
        # Locked, so that no office leaves a case between look and mark.
        cases = {holding.case_id for holding, _ in rows}
        list(Case.objects.select_for_update(no_key=True).filter(pk__in=cases).order_by("pk").values_list("pk"))
        held = set(Holding.objects.filter(pk__in=[one.pk for one, _ in rows]).values_list("pk", flat=True))
        PatternMark.objects.bulk_create(
            [
                PatternMark(holding=one, office=office, place=place, index=index, generation=generation)
                for one, cover in rows
                if one.pk in held
                for place, index in _both(cover, known)
            ],
            update_conflicts=True,
            unique_fields=["holding", "place"],
            update_fields=["index", "generation"],
        )


def _both(cover: Sealed, known: _Names) -> tuple[tuple[int, bytes], tuple[int, bytes]]:
    return (PatternMark.AGENCY, _agency(cover, known)), (PatternMark.GROUP, _group(cover, known))


def _agency(cover: Sealed, known: _Names) -> bytes:
    agency, name = agency_of(cover), own_words(cover)
    if agency is not None:
        return blind.index(known.key, "agency", agency.bytes)
    return known.index(name) if name else blind.none()


def _group(cover: Sealed, known: _Names) -> bytes:
    code = group_of(cover)
    return blind.index(known.key, "group", code.encode()) if code else blind.none()


def _known(office: Office, generation: int, but: Found, by: Inspector, covers: Covers) -> Iterator[tuple[str, bytes]]:
    """One unlisted name for each mark of the office, out of the cover of one of its cases; of at most NAMES_MAX marks.

    Which marks are of unlisted agencies shows in no column, so the covers of listed ones are opened for it as well.
    """
    made = PatternMark.objects.filter(
        ~Exists(Recusal.objects.filter(case=OuterRef("holding__case"), inspector=by)),
        office=office, place=PatternMark.AGENCY, generation=generation,
    ).exclude(holding__in=[one.pk for one, _ in but])  # fmt: skip
    one_each = made.order_by("index", "pk").distinct("index").values("pk")
    newest = PatternMark.objects.filter(pk__in=one_each).order_by("-holding__week", "pk")
    rows = list(newest.select_related("holding__case")[:NAMES_MAX])
    opened = covers([one.holding for one in rows])
    for one in rows:
        cover = opened.get(one.holding_id)
        if cover is not None and (name := own_words(cover)):
            yield name, bytes(one.index)


def _numbers(core: str) -> set[str]:
    return {word for word in core.split() if any(letter.isdigit() for letter in word)}


def _lock(office: Office) -> None:
    """Wait for whoever else marks or weighs this office's cases, until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, int.from_bytes(office.pk.bytes[:4], signed=True)])
