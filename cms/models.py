"""Wagtail pages of the public site. The register's own pages are views at fixed addresses: see ``cms.urls``."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page

from cms.entrance.models import SecondFactor

__all__ = ["GuidancePage", "HomePage", "PublicPage", "RegisterPage", "SecondFactor"]

#: What plain guidance needs, and nothing that fetches from elsewhere.
FEATURES = ["h2", "h3", "bold", "ol", "ul", "link"]
#: Seconds for which a page may be shown again without asking. A suspension is seen this late at most.
FRESH_SECONDS = 60


class PublicPage(Page):  # type: ignore[misc]  # Wagtail has no types
    """What our pages share: how long a cache may keep them."""

    PERSONAL_DATA: ClassVar[str] = "none"
    RETENTION: ClassVar[str] = "while the page stands"

    class Meta:
        abstract = True

    def get_full_url(self, request: HttpRequest | None = None) -> str | None:
        """The page's address on our origin. Wagtail's own says http for every port but 443: previews then break."""
        parts = self.get_url_parts(request)
        return settings.ORIGIN + parts[2] if parts and parts[2] else None

    full_url = property(get_full_url)

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        return context | {"canonical": self.get_full_url(request)}

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().serve(request, *args, **kwargs)
        # A page that asked who reads it (a restricted one) is that reader's alone.
        if not request.session.accessed:
            patch_cache_control(response, public=True, max_age=FRESH_SECONDS)
        return response


class HomePage(PublicPage):
    """The first page: what this is, and the search."""

    intro = RichTextField(_("introduction"), features=FEATURES, blank=True)

    content_panels = [*Page.content_panels, FieldPanel("intro")]
    max_count = 1
    parent_page_types = ["wagtailcore.Page"]
    template = "cms/home_page.html"


class RegisterPage(PublicPage):
    """The words around the search. Its address is fixed (it is printed on paper): the slug does not move it."""

    intro = RichTextField(_("introduction"), features=FEATURES, blank=True)
    not_listed = RichTextField(
        _("when an agency is not in the register"),
        features=FEATURES,
        blank=True,
        help_text=_("What that means, and what a person can do. Shown below our own words."),
    )

    content_panels = [*Page.content_panels, FieldPanel("intro"), FieldPanel("not_listed")]
    max_count = 1
    parent_page_types = ["cms.HomePage"]
    subpage_types: ClassVar[list[str]] = []
    template = "cms/register.html"

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect("cms:register")


class GuidancePage(PublicPage):
    """Guidance in plain words."""

    summary = models.CharField(_("summary"), max_length=300, blank=True)
    body = RichTextField(_("text"), features=FEATURES)

    content_panels = [*Page.content_panels, FieldPanel("summary"), FieldPanel("body")]
    parent_page_types = ["cms.HomePage", "cms.GuidancePage"]
    template = "cms/guidance_page.html"
