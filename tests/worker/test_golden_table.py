"""Who is asked, for every combination of what routing goes by, held against a table that people can read.

The table was made by another mind (`golden_model`); file, model and function have to agree on every row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from uuid import UUID, uuid5

import pytest

from complaints.cases import rulebook
from complaints.cases.routing import OfficeFacts, ladder
from complaints.cases.rules import Asks, Matter, Rules
from complaints.cases.severity import Category
from complaints.cases.states import Severity
from complaints.cases.vocabulary import Sector
from tests.worker import golden_model
from tests.worker.golden_model import CATEGORIES, HERE, OFFICES, SECTORS, TABLES

NAMED = {"QA.ships": 1, "OM.maids": 2}  # the last digit of their ids in golden_ministry.toml
NAMESPACE = UUID(int=0)


def id_of(name: str) -> UUID:
    number = NAMED.get(name)
    return UUID(f"00000000-0000-4000-8000-00000000000{number}") if number else uuid5(NAMESPACE, name)


FACTS = [
    OfficeFacts(
        id=id_of(one.name),
        name=one.name,
        country=one.country,
        region=one.region,
        may_hold=one.safe,
        national_head=one.head,
        languages=one.reads,
    )
    for one in OFFICES
]
BY_NAME = {one.name: one for one in FACTS}


def rules_of(table: Path) -> Rules:
    return rulebook.read((HERE / "golden_ministry.toml" if TABLES[table] else rulebook.SHIPPED).read_text())


@cache
def rows_of(table: Path) -> tuple[tuple[str, ...], ...]:
    """The rows of a file as it is kept, without the heading."""
    lines = [line for line in table.read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0].split("\t") == list(golden_model.HEAD)
    return tuple(tuple(line.split("\t")) for line in lines[1:])


def matters_of(row: tuple[str, ...]) -> Iterator[Matter]:
    """The complaints that a row is about: one for each sector."""
    for sector in golden_model.sectors_of(row[3]):
        told = golden_model.told_by(row, sector)
        known = {name: "" if value == "-" else value for name, value in vars(told).items() if isinstance(value, str)}
        yield Matter(
            country=known["country"],
            region=known["region"],
            recruited_in=known["recruited"],
            language=known["language"],
            sector=known["sector"],
            categories=told.about - {"-"},
            severity=Severity(told.band),
        )


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_the_file_says_what_the_model_says(table: Path) -> None:
    assert table.read_text() == golden_model.text(ministry=TABLES[table])


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_the_function_says_what_the_file_says(table: Path) -> None:
    rules, wrong = rules_of(table), []
    for row in rows_of(table):
        for matter in matters_of(row):
            found = " ".join(one.name for one in ladder(matter, rules=rules, offices=FACTS)) or "nobody"
            if found != row[-1]:
                wrong.append(f"{' '.join(row[:3])} {matter.sector or '-'} {' '.join(row[4:])}, but: {found}")
    assert not wrong, "\n".join([f"{len(wrong)} differ:", *wrong[:10]])


def test_every_combination_is_there_once() -> None:
    assert {*SECTORS} == {"-", *Sector.values}
    assert {"-", *Category.values} <= {*CATEGORIES}
    complaints: Counter[tuple[Path, Matter]] = Counter(
        (table, matter) for table in TABLES for row in rows_of(table) for matter in matters_of(row)
    )
    assert set(complaints.values()) == {1}
    assert sum(len(rows_of(table)) for table in TABLES) >= 5_000
    for table, ministry in TABLES.items():
        asked = [row[:-1] for row in rows_of(table)]
        assert asked == list(golden_model.combinations(ministry=ministry))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_what_no_rule_can_change_holds_in_every_row(table: Path) -> None:
    """By the table alone, so that neither model nor function is asked."""
    named = {str(one.office) for rule in rules_of(table).rules for one in rule.ask if one.asks is Asks.OFFICE}
    for row in rows_of(table):
        work, recruited, *_rest, band, names = row
        country = work.partition("/")[0]
        asked = [] if names == "nobody" else [BY_NAME[name] for name in names.split(" ")]
        assert all(one.may_hold for one in asked), row
        assert len(set(names.split(" "))) == len(names.split(" ")) <= (3 if band == "1" else 6), row
        at_work = [one for one in FACTS if one.may_hold and one.country == country]
        last = [
            one.name
            for one in FACTS
            if one.may_hold and one.national_head and one.country == (country if at_work else recruited)
        ]
        assert [one.name for one in asked[-1:]] == last or not last, row
        assert not any(one.national_head and one.country == country for one in asked[:-1]), row
        assert all(one.country in (country, recruited) or str(one.id) in named for one in asked), row
        if "official_collusion" in row[4]:
            assert names in (*last, "nobody"), row


def test_a_wrong_word_in_the_file_is_found() -> None:
    """The control: the comparison does not pass over a row."""
    row = next(one for one in rows_of(golden_model.SHIPPED) if one[4] == "official_collusion" and one[0] == "QA/North")
    (matter, *_) = matters_of(row)
    assert row[-1] == "QA.head"
    everybody = rulebook.read('[[rule]]\nname = "all"\nask = ["region", "country"]\n')
    assert [one.name for one in ladder(matter, rules=everybody, offices=FACTS)] != ["QA.head"]
