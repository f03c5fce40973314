"""The public pages of each quarter's abuses found: as published, and as it stood."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import conditional_page, require_safe

from agencies.board.models import AbuseDisclosure
from agencies.board.told import told
from cms.models import FRESH_SECONDS


@require_safe
@conditional_page
def public_list(request: HttpRequest) -> HttpResponse:
    """The quarters that are published, newest first."""
    rows = AbuseDisclosure.objects.filter(register__is_home=True, version=1).order_by("-quarter")
    return _shown(request, "cms/disclosures.html", {"quarters": rows.values_list("quarter", flat=True)}, "disclosures")


@require_safe
@conditional_page
def public_page(request: HttpRequest, quarter: str) -> HttpResponse:
    """One quarter in its last version, and why it was changed."""
    rows = list(AbuseDisclosure.objects.filter(register__is_home=True, quarter=quarter).order_by("-version"))
    if not rows:
        raise Http404
    context = {"row": rows[0], "told": told(rows[0].figures), "earlier": [one for one in rows if one.version > 1]}
    return _shown(request, "cms/disclosure.html", context, "disclosure", quarter)


def _shown(request: HttpRequest, template: str, context: dict[str, Any], name: str, *args: str) -> HttpResponse:
    canonical = settings.ORIGIN + reverse(f"cms:{name}", args=args)
    response = render(request, template, context | {"canonical": canonical})
    patch_cache_control(response, public=True, max_age=FRESH_SECONDS)
    return response
