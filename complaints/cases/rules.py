"""Routing rules as data: what a rule says, which complaint it fits, and which complaints can come to it at all.

Pure: `rulebook` reads the file, `routing` makes ladders of offices.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from itertools import product
from types import MappingProxyType
from typing import Any
from uuid import UUID

from complaints.vault.primitives import bind
from complaints.vault.rungs import RUNGS

from .severity import Category, band
from .states import Severity
from .vocabulary import Sector

NOT_SAID = ""
SECTORS: tuple[str, ...] = (NOT_SAID, *Sector.values)
# A category and a band that can come together: danger makes any complaint S1, another category can make it graver,
# nothing makes it less grave. Without a category it is S3, or S1 in danger.
GRAVITIES: tuple[tuple[str, Severity], ...] = (
    (NOT_SAID, Severity.S1),
    (NOT_SAID, Severity.S3),
    *((one.value, severity) for one in Category for severity in Severity if severity <= band([one.value])),
)


class Asks(StrEnum):
    """Whom a step of a rule asks."""

    REGION = "region"  # the offices of the part of the country where the work is
    COUNTRY = "country"  # those for the whole country of work
    RECRUITMENT = "recruitment"  # those for the whole country of recruitment, where it is another
    OFFICE = "office"  # this one office


@dataclass(frozen=True, slots=True)
class Selector:
    """One step of a rule: `asks`, and the office's id where one office is meant."""

    asks: Asks
    office: UUID | None = None

    def __str__(self) -> str:
        return f"{self.asks}:{self.office}" if self.office else str(self.asks)


@dataclass(frozen=True, slots=True)
class Matter:
    """What routing knows of a complaint.

    `country` of work and `recruited_in` ISO 3166 alpha-2, the latter "" where it is not known; `region` "" for any
    other part of the country; `sector` a value of `Sector` or ""; `categories` values of `Category`; `language` the
    complainant's, as Django writes it.
    """

    country: str
    region: str = ""
    recruited_in: str = NOT_SAID
    sector: str = NOT_SAID
    categories: frozenset[str] = frozenset()
    severity: Severity = Severity.S3
    language: str = ""


@dataclass(frozen=True, slots=True)
class When:
    """What has to be so for a rule to fit; an empty set asks for nothing. Of several categories one is enough."""

    countries: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    recruited_in: frozenset[str] = frozenset()
    sectors: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    severities: frozenset[Severity] = frozenset()

    def fits(self, matter: Matter) -> bool:
        return (
            (not self.countries or matter.country in self.countries)
            and (not self.regions or matter.region in self.regions)
            and (not self.recruited_in or matter.recruited_in in self.recruited_in)
            and (not self.sectors or matter.sector in self.sectors)
            and (not self.categories or not self.categories.isdisjoint(matter.categories))
            and (not self.severities or matter.severity in self.severities)
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its `name` for people, `when` it fits, whom to `ask` in which order, and how many at `most` (1 to 6)."""

    name: str
    when: When = field(default_factory=When)
    ask: tuple[Selector, ...] = ()
    most: int = RUNGS


@dataclass(frozen=True, slots=True, eq=False)  # compared as one thing: it keys what is worked out once a place
class Rules:
    """All rules in their order. The last has no condition, so that every complaint finds one."""

    rules: tuple[Rule, ...]

    def rule_for(self, matter: Matter) -> Rule:
        """The first rule that fits."""
        return next(rule for rule in self.rules if rule.when.fits(matter))

    @property
    def offices(self) -> frozenset[UUID]:
        """The offices that rules name."""
        return frozenset(one.office for rule in self.rules for one in rule.ask if one.office)

    @property
    def digest(self) -> bytes:
        """SHA-256 of what the rules say; their names do not matter to who reads a complaint."""
        return hashlib.sha256(bind("routing rules", *(_said(rule).encode() for rule in self.rules))).digest()

    def reach(self, country: str, region: str, recruited_in: str) -> Mapping[Kind, frozenset[Subject]]:
        """What can be decided about complaints from this place, and for which of them; worked out once a place."""
        return _reach(self, country, region, recruited_in)


Kind = tuple[Rule, bool]  # the rule that decides, and whether somebody is in danger (S1): together they make a ladder
Subject = tuple[str, str]  # a category and a sector, each "" where nothing is said


def _said(rule: Rule) -> str:
    when = (sorted(getattr(rule.when, name)) for name in When.__slots__)
    return repr((*when, [str(one) for one in rule.ask], rule.most))


def matters(country: str, region: str, recruited_in: str) -> Iterator[Matter]:
    """Every kind of complaint that can come from a place, each category by itself.

    Several categories together come to no other rule than one of them does by itself in the same band.
    """
    for (category, severity), sector in product(GRAVITIES, SECTORS):
        categories = frozenset({category} - {NOT_SAID})
        yield Matter(country, region, recruited_in, sector, categories, severity)


@lru_cache(maxsize=4096)
def _reach(rules: Rules, country: str, region: str, recruited_in: str) -> Mapping[Kind, frozenset[Subject]]:
    found: dict[Kind, set[Subject]] = {}
    for matter in matters(country, region, recruited_in):
        kind = rules.rule_for(matter), matter.severity == Severity.S1
        found.setdefault(kind, set()).add((next(iter(matter.categories), NOT_SAID), matter.sector))
    return MappingProxyType({kind: frozenset(subjects) for kind, subjects in found.items()})


# --- rules that nothing can come to -------------------------------------------------------------------------

ANY = None  # a value that no rule names


def unreachable(rules: Sequence[Rule]) -> list[Rule]:
    """The rules that no complaint can come to, because those before them take all that would fit."""
    return [rule for place, rule in enumerate(rules) if not _escapes(rule, rules[:place], _values(rules), {})]


def _values(rules: Sequence[Rule]) -> list[tuple[str, tuple[object, ...]]]:
    """What can be said of a complaint, one thing after the other: every value, or what rules name and one more."""
    named = {
        name: tuple(sorted({one for rule in rules for one in getattr(rule.when, name)}))
        for name in ("countries", "regions", "recruited_in")
    }
    return [*((name, (*values, ANY)) for name, values in named.items()), ("sectors", SECTORS), ("gravities", GRAVITIES)]


def _escapes(
    rule: Rule, before: Sequence[Rule], left: Sequence[tuple[str, tuple[object, ...]]], seen: dict[object, bool]
) -> bool:
    """Whether something fits this rule and none of those before it."""
    if not before and all(any(_takes(rule, name, one) for one in values) for name, values in left):
        return True
    if not left:
        return False
    key = (len(left), tuple(id(one) for one in before))
    if key not in seen:
        (name, values), *rest = left
        seen[key] = any(
            _escapes(rule, [one for one in before if _takes(one, name, value)], rest, seen)
            for value in values
            if _takes(rule, name, value)
        )
    return seen[key]


def _takes(rule: Rule, name: str, value: Any) -> bool:
    if name == "gravities":
        category, severity = value
        return _holds(rule.when.categories, category) and _holds(rule.when.severities, severity)
    return _holds(getattr(rule.when, name), value)


def _holds(wanted: Collection[object], value: object) -> bool:
    return not wanted or value in wanted
