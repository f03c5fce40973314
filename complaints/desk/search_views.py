"""The page of the search. All of it is a post to one address, so that what is looked for stands in none."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from complaints.firewall import access
from complaints.firewall.keys import OpenVault
from recruitment_watch.web.forms import QuestionForm

from . import carried
from . import search as searching
from .gate import inspector_of, with_vault
from .rows import Column, headings, row
from .search import Search

PURPOSE = "search"
COLUMNS = (Column.CASE, Column.URGENT, Column.CLOCK, Column.STAGE, Column.AGENCY, Column.HANDS)


class SearchForm(QuestionForm):
    query = forms.CharField(
        label=_l("What are you looking for?"),
        help_text=_l("A case's number, an agency's name or licence number, or words from a case in your hands."),
        max_length=searching.LONGEST,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _l("Write what you are looking for.")},
    )


@sensitive_post_parameters()
@sensitive_variables()
@with_vault
def search(request: HttpRequest, vault: OpenVault) -> HttpResponse:
    """Look for something: by number and agency at once, through the words of one's own cases as far as time goes."""
    me = inspector_of(request)
    kept = carried.unlock(request.POST.get("so_far", ""), vault=vault, purpose=PURPOSE)
    if kept is not None:
        under_way = Search.from_dict(kept)
        form = SearchForm(initial={"query": under_way.query})
    else:
        form = SearchForm(request.POST if request.method == "POST" else None)
        if not form.is_valid():
            return render(request, "desk/search.html", {"form": form}, status=422 if form.errors else 200)
        under_way = searching.begin(form.cleaned_data["query"], by=me)
    searching.go_on(under_way, by=me, vault=vault)
    query = under_way.query
    context = {
        "form": form,
        "search": under_way,
        "so_far": carried.lock(under_way.to_dict(), vault=vault, purpose=PURPOSE),
        "most": under_way.seen >= searching.MOST,
        "short": not under_way.words,
        "columns": headings(COLUMNS),
        "parts": [
            _part("references", _("By number"), searching.by_reference(query, by=me), request, vault),
            _part("agencies", _("By agency"), searching.by_agency(query, by=me, vault=vault), request, vault),
            _part("words", _("By words, in your open cases"), under_way.hits, request, vault),
        ],
    }  # fmt: skip
    return render(request, "desk/search.html", context)


def _part(slug: str, title: str, holdings: list[UUID], request: HttpRequest, vault: OpenVault) -> dict[str, Any]:
    found = access.covers(holdings, by=inspector_of(request), vault=vault) if holdings else []
    return {"slug": slug, "title": title, "rows": [row(holding, cover, COLUMNS) for holding, cover in found]}
