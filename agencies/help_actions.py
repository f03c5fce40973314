"""What regulators do in the directory of help: enter, replace, withdraw. Each: ``by=`` a name, one transaction.

To enter or replace an address takes two people: ``second_approver`` is the other one's name, and has an audit row of
its own. To withdraw takes one, because nobody is sent anywhere by that. The admin collects the two one after the
other (``agencies.board.help_proposals``); the import asks for both names.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _
from django_countries import countries

from agencies import names
from agencies.audit import record
from agencies.models import HelpEntry
from agencies.models.help import BEFORE_TWO
from agencies.refusals import DecisionRefused, StateChanged
from recruitment_watch import clock

Kind, Free, Papers = HelpEntry.Kind, HelpEntry.Free, HelpEntry.Papers
#: What two entries share that are one and the same: country, kind, part of the country and name, folded.
Identity = tuple[str, str, str, str]

_PHONE: Final = re.compile(r"[+(*]?[0-9*#][0-9 ().*#-]*")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[a-z]{2,8})?")
_is_url: Final = URLValidator(schemes=["http", "https"])
_ALONE: Final = 7_307_201  # the advisory lock's number, ours alone in the register


class HelpRefused(DecisionRefused):
    """Facts that cannot stand in the directory: ``faults`` says by the name of the fact what to mend."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class HelpFacts:
    """One address of help before it is entered; the facts are those of ``HelpEntry``."""

    country: str
    kind: str
    name: str
    source: str
    checked_on: datetime.date
    region: str = ""
    phones: tuple[str, ...] = ()
    website: str = ""
    visit: str = ""
    languages: tuple[str, ...] = ()
    hours: str = ""
    free: str = Free.UNKNOWN
    papers: str = Papers.UNKNOWN

    @property
    def identity(self) -> Identity:
        return self.country, str(self.kind), names.fold_key(self.region), names.fold_key(self.name)

    def tidy(self) -> HelpFacts:
        """As it is stored: single spaces, no repetition; an emergency number of which nothing is known warns."""
        warns = self.kind == Kind.EMERGENCY and self.papers == Papers.UNKNOWN
        return replace(
            self,
            country=self.country.strip().upper(),
            name=names.tidy(self.name),
            source=names.tidy(self.source),
            region=names.tidy(self.region),
            phones=_once(names.tidy(phone) for phone in self.phones),
            website=self.website.strip(),
            visit="\n".join(filter(None, (names.tidy(line) for line in self.visit.splitlines()))),
            languages=_once(code.strip().lower() for code in self.languages),
            hours=names.tidy(self.hours),
            papers=Papers.MAY_REPORT if warns else self.papers,
        )

    def faults(self) -> dict[str, str]:
        """What keeps tidied facts out of the directory, by the name of the fact; empty when nothing does."""
        found = {
            "country": _country_fault(self.country),
            "kind": "" if self.kind in Kind.values else _("There is no such kind of help."),
            "name": "" if self.name else _("An entry needs a name."),
            "source": "" if self.source else _("Say where this was found."),
            "checked_on": "" if self.checked_on <= clock.today() else _("The day of the check has not come yet."),
            "phones": _phones_fault(self.phones),
            "website": _website_fault(self.website),
            "languages": _languages_fault(self.languages),
            "free": "" if self.free in Free.values else _("Cost is one of UNKNOWN, YES, NO."),
            "papers": "" if self.papers in Papers.values else _("Papers is one of UNKNOWN, SAYS_NOT, MAY_REPORT."),
        }
        if not (self.phones or self.website or self.visit):
            found["phones"] = _("Give a telephone, a web address, or where to go: one of them at least.")
        if self.kind == Kind.EMERGENCY and self.papers == Papers.SAYS_NOT:
            found["papers"] = _("Behind an emergency number sit the police: it always warns, whatever anybody says.")
        lengths = {one.name: one.max_length for one in HelpEntry._meta.fields}
        for name in ("name", "region", "source", "hours", "website"):
            longest = lengths[name] or 0
            if len(getattr(self, name)) > longest:
                found[name] = _("This is too long: at most %(length)d letters.") % {"length": longest}
        return {name: words for name, words in found.items() if words}


def facts_of(entry: HelpEntry) -> HelpFacts:
    """What an entry says, comparable with new facts."""
    values = {one.name: getattr(entry, one.name) for one in fields(HelpFacts)}
    return HelpFacts(**values | {"phones": tuple(entry.phones), "languages": tuple(entry.languages)})


def checked(facts: HelpFacts) -> HelpFacts:
    """The facts tidied. Raises HelpRefused with everything that is wrong with them."""
    tidy = facts.tidy()
    if faults := tidy.faults():
        raise HelpRefused(faults)
    return tidy


