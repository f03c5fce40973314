"""What the public zone takes out of Wagtail's admin."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from wagtail import hooks


@hooks.register("construct_main_menu")  # type: ignore[untyped-decorator]  # Wagtail has no types
def hide_help(request: HttpRequest, items: list[Any]) -> None:
    """The help menu leads to other people's sites: nobody there needs to learn who keeps this register."""
    items[:] = [item for item in items if item.name != "help"]
