"""A member's own second factor, once signed in: what is set up, new recovery codes, another app or passkey."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from . import entrance, second_factor, throttle
from .forms import Code
from .gate import inspector_of
from .halfway import Halfway


@sensitive_post_parameters()
@sensitive_variables()
@login_required
def overview(request: HttpRequest) -> HttpResponse:
    """Every change takes a code, so that a desk left open for a minute gives nobody a key of their own to it."""
    member = inspector_of(request)
    factors = second_factor.of(member)
    if factors is None:
        return redirect("desk:sign-in")
    form = Code(request.POST if request.method == "POST" else None)
    wait = 0
    if form.is_valid():
        wait = throttle.CODES.begin(member.pk.hex)
        if not wait and second_factor.check(member, factors, form.cleaned_data["code"]):
            throttle.CODES.passed(member.pk.hex)
            if "another" in request.POST:
                return Halfway.begin(member, renew=True).keep(redirect("desk:set-up"))
            shown = {"codes": second_factor.renew_codes(member), "next": reverse("desk:second-factor")}
            return render(request, "desk/recovery_codes.html", shown)
        wrong = _("This code is not right, or was used before. Wait for the next one and type it.")
        form.add_error("code", entrance.in_a_while(wait) if wait else wrong)
    context = {
        "form": form,
        "app": bool(factors.secret),
        "passkeys": len(factors.passkeys),
        "codes": len(factors.codes),
    }
    return render(request, "desk/second_factor.html", context, status=429 if wait else 422 if form.errors else 200)
