"""Officers and the board at Wagtail's admin, in a real browser with script; and an agency at the public site.

Each person has a browser of their own, so that pages stay open while somebody else does something.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from playwright.sync_api import Browser, BrowserContext, Page

from tests import codes
from tests.system.filling import Fields, File, fill, follow, press
from tests.system.stage import Stage

DAY = 86_400.0
PAPER = File("deed.pdf", "application/pdf", b"%PDF-1.4\n% a deed\n")


def sign_in(page: Page, stage: Stage, name: str) -> None:
    """Sign a regulator in at the admin. The one place of these tests that knows how that is done."""
    page.goto(stage.installation.origin("public") + "/admin/login/")
    page.fill('input[name="username"]', name)
    page.fill('input[name="password"]', stage.notes["regulators"][name])
    page.locator('main button[type="submit"]').click()
    page.fill('input[name="code"]', codes.of_now(stage.notes["authenticators"][name], name))
    page.locator('main button[type="submit"]').click()
    page.wait_for_url("**/admin/")


def start_public(stage: Stage) -> None:
    """The public zone alone: nobody complains here."""
    stage.processes.start_only("public")


@dataclass
class Calendar:
    """The day that the installation takes for today."""

    stage: Stage
    today: date = field(default_factory=date.today)

    def after(self, days: int) -> str:
        """That many days later; the new day as a form takes it."""
        self.stage.move_clock(days * DAY)
        self.today += timedelta(days=days)
        return self.today.isoformat()

    def day(self, days: int) -> str:
        return (self.today + timedelta(days=days)).isoformat()


@dataclass
class Regulators:
    """Everybody who signs in at the admin, by their account's name."""

    browser: Browser
    stage: Stage
    opened: dict[str, Page] = field(default_factory=dict)
    contexts: list[BrowserContext] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return self.stage.installation.origin("public")

    def close(self) -> None:
        for context in self.contexts:
            context.close()

    def at(self, name: str, address: str) -> Page:
        """This person's browser, signed in, at an address of the admin."""
        if name not in self.opened:
            context = self.browser.new_context(ignore_https_errors=True, locale="en")
            context.set_default_timeout(60_000)
            self.contexts.append(context)
            self.opened[name] = context.new_page()
            sign_in(self.opened[name], self.stage, name)
        page = self.opened[name]
        page.goto(address if address.startswith("https") else self.origin + address)
        return page

    def does(self, name: str, where: str, link: str, typed: Fields, button: str = "Do it") -> Page:
        """Follow a link on a page of the admin, fill in its form, send it; refusals are failures."""
        page = self.at(name, where)
        follow(page, page.get_by_role("link", name=re.compile("^" + re.escape(link))))
        fill(page, typed)
        with page.expect_navigation():
            page.get_by_role("button", name=button).first.click()
        assert page.locator(".error-message, .messages .error").count() == 0, page.inner_text("main")
        return page

    def approves(self, name: str, listed: str, words: str, button: str, *, refused: bool = False) -> Page:
        """A second officer opens what waits, from its list, and approves it; or is told why not (``refused``)."""
        page = self.at(name, listed)
        follow(page, page.get_by_role("row").filter(has_text=words).get_by_role("link"))
        with page.expect_navigation():
            page.get_by_role("button", name=button).click()
        assert page.locator(".messages .error").count() == int(refused), page.inner_text("main")
        return page

    def advises(self, number: str, said: Mapping[str, str]) -> None:
        """Each member votes on a sanction that is before the board, by the decision's number."""
        for name, advice in said.items():
            page = self.at(name, "/admin/register/sanctions/")
            follow(page, page.get_by_role("row").filter(has_text=number).get_by_role("link"))
            cast(page, advice, f"As the {name} side reads {number}.")
            assert "Your vote is cast." in told(page)

    def application(self, name: str, agency: str) -> Page:
        """The page of an agency's application, from the list."""
        page = self.at(name, "/admin/register/applications/")
        follow(page, page.get_by_role("link", name=agency))
        return page

    def votes(self, name: str, agency: str, advice: str, reasons: str) -> Page:
        """Open an application and vote on it."""
        page = self.application(name, agency)
        cast(page, advice, reasons)
        return page


def cast(page: Page, advice: str, reasons: str) -> None:
    """Vote on the page that is open, as it was when it was opened."""
    page.get_by_label(advice, exact=True).check()
    page.locator('main [name="reasons"]').fill(reasons)
    with page.expect_navigation():
        page.get_by_role("button", name="Cast the vote").click()


def told(page: Page) -> str:
    """What the admin says after something was done."""
    return page.locator(".messages").first.inner_text()


@dataclass(frozen=True, slots=True)
class Paperless:
    """An agency's way back to its application: nothing else is needed, and nothing else is kept."""

    reference: str
    code: str


def applies(page: Page, origin: str, asked: Fields) -> Paperless:
    """Apply on the public site; what the agency writes down."""
    page.goto(f"{origin}/register/apply/")
    fill(page, asked)
    press(page)
    reference, code = page.locator("main dl.facts dd").all_inner_texts()[:2]
    return Paperless(reference.strip(), code.strip())


def comes_back(page: Page, origin: str, own: Paperless) -> None:
    """Open the agency's own page of its application."""
    page.goto(f"{origin}/register/apply/back/")
    fill(page, {"reference": own.reference, "code": own.code})
    press(page)


def changes(page: Page, asked: Fields) -> None:
    """Change the application on the agency's own page."""
    fill(page, asked)
    press(page, 'button[value="edit"]')


def adds_paper(page: Page, title: str) -> None:
    fill(page, {"title": title, "file": PAPER})
    press(page, 'button[value="paper"]')
