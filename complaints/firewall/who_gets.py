"""Who would get a complaint, why, and who would not; and from where nobody would get one. No case is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db.models import Max, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_countries import countries

from agencies.directory import countries_with_help
from complaints.cases import routing, rulebook
from complaints.cases.models import Attestation, Office, OfficeCertificate, OfficeKey
from complaints.cases.routing import Asked, OfficeFacts, Route, Unserved
from complaints.cases.rules import Asks, Matter, Rules

from . import registrations

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SOON_DAYS = 30
COPY = "register_copy"
WHY: dict[Asks, StrOrPromise] = {
    Asks.REGION: gettext_lazy("for the part of the country where the work is"),
    Asks.COUNTRY: gettext_lazy("for the whole country of work"),
    Asks.RECRUITMENT: gettext_lazy("for the country of recruitment"),
    Asks.OFFICE: gettext_lazy("named by the rule"),
}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An office that would not get it; `why` are sentences."""

    office: Office
    why: tuple[StrOrPromise, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """Who would get a complaint of this kind today, and which offices of both countries would not."""

    matter: Matter
    route: Route
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class Covered:
    """A country: how many safe offices it has, in which parts, and what nobody gets there (in no part of its own)."""

    country: str
    offices: int
    regions: tuple[str, ...]
    unserved: Unserved


@dataclass(frozen=True, slots=True)
class Ending:
    """An attestation or certificate that ends soon: `what` one of the two, `on` its last day."""

    office: Office
    what: str
    on: date


@dataclass(frozen=True, slots=True)
class Coverage:
    """All countries that have an office or an address of help; of the others how many have somebody, or nobody."""

    countries: tuple[Covered, ...]
    others_served: int
    others_unserved: int
    endings: tuple[Ending, ...]


def preview(matter: Matter, *, on: date) -> Preview:
    """Who would get this on this day. A few queries for each office of the two countries. Raises RulesFault."""
    rules = rulebook.current()
    places = sorted({matter.country, matter.recruited_in} - {""})
    safe = routing.offices_for(*places, on=on, named=rules.offices)
    route = routing.route(matter, rules=rules, offices=safe)
    asked = {one.office.id for one in route.asked}
    rows = Office.objects.filter(Q(country__in=places) | Q(pk__in=rules.offices)).exclude(pk__in=asked)
    known = {one.id for one in safe}
    left = [LeftOut(row, _why_not(row, matter, route, on, safe=row.pk in known)) for row in rows.order_by("name", "id")]
    return Preview(matter, route, tuple(left))


def why(asked: Asked, matter: Matter) -> str:
    """Why an office is asked at this place, in words."""
    said = str(WHY[asked.by.asks]) if asked.by else _("the national head, always last")
    return _("%(why)s; reads the language") % {"why": said} if asked.office.reads(matter.language) else said


def _why_not(office: Office, matter: Matter, route: Route, on: date, *, safe: bool) -> tuple[StrOrPromise, ...]:
    if not safe:
        return registrations.standing(office, on=on).missing
    if any(one.office.id == office.pk for one in route.no_room):
        return (_("There is no room for it: no more than %(most)d are asked.") % {"most": len(route.asked)},)
    if office.country == matter.country and office.region not in ("", matter.region):
        return (_("It is for another part of the country."),)
    return (_("This rule does not ask it."),)


# --- coverage -----------------------------------------------------------------------------------------------


def coverage(*, on: date) -> Coverage:
    """From where nobody would get a complaint on this day. Raises RulesFault."""
    rules = rulebook.current()
    with_office = {str(code) for code in Office.objects.values_list("country", flat=True).distinct()}
    told = sorted(with_office | set(countries_with_help(using=COPY)))
    safe = routing.offices_for(*told, on=on, named=rules.offices)
    others = [_covered(code, rules, safe) for code in countries.countries if code not in told]
    return Coverage(
        countries=tuple(_covered(code, rules, safe) for code in told),
        others_served=sum(not one.unserved.wholly for one in others),
        others_unserved=sum(one.unserved.wholly for one in others),
        endings=tuple(_endings(on)),
    )


def _covered(country: str, rules: Rules, safe: list[OfficeFacts]) -> Covered:
    here = [one for one in safe if one.country == country]
    unserved = routing.unserved(Matter(country), rules=rules, offices=safe)
    return Covered(country, len(here), tuple(sorted({one.region for one in here} - {""})), unserved)


def _endings(on: date) -> list[Ending]:
    """What ends within SOON_DAYS and has no successor, soonest first. Four queries."""
    offices = Office.objects.may_hold(on=on).in_bulk()
    until = on + timedelta(days=SOON_DAYS)
    attested = Attestation.objects.filter(office__in=offices, withdrawn=False, signed_on__lte=on)
    ends = attested.values("office").annotate(last=Max("expires_on")).filter(last__lte=until)
    found = [Ending(offices[one["office"]], _("attestation"), one["last"] - timedelta(days=1)) for one in ends]
    newest = dict(OfficeKey.objects.values_list("office").annotate(Max("generation")))
    last: dict[object, date] = {}
    for row in OfficeCertificate.objects.filter(office__in=offices, revoked=False):
        if row.generation == newest.get(row.office_id):
            last[row.office_id] = max(last.get(row.office_id, row.not_after), row.not_after)
    found += [Ending(offices[office], _("certificate"), day) for office, day in last.items() if on <= day <= until]
    return sorted(found, key=lambda one: (one.on, one.office.name, one.what))
