"""A filled-in paper, typed in on one page: stored like a complaint that was made page by page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from complaints.cases.models import Case
from complaints.intake.answers import HAPPENED_MAX
from complaints.intake.pages import BY_NAME, PAGES
from complaints.intake.paper import sheet
from complaints.intake.progress import Progress
from complaints.vault import receipts
from tests.intake.cast import CANARY, STORY, Person, drafted, hidden, page_of, person, text

ENTER = "paper/enter"
# What stands on the paper: the same answers as `person` gives page by page.
PAPER: dict[str, Any] = {
    "now-danger": "no",
    "whose-whose": "mine",
    "own-words": f"Agency {CANARY}",
    "time-when_0": "05",
    "time-when_1": "2026",
    "kind-categories": ["fees", "documents_kept"],
    "work-sector": "domestic",
    "given-promised": f"A shop, they said. {CANARY}",
    "words-happened": STORY,
    "kept-papers": ["passport"],
    "money-money": "yes",
    "paid1-item": "medical",
    "paid1-amount": "3,000",
    "paid1-currency": "QAR",
    "paid1-whom": f"A man called {CANARY}",
    "wish-wishes": ["refund"],
    "wish-wish_words": f"An answer. {CANARY}",
    "tell-may": "no",
    "group-group": "no",
    "reach-reach": "yes",
    "how-how": "call",
    "how-where": f"+974 5555 {CANARY}",
    "how-when": "Fridays",
}


def helper(client: Client) -> Person:
    """Somebody who has seen who reads it."""
    someone = person(client)
    someone.go(until="now")
    return someone


def type_in(someone: Person, **changes: Any) -> Any:
    """Post the paper, with the hidden fields of the page; a change to None leaves a field empty."""
    said = PAPER | {name.replace("__", "-"): value for name, value in changes.items()}
    shown = hidden(text(someone.get(ENTER)))
    return someone.post(ENTER, shown | {name: value for name, value in said.items() if value is not None})


def nothing(**said: Any) -> dict[str, Any]:
    return {name.replace("-", "__"): None for name in PAPER} | said


def stored(as_owner: Any) -> int:
    with as_owner():
        return Case.objects.count()


def without_ids(progress: Progress) -> dict[str, Any]:
    answers = progress.answers.to_dict()
    return answers | {"fees": [{**fee, "id": ""} for fee in answers["fees"]]}


def test_a_whole_paper_is_stored_like_one_that_was_made_page_by_page(
    client: Client, offices: Any, as_owner: Any
) -> None:
    another = person(Client(HTTP_HOST=client.defaults["HTTP_HOST"]))
    another.go()
    someone = helper(client)
    response = type_in(someone)
    assert page_of(response) == "files", text(response)
    someone.go_from("files")
    mine, theirs = without_ids(drafted(client)), without_ids(drafted(another.client))
    assert mine == theirs
    last = text(someone.get("check"))
    assert STORY in last and "3000 Qatari R" in last
    assert stored(as_owner) == 0
    assert page_of(someone.post("check")) == "number"
    assert stored(as_owner) == 1
    assert receipts.read(someone.receipt())


def test_only_the_story_has_to_be_there(client: Client, offices: Any, as_owner: Any) -> None:
    someone = helper(client)
    missing = type_in(someone, **nothing())
    assert missing.status_code == 200
    assert re.findall(r'href="#(id_[^"]*)"', text(missing)) == ["id_words-happened"]
    assert page_of(type_in(someone, **nothing(words__happened=STORY))) == "files"
    answers = drafted(client).answers
    assert (answers.happened, answers.whose, answers.categories, answers.fees, answers.told) == (STORY, "", (), (), ())
    assert not answers.contact
    someone.go_from("files")
    someone.post("check")
    assert stored(as_owner) == 1


def test_a_mistake_keeps_all_that_was_typed_and_leads_to_each(client: Client, offices: Any) -> None:
    someone = helper(client)
    response = type_in(someone, paid1__amount="much", how__where=None, paid2__amount="5", tell__told=["money"])
    shown = text(response)
    assert response.status_code == 200 and "<title>Error:" in shown
    assert set(re.findall(r'href="#(id_[^"]*)"', shown)) == {
        "id_paid1-amount", "id_paid2-item", "id_paid2-currency", "id_tell-may_0", "id_how-where",
    }  # fmt: skip
    for target in re.findall(r'href="#(id_[^"]*)"', shown):
        assert f'id="{target}"' in shown
    for typed in (STORY, f"A shop, they said. {CANARY}", 'value="much"', f"A man called {CANARY}", "Fridays"):
        assert typed in shown, typed
    for ticked in ("categories", "papers", "wishes"):
        assert re.search(rf'<input[^>]*name="\w+-{ticked}"[^>]*checked', shown), ticked
    assert '<option value="medical" selected' in shown and '<option value="05" selected' in shown
    assert drafted(client).answers.happened == ""  # nothing is taken by halves


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"money__money": "no"}, "id_money-money_0"),
        ({"money__money": None}, "id_money-money_0"),
        ({"reach__reach": "no"}, "id_reach-reach_0"),
        ({"reach__reach": None}, "id_reach-reach_0"),
    ],
)
def test_what_is_told_after_a_no_is_asked_about(client: Client, offices: Any, said: Any, field: str) -> None:
    response = type_in(helper(client), **said)
    assert response.status_code == 200
    assert re.findall(r'href="#(id_[^"]*)"', text(response)) == [field]


def test_typed_in_twice_it_is_there_once(client: Client, offices: Any) -> None:
    someone = helper(client)
    shown = hidden(text(someone.get(ENTER)))
    for _time in range(2):
        assert page_of(someone.post(ENTER, shown | PAPER)) == "files"
    assert len(drafted(client).answers.fees) == 1
    type_in(someone, paid2__item="travel")  # and looked at once more, with a second row
    assert [fee.item for fee in drafted(client).answers.fees] == ["medical", "travel"]
    type_in(someone, paid1__item=None, paid1__amount=None, paid1__currency=None, paid1__whom=None)
    assert drafted(client).answers.fees == ()


def test_an_agency_of_the_register_is_asked_for_and_nothing_that_was_written_is_lost(
    client: Client, offices: Any, agency: Any
) -> None:
    someone = helper(client)
    known = "The man at the door is called Bilal."
    assert page_of(type_in(someone, name__name="sunrise placment", own__words=known)) == "list"
    assert known in drafted(client).answers.happened
    someone.answers["list"] = {"agency": str(agency.pk)}
    assert page_of(someone.answer("list")) == "then"
    assert drafted(client).answers.licence_on_day
    assert "May 2026" in text(someone.get("time")) or 'value="05" selected' in text(someone.get("time"))
    type_in(someone, name__name="sunrise placment", own__words=known)
    assert drafted(client).answers.happened.count(known) == 1
    assert drafted(client).answers.agency.id == str(agency.pk)


def test_name_and_what_is_known_stand_together_where_no_list_has_it(client: Client, offices: Any) -> None:
    type_in(helper(client), name__name="Nobody's", own__words="Next to the mosque")
    assert drafted(client).answers.agency.name == "Nobody's\nNext to the mosque"


def test_what_does_not_fit_together_is_not_cut(client: Client, offices: Any, agency: Any) -> None:
    story = "x" * HAPPENED_MAX
    response = type_in(helper(client), name__name="sunrise placment", own__words="More", words__happened=story)
    assert re.findall(r'href="#(id_[^"]*)"', text(response)) == ["id_own-words"]


def test_danger_and_numbers_lead_to_the_pages_about_them(client: Client, offices: Any) -> None:
    someone = helper(client)
    assert page_of(type_in(someone, now__danger="yes")) == "care"
    assert page_of(someone.answer("care")) == "files"
    assert page_of(type_in(someone, words__happened="My passport number is A1234567")) == "look"


def test_money_without_a_row_is_asked_for_by_the_form(client: Client, offices: Any) -> None:
    row = dict.fromkeys(("paid1__item", "paid1__amount", "paid1__currency", "paid1__whom"))
    assert page_of(type_in(helper(client), **row)) == "paid"


def test_first_it_has_to_be_seen_who_reads_it(client: Client, offices: Any) -> None:
    stranger = person(client)
    assert page_of(stranger.get(ENTER)) == "paper"
    stranger.go(until="who")
    assert page_of(stranger.get(ENTER)) == "who"
    assert page_of(stranger.post(ENTER, PAPER)) == "who"
    assert drafted(client).answers.happened == ""


def test_a_draft_that_is_gone_gives_back_what_was_typed(client: Client, offices: Any) -> None:
    response = person(client).post(ENTER, PAPER)
    assert response.status_code == 410
    assert STORY in text(response) and f"A man called {CANARY}" in text(response)


def test_the_page_asks_all_of_the_form_and_nothing_that_is_never_asked(client: Client, offices: Any) -> None:
    someone = helper(client)
    shown = text(someone.get(ENTER))
    asked = {part.name for part in sheet.shown(Progress())}
    left = {"start", "part", "from", "who", "care", "list", "then", "look", "files"}
    assert asked == {page.name for page in PAGES} - left and asked <= BY_NAME.keys()
    assert shown.count("<h1") == 1 and 'type="file"' not in shown
    labels = " ".join(re.findall(r"<(?:label|legend)[^>]*>(.*?)</(?:label|legend)>", shown, re.S)).lower()
    for never in ("nationality", "immigration", "visa number", "passport number", "home address", "date of birth"):
        assert never not in labels
    ids = re.findall(r'\sid="([^"]*)"', shown)
    assert len(ids) == len(set(ids))


def test_a_helper_finds_the_way_there(client: Client, offices: Any) -> None:
    someone = helper(client)
    someone.answer("now")
    assert f'href="/en/{ENTER}/"' in text(someone.get("whose"))
