"""What the register adds to Wagtail's admin."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from wagtail import hooks

from agencies.board.panels.home import panels_for
from agencies.board.viewsets import DueViewSet, RegisterGroup


@hooks.register("register_admin_viewset")  # type: ignore[untyped-decorator]  # Wagtail has no types
def register_viewsets() -> RegisterGroup:
    return RegisterGroup()


@hooks.register("register_admin_viewset")  # type: ignore[untyped-decorator]  # Wagtail has no types
def register_lists() -> DueViewSet:
    return DueViewSet()


@hooks.register("construct_homepage_panels")  # type: ignore[untyped-decorator]  # Wagtail has no types
def regulators_day(request: HttpRequest, panels: list[Any]) -> None:
    panels_for(request, panels)
