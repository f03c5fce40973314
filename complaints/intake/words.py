"""What the pages say about an office, a case or a date, in whole sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from agencies.wording import status_context
from complaints.cases import clocks
from complaints.cases.clocks import Stage
from complaints.cases.models import Departure, Office, Step
from complaints.cases.routing import OfficeFacts
from complaints.cases.severity import Category
from complaints.cases.states import Severity, State
from complaints.cases.vocabulary import Sector, Told
from complaints.firewall.disclosure import Verb
from complaints.vault.errors import ReceiptMistyped
from recruitment_watch import cldr, clock

from . import attachments, register
from .helper import Far
from .mailbox import Mailbox, Seen
from .progress import Progress
from .readers import Readers


def country(code: str) -> str:
    return cldr.country(code, _language())


def languages(codes: Sequence[str]) -> str:
    """Languages by their own names, as people who read them look for them."""
    return ", ".join(cldr.own_name(code) for code in codes)


def offered_languages() -> list[dict[str, str]]:
    """The site's languages, each by its own name, with the address of the first page in it."""
    found = []
    for code, _name in settings.LANGUAGES:
        with override(code):
            found.append({"code": code, "name": cldr.own_name(code), "url": reverse("intake:start")})
    return found


def offices(ladder: Sequence[OfficeFacts]) -> list[dict[str, Any]]:
    """The readers, first to last, for the page that names them."""
    return [
        {
            "name": office.name,
            "languages": languages(office.languages),
            "duties": office.duties,
            "words": " ".join(office.fingerprint),
        }
        for office in ladder
    ]


def readers(found: Readers) -> dict[str, Any]:
    """Who reads it, and what nobody here could get, for the page that says so before a word is typed."""
    gaps = found.unserved
    about = [str(Category(one).label) for one in gaps.categories if one]
    work = [str(Sector(one).label) for one in gaps.sectors if one]
    return {"offices": offices(found.possible), "unserved": [*about, *work]}


def licence(progress: Progress) -> dict[str, Any]:
    """What the register said of the agency at the time: contexts of `_components/status_sentence.html`.

    It was looked up when agency and time were known; once more only for who reads in another language since.
    """
    agency, statuses = progress.answers.agency, progress.shown
    if progress.shown_in != _language():
        found = register.statuses(agency.id or "", progress.answers.when)
        statuses = tuple(status_context(one) for one in found)
    return {"agency": agency.name, "when": when(progress.answers.when), "statuses": statuses}


def when(text: str | None) -> str:
    """ "2026-05" as "May 2026", "2026" as it is, nothing as "I don't know"."""
    if not text:
        return _("Not known, or not said")
    year, _dash, month = text.partition("-")
    return cldr.month(date(int(year), int(month), 1), _language()) if month else cldr.digits(year, _language())


def first_clock(severity: Severity) -> str:
    """How long the first office has, in words."""
    return cldr.digits(clocks.allowance(Stage.ACKNOWLEDGE, severity), _language())


# --- receipts ---------------------------------------------------------------------------------------------


def mistyped(error: ReceiptMistyped) -> str:
    """Why this cannot be a receipt."""
    return {
        "characters": _("A receipt has digits only. There is something else in what you typed."),
        "length": _("A receipt has 24 digits: six groups of four. Count them again."),
        "check": _("One of the digits is wrong, or two have changed places. Look at your receipt again."),
    }[error.reason]


def come_back(due: str) -> str:
    """When it makes sense to look again: the day after the first office's time is over."""
    return _day(datetime.fromisoformat(due))


# --- the mailbox ------------------------------------------------------------------------------------------


def standing(mailbox: Mailbox | Far) -> dict[str, Any]:
    """Where the case stands: a heading, what that means, who has to do something, and until when."""
    state = mailbox.told_state
    title, text = _STANDING[state]()
    return {
        "title": title,
        "text": text,
        "facts": _clock_facts(mailbox) if state in _RUNNING else [],
    }


def events(mailbox: Mailbox) -> list[dict[str, Any]]:
    """What happened so far, week by week, for `_components/timeline.html`."""
    filed = {"when_text": week(mailbox.case.week), "title": _("You sent it")}
    left = [(one.week, _departure(mailbox, one)) for one in mailbox.departures]
    over = mailbox.state is State.CLOSED
    steps = [(step.week, _event(mailbox.offices, step, over=over)) for step in mailbox.steps]
    seen = [(one.week, _seen(mailbox, one)) for one in mailbox.told_disclosures]
    return [filed, *(event for _week, event in sorted([*steps, *seen, *left], key=lambda one: one[0]))]


