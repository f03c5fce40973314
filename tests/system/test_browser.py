"""A real browser without script: form, mailbox, desk and status page, at 320 and 1280 px, with axe on every page.

Where chromium is missing these tests are skipped with a sentence; with CI=true they fail.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Browser, Page, sync_playwright

from tests import codes
from tests.system.stage import Stage
from tests.system.tainted import photo_that_says

CHROMIUM = shutil.which("chromium")
WIDTHS = (320, 1280)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SCREENSHOTS = os.environ.get("RW_SCREENSHOTS")

if CHROMIUM is None and os.environ.get("CI") != "true":
    pytest.skip("chromium is not on this machine (Debian: apt install chromium)", allow_module_level=True)


CHANGES = {
    "tell": "What the agency may be told",
    "reach": "How the office may reach you",
    "slip": "A page to print",
    "away": "Take it away from an office",
    "delete": "Take it back and delete everything",
}


class Eyes:
    """Looks at each page as it is shown: nothing sticks out, axe finds nothing, nobody else was asked for anything.

    axe needs script: a mirror with script on is shown the very HTML that the browser without script has.
    """

    def __init__(self, page: Page, mirror: Page, origins: set[str]) -> None:
        self.page, self.mirror = page, mirror
        self.axe = Path(AXE_FILE_PATH).read_text()
        self.seen: list[str] = []
        self.strangers: list[str] = []
        page.on("request", lambda request: self._asked(request.url, origins))

    def _asked(self, url: str, origins: set[str]) -> None:
        if not any(url.startswith(origin) for origin in origins):
            self.strangers.append(url)

    def look(self, name: str) -> None:
        self.seen.append(name)
        self.page.wait_for_load_state()
        html = self.page.content()
        self.mirror.route(
            self.page.url, lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8")
        )
        self.mirror.goto(self.page.url)
        self.mirror.unroute(self.page.url)
        self.mirror.evaluate(self.axe)
        for width, direction in itertools.product(WIDTHS, ("ltr", "rtl")):
            self._look(f"{name} at {width} px, {direction}", width, direction)
            if SCREENSHOTS:
                self.mirror.screenshot(path=f"{SCREENSHOTS}/{name}-{width}-{direction}.png", full_page=True)
        assert self.strangers == []

    def _look(self, place: str, width: int, direction: str) -> None:
        self.mirror.set_viewport_size({"width": width, "height": 800})
        self.mirror.evaluate("direction => { document.documentElement.dir = direction }", direction)
        wide = self.mirror.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{place}: {wide} px wide"
        found = self.mirror.evaluate(
            "rules => axe.run(document, {runOnly: rules}).then(r => r.violations.map(v => v.id + ': ' +"
            " v.nodes.map(n => n.target.join(' ') + ' ' + (n.failureSummary || '')).join(' | ')))",
            RULES,
        )
        assert found == [], f"{place}: {found}"


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    made = Stage.fresh("browser")
    try:
        made.processes.start()
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM or "chromium", args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def eyes(browser: Browser, stage: Stage) -> Iterator[Eyes]:
    plain = browser.new_context(ignore_https_errors=True, java_script_enabled=False, locale="en")
    scripted = browser.new_context(ignore_https_errors=True)
    for one in (plain, scripted):
        one.set_default_timeout(30_000)
    origins = {stage.installation.origin(zone) for zone in ("public", "intake", "desk")}
    yield Eyes(plain.new_page(), scripted.new_page(), origins)
    plain.close()
    scripted.close()


def test_the_form_the_mailbox_and_the_desk_without_script(stage: Stage, eyes: Eyes) -> None:
    receipt = file_a_complaint(stage, eyes)
    come_back(stage, eyes, receipt)
    work_the_case(stage, eyes)
    come_back(stage, eyes, receipt, answer="We have it.")


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


def test_where_no_office_is_safe_the_form_says_so_before_a_word_is_typed(stage: Stage, eyes: Eyes) -> None:
    page = eyes.page
    page.goto(stage.installation.origin("intake") + "/en/")
    page.select_option('select[name="country"]', "XB")
    go_on(page)
    assert page.locator("textarea").count() == 0
    assert page.locator('a[href="tel:5550150"]').count() == 1
    eyes.look("no-safe-office")


def test_who_can_help_in_a_country_is_told_and_stands_in_no_address(stage: Stage, eyes: Eyes) -> None:
    page = eyes.page
    page.goto(stage.installation.origin("intake") + "/en/")
    page.get_by_role("link", name="Who else can help").click()
    eyes.look("help-where")
    address = page.url
    for country, calls in (("XA", 6), ("NP", 0)):
        page.select_option('select[name="country"]', country)
        page.locator("main form button").last.click()
        assert page.locator('a[href^="tel:"]').count() == calls
        assert page.url == address and country not in page.evaluate("location.href")
        eyes.look(f"help-{country}")


def test_what_is_wrong_is_said_and_what_was_typed_is_kept(stage: Stage, eyes: Eyes) -> None:
    page = eyes.page
    page.goto(stage.installation.origin("intake") + "/en/")
    go_on(page)
    assert page.title().startswith("Error")
    eyes.look("start-error")
    page.goto(stage.installation.origin("intake") + "/en/back/")
    page.fill('input[name="number"]', "1234 5678 9012 3456 7890 1234")
    go_on(page)
    assert page.input_value('input[name="number"]').startswith("1234")
    eyes.look("receipt-error")


def file_a_complaint(stage: Stage, eyes: Eyes) -> str:
    page = eyes.page
    page.goto(stage.installation.origin("intake") + "/")
    eyes.look("intake-start")
    page.get_by_role("link", name="What happens to what you write").click()
    eyes.look("intake-about")
    page.get_by_role("link", name="Back").click()
    page.select_option('select[name="country"]', "XA")
    go_on(page)
    eyes.look("intake-who")
    go_on(page)
    eyes.look("intake-now")
    page.locator('input[value="unsure"]').check()
    go_on(page)
    assert page.locator('a[href^="tel:"]').count() == 3  # an emergency number and a helpline with two
    eyes.look("intake-care")
    go_on(page)
    eyes.look("intake-whose")
    page.locator('input[value="knows"]').check()
    go_on(page)
    page.fill('input[name="name"]', "Golden Ladder")
    eyes.look("intake-name")
    go_on(page)
    eyes.look("intake-list")
    page.get_by_label("Golden Ladder Manpower Services").check()
    go_on(page)
    eyes.look("intake-time")
    page.locator("select").first.select_option(index=3)
    page.locator("select, input[inputmode=numeric]").last.select_option(index=1)
    go_on(page)
    eyes.look("intake-then")
    go_on(page)
    eyes.look("intake-kind")
    page.locator('input[value="fees"]').check()
    go_on(page)
    tell_the_story(eyes)
    eyes.look("intake-reach")
    page.locator('input[value="yes"]').check()
    go_on(page)
    eyes.look("intake-how")
    page.locator('input[value="call"]').check()
    page.fill('input[name="where"]', "+000 111")
    go_on(page)
    page.locator('input[value="no"]').check()
    eyes.look("intake-tell")
    go_on(page)
    page.locator('input[value="new"]').check()
    eyes.look("intake-group")
    go_on(page)
    eyes.look("intake-check")
    go_on(page)
    eyes.look("intake-receipt")
    receipt = " ".join(re.findall(r"\b\d{4}\b", page.locator(".receipt").inner_text())[:6])
    page.fill('input[name="number"]', receipt)
    go_on(page)
    eyes.look("intake-end")
    return receipt


def tell_the_story(eyes: Eyes) -> None:
    """From the work to what is added: with a number that is offered for removal, two payments and a photo."""
    page = eyes.page
    eyes.look("intake-work")
    page.locator('input[value="domestic"]').check()
    go_on(page)
    page.fill("textarea", "A shop, and 1,500 a month.")
    eyes.look("intake-given")
    go_on(page)
    page.fill("textarea", "They took 900 and gave no receipt. My passport number is A01234567.")
    eyes.look("intake-words")
    go_on(page)
    eyes.look("intake-money")
    page.locator('input[value="yes"]').check()
    go_on(page)
    for item in ("recruitment", "medical"):
        page.select_option('select[name="item"]', item)
        page.fill('input[name="amount"]', "900")
        page.select_option('select[name="currency"]', "USD")
        page.get_by_role("button", name="Add this, and another one").click()
    eyes.look("intake-paid")
    page.get_by_role("button", name="Continue").click()
    eyes.look("intake-kept")
    page.locator('input[value="passport"]').check()
    go_on(page)
    eyes.look("intake-wish")
    page.locator('input[value="refund"]').check()
    go_on(page)
    assert "A01234567" in page.inner_text("main")
    eyes.look("intake-look")
    page.locator('input[value="out"]').check()
    go_on(page)
    photo = {"name": "x.jpg", "mimeType": "image/jpeg", "buffer": photo_that_says("nothing")}
    page.set_input_files('input[type="file"]', photo)
    page.get_by_role("button", name="Add this file").click()
    assert "a photo" in page.inner_text("main")
    eyes.look("intake-files")
    page.get_by_role("button", name="Continue").click()


def come_back(stage: Stage, eyes: Eyes, receipt: str, *, answer: str = "") -> None:
    page = eyes.page
    page.goto(stage.installation.origin("intake") + "/en/back/")
    eyes.look("mailbox-receipt")
    page.fill('input[name="number"]', receipt)
    go_on(page)
    assert answer in page.inner_text("main")
    page.fill("textarea", "I am still here.")
    eyes.look("mailbox" + ("-answered" if answer else ""))
    page.get_by_role("button", name="Send").click()
    assert "I am still here." in page.inner_text("main")
    for name, link in CHANGES.items():
        page.get_by_role("link", name=link).click()
        eyes.look("mailbox-" + name)
        page.get_by_role("link", name="Back").click()
    page.get_by_role("link", name="A receipt for somebody who helps you").click()
    eyes.look("mailbox-helper")
    go_on(page)
    eyes.look("mailbox-helper-made")
    page.get_by_role("link", name="Back").click()
    page.get_by_role("button", name="Close this page").click()


def work_the_case(stage: Stage, eyes: Eyes) -> None:
    page, words = eyes.page, stage.notes["inspectors"]["amina"]
    page.goto(stage.installation.origin("desk") + "/")
    eyes.look("desk-sign-in")
    page.fill('input[name="username"]', "amina")
    page.fill('input[name="password"]', words["password"])
    go_on(page)
    eyes.look("desk-second-step")
    page.fill('input[name="code"]', codes.of_now(words["secret"]))
    go_on(page)
    eyes.look("desk-vault")
    page.fill('input[name="passphrase"]', words["passphrase"])
    go_on(page)
    eyes.look("desk-queue")
    page.locator("main table a").first.click()
    eyes.look("desk-case-new")
    page.get_by_role("button", name="Acknowledge this case").click()
    page.fill('textarea[name="answer-text"]', "We have it.")
    page.get_by_role("button", name="Send the message").click()
    eyes.look("desk-case")
    page.get_by_role("button", name="Record the finding").click()
    eyes.look("desk-case-error")
    case = page.url.removesuffix("finding/")
    page.goto(case + "together/")
    page.fill('textarea[name="identity-why"]', "She has to sign.")
    page.get_by_role("button", name="Ask a colleague").first.click()
    eyes.look("desk-together")
    for name in ("hold", "hand-back", "recuse"):
        page.goto(f"{case}{name}/")
        eyes.look(f"desk-{name}")
    guest = ask_a_guest_in(stage, eyes, case)
    office_pages(stage, eyes)
    help_as_a_guest(stage, eyes, guest)


def ask_a_guest_in(stage: Stage, eyes: Eyes, case: str) -> str:
    """The first who works elsewhere; who is of the office is refused in words."""
    page = eyes.page
    page.goto(f"{case}guests/")
    go_on(page)
    eyes.look("desk-guests-error")
    for name in stage.notes["inspectors"]:
        page.fill('input[name="username"]', name)
        page.locator('input[value="interpret_case"]').check()
        page.locator('input[value="28"]').check()
        go_on(page)
        eyes.look("desk-guest-compare")
        page.locator('input[name="sure"]').check()
        go_on(page)
        if page.locator("form[action*='/end/']").count():
            eyes.look("desk-guests")
            return str(name)
        eyes.look("desk-guests-refused")
    raise AssertionError("nobody could be asked in")


def help_as_a_guest(stage: Stage, eyes: Eyes, name: str) -> None:
    page, words = eyes.page, stage.notes["inspectors"][name]
    page.goto(stage.installation.origin("desk") + "/sign-in/")
    page.fill('input[name="username"]', name)
    page.fill('input[name="password"]', words["password"])
    go_on(page)
    page.fill('input[name="code"]', codes.of_now(words["secret"]))
    go_on(page)
    page.fill('input[name="passphrase"]', words["passphrase"])
    go_on(page)
    eyes.look("desk-queue-guest")
    page.locator("section[aria-labelledby=invited] a").first.click()
    page.fill("textarea", "She says that they took nine hundred.")
    page.get_by_role("button", name="Write the note").click()
    assert "nine hundred" in page.inner_text("main")
    eyes.look("desk-as-guest")


def office_pages(stage: Stage, eyes: Eyes) -> None:
    page = eyes.page
    page.goto(stage.installation.origin("desk") + "/office/")
    eyes.look("desk-office")
    page.get_by_role("link", name="Take in what registrars signed").click()
    eyes.look("desk-statement")
    page.get_by_role("link", name="Back").click()
    page.get_by_role("link", name="leaves").first.click()
    eyes.look("desk-leave")
    page.get_by_role("link", name="Back").click()
    page.get_by_role("link", name="Invite a new member").click()
    go_on(page)
    eyes.look("desk-invite-error")
    page.fill('input[name="name"]', "Dana Wells")
    page.fill('input[name="username"]', "dana")
    page.get_by_label("inspector", exact=True).check()
    go_on(page)
    eyes.look("desk-code")
    code = page.locator("main strong").inner_text()
    for path in ("second-factor/", "recover/"):
        page.goto(f"{stage.installation.origin('desk')}/{path}")
        eyes.look("desk-" + path.strip("/"))
    page.get_by_role("button", name="Sign out").click()
    page.goto(stage.installation.origin("desk") + "/enrol/")
    eyes.look("desk-enrol")
    for name, value in (("username", "dana"), ("code", code), ("password", "a long enough new password")):
        page.fill(f'input[name="{name}"]', value)
    go_on(page)
    eyes.look("desk-enrolled")
    page.get_by_role("link", name="sign in").click()
    page.fill('input[name="username"]', "dana")
    page.fill('input[name="password"]', "a long enough new password")
    go_on(page)
    eyes.look("desk-set-up")


def go_on(page: Page) -> None:
    """Press the first button of the page's own form."""
    page.locator("main form .is-primary").first.click()
