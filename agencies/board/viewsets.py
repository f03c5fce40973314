"""The menu "Register" of the Wagtail admin and the addresses behind it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from wagtail.admin.menu import MenuItem
from wagtail.admin.viewsets.base import ViewSet, ViewSetGroup

from agencies.board.roles import Right
from agencies.board.views import (
    applications,
    around,
    decisions,
    directory,
    disclosures,
    due,
    help_proposals,
    outcomes,
    referrals,
    register,
    sanctions,
)


class RightfulViewSet(ViewSet):  # type: ignore[misc]  # Wagtail has no types
    """A viewset whose menu item only those see who may open it."""

    right: ClassVar[Right]

    def get_menu_item(self, order: int | None = None) -> MenuItem:
        item = super().get_menu_item(order)
        right = self.right
        item.is_shown = lambda request: _may(request, right)
        return item


def _may(request: HttpRequest, right: Right) -> bool:
    return bool(request.user.has_perm(right))


class RegisterViewSet(RightfulViewSet):
    name = "rw_register"
    url_prefix = "register/agencies"
    menu_label = _("Agencies and licences")
    icon = "folder-open-inverse"
    right = Right.SEE_REGISTER

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", register.AgencyList.as_view(), name="index"),
            path("enter/", register.EnterAgency.as_view(), name="enter"),
            path("<uuid:key>/", register.AgencyPage.as_view(), name="agency"),
            path("<uuid:key>/grant/", register.Grant.as_view(), name="grant"),
            path("<uuid:key>/<uuid:licence_key>/propose/", register.Propose.as_view(), name="propose"),
            path("<uuid:key>/<uuid:licence_key>/history/", register.History.as_view(), name="history"),
            path("<uuid:key>/<uuid:licence_key>/outcome/", outcomes.Outcome.as_view(), name="outcome"),
            path("<uuid:key>/<uuid:licence_key>/correct/", outcomes.Correct.as_view(), name="correct"),
        ]


class DecisionViewSet(RightfulViewSet):
    name = "rw_decisions"
    url_prefix = "register/decisions"
    menu_label = _("Decisions for a second officer")
    icon = "tasks"
    right = Right.SEE_REGISTER

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", decisions.DecisionList.as_view(), name="index"),
            path("<uuid:key>/", decisions.DecisionPage.as_view(), name="decision"),
            path("<uuid:key>/amend/", sanctions.Amend.as_view(), name="amend"),
        ]


class SanctionViewSet(RightfulViewSet):
    name = "rw_sanctions"
    url_prefix = "register/sanctions"
    menu_label = _("Sanctions before the board")
    icon = "group"
    right = Right.SEE_SANCTIONS

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", sanctions.SanctionList.as_view(), name="index"),
            path("<uuid:key>/", sanctions.SanctionPage.as_view(), name="one"),
        ]


class ApplicationViewSet(RightfulViewSet):
    name = "rw_applications"
    url_prefix = "register/applications"
    menu_label = _("Applications")
    icon = "form"
    right = Right.SEE_APPLICATIONS

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", applications.ApplicationList.as_view(), name="index"),
            path("<uuid:key>/", applications.ApplicationPage.as_view(), name="one"),
            path("document/<uuid:key>/", applications.Document.as_view(), name="document"),
        ]


class AroundViewSet(RightfulViewSet):
    name = "rw_around"
    url_prefix = "register/around"
    menu_label = _("Measures and warnings")
    icon = "warning"
    right = Right.SEE_REGISTER

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", around.MeasureList.as_view(), name="index"),
            path("agency/<uuid:key>/", around.AroundAgency.as_view(), name="agency"),
            path("measure/<uuid:key>/", around.MeasurePage.as_view(), name="measure"),
            path("<slug:what>/<uuid:key>/", around.Do.as_view(), name="do"),
        ]


class DueViewSet(ViewSet):  # type: ignore[misc]  # Wagtail has no types
    """The lists behind the first page's panels: no line in the menu, the panels lead there."""

    name = "rw_due"
    url_prefix = "register/due"

    def on_register(self) -> None:
        """No line in the menu."""

    def get_urlpatterns(self) -> list[URLPattern]:
        return [path("<slug:what>/", due.DueList.as_view(), name="index")]


class ReferralViewSet(RightfulViewSet):
    name = "rw_referrals"
    url_prefix = "register/referrals"
    menu_label = _("Referrals")
    icon = "mail"
    right = Right.SEE_REFERRALS

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", referrals.ReferralList.as_view(), name="index"),
            path("<uuid:key>/", referrals.ReferralPage.as_view(), name="referral"),
        ]


class DisclosureViewSet(RightfulViewSet):
    name = "rw_disclosures"
    url_prefix = "register/disclosures"
    menu_label = _("Abuses found, by quarter")
    icon = "history"
    right = Right.SEE_REGISTER

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", disclosures.DisclosureList.as_view(), name="index"),
            path("<slug:quarter>/", disclosures.Preview.as_view(), name="preview"),
        ]


class StandardViewSet(RightfulViewSet):
    name = "rw_standards"
    url_prefix = "register/standards"
    menu_label = _("Standards")
    icon = "list-ul"
    right = Right.SEE_REGISTER

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", register.StandardList.as_view(), name="index"),
            path("name/", register.NameStandard.as_view(), name="name"),
        ]


class DirectoryViewSet(RightfulViewSet):
    name = "rw_directory"
    url_prefix = "register/directory"
    menu_label = _("Directory of help")
    icon = "help"
    right = Right.SEE_DIRECTORY

    def get_urlpatterns(self) -> list[URLPattern]:
        return [
            path("", directory.HelpList.as_view(), name="index"),
            path("waiting/<uuid:key>/", help_proposals.ProposalPage.as_view(), name="proposal"),
            path("enter/", directory.EnterHelp.as_view(), name="enter"),
            path("<uuid:key>/", directory.HelpPage.as_view(), name="entry"),
            path("<uuid:key>/change/", directory.ChangeHelp.as_view(), name="change"),
            path("<uuid:key>/withdraw/", directory.WithdrawHelp.as_view(), name="withdraw"),
        ]


class RegisterGroup(ViewSetGroup):  # type: ignore[misc]  # Wagtail has no types
    menu_label = _("Register")
    menu_icon = "folder-open-inverse"
    menu_order = 50
    items: Any = (
        RegisterViewSet,
        ApplicationViewSet,
        DecisionViewSet,
        SanctionViewSet,
        AroundViewSet,
        ReferralViewSet,
        DisclosureViewSet,
        StandardViewSet,
        DirectoryViewSet,
    )
