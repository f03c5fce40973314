"""Sign-in to the admin: password, then a code; the first time, setting the second factor up; and one's own codes."""

from __future__ import annotations

from typing import Any

import qrcode
from django import forms
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from wagtail.admin.views.account import LoginView

from cms.entrance import box, gate, halfway, second_factor
from cms.entrance.halfway import Halfway
from recruitment_watch.tries import Throttle

ISSUER = "Recruitment Watch"
# A password can be guessed at most once a minute, a code at most once in a quarter of an hour.
PASSWORDS = Throttle(longest=60.0)
CODES = Throttle(longest=900.0)


class CodeForm(forms.Form):
    """Six digits, or a recovery code."""

    code = forms.CharField(
        label=gettext_lazy("Code"), max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
    )  # fmt: skip


@method_decorator([sensitive_post_parameters(), sensitive_variables()], name="dispatch")
class SignIn(LoginView):  # type: ignore[misc]  # Wagtail has no types
    """The first step. A right password opens nothing yet: it leads to the second step."""

    template_name = "cms/entrance/sign_in.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        name = request.POST.get("username", "")
        wait = PASSWORDS.begin(name)
        if wait:
            form = self.get_form()
            form.is_bound = False  # nothing is judged: neither the name nor the password
            context = self.get_context_data(form=form, wait=in_a_while(wait))
            return refused(self.render_to_response(context), wait)
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response

    def form_valid(self, form: Any) -> HttpResponse:
        user = form.get_user()
        PASSWORDS.passed(self.request.POST.get("username", ""))
        return Halfway(user).keep(onwards(self.request, "admin_second_step"))


@sensitive_post_parameters()
@sensitive_variables()
def second_step(request: HttpRequest) -> HttpResponse:
    """The code of the officer's app, or one of their recovery codes."""
    half = Halfway.of(request)
    if half is None:
        return onwards(request, "wagtailadmin_login")
    if not second_factor.has_one(half.user):
        return onwards(request, "admin_set_up")
    form, wait = CodeForm(request.POST or None), 0
    if form.is_valid():
        wait = CODES.begin(str(half.user.pk))
        if not wait and second_factor.check(half.user, form.cleaned_data["code"]):
            CODES.passed(str(half.user.pk))
            gate.sign_in(request, half.user)
            return halfway.forget(redirect(next_page(request)))
        wrong = _("This code is not right, or was used before. Wait for the next one and type it.")
        form.add_error("code", in_a_while(wait) if wait else wrong)
    page = render(request, "cms/entrance/second_step.html", {"form": form, "next": next_page(request)})
    return refused(page, wait) if wait else page


@sensitive_post_parameters()
@sensitive_variables()
def set_up(request: HttpRequest) -> HttpResponse:
    """The first sign-in, or the first after a reset: nothing else opens before a second factor is set up."""
    half = Halfway.of(request)
    if half is None:
        return onwards(request, "wagtailadmin_login")
    if second_factor.has_one(half.user):
        return onwards(request, "admin_second_step")
    half.secret = half.secret or box.new_secret()
    form = CodeForm(request.POST or None)
    if form.is_valid():
        codes = None
        if second_factor.is_code(half.user, half.secret, form.cleaned_data["code"]):
            codes = second_factor.set_up(half.user, secret=half.secret)
        if codes:
            gate.sign_in(request, half.user)
            return halfway.forget(shown_once(request, codes))
        form.add_error("code", _("This code is not right. Look at the app again and type the code it shows now."))
    address = box.address(half.secret, issuer=ISSUER, account=half.user.get_username())
    groups = [half.secret[at : at + 4] for at in range(0, len(half.secret), 4)]
    context = {"form": form, "square": square(address), "groups": groups, "next": next_page(request)}
    return half.keep(render(request, "cms/entrance/set_up.html", context))


@sensitive_post_parameters()
@sensitive_variables()
def own_codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes for who is signed in. It takes a code, so that an open screen gives nobody a way in."""
    user = request.user
    assert isinstance(user, User)  # require_admin_access stands before it
    form, wait = CodeForm(request.POST or None), 0
    if form.is_valid():
        wait = CODES.begin(str(user.pk))
        if not wait and second_factor.check(user, form.cleaned_data["code"]):
            CODES.passed(str(user.pk))
            return shown_once(request, second_factor.renew_codes(user))
        wrong = _("This code is not right, or was used before. Wait for the next one and type it.")
        form.add_error("code", in_a_while(wait) if wait else wrong)
    factors = second_factor.of(user)
    page = render(request, "cms/entrance/own_codes.html", {"form": form, "left": len(factors.codes) if factors else 0})
    return refused(page, wait) if wait else page


def shown_once(request: HttpRequest, codes: list[str]) -> HttpResponse:
    return render(request, "cms/entrance/recovery_codes.html", {"codes": codes, "next": next_page(request)})


def next_page(request: HttpRequest) -> str:
    """Where to go afterwards: a page of our own, else the admin's first."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None, require_https=True)
    return wanted if ours and wanted.startswith("/") else reverse("wagtailadmin_home")


def onwards(request: HttpRequest, name: str) -> HttpResponse:
    wanted = next_page(request)
    query = "" if wanted == reverse("wagtailadmin_home") else "?" + urlencode({"next": wanted})
    return redirect(reverse(name) + query)


def refused(response: HttpResponse, wait: int) -> HttpResponse:
    response.status_code = 429
    response["Retry-After"] = str(wait)
    return response


def in_a_while(seconds: int) -> str:
    if seconds <= 90:
        words = ngettext(
            "There were too many tries with this user name. Wait %(seconds)d second, then try again.",
            "There were too many tries with this user name. Wait %(seconds)d seconds, then try again.",
            seconds,
        )
        return words % {"seconds": seconds}
    minutes = -(-seconds // 60)
    return _("There were too many tries with this user name. Wait %(minutes)d minutes, then try again.") % {
        "minutes": minutes
    }


def square(text: str) -> dict[str, object]:
    """A QR code for an inline SVG: ``size`` in modules, ``path`` of its dark ones. No script and no style in it."""
    code = qrcode.QRCode(border=4)
    code.add_data(text)
    rows = code.get_matrix()
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return {"size": len(rows), "path": path}
