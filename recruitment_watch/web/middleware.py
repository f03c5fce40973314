"""Headers that every response of intake and desk carries, errors included."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class NoTrace:
    """Nothing is kept by a cache, a history or another site (FIREWALL rule 15)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "no-referrer"
        response["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), interest-cohort=()"
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return response
