"""Fills in the form in a real browser by the names of its fields, so that it does so in every language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page

FIRST, ON = "the first of them", "on"


class File(NamedTuple):
    """A file that is chosen from no folder."""

    name: str
    kind: str
    content: bytes


Given = str | Sequence[str] | Path | File
Fields = Mapping[str, Given]
PAGES_MAX = 60
BUSY, TRIES = "We could not take this file just now", 8
GO_ON, SKIP, MORE = ".is-primary", 'button[name="skip"]', 'button[name="more"]'


def page_name(page: Page) -> str:
    """ "words", "back/box"; the first page is "start"."""
    return "/".join(urlsplit(page.url).path.strip("/").split("/")[1:]) or "start"


def fill(page: Page, fields: Fields) -> None:
    """Answer the fields of this page."""
    for name, value in fields.items():
        field = page.locator(f'main [name="{name}"]')
        kind = str(field.first.evaluate("one => one.type"))
        if isinstance(value, File):
            field.set_input_files({"name": value.name, "mimeType": value.kind, "buffer": value.content})
        elif isinstance(value, Path):
            field.set_input_files(value)
        elif value in (FIRST, ON):
            field.first.check()
        elif kind in ("radio", "checkbox"):
            for one in [value] if isinstance(value, str) else value:
                page.locator(f'main [name="{name}"][value="{one}"]').check()
        elif kind.startswith("select"):
            field.select_option(value)
        else:
            field.fill(str(value))


def press(page: Page, button: str = GO_ON) -> None:
    """Press the first such button of the page's own forms, and wait for what follows."""
    with page.expect_navigation():
        page.locator("main form").locator(button).first.click()


def follow(page: Page, link: Locator) -> None:
    """Follow the first such link, until the page that it leads to is there: a count would not wait for it."""
    with page.expect_navigation():
        link.first.click()


def again(page: Page, send: Callable[[], None]) -> None:
    """Send a file, and once more while the machine has too much to do to take it, as its page then says to do."""
    for _time in range(TRIES):
        send()
        if not page.get_by_text(BUSY).count():
            return
    raise AssertionError(f"{page.url}: too busy, {TRIES} times")


def walk(
    page: Page, answers: Mapping[str, Fields], *, until: str, look: Callable[[str], None] = lambda _name: None
) -> None:
    """Answer page after page, from where we are until the page `until`.

    A page without an answer is skipped, or sent as it is. `look` is called on each page before it is answered. The
    field "more+" stands for the button that adds what was filled in and shows the page again.
    """
    for _page in range(PAGES_MAX):
        name = page_name(page)
        if name == until:
            return
        look(name)
        fields = dict(answers.get(name, {}))
        again = fields.pop("more+", None)
        fill(page, fields)
        if again:
            press(page, MORE)
        press(page, SKIP if not answers.get(name) and page.locator(f"main {SKIP}").count() else GO_ON)
    raise AssertionError(f"the form does not come to {until}: {page.url}")


def receipt_on(page: Page) -> str:
    """The 24 digits on the receipt's page."""
    return "".join(page.locator(".receipt p span").all_inner_texts())
