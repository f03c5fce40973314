"""The worker serves no page."""

from typing import Any

urlpatterns: list[Any] = []
