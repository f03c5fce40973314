"""What the public zone takes out of Wagtail's admin."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail import hooks


@hooks.register("construct_main_menu")  # type: ignore[untyped-decorator]  # Wagtail has no types
def hide_help(request: HttpRequest, items: list[Any]) -> None:
    """The help menu leads to other people's sites: nobody there needs to learn who keeps this register."""
    items[:] = [item for item in items if item.name != "help"]


@hooks.register("register_account_menu_item")  # type: ignore[untyped-decorator]  # Wagtail has no types
def recovery_codes(request: HttpRequest) -> dict[str, str]:
    """The officer's own recovery codes, beside the password."""
    return {
        "url": reverse("admin_recovery_codes"),
        "label": _("Recovery codes"),
        "help_text": _("For the day on which your phone is not there."),
    }
