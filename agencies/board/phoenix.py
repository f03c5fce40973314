"""Whether whoever applies has been here before, under another name: people, address, telephone of who was turned away.

A phoenix is a new firm of the same people, after the old one's licence was taken away or its operator was barred. What
is found is a warning with its reasons, for officers and the board to weigh. Nobody is refused by it, and the public
does not see it: two people may bear one name, and a house has many doors.
"""

from __future__ import annotations

import datetime
import re
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from rapidfuzz import fuzz

from agencies import names
from agencies.board.models import Application
from agencies.licensing import State
from agencies.licensing.history import Course, Histories, course
from agencies.models import Agency, AgencyName, Branch, Licence, LicenceEvent, OperatorFlag, Place, ResponsiblePerson
from agencies.models.kept import standing
from recruitment_watch import clock

#: Decisions that end a licence because of what its holder did.
TURNED_AWAY: Final = frozenset({State.REVOKED, State.RENEWAL_REFUSED, State.VOID})
#: How like two spellings of one name or address are at least (0 to 100).
LIKE: Final = 90.0
#: Words that must be there before a shorter name, or address, may stand for a longer one.
NAME_WORDS: Final = 2
ADDRESS_WORDS: Final = 3
#: Digits that a telephone number must have in common from its end.
PHONE_DIGITS: Final = 7


@dataclass(frozen=True, slots=True)
class Before:
    """An agency that was turned away. ``ended``: what was decided; ``shared``: what it has in common, in words."""

    agency: Agency
    ended: tuple[str, ...]
    shared: tuple[str, ...]


@dataclass(slots=True)
class _Known:
    """What the register knows of one agency, all that it ever was: an old address is as good as a new one."""

    names: set[str] = field(default_factory=set)
    people: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)


def been_before(application: Application, *, on: datetime.date | None = None) -> list[Before]:
    """Agencies turned away that share something with who applies, those that share most first. At most nine queries."""
    ended = _turned_away(on or clock.today())
    if application.agency_id:  # a renewal is not held against itself: its history stands on its own page
        ended.pop(application.agency_id, None)
    rows = list(Agency.objects.filter(pk__in=ended, register__is_home=True).select_related("operator"))
    known = _known(rows)
    found = [Before(row, tuple(ended[row.pk]), tuple(_shared(application, known[row.pk]))) for row in rows]
    return sorted((one for one in found if one.shared), key=lambda one: (-len(one.shared), one.agency.name))


def _turned_away(on: datetime.date) -> dict[uuid.UUID, list[str]]:
    """What was decided against agencies, in words, by their keys. What an appeal took back does not count."""
    told: defaultdict[uuid.UUID, list[str]] = defaultdict(list)
    ever = LicenceEvent.objects.filter(to_state__in=sorted(TURNED_AWAY)).values("licence")
    licences = list(Licence.objects.filter(pk__in=ever, register__is_home=True).order_by("valid_from", "pk"))
    histories = Histories.of(licences)
    for one in licences:
        came = course(histories.values.get(one.pk, ()), valid_to=one.valid_to, on=on)
        if said := _decided(came, histories, one):
            told[one.agency_id].append(said)
    flags = standing(OperatorFlag.objects.filter(kind=OperatorFlag.Kind.DEBARRED), on=on)
    barred = {flag.operator_id: _barred(flag) for flag in flags}
    for key, operator in Agency.objects.filter(operator__in=barred).values_list("pk", "operator"):
        told[key].append(barred[operator])
    return told


def _decided(came: Course, histories: Histories, licence: Licence) -> str:
    """The decision in words; empty where the licence was not ended for what its holder did."""
    state = came.stayed or came.status.state
    event = histories.rows.get(came.stays or came.status.event_id or uuid.UUID(int=0))
    if state not in TURNED_AWAY or event is None:
        return ""
    facts = {
        "number": licence.number, "state": State(state).label, "decision": event.decision_number,
        "date": date_format(event.effective_from, "DATE_FORMAT"),
    }  # fmt: skip
    if came.stayed:
        return _("Licence %(number)s: %(state)s on %(date)s (decision %(decision)s), stayed by a court") % facts
    return _("Licence %(number)s: %(state)s on %(date)s (decision %(decision)s)") % facts


