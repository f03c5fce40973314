"""Addresses of the public zone. No route here leads to a complaint; the pages link to intake's own origin."""

from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.admin.auth import require_admin_access
from wagtail.documents import urls as wagtaildocs_urls

from agencies.board.views.account import OwnAccount

from .handlers import *

urlpatterns = [
    path("admin/account/", require_admin_access(OwnAccount.as_view())),  # before Wagtail's own
    path("admin/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    path("", include("cms.urls")),
    path("", include(wagtail_urls)),
]
