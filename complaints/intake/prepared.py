"""Question pages as they look to everybody who has not answered them yet: put together once, then handed out.

Such a page says nothing of the person: what differs is the form's token and the number of what may be added, and those
two are written in at each hand-out. Whoever has answered already, made a mistake or added something gets a page of
their own. Nothing that anybody typed can come into this store, because it takes only pages of an empty form.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Hashable

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils.translation import get_language

from recruitment_watch import clock

from .pages import Page
from .progress import Progress

_EMPTY = Progress()
# The whole page leads to other questions by what was found or added; its own words are never the same.
_OWN = frozenset({"part", "who", "care", "list", "own", "then", "look"})
ID, TOKEN = "0123456789abcdef", "token-of-the-form"  # stand for what is written in
_PAGES: dict[Hashable, str] = {}
MOST = 2_000  # some kilobytes each; questions × languages × ways back are far fewer


def is_same_for_all(here: Page, progress: Progress) -> bool:
    """Whether this person's page shows nothing but the question."""
    if here.name in _OWN or here.name in progress.answered or not here.needed(progress):
        return False
    if any(one.of == here.name for one in progress.answers.files) or (here.name == "paid" and progress.answers.fees):
        return False
    shown, empty = here.shows(progress), here.shows(_EMPTY)
    return {**shown, "id": ""} == {**empty, "id": ""}


def hand_out(
    request: HttpRequest, here: Page, back: str, make: Callable[[dict[str, str]], HttpResponse]
) -> HttpResponse:
    """The page from the store. `make` makes it where it is not there, with what it is given in its context."""
    key = (here.name, back, get_language(), clock.today())
    page = _PAGES.get(key)
    if page is None:
        if len(_PAGES) >= MOST:
            _PAGES.clear()
        page = _PAGES[key] = make({"csrf_token": TOKEN}).content.decode()
    return HttpResponse(page.replace(TOKEN, get_token(request)).replace(ID, secrets.token_hex(8)))
