"""Addresses of the public zone. No route here leads to a complaint; the pages link to intake's own origin."""

from django.urls import include, path
from django.views.generic import RedirectView
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.admin.auth import require_admin_access
from wagtail.documents import urls as wagtaildocs_urls

from agencies.board.views.account import OwnAccount
from cms.entrance import views as entrance

from .handlers import *

urlpatterns = [
    # Before Wagtail's own doors, which ask for a password alone.
    path("admin/login/", entrance.SignIn.as_view()),
    path("admin/login/second-step/", entrance.second_step, name="admin_second_step"),
    path("admin/login/set-up/", entrance.set_up, name="admin_set_up"),
    path("_util/login/", RedirectView.as_view(pattern_name="wagtailadmin_login", query_string=True)),
    path("admin/account/recovery-codes/", require_admin_access(entrance.own_codes), name="admin_recovery_codes"),
    path("admin/account/", require_admin_access(OwnAccount.as_view())),  # before Wagtail's own
    path("admin/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    path("", include("cms.urls")),
    path("", include(wagtail_urls)),
]
