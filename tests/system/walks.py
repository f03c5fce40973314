"""Walks through every page of intake that a person can come to, in any language: by names of fields, never by words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.system.eyes import Eyes
from tests.system.filling import FIRST, ON, SKIP, File, fill, page_name, press, receipt_on, walk
from tests.system.tainted import photo_that_says

ANSWERS = {
    "start": {"country": "XA"},
    "from": {"recruited_in": "NP"},
    "now": {"danger": "unsure"},
    "whose": {"whose": "knows"},
    "name": {"name": "Golden Ladder"},
    "list": {"agency": FIRST},
    "time": {"when_0": "05", "when_1": "2026"},
    "kind": {"categories": ["fees"]},
    "work": {"sector": "domestic"},
    "given": {"promised": "A shop, and 1,500 a month."},
    "words": {"happened": "They took 900 and gave no receipt. My passport number is A01234567."},
    "money": {"money": "yes"},
    "paid": {"item": "medical", "amount": "900", "currency": "USD", "whom": "A man called Sam", "more+": "1"},
    "kept": {"papers": ["passport"]},
    "wish": {"wishes": ["refund"]},
    "look": {"what": "out"},
    "files": {"file": File("x.jpg", "image/jpeg", photo_that_says("nothing")), "more+": "1"},
    "reach": {"reach": "yes"},
    "how": {"how": "call", "where": "+000 111"},
    "tell": {"may": "yes", "told": FIRST},
    "group": {"group": "new"},
}
LOOKS = 60  # at the mailbox, until a tick has released what was filed
# Pages that take no answer for an answer: what is wrong is shown on them.
CAN_ERR = (
    "start",
    "from",
    "now",
    "whose",
    "name",
    "list",
    "own",
    "kind",
    "work",
    "given",
    "words",
    "money",
    "wish",
    "look",
    "how",
)
CHANGES = ("next", "away", "tell", "reach", "helper", "slip", "delete")


@dataclass
class Walker:
    """One person's way in one language; `look` is called on every page."""

    eyes: Eyes
    origin: str
    language: str
    errors: bool = True

    def goes_to(self, path: str) -> None:
        self.eyes.page.goto(f"{self.origin}/{self.language}/{path}")

    def look(self, name: str) -> None:
        self.eyes.look(f"intake-{name}")

    def around_the_form(self) -> None:
        """What can be read before and beside it."""
        page = self.eyes.page
        for path in ("about/", "paper/", "sizes/", "words/", "nowhere/"):
            self.goes_to(path)
            self.look(path.strip("/"))
        for country in ("XA", "NP"):
            self.goes_to("more/")
            fill(page, {"country": country})
            press(page)
            self.look(f"help-{country}")
        self.goes_to("")
        fill(page, {"country": "XB"})
        press(page)
        press(page, SKIP)
        self.look("nobody")
        self.goes_to("back/")
        self.look("back")
        fill(page, {"number": "1234 5678 9012 3456 7890 1234"})
        press(page)
        self.look("back-error")
        page.context.clear_cookies()
        press(page)
        self.look("stale")

    def files(self) -> str:
        """The whole form to the receipt, which is read back; the 24 digits."""
        page = self.eyes.page
        page.context.clear_cookies()
        self.goes_to("")
        walk(page, ANSWERS, until="check", look=self._asked)
        self.look("check")
        press(page)
        self.look("number")
        receipt = receipt_on(page)
        fill(page, {"number": receipt[:20]})
        press(page)
        self.look("number-error")
        fill(page, {"number": receipt})
        press(page)
        self.look("end")
        return receipt

    def _asked(self, name: str) -> None:
        self.look(name)
        if name == "whose":
            self._types_in_a_paper()
            self.goes_to("whose/")
        if self.errors and name in CAN_ERR:
            press(self.eyes.page)
            assert self.eyes.page.locator(".errors").count() == 1, f"{name} takes no answer for an answer"
            self.look(f"{name}-error")

    def _types_in_a_paper(self) -> None:
        """The page for a paper form, as it is and with what has to be mended in it; nothing of it is taken."""
        self.goes_to("paper/enter/")
        self.look("sheet")
        press(self.eyes.page)
        assert self.eyes.page.locator(".errors").count() == 1
        self.look("sheet-error")

    def is_refused_in_the_form(self) -> None:
        """Whose page was open too long, and whose answers are gone: what was typed stands in the page."""
        page = self.eyes.page
        for cookie, name in (("intake-csrf", "stale-kept"), ("draft", "gone-kept")):
            page.context.clear_cookies()
            self.goes_to("")
            walk(page, ANSWERS, until="given")
            fill(page, ANSWERS["given"])
            page.context.clear_cookies(name=f"__Host-rw-{cookie}")
            press(page)
            assert "A shop" in page.content()
            self.look(name)

    def is_refused_in_the_mailbox(self, receipt: str) -> None:
        """A wrong method, a file that is none, one too large to be read, a mailbox that has closed by itself."""
        page = self.eyes.page
        self.goes_to("back/close/")
        self.look("wrong-method")
        self._opens(receipt)
        fill(page, {"text": "I am here.", "file": File("x.jpg", "image/jpeg", b"MZ" + bytes(99))})
        press(page)
        assert page.locator(".errors").count() == 1
        self.look("box-file-refused")
        fill(page, {"file": File("x.jpg", "image/jpeg", b"\xff\xd8\xff" + bytes(18 * 2**20))})
        press(page)
        assert page.locator("textarea").count() == 0
        self.look("too-large")
        self.goes_to("back/box/")
        fill(page, {"text": "I am still typing."})
        page.context.clear_cookies(name="__Host-rw-mailbox")
        press(page)
        assert "I am still typing." in page.content()
        self.look("closed")

    def meets_our_faults(self, pages: Mapping[str, str]) -> None:
        """What is shown while many are here, or when something breaks on our side."""
        for name, html in pages.items():
            self.eyes.look_at(f"intake-{name}", f"{self.origin}/{self.language}/wait/", html)

    def works_in_a_country_of_parts(self) -> None:
        """Where an office is for a part of the country only."""
        self.eyes.page.context.clear_cookies()
        self.goes_to("")
        fill(self.eyes.page, {"country": "XA"})
        press(self.eyes.page)
        assert page_name(self.eyes.page) == "part"
        self.look("part")
        press(self.eyes.page)
        self.look("part-error")

    def unknown_agency(self) -> None:
        """The way over an agency that is in no list."""
        self.eyes.page.context.clear_cookies()
        self.goes_to("")
        answers = {**ANSWERS, "now": {"danger": "no"}, "whose": {"whose": "mine"}, "name": {"name": "qqqq"}}
        walk(self.eyes.page, answers, until="own")
        self.look("own")

    def comes_back(self, receipt: str) -> None:
        """The mailbox with all that can be changed there, a helper's page, and everything deleted."""
        page = self.eyes.page
        self._opens(receipt)
        fill(page, {"text": "I am still here."})
        press(page)
        self.look("box")
        self.is_with_an_office()
        for name in CHANGES:
            self.goes_to(f"back/{name}/")
            self.look(f"back-{name}")
        self.goes_to("back/helper/")
        press(page)
        self.look("helper-made")
        theirs = receipt_on(page)
        self._opens(theirs)
        self.look("far")
        self._opens(receipt)
        self.goes_to("back/delete/")
        fill(page, {"sure": ON})
        press(page, ".is-danger")
        self.look("deleted")

    def is_with_an_office(self) -> None:
        """Once the worker has released it, it can be taken away from the office again."""
        for _look in range(LOOKS):
            if self.eyes.page.locator('a[href$="/back/away/"]').count():
                return
            self.eyes.page.wait_for_timeout(250)
            self.goes_to("back/box/")
        raise AssertionError("no tick has released the case")

    def _opens(self, receipt: str) -> None:
        self.goes_to("back/")
        fill(self.eyes.page, {"number": receipt})
        press(self.eyes.page)
        assert page_name(self.eyes.page) in ("back/box", "back/far")
