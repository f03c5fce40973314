"""What holds for every answer of this zone: headers, neutral words, no script, nothing of anybody else's."""

from __future__ import annotations

import gzip
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.intake.cast import Person, person, text

TELLING = re.compile(r"complain|agency|agencies|inspect|recruit|labour|report|immigra|police", re.I)


def addresses() -> list[str]:
    """Every address of the zone, from its own table."""

    def walk(patterns: list[Any], before: str) -> list[str]:
        found = []
        for one in patterns:
            here = before + str(one.pattern)
            if isinstance(one, URLResolver):
                found += walk(one.url_patterns, here)
            elif isinstance(one, URLPattern):
                found.append("/" + here)
        return found

    return walk(get_resolver().url_patterns, "")


def answers(client: Client, offices: Any) -> list[Any]:
    """An answer of every kind: each address as somebody in the middle of the form, and every refusal."""
    someone = person(client)
    someone.go()
    someone.get("check")
    found = [client.get(address, secure=True) for address in addresses() if not address.endswith("/off/")]
    strict = Client(HTTP_HOST=client.defaults["HTTP_HOST"], enforce_csrf_checks=True)
    found += [
        client.get("/", secure=True),
        client.get("/en/nowhere/", secure=True),
        client.put("/en/", secure=True),
        client.post("/en/words/", {"happened": "x" * 2_000_000}, secure=True),
        strict.post("/en/", {}, secure=True),
        Client(HTTP_HOST=client.defaults["HTTP_HOST"]).get("/en/words/", secure=True),
        client.post("/en/", {"country": "AE"}, secure=True),
        client.get("/en/off/", secure=True),
    ]
    return found


ANSWERS: list[Any] = []


def pages_of(answers: list[Any]) -> list[Any]:
    """Those that a browser shows as a page: not the paper form."""
    found = [answer for answer in answers if answer.get("Content-Type", "").startswith("text/html")]
    assert {answer.request["PATH_INFO"] for answer in answers if answer not in found} <= {"/en/paper/form.pdf"}
    return found


@pytest.fixture
def every(request: pytest.FixtureRequest) -> list[Any]:
    """Collected once: the tests only look at them."""
    if not ANSWERS:
        ANSWERS.extend(answers(request.getfixturevalue("client"), request.getfixturevalue("offices")))
    return ANSWERS


def test_the_zone_has_these_addresses_and_no_other() -> None:
    pages = (
        "who part from now care whose name list own time then kind work given words money paid kept wish look files"
        " reach how tell group check wait number end off about more sizes paper back"
    )
    behind = "wait box far close next away tell reach helper slip delete"
    expected = (
        {"/en/", "/en/paper/form.pdf", "/en/paper/enter/"}
        | {f"/en/{page}/" for page in pages.split()}
        | {f"/en/back/{page}/" for page in behind.split()}
        | {"/en/back/file/<int:number>/"}
    )
    assert set(addresses()) == expected


def test_every_answer_carries_the_headers(every: list[Any]) -> None:
    assert {answer.status_code for answer in every} >= {200, 302, 403, 404, 405, 410, 413}
    for answer in every:
        where = (answer.status_code, answer.request["PATH_INFO"])
        assert answer["Cache-Control"] == "no-store", where
        assert answer["Referrer-Policy"] == "no-referrer", where
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"], where
        assert "default-src 'none'" in answer["Content-Security-Policy"], where
        assert "script-src" not in answer["Content-Security-Policy"], where
        assert "noindex" in answer["X-Robots-Tag"], where
        assert answer["Strict-Transport-Security"], where
        for cookie in answer.cookies.values():
            assert cookie.key.startswith("__Host-") and cookie["secure"] and cookie["httponly"], where
            assert cookie["samesite"] == "Strict" and cookie["path"] == "/" and not cookie["domain"], where


def test_no_page_has_a_script_a_style_of_its_own_or_anything_from_elsewhere(every: list[Any]) -> None:
    for answer in pages_of(every):
        shown = text(answer)
        assert not re.search(r"<script|<style|<iframe|\son\w+=|\sstyle=|javascript:", shown, re.I)
        for address in re.findall(r'(?:href|src|action)="([^"]*)"', shown):
            assert address.startswith(("/", "#")) and not address.startswith("//"), address


def test_titles_and_addresses_say_nothing_to_whoever_looks_over_the_shoulder(every: list[Any]) -> None:
    for answer in pages_of(every):
        title = re.search(r"<title>(.*?)</title>", text(answer))
        if answer.status_code in (200, 410):
            assert title and title[1].strip()
            assert not TELLING.search(title[1]), title[1]
    for address in addresses():
        assert not TELLING.search(address), address


