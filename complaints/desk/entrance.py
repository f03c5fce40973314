"""The way in: password, then the second factor. Nobody is signed in, and no session exists, before both."""

from __future__ import annotations

import qrcode
from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from complaints.cases.models import Inspector
from complaints.vault import second_factor as pure
from complaints.vault.second_factor import Factors

from . import derivations, halfway, passkeys, second_factor, throttle
from .derivations import Busy
from .forms import Code, SignIn
from .halfway import Halfway

BACKEND = "django.contrib.auth.backends.ModelBackend"
ISSUER = "Recruitment Watch"
with_script = csp_update({"script-src": [SELF]})


@sensitive_post_parameters()
@sensitive_variables()
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect(next_page(request))
    form = SignIn(request.POST if request.method == "POST" else None)
    wait = 0
    if form.is_valid():
        username = form.cleaned_data["username"]
        browser = halfway.known_browser(request, username)
        try:
            wait, member = _judged(request, form, browser)
        except Busy:
            form.add_error(None, derivations.in_a_moment())
            return derivations.refused(_page(request, "desk/sign_in.html", form, 0))
        if member is not None:
            throttle.PASSWORDS.passed(username, browser)
            return Halfway.begin(member).keep(_redirect(request, "second-step"))
        # One sentence for every cause: who has an account here is nobody's business.
        wrong = _("This user name and password do not belong together. Check both and try again.")
        form.add_error(None, in_a_while(wait) if wait else wrong)
    return _page(request, "desk/sign_in.html", form, wait)


@sensitive_post_parameters()
@sensitive_variables()
@with_script
def second_step(request: HttpRequest) -> HttpResponse:
    """The code of the member's app, one of their recovery codes, or their passkey."""
    half = Halfway.of(request)
    if half is None:
        return _redirect(request, "sign-in")
    factors = second_factor.of(half.member)
    if factors is None:
        return _redirect(request, "set-up")
    form = Code(request.POST if request.method == "POST" else None)
    wait = 0
    if form.is_valid():
        browser = halfway.known_browser(request, half.member.username)
        wait = throttle.CODES.begin(half.member.pk.hex, browser)
        if not wait and is_right(half, factors, form):
            throttle.CODES.passed(half.member.pk.hex, browser)
            return _signed_in(request, half.member, redirect(next_page(request)))
        wrong = _("This code is not right, or was used before. Wait for the next one and type it.")
        form.add_error(None, in_a_while(wait) if wait else wrong)
    options = ""
    if factors.passkeys and passkeys.offered():
        options, half.state = passkeys.ask_to_use(factors)
    return half.keep(_page(request, "desk/second_step.html", form, wait, {"passkey": options, "app": factors.secret}))


@sensitive_post_parameters()
@sensitive_variables()
@with_script
def set_up(request: HttpRequest) -> HttpResponse:
    """The first sign-in, or the first after a reset: nothing else opens before a second factor is set up.

    Also a member's way to another one, after they gave a code (second_factor_views).
    """
    half = Halfway.of(request)
    if half is None:
        return _redirect(request, "sign-in")
    if second_factor.has_one(half.member) and not half.renew:
        return _redirect(request, "second-step")
    half.secret = half.secret or pure.new_secret()
    form = Code(request.POST if request.method == "POST" else None)
    if form.is_valid():
        codes = _set_up_with(half, form)
        if codes == []:
            messages.success(request, _("Your new second step is set up."))
            return halfway.forget(redirect("desk:second-factor"))
        if codes:
            shown = render(request, "desk/recovery_codes.html", {"codes": codes, "next": next_page(request)})
            return _signed_in(request, half.member, shown)
        form.add_error(None, _("This code is not right. Look at the app again and type the code it shows now."))
    options = ""
    if passkeys.offered():
        options, half.state = passkeys.ask_to_make(half.member)
    address = pure.address(half.secret, issuer=ISSUER, account=half.member.username)
    groups = [half.secret[at : at + 4] for at in range(0, len(half.secret), 4)]
    context: dict[str, object] = {"square": square(address), "address": address, "groups": groups, "passkey": options}
    return half.keep(_page(request, "desk/set_up.html", form, 0, context))


def next_page(request: HttpRequest) -> str:
    """Where to go afterwards: a page of our own, else the queue."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None, require_https=True)
    return wanted if ours and wanted.startswith("/") else reverse("desk:queue")


def square(text: str) -> dict[str, object]:
    """A QR code for an inline SVG: `size` in modules, `path` of its dark ones. No script and no style in it."""
    code = qrcode.QRCode(border=4)
    code.add_data(text)
    rows = code.get_matrix()
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return {"size": len(rows), "path": path}


def _judged(request: HttpRequest, form: SignIn, browser: bytes) -> tuple[int, Inspector | None]:
    """Seconds to wait before a try is judged, or whose name and password these are. Raises Busy, and counts no try."""
    with derivations.PASSWORDS.one(known=bool(browser)):
        wait = throttle.PASSWORDS.begin(form.cleaned_data["username"], browser)
        user = None if wait else auth.authenticate(request, **form.cleaned_data)
    return wait, user if isinstance(user, Inspector) else None


def is_right(half: Halfway, factors: Factors, form: Code) -> bool:
    if answer := form.cleaned_data["passkey"]:
        return bool(half.state) and passkeys.used(half.state, factors, answer)
    return second_factor.check(half.member, factors, form.cleaned_data["code"])


def _set_up_with(half: Halfway, form: Code) -> list[str] | None:
    """Recovery codes for a first factor, an empty list for another one, None where the code was wrong."""
    secret, passkey = "", b""
    if answer := form.cleaned_data["passkey"]:
        passkey = (passkeys.made(half.state, answer) if half.state else None) or b""
    elif second_factor.is_code(half.member, half.secret, form.cleaned_data["code"]):
        secret = half.secret
    if not (secret or passkey):
        return None
    if half.renew:
        second_factor.add(half.member, secret=secret, passkey=passkey)
        return []
    return second_factor.set_up(half.member, secret=secret, passkey=passkey)


def _signed_in(request: HttpRequest, member: Inspector, response: HttpResponse) -> HttpResponse:
    auth.login(request, member, backend=BACKEND)
    return halfway.know(halfway.forget(response), member.username)


def _page(
    request: HttpRequest, template: str, form: SignIn | Code, wait: int, more: dict[str, object] | None = None
) -> HttpResponse:
    status = 429 if wait else 422 if form.errors else 200
    context = {"form": form, "next": next_page(request), **(more or {})}
    response = render(request, template, context, status=status)
    if wait:
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


def _redirect(request: HttpRequest, name: str) -> HttpResponse:
    wanted = next_page(request)
    query = "" if wanted == reverse("desk:queue") else "?" + urlencode({"next": wanted})
    return redirect(reverse(f"desk:{name}") + query)
