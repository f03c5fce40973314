"""An application before the three parties, through the admin's own pages in a real browser.

A member steps aside and an alternate votes; an edit during the review restarts it, and who still has the old page open
is told; the last voter has no right to publish, and the review ends by that vote; nobody votes twice, nor by being
superuser. Where chromium is missing these tests are skipped with a sentence; with CI=true they fail.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.system.filling import fill, press
from tests.system.regulators import (
    Calendar,
    Paperless,
    Regulators,
    applies,
    cast,
    changes,
    comes_back,
    start_public,
    told,
)
from tests.system.stage import Stage

NAME = "Copper Gate Placement Ltd"
ASKED: dict[str, Any] = {
    "kind": "NEW", "name": NAME, "operator": "Copper Gate Holding", "responsible": "Ida Stone",
    "address": "8 Mint Lane, Port Amber", "phone": "+999 555 010 088", "work": "Nurses to Borland",
    "guarantor": "Amber Bank", "guarantee_amount": "60000", "guarantee_currency": "USD",
}  # fmt: skip
GRANT = {
    "number": "0202", "valid_from": "2027-01-01", "valid_to": "2029-12-31", "decision_number": "L/202",
    "legal_basis": "Arland Recruitment Act, s. 5",
}  # fmt: skip
ROOT = """
import json
from django.contrib.auth.models import User
from cms.entrance import box, second_factor
root = User.objects.create_superuser("root", "", "root of a made-up register", first_name="Ruth", last_name="Root")
secret = box.new_secret()
second_factor.set_up(root, secret=secret)
print(json.dumps(secret))
"""


@pytest.fixture(scope="module")
def town() -> Iterator[Stage]:
    made = Stage.fresh("browser-board")
    try:
        start_public(made)
        yield made
    finally:
        made.close()


@pytest.fixture
def staff(town: Stage, browser: Browser) -> Iterator[Regulators]:
    made = Regulators(browser, town)
    yield made
    made.close()


@pytest.fixture
def public(browser: Browser) -> Iterator[Page]:
    """The agency's browser, without script."""
    context = browser.new_context(ignore_https_errors=True, java_script_enabled=False, locale="en")
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


def before_the_board(town: Stage, staff: Regulators, public: Page) -> Paperless:
    """Applied, complete, and the window for objections over."""
    own = applies(public, staff.origin, ASKED)
    Calendar(town).after(31)
    link = "Complete: put it before the board"
    staff.does("officer", staff.application("officer", NAME).url, link, {})
    return own


def may_vote(page: Page) -> bool:
    return page.get_by_role("button", name="Cast the vote").count() == 1


def test_three_parties_advise_whatever_happens_meanwhile(town: Stage, staff: Regulators, public: Page) -> None:
    own = before_the_board(town, staff, public)
    page = staff.votes("government", NAME, "Grant it", "In order.")
    assert "Your vote is cast." in told(page)
    steps_aside(staff)
    votes_twice(staff)
    is_changed_meanwhile(staff, public, own)
    advises(staff)
    is_asked_anew_after_it_advised(staff, public, own)


def steps_aside(staff: Regulators) -> None:
    """The workers' member has a stake: from then on only the alternate may vote for the workers."""
    page = staff.application("workers", NAME)
    page.locator('main [name="ties"]').fill("My sister owns a share of it.")
    with page.expect_navigation():
        page.get_by_role("button", name="step aside").click()
    assert "You have stepped aside" in told(page) and not may_vote(page)
    assert "My sister owns a share of it." in staff.application("government", NAME).inner_text("main")
    assert may_vote(staff.application("alternate", NAME))


def votes_twice(staff: Regulators) -> None:
    page = staff.application("government", NAME)
    if may_vote(page):
        cast(page, "Refuse it", "I have changed my mind.")
        assert "Your party has voted on it already." in told(page)
    assert "changed my mind" not in staff.application("officer", NAME).inner_text("main")


def is_changed_meanwhile(staff: Regulators, public: Page, own: Paperless) -> None:
    """The agency changes what it asks for while a member reads: the review begins anew, and the member is told."""
    reading = staff.application("employers", NAME)
    comes_back(public, staff.origin, own)
    changes(public, {"work": "Nurses and midwives to Borland"})
    assert "Changed." in public.inner_text("main")
    cast(reading, "Grant it", "I read about nurses only.")
    assert "It was changed since you looked." in told(reading)
    now = staff.application("officer", NAME).inner_text("main")
    assert "Nurses and midwives" in now and "nurses only" not in now and "In order." not in now
    assert "It advises" not in now


def advises(staff: Regulators) -> None:
    """In another order than before; the alternate, who may publish nothing, votes last."""
    for name, advice in (("employers", "Grant it"), ("government", "Grant it"), ("alternate", "Refuse it")):
        said = staff.application("officer", NAME).inner_text("main")
        assert "It advises" not in said, f"before the vote of {name}"
        cast(staff.application(name, NAME), advice, f"The {name} side has read all of it.")
    for name in ("officer", "workers", "alternate"):
        page = staff.application(name, NAME)
        assert "It advises: Grant it" in page.inner_text("main") and not may_vote(page)
    said = staff.application("auditor", NAME).inner_text("main")
    assert "Workers, Ada Brook: Refuse it." in said and "has stepped aside" in said
    # Nothing is decided or published by that: the officer decides.
    assert "Before the board" in said


def is_asked_anew_after_it_advised(staff: Regulators, public: Page, own: Paperless) -> None:
    """Advice is on what the board read: after a change it counts no more."""
    comes_back(public, staff.origin, own)
    changes(public, {"work": "Midwives to Borland"})
    page = staff.application("officer", NAME)
    assert "It advises" not in page.inner_text("main")
    page.get_by_role("link", name="Grant it").first.click()
    fill(page, GRANT)
    page.get_by_role("button", name="Do it").click()
    page.get_by_text("The board has not advised on it yet.").wait_for()
    assert may_vote(staff.application("employers", NAME))
    comes_back(public, staff.origin, own)
    press(public, 'button[value="withdraw"]')
    assert "Your application is withdrawn." in public.inner_text("main")
    assert not may_vote(staff.application("employers", NAME))


def test_a_superuser_votes_for_no_party(town: Stage, staff: Regulators, public: Page) -> None:
    secret = json.loads(town.command("public", "shell", "-c", ROOT).strip().splitlines()[-1])
    town.notes["authenticators"]["root"] = secret
    town.notes["regulators"]["root"] = "root of a made-up register"
    own = before_the_board(town, staff, public)
    page = staff.application("root", NAME)
    assert NAME in page.inner_text("main") and not may_vote(page)
    assert may_vote(staff.application("employers", NAME))
    comes_back(public, staff.origin, own)
    press(public, 'button[value="withdraw"]')
