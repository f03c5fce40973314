"""Looks at pages in a real browser as people with a small screen, large letters or a screen reader meet them."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Browser, Page, Response

from tests import codes
from tests.system.stage import Stage

CHROMIUM = shutil.which("chromium")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SCREENSHOTS = os.environ.get("RW_SCREENSHOTS")
HEIGHT = 800
PATIENCE = 120_000  # milliseconds: a machine that does much else is slow, and that is no fault of a page

if CHROMIUM is None and os.environ.get("CI") != "true":
    pytest.skip("chromium is not on this machine (Debian: apt install chromium)", allow_module_level=True)

# Text that its own box cuts off: what is only for screen readers is meant to be, and a field scrolls by itself.
CUT = """[...document.querySelectorAll('body *')].filter(one => {
  const style = getComputedStyle(one);
  return one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 1 && style.overflowX !== 'visible'
    && !['INPUT', 'TEXTAREA', 'SELECT'].includes(one.tagName);
}).map(one => one.tagName + ' ' + one.className + ' ' + one.textContent.slice(0, 40))"""
# Where the forms of a page are sent that change something.
SENT = """[...document.querySelectorAll('form[method=post], [formaction]')].map(one => {
  const to = one.getAttribute('formaction') || one.getAttribute('action') || location.href;
  return new URL(to, location.href).pathname; })"""
AXE = (
    "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(r => r.violations.map(v => v.id"
    " + ': ' + v.nodes.map(n => n.target.join(' ') + ' ' + (n.failureSummary || '')).join(' | ')))"
)


@dataclass(frozen=True, slots=True)
class Look:
    """One way of looking: `width` in CSS pixels, `text` in per cent; `direction` forces one, "" is the page's own."""

    width: int
    text: int = 100
    direction: str = ""
    axe: bool = True

    def __str__(self) -> str:
        return "-".join(map(str, filter(None, (self.width, self.direction, self.text if self.text != 100 else ""))))


# In a page's own language and direction; with letters twice as large nothing may be cut off or stick out.
IN_ITS_LANGUAGE = (Look(320), Look(1280), Look(640, text=200), Look(320, text=200, axe=False))
# Rooms that are in English so far: laid out for a script from the right all the same.
BOTH_WAYS = tuple(Look(width, direction=direction) for width in (320, 1280) for direction in ("ltr", "rtl"))


class Eyes:
    """Looks at each page as it is shown: nothing sticks out, axe finds nothing, nobody else was asked for anything.

    axe needs script: a mirror with script on is shown the very HTML that the browser without script has.
    """

    def __init__(self, browser: Browser, origins: set[str], looks: tuple[Look, ...] = IN_ITS_LANGUAGE) -> None:
        self.browser, self.origins, self.looks = browser, origins, looks
        self.scripted = browser.new_context(ignore_https_errors=True)
        self.scripted.set_default_timeout(PATIENCE)
        self.mirror = self.scripted.new_page()
        self.axe = Path(AXE_FILE_PATH).read_text()
        self.seen: list[str] = []
        self.strangers: list[str] = []
        # Paths: of pages that were looked at, of posts that were taken, and of forms that those pages had.
        self.looked, self.taken, self.offered = set[str](), set[str](), set[str]()
        self.pages: list[Page] = []
        self.page = self.somebody()

    def somebody(self) -> Page:
        """The browser of one more person, without script; `page` is whoever's turn it is."""
        context = self.browser.new_context(ignore_https_errors=True, java_script_enabled=False, locale="en")
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("request", lambda request: self._asked(request.url, self.origins))
        page.on("response", self._answered)
        self.pages.append(page)
        return page

    @contextmanager
    def through(self, page: Page) -> Iterator[Page]:
        """Somebody else's turn."""
        before, self.page = self.page, page
        yield page
        self.page = before

    def close(self) -> None:
        for page in self.pages:
            page.context.close()
        self.scripted.close()

    def not_looked_at(self, routes: Iterable[str], no_page: Mapping[str, str]) -> list[str]:
        """Which of the addresses in `routes` no page was looked at under, and which of `no_page` has one after all.

        `no_page` names what shows no page, by its end, with the reason. Parts of an address that are open are "<>".
        """
        wrong = []
        for one in routes:
            seen = any(re.fullmatch("/" + re.escape(one).replace("<>", "[^/]+"), path) for path in self.looked)
            if seen == any(one == end or one.endswith("/" + end) for end in no_page):
                wrong.append(f"{'shows a page after all' if seen else 'not looked at'}: {one}")
        return sorted(wrong)

    def _answered(self, response: Response) -> None:
        if response.request.method == "POST" and response.status < 400:
            self.taken.add(urlsplit(response.url).path)

    def _asked(self, url: str, origins: set[str]) -> None:
        if not any(url.startswith(origin) for origin in origins):
            self.strangers.append(url)

    def look_at(self, name: str, address: str, html: str) -> None:
        """A page that comes only when something is wrong with us: as our own code wrote it, shown at its address."""
        self.page.route(address, lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
        self.page.goto(address)
        self.page.unroute(address)
        self.look(name)

    def look(self, name: str) -> None:
        self.seen.append(name)
        self.page.wait_for_load_state()
        html = self.page.content()
        address = self.page.url.partition("#")[0]

        def is_it(url: str) -> bool:
            return url == address

        self.mirror.route(is_it, lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
        self.mirror.goto(address)
        self.mirror.unroute(is_it)
        self.looked.add(urlsplit(address).path)
        self.offered.update(self.mirror.evaluate(SENT))
        self.mirror.evaluate(self.axe)
        language = str(self.mirror.evaluate("document.documentElement.lang"))
        for one in self.looks:
            self._look(f"{name} in {language} at {one}", one)
            if SCREENSHOTS:
                file = f"{SCREENSHOTS}/{name.replace('/', '_')}-{language}-{one}.png"
                self.mirror.screenshot(path=file, full_page=True)
        assert self.strangers == []

    def _look(self, place: str, one: Look) -> None:
        self.mirror.set_viewport_size({"width": one.width, "height": HEIGHT})
        if one.direction:
            self.mirror.evaluate("direction => { document.documentElement.dir = direction }", one.direction)
        self.mirror.evaluate("text => { document.documentElement.style.fontSize = text + '%' }", one.text)
        wide = self.mirror.evaluate("document.documentElement.scrollWidth")
        assert wide <= one.width, f"{place}: {wide} px wide"
        cut = self.mirror.evaluate(CUT)
        assert cut == [], f"{place}: {cut}"
        if one.axe:
            found = self.mirror.evaluate(AXE, RULES)
            assert found == [], f"{place}: {found}"


def sign_in(page: Page, stage: Stage, name: str) -> None:
    """An inspector of the stage comes to the desk with an open vault."""
    words = stage.notes["inspectors"][name]
    page.goto(stage.installation.origin("desk") + "/sign-in/")
    for typed in (
        {"username": name, "password": words["password"]},
        {"code": codes.of_now(words["secret"])},
        {"passphrase": words["passphrase"]},
    ):
        for field, value in typed.items():
            page.fill(f'input[name="{field}"]', value)
        go_on(page)


def nothing_ties(page: Page) -> None:
    """Answer what an inspector is asked before a case opens for the first time."""
    button = page.get_by_role("button", name="Nothing ties me to it")
    if button.count():
        button.click()


def go_on(page: Page) -> None:
    """Press the first button of the page's own form."""
    page.locator("main form .is-primary").first.click()
