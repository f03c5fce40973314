"""Handing a case back, after a page that says what that means."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from complaints.cases.epochs import CannotSeal
from complaints.cases.moves import Overtaken
from complaints.firewall import departures
from complaints.firewall.access import OpenCase

from . import actions
from .forms import Why
from .gate import with_case


@with_case
def hand_back(request: HttpRequest, case: OpenCase) -> HttpResponse:
    may = departures.may_decide(case, case.member)
    form = Why(request.POST if request.method == "POST" else None)
    status = 200 if may else 403
    if may and form.is_valid():
        try:
            actions.decline(case, by=case.member, text=form.cleaned_data["text"])
        except (Overtaken, CannotSeal):
            form.add_error(None, _("Something has changed meanwhile: look at the case again. Nothing was done."))
            status = 409
        else:
            messages.success(request, _("Your office has the case no longer. It goes to the next one."))
            return redirect("desk:queue")
    elif may and form.errors:
        status = 422
    return render(request, "desk/hand_back.html", {"case": case.case, "may": may, "form": form}, status=status)
