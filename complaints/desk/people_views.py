"""Who is away, who covers, who works on how much, and handing cases on: pages of an office for those who work there."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from complaints.cases.models import Absence, Inspector, Office
from complaints.firewall import members

from . import people
from .gate import inspector_of
from .office_views import of_member, of_office
from .people import Load
from .people_forms import AwayForm, HandOnForm


@of_office
def workload(request: HttpRequest, office: Office) -> HttpResponse:
    """Who works on how much, for who leads; who is away, for everybody there."""
    return _page(request, office)


@of_office
def away(request: HttpRequest, office: Office) -> HttpResponse:
    """Write down an absence: one's own, or as a lead anybody's."""
    if request.method != "POST":
        return redirect("desk:workload", office.pk)
    form = _away_form(request, office)
    if form.is_valid():
        here = {str(one.inspector_id): one.inspector for one in members.colleagues(office)}
        given = form.cleaned_data
        try:
            people.go_away(
                here[given["who"]], office=office, cover=here[given["cover"]],
                since=given["since"], until=given["until"], by=inspector_of(request),
            )  # fmt: skip
        except people.NotThere:
            form.add_error("cover", _("This colleague is not there in all that time. Choose somebody else."))
        except people.AwayAlready:
            form.add_error("since", _("In that time this member is away already, or covers for somebody."))
        else:
            messages.success(request, _("Written down. On those days the cases are among those of who covers."))
            return redirect("desk:workload", office.pk)
    return _page(request, office, form)


@of_office
def back(request: HttpRequest, office: Office, absence_id: UUID) -> HttpResponse:
    """End an absence now."""
    if request.method != "POST":
        return redirect("desk:workload", office.pk)
    absence = get_object_or_404(people.to_come(office), pk=absence_id)
    try:
        people.come_back(absence, by=inspector_of(request))
    except people.NotAllowed:
        raise Http404 from None
    messages.success(request, _("The absence is over."))
    return redirect("desk:workload", office.pk)


@of_member
def hand_on(request: HttpRequest, office: Office, member: Inspector) -> HttpResponse:
    """Give what a colleague has in hand to another, before they leave or for any reason; leads and the head do it."""
    me = inspector_of(request)
    if not members.leads(me, office):
        raise Http404
    others = [one.inspector for one in members.colleagues(office) if one.inspector_id != member.pk]
    form = HandOnForm(request.POST if request.method == "POST" else None, people=others)
    if form.is_valid():
        to = next((one for one in others if str(one.pk) == form.cleaned_data["to"]), None)
        given, stayed = people.hand_on(member, office=office, to=to, by=me)
        said = ngettext("%(cases)d case was handed on.", "%(cases)d cases were handed on.", given)
        messages.success(request, said % {"cases": given})
        if stayed:
            words = ngettext(
                "%(cases)d case stayed: the colleague must not see it. Give it to somebody else.",
                "%(cases)d cases stayed: the colleague must not see them. Give them to somebody else.",
                stayed,
            )
            messages.warning(request, words % {"cases": stayed})
        return redirect("desk:workload", office.pk)
    context = {"office": office, "member": member, "form": form, "cases": people.cases_of(member, office).count()}
    return render(request, "desk/hand_on.html", context, status=422 if form.errors else 200)


def _away_form(request: HttpRequest, office: Office) -> AwayForm:
    me = inspector_of(request)
    here = [one.inspector for one in members.colleagues(office)]
    mine = [me, *(one for one in here if one.pk != me.pk)] if members.leads(me, office) else [me]
    return AwayForm(request.POST if request.method == "POST" else None, members=mine, people=here)


def _page(request: HttpRequest, office: Office, form: AwayForm | None = None) -> HttpResponse:
    me = inspector_of(request)
    leads = members.leads(me, office)
    form = form or _away_form(request, office)
    context = {
        "office": office,
        "leads": leads,
        "columns": [
            {"label": _("Who")}, {"label": _("Open"), "number": True}, {"label": _("In danger"), "number": True},
            {"label": _("Overdue"), "number": True}, {"label": _("Waiting for an answer"), "number": True},
            {"label": _("Away")}, {"label": _("Hand on")},
        ],
        "rows": [_row(one, office) for one in people.workload(office)] if leads else [],
        "absences": [_absence(one, ends=leads or one.inspector_id == me.pk) for one in people.to_come(office)],
        "form": form,
    }  # fmt: skip
    return render(request, "desk/workload.html", context, status=422 if form.errors else 200)


def _row(load: Load, office: Office) -> dict[str, Any]:
    who, away_text = load.inspector, ""
    if load.away is not None:
        until = date_format(load.away.until, "DATE_FORMAT")
        away_text = _("until %(day)s; %(name)s covers") % {"day": until, "name": load.away.cover.name}
    link: dict[str, Any] = {"label": _("Hand on"), "text": ""}
    if who is not None and load.open:
        link |= {"text": _("Hand on"), "url": reverse("desk:hand-on", args=[office.pk, who.pk])}
    return {
        "cells": [
            {"text": who.name if who else _("In nobody's hands")},
            {"label": _("Open"), "text": str(load.open), "number": True},
            {"label": _("In danger"), "text": str(load.danger), "number": True},
            {"label": _("Overdue"), "text": str(load.overdue), "number": True},
            {"label": _("Waiting for an answer"), "text": str(load.waiting), "number": True},
            {"label": _("Away"), "text": away_text},
            link,
        ]
    }


def _absence(one: Absence, *, ends: bool) -> dict[str, Any]:
    return {"id": one.pk, "who": one.inspector.name, "cover": one.cover.name, "since": one.since, "until": one.until,
            "ends": ends}  # fmt: skip
