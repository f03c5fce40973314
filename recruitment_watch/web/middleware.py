"""What stands around every view: headers that leave no trace, and refusals with a page of their own."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

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
            del response["Vary"]  # speaks to caches, and there is none
        response["Referrer-Policy"] = "no-referrer"
        response["X-Frame-Options"] = "DENY"  # also on what is answered further out than Django's own middleware
        response["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), interest-cohort=()"
        response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return response


def _is_static(request: HttpRequest, response: HttpResponse) -> bool:
    found = response.status_code in (200, 206, 304) and "Cache-Control" in response
    return found and request.path.startswith(settings.STATIC_URL)


class Compressed(GZipMiddleware):
    """Pages go compressed, but for those that show what is secret to this one person (settings.UNCOMPRESSED).

    Why a length tells nothing of what is secret in the others: docs/decisions/0017. Django adds a random name of up
    to 100 bytes. Static files are compressed once, when they are collected; pictures and downloads never here.
    """

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        html = response.get("Content-Type", "").startswith("text/html")
        if not html or response.streaming or re.match(settings.UNCOMPRESSED, request.path):
            return response
        return super().process_response(request, response)


# What the library's decorators and its nonce leave on an answer or a request.
ANOTHER = frozenset(
    {"_csp_nonce", *(f"_csp_{how}{only}" for how in ("exempt", "update", "replace", "config") for only in ("", "_ro"))}
)


class Policy(CSPMiddleware):
    """The zone's content security policy; put into words once, where a view has asked for no other.

    The library does that twice a response, which costs as much as some pages.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if HEADER in response or not (ANOTHER.isdisjoint(vars(response)) and ANOTHER.isdisjoint(vars(request))):
            return super().process_response(request, response)
        response[HEADER] = _usual_policy()
        return response


@cache
def _usual_policy() -> str:
    return build_policy()


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
