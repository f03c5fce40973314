"""A day's work of an inspector in a real browser with script on: a night's cases, from queue to last close.

Mostly by keyboard. Where chromium is missing this test is skipped with a sentence; with CI=true it fails.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page

from tests.system.eyes import PATIENCE, nothing_ties, sign_in
from tests.system.filling import FIRST, fill, follow, press
from tests.system.stage import Stage

CASES, MINE = 24, 10  # four times the demonstration's six
ARRIVE = 180.0  # seconds, until every case has come to its office


@dataclass
class Town:
    stage: Stage
    receipts: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    """An installation of its own, in whose first office twenty-four cases have arrived overnight."""
    stage = Stage.fresh("browser-day")
    made = Town(stage)
    try:
        stage.processes.start()
        for _time in range(4):
            said = stage.command("intake", "load_demo_cases")
            made.receipts.append(json.loads(said.strip().splitlines()[-1])["receipt"])
        deadline = time.monotonic() + ARRIVE
        while stage.count("casework", "SELECT count(*) FROM complaints_holding") < CASES:
            assert time.monotonic() < deadline, "the cases did not come to their office"
            time.sleep(0.1)
        yield made
    finally:
        stage.close()


@dataclass
class Inspector:
    """One person with a keyboard; whatever the browser complains of is kept."""

    stage: Stage
    page: Page
    complaints: list[str] = field(default_factory=list)

    def comes(self, name: str) -> None:
        page = self.page
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        sign_in(page, self.stage, name)
        page.wait_for_selector("table.queue")

    def queue(self, query: str) -> list[str]:
        """The numbers of the cases that a queue shows, in its order; with its keys ready."""
        self.page.goto(f"{self.stage.installation.origin('desk')}/{query}")
        if self.page.locator(".queue .opens").count():
            self.page.wait_for_selector(".keys:not([hidden])")
        return self.page.locator(".queue .opens").all_inner_texts()

    def goes_down_to(self, reference: str, rows: list[str]) -> None:
        for _row in range(rows.index(reference) + 1):
            self.page.keyboard.press("j")
        assert self.page.evaluate("document.activeElement.textContent.trim()") == reference

    def does(self, key: str) -> None:
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    def sends(self, action: str, **typed: str) -> None:
        """A form of the case room."""
        fill(self.page, {name.replace("__", "-"): value for name, value in typed.items()})
        with self.page.expect_navigation():
            self.page.locator(f'main form[action$="/{action}/"] button').first.click()

    def says(self, *words: str) -> None:
        said = self.page.inner_text("main")
        for one in words:
            assert one in said, f"{self.page.url} does not say {one!r}: {said[:1500]}"


@pytest.fixture
def people(browser: Browser, town: Town) -> Iterator[Callable[[str], Inspector]]:
    contexts = []

    def somebody(name: str) -> Inspector:
        context = browser.new_context(ignore_https_errors=True, locale="en")
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        came = Inspector(town.stage, context.new_page())
        came.comes(name)
        return came

    yield somebody
    for one in contexts:
        one.close()


def test_a_days_work(town: Town, people: Callable[[str], Inspector]) -> None:
    amina = people("amina")
    rows = amina.queue("?order=danger")  # all: complaints of one agency become urgent together, in an order of chance
    assert len(rows) == CASES
    acknowledges_all(amina, rows)
    gives_half_away(amina, rows)
    mine = amina.queue("?hands=mine")
    assert len(mine) == MINE
    answers(amina, mine[:4])
    asks(amina, mine[4:7])
    asked = decides_and_asks_to_close(amina, mine[7:9])
    makes_urgent(amina, mine[9])
    bao = people("bao")
    closes(bao, asked)
    looks_back(amina, mine)
    assert len(bao.queue("?hands=mine")) == CASES - MINE
    what_a_person_reads(amina.page, town)
    assert amina.complaints == [] and bao.complaints == []


def acknowledges_all(amina: Inspector, rows: list[str]) -> None:
    """j to the case, a; and back to the queue."""
    for reference in rows:
        amina.goes_down_to(reference, amina.queue("?order=danger"))
        amina.does("a")
        amina.says("You have acknowledged this case.")
    assert len(amina.queue("?order=danger")) == CASES
    assert amina.page.get_by_text("not yet opened").count() == 0


def gives_half_away(amina: Inspector, rows: list[str]) -> None:
    """Who acknowledges has it in hand: ticked with x on the way down, and the page says how many before it is done."""
    here = amina.queue("?hands=mine")
    assert sorted(here) == sorted(rows)
    for reference in here:
        amina.page.keyboard.press("j")
        if reference in rows[MINE:]:
            amina.page.keyboard.press("x")
    with amina.page.expect_navigation():
        amina.page.get_by_role("button", name="Give the ticked cases to somebody").click()
    assert amina.page.inner_text("h1") == f"Give {CASES - MINE} cases into somebody's hands"
    amina.page.select_option('select[name="to"]', label="Bao Stern")
    with amina.page.expect_navigation():
        amina.page.get_by_role("button", name=f"Give {CASES - MINE} cases").click()
    amina.says(f"{CASES - MINE} cases are in the hands of Bao Stern now.")


def opens(amina: Inspector, reference: str) -> None:
    """j down to it among one's own, Enter."""
    amina.goes_down_to(reference, amina.queue("?hands=mine"))
    amina.does("Enter")
    nothing_ties(amina.page)
    assert amina.page.inner_text("h1") == f"Case {reference}"