def steps_so_far(far: Far) -> list[dict[str, Any]]:
    """For a helper: when it was sent, and who got it."""
    return [
        {"when_text": week(far.week), "title": _("It was sent")},
        *(_event(far.offices, step) for step in far.steps),
    ]


def letters(mailbox: Mailbox) -> list[dict[str, Any]]:
    """The messages, oldest first; what an office sent along has an address."""
    numbers = {str(file.id): number for number, file in enumerate(mailbox.enclosed, start=1)}
    return [
        {
            "author": _("You") if one.mine else one.author or _("The office"),
            "mine": one.mine,
            "when": _day(one.at) if one.at else week(one.week),
            "text": one.text or ("" if one.files or one.told is not None else _lost()),
            "files": [_file(file, {} if one.mine else numbers) for file in one.files if isinstance(file, Mapping)],
            "told": None if one.told is None else summary_of_told(one.told),
        }
        for one in mailbox.letters
    ]


def _file(said: Mapping[str, Any], numbers: Mapping[str, int]) -> dict[str, str]:
    """Its number in this mailbox is its address, so that a phone's history says nothing of it."""
    number = numbers.get(str(said.get("id")))
    url = reverse("intake:file", args=[number]) if number else ""
    return {"text": attachments.described(said), "url": url}


def summary_of_told(told: Sequence[str]) -> list[str]:
    """What the agency may be told, item by item."""
    return [str(Told(item).label) for item in told if item in Told.values] or [_("Nothing")]


def _lost() -> str:
    return _("This message cannot be opened with your receipt any more.")


def week(iso: str) -> str:
    """ "2026-W48" as "In the week of 23 November 2026"."""
    year, number = iso.split("-W")
    return _("In the week of %(day)s") % {"day": _day(date.fromisocalendar(int(year), int(number), 1))}


def _event(offices: Mapping[UUID, Office], step: Step, *, over: bool = False) -> dict[str, Any]:
    office = offices.get(step.office_id) if step.office_id else None
    name = office.name if office else ""
    if step.outcome == Step.Outcome.ENDED:
        title = _("There is nobody further on the list")
        text = "" if over else _("The offices that have it keep it, and their time began anew.")
    elif step.outcome == Step.Outcome.RELEASED:
        title = _("%(office)s got it") % {"office": name or _("An office")}
        text = "" if step.rung == 1 else _("The time of the office before it was over, or somebody asked for it.")
    else:
        title = _("%(office)s was passed over") % {"office": name or _("An office")}
        text = _("It might have to tell others what it learns. So it got nothing.")
    return {"when_text": week(step.week), "title": title, "text": text}


def _seen(mailbox: Mailbox, seen: Seen) -> dict[str, Any]:
    office = mailbox.offices.get(seen.office_id) if seen.office_id else None
    title, text = what_was_done()[seen.verb]
    named = office.name if office else _("An office")
    return {"when_text": week(seen.week), "title": title % {"office": named}, "text": text}


