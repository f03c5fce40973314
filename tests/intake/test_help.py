"""Who else can help: shown before and without filing, from the copy alone; the country stays nowhere."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import HelpEntry
from complaints.intake.models import Draft
from recruitment_watch import cldr, clock
from tests.intake.cast import COPY, page_of, person, text

COOKIE, ANSWER = "__Host-rw-draft", "__Host-rw-answer"
EVERY = ("Police of Qatar", "Workers' Helpline", "Builders' Union", "Lawyers for Workers")


def entry(name: str, kind: str, **given: Any) -> HelpEntry:
    """An address in the copy. Inside `as_owner()`."""
    usual: dict[str, Any] = {
        "country": "QA", "phones": ["555-0101"], "languages": ["ar"], "source": "A test",
        "checked_on": clock.today() - timedelta(days=30), "entered_by": "Edith", "approved_by": "Ida",
        "entered_at": clock.now(),
    }  # fmt: skip
    row = HelpEntry(name=name, kind=kind, **usual | given)
    row.save(using=COPY)
    return row


@pytest.fixture
def directory(as_owner: Any) -> None:
    with as_owner():
        entry("Police of Qatar", "EMERGENCY", phones=["999"], papers="MAY_REPORT")
        entry("Workers' Helpline", "HOTLINE", phones=["+974 555-0101", "*55#"], papers="SAYS_NOT", free="YES")
        entry("Builders' Union", "UNION", website="https://union.example/way", visit="Hall 1", region="Doha")
        entry(
            "Lawyers for Workers", "LEGAL_AID", languages=["en", "tl"], hours="Mondays",
            checked_on=clock.today() - timedelta(days=700),
        )  # fmt: skip
        entry("Helpline in Oman", "HOTLINE", country="OM")
        old = entry("Closed Helpline", "HOTLINE")
        entry("Closed Helpline", "HOTLINE", withdrawn=True, reason="Closed", replaces_id=old.pk)


def main(response: Any) -> str:
    """What the page says, without the list of countries to choose from and the marks that keep scripts apart."""
    shown = re.sub(r"</?bdi>", "", text(response))
    return re.sub(r"<select.*?</select>", "", shown[shown.index("<main") : shown.index("</main>")], flags=re.S)


def said(response: Any) -> list[str]:
    """The names of those who are shown, in order."""
    return re.findall(r"<h3>(.*?)</h3>", main(response))


# --- the page -------------------------------------------------------------------------------------------


def test_the_first_page_leads_there_and_a_country_is_chosen_without_a_draft(client: Client, directory: None) -> None:
    assert 'href="/en/more/"' in text(client.get("/en/"))
    asked = client.get("/en/more/")
    assert said(asked) == [] and '<form method="post" action="/en/more/"' in text(asked)
    answer = client.post("/en/more/", {"country": "QA"})
    assert answer.status_code == 200
    assert said(answer) == ["Lawyers for Workers", "Workers' Helpline", "Builders' Union", "Police of Qatar"]
    for shown in (
        "In Qatar",
        "555-0101",
        "Builders' Union",
        "Trade union · Doha",
        "Mondays",
        "Free of charge",
        "Hall 1",
    ):
        assert shown in main(answer)
    assert "Oman" not in main(answer) and "Closed" not in main(answer)


def test_nothing_of_it_is_kept_in_an_address_a_cookie_or_a_row_that_can_be_read(
    client: Client, directory: None
) -> None:
    answer = client.post("/en/more/", {"country": "QA"})
    assert answer.request["PATH_INFO"] == "/en/more/" and not answer.request["QUERY_STRING"]
    assert set(client.cookies) <= {"__Host-rw-intake-csrf", ANSWER}  # a key, and nothing of the country
    assert answer["Cache-Control"] == "no-store"
    (row,) = Draft.objects.all()
    # Two letters alone stand in some sealed bytes by chance.
    assert not any(said in bytes(row.box) for said in (b'"QA"', b"Qatar", b"Workers"))
    assert 'method="get"' not in text(answer).lower() and "QA" not in "".join(
        re.findall(r'href="([^"]*)"', text(answer))
    )
    assert said(client.get("/en/more/?country=QA")) == []
    assert "Qatar" not in re.findall(r"<title>.*?</title>", text(answer), re.S)[0]


def test_a_post_needs_its_token(client: Client, directory: None) -> None:
    strict = Client(HTTP_HOST=client.defaults["HTTP_HOST"], enforce_csrf_checks=True)
    assert strict.post("/en/more/", {"country": "QA"}, secure=True).status_code == 303
    assert strict.get("/en/more/", secure=True).status_code == 403


@pytest.mark.parametrize("country", ["", "ZZ", "<b>", "qa"])
def test_what_is_no_country_is_asked_again(client: Client, directory: None, country: str) -> None:
    answer = client.post("/en/more/", {"country": country})
    assert answer.status_code == 200 and said(answer) == []
    assert "Choose a country from the list." in text(answer)


def test_where_nobody_is_known_it_says_so_and_who_can_often_help(client: Client, directory: None) -> None:
    answer = main(client.post("/en/more/", {"country": "NP"}))
    assert "We know of no address in Nepal yet." in answer
    assert "Trade unions" in answer and "consulate" in answer


def test_numbers_are_links_that_say_whom_they_call_and_nothing_else_leads_away(client: Client, directory: None) -> None:
    shown = text(client.post("/en/more/", {"country": "QA"}))
    calls = re.findall(r'<a class="call" href="([^"]*)">(.*?)</a>', shown)
    assert [link for link, _ in calls] == ["tel:5550101", "tel:+9745550101", "tel:*55%23", "tel:5550101", "tel:999"]
    assert calls[1][1] == (
        '<span class="vh">Call Workers\' Helpline: </span><bdi dir="ltr" translate="no">+974 555-0101</bdi>'
    )
    for address in re.findall(r'(?:href|src|action)="([^"]*)"', shown):
        assert address.startswith(("/", "#", "tel:")) and not address.startswith("//"), address
    assert "https://union.example/way" in shown


def test_each_entry_says_what_somebody_without_papers_must_know(client: Client, directory: None) -> None:
    answer = main(client.post("/en/more/", {"country": "QA"}))
    parts = dict(zip(said(client.post("/en/more/", {"country": "QA"})), answer.split("<h3>")[1:], strict=True))
    assert "may have to tell immigration" in parts["Police of Qatar"] and "<strong>" in parts["Police of Qatar"]
    helpline = parts["Workers' Helpline"]
    assert "They say that they do not ask for papers" in helpline
    assert "We cannot promise that. Ask them before you say who you are." in helpline
    assert "We do not know if they ask for papers" in parts["Builders' Union"]
    assert "This was checked in" in parts["Lawyers for Workers"]
    assert "This was checked in" not in parts["Workers' Helpline"]


def test_the_list_says_whose_it_is_and_of_each_address_who_put_it_there_and_when_it_was_checked(
    client: Client, directory: None
) -> None:
    answer = main(client.post("/en/more/", {"country": "QA"}))
    assert answer.count("Officials of the public register of agencies keep this list. It is not ours") == 1
    when = cldr.month(clock.today() - timedelta(days=30), "en")
    said_so = f"Put on this list by \u2068Edith\u2069 and \u2068Ida\u2069. Last checked in {when}."
    assert answer.count("Put on this list by") == len(EVERY) and answer.count(said_so) == len(EVERY) - 1


def test_who_is_in_danger_is_told_the_same_and_no_emergency_number_promises_anything(
    client: Client, offices: Any, directory: None, as_owner: Any
) -> None:
    for rule, kind, given in (
        ("agencies_helpentry_emergency_warns", "EMERGENCY", {}),
        ("agencies_helpentry_approved", "HOTLINE", {"approved_by": ""}),
        ("agencies_helpentry_two_persons", "HOTLINE", {"approved_by": "Edith"}),
    ):
        with as_owner(), pytest.raises(IntegrityError, match=rule), transaction.atomic(using=COPY):
            entry("Migrant Worker Night Line", kind, papers="SAYS_NOT", **given)
    someone = person(client, now={"danger": "yes"})
    someone.go(until="now")
    someone.answer("now")
    care = main(someone.get("care"))
    assert "Night Line" not in care and "It is not ours, and we have not called anybody on it." in care
    assert care.count("Put on this list by") == 2


# --- within the form ------------------------------------------------------------------------------------


def test_in_the_form_the_draft_says_which_country_and_the_way_back_leads_on(
    client: Client, offices: Any, directory: None
) -> None:
    someone = person(client)
    someone.go(until="time")
    shown = client.get("/en/more/")
    assert len(said(shown)) == len(EVERY)
    assert '<nav class="back" aria-label="Way back"><a href="/en/time/"' in text(shown)
    key = client.cookies["__Host-rw-draft"].value
    client.post("/en/more/", {"country": "OM"})
    assert client.cookies["__Host-rw-draft"].value == key
    client.get("/en/time/")
    assert len(said(client.get("/en/more/"))) == len(EVERY), "the draft is as it was"


@pytest.mark.parametrize("danger", ["yes", "unsure"])
def test_danger_leads_at_once_to_whom_to_call_emergency_first(
    client: Client, offices: Any, directory: None, danger: str
) -> None:
    someone = person(client, now={"danger": danger})
    someone.go(until="now")
    response = someone.answer("now")
    assert page_of(response) == "care"
    care = someone.get("care")
    assert said(care) == ["Police of Qatar", "Workers' Helpline"]
    assert "Whom you can call in Qatar" in main(care) and 'href="tel:999"' in main(care)
    assert "This may reach the police." in main(care)
    assert 'href="/en/more/"' in main(care)


def test_danger_where_no_number_is_known_says_so(client: Client, offices: Any) -> None:
    someone = person(client, now={"danger": "yes"})
    someone.go(until="now")
    someone.answer("now")
    assert "We know of no number to call in Qatar." in main(someone.get("care"))


def test_where_no_office_is_safe_everybody_who_can_help_there_is_shown(client: Client, directory: None) -> None:
    client.post("/en/", {"country": "QA"})
    answer = client.post("/en/from/", {"skip": "1"})
    assert "In Qatar we know no office that is safe" in main(answer)
    assert set(said(answer)) == set(EVERY)
    assert 'href="/en/more/"' in main(answer)
    client.post("/en/", {"country": "NP"})
    nothing = main(client.post("/en/from/", {"skip": "1"}))
    assert "We know of no address in Nepal yet." in nothing and "A trade union" in nothing


def test_after_sending_the_way_back_is_to_the_receipt(client: Client, offices: Any, directory: None) -> None:
    someone = person(client)
    someone.go()
    someone.answer("check")
    shown = client.get("/en/more/")
    assert said(shown) == [] and 'href="/en/number/"' in text(shown)


def test_only_the_copy_is_asked(client: Client, directory: None) -> None:
    with CaptureQueriesContext(connections["default"]) as own, CaptureQueriesContext(connections[COPY]) as copy:
        client.post("/en/more/", {"country": "QA"})
    assert {table for one in own for table in re.findall(r"complaints_\w+", one["sql"])} == {
        "complaints_draft",
        "complaints_draftfile",
    }
    assert len(copy) == 1 and "agencies_helpentry" in copy[0]["sql"]
