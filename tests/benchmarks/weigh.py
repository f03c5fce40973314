"""`make weigh`: what the form weighs in a real browser without script, and whether it can be used on a slow link.

Debian's chromium; bytes are those of the DevTools protocol (`encodedDataLength`): bodies as they were sent, compressed,
and their headers, of every answer, redirects too. Not in them: TLS, TCP and what the browser sends.

Exit 0 only if every bar holds. With --strict, or where CI is "true", all languages of the issue must be there.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from .browser import fill_in
from .forms import ANSWERS, ways_on
from .walker import FORMS_MAX, receipt_on
from .zone import Zone

LANGUAGES = ("en", "ar", "bn")
FIRST_BYTES, FIRST_REQUESTS, SECOND_BYTES, FLOW_BYTES = 30_000, 5, 8_000, 120_000
USABLE_SECONDS = 2.0
PAINT_PATIENCE = 10.0
HANDSHAKES = 2 * 0.4  # seconds; chromium delays requests, not the two round trips of TCP and TLS 1.3 before the first
# 400 kbit/s, 400 ms: what a phone has at the edge of a network. Throughput in bytes a second.
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 400_000 / 8, "uploadThroughput": 400_000 / 8}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip

console = Console(highlight=False, soft_wrap=True)


@dataclass  # playwright keeps a note on whoever listens: no slots
class Meter:
    """What a page's network did since `reset`: addresses asked for and received bytes, by the DevTools protocol."""

    asked: list[str] = field(default_factory=list)
    octets: float = 0.0
    began: float = 0.0
    painted: float = 0.0
    ready: float = 0.0

    @classmethod
    def on(cls, page: Page, *, slow: bool = False) -> Meter:
        meter, line = cls(), page.context.new_cdp_session(page)
        line.on("Network.requestWillBeSent", meter._sent)
        line.on("Network.loadingFinished", meter._finished)
        line.on("Page.lifecycleEvent", meter._lived)
        line.send("Network.enable")
        line.send("Page.enable")
        line.send("Page.setLifecycleEventsEnabled", {"enabled": True})
        if slow:
            line.send("Network.emulateNetworkConditions", SLOW)
        return meter

    def reset(self) -> None:
        self.asked, self.octets, self.began, self.painted, self.ready = [], 0.0, 0.0, 0.0, 0.0

    def _sent(self, event: dict[str, Any]) -> None:
        self.began = self.began or event["timestamp"]
        self.asked.append(event["request"]["url"])
        if before := event.get("redirectResponse"):
            self.octets += before["encodedDataLength"]

    def _finished(self, event: dict[str, Any]) -> None:
        self.octets += event["encodedDataLength"]

    def _lived(self, event: dict[str, Any]) -> None:
        if event["name"] == "firstContentfulPaint":
            self.painted = self.painted or event["timestamp"]
        if event["name"] == "DOMContentLoaded":
            self.ready = event["timestamp"]


@dataclass(frozen=True, slots=True)
class Bar:
    """One thing that must hold, as measured and as demanded."""

    what: str
    measured: str
    demanded: str
    holds: bool


@contextmanager
def fresh(browser: Browser, language: str, *, slow: bool = False) -> Iterator[tuple[Page, Meter]]:
    """A browser that was never here: no cookie, empty cache, no script."""
    context = browser.new_context(java_script_enabled=False, locale=language)
    context.set_default_timeout(60_000)
    page = context.new_page()
    try:
        yield page, Meter.on(page, slow=slow)
    finally:
        context.close()


def weigh(browser: Browser, origin: str, language: str, step: Callable[[], None]) -> list[Bar]:
    """First page, second visit and whole flow in one language."""
    start = f"{origin}/{language}/"
    with fresh(browser, language) as (page, meter):
        page.goto(start, wait_until="networkidle")
        first, asked = meter.octets, list(meter.asked)
        step()
        meter.reset()
        page.goto("about:blank")
        meter.reset()
        page.goto(start, wait_until="networkidle")
        second = meter.octets
        step()
    with fresh(browser, language) as (page, meter):
        pages = to_the_end(page, start)
        whole, requests = meter.octets, len(meter.asked)
        asked += meter.asked
        step()
    host = urlsplit(origin).netloc
    strangers = [one for one in asked if urlsplit(one).netloc not in ("", host)]
    in_first = len(asked) - requests
    return [
        _at_most(f"{language}: first page before typing", first, FIRST_BYTES, "bytes"),
        _at_most(f"{language}: … requests", in_first, FIRST_REQUESTS, ""),
        _at_most(f"{language}: … requests to others", len(strangers), 0, ""),
        _at_most(f"{language}: second visit", second, SECOND_BYTES, "bytes"),
        _at_most(f"{language}: whole flow, {pages} pages, {requests} requests", whole, FLOW_BYTES, "bytes"),
    ]


