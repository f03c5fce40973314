"""A case as one row of a list, in words: the same ones wherever cases are listed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum, auto
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from complaints.cases.models import Holding
from complaints.cases.sealing import Sealed
from complaints.cases.states import State

from . import room

NOBODY = UUID(int=0)  # stands in an address for a case


class Column(Enum):
    CASE = auto()
    URGENT = auto()
    CLOCK = auto()
    STAGE = auto()
    AGENCY = auto()
    ABOUT = auto()
    LANGUAGE = auto()
    FILED = auto()
    HANDS = auto()


HEADINGS: Mapping[Column, str | Promise] = MappingProxyType(
    {
        Column.CASE: _l("Case"),
        Column.URGENT: _l("How urgent"),
        Column.CLOCK: _l("Clock"),
        Column.STAGE: _l("Stage"),
        Column.AGENCY: _l("Agency"),
        Column.ABOUT: _l("About"),
        Column.LANGUAGE: _l("Language"),
        Column.FILED: _l("Filed"),
        Column.HANDS: _l("In whose hands"),
    }
)


def headings(columns: Iterable[Column]) -> list[dict[str, str]]:
    return [{"label": str(HEADINGS[one])} for one in columns]


def row(holding: Holding, cover: Sealed | None, columns: Iterable[Column]) -> dict[str, Any]:
    """The holding, with its case and assignee, and its cover (None: it does not open) in these columns."""
    cells = []
    for one in columns:
        cell = CELLS[one](holding, cover)
        cells.append(cell if one is Column.CASE else {"label": str(HEADINGS[one]), **cell})
    return {"cells": cells}


@lru_cache(maxsize=64)
def tag(text: str, kind: str) -> SafeString:
    """A tag put together once: a list has two in each row, and there are few different ones."""
    return render_to_string("_components/tag.html", {"text": text, "kind": kind})


def address(name: str, case: UUID) -> str:
    """A page of a case. Looked for once among all patterns, not three times for each row."""
    return _address(name).replace(str(NOBODY), str(case))


@cache
def _address(name: str) -> str:
    return reverse(f"desk:{name}", args=[NOBODY])


def stage(holding: Holding) -> str:
    return str(State(holding.state).label)


def hands(holding: Holding) -> str:
    """Whose hands a case is in."""
    return holding.assignee.name if holding.assignee else _("nobody's yet")


def agency(cover: Sealed | None) -> str:
    """The agency's name, as far as the cover opens."""
    return _("does not open") if cover is None else room.agency_name(cover)


def about(cover: Sealed | None) -> str:
    return ", ".join(room.categories(cover)) if cover is not None else ""


def language(cover: Sealed | None) -> str:
    return room.language(cover) if cover is not None else ""


def _tag(said: Mapping[str, str]) -> dict[str, str]:
    return {"text": said["text"], "tag": said["kind"]}


def _link(holding: Holding) -> dict[str, str]:
    return {"text": holding.case.reference, "url": address("case", holding.case_id)}


CELLS: Mapping[Column, Callable[[Holding, Sealed | None], dict[str, str]]] = MappingProxyType(
    {
        Column.CASE: lambda holding, _cover: _link(holding),
        Column.URGENT: lambda holding, _cover: _tag(room.severity(holding)),
        Column.CLOCK: lambda holding, _cover: _tag(room.hours_left(holding)),
        Column.STAGE: lambda holding, _cover: {"text": stage(holding)},
        Column.AGENCY: lambda _holding, cover: {"text": agency(cover)},
        Column.ABOUT: lambda _holding, cover: {"text": about(cover) if cover is not None else _("does not open")},
        Column.LANGUAGE: lambda _holding, cover: {"text": language(cover)},
        Column.FILED: lambda holding, _cover: {"text": room.week(holding.case.week)},
        Column.HANDS: lambda holding, _cover: {"text": hands(holding)},
    }
)
