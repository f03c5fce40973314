"""The office's own work as the case room shows it: evidence, remedies, plans, letters, tasks, notes, linked cases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from complaints.cases.sealing import Sealed
from complaints.cases.states import Severity
from complaints.firewall import records
from complaints.firewall.access import OpenCase, agency_of
from recruitment_watch import cldr

from . import evidence, letter_files, remedies, room, work


def of(case: OpenCase) -> dict[str, Any]:
    """Context of `desk/_work.html`."""
    found = remedies.entries(case)
    return {
        "evidence": [_gathered(said) for _row, said in records.of_kind(case, "evidence")],
        "plans": [_plan(case, said) for _row, said in records.of_kind(case, "inspection")],
        "letters": list(_letters(case)),
        "remedies": [_remedy(one) for one in found],
        "totals": [_total(one) for one in remedies.totals(found)],
        "tasks": [_task(one) for one in work.tasks(case)],
        "notes": [_note(said) for _row, said in records.of_kind(case, "office_note", "severity")],
        "links": [{"case": other.pk, "reference": other.reference, "why": why} for other, why in work.links(case)],
    }


def evidence_choices(case: OpenCase) -> list[tuple[str, str]]:
    """What a finding can rest on: id, and in words what it is."""
    return [(str(row), _title(said)) for row, said in records.of_kind(case, "evidence")]


def _title(said: Sealed) -> str:
    kinds = dict(evidence.EvidenceClass.choices)
    kind = str(kinds.get(str(said.get("class")), said.get("class")))
    return _("%(kind)s of %(day)s: %(text)s") % {
        "kind": kind, "day": day(said.get("day")), "text": str(said.get("text") or "").split("\n")[0][:80],
    }  # fmt: skip


def _gathered(said: Sealed) -> dict[str, Any]:
    kinds = dict(evidence.EvidenceClass.choices)
    return {
        "when_text": day(said.get("day")),
        "title": str(kinds.get(str(said.get("class")), said.get("class"))),
        "text": room.prose(said),
        "state": _by(said),
    }


def _plan(case: OpenCase, said: Sealed) -> dict[str, Any]:
    """A planned inspection, with the fields that its order is printed from."""
    fields = {name: str(said.get(name) or "") for name in ("employer", "place", "day", "ground")}
    grounds = dict(evidence.Ground.choices)
    return {
        "facts": [
            {"label": _("To be inspected"), "value": fields["employer"]},
            {"label": _("Place"), "value": fields["place"]},
            {"label": _("Day"), "value": day(fields["day"])},
            {"label": _("Ground"), "value": str(grounds.get(fields["ground"], ""))},
            {"label": _("Planned by"), "value": str(said.get("by") or "")},
        ],
        "fields": {**fields, "office": str(case.office.pk)},
        "employer": fields["employer"],
    }


def _letters(case: OpenCase) -> Iterator[dict[str, Any]]:
    """Letters to the agency, with the fields that they are printed from."""
    for _row, said in records.of_kind(case, "letter"):
        letter = letter_files.all_letters().get(str(said.get("letter")))
        codes = said.get("standards")
        yield {
            "title": letter.title if letter else str(said.get("letter")),
            "detail": _("to be answered by %(day)s; written by %(name)s")
            % {"day": day(said.get("answer_by")), "name": said.get("by") or ""},
            "fields": {
                "letter": str(said.get("letter")),
                "language": str(said.get("language")),
                "answer_by": str(said.get("answer_by")),
                "standards": "\n".join(map(str, codes)) if isinstance(codes, list) else "",
                "agency": str(agency_of(case.cover) or ""),
                "office": str(case.office.pk),
            },
        }


def _remedy(one: remedies.Entry) -> dict[str, str]:
    return {
        "what": str(one.what.label),
        "stage": str(one.stage.label),
        "amount": _money(one.amount, one.currency) if one.amount is not None else "–",
        "owes": ", ".join(str(who.label) for who in one.owes),
        "source": str(one.source.label),
        "by": one.by,
        "text": one.text,
    }


def _total(one: remedies.Total) -> dict[str, str]:
    amounts = {name: getattr(one, name) for name in ("claimed", "awarded", "paid", "outstanding")}
    return {"currency": _currency(one.currency), **{name: f"{amount:,}" for name, amount in amounts.items()}}


def _task(one: work.Task) -> dict[str, Any]:
    return {
        "id": one.id,
        "text": one.text,
        "day": date_format(one.day, "DATE_FORMAT") if one.day else "",
        "whom": one.whom or _("anybody of the office"),
        "by": one.by,
        "done": one.done,
        "late": one.late,
    }


def _note(said: Sealed) -> dict[str, Any]:
    title = _("Note")
    if said.get("kind") == "severity":
        try:
            was, becomes = (Severity(int(str(said[name]))) for name in ("was", "becomes"))
        except (KeyError, ValueError):
            was = becomes = Severity.S3
        title = _("How urgent: from %(was)s to %(becomes)s") % {"was": room.band(was), "becomes": room.band(becomes)}
    return {"when_text": day(said.get("at")), "title": title, "text": room.prose(said), "state": _by(said)}


def _by(said: Sealed) -> str:
    return _("Written by %(name)s") % {"name": said["by"]} if said.get("by") else ""


def _money(amount: Decimal, currency: str) -> str:
    return f"{amount:,} {_currency(currency)}"


def _currency(code: str) -> str:
    return cldr.currency(code, get_language() or "en")


def day(value: object) -> str:
    """A sealed day or moment, in words; nothing for what is none."""
    try:
        return date_format(date.fromisoformat(str(value)[:10]), "DATE_FORMAT")
    except ValueError:
        return ""