def test_every_page_but_the_neutral_one_has_a_way_to_leave_quickly(every: list[Any]) -> None:
    for answer in pages_of(every):
        if answer.status_code in (200, 410):
            neutral = answer.request["PATH_INFO"] == "/en/about/", "/en/sizes/"
            assert ('href="/en/off/"' in text(answer)) != neutral


def test_the_browser_is_told_not_to_remember_what_is_typed(every: list[Any]) -> None:
    forms = [form for answer in pages_of(every) for form in re.findall(r"<form[^>]*>", text(answer))]
    assert len(forms) > 10
    for form in forms:
        assert 'autocomplete="off"' in form or "back/close" in form, form


def test_a_form_without_its_token_is_refused_and_with_it_taken(client: Client, offices: Any) -> None:
    strict = Client(HTTP_HOST=client.defaults["HTTP_HOST"], enforce_csrf_checks=True)
    refused = strict.post("/en/", {"country": "QA"}, secure=True)
    assert (refused.status_code, strict.get("/en/", secure=True).status_code) == (303, 403)
    strict.get("/en/about/", secure=True)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]*)"', text(strict.get("/en/", secure=True)))
    assert token
    data = {"country": "QA", "csrfmiddlewaretoken": token[1]}
    origin = "https://" + client.defaults["HTTP_HOST"]
    assert strict.post("/en/", data, secure=True, headers={"origin": origin}).status_code == 302
    strict.post("/en/", data, secure=True, headers={"origin": "https://else.example"})
    assert strict.get("/en/", secure=True).status_code == 403


def test_the_root_leads_to_a_language(client: Client) -> None:
    response = client.get("/", secure=True)
    assert (response.status_code, response["Location"]) == (302, "/en/")


def test_the_first_page_is_small_and_needs_nothing_but_its_sheet_and_its_mark(client: Client) -> None:
    shown = Person(client).get("start").content
    linked = set(re.findall(rb'<(?:link|img|script)[^>]*(?:href|src)="([^"]*)"', shown))
    assert len(linked) <= 2
    assert len(gzip.compress(shown)) < 6_000


def as_a_browser(client: Client, page: str) -> Any:
    return client.get(f"/en/{page}", secure=True, headers={"accept-encoding": "gzip, deflate, br"})


def test_pages_go_compressed_to_whoever_takes_it_and_with_all_their_headers(client: Client, offices: Any) -> None:
    plain, packed = client.get("/en/", secure=True), as_a_browser(client, "")
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert int(packed["Content-Length"]) == len(packed.content) < len(plain.content) / 2
    assert b"<form" in gzip.decompress(packed.content)
    for name, value in plain.items():
        if name not in ("Content-Length", "Set-Cookie"):
            assert packed[name] == value, name
    refused = as_a_browser(client, "nowhere/")
    assert (refused.status_code, refused["Content-Encoding"]) == (404, "gzip")
    assert refused["Cache-Control"] == "no-store" and "default-src 'none'" in refused["Content-Security-Policy"]


def test_one_page_has_many_lengths_when_compressed(client: Client) -> None:
    assert len({len(as_a_browser(client, "about/").content) for _ in range(30)}) > 5


def test_what_shows_a_receipt_or_a_mailbox_is_never_compressed(client: Client, offices: Any) -> None:
    someone = person(client)
    someone.go()
    someone.get("check")
    assert as_a_browser(client, "check/")["Content-Encoding"] == "gzip"
    someone.post("check")
    shown = as_a_browser(client, "number/")
    assert 'class="receipt"' in text(shown) and "Content-Encoding" not in shown
    client.post("/en/back/", {"number": someone.receipt()}, secure=True)
    for page in ("back/", "back/box/", "back/away/", "back/delete/"):
        answer = as_a_browser(client, page)
        assert len(answer.content) > 200 or answer.status_code == 302, page
        assert "Content-Encoding" not in answer, page


def test_no_page_shows_what_is_in_its_address(client: Client, offices: Any) -> None:
    someone = person(client)
    someone.go()
    fields = "country region name agency words when danger happened reach how where number text sent next q"
    asked = "&".join(f"{field}=heliotrope" for field in fields.split())
    for address in addresses():
        if not address.endswith("/off/"):
            assert b"heliotrope" not in client.get(f"{address}?{asked}", secure=True).content, address


def test_no_answer_speaks_to_caches(every: list[Any]) -> None:
    assert not any(answer.has_header("Vary") for answer in every)
