"""What intake refuses, in a real browser without script: what is said, what was kept, and how it goes on.

Where chromium is missing these tests are skipped with a sentence; with CI=true they fail.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.intake import samples
from tests.system.eyes import Eyes
from tests.system.filling import GO_ON, File, again, fill, page_name, press, receipt_on, walk
from tests.system.stage import Stage
from tests.system.tainted import photo_that_says
from tests.system.walks import ANSWERS

STORY = "They took 900 and gave no receipt."
SIDE = 30_000  # pixels; such a picture is a hundred kilobytes, and opened nearly a thousand million points
TOO_BIG, DAMAGED = "This file is too big for us (at most 16 MB)", "This file is damaged and does not open"
NOT_TAKEN = "We cannot take this kind of file"
THREE_HOURS = 3 * 3_600
FAR_TOO_LARGE, MUCH = 50_000_000, "That was too much at once"
SLOW = {
    "offline": False,
    "latency": 100,
    "downloadThroughput": 500_000,
    "uploadThroughput": 5_000_000,
}  # bytes a second
# Words that are sent and not drawn: a browser needs minutes for a box with so many.
PASTED = """(box, many) => {
  const words = document.createElement('input');
  Object.assign(words, {type: 'hidden', name: box.name, value: 'word '.repeat(many / 5)});
  box.replaceWith(words); }"""


def bomb() -> bytes:
    """A picture of one colour, so large that nothing could hold it."""
    squeezed = zlib.compressobj(9)
    row = bytes(1 + SIDE // 8)
    data = b"".join(squeezed.compress(row) for _ in range(SIDE)) + squeezed.flush()

    def part(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", SIDE, SIDE, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", data) + part(b"IEND", b"")


def archive() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("photo.jpg", bytes(2**24))
    return written.getvalue()


# What is wrong with it: the file, and what is said.
REFUSED = {
    "too big": (File("a.jpg", "image/jpeg", b"\xff\xd8\xff" + bytes(16 * 2**20)), TOO_BIG),
    "wrong kind": (File("a.exe", "image/jpeg", b"MZ" + bytes(99)), NOT_TAKEN),
    "archive": (File("a.zip", "image/jpeg", archive()), NOT_TAKEN),
    "bomb": (File("a.png", "image/png", bomb()), TOO_BIG),
    "broken image": (File("a.jpg", "image/jpeg", samples.photo(width=900, height=900)[:9_000]), DAMAGED),
    "broken document": (File("a.pdf", "application/pdf", samples.pdf()[:40] + bytes(400)), DAMAGED),
    "empty": (File("a.jpg", "image/jpeg", b""), "There is nothing in this file"),
    "too many pages": (File("a.pdf", "application/pdf", samples.pdf(pages=31)), "more than 30 pages"),
    "video": (File("a.mp4", "video/mp4", samples.video()), "We cannot take videos"),
}


@pytest.fixture
def eyes(browser: Browser, stage: Stage) -> Iterator[Eyes]:
    opened = Eyes(browser, {stage.installation.origin("intake")})
    yield opened
    opened.close()


def begins(stage: Stage, page: Page, *, until: str) -> None:
    page.goto(stage.installation.origin("intake") + "/en/")
    walk(page, ANSWERS, until=until)


def adds(page: Page, file: File, button: str = GO_ON) -> None:
    def send() -> None:
        fill(page, {"file": file})
        press(page, button)

    again(page, send)


def refuses(page: Page, sentence: str) -> None:
    """It is said above the page, with a link to the field, and beside the field."""
    assert page.locator(".errors a", has_text=sentence).count() == 1, page.inner_text("main")
    assert page.locator(".question.has-error .error", has_text=sentence).count() == 1
    assert page.title().startswith("Error:")


def test_files_that_are_refused_while_one_files_a_complaint(stage: Stage, eyes: Eyes) -> None:
    """What was added before stays, nothing of the refused one does, and the form goes on without it."""
    page = eyes.page
    begins(stage, page, until="files")
    adds(page, File("x.jpg", "image/jpeg", photo_that_says("kept")), 'button[name="more"]')
    for what, (file, sentence) in REFUSED.items():
        adds(page, file, 'button[name="more"]')
        refuses(page, sentence)
        assert page.locator('button[name="remove"]').count() == 1, what
    eyes.look("files-refused")
    page.reload()
    walk(page, {**ANSWERS, "files": {}}, until="check")
    said = page.inner_text("main")
    assert said.lower().count("a photo") == 1 and "900" in said, said
    press(page)
    assert len(receipt_on(page)) == 24


def test_files_that_are_refused_with_a_message(stage: Stage, eyes: Eyes) -> None:
    """The words stay in their box, nothing is stored, and they can be sent without the file."""
    page = eyes.page
    comes_back(stage, page)
    for what, (file, sentence) in REFUSED.items():
        fill(page, {"text": STORY})
        adds(page, file)
        refuses(page, sentence)
        assert page.input_value("textarea") == STORY and page.locator(".letter").count() == 0, what
    press(page)
    assert "Your message is stored." in page.inner_text("main")
    assert page.locator(".letter").count() == 1


def comes_back(stage: Stage, page: Page) -> None:
    begins(stage, page, until="check")
    press(page)
    receipt = receipt_on(page)
    page.goto(stage.installation.origin("intake") + "/en/back/")
    fill(page, {"number": receipt})
    press(page)
    assert page_name(page) == "back/box"


def test_a_text_that_is_too_long_is_kept_and_its_length_said(stage: Stage, eyes: Eyes) -> None:
    page = eyes.page
    begins(stage, page, until="words")
    long = "They took my papers. " * 4_000
    page.locator("main textarea").fill(long)
    press(page)
    refuses(page, "too long")
    assert page.input_value("main textarea").strip() == long.strip()
    eyes.look("too-long")


def test_what_is_far_too_large_is_refused_before_all_of_it_has_come(stage: Stage, eyes: Eyes, tmp_path: Path) -> None:
    """Fifty megabytes of words, then a film from a telephone: it is said at once, and all earlier answers stay."""
    page, form = eyes.page, stage.installation.origin("intake") + "/en/"
    begins(stage, page, until="words")
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", SLOW)  # ten seconds for all of it
    page.locator("main textarea").evaluate(PASTED, FAR_TOO_LARGE)
    press(page)
    assert page.inner_text("h1") == MUCH and "What you sent in earlier steps is still there" in page.inner_text("main")
    eyes.look("far-too-large")
    page.goto(f"{form}words/")
    walk(page, ANSWERS, until="files")
    film = tmp_path / "film.mp4"
    film.write_bytes(bytes(FAR_TOO_LARGE))
    fill(page, {"file": film})
    press(page, 'button[name="more"]')
    assert page.inner_text("h1") == MUCH
    page.goto(f"{form}files/")
    walk(page, {**ANSWERS, "files": {}}, until="check")
    assert "900" in page.inner_text("main")


def test_a_form_whose_token_is_gone(stage: Stage, eyes: Eyes) -> None:
    """What was typed is kept in the page, and one more press sends it."""
    page = eyes.page
    begins(stage, page, until="words")
    fill(page, {"happened": STORY})
    page.context.clear_cookies(name="__Host-rw-intake-csrf")
    press(page)
    assert page.inner_text("h1") == "This page was open too long"
    assert "What you typed is kept in this page." in page.inner_text("main")
    page.get_by_role("button", name="Send it once more").click()
    assert page_name(page) == "look" or page_name(page) == "money", page.url
    page.goto(stage.installation.origin("intake") + "/en/words/")
    assert page.input_value("main textarea") == STORY


@contextmanager
def later(stage: Stage, seconds: float) -> Iterator[None]:
    """Application time moves on, and back."""
    stage.move_clock(seconds)
    try:
        yield
    finally:
        stage.move_clock(-seconds)


def test_a_draft_that_has_expired(stage: Stage, eyes: Eyes) -> None:
    """Its answers are gone, and it is said so; what was just typed stands in the page, to copy."""
    page = eyes.page
    begins(stage, page, until="words")
    fill(page, {"happened": STORY})
    with later(stage, THREE_HOURS):
        press(page)
        said = page.inner_text("main")
        assert page.inner_text("h1") == "Your answers are gone"
        assert "More than two hours have passed" in said and "Nothing was sent." in said
        assert page.input_value("textarea[readonly]").strip() == STORY
        page.get_by_role("link", name="Start again").click()
        assert page_name(page) == "start"


def test_a_mailbox_that_has_closed_by_itself(stage: Stage, eyes: Eyes) -> None:
    """The receipt is asked for again, and what was just typed stands in the page, to copy."""
    page = eyes.page
    comes_back(stage, page)
    fill(page, {"text": STORY})
    with later(stage, THREE_HOURS):
        press(page)
        said = page.inner_text("main")
        assert page.inner_text("h1") == "This page has closed by itself"
        assert "Your message was not sent." in said and page.input_value("textarea[readonly]").strip() == STORY
