"""Names of countries, languages and currencies, and digits, as each language has them (Unicode CLDR, by Babel)."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache

from babel import Locale, UnknownLocaleError, dates, numbers
from django.conf import settings
from django_countries import countries

# Our addresses say "tl", as people look for it; CLDR files the language under "fil".
_CLDR = {"tl": "fil", "zh-hans": "zh_Hans"}
_OWN_NAMES = {"id": "Bahasa Indonesia", "tl": "Filipino (Tagalog)"}  # CLDR: "Indonesia", "Filipino"
# Languages whose readers expect dates and counts in digits of their own. Not Arabic: in the Gulf and on phones both are
# read, the receipt has 0 to 9, and one page should not mix them.
_ZERO = {"bn": 0x09E6, "ne": 0x0966}

# Where the corridors begin and end, and what is paid between them (ISO 4217).
CURRENCIES = (
    "AED", "BDT", "BHD", "CNY", "EGP", "ETB", "EUR", "GBP", "HKD", "IDR", "INR", "JOD", "JPY", "KES", "KHR", "KRW",
    "KWD", "LBP", "LKR", "MAD", "MMK", "MXN", "MYR", "NGN", "NPR", "OMR", "PHP", "PKR", "QAR", "SAR", "SGD", "THB",
    "TWD", "UGX", "USD", "VND",
)  # fmt: skip


@cache
def locale(language: str) -> Locale:
    """CLDR's data of one of our language codes; English where it knows none."""
    try:
        return Locale.parse(_CLDR.get(language, language), sep="_" if "_" in _CLDR.get(language, language) else "-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


@cache
def country_choices(language: str) -> tuple[tuple[str, str], ...]:
    """All countries (ISO 3166 alpha-2, name), in the order of their names in this language."""
    return tuple(sorted(((code, country(code, language)) for code in countries.countries), key=_by_name))


def country(code: str, language: str) -> str:
    """A country's name; the demonstration's made-up ones by the name they were given."""
    given = getattr(settings, "COUNTRIES_OVERRIDE", {}).get(code)
    return str(given or locale(language).territories.get(code) or countries.name(code) or code)


@cache
def currency_choices(language: str) -> tuple[tuple[str, str], ...]:
    """The corridors' currencies (ISO 4217, name), in the order of their names in this language."""
    return tuple(sorted(((code, currency(code, language)) for code in CURRENCIES), key=_by_name))


def currency(code: str, language: str) -> str:
    """A currency's name, "Bangladeshi Taka"; what is no code is a person's own words and stays as it is."""
    return str(locale(language).currencies.get(code) or code)


def own_name(code: str) -> str:
    """A language by its own name, as people who read it look for it; the code where nobody knows one."""
    found = locale(code)
    known = found.language == _CLDR.get(code, code).split("_")[0].split("-")[0]
    return _OWN_NAMES.get(code) or (str(found.languages.get(str(found), "") or code) if known else code)


def day(value: date, language: str) -> str:
    """ "23 November 2026", as each language writes it."""
    return digits(dates.format_date(value, "d MMMM y" if language == "en" else "long", locale(language)), language)


def month(value: date, language: str) -> str:
    """ "November 2026"."""
    return digits(dates.format_skeleton("yMMMM", value, locale=locale(language)), language)


@cache
def month_names(language: str) -> tuple[str, ...]:
    """January to December, as they stand alone."""
    names = dates.get_month_names("wide", "stand-alone", locale(language))
    return tuple(names[number] for number in range(1, 13))


def digits(text: str, language: str) -> str:
    """The text with the digits that this language's readers write; nothing else in it changes."""
    zero = _ZERO.get(language)
    return text if zero is None else text.translate({ord("0") + n: chr(zero + n) for n in range(10)})


def count(value: int, language: str) -> str:
    """A whole number as this language's readers write it, without anything between its digits."""
    return digits(str(value), language)


def decimal(value: float, language: str) -> str:
    """A number with one place behind the point, "3.9"; with the sign that the language puts there."""
    return digits(numbers.format_decimal(value, format="0.0", locale=locale(language)), language)


def time(value: datetime, language: str) -> str:
    """ "16:30": hours and minutes by the clock of 24 hours, which needs no words for morning and evening."""
    return digits(f"{value:%H:%M}", language)


def _by_name(choice: tuple[str, str]) -> str:
    return choice[1].casefold()
