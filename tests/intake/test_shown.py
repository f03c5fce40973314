"""What answers a form is shown at an address that the browser asks for, so that it keeps no form's body."""

from __future__ import annotations

import zlib
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError
from django.test import Client

from complaints.intake import shown
from complaints.intake.models import Draft
from complaints.intake.store import key_in
from complaints.vault import drafts
from recruitment_watch import clock
from tests.intake.cast import CANARY, Person, person, text

LONG = f"{CANARY} " * 2_000
TYPED = {"number": "1234 5678 9012"}
MISTAKE = "A receipt has 24 digits"


@pytest.fixture
def browser(client: Client) -> Client:
    """One that does not follow by itself."""
    return Client(HTTP_HOST=client.defaults["HTTP_HOST"])


def send(browser: Client, page: str, data: dict[str, Any]) -> Any:
    return browser.post(f"/en/{page}/", data, secure=True)


def see(browser: Client, page: str) -> Any:
    return browser.get(f"/en/{page}/", secure=True)


def test_a_mistake_is_shown_at_an_address_and_not_as_the_answer_to_a_post(browser: Client) -> None:
    answer = send(browser, "back", TYPED)
    assert (answer.status_code, answer["Location"], answer.content) == (303, "/en/back/", b"")
    cookie = answer.cookies[shown.COOKIE]
    assert cookie["secure"] and cookie["httponly"] and cookie["samesite"] == "Strict" and not cookie["max-age"]
    page = see(browser, "back")
    assert page.status_code == 200 and MISTAKE in text(page)
    assert page["Cache-Control"] == "no-store" and "default-src 'none'" in page["Content-Security-Policy"]


def test_a_reload_shows_it_again_and_the_next_step_ends_it(browser: Client) -> None:
    send(browser, "back", TYPED)
    for _ in range(3):
        assert MISTAKE in text(see(browser, "back"))
    assert Draft.objects.count() == 1
    see(browser, "about")
    assert browser.cookies[shown.COOKIE].value == "" and not Draft.objects.exists()
    assert MISTAKE not in text(see(browser, "back"))


def test_leaving_quickly_takes_it_along(browser: Client) -> None:
    send(browser, "back", TYPED)
    browser.get("/en/off/", secure=True)
    assert browser.cookies[shown.COOKIE].value == "" and not Draft.objects.exists()


def test_the_next_mistake_takes_its_place(browser: Client) -> None:
    send(browser, "back", TYPED)
    send(browser, "back", {"number": "hello"})
    assert Draft.objects.count() == 1
    page = text(see(browser, "back"))
    assert "A receipt has digits only." in page and MISTAKE not in page


@pytest.mark.parametrize("digits", ["1234 5678 9012", "7" * 24, "hello 4711"])
def test_a_receipt_that_was_typed_wrong_stands_in_no_page_and_in_nothing_that_is_put_by(
    browser: Client, digits: str
) -> None:
    """The check digits leave a handful of receipts that it can have been: whoever takes the phone would try them."""
    send(browser, "back", {"number": digits})
    row = Draft.objects.get()
    put_by = drafts.unlock_file(key_in(browser.cookies[shown.COOKIE].value) or b"", bytes(row.box), name=shown.NAME)
    page = text(see(browser, "back"))
    for place in (page, zlib.decompress(put_by).decode()):
        assert 'aria-invalid="true"' in place.replace("\\", "") and digits not in place
    assert 'name="number"' in page and f'value="{digits[:4]}' not in page


def test_a_long_text_comes_back_whole(client: Client, offices: Any) -> None:
    someone = person(client)
    someone.go(until="words")
    page = someone.post("words", {"happened": LONG})
    assert "too long" in text(page) and text(page).count(CANARY) >= 2_000


def test_what_was_written_for_a_form_that_is_gone_is_given_back(browser: Client) -> None:
    send(browser, "words", {"happened": CANARY})
    page = see(browser, "words")
    assert page.status_code == 410 and CANARY in text(page)


def test_its_row_says_nothing_and_opens_with_the_cookie_alone(browser: Client) -> None:
    send(browser, "words", {"happened": CANARY})
    row = Draft.objects.get()
    assert CANARY.encode() not in bytes(row.box) and row.expires.minute == row.expires.second == 0
    Draft.objects.all().delete()
    assert CANARY not in text(see(browser, "words"))


def test_it_is_shown_for_ten_minutes(browser: Client) -> None:
    send(browser, "words", {"happened": CANARY})
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        assert CANARY not in text(see(browser, "words"))


def test_another_browsers_cookie_shows_nothing(browser: Client, client: Client) -> None:
    send(browser, "words", {"happened": CANARY})
    client.cookies[shown.COOKIE] = "A" * 43 + "="
    assert CANARY not in text(Person(client).get("words"))


@pytest.mark.parametrize(("page", "data"), [("more", {"country": "QA"}), ("start", {"country": "ZZ"})])
def test_a_country_stands_in_no_answer_to_a_post(browser: Client, page: str, data: dict[str, str]) -> None:
    """The one in which somebody looks for help, most of all."""
    address = "/en/" if page == "start" else f"/en/{page}/"
    answer = browser.post(address, data, secure=True)
    assert (answer.status_code, answer["Location"], answer.content) == (303, address, b"")
    assert not any(b"Qatar" in bytes(row.box) for row in Draft.objects.all())
    assert browser.get(address, secure=True).status_code == 200


def test_where_no_office_is_safe_is_not_said_in_an_answer_to_a_post(browser: Client) -> None:
    browser.post("/en/", {"country": "AE"}, secure=True)
    answer = send(browser, "from", {"recruited_in": "NP"})
    assert answer.status_code == 303 and answer.cookies["__Host-rw-draft"].value == ""
    assert "we know no office that is safe" in text(see(browser, "from"))
    see(browser, "about")
    assert not Draft.objects.exists()


def test_of_who_only_ticks_or_presses_nothing_is_put_by(browser: Client) -> None:
    assert send(browser, "more", {"country": ""}).status_code == 200
    assert not Draft.objects.exists() and shown.COOKIE not in browser.cookies


def test_where_it_cannot_be_put_by_it_is_shown_at_once(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise DatabaseError

    monkeypatch.setattr(shown, "sweep", broken)
    answer = send(browser, "back", TYPED)
    assert answer.status_code == 200 and MISTAKE in text(answer)
