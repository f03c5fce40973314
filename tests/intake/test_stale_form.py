"""A form whose token has aged out loses nothing that was typed; and another site's words are never kept."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client

from tests.intake.cast import hidden, person, text

TYPED = "They took <9,000> & my phone"


@pytest.fixture
def stale(client: Client, offices: Any) -> Client:
    """In the middle of the form, with the token's cookie gone."""
    someone = person(client)
    someone.go(until="words")
    strict = type(client)(HTTP_HOST=client.defaults["HTTP_HOST"], enforce_csrf_checks=True)
    strict.cookies.update(client.cookies)
    return strict


def test_what_was_typed_is_kept_and_sent_with_one_more_press(stale: Client) -> None:
    refused = stale.post("/en/words/?x=1", {"happened": TYPED}, headers={"sec-fetch-site": "same-origin"})
    page = refused.content.decode()
    assert refused.status_code == 403 and refused["Cache-Control"] == "no-store"
    assert f'name="happened" value="{html.escape(TYPED)}"' in page and 'action="/en/words/?x=1"' in page
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]*)"', page)
    again = {name: html.unescape(value) for name, value in hidden(page).items()}
    assert token and again["happened"] == TYPED and page.count("csrfmiddlewaretoken") == 1
    again["csrfmiddlewaretoken"] = token[1]
    sent = stale.post("/en/words/", again, headers={"sec-fetch-site": "same-origin"})
    assert (sent.status_code, sent["Location"]) == (302, "/en/money/")
    assert html.escape(TYPED) in stale.get("/en/words/").content.decode()


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", ""])
def test_words_that_did_not_come_from_our_own_page_are_not_put_into_anybodys_mouth(stale: Client, site: str) -> None:
    headers = {"sec-fetch-site": site} if site else {}
    page = text(stale.post("/en/words/", {"happened": TYPED}, headers=headers))
    assert "<form" not in page and "9,000" not in page and "back button" in page


def test_a_receipt_is_put_into_no_page(stale: Client) -> None:
    page = text(stale.post("/en/back/", {"number": "1234 5678"}, headers={"sec-fetch-site": "same-origin"}))
    assert "1234" not in page and not re.search("<form", page)
