"""With the keyboard alone, and as a screen reader has it: a complaint is filed with Tab, Space, Enter and arrows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.system.filling import page_name, receipt_on
from tests.system.stage import Stage

TABS_MAX = 80
# Which radio or checkbox is taken, by page: its value. Others are skipped, or sent as they are.
TAKEN = {"now": "unsure", "whose": "mine", "kind": "fees", "work": "domestic", "money": "no", "reach": "no"}
TYPED = {"name": "Golden Mountain Travel", "own": "A house by the river", "words": "They took my papers."}
FOCUSED = """() => { const one = document.activeElement, style = getComputedStyle(one);
  return {tag: one.tagName, type: one.type || '', name: one.name || '', value: one.value || '', href: one.href || '',
    words: one.textContent.trim(), class: one.className, top: one.getBoundingClientRect().top + scrollY,
    outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2}; }"""
# What can be reached, in the order of the document.
REACHABLE = "[...document.querySelectorAll('a[href],button,input:not([type=hidden]),select,textarea,summary')].length"


class Keys:
    """A person without a mouse. Wherever the focus comes to, it can be seen."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def tab(self) -> dict[str, Any]:
        self.page.keyboard.press("Tab")
        focused: dict[str, Any] = self.page.evaluate(FOCUSED)
        assert focused["tag"] == "BODY" or focused["outline"], f"{page_name(self.page)}: no outline on {focused}"
        return focused

    def to(self, **wanted: str) -> dict[str, Any]:
        """Tab until the focus is on what has these properties."""
        for _ in range(TABS_MAX):
            focused = self.tab()
            if all(wanted[key] in focused[key] for key in wanted):
                return focused
        raise AssertionError(f"{page_name(self.page)}: Tab does not come to {wanted}")

    def press_button(self, **wanted: str) -> None:
        self.to(tag="BUTTON", **wanted)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def take(self, value: str) -> None:
        """A radio by arrows, a checkbox by Space."""
        focused = self.tab()
        while focused["type"] not in ("radio", "checkbox"):
            focused = self.tab()
        for _ in range(TABS_MAX):
            if focused["value"] == value:
                self.page.keyboard.press("Space")
                return
            if focused["type"] == "radio":
                self.page.keyboard.press("ArrowDown")
                focused = self.page.evaluate(FOCUSED)
            else:
                focused = self.tab()
        raise AssertionError(f"{page_name(self.page)}: no {value}")


@pytest.fixture
def keys(browser: Browser) -> Iterator[Keys]:
    context = browser.new_context(ignore_https_errors=True, java_script_enabled=False, locale="en")
    context.set_default_timeout(30_000)
    yield Keys(context.new_page())
    context.close()


def test_a_complaint_is_filed_by_keyboard_alone(stage: Stage, keys: Keys) -> None:
    page = keys.page
    page.goto(stage.installation.origin("intake") + "/en/")
    heard(page)
    keys.to(tag="SELECT", name="country")
    page.keyboard.type("Arland")
    keys.press_button(**{"class": "is-primary"})
    for _page in range(40):
        name = page_name(page)
        if name == "check":
            break
        heard(page)
        skips = page.locator('main button[name="skip"]').count() and name not in {**TAKEN, **TYPED}
        if name in TAKEN:
            keys.take(TAKEN[name])
        if name in TYPED:
            keys.to(tag="TEXTAREA" if name != "name" else "INPUT")
            page.keyboard.type(TYPED[name])
        keys.press_button(**({"name": "skip"} if skips else {"class": "is-primary"}))
    keys.press_button(**{"class": "is-primary"})
    assert page_name(page) == "number"
    heard(page)
    receipt = receipt_on(page)
    keys.to(name="number")
    page.keyboard.type(receipt)
    page.keyboard.press("Enter")
    page.wait_for_url("**/end/")


def test_first_comes_the_skip_link_then_the_way_out_and_the_order_is_that_of_the_page(stage: Stage, keys: Keys) -> None:
    page = keys.page
    for path in ("", "about/", "more/", "back/"):
        page.goto(f"{stage.installation.origin('intake')}/en/{path}")
        assert keys.tab()["class"] == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        page.goto(f"{stage.installation.origin('intake')}/en/{path}")
        keys.tab()
        assert keys.tab()["class"] == "leave"
        tops = []
        while (focused := keys.tab())["tag"] not in ("BODY", "HTML") and focused["class"] != "skip":
            tops.append(focused["top"])
        assert len(tops) >= page.evaluate(REACHABLE) - 2 - page.locator("input[type=radio]").count()
        assert tops == sorted(tops), path


def test_leaving_quickly_takes_two_keys(stage: Stage, keys: Keys) -> None:
    keys.page.goto(stage.installation.origin("intake") + "/en/")
    keys.tab()
    keys.tab()
    keys.page.keyboard.press("Enter")
    keys.page.wait_for_url("**/sizes/")


def test_a_mistake_is_where_the_focus_goes(stage: Stage, keys: Keys) -> None:
    page = keys.page
    page.goto(stage.installation.origin("intake") + "/en/back/")
    keys.press_button(**{"class": "is-primary"})
    assert page.evaluate("document.activeElement.className") == "errors"
    first = keys.tab()
    assert "#id_number" in first["href"]
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "id_number"


def heard(page: Page) -> None:
    """What a screen reader has of the page: its parts, one heading of the first level, and things in their order."""
    nodes = tree(page)
    roles = [role for role, _name in nodes]
    place = page_name(page)
    assert roles.count("main") == 1 and roles.count("contentinfo") == 1 and "navigation" in roles, place
    assert roles.count("banner") == 1, place
    levels = [
        int(level) for level in page.evaluate("[...document.querySelectorAll('h1,h2,h3')].map(h => h.tagName[1])")
    ]
    assert levels.count(1) == 1, (place, levels)
    assert all(after - before <= 1 for before, after in pairwise(levels)), (place, levels)
    named = [
        (role, name) for role, name in nodes if role in ("textbox", "combobox", "radio", "checkbox", "button", "link")
    ]
    assert all(name for _role, name in named), (place, named)
    # Reading order is the order on the screen: nothing is laid out before what is read before it.
    tops = page.evaluate(
        "[...document.querySelectorAll('main :is(h1,h2,h3,p,label,input,select,textarea,button,dt)')]"
        ".filter(one => one.getClientRects().length && !one.closest('.vh')).map(one => one.getBoundingClientRect().top)"
    )
    assert all(after >= before - 24 for before, after in pairwise(tops)), (place, tops)


def tree(page: Page) -> list[tuple[str, str]]:
    """Role and name of every part of chromium's accessibility tree, in reading order."""
    line = page.context.new_cdp_session(page)
    nodes = line.send("Accessibility.getFullAXTree")["nodes"]
    line.detach()
    seen = [one for one in nodes if not one.get("ignored")]
    return [(one["role"]["value"], one.get("name", {}).get("value", "")) for one in seen]
