"""The register's public pages: search, and one agency's licence status."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import conditional_page, require_safe

from agencies.around.operators import warnings_like, warnings_standing
from agencies.extract import extract, moment
from agencies.licensing import answers_for
from agencies.models import Agency, Licence, Register
from agencies.search import Hit, search
from cms import around, status
from cms.forms import DayForm, SearchForm
from cms.models import FRESH_SECONDS, RegisterPage

#: Results shown; a longer list is a sign that the name should be written out.
RESULTS = 20


@require_safe
@conditional_page
def register(request: HttpRequest) -> HttpResponse:
    """GET ``q``: agencies of that name or licence number; without it, the search alone."""
    form = SearchForm(request.GET if "q" in request.GET else None)
    query = form.cleaned_data["q"] if form.is_bound and form.is_valid() else ""
    hits = search(query, limit=RESULTS) if query else []
    context: dict[str, Any] = {
        "form": form,
        "query": query,
        "words": RegisterPage.objects.live().first(),
        "rows": _rows(hits),
        "columns": status.RESULT_COLUMNS,
        "warnings": around.warning_rows(warnings_like(query)) if query else [],
        "many": len(hits) == RESULTS,
        "registers": Register.objects.order_by("-is_home", "name"),
        "canonical": settings.ORIGIN + reverse("cms:register"),
    }
    response = render(request, "cms/register.html", context)
    # What somebody looked for is theirs: no cache on the way keeps it.
    patch_cache_control(response, private=True, max_age=FRESH_SECONDS)
    return response


@require_safe
@conditional_page
def warnings(request: HttpRequest) -> HttpResponse:
    """All warnings of those who recruit without a licence."""
    context: dict[str, Any] = {"warnings": around.warning_rows(warnings_standing())}
    context["canonical"] = settings.ORIGIN + reverse("cms:warnings")
    response = render(request, "cms/warnings.html", context)
    patch_cache_control(response, public=True, max_age=FRESH_SECONDS)
    return response


@require_safe
@conditional_page
def agency_status(request: HttpRequest, agency: uuid.UUID) -> HttpResponse:
    """The licence status of one agency. GET ``on`` (ISO 8601): also the answer for that day."""
    found = get_object_or_404(Agency.objects.select_related("register", "operator"), pk=agency)
    form = DayForm(request.GET if request.GET.get("on") else None)
    day = form.cleaned_data["on"] if form.is_bound and form.is_valid() else None
    context = status.page(found, day=day) | {"form": form}
    response = render(request, "cms/agency.html", context)
    patch_cache_control(response, max_age=FRESH_SECONDS, **{"private" if day else "public": True})
    return response


@require_safe
@conditional_page
def licence_history(request: HttpRequest, agency: uuid.UUID, licence: uuid.UUID) -> HttpResponse:
    """The public part of a licence's whole history, made to be printed."""
    every = Licence.objects.select_related("agency__register", "agency__operator")
    found = extract(get_object_or_404(every, pk=licence, agency=agency))
    context: dict[str, Any] = {"extract": found, "drawn_up": moment(found.drawn_up)}
    context["canonical"] = settings.ORIGIN + reverse("cms:licence", args=[agency, licence])
    response = render(request, "cms/licence.html", context)
    patch_cache_control(response, public=True, max_age=FRESH_SECONDS)
    return response


def _rows(hits: list[Hit]) -> list[dict[str, Any]]:
    agencies = Agency.objects.select_related("register", "operator").in_bulk([hit.agency_id for hit in hits])
    answers = answers_for(agencies.values())
    return [
        status.result_row(agencies[hit.agency_id], answers[hit.agency_id], hit)
        for hit in hits
        if hit.agency_id in agencies
    ]
