"""FIREWALL proof 14: a browser without script files, leaves and comes back; then it remembers nothing of it.

A real chromium with a profile on the disk, as a person's has: with session restore and its cache of whole pages.
After each way of leaving, "Back" is pressed until there is nothing before; then the browser is closed, and every file
of the profile is searched. What does remain is that the site was visited: exactly these addresses and titles.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Error, Page, Playwright

from complaints.vault import receipts
from recruitment_watch.catalogues import read
from recruitment_watch.embedded.home import PROJECT
from tests.benchmarks.weigh import trusting
from tests.routes import ROUTES
from tests.system.careless import FIELDS, careless
from tests.system.eyes import CHROMIUM, FLAGS
from tests.system.filling import fill, page_name, press, receipt_on, walk
from tests.system.profile_folder import traces, unsnapped
from tests.system.stage import Stage
from tests.system.tainted import photo_that_says

NAMES = (
    "agency", "own", "promised", "happened", "fee", "whom", "rate", "wish", "where", "when", "message", "mistake",
    "file", "photo",
)  # fmt: skip
# What playwright switches off, and a person's browser has.
AS_A_PERSON = ["--disable-back-forward-cache", "--disable-component-update", "--disable-field-trial-config"]
BACK_MAX = 120
TEMPLATES = PROJECT / "complaints" / "templates" / "intake"
TITLE = re.compile(r"""(?:block name %}|<title>){% translate ["'](.*?)["'] %}""")
HELD = "[...document.querySelectorAll('input,textarea,select')].map(one => one.value).join('\\n')"


@dataclass
class Person:
    """A browser with a profile of its own, and everything that must not be found in it."""

    page: Page
    origin: str
    language: str
    folder: Path
    words: dict[str, str]
    secret: set[str] = field(default_factory=set)  # receipts and cookies, as they come up
    shown: list[str] = field(default_factory=list)  # what "Back" showed

    @property
    def needles(self) -> set[str]:
        return {*self.words.values(), *self.secret}

    def goes_to(self, path: str) -> None:
        self.page.goto(f"{self.origin}/{self.language}/{path}")

    def remembers(self) -> None:
        """Note the cookies as they are now: their values are keys."""
        self.secret |= {cookie["value"].strip('"') for cookie in self.page.context.cookies() if cookie["value"]}

    def holds(self, receipt: str) -> str:
        self.secret |= {receipt, receipts.show(receipt)}
        return receipt

    def answers(self) -> dict[str, dict[str, Any]]:
        words = self.words
        photo = self.folder / f"{words['file']}.jpg"
        photo.write_bytes(photo_that_says(words["photo"]))
        return {
            "start": {"country": "XA"},
            "from": {"recruited_in": "same"},
            "now": {"danger": "unsure"},
            "whose": {"whose": "mine"},
            "name": {"name": words["agency"]},
            "own": {"words": words["own"]},
            "kind": {"categories": ["fees"]},
            "work": {"sector": "domestic"},
            "given": {"promised": words["promised"]},
            "words": {"happened": words["happened"]},
            "money": {"money": "yes"},
            "paid": {
                "item": "medical", "words": words["fee"], "amount": "900", "currency": "USD", "whom": words["whom"],
                "rate": words["rate"], "more+": "1",
            },
            "kept": {"papers": ["passport"]},
            "wish": {"wishes": ["refund"], "wish_words": words["wish"]},
            "files": {"file": photo, "more+": "1"},
            "reach": {"reach": "yes"},
            "how": {"how": "call", "where": words["where"], "when": words["when"]},
            "tell": {"may": "no"},
            "group": {"group": "no"},
        }  # fmt: skip

    def presses_back(self) -> None:
        """As often as there is something before; what each page shows and holds is kept."""
        for _ in range(BACK_MAX):
            with suppress(Error):  # what the browser will not show again without sending it again
                self.page.go_back()
            if self.page.url == "about:blank":
                return
            with suppress(Error):  # the browser's own page, which says that it would have to send it again
                self.page.wait_for_load_state()
                self.shown.append(self.page.content() + str(self.page.evaluate(HELD)))
        raise AssertionError("Back does not come to an end")


# --- the ways -----------------------------------------------------------------------------------------------


def files_it_whole(person: Person) -> None:
    """The whole form, with mistakes on the way; the receipt is mistyped once, then read back."""
    page = person.page
    person.goes_to("")
    walk(page, person.answers(), until="words", look=lambda _name: person.remembers())
    makes_a_mistake(person)
    walk(page, person.answers(), until="check", look=lambda _name: person.remembers())
    press(page)
    receipt = person.holds(receipt_on(page))
    fill(page, {"number": receipt[:-1]})
    person.secret.add(receipt[:-1])
    press(page)
    fill(page, {"number": receipt})
    person.remembers()
    press(page)
    assert page_name(page) == "end"


def leaves_half_way(person: Person) -> None:
    """By "Leave quickly", from a page that shows a mistake and what was typed."""
    person.goes_to("")
    walk(person.page, person.answers(), until="words", look=lambda _name: person.remembers())
    makes_a_mistake(person)
    leave(person)


def comes_back(person: Person) -> None:
    """With a receipt, mistyped at first; writes a message, changes a contact, closes the page, opens it once more."""
    page = person.page
    looks_for_help(person)
    files_it_whole(person)
    receipt = next(one for one in person.secret if len(one) == receipts.DIGITS and one.isdecimal())
    for ending in (close, leave):
        person.goes_to("back/")
        fill(page, {"number": receipt[:-1]})
        press(page)
        fill(page, {"number": receipts.show(receipt)})
        press(page)
        person.remembers()
        fill(page, {"text": person.words["message"]})
        press(page)
        assert person.words["message"] in page.inner_text("main")
        person.goes_to("back/reach/")
        fill(page, {"how": "call", "where": person.words["where"], "when": "9" * 999})
        press(page)
        assert page_name(page) == "back/reach" and person.words["where"] in page.content()
        person.goes_to("back/box/")
        ending(person)


def looks_for_help(person: Person) -> None:
    """In a country that is asked for nowhere else, without writing a word. As a form's body would have it."""
    person.goes_to("more/")
    fill(person.page, {"country": "XB"})
    press(person.page)
    assert page_name(person.page) == "more" and person.page.locator("#who").count() == 1
    person.secret.add("country=XB")
    person.remembers()


def makes_a_mistake(person: Person) -> None:
    fill(person.page, {"happened": person.words["mistake"] + " more" * 9_000})
    press(person.page)
    assert page_name(person.page) == "words" and person.words["mistake"] in person.page.content()
    person.remembers()


def close(person: Person) -> None:
    with person.page.expect_navigation():
        person.page.locator('form[action$="/close/"] button').click()


def leave(person: Person) -> None:
    person.page.locator("a.leave").click()
    person.page.wait_for_url("**/sizes/")
    assert person.page.context.cookies() == []


WAYS: tuple[Callable[[Person], None], ...] = (files_it_whole, leaves_half_way, comes_back)


# --- the proof ----------------------------------------------------------------------------------------------


@contextmanager
def profiled(playwright: Playwright, profile: Path, *flags: str) -> Iterator[BrowserContext]:
    """With a profile in this folder, and without script. Closed as a person closes it."""
    opened = playwright.chromium.launch_persistent_context(
        profile, executable_path=CHROMIUM or "chromium", args=[*FLAGS, *flags], ignore_default_args=AS_A_PERSON,
        java_script_enabled=False,
    )  # fmt: skip
    opened.set_default_timeout(30_000)
    try:
        yield opened
    finally:
        opened.close()


@pytest.mark.proof
def test_a_browser_remembers_nothing_but_that_it_was_here(
    proof: Any, stage: Stage, playwright: Playwright, tmp_path: Path
) -> None:
    p = proof(14, "traces in a browser", bar="0 traces", small=1, full=9)
    passes = [(language, way) for language in ("en", "ar", "bn") for way in WAYS][: p.size] if p.size > 1 else [
        ("en", comes_back)  # goes every way but the one half-way
    ]  # fmt: skip
    back = kept = needles = 0
    remains: set[tuple[str, str]] = set()
    for number, (language, way) in enumerate(p.over(passes, len(passes))):
        folder = tmp_path / str(number)
        person = goes(stage, playwright, folder, language, way)
        back += sum(needle in shown for shown in person.shown for needle in person.needles)
        found = traces(folder / "profile", person.needles)
        kept += len(found)
        needles += len(person.needles)
        assert len(person.shown) > 10, "Back led nowhere"
        print(found)  # shown where the proof does not hold
        remains |= history(folder / "profile", person.origin)
    wrong = [one for one in remains if not neutral(*one)]
    control = remembered_by_a_careless_page(playwright, tmp_path / "careless")
    p.found(
        f"{len(passes)} browsers, {needles} words, receipts and keys: {back} behind Back, {kept} in the profile; "
        f"{len(remains)} addresses in the history, {len(wrong)} that say something",
        control=f"a careless page: {', '.join(sorted(control))}",
        held=not (back or kept or wrong) and len(control) >= 4 and len(remains) > 10,
    )


def goes(stage: Stage, playwright: Playwright, folder: Path, language: str, way: Callable[[Person], None]) -> Person:
    """One browser, one person, one way; then Back to the beginning, and closed."""
    folder.mkdir()
    words = {name: f"zq{name[:2]}{secrets.token_hex(8)}" for name in NAMES}
    trust = trusting(SimpleNamespace(stage=stage))  # type: ignore[arg-type]  # a zone, of which it asks the stage
    with profiled(playwright, folder / "profile", trust) as context:
        person = Person(context.pages[0], stage.installation.origin("intake"), language, folder, words)
        way(person)
        person.presses_back()
    return person


def remembered_by_a_careless_page(playwright: Playwright, folder: Path) -> set[str]:
    """The stores in which the same search finds what was typed into a form that is not as ours."""
    words = {name: f"zq{name[:2]}{secrets.token_hex(8)}" for name in FIELDS}
    with careless() as origin, profiled(playwright, folder) as context:
        page = context.pages[0]
        for path in ("/get", "/post"):
            page.goto(origin + path)
            for name, word in words.items():
                page.fill(f'input[name="{name}"]', word)
            with page.expect_navigation():
                page.locator("button").click()
        page.go_back()
        assert words["story"] in page.content() + str(page.evaluate(HELD))
    return {store for stores in traces(folder, words.values()).values() for store in stores}


# --- what remains -------------------------------------------------------------------------------------------


def history(profile: Path, origin: str) -> set[tuple[str, str]]:
    """Addresses and titles of this site in the browser's history. Nothing of any other site is there."""
    with closing(sqlite3.connect(profile / "Default" / "History")) as database:
        rows = database.execute("SELECT url, title FROM urls").fetchall()
    assert all(url.startswith(origin) for url, _title in rows)
    return {(url.removeprefix(origin), title) for url, title in rows}


def neutral(address: str, title: str) -> bool:
    """A path of the published list, with nothing behind it but that something changed; a title that says nothing."""
    parts = urlsplit(address)
    language, _slash, rest = parts.path.removeprefix("/").partition("/")
    known = f"en/{rest}" in ROUTES["intake"] and parts.query in ("", "sent", "changed")
    return (
        known and parts.fragment in ("", "messages", "so-far") and any(one.fullmatch(title) for one in titles(language))
    )


def titles(language: str) -> list[re.Pattern[str]]:
    """Every title of intake's own pages: "Question 4 of 16", and the neutral words of the others (test_shell)."""
    names = {name for file in TEMPLATES.glob("*.html") for name in TITLE.findall(file.read_text())}
    catalogue = None if language == "en" else read(language)

    def said(words: str) -> str:
        message = catalogue.get(words) if catalogue else None
        return str(message.string) if message else words

    question = re.sub(r"%\\\(\w+\\\)s", r"\\w+", re.escape(said("Question %(number)s of %(of)s")))
    endings = [question, *(re.escape(said(name)) for name in names)]
    return [re.compile(f"({re.escape(said('Error:'))} )?{ending}") for ending in endings]


def test_snappy_is_unpacked() -> None:
    # google/snappy, format_description.txt: a literal of 4, then a copy of 8 from 4 back, one byte offset.
    assert unsnapped(bytes([12, 3 << 2, *b"abcd", (4 << 2) | 1, 4])) == b"abcdabcdabcd"
