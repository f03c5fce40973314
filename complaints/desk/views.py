"""Signing out, the vault, the queue."""

from __future__ import annotations

from django.contrib import auth, messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from complaints.cases.models import Holding
from complaints.cases.sealing import Sealed
from complaints.firewall import access
from complaints.firewall.keys import OpenVault
from complaints.vault.errors import WrongPassphrase

from . import derivations, guest_views, pattern_views, room
from . import queue as queues
from .derivations import Busy
from .entrance import next_page
from .forms import OpenVaultForm
from .gate import inspector_of, with_vault
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
            session.open(form.cleaned_data["passphrase"])
        except Busy:
            busy = True
            form.add_error(None, derivations.in_a_moment())
        except WrongPassphrase:
            form.add_error("passphrase", _("These are not your six words. Check each word and try again."))
        except NoVault:
            form.add_error(None, _("There is no key for you to open. Your office's head can tell you more."))
        else:
            pattern_views.at_opening(request, session)
            response = render(request, "desk/kept.html", context) if kept else redirect(next_page(request))
            return session.keep(response)
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


@with_vault
def queue(request: HttpRequest, vault: OpenVault) -> HttpResponse:
    chosen = request.GET.get("show", "")
    show = queues.Show(chosen) if chosen in queues.Show.values else queues.Show.OPEN
    page = queues.page(
        inspector_of(request),
        vault=vault,
        show=show,
        after=queues.Place.parse(request.GET.get("after", "")),
        before=queues.Place.parse(request.GET.get("before", "")),
    )
    context = {
        "show": show,
        "filters": [{"text": one.label, "url": f"?show={one.value}", "current": one is show} for one in queues.Show],
        "columns": [
            {"label": label}
            for label in (
                _("Case"),
                _("How urgent"),
                _("Clock"),
                _("Stage"),
                _("Agency"),
                _("About"),
                _("Language"),
                _("Recusal"),
            )
        ],
        "rows": [_row(holding, cover, several=len(page.offices) > 1) for holding, cover in page.rows],
        "offices": page.offices,
        "invited": guest_views.invited_to(inspector_of(request)),
        "previous_url": f"?show={show}&before={page.before}" if page.before else "",
        "next_url": f"?show={show}&after={page.after}" if page.after else "",
    }
    return render(request, "desk/queue.html", context)


def _row(holding: Holding, cover: Sealed | None, *, several: bool) -> dict[str, object]:
    case = holding.case
    left, urgent = room.hours_left(case), room.severity(case)
    words: dict[str, str] = {"agency": _("does not open"), "about": "", "language": ""}
    if cover is not None:
        words = {
            "agency": room.agency_name(cover),
            "about": ", ".join(room.categories(cover)),
            "language": room.language(cover),
        }
    reference = f"{case.reference} ({holding.office.name})" if several else case.reference
    return {
        "cells": [
            {"text": reference, "url": reverse("desk:case", args=[case.pk])},
            {"label": _("How urgent"), "text": urgent["text"], "tag": urgent["kind"]},
            {"label": _("Clock"), "text": left["text"], "tag": left["kind"]},
            {"label": _("Stage"), "text": case.get_state_display()},
            {"label": _("Agency"), "text": words["agency"]},
            {"label": _("About"), "text": words["about"]},
            {"label": _("Language"), "text": words["language"]},
            {"label": _("Recusal"), "text": _("Not for me"), "url": reverse("desk:recuse", args=[case.pk])},
        ]
    }
