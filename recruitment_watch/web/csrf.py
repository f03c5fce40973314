"""Cross-site protection for pages that send no referrer.

Under `Referrer-Policy: no-referrer` (FIREWALL rule 15) browsers send `Origin: null`, or nothing, with
our own forms, and Django would refuse them. What those headers protect against is closed another way:
the token's cookie is `__Host-` (no other host can plant one) and SameSite=Strict (no other site's post
carries it); where the browser says who asked (Sec-Fetch-Site), that must be ourselves.
"""

from __future__ import annotations

import secrets

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware import csrf
from django.middleware.csrf import CSRF_ALLOWED_CHARS, CSRF_SECRET_LENGTH, CsrfViewMiddleware, RejectRequest

OURSELVES = frozenset({"same-origin", "none"})


class TokenCsrf(CsrfViewMiddleware):
    def _origin_verified(self, request: HttpRequest) -> bool:
        return request.META["HTTP_ORIGIN"] == "null" or bool(super()._origin_verified(request))  # type: ignore[misc]  # private, not in the stubs

    def _check_referer(self, request: HttpRequest) -> None:
        """No referrer is ever sent; the token and Sec-Fetch-Site stand in for it."""

    def _check_token(self, request: HttpRequest) -> None:
        if request.META.get("HTTP_SEC_FETCH_SITE", "same-origin") not in OURSELVES:
            raise RejectRequest("another site's form")
        super()._check_token(request)  # type: ignore[misc]  # private, not in the stubs

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """The cookie goes to whoever does not have it. Django sends it with each form, to put off its end."""
        if request.META.get("CSRF_COOKIE") == request.COOKIES.get(settings.CSRF_COOKIE_NAME):
            return response
        return super().process_response(request, response)


def one_draw() -> str:
    """A new secret or mask, as Django makes it: 32 letters and digits, each as likely as every other.

    Django asks the system for each of them, and at each lets other threads in and waits for its turn again; that is
    most of what threads disturb each other with. Here the system is asked once.
    """
    number = secrets.randbelow(len(CSRF_ALLOWED_CHARS) ** CSRF_SECRET_LENGTH)
    letters = []
    for _ in range(CSRF_SECRET_LENGTH):
        number, place = divmod(number, len(CSRF_ALLOWED_CHARS))
        letters.append(CSRF_ALLOWED_CHARS[place])
    return "".join(letters)


csrf._get_new_csrf_string = one_draw  # looked up where it is used; there is no setting
