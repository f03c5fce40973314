"""A real browser without script: the form and the mailbox in four languages, and the register, with axe on every page.

Where chromium is missing these tests are skipped with a sentence; with CI=true they fail.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.system.eyes import BOTH_WAYS, Eyes
from tests.system.stage import Stage
from tests.system.walks import Walker

LANGUAGES = ("en", "ar", "bn", "ne")
ERRORS_IN = ("en", "ar")  # each page with its mistakes too; the summary and its sentences are laid out alike elsewhere


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_the_form_and_the_mailbox(stage: Stage, browser: Browser, language: str) -> None:
    origin = stage.installation.origin("intake")
    eyes = Eyes(browser, {origin})
    try:
        walker = Walker(eyes, origin, language, errors=language in ERRORS_IN)
        walker.around_the_form()
        walker.unknown_agency()
        walker.comes_back(walker.files())
        assert len(eyes.seen) > 40
        assert eyes.mirror.evaluate("document.documentElement.dir") == ("rtl" if language == "ar" else "ltr")
    finally:
        eyes.close()


@pytest.fixture
def eyes(browser: Browser, stage: Stage) -> Iterator[Eyes]:
    opened = Eyes(browser, {stage.installation.origin("public")}, BOTH_WAYS)
    yield opened
    opened.close()


def test_the_public_pages_without_script(stage: Stage, eyes: Eyes) -> None:
    page, origin = eyes.page, stage.installation.origin("public")
    page.goto(origin + "/")
    eyes.look("home")
    page.fill('input[name="q"]', "golden")
    with page.expect_navigation():
        page.locator("main form .is-primary").first.click()
    eyes.look("search")
    page.get_by_role("link", name="Golden Ladder Manpower Services").first.click()
    assert "may not recruit" in page.inner_text("main")
    eyes.look("status-suspended")
    page.fill('input[name="on"]', "2025-12-31")
    page.get_by_role("button", name="Show that day").click()
    eyes.look("status-on-a-day")
    page.goto(origin + "/register/?q=harbour")
    page.get_by_role("link", name="Harbour Light Recruitment Ltd").first.click()
    assert "may recruit today" in page.inner_text("main")
    eyes.look("status-active")
    page.goto(origin + "/register/?q=no+agency+of+this+name+anywhere")
    eyes.look("not-in-this-register")
    page.goto(origin + "/how-to-complain/")
    eyes.look("how-to-complain")
    page.goto(origin + "/no-such-page/")
    eyes.look("not-found")
