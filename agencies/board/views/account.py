"""The officer's own account page, without the name: under it decisions are published, so an administrator sets it."""

from __future__ import annotations

from typing import Any

from wagtail.admin.views.account import AccountView, NameEmailSettingsPanel


class OwnAccount(AccountView):  # type: ignore[misc]  # Wagtail has no types
    def get_panels(self) -> list[Any]:
        return [panel for panel in super().get_panels() if not isinstance(panel, NameEmailSettingsPanel)]
