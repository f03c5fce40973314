"""The queue by the keyboard in a real browser with script; without one it is walked through in office_walk.py.

A world of its own: made-up cases come into the queue. Where chromium is missing these tests are skipped with a
sentence; with CI=true they fail.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.system.eyes import nothing_ties, sign_in
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
