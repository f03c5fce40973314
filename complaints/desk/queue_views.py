"""The queue's page: what was asked for, rows in words, and the ways to ask for something else."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from agencies import search
from agencies.models import Agency
from complaints.cases.states import Severity, State
from complaints.firewall.access import agency_of
from complaints.firewall.keys import OpenVault

from . import guest_views, queue, room, rows
from .assign_views import value_of
from .entrance import with_script
from .gate import inspector_of, with_vault
from .queue import LANGUAGES, Page, Row, Wanted
from .slices import Hands, Order, Place, Show

COPY = "register_copy"
HITS_MAX = 8


@with_script
@with_vault
def show(request: HttpRequest, vault: OpenVault) -> HttpResponse:
    wanted, about = Wanted.parse(request.GET.dict()), request.GET.get("about", "").strip()
    hits = search.search(about, using=COPY, limit=HITS_MAX) if about else []
    if len(hits) == 1:
        return redirect(reverse("desk:queue") + wanted.but(agency=hits[0].agency_id).address())
    after, before = Place.parse(request.GET.get("after", "")), Place.parse(request.GET.get("before", ""))
    registers = room.register_names({one.register for one in hits}) if hits else {}
    me = inspector_of(request)
    page = queue.page(me, vault=vault, wanted=wanted, after=after, before=before)
    context = {
        "wanted": wanted,
        "parts": _parts(wanted),
        "about": about,
        "agencies": [
            {"text": f"{one.name} ({registers[one.register]})", "url": wanted.but(agency=one.agency_id).address()}
            for one in hits
        ],
        "agency": _agency(wanted.agency, page),
        "any_agency": wanted.but(agency=None).address(),
        "choices": _choices(wanted, page),
        "rows": _rows(page, wanted),
        "offices": page.offices,
        "stopped": page.stopped,
        "invited": guest_views.invited_to(me) if wanted == Wanted() and after is before is None else [],
        "here": wanted.address(after=after, before=before),
        "previous_url": wanted.address(before=page.before) if page.before else "",
        "next_url": wanted.address(after=page.after) if page.after else "",
    }
    return render(request, "desk/queue.html", context)


def _parts(wanted: Wanted) -> list[dict[str, object]]:
    return [{"text": one.label, "url": wanted.but(show=one).address(), "current": one is wanted.show} for one in Show]


def _choices(wanted: Wanted, page: Page) -> list[dict[str, Any]]:
    """The lists to choose from: name in the address, words, options as HTML."""
    any_ = _("any")
    severities = [(str(int(one)), f"{one.name}: {one.label}") for one in Severity]
    found: list[tuple[str, str, Iterable[tuple[str, str | Promise]], str]] = [
        ("hands", _("In whose hands"), Hands.choices, wanted.hands.value),
        ("severity", _("How urgent"), [("", any_), *severities], str(int(wanted.severity or 0))),
        ("language", _("Language"), [("", any_), *_languages(get_language())], wanted.language),
        ("order", _("What comes first"), Order.choices, wanted.order.value),
    ]
    if len(page.offices) > 1:
        offices = [(str(one.pk), one.name) for one in page.offices]
        found.append(("office", _("Office"), [("", any_), *offices], str(wanted.office or "")))
    return [
        {"name": name, "label": label, "options": _options(tuple((code, str(words)) for code, words in options), value)}
        for name, label, options, value in found
    ]


@cache
def _languages(_reader: str | None) -> list[tuple[str, str]]:
    """Codes and names of what people write in, in the order of the reader's language."""
    return sorted(((code, room.language({"language": code})) for code in LANGUAGES), key=lambda one: one[1])


@lru_cache(maxsize=128)
def _options(options: tuple[tuple[str, str], ...], value: str) -> SafeString:
    """Put together once: the same lists stand on every page."""
    return format_html_join(
        "", '<option value="{}"{}>{}</option>',
        ((code, SafeString(" selected") if code == value else "", words) for code, words in options),
    )  # fmt: skip


def _agency(agency: UUID | None, page: Page) -> str:
    """What the agency is called that is asked for: as a cover on the page says it, else as the register does."""
    if agency is None:
        return ""
    if page.rows and page.rows[0].cover is not None:
        return room.agency_name(page.rows[0].cover)
    found = Agency.objects.filter(pk=agency).values_list("name", flat=True).first()
    return found or _("an agency that no register of ours has")


def _rows(page: Page, wanted: Wanted) -> SafeString:
    """The rows as HTML: the template has slots, and what goes into them is escaped here."""
    language, several = get_language(), len(page.offices) > 1
    about = wanted.but(agency=rows.NOBODY).address()
    return format_html_join(
        "",
        "{}",
        ((format_html(_frame(language, several, _waits(one)), **_row(one, wanted, about)),) for one in page.rows),
    )


def _waits(row: Row) -> bool:
    """Whether nobody has acknowledged the case so far."""
    return row.holding.state == State.RELEASED


@cache
def _frame(_reader: str | None, several: bool, waits: bool) -> str:
    return render_to_string("desk/_row.html", {"several": several, "waits": waits})


def _row(row: Row, wanted: Wanted, about: str) -> dict[str, object]:
    """What goes into the slots. `about` is the address of the queue about one agency, which NOBODY stands for."""
    holding, case, cover = row.holding, row.holding.case, row.cover
    agency = agency_of(cover) if cover is not None else None
    name, left = rows.agency(cover), room.hours_left(holding)
    if agency and agency != wanted.agency:
        name = format_html('<a href="{}">{}</a>', about.replace(str(rows.NOBODY), str(agency)), name)
    return {
        "pick": value_of(holding),
        "reference": case.reference,
        "office": holding.office.name,
        "url": rows.address("case", case.pk),
        "news": format_html(' <span class="tag is-news">{}</span>', row.news.label) if row.news else "",
        "urgent": rows.tag(**room.severity(holding)),
        "left": rows.tag(**left) if left["kind"] else left["text"],
        "stage": rows.stage(holding),
        "agency": name,
        "about": rows.about(cover),
        "language": rows.language(cover),
        "hands": rows.hands(holding),
        "acknowledge": rows.address("acknowledge", case.pk),
        "recuse": rows.address("recuse", case.pk),
    }
