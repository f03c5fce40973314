"""The queue in a real browser: with the keyboard where there is script, and everything without one.

A world of its own: made-up cases come into the queue. Where chromium is missing these tests are skipped with a
sentence; with CI=true they fail.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.system.eyes import BOTH_WAYS, Eyes, nothing_ties, sign_in
from tests.system.stage import Stage

PATIENCE = 60.0
FOCUSED = "document.activeElement.textContent.trim()"


@pytest.fixture(scope="module")
def town() -> Iterator[Stage]:
    """An installation in whose first office some cases have arrived."""
    made = Stage.fresh("browser-queue")
    try:
        made.processes.start()
        made.command("intake", "load_demo_cases")
        deadline = time.monotonic() + PATIENCE
        while made.count("casework", "SELECT count(*) FROM complaints_holding") < 6:
            assert time.monotonic() < deadline, "the cases did not come to their office"
        yield made
    finally:
        made.close()


@pytest.fixture
def eyes(browser: Browser, town: Stage) -> Iterator[Eyes]:
    opened = Eyes(browser, {town.installation.origin("desk")}, BOTH_WAYS)
    yield opened
    opened.close()


@pytest.fixture
def scripted(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(ignore_https_errors=True, locale="en")
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def enter(page: Page, town: Stage, name: str) -> None:
    sign_in(page, town, name)
    page.wait_for_selector("table.queue")


def references(page: Page) -> list[str]:
    return page.locator(".queue .opens").all_inner_texts()


def test_without_script_one_filters_gives_and_acknowledges(town: Stage, eyes: Eyes) -> None:
    page = eyes.page
    enter(page, town, "bao")
    everything = references(page)
    assert len(everything) >= 6 and page.locator(".keys").is_hidden()
    eyes.look("queue")
    page.select_option("#by-severity", "2")
    page.select_option("#by-order", "clock")
    page.get_by_role("button", name="Show these").click()
    few = references(page)
    assert 0 < len(few) < len(everything) and set(few) <= set(everything)
    eyes.look("queue-filtered")
    page.get_by_role("button", name="Give the ticked cases to somebody").click()
    assert "Tick the cases first" in page.inner_text("main") and references(page) == few
    for number in range(2):
        page.locator('input[name="pick"]').nth(number).check()
    page.get_by_role("button", name="Give the ticked cases to somebody").click()
    assert page.inner_text("h1") == "Give 2 cases into somebody's hands"
    eyes.look("queue-assign")
    page.get_by_role("button", name="Give 2 cases").click()
    eyes.look("queue-assign-error")
    page.select_option('select[name="to"]', label="Mine")
    page.get_by_role("button", name="Give 2 cases").click()
    assert "2 cases are in the hands of Bao Stern now." in page.inner_text("main")
    page.goto(town.installation.origin("desk") + "/?hands=mine")
    assert sorted(references(page)) == sorted(few[:2])
    page.get_by_role("link", name="Waiting for the complainant").click()
    assert "No case here." in page.inner_text("main")
    page.goto(town.installation.origin("desk") + "/?hands=mine")
    first = references(page)[0]
    page.get_by_role("button", name=f"Acknowledge {first}").click()
    assert page.inner_text("h1") == f"Case {first}"
    assert "You have acknowledged this case." in page.inner_text("main")


def test_by_keyboard_one_goes_down_and_up_ticks_opens_and_acknowledges(town: Stage, scripted: Page) -> None:
    page, complaints = scripted, list[str]()
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    enter(page, town, "amina")
    page.goto(town.installation.origin("desk") + "/?hands=nobody")
    rows = references(page)
    assert len(rows) >= 3 and page.locator(".keys").is_visible()
    focused = []
    for key in "jjjkkkkj":
        page.keyboard.press(key)
        focused.append(page.evaluate(FOCUSED))
    assert focused == [rows[n] for n in (0, 1, 2, 1, 0, 0, 0, 1)]
    page.keyboard.press("x")
    assert page.locator('input[name="pick"]').nth(1).is_checked()
    page.keyboard.press("x")
    assert not page.locator('input[name="pick"]').nth(1).is_checked()
    page.fill("#by-about", "")
    page.focus("#by-about")
    page.keyboard.type("jxa")
    assert page.input_value("#by-about") == "jxa"
    page.get_by_role("button", name="Switch the keys off").click()
    page.keyboard.press("j")
    assert page.evaluate(FOCUSED) == "Switch the keys on"
    page.reload()
    page.keyboard.press("j")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    nothing_ties(page)
    assert page.inner_text("h1") == f"Case {rows[0]}"
    page.goto(town.installation.origin("desk") + "/?hands=nobody")
    page.wait_for_selector(".keys:not([hidden])")
    page.keyboard.press("j")
    with page.expect_navigation():
        page.keyboard.press("a")
    assert "You have acknowledged this case." in page.inner_text("main")
    assert complaints == []