def crawl(browser: Browser, origin: str, language: str, step: Callable[[], None]) -> list[Bar]:
    """The same on the slow link: when the first page can be used, and that the end is reached."""
    start = f"{origin}/{language}/"
    with fresh(browser, language, slow=True) as (page, meter):
        began = time.monotonic()
        page.goto(start, wait_until="load")
        page.locator("form").first.wait_for()
        while not meter.painted and time.monotonic() - began < PAINT_PATIENCE:
            page.wait_for_timeout(50)  # the event comes after the frame
        usable = max(meter.painted, meter.ready) - meter.began
        seen = meter.painted > 0
        step()
        began = time.monotonic()
        pages = to_the_end(page, start)
        seconds = time.monotonic() - began
        step()
    held = seen and usable <= USABLE_SECONDS
    return [
        Bar(
            f"{language}: slow link, first page painted and form there",
            f"{usable:.2f} s ({usable + HANDSHAKES:.2f} s with the handshakes)",
            f"≤ {USABLE_SECONDS} s",
            held,
        ),
        Bar(f"{language}: slow link, whole flow", f"possible: {pages} pages, {seconds:.0f} s", "possible", True),
    ]


def to_the_end(page: Page, start: str) -> int:
    """Walk the form in the browser until the receipt is read back; the number of pages. Fails where it gets lost."""
    page.goto(start)
    tried: dict[str, int] = {}
    for pages in range(1, FORMS_MAX):
        html, here = page.content(), page.url
        receipt = receipt_on(html)
        ways = ways_on(html)
        number = tried.get(here, 0)
        if number >= len(ways):
            raise SystemExit(f"no button leads on from {here}")
        fill_in(page, html, *ways[number], {**ANSWERS, "number": receipt} if receipt else ANSWERS)
        tried[here] = number + 1
        if receipt:
            if receipt_on(page.content()):
                raise SystemExit("the receipt was not taken")
            return pages + 1
    raise SystemExit(f"no receipt after {FORMS_MAX} forms")


def _at_most(what: str, measured: float, most: int, unit: str) -> Bar:
    return Bar(what, f"{measured:,.0f} {unit}".strip(), f"≤ {most:,} {unit}".strip(), measured <= most)


def table_of(bars: list[Bar]) -> Table:
    table = Table("what", "measured", "bar", "", title="Weight (bodies as sent and headers, without TLS)")
    for bar in bars:
        table.add_row(bar.what, bar.measured, bar.demanded, "holds" if bar.holds else "DOES NOT HOLD")
    return table


def main() -> int:
    strict = "--strict" in sys.argv or os.environ.get("CI") == "true"
    chromium = shutil.which("chromium")
    if chromium is None:
        console.print("chromium is not on this machine (Debian: apt install chromium).")
        return 1
    console.print("Setting up: two clusters, tables, policy, a made-up register, a key ceremony …")
    zone, bars = Zone("weigh"), []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        zone.start_with_tls()
        origin = zone.stage.installation.origin("intake")
        with sync_playwright() as playwright, Progress(*columns, console=console) as progress:
            browser = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, trusting(zone)])
            for language in LANGUAGES:
                if not offered(browser, origin, language):
                    bars.append(Bar(f"{language}: offered", "not yet", "offered", not strict))
                    continue
                bar = progress.add_task(language, total=5)
                step = partial(progress.advance, bar)
                bars += weigh(browser, origin, language, step)
                bars += crawl(browser, origin, language, step)
            browser.close()
    finally:
        zone.stop()
    console.print(table_of(bars))
    held = all(bar.holds for bar in bars)
    console.print("All bars hold." if held else "NOT all bars hold.")
    return 0 if held else 1


def trusting(zone: Zone) -> str:
    """A flag that makes this machine's own certificate a good one: chromium keeps nothing that came under a bad one."""
    file = zone.stage.installation.folder / "tls" / "tls.crt"
    key = x509.load_pem_x509_certificate(file.read_bytes()).public_key()
    known = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return "--ignore-certificate-errors-spki-list=" + base64.b64encode(hashlib.sha256(known).digest()).decode()


def offered(browser: Browser, origin: str, language: str) -> bool:
    """Whether the form is there in this language: its catalogue is whole, else it would not be offered."""
    with fresh(browser, language) as (page, _meter):
        answer = page.goto(f"{origin}/{language}/")
        return answer is not None and answer.status == 200


if __name__ == "__main__":
    sys.exit(main())
