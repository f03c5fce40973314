"""What the case room shows, put into words: the page's parts for its template, from a case that is open."""

from __future__ import annotations

import calendar
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language_info, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django_countries import countries

from agencies import wording
from agencies.licensing import answers_for
from agencies.models import Agency, Register, Standard
from complaints.cases import clocks
from complaints.cases.clocks import Stage
from complaints.cases.models import Case, Holding, Step
from complaints.cases.sealing import Sealed
from complaints.cases.severity import BAND_OF, Category
from complaints.cases.states import Outcome, Severity, State
from complaints.cases.vocabulary import Told
from complaints.firewall import records
from complaints.firewall.access import OpenCase, agency_of
from complaints.firewall.disclosure import Verb
from complaints.firewall.guests import GuestCase
from complaints.firewall.models import DisclosureDetail
from recruitment_watch import clock

from . import story

SEVERITY_KIND = {Severity.S1: "danger", Severity.S2: "warning", Severity.S3: "plain", Severity.S4: "plain"}
# Languages of the corridors that Django has no name for.
MORE_LANGUAGES = {"am": _l("Amharic"), "si": _l("Sinhala"), "tl": _l("Tagalog"), "fil": _l("Filipino")}
# Records that stand below "Findings"; the others have places of their own (room_work).
FOUND = frozenset({"finding", "note", "handed_over", "closing"})
# What an office owes next, in words.
OWED = {
    Stage.ACKNOWLEDGE: _l("to say that it has the case"),
    Stage.ANSWER: _l("a first answer to the person"),
    Stage.DECIDE: _l("a decision"),
}
CATEGORIES = frozenset(Category.values)
NO_CLOCK = frozenset({State.DECIDED, State.CLOSED, State.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Day:
    """A day that matters, and what the register says of it (context of `_components/status_sentence.html`)."""

    title: str
    status: dict[str, Any]


def severity(holding: Holding) -> dict[str, str]:
    """The tag: "S1: danger". How urgent the case is for this office; its complainant may be told less."""
    of = Severity(holding.severity)
    return {"text": band(of), "kind": SEVERITY_KIND[of]}


def band(of: Severity) -> str:
    """ "S1: danger"."""
    return f"{of.name}: {of.label}"


def time_left(holding: Holding) -> dict[str, str]:
    """The office's clock in words, with a tag's kind."""
    state, now = holding.state, clock.now()
    if state in NO_CLOCK:
        return {"text": _("no clock runs"), "kind": "plain"}
    words = clocks.deadline(Severity(holding.severity), holding.due, now=now, office=holding.office)
    if state == State.ASKED:
        return {"text": _("stopped: waiting for the complainant %(until)s") % {"until": words}, "kind": "plain"}
    return {"text": words, "kind": "danger" if now >= holding.due else "plain"}


def hours_left(holding: Holding) -> dict[str, str]:
    """The same as the queue has room for: "2 days left", "overdue"."""
    if holding.state in NO_CLOCK:
        return {"text": "–", "kind": ""}
    if holding.state == State.ASKED:
        return {"text": _("stopped"), "kind": ""}
    hours = math.ceil((holding.due - clock.now()) / timedelta(hours=1))
    if hours <= 0:
        return {"text": _("overdue"), "kind": "danger"}
    if hours <= 24:
        return {"text": ngettext("%(hours)d hour left", "%(hours)d hours left", hours) % {"hours": hours}, "kind": ""}
    days = hours // 24
    return {"text": ngettext("%(days)d day left", "%(days)d days left", days) % {"days": days}, "kind": ""}


def agency_name(cover: Sealed) -> str:
    agency = cover.get("agency")
    name = agency.get("name") if isinstance(agency, dict) else ""
    return str(name or "") or _("not named")


def register_names(codes: Iterable[str]) -> dict[str, str]:
    """What registers are called, by their code; a code that no register of ours has stands for itself."""
    wanted = {code: code for code in codes}
    return wanted | dict(Register.objects.filter(code__in=wanted).values_list("code", "name"))


def categories(cover: Sealed) -> list[str]:
    return [str(Category(value).label) for value in _strings(cover.get("categories")) if value in CATEGORIES]


def language(cover: Sealed) -> str:
    """The language's name in the reader's language; its code where nobody knows a name."""
    code = str(cover.get("language") or "")
    if code in MORE_LANGUAGES:
        return str(MORE_LANGUAGES[code])
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


def place(cover: Sealed) -> str:
    """Country and region of work."""
    return ", ".join(part for part in (str(cover.get("region") or ""), _country(cover.get("country"))) if part)


def recruited_in(cover: Sealed) -> str:
    """Country of recruitment."""
    return _country(cover.get("recruited_in")) or _("not said")


def _country(code: object) -> str:
    return str(countries.name(str(code or "")) or "")


def reasons(case: OpenCase, *, together: bool = False) -> list[str]:
    """Why the case is as urgent as it is; `together` where it is one of three or more that belong together."""
    band = Severity(case.holding.severity)
    found = [_("The person says that they are in danger now.")] if case.cover.get("danger") else []
    if together and band == Severity.S2:
        found.append(_("Three or more cases of your office belong together, and this is one of them."))
    known = dict(Category.choices)
    for value in _strings(case.cover.get("categories")):
        if value in known and BAND_OF[Category(value)] == band:
            found.append(_("It is about this: %(category)s.") % {"category": str(known[value]).lower()})
    return [*found, *_by_hand(case)] or [_("Nothing in the complaint sorts it yet.")]


def _by_hand(case: OpenCase) -> list[str]:
    """Why a member made it as urgent as it is, if one did; another reason came from outside this case's words."""
    band_now = case.holding.severity
    for _row, said in reversed(list(records.of_kind(case, "severity"))):
        if said.get("becomes") == band_now:
            words = {"name": said.get("by") or "", "why": said.get("text") or ""}
            return [_("It was set by hand, by %(name)s: %(why)s") % words]
        break
    return []


def clock_facts(case: OpenCase) -> list[dict[str, Any]]:
    """What is owed next, how long there is for that, and until when."""
    state, of = case.state, Severity(case.holding.severity)
    left = {"label": _("Until when"), "value": time_left(case.holding)["text"]}
    stage = clocks.STAGE_OF.get(state)
    if stage is None:
        return [left]
    return [
        {"label": _("What the office owes next"), "value": str(OWED[stage])},
        {"label": _("Time for that"), "value": clocks.allowance(stage, of)},
        left,
    ]


def when(case: OpenCase) -> str:
    """When it happened, as exactly as the person knows."""
    first, last = span(case.body.get("when"))
    if first is None or last is None:
        return ""
    return date_format(first, "YEAR_MONTH_FORMAT" if first.month == last.month else "Y")


def licence(case: OpenCase) -> list[Day]:
    """What the register says of the days that matter: when it happened and when money was paid, first and last; today.

    A day on which it says the same as on the one before is left out, unless somebody paid on it.
    """
    key = agency_of(case.cover)
    agency = Agency.objects.select_related("register", "operator").filter(pk=key).first() if key else None
    if agency is None:
        return []
    today = clock.today()
    first, last = span(case.body.get("when"))
    days: dict[date, str] = {}
    if first is not None and last is not None:
        last = min(last, today)
        days[first] = _("When it happened: on %(day)s") % {"day": date_format(first, "DATE_FORMAT")}
        days.setdefault(last, _("When it happened: until %(day)s") % {"day": date_format(last, "DATE_FORMAT")})
    paid = [day for day in _paid(case.body.get("fees")) if day <= today]
    for day in {*paid[:1], *paid[-1:]}:
        days[day] = _("When money was paid: on %(day)s") % {"day": date_format(day, "DATE_FORMAT")}
    days[today] = _("Today")
    found: list[Day] = []
    for day, title in sorted(days.items()):
        answer = answers_for([agency], on=day, today=today)[agency.pk]
        status = wording.status_context(answer)
        if day in (today, *paid) or not found or found[-1].status["kind"] != status["kind"]:
            found.append(Day(title, status))
    return found


def _paid(fees: object) -> list[date]:
    """The first days on which money may have been paid, in their order."""
    rows = [one for one in fees if isinstance(one, dict)] if isinstance(fees, list) else []
    return sorted(first for first, _last in (span(one.get("when")) for one in rows) if first is not None)


def conversation(case: OpenCase | GuestCase) -> list[dict[str, Any]]:
    """Messages both ways, oldest first, as entries of `_components/timeline.html`."""
    entries = []
    for said in case.messages:
        content = said.content or {}
        theirs = said.message.direction == said.message.Direction.FROM_COMPLAINANT
        entries.append(
            {
                "when_text": _written(content, said.message.week),
                "title": _("The complainant") if theirs else str(content.get("author") or case.office.name),
                "text": _message(content) + _translated(case, said.message.pk),
                **({} if theirs or isinstance(case, GuestCase) else _enclosed(case, content)),
            }
        )
    return entries


def _enclosed(case: OpenCase, content: Sealed) -> dict[str, str]:
    """The link to what an office sent along; what a complainant did stands with their story."""
    for file in story.enclosed(content):
        address = reverse("desk:file", args=[case.case.pk, file["id"]])
        return {"url": address, "link": _("With it: %(file)s") % {"file": file["text"]}}
    return {}


def _translated(case: OpenCase | GuestCase, message: UUID) -> SafeString:
    """What an interpreter made of a message, below it."""
    found = SafeString("")
    for said in story.translations(case, str(message)):
        by = _("Translated by %(name)s:") % {"name": said["by"]}
        found += SafeString("<br>") + escape(by) + SafeString("<br>") + prose({"text": said["text"]}, "")
    return found


def _message(content: Sealed) -> SafeString:
    """A message's words, or what it did where it has none."""
    consent, files = content.get("consent"), content.get("files")
    if not content.get("text") and isinstance(consent, dict):
        told = [str(Told(one).label) for one in _strings(consent.get("agency")) if one in Told.values]
        said = _("Changed what the agency may be told. From then on: %(what)s.")
        return prose({"text": said % {"what": ", ".join(told) or _("nothing")}}, "")
    if not content.get("text") and files:
        return prose({"text": _("Sent something to be added: it stands with what is attached.")}, "")
    return prose(content, _("This message does not open: its box is damaged."))


def findings(case: OpenCase | GuestCase, standards: Iterable[Standard]) -> list[dict[str, Any]]:
    """What was found, oldest first, in the same shape."""
    titles = {one.code: str(one) for one in standards}
    shown = {*FOUND, "translation"} if isinstance(case, GuestCase) else FOUND
    entries = []
    for recorded in case.records:
        content = recorded.content or {}
        if content and content.get("kind") not in shown:
            continue
        entries.append(
            {
                "when_text": _written(content, recorded.record.week),
                "title": _found(content, titles),
                "text": prose(content, "" if content else _("This finding does not open: its box is damaged.")),
                "state": _("Written by %(name)s") % {"name": content["by"]} if content.get("by") else "",
            }
        )
    return entries


def _found(content: Sealed, titles: Mapping[str, str]) -> str:
    """A record's title."""
    code, rests_on = str(content.get("standard") or ""), content.get("evidence")
    if content.get("kind") == "note":
        return _("Note of a guest")
    if content.get("kind") == "translation":
        return _("A translation")
    if content.get("kind") == "handed_over":
        return _("Handed over to %(office)s") % {"office": content.get("office", "")}
    if content.get("kind") == "closing":
        outcome = dict(Outcome.choices).get(str(content.get("outcome")), "")
        return _("The case was closed: %(outcome)s") % {"outcome": outcome}
    title = titles.get(code, code) or _("Finding")
    if isinstance(rests_on, list) and rests_on:
        many = len(rests_on)
        pieces = ngettext("%(many)d piece of evidence", "%(many)d pieces of evidence", many) % {"many": many}
        return _("%(title)s (on %(pieces)s)") % {"title": title, "pieces": pieces}
    return title


def history(case: Case, steps: Iterable[Step]) -> list[dict[str, Any]]:
    """How the case came here: filing, and each step of its ladder, by week."""
    entries = [{"when_text": week(case.week), "title": _("The complaint was filed.")}]
    for step in steps:
        if step.outcome == Step.Outcome.ENDED:
            title = _("A clock was missed, and there is no further office: whoever has it keeps it.")
        elif step.outcome == Step.Outcome.RELEASED and step.office is not None:
            sentence = (
                _("It was given to %(office)s.")
                if step.rung == 1
                else _("A clock was missed, or somebody asked for it: it was given to %(office)s as well.")
            )
            title = sentence % {"office": step.office.name}
        else:
            title = _("An office that may no longer receive complaints was passed over.")
        entries.append({"when_text": week(step.week), "title": title})
    return entries


def log(case: OpenCase) -> list[dict[str, Any]]:
    """Who of which office did what, by week, each once a week; the newest last."""
    rows: QuerySet[DisclosureDetail] = DisclosureDetail.objects.filter(case=case.case)
    seen: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in rows.select_related("inspector", "office").order_by("disclosure_id"):
        name, office = str(row.inspector or _("The system")), str(row.office or "")
        seen.setdefault(
            (row.week, name, row.verb),
            {
                "when_text": week(row.week),
                "title": _("%(name)s %(did)s") % {"name": name, "did": str(Verb(row.verb).label)},
                "text": office,
            },
        )
    return list(seen.values())


def week(text: str) -> str:
    """ "2026-W48" as "in the week of 23 November 2026"."""
    year, _dash, number = text.partition("-W")
    monday = date.fromisocalendar(int(year), int(number), 1)
    return _("in the week of %(day)s") % {"day": date_format(monday, "DATE_FORMAT")}


def span(value: object) -> tuple[date | None, date | None]:
    """First and last day of "2026-05" or "2026"; nothing for anything else."""
    try:
        parts = [int(part) for part in str(value).split("-")]
        if len(parts) == 1:
            return date(parts[0], 1, 1), date(parts[0], 12, 31)
        year, month = parts
        return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
    except (ValueError, calendar.IllegalMonthError):
        return None, None


def _written(content: Sealed, clear_week: str) -> str:
    try:
        return date_format(datetime.fromisoformat(str(content["at"])), "DATE_FORMAT")
    except (KeyError, ValueError):
        return week(clear_week)


def prose(content: Sealed, otherwise: str = "") -> SafeString:
    """A person's words, escaped, with their line breaks."""
    return mark_safe("<br>".join(escape(line) for line in (str(content.get("text") or "") or otherwise).splitlines()))


def _strings(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
