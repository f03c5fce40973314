"""What answers a form is shown at an address that the browser asks for: then it keeps no form's body.

A page that comes as the answer to a post stands in a browser's session file together with all that was posted, and
"Back" offers to send it once more, also to whoever takes the phone. So such a page (a mistake to mend, most of all) is
put by for a moment, sealed under a key that only a cookie holds, and the browser is sent to fetch it. The page goes
with the next step; a reload, or an answer that was lost on the way, finds it still there.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from complaints.vault import drafts
from complaints.vault.contents import pack, unpack
from complaints.vault.errors import VaultError
from complaints.vault.primitives import new_key
from recruitment_watch import clock

from .models import Draft
from .store import clear_cookie, key_in, sweep, to_the_hour

COOKIE = settings.ANSWER_COOKIE_NAME
LIFETIME = timedelta(minutes=10)
NAME = "answer"
HARMLESS = frozenset({"csrfmiddlewaretoken", "skip", "sure", "version"})
UNREAD = frozenset({400, 413})


class ShownOnAsking:
    """Around all that can answer a post; inside of what compresses pages and of what gives them their headers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = key_in(request.COOKIES.get(COOKIE, ""))
        if key and request.method in ("GET", "HEAD") and (shown := _read(key, request.get_full_path())):
            if shown.status_code in UNREAD:  # no form to go on with: whoever comes again means the page itself
                clear_cookie(shown, COOKIE)
                _forget(key)
            return shown
        response = self.get_response(request)
        if request.method == "POST" and not 300 <= response.status_code < 400 and _says_something(request, response):
            response = _put_by(request, response)
        elif key:
            clear_cookie(response, COOKIE)
        if key:
            _forget(key)
        return response


def _says_something(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether there is more in the post than a tick or a button. A country is more: it may be why somebody came.

    What was refused unread may hold anything.
    """
    if response.status_code in UNREAD:
        return True
    said = (value for name, values in request.POST.lists() if name not in HARMLESS for value in values)
    return any(said) or bool(request.FILES)


def _put_by(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Keep the answer and lead to it. Where that cannot be done it is shown at once: nobody is left without one."""
    key, until = new_key(), clock.now() + LIFETIME
    content = {
        "path": request.get_full_path(),
        "status": response.status_code,
        "html": response.content.decode(),
        "until": until.isoformat(),
    }
    try:
        sweep()
        box = drafts.lock_file(key, zlib.compress(pack(content)), name=NAME)
        Draft(pk=drafts.draft_id(key), box=box, expires=to_the_hour(until)).save(force_insert=True)
    except (DatabaseError, VaultError):
        return response
    leading = HttpResponse(status=303, headers={"Location": request.get_full_path(), "Content-Length": "0"})
    leading.cookies.update(response.cookies)
    leading.set_cookie(
        COOKIE, base64.urlsafe_b64encode(key).decode(), secure=True, httponly=True, samesite="Strict", path="/"
    )
    return leading


def _read(key: bytes, path: str) -> HttpResponse | None:
    """The page that was put by for this address, while it is fresh."""
    try:
        box = Draft.objects.values_list("box", flat=True).get(pk=drafts.draft_id(key))
        content = unpack(zlib.decompress(drafts.unlock_file(key, bytes(box), name=NAME)))
    except (Draft.DoesNotExist, DatabaseError, VaultError, zlib.error):
        return None
    if content["path"] != path or datetime.fromisoformat(str(content["until"])) < clock.now():
        return None
    return HttpResponse(str(content["html"]), status=int(str(content["status"])))


def _forget(key: bytes) -> None:
    try:
        Draft.objects.filter(pk=drafts.draft_id(key)).delete()
    except DatabaseError:
        return  # the next sweep finds it
