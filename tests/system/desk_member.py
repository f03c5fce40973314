"""A member of an office at the desk, in a browser of their own without script."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import Page

from tests import codes
from tests.system.eyes import Eyes, nothing_ties
from tests.system.filling import Fields, fill
from tests.system.stage import Stage

LOOKS = 60  # at a page, until a tick has done its part


@dataclass
class Member:
    stage: Stage
    eyes: Eyes
    name: str
    page: Page

    @classmethod
    def comes(cls, stage: Stage, eyes: Eyes, name: str, *, looks: bool = False) -> Member:
        """Signed in, with the vault open; `looks` at every page on the way, with its mistakes."""
        member = cls(stage, eyes, name, eyes.somebody())
        member.goes_to("")
        words = stage.notes["inspectors"][name]
        for page, typed in (
            ("sign-in", {"username": name, "password": words["password"]}),
            ("second-step", {"code": codes.of_now(words["secret"])}),
            ("vault", {"passphrase": words["passphrase"]}),
        ):
            if looks:
                member.looks(page)
                member.sends({}, wrong=page)
            member.sends(typed)
        member.page.wait_for_selector("table.queue")
        return member

    def goes_to(self, path: str) -> None:
        """A page of the desk by its path or address; the vault is opened again where it has closed meanwhile."""
        address = path if "://" in path else f"{self.stage.installation.origin('desk')}/{path}"
        self.page.goto(address)
        if self.page.locator('main input[name="passphrase"]').count() and not path.startswith("vault"):
            self.sends({"passphrase": self.stage.notes["inspectors"][self.name]["passphrase"]})

    def looks(self, name: str) -> None:
        with self.eyes.through(self.page):
            self.eyes.look(f"desk-{name}")

    def sends(self, fields: Fields, *, wrong: str = "", form: str = "") -> None:
        """Fill in a form and press its first button. `form`: how its action ends; `wrong`: it is refused, looked at."""
        within = f'main form[action$="{form}"]' if form else "main form"
        fill(self.page, fields)
        with self.page.expect_navigation():
            self.page.locator(within).locator(".is-primary, .is-secondary, .is-danger").first.click()
        if wrong:
            assert self.page.locator(".errors").count() == 1, f"{wrong} takes no answer for an answer"
            self.looks(f"{wrong}-error")

    def presses(self, words: str) -> None:
        """A button by what it says."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=words).first.click()

    def follows(self, words: str) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=words).first.click()

    def says(self, *words: str) -> None:
        said = self.page.inner_text("main")
        for one in words:
            assert one in said, f"{self.page.url} does not say {one!r}: {said[:1500]}"

    def opens(self, case: str, *, looks: bool = False) -> None:
        """A case by its address, after saying that nothing ties them to it."""
        self.goes_to(case)
        if looks:
            self.looks("before")
        nothing_ties(self.page)

    def until(self, words: str, path: str) -> None:
        """Look again and again at a page until other processes have done what makes it say `words`."""
        for _look in range(LOOKS):
            self.goes_to(path)
            if words in self.page.inner_text("main"):
                return
            self.page.wait_for_timeout(250)
        raise AssertionError(f"{path} never said {words!r}")

    def in_queue(self, query: str = "") -> list[str]:
        """Addresses of the cases that a queue shows, in its order."""
        self.goes_to(query)
        return self.shown()

    def shown(self) -> list[str]:
        """Addresses of the cases on the queue's page that is open."""
        opens = self.page.locator(".queue .opens")
        return [str(one) for one in opens.evaluate_all("all => all.map(one => one.href)")]


def key(address: str) -> str:
    """The last key in an address."""
    return re.findall(r"[0-9a-f-]{36}", address)[-1]
