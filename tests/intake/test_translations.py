"""Nothing half translated: every page in every language that is offered, in every state that a person meets."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from babel.messages import Catalog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import translation

from agencies.models import Agency
from complaints.files import words
from complaints.files.outcomes import Reason
from complaints.intake.forms import fields
from recruitment_watch import catalogues, cldr
from tests.intake.states import states, words_of

LANGUAGES = [code for code, _name in settings.LANGUAGES if code != "en"]
SHORTEST = 13  # letters; shorter ones may be a part of somebody's name
# What stands as it was typed: receipts, codes, telephone numbers, a licence, a person's own words.
AS_IT_STANDS = re.compile(r"[A-Za-z+#*-]+[0-9]+|\b\d{4}( \d{4})+\b|^\d{4}$|^They took .*|.*pelican.*")
PLACE = re.compile(r"%\((\w+)\)[sd]|%%")


PAGES: dict[str, dict[str, str]] = {}


@pytest.fixture
def pages(request: pytest.FixtureRequest, client: Client, offices: Any, agency: Agency) -> dict[str, str]:
    """The pages of the test's language, or English; collected once a language: the tests only look at them."""
    language = request.node.callspec.params["language"] if hasattr(request.node, "callspec") else "en"
    if language not in PAGES:
        PAGES[language] = {name: shown for name, shown in states(client, language, agency.name) if shown}
    return PAGES[language]


@cache
def english() -> tuple[str, ...]:
    """Every English string of the catalogue's sources, its plural forms too."""
    found = set()
    for message in catalogues.strings():
        found |= {message.id} if isinstance(message.id, str) else set(message.id)
    return tuple(sorted(one for one in found if len(PLACE.sub("", one)) >= SHORTEST))


@cache
def pattern() -> re.Pattern[str]:
    """Finds any of them; what stands in a placeholder's place may be anything on the line."""
    ways = ("[^<>\n]{1,200}?".join(re.escape(part) for part in PLACE.split(one)[::2]) for one in english())
    return re.compile("|".join(sorted(ways, key=len, reverse=True)))


def said(catalogue: Catalog) -> set[str]:
    """What the language says itself: a translation may be the same word."""
    found: set[str] = set()
    for message in catalogue:
        found |= {message.string} if isinstance(message.string, str) else set(message.string)
    return found


def left_over(shown: str, own: set[str]) -> Iterator[str]:
    """English strings on a page."""
    for found in pattern().finditer(html.unescape(shown)):
        if found[0] not in own:
            yield found[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_english_is_left_on_any_page(pages: dict[str, str], language: str) -> None:
    own = said(catalogues.read(language))
    for name, shown in pages.items():
        assert f'lang="{language}"' in shown, name
        assert ('dir="rtl"' in shown) == (language in ("ar", "ur")), name
        assert "{{" not in shown and "%(" not in shown, name
        assert sorted(set(left_over(shown, own))) == [], name
    assert len(pages) > 60


def test_the_same_search_finds_english(pages: dict[str, str]) -> None:
    for name, shown in pages.items():
        assert len(list(left_over(shown, set()))) >= 2, name


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plural_and_placeholder_is_there(language: str) -> None:
    catalogue = catalogues.read(language)
    for wanted in catalogues.strings():
        if not wanted.id:
            continue
        first = wanted.id if isinstance(wanted.id, str) else wanted.id[0]
        message = catalogue.get(first, wanted.context)
        assert message is not None and not message.fuzzy, first
        strings = [message.string] if isinstance(message.string, str) else list(message.string)
        assert len(strings) == (1 if isinstance(wanted.id, str) else catalogue.num_plurals), first
        asked = {name for name in PLACE.findall(first if isinstance(wanted.id, str) else wanted.id[-1]) if name}
        for string in strings:
            assert string.strip(), first
            assert {name for name in PLACE.findall(string) if name} <= asked, (first, string)
        assert {name for string in strings for name in PLACE.findall(string) if name} == asked, first


@pytest.mark.parametrize("language", LANGUAGES)
def test_dates_are_in_the_readers_digits(pages: dict[str, str], language: str) -> None:
    """Dates, years, and how far one is. A receipt, a telephone number and a code stay as they are typed."""
    latin, own = re.compile(r"[0-9]"), cldr.digits("1", language) != "1"
    years = re.findall(r'<option value="(20\d\d)">(.*?)</option>', pages["time"])
    assert len(years) > 10
    assert all(label == cldr.digits(year, language) for year, label in years)
    when = re.findall(r'<p class="when">(.*?)</p>', pages["behind: slip"] + pages["box"])
    assert when
    title = re.findall(r"<title>(.*?)</title>", pages["kind"])[0]
    assert cldr.digits("16", language) in title and bool(latin.search(title)) != own
    for one in when:
        assert bool(latin.search(re.sub(r"<[^>]*>", "", one))) != own, one


@pytest.mark.parametrize("language", [code for code in LANGUAGES if cldr.digits("1", code) != "1"])
def test_no_page_counts_in_other_digits(pages: dict[str, str], language: str) -> None:
    """Every number on every page; the control is that the same search finds them in English."""
    for name, shown in pages.items():
        wrong = [one for one in words_of(shown) if re.search(r"[0-9]", AS_IT_STANDS.sub("", one))]
        assert wrong == [], (name, wrong)


def test_the_same_search_finds_numbers_in_english(pages: dict[str, str]) -> None:
    found = {name for name, shown in pages.items() for one in words_of(shown)
             if re.search(r"[0-9]", AS_IT_STANDS.sub("", one))}  # fmt: skip
    assert {"sizes, from nowhere", "kind", "box"} <= found


@pytest.mark.parametrize(("language", "said"), [("bn", "১৬"), ("ne", "१६"), ("ar", "16"), ("en", "16")])
def test_what_is_said_of_files_and_lengths_is_in_the_readers_digits(language: str, said: str) -> None:
    with translation.override(language):
        assert said in words.sentence(Reason.TOO_LARGE)
        assert words.described_as("document", 16).count(said) == words.described_as("recording", 16).count(said) == 1
        with pytest.raises(ValidationError) as refused:
            fields.line("").clean("x" * 999)
        assert cldr.digits("200", language) in refused.value.messages[0]
        with pytest.raises(ValidationError) as refused:
            fields.Words(letters=10, octets=99, rows=1).clean("x" * 26)
        assert said in refused.value.messages[0]
