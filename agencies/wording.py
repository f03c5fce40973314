"""The register's answers in plain words. Every sentence whole, so that a translator sees it whole."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from agencies.licensing import Answer, EventKind, State, Tense, Verdict
from agencies.models import LicenceEvent, ListedStatus
from recruitment_watch import cldr


def _day(date: datetime.date | None) -> str:
    return cldr.day(date, get_language() or "en") if date else ""


def sentence(answer: Answer) -> str:
    """The whole answer in one sentence. An old list never says "today"."""
    facts = {"on": _day(answer.on), "as_of": _day(answer.as_of), "until": _day(answer.until)}
    if answer.tense == Tense.LIST and answer.lapsed:
        return _("The list of %(as_of)s gave this licence until %(until)s. That day has passed.") % facts
    return _SENTENCES[answer.tense](answer.verdict, answer.gone) % facts


def _today(verdict: Verdict, gone: bool) -> str:
    if verdict == Verdict.MAY:
        return _("This agency may recruit today.")
    if verdict == Verdict.MAY_NOT:
        return _("This agency may not recruit today.")
    if gone:
        return _("This agency is no longer in this register.")
    return _("This agency has no licence in this register.")


def _on_day(verdict: Verdict, gone: bool) -> str:
    if verdict == Verdict.MAY:
        return _("On %(on)s this agency was allowed to recruit.")
    if verdict == Verdict.MAY_NOT:
        return _("On %(on)s this agency was not allowed to recruit.")
    return _("On %(on)s this agency had no licence in this register.")


def _list_said(verdict: Verdict, gone: bool) -> str:
    if verdict == Verdict.MAY:
        return _("On %(as_of)s the list said that this agency may recruit.")
    if verdict == Verdict.MAY_NOT:
        return _("By the list of %(as_of)s this agency may not recruit.")
    if gone:
        return _("This agency was no longer in the list of %(as_of)s.")
    return _("This agency is not in the list that we have.")


_SENTENCES = {Tense.TODAY: _today, Tense.ON_DAY: _on_day, Tense.LIST: _list_said}


def why(answer: Answer) -> str:
    """What stands behind the answer: our word for the state, and since when.

    Empty where a list's words cannot be read for certain: then only they are shown.
    """
    if answer.state is None or answer.unverified or (answer.lapsed and answer.tense == Tense.LIST):
        return ""
    year = cldr.count(answer.since_year, get_language() or "en") if answer.since_year else ""
    facts = {"state": answer.state.label, "since": _day(answer.since), "year": year}
    if answer.since:
        return _("%(state)s since %(since)s.") % facts
    if answer.since_year:
        return _("%(state)s since %(year)s.") % facts
    return _("%(state)s.") % facts


def detail(answer: Answer) -> str:
    """Second line: why and since when, the list's own words, the end date, and what is not known."""
    parts = [why(answer)]
    if answer.words:
        parts.append(_("The list says: “%(words)s”.") % {"words": answer.words})
    if answer.verdict == Verdict.MAY and answer.until:
        parts.append(_("The licence ends on %(until)s.") % {"until": _day(answer.until)})
    if answer.barred:
        parts.append(_("It is barred from recruiting."))
    if answer.before_since:
        parts.append(_("What was before that day, the list does not say."))
    if answer.tense == Tense.LIST and answer.verdict != Verdict.NOT_LISTED:
        parts.append(
            _("This is what the list said on its date. Ask the regulator what holds now: %(regulator)s.")
            % {"regulator": answer.regulator or answer.register_name}
        )
    if answer.gone:
        parts.append(_("That is not proof that a licence was taken away. Ask the regulator before you pay anything."))
    return " ".join(filter(None, parts))


def status_context(answer: Answer, *, level: int | None = None) -> dict[str, Any]:
    """Context of ``_components/status_sentence.html``: kind, sentence, detail, level."""
    return {
        "kind": answer.kind,
        "sentence": sentence(answer),
        "detail": detail(answer),
        "level": level,
    }


def licence_timeline(events: Iterable[LicenceEvent]) -> list[dict[str, Any]]:
    """Entries of ``_components/timeline.html`` for all events of a licence, oldest first.

    What was overturned or corrected stays, and says so.
    """
    rows = sorted(events, key=lambda e: e.position)
    overturned = {e.overturns_id: e for e in rows if e.overturns_id}
    corrected = {e.corrects_id: e for e in rows if e.corrects_id}
    return [_event_entry(e, overturned.get(e.id), corrected.get(e.id)) for e in rows]


def _event_entry(
    event: LicenceEvent, overturned: LicenceEvent | None, corrected: LicenceEvent | None
) -> dict[str, Any]:
    state = State(event.to_state) if event.to_state else None
    text = [event.reasons]
    if event.standards:
        text.append(_("Rules broken: %(codes)s.") % {"codes": ", ".join(event.standards)})
    text.append(
        _("Decision %(number)s of %(date)s, by %(name)s.")
        % {"number": event.decision_number, "date": _day(event.decided_on), "name": event.decided_by}
    )
    if event.second_approver:
        text.append(_("Approved by %(name)s.") % {"name": event.second_approver})
    note = ""
    if corrected:
        note = _("Corrected on %(date)s") % {"date": _day(corrected.decided_on)}
    elif overturned and overturned.kind == EventKind.STAY_ENDED:
        note = _("The stay ended on %(date)s") % {"date": _day(overturned.decided_on)}
    elif overturned and overturned.kind == EventKind.STAY:
        note = _("Stayed by a court on %(date)s") % {"date": _day(overturned.decided_on)}
    elif overturned:
        note = _("Overturned on appeal on %(date)s") % {"date": _day(overturned.decided_on)}
    title = state.label if state else _("Struck from the record")
    if event.kind != EventKind.DECISION and state:
        title = f"{EventKind(event.kind).label}: {title}"
    return {
        "when": event.effective_from,
        "title": title,
        "text": " ".join(filter(None, text)),
        "state": note,
        "kind": "info" if note else "",
    }


def listed_timeline(said: Iterable[ListedStatus]) -> list[dict[str, Any]]:
    """The same for what a foreign list said, oldest first."""
    entries = []
    for row in sorted(said, key=lambda r: (r.first_as_of, r.recorded_at)):
        if row.no_longer_listed:
            title = _("No longer in the list")
        elif row.words:
            title = _("The list says: “%(words)s”.") % {"words": row.words}
        else:
            title = _("In the list")
        text = (
            _("Said from %(first)s to %(last)s.") % {"first": _day(row.first_as_of), "last": _day(row.as_of)}
            if row.first_as_of != row.as_of
            else ""
        )
        entries.append({"when": row.first_as_of, "title": title, "text": text})
    return entries
