"""Error pages: static text that needs no database, no session and says nothing about the request."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string


def _page(status: int, template: str = "") -> HttpResponse:
    response = HttpResponse(render_to_string(f"errors/{template or status}.html"), status=status)
    response["Cache-Control"] = "no-store"
    return response


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    # Django answers an oversized post as a bad request; to the person who sent it that is another thing.
    return _page(413 if type(exception).__name__ == "RequestDataTooBig" else 400)


def too_large(request: HttpRequest) -> HttpResponse:
    return _page(413)


def method_not_allowed(request: HttpRequest, allowed: str) -> HttpResponse:
    response = _page(405)
    response["Allow"] = allowed
    return response


def permission_denied(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return _page(403)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return _page(404)


def server_error(request: HttpRequest) -> HttpResponse:
    return _page(500)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token has aged out, or the post did not come from our own page."""
    return _page(403, "403_csrf")
