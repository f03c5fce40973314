"""A quarter's figures in words and tables, alike for the preview and the public page."""

from __future__ import annotations

import datetime
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from agencies.board.disclosures import SMALLEST, Figures
from agencies.licensing import EventKind, State


def told(figures: Figures) -> dict[str, Any]:
    """``sanctions``, ``standards``: rows for ``_components/table.html``; ``taken_back``: lines; ``facts``: numbers."""
    return {
        "sanction_columns": [_("Agency"), _("What was decided"), _("Rules broken"), _("Decision")],
        "sanctions": [_sanction(one) for one in figures["sanctions"]],
        "standard_columns": [_("Rule"), _("Decisions")],
        "standards": [
            {
                "cells": [
                    {"text": f"{code} {title}".strip()},
                    {"text": number_format(number), "number": True, "label": _("Decisions")},
                ]
            }
            for code, title, number in figures["by_standard"]
        ],
        "taken_back": [
            _("%(agency)s: decision %(number)s") % {"agency": one["agency"], "number": one["number"]}
            for one in figures["taken_back"]
        ],
        "facts": _facts(figures),
    }


def _sanction(one: dict[str, Any]) -> dict[str, Any]:
    decided = {"number": one["number"], "date": date_format(datetime.date.fromisoformat(one["on"]), "DATE_FORMAT")}
    return {
        "cells": [
            {"text": one["agency"], "url": reverse("cms:agency", args=[one["agency_id"]])},
            {"text": _outcome(one), "label": _("What was decided")},
            {"text": ", ".join(one["standards"]), "label": _("Rules broken")},
            {"text": _("%(number)s of %(date)s") % decided, "label": _("Decision")},
        ]
    }


def _outcome(one: dict[str, Any]) -> str:
    label = State(one["state"]).label
    if not one["undone"]:
        return str(label)
    return _("%(decision)s. %(undone)s.") % {"decision": label, "undone": EventKind(one["undone"]).label}


def _facts(figures: Figures) -> list[dict[str, str]]:
    by_state = [(str(State(state).label), number_format(number)) for state, number in figures["by_state"]]
    rest = [
        (_("Applications refused"), number_format(figures["refused"])),
        (_("Times that points were given"), number_format(figures["points"])),
        (_("People and companies barred"), number_format(figures["barred"])),
        (_("Warnings of somebody unlicensed"), number_format(figures["warnings"])),
        (_("Inquiries that found a breach"), _guarded(figures["inquiries_found"])),
        (_("Inquiries that found none"), _guarded(figures["inquiries_nothing"])),
    ]
    return [{"label": label, "value": value} for label, value in [*by_state, *rest]]


def _guarded(number: int | None) -> str:
    if number is None:
        return _("fewer than %(number)s, or none") % {"number": number_format(SMALLEST)}
    return _("about %(number)s") % {"number": number_format(number)}
