"""The English of each page can be read at eleven: Flesch-Kincaid grade and five years (reading_age)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from agencies.models import Agency
from tests.intake.reading_age import reading_age, syllables
from tests.intake.states import states, words_of

OLDEST = 11.0
# What stands on every page, or is a name: the page's own words are looked at.
SHELL = {"Skip to the content", "Leave quickly", "Way out", "Way back", "Back", "Recruitment Watch"}


def test_every_page_can_be_read_at_eleven(client: Client, offices: Any, agency: Agency) -> None:
    ages = {}
    for name, shown in states(client, "en", agency.name):
        if name.startswith("sizes"):
            continue  # where "Leave quickly" leads: a list of centimetres, to be read by nobody
        blocks = [one.replace(agency.name, "") for one in words_of(shown) if one not in SHELL]
        ages[name] = reading_age(blocks)
    print("\n".join(f"{age:5.1f}  {name}" for name, age in sorted(ages.items(), key=lambda one: -one[1])))
    assert len(ages) > 60
    assert {name: round(age, 1) for name, age in ages.items() if age > OLDEST} == {}


@pytest.mark.parametrize(
    ("word", "spoken"),
    [
        ("cat", 1), ("made", 1), ("locked", 1), ("wanted", 2), ("agency", 3), ("inspector", 3), ("immigration", 4),
        ("people", 2), ("receipt", 2), ("created", 3), ("closes", 2), ("writes", 1), ("table", 2), ("quickly", 2),
        ("labour", 2), ("passport", 2), ("use", 1), ("we", 1), ("piano", 3), ("recruitment", 3), ("question", 2),
    ],
)  # fmt: skip
def test_syllables_are_counted_as_they_are_spoken(word: str, spoken: int) -> None:
    assert syllables(word) == spoken


def test_the_formula_is_kincaids() -> None:
    easy = reading_age(["The cat sat on the mat. It was a good cat."])
    hard = reading_age(
        ["Notwithstanding institutional considerations, administrative discretion remains indispensable."]
    )
    assert easy < 6 < 20 < hard
    assert easy == pytest.approx(0.39 * 5.5 + 11.8 * 1 - 15.59 + 5)
