"""The page that shows how far the new cases are sorted, when that takes longer than two seconds after the vault opened.

It works for about two seconds, says how far it came, and asks for itself again: no script.
"""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from complaints.cases.models import Inspector
from complaints.firewall import indexing
from complaints.firewall.indexing import Reached
from complaints.firewall.keys import OpenVault

from . import looks
from .entrance import next_page
from .gate import inspector_of, with_vault

SECONDS = 2.0


def begin(member: Inspector, vault: OpenVault, after: str) -> str:
    """Sort new cases, now that the vault is open; where to go then: `after`, or the page that goes on with it."""
    looks.forget(member)
    reached = indexing.run(member, vault, seconds=SECONDS)
    return after if reached.over else _go_on(reached, reached.looked, after)


@with_vault
def indexed(request: HttpRequest, vault: OpenVault) -> HttpResponse:
    me, before = inspector_of(request), _number(request.GET.get("looked", ""))
    reached = indexing.run(me, vault, seconds=SECONDS, after=_key(request.GET.get("after", "")))
    if reached.over:
        return redirect(next_page(request))
    looked = before + reached.looked
    context = {
        "looked": looked,
        "of": looked + indexing.left(me, vault, after=reached.last),
        "go_on": _go_on(reached, looked, next_page(request)),
    }
    return render(request, "desk/indexing.html", context)


def _go_on(reached: Reached, looked: int, after: str) -> str:
    said = {"after": reached.last.hex if reached.last else "", "looked": str(looked), "next": after}
    return f"{reverse('desk:indexing')}?{urlencode(said)}"


def _key(text: str) -> UUID | None:
    try:
        return UUID(hex=text)
    except ValueError:
        return None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
