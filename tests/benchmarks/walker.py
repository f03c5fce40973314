"""Walks the form to the receipt without knowing its questions: so it goes on working when they change."""

from __future__ import annotations

import html
import re
import time
from collections import Counter
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urljoin

from .forms import ANSWERS, fill, ways_on
from .wire import Answer, encoded

FORMS_MAX = 80
REDIRECTS_MAX = 10
WAITS_MAX = 60
_RECEIPT = re.compile(r'class="receipt".*?</figure>', re.S)
_GROUP = re.compile(r">\s*(\d{4})\s*<")
_HEADING = re.compile(r"<h1\b[^>]*>(.*?)</h1>", re.S)
_LINKED = re.compile(r'<link\b[^>]*\bhref="([^"]*)"')


class Astray(RuntimeError):
    """The walker does not get on; the message names the page by its heading, its address and the status."""


class Browser(Protocol):
    """What fetches: cookies and connections are its own matter."""

    def get(self, path: str) -> Answer: ...

    def post(self, path: str, body: bytes, kind: str = ...) -> Answer: ...


class Walk:
    """One person on their way through the form; `pages` are the addresses seen, in order."""

    def __init__(self, browser: Browser, answers: Mapping[str, str | tuple[str, ...]] = ANSWERS) -> None:
        self.browser, self.answers = browser, answers
        self.pages: list[str] = []
        self.here, self.page = "", ""

    def to_the_receipt(self, start: str = "/en/") -> str:
        """Answer page after page until a receipt is shown; its 24 digits. Raises Astray."""
        self._see(start, self.browser.get(start))
        for address in _LINKED.findall(self.page):
            self.browser.get(address)  # the sheet and the mark, once: a browser keeps them
        tried: Counter[str] = Counter()
        for _form in range(FORMS_MAX):
            if receipt := receipt_on(self.page):
                return receipt
            self._answer(tried)
        raise Astray(f"no receipt after {FORMS_MAX} forms: {self._where()}")

    def read_back(self, receipt: str) -> None:
        """Type the receipt on the page that shows it, and see that this leads away from it."""
        self.answers = {**self.answers, "number": receipt}
        self._answer(Counter())
        if receipt_on(self.page):
            raise Astray(f"the receipt was not taken: {self._where()}")

    def open_mailbox(self, receipt: str, address: str = "/en/back/") -> None:
        """Come back with the receipt. Raises Astray where nothing opens."""
        self.answers = {**self.answers, "number": receipt}
        self._see(address, self.browser.get(address))
        self._answer(Counter())
        if self.here == address:
            raise Astray(f"the mailbox does not open: {self._where()}")

    def _answer(self, tried: Counter[str]) -> None:
        """Fill in the page's form and press a button: another one each time that this page comes back."""
        ways = ways_on(self.page)
        if not ways:
            raise Astray(f"no form: {self._where()}")
        form, button = ways[min(tried[self.here], len(ways) - 1)]
        if tried[self.here] > len(ways):
            raise Astray(f"no button leads on: {self._where()}")
        tried[self.here] += 1
        filled = fill(form, button, self.answers)
        body, kind = encoded(filled.pairs, filled.files, in_parts=form.in_parts)
        address = urljoin(self.here, form.action)
        self._see(address, self.browser.post(address, body, kind))

    def _see(self, address: str, answer: Answer) -> None:
        """Follow redirects, and pages that ask to be asked again, to the next page that stands still."""
        redirects = waits = 0
        while True:
            self.here, self.page = address, answer.text
            if answer.status in (301, 302, 303, 307, 308):
                redirects += 1
                address = urljoin(address, answer.headers["location"]).partition("#")[0]
            elif seconds := answer.headers.get("refresh"):  # in line: the page asks again by itself
                waits += 1
                time.sleep(min(int(seconds), 10))
            elif answer.status == 200:
                self.pages.append(address)
                return
            else:
                raise Astray(f"status {answer.status}: {self._where()}")
            if redirects > REDIRECTS_MAX or waits > WAITS_MAX:
                raise Astray(f"going round in circles: {self._where()}")
            answer = self.browser.get(address)

    def _where(self) -> str:
        found = _HEADING.search(self.page)
        heading = re.sub(r"<[^>]*>", "", found[1]).strip() if found else ""
        return f"{self.here} “{html.unescape(heading)}”"


def receipt_on(page: str) -> str:
    """The 24 digits of a receipt that a page shows, or ""."""
    found = _RECEIPT.search(page)
    groups = _GROUP.findall(found[0]) if found else []
    return "".join(groups[:6]) if len(groups) >= 6 else ""
