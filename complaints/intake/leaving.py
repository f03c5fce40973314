"""Pages without an answer: what happens to what is written, and the ways out."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_safe

from recruitment_watch import cldr
from recruitment_watch.web.csrf import OURSELVES

from . import prepared
from .progress import DRAWER
from .shell import page
from .store import MAILBOX, clear_cookie


@require_safe
def end(request: HttpRequest) -> HttpResponse:
    """After the receipt was read back: nothing is left in the browser, and how to come back."""
    response = prepared.with_gaps(request, "end", lambda: page(request, "intake/end.html"), {})
    DRAWER.forget(request, response)
    forget_all(response)
    return response


@require_safe
def off(request: HttpRequest) -> HttpResponse:
    """Leave quickly: draft, mailbox and cookies go, and a page takes their place that is about nothing.

    A plain link, because it must work at once and everywhere. It leads to a page of our own: another
    site's would tell that site the minute and the address, and would have to be reached first.
    """
    response = redirect("intake:sizes")
    if request.headers.get("Sec-Fetch-Site", "none") not in OURSELVES:
        return response  # another site's link or picture may not throw a form away
    DRAWER.forget(request, response)
    MAILBOX.forget(request, response)
    clear_cookie(response, settings.CSRF_COOKIE_NAME)
    forget_all(response)
    return response


def forget_all(response: HttpResponse) -> None:
    """Ask the browser to forget also what it may keep of this site (W3C Clear Site Data)."""
    response["Clear-Site-Data"] = '"cache", "cookies", "storage"'


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """Who can read it, who cannot, and what can still go wrong: docs/for-complainants.md says the same."""
    return page(request, "intake/about.html")


@require_GET
def sizes(request: HttpRequest) -> HttpResponse:
    """Where leaving leads: centimetres and inches."""
    language = get_language() or "en"
    rows = [(cldr.count(size, language), cldr.decimal(size / 2.54, language)) for size in range(10, 210, 10)]
    return render(request, "intake/sizes.html", {"rows": rows})
