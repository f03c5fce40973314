"""The file of routing rules: read once when a process starts, and every mistake in it said in a sentence.

The shipped file lies beside this one; RW_ROUTING_RULES names another.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django_countries import countries

from complaints.vault.rungs import RUNGS

from .models import Office
from .rules import Asks, Rule, Rules, Selector, When, unreachable
from .severity import Category
from .states import Severity
from .vocabulary import Sector

SHIPPED: Final = Path(__file__).with_name("routing.toml")
RULE_KEYS = ("name", "when", "ask", "most")
SELECTORS = tuple(one.value for one in Asks if one is not Asks.OFFICE)


class RulesFault(ValueError):
    """The rules cannot be used. Attributes: `sentences`, each what is wrong and how to mend it."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = tuple(sentences)


def path() -> Path:
    """The file that is in force here."""
    return settings.ROUTING_RULES or SHIPPED


def current() -> Rules:
    """The rules in force, as they were when this process first asked. Raises RulesFault."""
    return _load(path())


@lru_cache
def _load(file: Path) -> Rules:
    try:
        return read(file.read_text())
    except (OSError, UnicodeDecodeError):
        raise RulesFault([f"{file} cannot be read: see that it is there, is UTF-8 and may be read here."]) from None


def read(text: str) -> Rules:
    """The rules that a file says. Raises RulesFault with a sentence for every mistake."""
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RulesFault([f"This is no TOML: {error}."]) from None
    rows = said.get("rule")
    if set(said) != {"rule"} or not isinstance(rows, list) or not rows or not all(isinstance(r, dict) for r in rows):
        raise RulesFault(["The file has [[rule]] tables, at least one, and nothing else."])
    if faults := [f"{_title(number, row)}: {fault}" for number, row in _numbered(rows) for fault in _faults(row)]:
        raise RulesFault(faults)
    rules = Rules(tuple(_rule(row) for row in rows))
    if faults := list(_faults_together(rules.rules)):
        raise RulesFault(faults)
    return rules


def unknown_offices(rules: Rules) -> list[str]:
    """A sentence for each office that a rule names and that is not there. One query."""
    known = set(Office.objects.filter(pk__in=rules.offices).values_list("pk", flat=True))
    return [
        f"Rule “{rule.name}”: there is no office {one.office}. `manage.py office list` shows their ids."
        for rule in rules.rules
        for one in rule.ask
        if one.office and one.office not in known
    ]


# --- one rule -----------------------------------------------------------------------------------------------


def _rule(row: Mapping[str, Any]) -> Rule:
    when = {name: frozenset(values) for name, values in row.get("when", {}).items()}
    if "severities" in when:
        when["severities"] = frozenset(Severity(one) for one in when["severities"])
    ask = tuple(_selector(one) for one in row["ask"])
    return Rule(row["name"], When(**when), ask, row.get("most", RUNGS))


def _selector(text: str) -> Selector:
    """ "region", "office:<uuid>". Raises ValueError for anything else."""
    asks, colon, office = text.partition(":")
    if colon:
        return Selector(Asks("office" if asks == Asks.OFFICE else ""), UUID(office))
    return Selector(Asks(asks if asks in SELECTORS else ""))


def _numbered(rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    return enumerate(rows, start=1)


def _title(number: int, row: Mapping[str, Any]) -> str:
    return f"Rule {number} “{row['name']}”" if isinstance(row.get("name"), str) else f"Rule {number}"


def _faults(row: Mapping[str, Any]) -> Iterator[str]:
    for key in row.keys() - set(RULE_KEYS):
        yield f"“{key}” is not known: a rule has {_listed(RULE_KEYS)}."
    if not isinstance(row.get("name"), str) or not row["name"].strip():
        yield "it needs a name, in words that people will read in the preview."
    most = row.get("most", RUNGS)
    if type(most) is not int or not 1 <= most <= RUNGS:
        yield f"most is {most!r}: say a number from 1 to {RUNGS}, the national head among them."
    yield from _faults_of_ask(row.get("ask"))
    when = row.get("when", {})
    if not isinstance(when, dict):
        yield "when is no table: write when.countries = […] and the like."
        return
    for name, values in when.items():
        yield from _faults_of_condition(name, values)
    if "regions" in when and "countries" not in when:
        yield "when.regions needs when.countries: parts of two countries may have the same name."


def _faults_of_ask(ask: object) -> Iterator[str]:
    if not isinstance(ask, list):
        yield "it needs ask, a list; empty where only the national head is asked."
        return
    for one in ask:
        try:
            _selector(one)
        except (ValueError, AttributeError):
            yield f"ask has {one!r}: say {_listed([*SELECTORS, 'office:<its id>'])}."
    for one in {str(one) for one in ask if ask.count(one) > 1}:
        yield f"ask has {one!r} twice: nobody is asked twice."


def _faults_of_condition(name: str, values: object) -> Iterator[str]:
    known = _known(name)
    if known is None:
        yield f"when.{name} is not known: say {_listed(When.__slots__)}."
    elif not isinstance(values, list) or not values:
        yield f"when.{name} is no list with something in it: leave it out where it does not matter."
    else:
        for one in values:
            right = type(one) is (int if name == "severities" else str) and one != ""
            if not right or (known and one not in known):
                wanted = "the office's own word for it" if not known else _wanted(name, known)
                yield f"when.{name} has {one!r}: say {wanted}."


def _known(name: str) -> frozenset[object] | None:
    """The values that a condition may have, empty where any text will do; None where there is no such condition."""
    return {
        "countries": frozenset(countries.countries),
        "recruited_in": frozenset(countries.countries),
        "regions": frozenset[object](),
        "sectors": frozenset(Sector.values),
        "categories": frozenset(Category.values),
        "severities": frozenset(Severity.values),
    }.get(name)


def _wanted(name: str, known: frozenset[object]) -> str:
    if name in ("countries", "recruited_in"):
        return "a country's two letters (ISO 3166), as in “QA”"
    return _listed(sorted(known, key=str))


def _listed(values: Sequence[object]) -> str:
    *most, last = [str(one) for one in values]
    return f"{', '.join(most)} or {last}" if most else last


# --- all of them --------------------------------------------------------------------------------------------


def _faults_together(rules: Sequence[Rule]) -> Iterator[str]:
    names = [rule.name for rule in rules]
    for name in dict.fromkeys(one for one in names if names.count(one) > 1):
        yield f"Two rules are called “{name}”: the preview could not tell them apart."
    if rules[-1].when != When():
        yield f"The last rule, “{rules[-1].name}”, has conditions: add one without, for all that no other rule fits."
    for rule in unreachable(rules):
        yield (
            f"No complaint can come to rule “{rule.name}”: rules before it take all that would fit, or nothing can. "
            "Move it up, or take it out."
        )
