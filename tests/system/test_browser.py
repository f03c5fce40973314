"""A real browser without script: the form and the mailbox in four languages, and the register, with axe on every page.

Where chromium is missing these tests are skipped with a sentence; with CI=true they fail.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser

from tests.routes import ROUTES
from tests.system.eyes import BOTH_WAYS, Eyes
from tests.system.filling import follow
from tests.system.stage import Stage
from tests.system.walks import Walker

LANGUAGES = ("en", "ar", "bn", "ne")
# Addresses that show no page of their own, and why. Whatever else stands in tests/routes.py has to be looked at.
NO_PAGE = {
    "off/": "leads out of the site", "paper/form.pdf": "a file", "back/file/<>/": "a photo, a document or a recording",
    "back/wait/": "the page of wait/",
}  # fmt: skip
ERRORS_IN = ("en", "ar")  # each page with its mistakes too; the summary and its sentences are laid out alike elsewhere


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_the_form_and_the_mailbox(stage: Stage, browser: Browser, language: str) -> None:
    origin = stage.installation.origin("intake")
    eyes = Eyes(browser, {origin})
    try:
        walker = Walker(eyes, origin, language, errors=language in ERRORS_IN)
        walker.around_the_form()
        with parts_of_the_country(stage):
            walker.works_in_a_country_of_parts()
        walker.unknown_agency()
        walker.is_refused_in_the_form()
        walker.meets_our_faults(faults_of(stage, language))
        receipt = walker.files()
        walker.is_refused_in_the_mailbox(receipt)
        walker.comes_back(receipt)
        assert eyes.not_looked_at((f"{language}/{one[3:]}" for one in ROUTES["intake"]), NO_PAGE) == []
        assert eyes.mirror.evaluate("document.documentElement.dir") == ("rtl" if language == "ar" else "ltr")
    finally:
        eyes.close()


@contextmanager
def parts_of_the_country(stage: Stage) -> Iterator[None]:
    """While it lasts, the first office is for a part of its country."""
    with stage.owner("casework") as link:
        link.execute("UPDATE complaints_office SET region = 'South' WHERE name LIKE 'Labour Inspectorate, South%%'")
        try:
            yield
        finally:
            link.execute("UPDATE complaints_office SET region = '' WHERE region = 'South'")


# Pages that nobody can bring about from outside without breaking what the others look at.
FAULTS = """
import json
from django.test import RequestFactory
from django.utils.translation import activate
from complaints.intake import sending
from recruitment_watch.web import errors
activate({language!r})
request = RequestFactory().get("/{language}/wait/", secure=True)
made = {{"wait": sending.in_line(request, "/{language}/wait/"), "fault": errors.server_error(request),
        "unread": errors.bad_request(request), "not-open": errors.permission_denied(request)}}
print(json.dumps({{name: answer.content.decode() for name, answer in made.items()}}))
"""


def faults_of(stage: Stage, language: str) -> dict[str, str]:
    """The waiting page and the pages of our own faults, as intake's own code writes them."""
    said = stage.command("intake", "shell", "-c", FAULTS.format(language=language))
    pages: dict[str, str] = json.loads(said.splitlines()[-1])
    return pages


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
    follow(page, page.get_by_role("link", name="Golden Ladder Manpower Services"))
    assert "may not recruit" in page.inner_text("main")
    eyes.look("status-suspended")
    page.fill('input[name="on"]', "2025-12-31")
    follow(page, page.get_by_role("button", name="Show that day"))
    eyes.look("status-on-a-day")
    page.goto(origin + "/register/?q=harbour")
    follow(page, page.get_by_role("link", name="Harbour Light Recruitment Ltd"))
    assert "may recruit today" in page.inner_text("main")
    eyes.look("status-active")
    page.goto(origin + "/register/?q=no+agency+of+this+name+anywhere")
    eyes.look("not-in-this-register")
    page.goto(origin + "/how-to-complain/")
    eyes.look("how-to-complain")
    page.goto(origin + "/no-such-page/")
    eyes.look("not-found")
