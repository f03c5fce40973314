"""Signing out, and the vault."""

from __future__ import annotations

from django.contrib import auth, messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from complaints.firewall import access
from complaints.vault.errors import WrongPassphrase

from . import derivations, indexing_views
from .derivations import Busy
from .entrance import next_page
from .forms import OpenVaultForm
from .gate import inspector_of
from .vault_session import NoVault, VaultSession

KEPT = "kept-"  # before the names of what was typed into a form whose vault had closed


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    session = VaultSession(request)
    session.close()
    auth.logout(request)
    return session.keep(redirect("desk:sign-in"))


@sensitive_post_parameters()
@sensitive_variables()
@login_required
def vault(request: HttpRequest) -> HttpResponse:
    """Open the vault, then go back to where it was asked for; with what was typed there, if anything was."""
    session = VaultSession(request)
    form = OpenVaultForm(request.POST if request.method == "POST" else None)
    kept = [
        (name.removeprefix(KEPT), value)
        for name, values in request.POST.lists()
        for value in values
        if name.startswith(KEPT)
    ]
    context = {"form": form, "next": next_page(request), "kept": kept}
    busy = False
    if form.is_valid():
        try:
            opened = session.open(form.cleaned_data["passphrase"])
        except Busy:
            busy = True
            form.add_error(None, derivations.in_a_moment())
        except WrongPassphrase:
            form.add_error("passphrase", _("These are not your six words. Check each word and try again."))
        except NoVault:
            form.add_error(None, _("There is no key for you to open. Your office's head can tell you more."))
        else:
            if kept:
                return session.keep(render(request, "desk/kept.html", context))
            return session.keep(redirect(indexing_views.begin(session.member, opened, next_page(request))))
    context["offices"] = access.offices_of(inspector_of(request)).order_by("name")
    page = render(request, "desk/vault.html", context, status=422 if form.errors else 200)
    return derivations.refused(page) if busy else page


@require_POST
@login_required
def close_vault(request: HttpRequest) -> HttpResponse:
    session = VaultSession(request)
    session.close()
    messages.success(request, _("Your vault is closed. Nobody can read a case with this browser now."))
    return session.keep(redirect("desk:vault"))
