"""What every template knows about its zone."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def zone(request: HttpRequest) -> dict[str, object]:
    return {"zone": settings.ZONE, "origins": settings.ORIGINS, "demonstration": settings.DEMONSTRATION}
