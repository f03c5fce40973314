"""What the licence status page of an agency says, as plain values for the template. A fixed number of queries."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_countries import countries

from agencies.licensing import Answer, answer_for, answers_for
from agencies.models import Agency, AgencyName, Licence, LicenceEvent, ListedStatus, Place, Standard
from agencies.search import Hit, twins
from agencies.wording import licence_timeline, listed_timeline, sentence, status_context
from cms import around
from cms.advised import advised

#: Addresses shown; a name with more branches says how many more there are.
PLACES = 20
RESULT_COLUMNS = [gettext_lazy("Agency"), gettext_lazy("Answer"), gettext_lazy("Register")]


def page(agency: Agency, *, day: datetime.date | None) -> dict[str, Any]:
    """Context of ``cms/agency.html``. ``day``: answer for that day too."""
    like = _twins(agency)
    answers = answers_for([agency, *(one for one, _hit in like)])
    answer = answers[agency.pk]
    licences = list(Licence.objects.filter(agency=agency).order_by("-valid_from", "pk"))
    events = list(LicenceEvent.objects.filter(licence__in=licences))
    said = list(ListedStatus.objects.filter(agency=agency))
    held = around.held_by(agency)
    url = reverse("cms:agency", args=[agency.pk])
    return {
        "agency": agency,
        "answer": answer,
        "status": status_context(answer, level=2),
        "standards": _standards(agency, answer.standards),
        "day": day,
        "day_status": status_context(answer_for(agency, on=day)) if day else None,
        "facts": _facts(agency, answer, licences),
        "history": _history(licences, events),
        "advised": advised(licences) if licences else [],
        "around": around.sections(agency, answer, held),
        "ledger": around.ledger(held),
        "said": _once(listed_timeline(said)),
        "twins": [_twin(one, hit, answers[one.pk]) for one, hit in like],
        "url": url,
        "canonical": settings.ORIGIN + url,
    }


def result_row(agency: Agency, answer: Answer, hit: Hit) -> dict[str, Any]:
    """A row of the list of results, for ``_components/table.html``."""
    where = agency.register.name
    if hit.number or answer.number:
        where = _("%(register)s, licence %(number)s") % {
            "register": where,
            "number": hit.number or answer.number,
        }
    return {
        "cells": [
            {"text": _named(agency, hit), "url": reverse("cms:agency", args=[agency.pk])},
            {"text": sentence(answer), "label": RESULT_COLUMNS[1]},
            {"text": where, "label": RESULT_COLUMNS[2]},
        ]
    }


def _named(agency: Agency, hit: Hit) -> str:
    if hit.name == agency.name:
        return agency.name
    return _("%(name)s (also: %(other)s)") % {"name": agency.name, "other": hit.name}


def _twins(agency: Agency) -> list[tuple[Agency, Hit]]:
    hits = twins(agency)
    if not hits:
        return []
    found = Agency.objects.select_related("register", "operator").in_bulk([hit.agency_id for hit in hits])
    return [(found[hit.agency_id], hit) for hit in hits if hit.agency_id in found]


def _twin(agency: Agency, hit: Hit, answer: Answer) -> dict[str, str]:
    return {
        "name": _named(agency, hit),
        "register": agency.register.name,
        "url": reverse("cms:agency", args=[agency.pk]),
        "sentence": sentence(answer),
    }


def _standards(agency: Agency, codes: Iterable[str]) -> list[str]:
    wanted = list(codes)
    if not wanted:
        return []
    rows = Standard.objects.filter(register_id=agency.register_id, code__in=wanted)
    titles = dict(rows.values_list("code", "title"))
    return [f"{code} {titles.get(code, '')}".strip() for code in wanted]


def _facts(agency: Agency, answer: Answer, licences: list[Licence]) -> list[dict[str, Any]]:
    register = agency.register
    names = list(AgencyName.objects.filter(agency=agency).order_by("name", "pk"))
    places = list(Place.objects.filter(agency=agency).order_by("address", "pk")[: PLACES + 1])
    current = next((x for x in licences if x.pk == answer.licence_id), None)
    facts: list[dict[str, Any]] = [
        {"label": _("Name"), "value": agency.name},
        {"label": _("Former names"), "lines": _lines(_of_kind(names, AgencyName.Kind.FORMER))},
        {"label": _("Trading names"), "lines": _of_kind(names, AgencyName.Kind.TRADING)},
        {"label": _("Licence number"), "value": answer.number or (current.number if current else "")},
        {"label": _("Licence valid"), "value": _validity(answer, current)},
        {"label": _("Run by"), "value": agency.operator.name if agency.operator else ""},
        {"label": _("May recruit for"), "lines": [str(x) for x in agency.types]},
        {"label": _("Addresses"), "lines": _lines(x.address for x in places[:PLACES])},
        {"label": _("Telephones"), "lines": _codes(y for x in places for y in (x.phones or [x.phones_raw]))},
        {"label": _("E-mail"), "lines": _codes(x.email for x in places)},
        {"label": _("Country of the register"), "value": countries.name(register.country)},
        {"label": _("Register"), "value": register.name},
        {"label": _("Kept by"), "value": register.regulator},
        {"label": _("How new this is"), "value": _as_of(answer, home=register.is_home)},
    ]
    if len(places) > PLACES:
        facts[7]["lines"].append(_("The list has more addresses than we show."))
    return [fact for fact in facts if fact.get("value") or fact.get("lines")]


def _as_of(answer: Answer, *, home: bool) -> str:
    if home:
        return _("Decided here, and always up to date.")
    if answer.as_of is None:
        return ""
    return _("The list of %(date)s.") % {"date": date_format(answer.as_of, "DATE_FORMAT")}


def _validity(answer: Answer, current: Licence | None) -> str:
    if current:
        days = {"first": current.valid_from, "last": current.valid_to}
        return _("%(first)s to %(last)s") % {k: date_format(v, "DATE_FORMAT") for k, v in days.items()}
    return _("to %(last)s") % {"last": date_format(answer.until, "DATE_FORMAT")} if answer.until else ""


def _of_kind(names: list[AgencyName], kind: AgencyName.Kind) -> list[str]:
    return [name.name for name in names if name.kind == kind]


def _lines(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value))


def _codes(values: Iterable[str]) -> list[str]:
    """Numbers and addresses that read from left to right in every script: isolated (U+2066, U+2069)."""
    return [f"\u2066{value}\u2069" for value in _lines(values)]


def _history(licences: list[Licence], events: list[LicenceEvent]) -> list[dict[str, Any]]:
    """The licences, newest first, each with all its events, oldest first: nothing is left out."""
    return [
        {
            "number": x.number,
            "url": reverse("cms:licence", args=[x.agency_id, x.pk]),
            "events": _entries([event for event in events if event.licence_id == x.pk]),
        }
        for x in licences
    ]


def _entries(events: list[LicenceEvent]) -> list[dict[str, Any]]:
    rows = sorted(events, key=lambda event: event.position)
    entries = licence_timeline(rows)
    for event, entry in zip(rows, entries, strict=True):
        basis = _("Legal basis: %(law)s.") % {"law": event.legal_basis} if event.legal_basis else ""
        entry["text"] = f"{entry['text']} {basis}".strip()
    return entries


def _once(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without repetition: branches of one agency are rows of their own, and mostly say the same."""
    return list({(entry["when"], entry["title"], entry["text"]): entry for entry in entries}.values())
