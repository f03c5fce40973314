"""What the register adds to Wagtail's admin."""

from __future__ import annotations

from wagtail import hooks

from agencies.board.viewsets import RegisterGroup


@hooks.register("register_admin_viewset")  # type: ignore[untyped-decorator]  # Wagtail has no types
def register_viewsets() -> RegisterGroup:
    return RegisterGroup()
