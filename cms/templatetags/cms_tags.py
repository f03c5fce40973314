"""What every public page shows of the site's tree."""

from __future__ import annotations

from typing import Any

from django import template
from wagtail.models import Page

register = template.Library()


@register.simple_tag(takes_context=True)
def menu(context: dict[str, Any]) -> list[dict[str, Any]]:
    """The site's menu: published children of the home page that are marked for it, in their order."""
    request = context.get("request")
    here = request.path if request else ""
    pages = Page.objects.live().in_menu().filter(depth=3).order_by("path")
    return [{"label": page.title, "url": page.url, "here": page.url == here} for page in pages]
