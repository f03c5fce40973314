"""Names, days and digits as each language has them."""

from __future__ import annotations

from datetime import UTC, date, datetime

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


@pytest.mark.parametrize(
    ("language", "said"),
    [("bn", "১৬:০৫"), ("ne", "१६:०५"), ("ur", "16:05"), ("ar", "16:05"), ("tl", "16:05"), ("en", "16:05")],
)
def test_a_time_needs_no_word_for_the_half_of_the_day(language: str, said: str) -> None:
    """Django's own format for Urdu, Nepali and Tagalog is "4:05 p.m.", with the English letters."""
    assert cldr.time(datetime(2026, 11, 23, 16, 5, tzinfo=UTC), language) == said


@pytest.mark.parametrize(
    ("language", "said"), [("en", "3.9"), ("fr", "3,9"), ("bn", "৩.৯"), ("ne", "३.९"), ("id", "3,9")]
)
def test_a_decimal_has_the_sign_of_the_language(language: str, said: str) -> None:
    assert cldr.decimal(3.937, language) == said
    assert cldr.count(1_000, language) == cldr.digits("1000", language)


def test_an_unknown_language_is_answered_in_english_and_keeps_its_code() -> None:
    assert cldr.country("SA", "xx") == "Saudi Arabia"
    assert cldr.own_name("xx") == "xx"


@pytest.mark.parametrize(("language", "said"), [("bn", "১০"), ("ne", "१०"), ("ar", "10"), ("ur", "10"), ("en", "10")])
def test_digits_are_those_of_the_readers(language: str, said: str) -> None:
    assert cldr.digits("10", language) == said
    assert cldr.digits("a é ১", language) == "a é ১"
