"""Fills in a form in a real browser, as `forms.fill` would answer it."""

from __future__ import annotations

from collections.abc import Mapping

from playwright.sync_api import Page

from .forms import Control, Form, fill, forms


def fill_in(page: Page, html: str, form: Form, button: Control, answers: Mapping[str, str | tuple[str, ...]]) -> None:
    """Answer the form's fields and press the button; files are left alone."""
    place = page.locator('form[method="post"]').nth(forms(html).index(form))
    kinds = {one.name: one.kind for one in form.controls}
    for name, value in fill(form, button, answers).pairs:
        kind = kinds.get(name, "")
        if kind in ("radio", "checkbox"):
            bare = f', input[name="{name}"]:not([value])' if value == "on" else ""  # a box that has no value says "on"
            place.locator(f'input[name="{name}"][value="{value}"]{bare}').check()
        elif kind == "select":
            place.locator(f'select[name="{name}"]').select_option(value)
        elif kind not in ("hidden", "submit"):
            place.locator(f'[name="{name}"]').fill(value)
    presses = [one for one in form.controls if one.kind == "submit"]
    with page.expect_navigation():
        place.locator('button:not([type="button"]), input[type="submit"]').nth(presses.index(button)).click()
