"""The head's page of numbers: what stands in clear at once, what is sealed on asking; with plot, table and file."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from complaints.cases.models import Office
from complaints.firewall import members
from complaints.firewall.keys import OpenVault

from . import carried
from .gate import ask_for_vault, inspector_of
from .numbers import clear, plots, sealed
from .numbers.sealed import Tally
from .numbers.small import K
from .numbers.tables import Table
from .office_views import of_office
from .vault_session import VaultSession

View = Callable[..., HttpResponse]


def of_head(view: View) -> View:
    """A page of the office's head: `view(request, office, **rest)`; 404 for everybody else."""

    @of_office
    @wraps(view)
    def inner(request: HttpRequest, office: Office, **rest: Any) -> HttpResponse:
        if not members.is_head(inspector_of(request), office):
            raise Http404
        return view(request, office, **rest)

    return inner


@of_head
def numbers(request: HttpRequest, office: Office) -> HttpResponse:
    return _page(request, office, clear.tables(office))


@of_head
def file(request: HttpRequest, office: Office, slug: str) -> HttpResponse:
    """One of the tables that need no vault, as CSV."""
    table = next((one for one in clear.tables(office) if one.slug == slug), None)
    if table is None:
        raise Http404
    return _csv(table)


@of_head
def count(request: HttpRequest, office: Office) -> HttpResponse:
    """Open and count what is sealed, some at a time; at the end the tables, or one of them as CSV."""
    if request.method != "POST":
        return redirect("desk:numbers", office.pk)
    session = VaultSession(request)
    vault = session.vault()
    if vault is None or not vault.holds(office.pk):
        return session.keep(ask_for_vault(request))
    me, purpose = inspector_of(request), f"numbers/{office.pk}"
    found = carried.unlock(request.POST.get("so_far", ""), vault=vault, purpose=purpose)
    tally = Tally.from_dict(found) if found is not None else sealed.begin(office, by=me)
    sealed.go_on(tally, office, by=me, vault=vault)
    wanted = request.POST.get("file", "")
    if tally.over and wanted:
        table = next((one for one in sealed.tables(tally) if one.slug == wanted), None)
        if table is None:
            raise Http404
        return session.keep(_csv(table))
    return session.keep(_page(request, office, [], tally=tally, so_far=_locked(tally, vault, purpose)))


def _locked(tally: Tally, vault: OpenVault, purpose: str) -> str:
    return carried.lock(tally.to_dict(), vault=vault, purpose=purpose)


def _page(
    request: HttpRequest, office: Office, tables: list[Table], *, tally: Tally | None = None, so_far: str = ""
) -> HttpResponse:
    done = tally is not None and tally.over
    shown = sealed.tables(tally) if tally is not None and done else tables
    context = {
        "office": office,
        "k": K,
        "tables": [
            {
                "slug": one.slug, "title": one.title, "note": one.note, "plot": plots.bars(one),
                "columns": one.columns(), "rows": one.cells(), "sealed": tally is not None,
            }
            for one in shown
        ],
        "tally": tally,
        "done": done,
        "so_far": so_far,
        "most": sealed.MOST if tally is not None and tally.seen >= sealed.MOST else 0,
        "weeks": sealed.WEEKS,
        "empty": _("Nothing here is large enough to be told."),
    }  # fmt: skip
    return render(request, "desk/numbers.html", context)


def _csv(table: Table) -> HttpResponse:
    """Without a file's name in a header: what it is about stands in no download list."""
    return HttpResponse(table.csv(), content_type="text/csv; charset=utf-8")
