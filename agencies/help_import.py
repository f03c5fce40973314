"""Addresses of help from a CSV file (UTF-8, with a heading), all of it or nothing; twice is the same as once.

Columns, in any order: country, kind, name, source, checked_on must be there and filled; region, phones, website,
visit, languages, hours, free, papers may be left out. Several phones or languages stand in one cell with ";"
between them, ``checked_on`` is ISO 8601, the rest as in ``HelpEntry``. A row that is in the directory under the
same country, kind, region and name takes its place when it says something else and was not checked earlier.
What an officer has withdrawn or corrected since is not brought back by the file that was read before.
"""

from __future__ import annotations

import csv
import datetime
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from agencies.help_actions import (
    Free,
    HelpFacts,
    HelpRefused,
    Identity,
    Papers,
    checked,
    enter_help,
    facts_of,
    one_at_a_time,
    replace_help,
)
from agencies.models import HelpEntry
from agencies.models.help import BEFORE_TWO

NEEDED: Final = ("country", "kind", "name", "source", "checked_on")
OPTIONAL: Final = ("region", "phones", "website", "visit", "languages", "hours", "free", "papers")
#: Where a row begins in the file, and its cells by column.
Line = tuple[int, dict[str, str]]


class NotADirectory(Exception):
    """The file as a whole cannot be read: its text says why. Nothing is imported."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a row cannot be taken; ``line`` is the row's first in the file, from 1."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """A row to be written; ``entry`` is what it replaces."""

    facts: HelpFacts
    entry: HelpEntry | None = None


@dataclass(slots=True)
class Report:
    """What a file says against what is held. ``kept``: rows that say what was known, or less than is known."""

    read: int = 0
    added: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    kept: int = 0
    older: int = 0
    withdrawn: int = 0
    faults: list[Fault] = field(default_factory=list)


@transaction.atomic
def load(path: Path, *, by: str, second_approver: str, dry_run: bool = False) -> Report:
    """Read a file into the directory. With any fault, or a dry run, the report comes back and nothing is written.

    ``by`` runs the import, ``second_approver`` has read the file too and answers for it with them.
    Raises NotADirectory for a file of another kind, DecisionRefused for persons who are not two.
    """
    rows, faults = _understood(_lines(path))
    one_at_a_time()
    report = _compare(rows)
    report.faults, report.read = faults, len(rows) + len(faults)
    if not faults and not dry_run:
        for change in report.added:
            enter_help(change.facts, by=by, second_approver=second_approver)
        for change in report.changed:
            assert change.entry is not None
            replace_help(change.entry, change.facts, by=by, second_approver=second_approver)
    return report


def _lines(path: Path) -> Iterator[Line]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise NotADirectory(_("Line %(line)d is not UTF-8 text.") % {"line": line}) from None
    if "\0" in text:
        raise NotADirectory(_("The file is not text."))
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        _check_heading(reader.fieldnames or ())
        begins = reader.line_num + 1
        for row in reader:
            yield begins, row
            begins = reader.line_num + 1
    except csv.Error:
        raise NotADirectory(_("Line %(line)d is not readable as CSV.") % {"line": reader.line_num}) from None


def _check_heading(columns: Iterable[str]) -> None:
    missing, unknown = set(NEEDED) - set(columns), set(columns) - {*NEEDED, *OPTIONAL}
    if missing:
        raise NotADirectory(_("These columns are missing: %(names)s.") % {"names": ", ".join(sorted(missing))})
    if unknown:
        raise NotADirectory(_("These columns are not known: %(names)s.") % {"names": ", ".join(sorted(unknown))})


def _understood(lines: Iterable[Line]) -> tuple[list[HelpFacts], list[Fault]]:
    rows: dict[Identity, tuple[int, HelpFacts]] = {}
    faults: list[Fault] = []
    for line, row in lines:
        try:
            facts = checked(_facts(row))
        except ValueError as error:
            faults.append(Fault(line, str(error)))
            continue
        except HelpRefused as refusal:
            faults += [Fault(line, f"{name}: {words}") for name, words in refusal.faults.items()]
            continue
        if facts.identity in rows:
            above = rows[facts.identity][0]
            faults.append(Fault(line, _("the same address stands above, in line %(line)d") % {"line": above}))
            continue
        rows[facts.identity] = line, facts
    return [facts for _line, facts in rows.values()], faults


def _facts(row: dict[str, str]) -> HelpFacts:
    """A row as facts. Raises ValueError with the reason."""
    if None in row or None in row.values():
        raise ValueError(_("there are more or fewer cells than columns"))
    given = {name: row.get(name, "").strip() for name in (*NEEDED, *OPTIONAL)}
    try:
        checked_on = datetime.date.fromisoformat(given["checked_on"])
    except ValueError:
        raise ValueError(_("checked_on: a day is written like 2026-05-31")) from None
    return HelpFacts(
        country=given["country"],
        kind=given["kind"].upper(),
        name=given["name"],
        source=given["source"],
        checked_on=checked_on,
        region=given["region"],
        phones=tuple(given["phones"].split(";")),
        website=given["website"],
        visit=given["visit"],
        languages=tuple(given["languages"].split(";")),
        hours=given["hours"],
        free=given["free"].upper() or Free.UNKNOWN,
        papers=given["papers"].upper() or Papers.UNKNOWN,
    )


@dataclass(slots=True)
class _Chain:
    """An entry through time: every set of facts it had, and the newest row."""

    newest: HelpEntry
    had: list[HelpFacts]


def _compare(rows: Iterable[HelpFacts]) -> Report:
    held = _chains()
    report = Report()
    for facts in rows:
        chain = held.get(facts.identity)
        if chain is None:
            report.added.append(Change(facts))
        elif facts in chain.had and chain.newest.approved_by != BEFORE_TWO:
            report.kept += 1
        elif facts.checked_on < chain.newest.checked_on:
            report.older += 1
        elif not chain.newest.withdrawn:
            report.changed.append(Change(facts, chain.newest))
        elif facts.checked_on > chain.newest.entered_at.date():
            report.added.append(Change(facts))
        else:
            report.withdrawn += 1
    return report


def _chains() -> dict[Identity, _Chain]:
    """By every identity that an entry has or had; where two had the same, the one that has it now."""
    every = list(HelpEntry.objects.all())
    after = {row.replaces_id: row for row in every if row.replaces_id}
    had: defaultdict[HelpEntry, list[HelpFacts]] = defaultdict(list)
    for row in every:
        newest = row
        while newest.pk in after:
            newest = after[newest.pk]
        had[newest].append(facts_of(row))
    chains = [_Chain(newest, facts) for newest, facts in had.items()]
    old = {facts.identity: chain for chain in chains for facts in chain.had}
    return old | {facts_of(chain.newest).identity: chain for chain in sorted(chains, key=_stands)}


def _stands(chain: _Chain) -> bool:
    """Sorted by this, what stands comes last and so wins over what was withdrawn under the same name."""
    return not chain.newest.withdrawn
