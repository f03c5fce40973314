"""Handing a case back, after a page that says what that means."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from complaints.firewall import departures
from complaints.firewall.access import OpenCase

from .gate import with_case


@with_case
def hand_back(request: HttpRequest, case: OpenCase) -> HttpResponse:
    may = departures.may_decide(case, case.member)
    if request.method == "POST" and may:
        departures.leave(case, by=case.member)
        messages.success(request, _("Your office has the case no longer. It goes to the next one."))
        return redirect("desk:queue")
    return render(request, "desk/hand_back.html", {"case": case.case, "may": may}, status=200 if may else 403)
