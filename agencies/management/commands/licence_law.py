"""`manage.py licence_law`: writes docs/licence-law.md from the tables that the code obeys."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from agencies.licensing.drawn import drawn


class Command(BaseCommand):
    help = "Write docs/licence-law.md from the tables that the code obeys."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.BASE_DIR / "docs" / "licence-law.md"
        path.write_text(drawn())
        self.stdout.write(str(path))
