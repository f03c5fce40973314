"""Referrals from inspectorates: agency, standards, kind of evidence, quarter. There is nothing else to show."""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, Table, TitleColumn

from agencies.actions import close_referral, take_referral
from agencies.board.roles import Right
from agencies.board.signing import officer_name
from agencies.models import Agency, Referral, Standard

from .base import Shown, officer, tell

#: All that a page may say of a referral (FIREWALL.md rules 11 and 14); the last three are the regulator's own.
SHOWN: Final = ("agency_name", "standards", "evidence_class", "quarter", "state", "taken_by", "taken_in")
ROWS: Final = 200


class ReferralList(Shown):
    """Newest quarter first, then by name: never by order of arrival, which would say more than the quarter."""

    right = Right.SEE_REFERRALS
    template_name = "agencies_board/referrals.html"
    page_title = _("Referrals from inspectorates")
    header_icon = "mail"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        rows = list(Referral.objects.order_by("-quarter", "agency_name", "pk")[:ROWS])
        columns = [
            TitleColumn(
                "agency_name",
                label=_("Agency"),
                get_url=lambda row: reverse("rw_referrals:referral", args=[row.pk]),
            ),
            Column("standards", label=_("Standards broken"), accessor=lambda row: ", ".join(row.standards)),
            Column("evidence_class", label=_("Kind of evidence"), accessor="get_evidence_class_display"),
            Column("quarter", label=_("Quarter")),
            Column("state", label=_("State"), accessor="get_state_display"),
        ]
        table = Table(columns, rows, caption=gettext("Referrals")) if rows else None
        return super().get_context_data(table=table, **kwargs)


class ReferralPage(Shown):
    """One referral. POST ``do`` = take | close."""

    right = Right.SEE_REFERRALS
    template_name = "agencies_board/referral.html"
    header_icon = "mail"
    above = ((_("Referrals from inspectorates"), "rw_referrals:index"),)

    @cached_property
    def referral(self) -> Referral:
        return get_object_or_404(Referral, pk=self.kwargs["key"])

    @cached_property
    def agency(self) -> Agency | None:
        return Agency.objects.filter(pk=self.referral.agency_id).first()

    @property
    def agency_name(self) -> str:
        return self.referral.agency_name or (
            self.agency.name if self.agency else gettext("An agency not in the register")
        )

    def get_page_title(self) -> str:
        return gettext("Referral about %(agency)s") % {"agency": self.agency_name}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        referral = self.referral
        titles = dict(Standard.objects.filter(code__in=referral.standards).values_list("code", "title"))
        return super().get_context_data(
            referral=referral,
            agency=self.agency,
            agency_name=self.agency_name,
            standards=[{"code": code, "title": titles.get(code, "")} for code in referral.standards],
            licences=self._licences(),
            may_take=self.may(Right.TAKE_REFERRALS) and referral.state == Referral.State.RECEIVED,
            may_close=self.may(Right.TAKE_REFERRALS) and referral.state == Referral.State.TAKEN,
            **kwargs,
        )

    def _licences(self) -> list[dict[str, Any]]:
        """The licences on which an officer may look further. An inquiry keeps no word of the referral."""
        taken = self.referral.state == Referral.State.TAKEN
        if not taken or self.agency is None or not self.agency.register.is_home or not self.may(Right.KEEP_AROUND):
            return []
        return [
            {"number": one.number, "url": reverse("rw_around:do", args=["inquiry", one.pk])}
            for one in self.agency.licences.order_by("-valid_from")
        ]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not self.may(Right.TAKE_REFERRALS):
            raise PermissionDenied
        referral, by = self.referral, officer(request)
        if request.POST.get("do") == "take":
            tell(
                request, lambda: take_referral(referral, by=officer_name(by)), gettext("You work on this referral now.")
            )
        elif request.POST.get("do") == "close":
            tell(request, lambda: close_referral(referral, by=officer_name(by)), gettext("The referral is closed."))
        return redirect("rw_referrals:referral", key=referral.pk)