def answers(amina: Inspector, cases: list[str]) -> None:
    for reference in cases:
        opens(amina, reference)
        amina.sends("answer", answer__text="We have read it, and look into it this week.")
        amina.says("We have read it, and look into it this week.")


def asks(amina: Inspector, cases: list[str]) -> None:
    """The clock stands, and the filter finds exactly these."""
    for reference in cases:
        opens(amina, reference)
        amina.sends("answer", answer__text="On which day did you pay?", answer__asks="on")
        amina.says("Your office has asked the person something.")
    amina.queue("?hands=mine")
    follow(amina.page, amina.page.get_by_role("link", name="Waiting for the complainant"))
    assert sorted(amina.page.locator(".queue .opens").all_inner_texts()) == sorted(cases)


def decides_and_asks_to_close(amina: Inspector, cases: list[str]) -> list[str]:
    """Alone nobody closes one; the addresses of the cases."""
    addresses = []
    for reference in cases:
        opens(amina, reference)
        amina.page.locator('select[name="finding-standard"]').select_option(index=1)
        amina.sends("finding", finding__text="Receipts found at an inspection of our own.")
        amina.sends("close", closing__outcome=FIRST, closing__text="You get it back.")
        amina.says("Your request waits for a colleague of your office.")
        addresses.append(amina.page.url)
    return addresses


def closes(bao: Inspector, cases: list[str]) -> None:
    for address in cases:
        bao.page.goto(address)
        nothing_ties(bao.page)
        follow(bao.page, bao.page.get_by_role("link", name="Somebody of your office has asked to close this case"))
        bao.says("You get it back.")
        with bao.page.expect_navigation():
            bao.page.get_by_role("button", name="Approve").first.click()
        bao.says("Your office has closed the case, and the person can read what came of it.")


def makes_urgent(amina: Inspector, reference: str) -> None:
    """It comes first in the queue then."""
    opens(amina, reference)
    follow(amina.page, amina.page.get_by_role("link", name="Make the case more urgent"))
    fill(amina.page, {"to": "1", "text": "They took her telephone."})
    press(amina.page, ".is-primary")
    amina.says("S1: danger")
    assert amina.queue("?hands=mine")[0] == reference


def looks_back(amina: Inspector, mine: list[str]) -> None:
    """What is left, what is done, and one of them by its number."""
    assert set(mine[7:9]) <= set(amina.queue("?show=done&hands=mine"))
    assert sorted(amina.queue("?hands=mine")) == sorted({*mine} - {*mine[7:9]})
    amina.page.select_option("#by-severity", "1")
    follow(amina.page, amina.page.get_by_role("button", name="Show these"))
    assert amina.page.locator(".queue .opens").all_inner_texts() == [mine[9]]
    follow(amina.page, amina.page.get_by_role("link", name="Search"))
    fill(amina.page, {"query": mine[0]})
    press(amina.page)
    follow(amina.page, amina.page.get_by_role("link", name=mine[0]))
    amina.says("We have read it, and look into it this week.")


def what_a_person_reads(page: Page, town: Town) -> None:
    """In the mailbox of one of those cases."""
    page.goto(town.stage.installation.origin("intake") + "/en/back/")
    fill(page, {"number": town.receipts[0]})
    press(page)
    assert "said that it has it" in page.inner_text("main")
