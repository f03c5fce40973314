"""What stands around every view: headers that leave no trace, and refusals with a page of their own."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from . import errors


class NoTrace:
    """Nothing is kept by a cache, a history or another site (FIREWALL rule 15).

    Static files alone may be kept: they are the same for everybody, and a slow network needs them kept.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not _is_static(request, response):
            response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "no-referrer"
        response["X-Frame-Options"] = "DENY"  # also on what is answered further out than Django's own middleware
        response["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), interest-cohort=()"
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return response


def _is_static(request: HttpRequest, response: HttpResponse) -> bool:
    found = response.status_code in (200, 206, 304) and "Cache-Control" in response
    return found and request.path.startswith(settings.STATIC_URL)


class Refusals:
    """A post that is too large is refused before a byte of it is read; a wrong method gets words, not a blank page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if _announced(request) > settings.LARGEST_POST:
            return errors.too_large(request)
        response = self.get_response(request)
        if response.status_code == 405 and not response.content:
            return errors.method_not_allowed(request, response["Allow"])
        return response


def _announced(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0