def _barred(flag: OperatorFlag) -> str:
    facts = {"decision": flag.decision_number}
    if flag.until is None:
        return _("Barred from recruiting for good (decision %(decision)s)") % facts
    return _("Barred from recruiting until %(date)s (decision %(decision)s)") % (
        facts | {"date": date_format(flag.until, "DATE_FORMAT")}
    )


def _known(agencies: Iterable[Agency]) -> dict[uuid.UUID, _Known]:
    """All names, people, addresses and telephones of these agencies. Four queries."""
    found = {row.pk: _Known(people={row.operator.name} if row.operator else set()) for row in agencies}
    for name in AgencyName.objects.filter(agency__in=found):
        found[name.agency_id].names.add(name.name)
    for person in ResponsiblePerson.objects.filter(agency__in=found):
        found[person.agency_id].people.add(person.name)
    for place in Place.objects.filter(agency__in=found):
        mine = found[place.agency_id]
        mine.addresses.add(place.address)
        mine.phones.update([*place.phones, *re.split("[,;/]", place.phones_raw)])
        mine.emails.add(place.email.casefold())
    for branch in Branch.objects.filter(agency__in=found):
        found[branch.agency_id].addresses.add(branch.address)
        found[branch.agency_id].phones.add(branch.phone)
    return found


def _shared(application: Application, known: _Known) -> Iterator[str]:
    people = dict.fromkeys(filter(None, map(names.tidy, [application.operator, *application.responsible.splitlines()])))
    for person in people:
        if any(same_person(person, other) for other in known.people):
            yield _("The same person or company behind it: %(name)s") % {"name": person}
    if any(same_address(application.address, other) for other in known.addresses):
        yield _("The same address: %(address)s") % {"address": names.tidy(application.address)}
    if any(same_phone(application.phone, other) for other in known.phones):
        yield _("The same telephone: %(phone)s") % {"phone": application.phone}
    if application.email and application.email.casefold() in known.emails:
        yield _("The same e-mail: %(email)s") % {"email": application.email}
    if near := sorted(other for other in known.names if same_name(application.name, other)):
        yield _("Nearly the same name: %(name)s") % {"name": near[0]}


def same_person(one: str, other: str) -> bool:
    """Whatever the order of the names; what is added to a full name ("director") does not matter."""
    mine, theirs = names.plain(one).split(), names.plain(other).split()
    return _within(mine, theirs, NAME_WORDS) or _like(mine, theirs)


def same_address(one: str, other: str) -> bool:
    """Like words in any order, and the very same numbers: the house next door is another house."""
    mine, theirs = names.words(one), names.words(other)
    if _numbers(mine) != _numbers(theirs):
        return False
    return _within(mine, theirs, ADDRESS_WORDS) or _like(mine, theirs)


def same_phone(one: str, other: str) -> bool:
    """With or without the country's number before it."""
    shorter, longer = sorted((re.sub(r"\D", "", text).lstrip("0") for text in (one, other)), key=len)
    return len(shorter) >= PHONE_DIGITS and longer.endswith(shorter)


def same_name(one: str, other: str) -> bool:
    """Without legal forms and the words of the trade; a longer name may hold the shorter one."""
    mine, theirs = names.core(one).split(), names.core(other).split()
    return _within(mine, theirs, NAME_WORDS) or _like(mine, theirs)


def _within(one: list[str], other: list[str], least: int) -> bool:
    shorter, longer = sorted((set(one), set(other)), key=len)
    return len(shorter) >= least and shorter <= longer


def _like(one: list[str], other: list[str]) -> bool:
    return bool(one and other) and fuzz.ratio(" ".join(sorted(one)), " ".join(sorted(other))) >= LIKE


def _numbers(found: list[str]) -> set[str]:
    return {word for word in found if any(letter.isdigit() for letter in word)}