def what_was_done() -> Mapping[Verb, tuple[str, str]]:
    """What the log tells the complainant: a title for each verb, and what it means for them."""
    return {
        Verb.OPENED: (_("%(office)s opened it"), ""),
        Verb.OPENED_AS_GUEST: (
            _("Somebody whom %(office)s asked for help opened it"),
            _("To put it into another language, or to give advice. They do not see how to reach you."),
        ),
        Verb.IDENTITY_RELEASED: (
            _("%(office)s can see how to reach you"),
            _("Two of its inspectors asked for it and wrote down why."),
        ),
        Verb.IDENTITY_SEEN: (_("%(office)s looked at how to reach you"), ""),
        Verb.HANDED_OVER: (
            _("It was handed on to %(office)s"),
            _("That is a labour inspectorate too. What it was given is in a message below. Not how to reach you."),
        ),
        Verb.PROTECTIVE_TOLD: (
            _("%(office)s told somebody, to protect a life"),
            _("Whom it told, and what, is in a message below."),
        ),
        Verb.ACKNOWLEDGED: (_("%(office)s said that it has it"), ""),
        Verb.ASSIGNED: (_("At %(office)s an inspector has it in hand"), ""),
        Verb.NOTED: (_("%(office)s wrote something down about it"), _("Its notes stay with the office.")),
        Verb.FOUND: (_("%(office)s wrote down what it has found"), ""),
        Verb.WENT_ON: (_("%(office)s went on without an answer"), _("You can still answer.")),
        Verb.REOPENED: (_("%(office)s took it up again"), ""),
        Verb.SEVERITY_RAISED: (_("%(office)s made it more urgent"), _("The office has less time now.")),
        Verb.SEVERITY_LOWERED: (
            _("%(office)s made it less urgent"),
            _("Two of its inspectors decided so. The office has more time now."),
        ),
        Verb.REFERRAL_APPROVED: (
            _("%(office)s told the regulator about the agency"),
            _("Which rules it broke. Nothing about you, and nothing that you said."),
        ),
        Verb.GUEST_INVITED: (_("%(office)s asked somebody for help with it"), ""),
        Verb.GUEST_ENDED: (_("Somebody who helped %(office)s has it no longer"), ""),
        Verb.HOLD_APPROVED: (
            _("%(office)s keeps it for longer"),
            _("Two of its inspectors wrote down why. You can still take it back at any time."),
        ),
        Verb.HOLD_LIFTED: (_("%(office)s does not keep it for longer any more"), ""),
    }


def _departure(mailbox: Mailbox, departure: Departure) -> dict[str, Any]:
    office = mailbox.offices.get(departure.office_id)
    return {
        "when_text": week(departure.week),
        "title": _("%(office)s has it no longer") % {"office": office.name if office else _("An office")},
        "text": _("It cannot read what you write from then on. What it had read before, it has read."),
    }


def _clock_facts(mailbox: Mailbox | Far) -> list[dict[str, Any]]:
    due = mailbox.due
    if mailbox.state is State.ASKED:
        return [
            {
                "label": _("Who has to do something"),
                "value": _("You: the office asked you a question, below."),
            },
            {
                "label": _("The office's time"),
                "value": _("It stands still until you answer."),
            },
            {"label": _("Until when"), "value": _by_when(mailbox)},
            {"label": _("And after that"), "value": _("The office goes on without your answer.")},
        ]
    found = [
        {"label": _("Who has to do something"), "value": _("The office. You need do nothing.")},
        {"label": _("Until when"), "value": _by_when(mailbox)},
        {
            "label": _("When to come back"),
            "value": _("On %(day)s, or later") % {"day": _day(_next_look(due))},
        },
    ]
    after = _("If nothing has happened by then, the next office gets it by itself.")
    if mailbox.state in (State.FILED, State.RELEASED):
        after = _("If nobody has opened it by then, the next office gets it by itself.")
    if not mailbox.ended:
        found.insert(2, {"label": _("And after that"), "value": after})
    return found


def _by_when(mailbox: Mailbox | Far) -> str:
    words = clocks.deadline(mailbox.severity, mailbox.due, now=clock.now(), office=mailbox.holder)
    return cldr.digits(words, _language())


def _next_look(due: datetime) -> datetime:
    """The day after the clock, or tomorrow when it is over."""
    return max(due, clock.now()) + timedelta(days=0 if due > clock.now() else 1)


def _day(moment: date | datetime) -> str:
    return cldr.day(moment, _language())


def _language() -> str:
    return get_language() or "en"


_RUNNING = frozenset({State.FILED, State.RELEASED, State.ACKNOWLEDGED, State.IN_WORK, State.ASKED})
_STANDING = {
    State.FILED: lambda: (
        _("It is stored"),
        _("It goes to the first office by itself, in a few minutes."),
    ),
    State.RELEASED: lambda: (
        _("An office has it"),
        _("Nobody there has said yet that they opened it."),
    ),
    State.ACKNOWLEDGED: lambda: (
        _("The office has opened it"),
        _("It has told us so, and it will now look into it."),
    ),
    State.IN_WORK: lambda: (_("The office is working on it"), _("It may write to you here.")),
    State.ASKED: lambda: (
        _("The office asks you something"),
        _("Read its message below, and answer when you can."),
    ),
    State.DECIDED: lambda: (
        _("The office has decided"),
        _("Read its message below. You can still write to it."),
    ),
    State.CLOSED: lambda: (
        _("It is closed"),
        _("If something new happens, write below: the office can open it again."),
    ),
    State.WITHDRAWN: lambda: (_("You took it back"), _("Nobody works on it any more.")),
}
