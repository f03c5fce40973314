"""The form from the first page to the receipt, as a browser without script goes through it."""

from __future__ import annotations

import base64
import re
import threading
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from django.db import connections
from django.http import HttpResponse
from django.test import Client
from django.utils.translation import gettext, override

from complaints.cases.models import Case
from complaints.intake.answers import AgencyAnswer, Answers, Contact
from complaints.intake.forms import MONEY_MAX
from complaints.intake.models import Draft
from complaints.intake.pages import PAGES
from complaints.intake.progress import Progress
from complaints.vault import drafts, receipts
from complaints.vault.errors import BadEnvelope
from complaints.vault.primitives import new_key
from tests.factories import make_office
from tests.intake.cast import CANARY, STORY, Person, drafted, page_of, person, text

COOKIE = "__Host-rw-draft"


def stored(as_owner: Any) -> int:
    with as_owner():
        return Case.objects.count()


# --- the way ----------------------------------------------------------------------------------------------


def test_the_whole_way_stores_one_complaint_and_shows_a_receipt(client: Client, offices: Any, as_owner: Any) -> None:
    someone = person(client)
    way = someone.go()
    assert way == [
        "start", "from", "who", "now", "whose", "name", "own", "time", "kind", "work", "given", "words", "money",
        "paid", "kept", "wish", "files", "reach", "how", "tell", "group",
    ]  # fmt: skip
    last = text(someone.get("check"))
    for said in (
        STORY,
        "May 2026",
        "Doha Labour Inspection",
        "Qatar",
        "Paying to get a job",
        "Fridays",
        "3000 Qatari R",
    ):
        assert said in last
    assert stored(as_owner) == 0
    assert page_of(someone.post("check")) == "number"
    assert stored(as_owner) == 1
    assert receipts.read(someone.receipt())


def test_an_agency_of_the_register_is_found_and_its_licence_on_that_day_is_shown(
    client: Client, offices: Any, agency: Any
) -> None:
    someone = person(client, name={"name": "sunrise placment"}, list={"agency": str(agency.pk)})
    someone.answers["time"] = {"when_0": "05", "when_1": "2026"}
    someone.answers["now"] = {"danger": "yes"}
    way = someone.go(until="then")
    assert way == ["start", "from", "who", "now", "care", "whose", "name", "list", "time"]
    assert "On 1 May 2026 this agency was allowed to recruit." in text(someone.get("then"))
    someone.post("time", {"when_0": "06", "when_1": "2026"})
    june = text(someone.get("then"))
    assert "On 1 June 2026 this agency was allowed to recruit." in june
    assert "On 15 June 2026 this agency was not allowed to recruit." in june
    someone.post("time", {"skip": "1"})
    assert "This agency may not recruit today." in text(someone.get("then"))
    with override("es"):
        today = gettext("This agency may not recruit today.")
    shown = text(cast(HttpResponse, client.get("/es/then/", secure=True)))
    assert today in shown and "may not recruit" not in shown  # whoever changes the language is told in theirs


