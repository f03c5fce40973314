"""The desk in real browsers without script: every page looked at, every verb done, and what the mailbox says then.

Its words are English so far; it is laid out for scripts from either side, and looked at by axe so. Which pages and
verbs there are is asked of tests/routes.py and of the pages themselves, so that none is forgotten. Where chromium is
missing these tests are skipped with a sentence; with CI=true they fail.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page

from tests.routes import ROUTES
from tests.system.desk_member import Member
from tests.system.eyes import BOTH_WAYS, Eyes
from tests.system.filling import File, again, fill, press, receipt_on, walk
from tests.system.office_walk import Desk
from tests.system.room_walk import Room
from tests.system.stage import Stage
from tests.system.tainted import photo_that_says
from tests.system.walks import ANSWERS

PATIENCE = 180.0
# Addresses that show no page of their own, and why. Whatever else stands in tests/routes.py has to be looked at.
NO_PAGE = {
    "vault/close/": "leads to the vault",
    "case/<>/acknowledge/": "leads back to the case", "case/<>/go-on/": "leads back to the case",
    "case/<>/reopen/": "leads back to the case", "case/<>/approve/<>/": "leads back to the case",
    "case/<>/hold/<>/approve/": "leads back to the case", "case/<>/hold/<>/lift/": "leads back to the case",
    "case/<>/together/<>/approve/": "leads back to the page", "case/<>/together/<>/finish/": "leads back to the page",
    "case/<>/guests/<>/end/": "leads back to the page", "case/<>/before/": "leads on to the case",
    "patterns/<>/approve/<>/": "leads back to the pattern", "office/<>/away/<>/back/": "leads back to the page",
    "parcels/<>/resend/": "leads back to the parcel", "parcels/<>/recall/": "leads back to the parcel",
    "case/<>/files/<>/": "a photo, a document or a recording", "office/<>/numbers/<>/csv/": "a file",
}  # fmt: skip
# Forms that are looked at and refused here and nothing more: what they take is made outside. tests/desk takes it.
NOT_SENT = {"/office/<>/statement/", "/received/<>/"}
REFRESH = re.compile(r"<meta http-equiv[^>]*>")  # asks for the next page at once: axe would look at that
KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture(scope="module")
def town() -> Iterator[Stage]:
    """An installation of its own: people come and go in it, and keys change."""
    made = Stage.fresh("browser-desk")
    try:
        made.processes.start()
        yield made
    finally:
        made.close()


@pytest.fixture
def eyes(browser: Browser, town: Stage) -> Iterator[Eyes]:
    opened = Eyes(browser, {town.installation.origin(zone) for zone in ("intake", "desk")}, BOTH_WAYS)
    yield opened
    opened.close()


def test_every_page_of_the_desk_and_every_verb_without_script(town: Stage, eyes: Eyes) -> None:
    receipt = files(town, eyes.page)
    case = arrived(town, 1)
    for _time in range(2):
        town.command("intake", "load_demo_cases")
    arrived(town, 13)
    lead = Member.comes(town, eyes, "amina", looks=True)
    second = Member.comes(town, eyes, "bao")
    desk = Desk(lead, second)
    others = [one for one in lead.in_queue() if one != case]
    desk.queue()
    desk.search()
    room = Room(case, lead, second)
    room.begins()
    files_go_both_ways(town, eyes, lead, receipt)
    room.work(others[0])
    room.papers()
    room.takes_two()
    room.held()
    room.helped_by(Member.comes(town, eyes, "chidi"))
    room.handed_over()
    what_the_mailbox_says(town, eyes, receipt)
    room.ends()
    room.given_on(others[1:])
    desk.patterns(others[3])
    desk.what_was_typed_is_kept(case)
    desk.refusals(case)
    desk.office()
    desk.a_newcomer()
    desk.new_key()
    our_own_faults(town, eyes, lead)
    assert eyes.not_looked_at(ROUTES["desk"], NO_PAGE) == []
    assert not_done(eyes) == []


def not_done(eyes: Eyes) -> list[str]:
    """Forms of the desk's pages that were looked at, by their address without keys, never sent and taken.

    Those of the mailbox, whose addresses begin with a language, are not the desk's.
    """
    offered, taken = ({KEY.sub("<>", path) for path in paths} for paths in (eyes.offered, eyes.taken))
    return sorted(one for one in offered - taken - NOT_SENT if not one.startswith("/en/"))


def files(town: Stage, page: Page) -> str:
    """A complaint with everything in it; its receipt."""
    page.goto(town.installation.origin("intake") + "/en/")
    walk(page, ANSWERS, until="check")
    press(page)
    return receipt_on(page)


def arrived(town: Stage, cases: int) -> str:
    """Wait until so many have come to their office; the address of one of them."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with town.owner("casework") as link:
            rows = link.execute("SELECT case_id FROM complaints_holding").fetchall()
        if len(rows) == cases:
            return f"{town.installation.origin('desk')}/case/{rows[0][0]}/"
        assert time.monotonic() < deadline, f"{len(rows)} of {cases} cases came to their office"
        time.sleep(0.1)


