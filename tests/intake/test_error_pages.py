"""Every page that says no, in every language: the page's own, whatever the thread spoke before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLResolver
from django.utils import translation

from recruitment_watch import catalogues
from tests.intake.test_translations import left_over, said

LANGUAGES = [code for code, _name in settings.LANGUAGES]
RIGHT_TO_LEFT = {"ar", "ur"}
TYPED = {"happened": "pelican"}


def refusals(client: Client, language: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int, Any]]:
    """What is refused, with which status, and the answer."""
    host = client.defaults["HTTP_HOST"]
    strict = type(client)(HTTP_HOST=host, enforce_csrf_checks=True)
    first, words = f"/{language}/", f"/{language}/words/"
    yield "no such page", 404, client.get(f"{first}nowhere/")
    yield "wrong method", 405, client.get(f"{first}back/close/")
    yield "wrong method of a form", 405, client.put(first)
    yield "too large, unread", 413, client.post(words, TYPED, CONTENT_LENGTH=str(settings.LARGEST_POST + 1))
    yield "too large, read", 413, client.post(words, {"happened": "x" * 2_000_000})
    yield "more fields than any form has", 400, client.post(words, {f"f{n}": "" for n in range(2_000)})
    yield "another host", 400, type(client)(HTTP_HOST="evil.example").get(first)
    yield "stale", 403, strict.post(words, TYPED)
    yield "stale, kept", 403, strict.post(words, TYPED, HTTP_SEC_FETCH_SITE="same-origin")
    client.raise_request_exception = False
    with monkeypatch.context() as patched:
        patched.setattr(URLResolver, "resolve", lambda *_: 1 / 0)
        yield "a fault", 500, client.get(first)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_is_in_the_language_of_its_address(
    client: Client, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = set() if language == "en" else said(catalogues.read(language))
    other = "ne" if language == "ur" else "ur"
    seen = 0
    with translation.override(other):  # what the thread's last visitor read
        for what, status, answer in refusals(client, language, monkeypatch):
            shown = answer.content.decode()
            assert answer.status_code == status, what
            direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
            assert f'<html lang="{language}" dir="{direction}">' in shown, what
            left = sorted(set(left_over(shown, own)))
            assert (len(left) >= 2) if language == "en" else (left == []), (what, left)
            assert set(re.findall(r'href="(/[^s"][^"]*|/)"', shown)) == {f"/{language}/"}, what
            assert answer["Cache-Control"] == "no-store", what
            translation.activate(other)
            seen += 1
    assert seen == 10


def test_what_was_typed_into_a_form_that_is_stale_stands_in_its_page(client: Client) -> None:
    strict = type(client)(HTTP_HOST=client.defaults["HTTP_HOST"], enforce_csrf_checks=True)
    shown = strict.post("/bn/words/", TYPED, HTTP_SEC_FETCH_SITE="same-origin").content.decode()
    assert 'name="happened" value="pelican"' in shown and 'action="/bn/words/"' in shown