def may_enter(tidy: HelpFacts) -> HelpEntry | None:
    """What tidied facts would put back, if anything. DecisionRefused where the address stands already."""
    same = [row for row in HelpEntry.objects.newest().filter(country=tidy.country) if _identity(row) == tidy.identity]
    if any(not row.withdrawn for row in same):
        raise DecisionRefused(_("This address is in the directory already. Change it there."))
    return same[0] if same else None


def may_replace(entry: HelpEntry, tidy: HelpFacts) -> None:
    """DecisionRefused or StateChanged where tidied facts cannot take the entry's place."""
    if entry.withdrawn:
        raise StateChanged(_("This entry was withdrawn. Enter it anew."))
    if HelpEntry.objects.filter(replaces=entry).exists():
        raise StateChanged(_("Somebody else changed this entry first. Look again."))
    if tidy == facts_of(entry) and entry.approved_by != BEFORE_TWO:
        raise DecisionRefused(_("Nothing is different from what stands there."))


@transaction.atomic
def enter_help(facts: HelpFacts, *, by: str, second_approver: str) -> HelpEntry:
    """Enter an address of help. One that was withdrawn under the same name is put back by that."""
    tidy = checked(facts)
    _check_persons(by, second_approver)
    one_at_a_time()
    return _append(tidy, verb="enter_help", by=by, second_approver=second_approver, replaces=may_enter(tidy))


@transaction.atomic
def replace_help(entry: HelpEntry, facts: HelpFacts, *, by: str, second_approver: str) -> HelpEntry:
    """Put new facts, or the same ones checked on a later day, in an entry's place. The old row stays."""
    tidy = checked(facts)
    _check_persons(by, second_approver)
    may_replace(entry, tidy)
    return _append(tidy, verb="replace_help", by=by, second_approver=second_approver, replaces=entry)


@transaction.atomic
def withdraw_help(entry: HelpEntry, *, reason: str, by: str) -> HelpEntry:
    """Take an entry out of what people see, at once. It stays on record, with the reason."""
    reason = names.tidy(reason)[:300]
    if not reason:
        raise DecisionRefused(_("Say why it is withdrawn."))
    if entry.withdrawn:
        raise StateChanged(_("This entry is withdrawn already."))
    return _append(facts_of(entry), verb="withdraw_help", by=by, replaces=entry, reason=reason)


def one_at_a_time() -> None:
    """Wait until nobody else enters addresses, so that two do not enter the same; until the transaction's end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ALONE])


def _check_persons(by: str, second_approver: str) -> None:
    if not second_approver.strip() or second_approver == BEFORE_TWO:
        raise DecisionRefused(_("What people are shown needs a second approver."))
    if names.fold_key(by) == names.fold_key(second_approver):
        raise DecisionRefused(_("The second approver must be another person."))


def _append(
    facts: HelpFacts,
    *,
    verb: str,
    by: str,
    replaces: HelpEntry | None,
    second_approver: str = "",
    reason: str = "",
) -> HelpEntry:
    """Insert a row. Whoever comes second to replace the same one gets StateChanged."""
    if not by.strip():
        raise DecisionRefused(_("An entry needs the name of who enters it."))
    values = {one.name: getattr(facts, one.name) for one in fields(HelpFacts)}
    values |= {"phones": list(facts.phones), "languages": list(facts.languages)}
    row = HelpEntry(
        **values,
        replaces=replaces,
        withdrawn=bool(reason),
        reason=reason,
        entered_by=by,
        approved_by=second_approver,
        entered_at=clock.now(),
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if "replaces_id" in str(error):
            raise StateChanged(_("Somebody else changed this entry first. Look again.")) from error
        raise
    record(verb, by=by, on=row, text=f"{row.country} {row.name}{': ' if reason else ''}{reason}")
    if second_approver:
        record("approve_help", by=second_approver, on=row, text=f"{row.country} {row.name}")
    return row


def _identity(row: HelpEntry) -> Identity:
    return facts_of(row).identity


def _once(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, values)))


def _country_fault(code: str) -> str:
    """ISO 3166 leaves XA to XZ to whoever uses it: a demonstration's country is one of them."""
    known = re.fullmatch("[A-Z]{2}", code) and (code.startswith("X") or countries.name(code))
    return "" if known else _("A country is two letters of ISO 3166, like PH.")


def _phones_fault(phones: Iterable[str]) -> str:
    for phone in phones:
        digits = sum(character.isdigit() for character in phone)
        if not _PHONE.fullmatch(phone) or not 2 <= digits <= 15 or len(phone) > 40:
            return _("“%(phone)s” is not a telephone number: digits, spaces and + only.") % {"phone": phone[:60]}
    return ""


def _website_fault(website: str) -> str:
    try:
        if website:
            _is_url(website)
    except ValidationError:
        return _("A web address begins with https:// and has no spaces.")
    return ""


def _languages_fault(languages: Iterable[str]) -> str:
    for code in languages:
        if not _LANGUAGE.fullmatch(code):
            return _("“%(code)s” is not the code of a language, like en, tl or zh-hans.") % {"code": code[:60]}
    return ""
