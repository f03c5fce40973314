"""Whether cases are being handed out: for whoever watches the machines, and for who is signed in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from complaints.cases.models.people import Role
from complaints.escalation import pulse
from complaints.escalation.models import StuckCase
from complaints.escalation.pulse import Part
from complaints.files.space import is_short
from complaints.firewall.access import current_memberships

from . import room
from .gate import inspector_of


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """A page that is 200 while beat and worker are alive, and 503 when one stands still.

    It says nothing of cases to who is not signed in; to a head, which cases the machine could not move. That the room
    for files gets short stops no case: it is said, and the page stays 200.
    """
    silent = pulse.silent()
    context = {
        "silent": [_silent(part, since) for part, since in silent.items()],
        "short": is_short(),
        "stuck": _stuck(request),
        "columns": [_("Case"), _("What is wrong"), _("Tries"), _("Last tried")],
    }
    return render(request, "desk/health.html", context, status=503 if silent else 200)


def _silent(part: Part, since: datetime | None) -> str:
    names = {
        Part.BEAT: _("The clock that wakes the worker stands still."),
        Part.WORKER: _("The worker that hands out cases stands still."),
    }
    if since is None:
        return f"{names[part]} {_('It has never run.')}"
    when = {"when": date_format(since, "DATETIME_FORMAT")}
    return f"{names[part]} {_('It was last seen on %(when)s.') % when}"


def _stuck(request: HttpRequest) -> list[dict[str, Any]] | None:
    """Rows of a table; None for who is no head."""
    if not request.user.is_authenticated:
        return None
    if not current_memberships(inspector_of(request)).filter(role=Role.HEAD).exists():
        return None
    return [
        {
            "cells": [
                {"text": one.case.reference},
                {"label": _("What is wrong"), "text": one.fault},
                {"label": _("Tries"), "text": str(one.tries)},
                {"label": _("Last tried"), "text": room.week(one.week)},
            ]
        }
        for one in StuckCase.objects.select_related("case").order_by("-tries", "pk")[:100]
    ]
