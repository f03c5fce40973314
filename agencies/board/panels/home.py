"""The panels as the admin's first page shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from wagtail.admin.auth import user_has_any_page_permission
from wagtail.admin.ui.components import Component

from .figures import Figures, panels_of


class FiguresPanel(Component):  # type: ignore[misc]  # Wagtail has no types
    """One panel: its plot, and the table beside it."""

    template_name = "agencies_board/panel.html"

    class Media:
        css = {"all": ["agencies_board/admin.css"]}

    def __init__(self, count: Callable[[], Figures], order: int) -> None:
        self.count, self.order = count, order
        self.name = f"rw_panel_{order}"

    def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
        return {"figures": self.count()}


def panels_for(request: HttpRequest, panels: list[Any]) -> None:
    """Put in what this officer may see, above what Wagtail shows to who works on pages, and to nobody else."""
    if not user_has_any_page_permission(request.user):
        panels.clear()
    mine = panels_of(request.user.has_perm)
    panels.extend(FiguresPanel(count, order) for order, count in enumerate(mine, start=1))
