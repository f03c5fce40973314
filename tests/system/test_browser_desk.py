"""The desk in a real browser without script, with axe on every page, laid out for scripts from either side.

Its words are English so far. Where chromium is missing these tests are skipped with a sentence; with CI=true they fail.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.system.eyes import BOTH_WAYS, Eyes, go_on, sign_in
from tests.system.filling import File, fill, press, receipt_on, walk
from tests.system.stage import Stage
from tests.system.tainted import photo_that_says
from tests.system.walks import ANSWERS


@pytest.fixture
def eyes(browser: Browser, stage: Stage) -> Iterator[Eyes]:
    opened = Eyes(browser, {stage.installation.origin(zone) for zone in ("intake", "desk")}, BOTH_WAYS)
    yield opened
    opened.close()


def test_the_desk_without_script_and_its_answer_in_the_mailbox(stage: Stage, eyes: Eyes) -> None:
    page, origin = eyes.page, stage.installation.origin("intake")
    page.goto(origin + "/en/")
    walk(page, ANSWERS, until="check")
    press(page)
    receipt = receipt_on(page)
    work_the_case(stage, eyes, receipt)
    opens_mailbox(stage, eyes, receipt)
    page.get_by_role("link", name="Take it away from an office").click()
    eyes.look("mailbox-away")


def files_go_both_ways(stage: Stage, eyes: Eyes, receipt: str) -> None:
    """The photo that the office sent opens in the mailbox, and the person's answer to it at the desk."""
    page, case = eyes.page, eyes.page.url
    opens_mailbox(stage, eyes, receipt)
    eyes.look("mailbox-answered")
    shows_a_photo(page, "**/back/file/1/", page.locator('a[href$="/back/file/1/"]'))
    fill(page, {"file": File("mine.jpg", "image/jpeg", photo_that_says("mine"))})
    press(page)
    page.goto(case)
    theirs = page.locator('section[aria-labelledby="said"] a[href*="/files/"]')
    assert theirs.count() == 2  # one came with the complaint
    shows_a_photo(page, "**/files/*/", theirs.last)
    assert page.get_by_role("link", name="With it: A photo").count() == 1


def shows_a_photo(page: Page, address: str, link: Locator) -> None:
    """In the browser itself: nothing is downloaded, and Back leads to where it was."""
    before = page.url
    with page.expect_response(address) as answered:
        link.click()
    assert answered.value.header_value("content-type") == "image/jpeg"
    page.wait_for_load_state()
    assert page.locator("img").evaluate("one => one.naturalWidth") == 64
    page.go_back()
    assert page.url == before


def opens_mailbox(stage: Stage, eyes: Eyes, receipt: str) -> None:
    eyes.page.goto(stage.installation.origin("intake") + "/en/back/")
    fill(eyes.page, {"number": receipt})
    press(eyes.page)
    assert "We have it." in eyes.page.inner_text("main")


def work_the_case(stage: Stage, eyes: Eyes, receipt: str) -> None:
    page = eyes.page
    sign_in(page, stage, "amina", seen=eyes.look)
    eyes.look("desk-queue")
    page.locator("main table a").first.click()
    eyes.look("desk-before")
    page.get_by_role("button", name="Nothing ties me to it").click()
    eyes.look("desk-case-new")
    page.get_by_role("button", name="Acknowledge this case").click()
    page.fill('textarea[name="answer-text"]', "We have it.")
    fill(page, {"answer-file": File("x.jpg", "image/jpeg", b"MZ")})
    page.get_by_role("button", name="Send the message").click()
    assert page.input_value('textarea[name="answer-text"]') == "We have it."
    eyes.look("desk-case-file-refused")
    fill(page, {"answer-file": File("archive.jpg", "image/jpeg", photo_that_says("ours"))})
    page.get_by_role("button", name="Send the message").click()
    eyes.look("desk-case")
    files_go_both_ways(stage, eyes, receipt)
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
    page = eyes.page
    sign_in(page, stage, name)
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
    for words, name in (("Who works on what", "workload"), ("Numbers", "numbers")):
        page.get_by_role("link", name=words).click()
        eyes.look(f"desk-{name}")
        if name == "numbers":
            page.get_by_role("button", name="Open and count").click()
            eyes.look("desk-numbers-sealed")
            page.get_by_role("link", name="Back").click()
        page.get_by_role("link", name="Back").click()
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
    page.goto(stage.installation.origin("desk") + "/search/")
    page.fill('input[name="query"]', "agency")
    go_on(page)
    eyes.look("desk-search")
    for path in ("second-factor/", "recover/", "routing/", "patterns/"):
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
