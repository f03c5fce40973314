"""The directory of help: who can help a migrant worker in a country, in which order, and what to know before calling.

Read on any database that holds the register: casework asks its copy (``using=``). Nothing is written by asking.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Final

from django.db import DEFAULT_DB_ALIAS
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from agencies.models import HelpEntry
from agencies.models.help import HelpEntryQuerySet
from recruitment_watch import cldr, clock

Kind, Free, Papers = HelpEntry.Kind, HelpEntry.Free, HelpEntry.Papers
#: An entry checked longer ago than this says when; one checked longer ago than the second is not shown.
YEARS_UNTIL_DATED: Final = 1
YEARS_UNTIL_HIDDEN: Final = 3
#: Whom to call at once.
URGENT: Final = frozenset({Kind.EMERGENCY, Kind.HOTLINE})


@dataclass(frozen=True, slots=True)
class Phone:
    """A number as people read it, and as a ``tel:`` link (RFC 3966) takes it."""

    text: str
    link: str


@dataclass(frozen=True, slots=True)
class Help:
    """One address of help, in words ready to be shown; what is not known is empty.

    ``papers`` says in a sentence or two what is known about papers and immigration and is never empty; ``languages``
    are languages by their own names; ``speaks`` whether the language asked for is among them; ``listed`` says who
    put it into the directory and when it was last checked; ``checked`` warns where that is more than a year ago.
    """

    name: str
    kind: HelpEntry.Kind
    papers: str
    listed: str = ""
    region: str = ""
    phones: tuple[Phone, ...] = ()
    website: str = ""
    visit: str = ""
    languages: tuple[str, ...] = ()
    speaks: bool = False
    hours: str = ""
    free: str = ""
    checked: str = ""
    warns: bool = False

    @property
    def kind_words(self) -> str:
        return str(self.kind.label)


def who_can_help(
    country: str, *, language: str | None = None, urgent: bool = False, using: str = DEFAULT_DB_ALIAS
) -> list[Help]:
    """Addresses of help in a country (ISO 3166-1 alpha-2), best first; empty where none is known.

    When it is ``urgent``, emergency numbers come first, else last: behind most of them sit the police. Then
    those that speak ``language`` (a code as Django writes it), then by kind, by name.
    """
    today = clock.today()
    rows = _shown(today, using).filter(country=country)
    found = sorted(rows, key=lambda row: _order(row, language, urgent))
    return [_help(row, language, today) for row in found]


def countries_with_help(*, using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """The countries (ISO 3166-1 alpha-2, sorted) in which at least one address would be shown today."""
    rows = _shown(clock.today(), using).order_by("country")
    return list(rows.values_list("country", flat=True).distinct())


def papers_sentence(kind: str, papers: str) -> str:
    """What somebody without papers has to know before they call, in one or two plain sentences."""
    if papers == Papers.SAYS_NOT:
        return " ".join(
            (
                _("They say that they do not ask for papers and do not report anybody to immigration."),
                # Whoever enters an address writes this; whoever calls must not take it for our word.
                _("We cannot promise that. Ask them before you say who you are."),
            )
        )
    if papers == Papers.MAY_REPORT and kind == Kind.EMERGENCY:
        return _(
            "This may reach the police. They may ask for papers, and they may have to tell immigration about people"
            " who have none. Somebody else can call for you."
        )
    if papers == Papers.MAY_REPORT:
        return _("They may ask for papers, and they may have to tell immigration about people who have none.")
    return _("We do not know if they ask for papers, or tell immigration. Ask them before you say who you are.")


def _shown(today: datetime.date, using: str) -> HelpEntryQuerySet:
    oldest = _years_before(today, YEARS_UNTIL_HIDDEN)
    return HelpEntry.objects.using(using).standing().filter(checked_on__gte=oldest)


def _order(row: HelpEntry, language: str | None, urgent: bool) -> tuple[int, bool, int, str, str]:
    emergency = row.kind == Kind.EMERGENCY
    place = (-1 if urgent else 1) if emergency else 0
    return place, not _speaks(row, language), Kind.values.index(row.kind), row.name.casefold(), row.region


def _speaks(row: HelpEntry, language: str | None) -> bool:
    """Whether they speak it; "zh" answers for "zh-hans" and the other way about."""
    return bool(language) and any(_base(code) == _base(language or "") for code in row.languages)


def _base(code: str) -> str:
    return code.lower().partition("-")[0]


def _help(row: HelpEntry, language: str | None, today: datetime.date) -> Help:
    return Help(
        name=row.name,
        kind=Kind(row.kind),
        papers=papers_sentence(row.kind, row.papers),
        listed=_listed(row),
        region=row.region,
        phones=tuple(Phone(text, _link(text)) for text in row.phones),
        website=row.website,
        visit=row.visit,
        languages=tuple(cldr.own_name(code) for code in row.languages),
        speaks=_speaks(row, language),
        hours=row.hours,
        free="" if row.free == Free.UNKNOWN else str(Free(row.free).label),
        checked=_checked(row.checked_on, today),
        warns=row.papers == Papers.MAY_REPORT,
    )


def _link(phone: str) -> str:
    """Only what is dialled; a hash sign begins something else in an address."""
    return "tel:" + re.sub(r"[^+0-9*#]", "", phone).replace("#", "%23")


def _listed(row: HelpEntry) -> str:
    """Names are isolated: their script may run the other way than the sentence."""
    facts = {name: f"\u2068{getattr(row, name)}\u2069" for name in ("entered_by", "approved_by")}
    when = cldr.month(row.checked_on, get_language() or "en")
    return _("Put on this list by %(entered_by)s and %(approved_by)s. Last checked in %(when)s.") % (
        facts | {"when": when}
    )


def _checked(day: datetime.date, today: datetime.date) -> str:
    if day >= _years_before(today, YEARS_UNTIL_DATED):
        return ""
    when = cldr.month(day, get_language() or "en")
    return _("This was checked in %(when)s. It may have changed since.") % {"when": when}


def _years_before(day: datetime.date, years: int) -> datetime.date:
    """The same day so many years ago; for 29 February the day before."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