def files_go_both_ways(town: Stage, eyes: Eyes, lead: Member, receipt: str) -> None:
    """The photo that the office sent opens in the mailbox, and the person's answer to it at the desk."""
    page = eyes.page
    opens_mailbox(town, page, receipt)
    eyes.look("mailbox-answered")
    shows_a_photo(page, "**/back/file/1/", page.locator('a[href$="/back/file/1/"]'))
    adds(page, File("mine.jpg", "image/jpeg", photo_that_says("mine")))
    lead.page.reload()
    theirs = lead.page.locator('section[aria-labelledby="said"] a[href*="/files/"]')
    assert theirs.count() == 2  # one came with the complaint
    shows_a_photo(lead.page, "**/files/*/", theirs.last)
    assert lead.page.get_by_role("link", name="With it: A photo").count() == 1


def adds(page: Page, file: File) -> None:
    def send() -> None:
        fill(page, {"file": file})
        press(page)

    again(page, send)


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


def opens_mailbox(town: Stage, page: Page, receipt: str) -> None:
    page.goto(town.installation.origin("intake") + "/en/back/")
    fill(page, {"number": receipt})
    press(page)
    assert "We have it." in page.inner_text("main")


def what_the_mailbox_says(town: Stage, eyes: Eyes, receipt: str) -> None:
    """A sentence for each verb, and nothing of what is the office's own."""
    opens_mailbox(town, eyes.page, receipt)
    said = eyes.page.inner_text("main")
    for sentence in (
        "said that it has it", "an inspector has it in hand", "wrote something down about it", "made it more urgent",
        "made it less urgent", "It is decided that this is owed to you", "900 US Dollar", "We have read your complaint",
    ):  # fmt: skip
        assert sentence in said, sentence
    for never in ("Pearl Works", "Call the port", "It was a joke", "Payslips", "Bao Stern", "Amina Vale"):
        assert never not in said, never
    eyes.look("mailbox-worked")
    eyes.page.get_by_role("link", name="Take it away from an office").click()
    eyes.look("mailbox-away")


# Pages that nobody can bring about from outside without breaking what the others look at.
FAULTS = """
import json
from types import SimpleNamespace
from django.template.loader import render_to_string
from django.test import RequestFactory
from recruitment_watch.web import errors
request = RequestFactory().get("/indexing/", secure=True)
made = {"fault": errors.server_error(request), "unread": errors.bad_request(request),
        "not-open": errors.permission_denied(request), "too-large": errors.too_large(request)}
made = {name: answer.content.decode() for name, answer in made.items()}
signed_in = {"user": SimpleNamespace(is_authenticated=True)}
made["indexing"] = render_to_string("desk/indexing.html", {"looked": 300, "of": 900, "go_on": "/nowhere/"} | signed_in)
made["unreadable"] = render_to_string("desk/unreadable.html", signed_in)
made["offices"] = render_to_string("desk/offices.html", {"offices": []} | signed_in)
print(json.dumps(made))
"""


def our_own_faults(town: Stage, eyes: Eyes, lead: Member) -> None:
    """Pages for what breaks on our side or takes long, as the desk's own code writes them."""
    pages: dict[str, str] = json.loads(town.command("desk", "shell", "-c", FAULTS).splitlines()[-1])
    for name, html in pages.items():
        address = "office" if name == "offices" else "indexing"
        eyes.look_at(f"desk-{name}", f"{town.installation.origin('desk')}/{address}/", REFRESH.sub("", html))
