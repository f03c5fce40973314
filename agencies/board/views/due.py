"""The lists behind the panels: licences that run out, overdue conditions, short guarantees."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.core.paginator import Paginator
from django.http import Http404
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column, Table, TitleColumn

from agencies.around.guarantee import holdings_of
from agencies.board.panels.due import EXPIRING, OVERDUE, SHORT
from agencies.board.panels.tally import Due, Tally
from agencies.board.roles import Right
from agencies.licensing import statuses_on
from agencies.models import Agency, Condition, Licence
from agencies.models.kept import standing
from recruitment_watch import clock

from .base import Shown

#: Lines of a page.
ROWS: Final = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One line: the agency, what it is about, in words, and its day."""

    agency: Agency
    what: str
    words: str
    due: Due

    @property
    def name(self) -> str:
        return self.agency.name


def _licences(rows: list[Due]) -> list[Line]:
    found = Licence.objects.select_related("agency").in_bulk([one.key for one in rows])
    statuses = statuses_on(found.values(), clock.today())
    lines = []
    for one in rows:
        licence, state = found[one.key], statuses[one.key].state
        lines.append(Line(licence.agency, licence.number, str(state.label) if state else "", one))
    return lines


def _conditions(rows: list[Due]) -> list[Line]:
    versions = Condition.objects.filter(thing__in=[one.key for one in rows]).select_related("licence__agency")
    found = {row.thing: row for row in standing(versions, on=clock.today())}
    return [
        Line(found[one.key].licence.agency, found[one.key].licence.number, found[one.key].text, one)
        for one in rows
        if one.key in found
    ]


def _guarantees(rows: list[Due]) -> list[Line]:
    lines = []
    held = {one.guarantee.thing: one for one in holdings_of([row.key for row in rows])}
    for one in rows:
        if (holding := held.get(one.key)) is None:
            continue
        facts = {"missing": holding.missing, "currency": holding.guarantee.currency}
        words = gettext("%(missing)s %(currency)s are missing") % facts
        lines.append(Line(holding.guarantee.agency, holding.guarantee.guarantor, words, one))
    return lines


@dataclass(frozen=True, slots=True)
class Listed:
    """One list: its words, where its rows come from, and the agency's page that a line leads to."""

    title: str | Promise
    what: str | Promise
    words: str | Promise
    day: str | Promise
    tally: Tally
    lines: Callable[[list[Due]], list[Line]]
    leads_to: str


LISTS: Final = {
    "expiring": Listed(
        _("Licences that run out"), _("Licence number"), _("Today"), _("Last day"), EXPIRING, _licences,
        "rw_register:agency",
    ),
    "conditions": Listed(
        _("Conditions overdue"), _("Licence number"), _("Condition"), _("To be met by"), OVERDUE, _conditions,
        "rw_around:agency",
    ),
    "guarantees": Listed(
        _("Guarantees short of their minimum"), _("Held by"), _("How short"), _("In force from"), SHORT, _guarantees,
        "rw_around:agency",
    ),
}  # fmt: skip


class DueList(Shown):
    """What falls due, the earliest first, a page at a time."""

    right = Right.SEE_REGISTER
    template_name = "agencies_board/due.html"
    header_icon = "time"

    @property
    def listed(self) -> Listed:
        try:
            return LISTS[self.kwargs["what"]]
        except KeyError:
            raise Http404 from None

    def get_page_title(self) -> str:
        return str(self.listed.title)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        listed = self.listed
        page = Paginator(listed.tally.read(), ROWS).get_page(self.request.GET.get("p"))
        lines = listed.lines(list(page.object_list))
        columns = [
            TitleColumn("name", label=_("Agency"), get_url=lambda one: self._address(one.agency.pk)),
            Column("what", label=listed.what),
            Column("words", label=listed.words),
            Column("day", label=listed.day, accessor=lambda one: date_format(one.due.day, "DATE_FORMAT")),
        ]
        return super().get_context_data(
            page=page,
            table=Table(columns, lines, caption=self.get_page_title()) if lines else None,
            **kwargs,
        )

    def _address(self, agency: uuid.UUID) -> str:
        return reverse(self.listed.leads_to, args=[agency])
