"""Error pages: static text that needs no database, no session and says nothing about the request."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.translation import get_language_from_request, override

TOKEN = "csrfmiddlewaretoken"
# Forms with one of these are short and typed again: a secret is put into no page.
SECRETS = frozenset({"password", "passphrase", "code", "passkey", "number"})


def _page(request: HttpRequest, status: int, template: str = "", context: dict[str, Any] | None = None) -> HttpResponse:
    language = _language(request)
    home = f"/{language}/" if settings.ZONE == "intake" else "/"  # there the language is remembered by address only
    with override(language):
        html = render_to_string(f"errors/{template or status}.html", {"home": home, **(context or {})})
    response = HttpResponse(html, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _language(request: HttpRequest) -> str:
    """The page's, also where it is refused before anything has looked at that: a thread may have somebody else's."""
    return getattr(request, "LANGUAGE_CODE", "") or get_language_from_request(request, check_path=True)


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    # Django answers an oversized post as a bad request; to the person who sent it that is another thing.
    return _page(request, 413 if type(exception).__name__ == "RequestDataTooBig" else 400)


def too_large(request: HttpRequest) -> HttpResponse:
    return _page(request, 413)


def method_not_allowed(request: HttpRequest, allowed: str) -> HttpResponse:
    response = _page(request, 405)
    response["Allow"] = allowed
    return response


def permission_denied(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return _page(request, 403)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return _page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    return _page(request, 500)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token has aged out, or the post did not come from our own page.

    What somebody typed at intake or at the desk is kept in the page, to send once more: only where the browser
    says that the post came from ourselves, so that no other site's words can be put into anybody's mouth.
    """
    kept = _kept(request)
    again = {"kept": kept, "here": request.get_full_path(), "csrf_token": get_token(request)} if kept else {}
    return _page(request, 403, "403_csrf", again)


def _kept(request: HttpRequest) -> list[tuple[str, str]]:
    ours = settings.ZONE in ("intake", "desk") and request.META.get("HTTP_SEC_FETCH_SITE") == "same-origin"
    if not ours or request.FILES or not SECRETS.isdisjoint(request.POST):
        return []
    return [(name, value) for name, values in request.POST.lists() for value in values if name != TOKEN]
