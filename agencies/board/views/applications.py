"""Applications in the admin: the list by stage and age, and one application as officers and the board see it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views import View
from wagtail.admin.ui.tables import Column, DateColumn, Table, TitleColumn

from agencies.board.measures import measures_on
from agencies.board.models import ASKED, OPEN, AppDocument, Application
from agencies.board.phoenix import been_before
from agencies.board.roles import Right
from recruitment_watch import clock

from .base import Checked, Crumb, Shown
from .voting import Voted

ABOVE: tuple[Crumb, ...] = ((_("Applications"), "rw_applications:index"),)
ROWS = 200


def _asked() -> list[Any]:
    """The fields that the agency fills in, in their order."""
    by_name = {field.name: field for field in Application._meta.concrete_fields}
    return [by_name[name] for name in ASKED]


class ApplicationList(Shown):
    """Open ones first, oldest first; then those that were closed last."""

    right = Right.SEE_APPLICATIONS
    template_name = "agencies_board/applications.html"
    page_title = _("Applications")
    header_icon = "form"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        every = Application.objects.all()
        waiting = list(every.filter(stage__in=sorted(OPEN)).order_by("submitted_at", "pk")[:ROWS])
        closed = list(every.exclude(stage__in=sorted(OPEN)).order_by("-submitted_at", "pk")[:20])
        return super().get_context_data(
            waiting=self._table(waiting, gettext("Open")) if waiting else None,
            closed=self._table(closed, gettext("Closed lately")) if closed else None,
            **kwargs,
        )

    def _table(self, rows: list[Application], caption: str) -> Table:
        today = clock.today()
        columns = [
            TitleColumn("name", label=_("Agency"), get_url=lambda r: reverse("rw_applications:one", args=[r.key])),
            Column("reference", label=_("Reference")),
            Column("kind", label=_("For"), accessor="get_kind_display"),
            Column("stage", label=_("Stage"), accessor="get_stage_display"),
            DateColumn("submitted_at", label=_("Received")),
            Column("age", label=_("Days"), accessor=lambda r: (today - r.submitted_at.date()).days),
        ]
        return Table(columns, rows, caption=caption)


class ApplicationPage(Voted, Shown):
    """One application. POST ``do`` = vote | conflict, by whoever has a seat on the board."""

    right = Right.SEE_APPLICATIONS
    template_name = "agencies_board/application.html"
    header_icon = "form"
    above = ABOVE

    @cached_property
    def application(self) -> Application:
        return get_object_or_404(Application.objects.select_related("agency", "licence"), key=self.kwargs["key"])

    def get_page_title(self) -> str:
        return str(self.application)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        application = self.application
        return super().get_context_data(
            application=application,
            before=been_before(application) if application.stage in OPEN else [],
            facts=[(field.verbose_name, self._said(field.name)) for field in _asked()],
            documents=AppDocument.objects.filter(application=application).defer("data").order_by("added_at", "pk"),
            objections=application.objections.order_by("received_at", "pk"),
            answers=application.answers.all(),
            steps=application.steps.all(),
            **self.board(application),
            links=self._links() if self.may(Right.KEEP_AROUND) and application.stage in OPEN else [],
            **kwargs,
        )

    def _said(self, name: str) -> Any:
        display = getattr(self.application, f"get_{name}_display", None)
        return display() if display else getattr(self.application, name)

    def _links(self) -> list[dict[str, Any]]:
        key = self.application.key
        return [
            {"url": reverse("rw_around:do", args=[m.slug, key]), "title": m.title} for m in measures_on(Application)
        ]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.on_the_board(request, self.application)
        return redirect("rw_applications:one", key=self.application.key)


class Document(Checked, View):
    """A paper of an application, to be kept: never shown within our own pages."""

    right = Right.SEE_APPLICATIONS

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        row = get_object_or_404(AppDocument, pk=self.kwargs["key"])
        response = HttpResponse(bytes(row.data), content_type=row.media_type)
        ending = row.media_type.rpartition("/")[2]
        response["Content-Disposition"] = f'attachment; filename="{row.sha256[:12]}.{ending}"'
        return response