def test_of_a_year_with_many_changes_all_are_shown(
    client: Client, offices: Any, agency: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than a draft keeps are looked up when they are shown."""
    monkeypatch.setattr("complaints.intake.takes.KEPT_MAX", 0)
    someone = person(client, name={"name": "sunrise placment"}, list={"agency": str(agency.pk)})
    someone.answers["time"] = {"when_0": "06", "when_1": "2026"}
    someone.go(until="then")
    assert drafted(client).shown == ()
    assert "On 15 June 2026 this agency was not allowed to recruit." in text(someone.get("then"))


def test_what_the_register_answered_is_among_the_answers(client: Client, offices: Any, agency: Any) -> None:
    someone = person(client, name={"name": "RA-0042"}, list={"agency": str(agency.pk)})
    assert "then" in someone.go()
    assert "On 1 May 2026 this agency was allowed to recruit." in text(someone.get("check"))


def test_only_place_and_story_have_to_be_said(client: Client, offices: Any, as_owner: Any) -> None:
    skip = {"skip": "1"}
    can_be_skipped = {page.name: skip for page in PAGES if page.skips}
    someone = person(client, **can_be_skipped)
    assert set(someone.go()) - set(can_be_skipped) == {"start", "who", "words"}
    someone.get("check")
    assert page_of(someone.post("check")) == "number"
    with as_owner():
        assert Case.objects.get().severity == 3


@pytest.mark.parametrize(("said", "heading"), [("yes", "Your safety comes first"), ("unsure", "If you are not sure")])
def test_danger_is_answered_at_once_with_what_to_do(client: Client, offices: Any, said: str, heading: str) -> None:
    someone = person(client, now={"danger": said})
    someone.go(until="care")
    shown = text(someone.get("care"))
    assert heading in shown and "emergency number" in shown
    assert not re.search(r"\b\d{3,}\b", re.sub(r"<[^>]+>", "", shown))  # no number that we do not know
    assert page_of(someone.post("care")) == "whose"


def test_an_answer_can_be_changed_from_the_last_page_and_only_that_one_is_asked(client: Client, offices: Any) -> None:
    someone = person(client)
    someone.go()
    shown = text(someone.get("check"))
    assert 'href="/en/words/"' in shown
    assert STORY in text(someone.get("words"))
    assert page_of(someone.post("words", {"happened": "Another story"})) == "check"
    assert page_of(someone.post("now", {"danger": "yes"})) == "care"
    assert page_of(someone.post("care")) == "check"
    assert page_of(someone.post("reach", {"reach": "no"})) == "check"
    last = text(someone.get("check"))
    assert "Another story" in last and STORY not in last and "+974 5555" not in last


def test_contact_that_was_taken_back_is_asked_anew(client: Client, offices: Any) -> None:
    someone = person(client)
    someone.go()
    someone.post("reach", {"reach": "no"})
    assert page_of(someone.post("reach", {"reach": "yes"})) == "how"
    assert CANARY not in text(someone.get("how"))


def test_nobody_gets_ahead_of_the_questions(client: Client, offices: Any) -> None:
    someone = person(client)
    someone.go(until="who")
    for page in ("name", "words", "how", "tell", "check", "number"):
        assert page_of(someone.get(page)) == "who"


# --- mistakes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("letter", ["x", "ম", "😀", "\n", '"'])
def test_a_text_that_is_too_long_is_kept_and_says_by_how_much(client: Client, offices: Any, letter: str) -> None:
    someone = person(client)
    someone.go(until="words")
    long = f"{CANARY}" + letter * 32_000 + "end"
    response = someone.post("words", {"happened": long})
    shown = text(response)
    assert response.status_code == 200
    assert "<title>Error: Question 9 of 16</title>" in shown
    over = re.search(r"too long by about (\d+) letters", shown)
    assert over and long in shown
    shorter = long[: len(long) - int(over[1])]
    assert page_of(someone.post("words", {"happened": shorter})) == "money"


def test_the_longest_story_in_any_script_fits_the_sealed_body(client: Client, offices: Any, as_owner: Any) -> None:
    someone = person(client, words={"happened": "ম" * 6_300}, given={"promised": "ম" * 1_600})
    someone.answers["own"] = {"words": "ম" * 500}
    someone.go(until="paid")
    for number in range(MONEY_MAX):
        ten_payments = {"item": "other", "words": "ম" * 50, "amount": "9" * 12, "other": "ম" * 30, "whom": "ম" * 50}
        someone.post("paid", ten_payments | {"rate": "ম" * 50, "id": f"{number}", "more": "1"})
    someone.post("paid")
    someone.post("kept", {"papers": ["passport", "phone", "other"]})
    someone.post("wish", {"wishes": ["refund", "stop"], "wish_words": "ম" * 300})
    for page in ("files", "reach", "how", "tell", "group"):
        someone.answer(page)
    someone.get("check")
    assert page_of(someone.post("check")) == "number"
    assert stored(as_owner) == 1


@pytest.mark.parametrize(
    ("page", "data", "said"),
    [
        ("start", {"country": ""}, "Choose a country from the list."),
        ("start", {"country": "XX"}, "Choose one of the answers in the list."),
        ("name", {"name": ""}, "Please answer this question."),
        ("name", {"name": "x" * 201}, "at most 200 letters"),
        ("time", {"when_0": "05", "when_1": ""}, "Choose the year too."),
        ("time", {"when_0": "13", "when_1": "2026"}, "Choose the month and the year from the lists."),
        ("kind", {}, "Choose at least one, or go on without."),
        ("kind", {"categories": ["nonsense"]}, "Choose one of the answers in the list."),
        ("now", {}, "Please answer this question."),
        ("words", {"happened": "   "}, "Please answer this question."),
        ("reach", {}, "Please answer this question."),
        ("how", {"how": "call", "where": ""}, "Please answer this question."),
    ],
)
def test_a_mistake_is_said_in_words_above_and_beside_the_question(
    client: Client, offices: Any, page: str, data: dict[str, Any], said: str
) -> None:
    someone = person(client)
    someone.go(until=page)
    response = someone.post(page, data)
    shown = text(response)
    assert response.status_code == 200
    assert "<title>Error: " in shown
    assert shown.count(said) == 2


def test_text_typed_after_the_draft_is_gone_is_given_back(client: Client, offices: Any) -> None:
    response = person(client).post("words", {"happened": STORY})
    assert response.status_code == 410
    assert "Your answers are gone" in text(response) and STORY in text(response)


@pytest.mark.parametrize("page", ["who", "name", "words", "check", "number"])
def test_without_a_draft_a_page_says_so_plainly(client: Client, page: str) -> None:
    response = person(client).get(page)
    assert response.status_code == 410
    assert "Your answers are gone" in text(response) and 'href="/en/"' in text(response)


@pytest.mark.parametrize("value", ["", "x", "AAAA", "A" * 43 + "=", "\u00fc", "=" * 44])
def test_a_cookie_that_is_none_opens_nothing(client: Client, offices: Any, value: str) -> None:
    client.cookies[COOKIE] = value
    assert person(client).get("words").status_code == 410


# --- sending ----------------------------------------------------------------------------------------------


def test_sending_again_after_a_lost_answer_shows_the_same_receipt_and_stores_nothing(
    client: Client, offices: Any, as_owner: Any
) -> None:
    someone = person(client)
    someone.go()
    someone.get("check")
    someone.post("check")  # stored; suppose that this answer never arrived
    assert page_of(someone.post("check")) == "number"
    first = someone.receipt()
    assert page_of(someone.post("check")) == "number"
    assert someone.receipt() == first
    assert stored(as_owner) == 1


def test_a_try_whose_draft_was_not_marked_stores_nothing_and_shows_the_same_receipt(
    client: Client, offices: Any, as_owner: Any
) -> None:
    """The draft as it was before sending comes back: as if another tab had put it there."""
    someone = person(client)
    someone.go()
    someone.get("check")
    before = Draft.objects.get()
    someone.post("check")
    first = someone.receipt()
    Draft.objects.update(box=before.box)
    assert page_of(someone.post("check")) == "number"
    assert someone.receipt() == first
    assert stored(as_owner) == 1


def test_what_could_not_be_stored_is_said_and_can_be_sent_again(
    client: Client, offices: Any, as_owner: Any, settings: Any, tmp_path: Any
) -> None:
    someone = person(client)
    someone.go()
    someone.get("check")
    week_files, settings.RETENTION = settings.RETENTION, tmp_path
    response = someone.post("check")
    assert response.status_code == 503
    assert "It was not stored" in text(response) and STORY in text(response)
    assert stored(as_owner) == 0
    settings.RETENTION = week_files
    assert page_of(someone.post("check")) == "number"
    assert stored(as_owner) == 1


def test_nothing_of_the_answers_is_in_their_repr(client: Client, offices: Any) -> None:
    said = Answers(country="QA", happened=CANARY, agency=AgencyAnswer(name=CANARY), contact=Contact(where=CANARY))
    assert CANARY not in repr((said, said.agency, said.contact, Progress(answers=said, receipt=CANARY, query=CANARY)))


def test_after_sending_no_answer_can_be_changed_and_none_is_left_in_the_draft(client: Client, offices: Any) -> None:
    someone = person(client)
    someone.go()
    someone.get("check")
    someone.post("check")
    for page in ("start", "words", "how", "check"):
        assert page_of(someone.get(page)) == "number"
    assert page_of(someone.post("words", {"happened": "Changed"})) == "number"
    key = base64.urlsafe_b64decode(client.cookies[COOKIE].value)
    left = drafts.unlock(drafts.place(key), bytes(Draft.objects.get().box)).decode()
    assert CANARY not in left


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_ten_clicks_at_once_store_one_complaint(client: Client, as_owner: Any, registrar_privates: list[bytes]) -> None:
    with as_owner():
        make_office(registrar_privates=registrar_privates)
    someone = person(client)
    someone.go()
    someone.get("check")
    ends: list[str] = []

    def click() -> None:
        browser = Client(HTTP_HOST=client.defaults["HTTP_HOST"])
        browser.cookies[COOKIE] = client.cookies[COOKIE].value
        someone, end = Person(browser), page_of(Person(browser).post("check"))
        while end == "wait":  # as the page asks again by itself
            response = someone.get("wait")
            end = page_of(response) if response.status_code == 302 else "wait"
        ends.append(end)
        connections.close_all()

    clicks = [threading.Thread(target=click) for _ in range(10)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()
    assert ends == ["number"] * 10
    assert stored(as_owner) == 1


def test_a_receipt_is_read_back_once_and_then_nothing_is_left(client: Client, offices: Any) -> None:
    someone = person(client)
    someone.go()
    someone.get("check")
    someone.post("check")
    receipt = someone.receipt()
    other = receipts.new_receipt()
    compared = text(someone.post("number", {"number": other}))
    assert "This is not the number above" in compared and other not in compared
    counted = text(someone.post("number", {"number": receipt[:20]}))
    assert "24 digits" in counted and receipt[:20] not in counted
    assert Draft.objects.count() == 2  # the form, and for a moment the page that says so
    arabic = receipts.show(receipt).translate({ord("0") + n: 0x0660 + n for n in range(10)})
    key = base64.urlsafe_b64decode(client.cookies[COOKIE].value)
    for _ in range(2):  # the answer was lost, and the browser sent it again
        assert page_of(someone.post("number", {"number": arabic})) == "end"
    assert receipt not in drafts.unlock(drafts.place(key), bytes(Draft.objects.get().box)).decode()
    assert receipt not in text(someone.get("end"))
    assert Draft.objects.count() == 0
    assert client.cookies[COOKIE].value == ""


def test_the_receipts_page_says_when_to_come_back(client: Client, offices: Any) -> None:
    someone = person(client)
    someone.go()
    someone.get("check")
    someone.post("check")
    assert re.search(r"Come back on \d+ \w+ \d{4}, or later", text(someone.get("number")))


# --- the draft --------------------------------------------------------------------------------------------


def test_a_draft_cannot_be_read_without_its_cookie(client: Client, offices: Any) -> None:
    someone = person(client)
    someone.go()
    row = Draft.objects.get()
    key = base64.urlsafe_b64decode(client.cookies[COOKIE].value)
    assert CANARY.encode() not in bytes(row.box)
    assert CANARY in drafts.unlock(drafts.place(key), bytes(row.box)).decode()
    assert row.pk == drafts.draft_id(key) and key not in bytes(row.box)
    with pytest.raises(BadEnvelope):
        drafts.unlock(drafts.place(new_key()), bytes(row.box))
    assert (row.expires.minute, row.expires.second, row.expires.microsecond) == (0, 0, 0)


def test_its_cookie_is_locked_to_this_host_and_dies_with_the_browser(client: Client, offices: Any) -> None:
    person(client).post("start", {"country": "QA"})
    cookie = client.cookies[COOKIE]
    assert cookie["secure"] and cookie["httponly"] and cookie["samesite"] == "Strict" and cookie["path"] == "/"
    assert not cookie["domain"] and not cookie["max-age"] and not cookie["expires"]


def test_an_expired_draft_is_gone_and_is_swept_away(client: Client, offices: Any, settings: Any, tmp_path: Any) -> None:
    someone = person(client)
    someone.go(until="words")
    settings.CLOCK_FILE = tmp_path / "clock"
    settings.CLOCK_FILE.write_text(str(timedelta(hours=1, minutes=59).total_seconds()))
    assert someone.get("words").status_code == 200
    settings.CLOCK_FILE.write_text(str(timedelta(hours=2, minutes=1).total_seconds()))
    assert someone.get("words").status_code == 410
    settings.CLOCK_FILE.write_text(str(timedelta(hours=4).total_seconds()))
    person(Client(HTTP_HOST=client.defaults["HTTP_HOST"])).post("start", {"country": "QA"})
    assert [row.expires > datetime.now(UTC) + timedelta(hours=4) for row in Draft.objects.all()] == [True]


def test_two_people_do_not_see_each_others_answers(client: Client, offices: Any) -> None:
    someone, another = person(client), person(Client(HTTP_HOST=client.defaults["HTTP_HOST"]))
    someone.go()
    another.go(until="who")
    assert page_of(another.get("words")) == "who"


def test_leaving_takes_draft_and_cookies_and_shows_something_else(client: Client, offices: Any) -> None:
    someone = person(client)
    someone.go()
    assert 'href="/en/off/"' in text(someone.get("words"))
    assert page_of(someone.get("off")) == "sizes"
    assert not Draft.objects.exists()
    assert {name: one.value for name, one in client.cookies.items() if one.value} == {}
    neutral = text(someone.get("sizes"))
    assert "10 centimetres are 3.9 inches" in neutral
    assert not re.search(r"recruit|agency|inspector|href=\"/en", neutral, re.I)
