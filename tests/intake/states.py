"""Every page of intake in every state that a person meets: for tests that read what is said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.test import Client

from complaints.vault import receipts
from tests.intake.cast import Person, hidden, person, text
from tests.intake.test_in_line import everybody_here

EMPTY = ("start", "from", "now", "whose", "name", "list", "kind", "work", "given", "words", "money", "paid", "kept",
         "wish", "look", "reach", "how", "tell", "group")  # fmt: skip
BEHIND = ("box", "tell", "reach", "helper", "slip", "away", "delete")


class Reader(Person):
    """A person who reads another language than English."""

    language = "en"

    def url(self, page: str) -> str:
        return super().url(page).replace("/en/", f"/{self.language}/", 1)


def reader(client: Client, language: str, **answers: dict[str, Any]) -> Reader:
    usual = person(client).answers | answers
    someone = Reader(client, usual)
    someone.language = language
    return someone


def states(client: Client, language: str, agency: str) -> Iterator[tuple[str, str]]:
    """A name and the HTML of each. `agency` is one of the register's copy; offices in Qatar are there."""
    yield from _beside(reader(client, language))
    someone = reader(
        client,
        language,
        now={"danger": "unsure"},
        whose={"whose": "knows"},
        name={"name": agency},
        words={"happened": "They took 900. My passport is A01234567."},
        look={"what": "out"},
        tell={"may": "yes", "told": ["name"]},
        group={"group": "new"},
    )
    page = "start"
    while page != "check":
        shown = text(someone.get(page))
        yield page, shown
        if page in EMPTY:
            yield f"{page}, empty", text(someone.post(page, hidden(shown)))
            shown = text(someone.get(page))
        if page == "list":
            someone.answers["list"] = {"agency": re.findall(r'name="agency" value="(?!none)([^"]*)"', shown)[0]}
        page = _onto(someone, page, shown)
    yield "check", text(someone.get("check"))
    yield from _sent(client, someone)


def _onto(someone: Reader, page: str, shown: str) -> str:
    response = someone.post(page, hidden(shown) | someone.answers.get(page, {}))
    assert response.status_code == 302, (page, text(response))
    path = response["Location"].partition("?")[0].removeprefix(f"/{someone.language}/").strip("/")
    return path or "start"


def _beside(someone: Reader) -> Iterator[tuple[str, str]]:
    for page in ("about", "paper", "sizes", "words", "nowhere", "back", "back/box"):
        yield f"{page}, from nowhere", text(someone.get(page))
    for country in ("", "QA", "NP"):
        yield f"help {country}", text(someone.post("more", {"country": country}))
    someone.post("start", {"country": "AE"})
    yield "nobody", text(someone.post("from", {"recruited_in": "NP"}))
    for number in ("", "12", "x", "1" * 24, receipts.new_receipt()):
        yield f"back {len(number)}", text(someone.post("back", {"number": number}))
    with everybody_here():
        someone.post("back", {"number": receipts.new_receipt()})
        yield "wait", text(someone.get("back/wait"))
    someone.client.cookies.clear()


def _sent(client: Client, someone: Reader) -> Iterator[tuple[str, str]]:
    someone.post("check")
    shown = text(someone.get("number"))
    yield "number", shown
    receipt = "".join(re.findall(r"<span>(\d{4})</span>", shown))
    yield "number, another", text(someone.post("number", {"number": receipts.new_receipt()}))
    someone.post("number", {"number": receipt})
    yield "end", text(someone.get("end"))
    someone.post("back", {"number": receipt})
    box = text(someone.get("back/box"))
    yield "box", box
    yield "box, empty", text(someone.post("back/box", hidden(box)))
    someone.post("back/box", hidden(box) | {"text": "…"})
    for page in BEHIND:
        yield f"behind: {page}", text(someone.get(f"back/{page}"))
        if page in ("tell", "reach", "delete"):
            yield f"behind: {page}, empty", text(someone.post(f"back/{page}"))
    yield "helper made", text(someone.post("back/helper"))
    yield "deleted", text(someone.post("back/delete", {"sure": "on"}))


def words_of(shown: str) -> list[str]:
    """The blocks of text that a page shows, and what it says to screen readers: without its choices of countries."""
    shown = re.sub(r"<(script|style|svg|select)\b.*?</\1>", " ", shown, flags=re.S)
    shown = re.sub(r'aria-label="([^"]*)"', r"><p>\1</p><i ", shown)
    blocks = re.split(
        r"</?(?:p|li|h\d|div|dt|dd|label|legend|title|button|td|th|figcaption|summary|a|option)\b[^>]*>", shown
    )
    plain = (" ".join(re.sub(r"<[^>]*>", "", one).split()) for one in blocks)
    return [one for one in plain if one]
