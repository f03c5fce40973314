"""Names, days and digits as each language has them."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings

from recruitment_watch import cldr

DAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "23 November 2026"), ("fr", "23 novembre 2026"), ("es", "23 de noviembre de 2026"),
        ("bn", "২৩ নভেম্বর, ২০২৬"), ("ar", "23 نوفمبر 2026"), ("id", "23 November 2026"),
    ],
)  # fmt: skip
def test_a_day_is_written_as_the_language_writes_it(language: str, said: str) -> None:
    assert cldr.day(DAY, language).replace("\u200f", "") == said


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_every_language_has_names_of_its_own(language: str) -> None:
    assert cldr.own_name(language) != language
    assert len(set(cldr.month_names(language))) == 12
    countries = dict(cldr.country_choices(language))
    assert len(countries) > 240 and countries["XA"] == "Arland (made up)"
    assert len(cldr.currency_choices(language)) == len(cldr.CURRENCIES)
    if language not in ("en", "id", "tl"):
        assert countries["SA"] != cldr.country("SA", "en")


def test_an_unknown_language_is_answered_in_english_and_keeps_its_code() -> None:
    assert cldr.country("SA", "xx") == "Saudi Arabia"
    assert cldr.own_name("xx") == "xx"


@pytest.mark.parametrize(("language", "said"), [("bn", "১০"), ("ne", "१०"), ("ar", "10"), ("ur", "10"), ("en", "10")])
def test_digits_are_those_of_the_readers(language: str, said: str) -> None:
    assert cldr.digits("10", language) == said
    assert cldr.digits("a é ১", language) == "a é ১"
