"""Each quarter's disclosure of abuses found: the quarters, and a preview from which an officer publishes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, Table, TitleColumn

from agencies.board.disclosures import Figures, digest, disclose, disclosed, figures, quarters_over
from agencies.board.measure_forms import PUBLISHED
from agencies.board.models import AbuseDisclosure
from agencies.board.roles import Right
from agencies.board.signing import officer_name
from agencies.board.told import told
from agencies.models import Register
from agencies.refusals import DecisionRefused

from .base import Asked, Crumb, Shown, home_register_or_404, officer

ABOVE: tuple[Crumb, ...] = ((_("Abuses found, by quarter"), "rw_disclosures:index"),)


class DisclosureForm(forms.Form):
    """What the regulator adds in its own words. ``seen`` carries the digest of the figures on the page."""

    note = forms.CharField(
        label=_("In your own words"), required=False, widget=forms.Textarea(attrs={"rows": 4}), help_text=PUBLISHED
    )
    reasons = forms.CharField(
        label=_("Why it is changed"), required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Only where the quarter is published already. Published too."),
    )  # fmt: skip
    seen = forms.CharField(widget=forms.HiddenInput)


class DisclosureList(Shown):
    """The quarters that are over, each with what stands published of it."""

    right = Right.SEE_REGISTER
    template_name = "agencies_board/disclosures.html"
    page_title = _("Abuses found, by quarter")
    header_icon = "history"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        home = Register.objects.filter(is_home=True).first()
        last: dict[str, AbuseDisclosure] = {}
        for row in AbuseDisclosure.objects.filter(register=home).defer("figures").order_by("version"):
            last[row.quarter] = row
        rows = [{"quarter": quarter, "row": last.get(quarter)} for quarter in quarters_over()]
        columns = [
            TitleColumn(
                "quarter", label=_("Quarter"),
                get_url=lambda one: reverse("rw_disclosures:preview", args=[one["quarter"]]),
            ),
            Column("published", label=_("Published"), accessor=lambda one: _published(one["row"])),
        ]  # fmt: skip
        return super().get_context_data(table=Table(columns, rows, caption=gettext("Quarters")), **kwargs)


def _published(row: AbuseDisclosure | None) -> str:
    if row is None:
        return gettext("Not yet")
    return gettext("Version %(version)s, by %(name)s") % {"version": row.version, "name": row.published_by}


class Preview(Asked):
    """A quarter as its public page would read. POST publishes exactly that."""

    right = Right.SEE_REGISTER
    template_name = "agencies_board/disclosure.html"
    form_class = DisclosureForm
    header_icon = "history"
    submit_label = _("Publish this quarter")
    done = _("Published.")
    above = ABOVE

    @cached_property
    def register(self) -> Register:
        return home_register_or_404()

    @cached_property
    def figures(self) -> Figures:
        try:
            return figures(self.register, self.kwargs["quarter"])
        except DecisionRefused:
            raise Http404 from None

    def get_page_title(self) -> str:
        return gettext("Abuses found in %(quarter)s") % {"quarter": self.kwargs["quarter"]}

    def get_initial(self) -> dict[str, Any]:
        standing = disclosed(self.register, self.kwargs["quarter"])
        return {"seen": digest(self.figures), "note": standing.note if standing else ""}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            told=told(self.figures),
            standing=disclosed(self.register, self.kwargs["quarter"]),
            may_publish=self.may(Right.DISCLOSE_ABUSES),
            **kwargs,
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.may(Right.DISCLOSE_ABUSES):
            raise PermissionDenied
        return super().post(request, *args, **kwargs)

    def run(self, given: dict[str, Any]) -> None:
        disclose(self.register, self.kwargs["quarter"], by=officer_name(officer(self.request)), **given)

    def get_success_url(self) -> str:
        return reverse("rw_disclosures:index")
