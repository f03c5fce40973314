"""The way to every page of the desk: sign in, be somebody who may see this case, have the vault open; in that order.

An outsider gets the same 404 for a case that is not theirs as for one that does not exist, and learns it
before the vault is asked for. What somebody typed into a form of a vault that closed meanwhile is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import Exists
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from complaints.cases.models import Case, Inspector
from complaints.firewall import access
from complaints.firewall.access import OpenCase, Unreadable, VaultClosed
from complaints.firewall.keys import OpenVault

from . import before, looks
from .forms import FILE_GONE, OpenVaultForm
from .vault_session import VaultSession

VaultView = Callable[[HttpRequest, OpenVault], HttpResponse]
CaseView = Callable[..., HttpResponse]


def inspector_of(request: HttpRequest) -> Inspector:
    return cast(Inspector, request.user)


def with_vault(view: VaultView) -> Callable[[HttpRequest], HttpResponse]:
    """A page that needs the open vault: `view(request, vault)`."""

    @login_required
    @wraps(view)
    def inner(request: HttpRequest) -> HttpResponse:
        session = VaultSession(request)
        vault = session.vault()
        return session.keep(ask_for_vault(request) if vault is None else view(request, vault))

    return inner


def with_case(view: CaseView) -> Callable[..., HttpResponse]:
    """A page of one case: `view(request, case, **rest)` with the case open and that logged.

    Who looks at it for the first time is asked before whether anything ties them to it.
    """

    @login_required
    @wraps(view)
    def inner(request: HttpRequest, case_id: UUID, **rest: Any) -> HttpResponse:
        me = inspector_of(request)
        seen = access.visible_cases(me).filter(pk=case_id).annotate(answered=Exists(before.answered(me)))
        answered = seen.values_list("answered", flat=True).first()
        if answered is None:
            raise Http404
        session = VaultSession(request)
        vault = session.vault()
        if not answered and vault is not None and request.method in ("GET", "HEAD"):
            asked = before.page(request, case_id, by=me, vault=vault)
            if asked is not None:
                return session.keep(asked)
        return session.keep(_with_open_case(request, case_id, vault, view, rest))

    return inner


def verb(view: CaseView) -> Callable[..., HttpResponse]:
    """The same for something that is done, not looked at: whoever comes by a link is led to the case."""

    @wraps(view)
    def posted_or_back(request: HttpRequest, case: OpenCase, **rest: Any) -> HttpResponse:
        if request.method != "POST":
            return redirect("desk:case", case.case.pk)
        return view(request, case, **rest)

    return with_case(posted_or_back)


def reopen(request: HttpRequest, case: OpenCase) -> OpenCase:
    """The case as it is now, after somebody else has changed it. Raises Http404."""
    try:
        return access.open_case(case.case.pk, by=case.member, vault=VaultSession(request).vault())
    except (Case.DoesNotExist, VaultClosed, Unreadable):
        raise Http404 from None


def _with_open_case(
    request: HttpRequest, case_id: UUID, vault: OpenVault | None, view: CaseView, rest: dict[str, Any]
) -> HttpResponse:
    if vault is None:
        return ask_for_vault(request)
    try:
        case = access.open_case(case_id, by=inspector_of(request), vault=vault)
        response = view(request, case, **rest)
        looks.looked(case, vault)
        return response
    except Case.DoesNotExist:
        raise Http404 from None
    except VaultClosed:
        return ask_for_vault(request)
    except Unreadable:
        return render(request, "desk/unreadable.html", status=410)


def ask_for_vault(request: HttpRequest) -> HttpResponse:
    """The page that opens the vault, and leads back; what was typed here is kept."""
    if request.method == "POST":
        kept = [(name, value) for name, values in request.POST.lists() for value in values if name != TOKEN]
        if request.FILES:  # a file goes into no page: it is asked for again
            kept.append((FILE_GONE, "on"))
        return render(request, "desk/vault.html", {"form": OpenVaultForm(), "next": request.path, "kept": kept})
    return redirect(f"{reverse('desk:vault')}?{urlencode({'next': request.get_full_path()})}")


TOKEN = "csrfmiddlewaretoken"
