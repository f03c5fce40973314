"""What every page of intake shares: the way out, and the pages for whom the form has nothing (any more)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language

from . import who_helps, words
from .answers import Answers
from .progress import DRAWER
from .store import clear_cookie


def page(
    request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Render one of intake's pages; each has a way to leave quickly."""
    shell = {"leave_url": url("off"), "site_url": url("start")}
    return render(request, template, shell | dict(context or {}), status=status)


def url(name: str) -> str:
    """A page's address in the reader's language."""
    return _address(name, get_language())


class _Lead(HttpResponseRedirect):
    """To an address of our own, which Django's would take apart first to see that it leads nowhere else."""

    def __init__(self, address: str) -> None:
        HttpResponse.__init__(self, status=self.status_code, headers={"Location": address})


def lead(name: str) -> HttpResponse:
    """To a page; `redirect` would look first whether its address is the name of one."""
    return _Lead(url(name))


@cache
def _address(name: str, _language: str | None) -> str:
    return reverse(f"intake:{name}")  # looks through all patterns each time, and every page has some


def nobody(request: HttpRequest, answers: Answers) -> HttpResponse:
    """No office that could get it is safe: said before anything is typed. The draft goes."""
    abroad = answers.recruited_in if answers.recruited_in != answers.country else ""
    context = {"help": who_helps.in_country(answers.country), "abroad": words.country(abroad) if abroad else ""}
    response = page(request, "intake/nobody.html", context)
    DRAWER.forget(request, response)
    return response


def gone(request: HttpRequest) -> HttpResponse:
    """The draft is not there (any more). What was typed with this very request is given back."""
    response = page(request, "intake/gone.html", {"kept": typed(request)}, status=410)
    clear_cookie(response, DRAWER.cookie)
    return response


def typed(request: HttpRequest) -> list[str]:
    """The texts of a post that cannot be taken, so that they are not lost."""
    fields = ("words", "name", "promised", "happened", "wish_words", "whom", "where", "when", "text")
    # On the page that takes a whole paper, a field's name stands after that of its question.
    said = [str(text).strip() for name, text in request.POST.items() if name.rpartition("-")[2] in fields]
    return [text for text in said if text]
