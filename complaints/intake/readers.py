"""Who would read a complaint: the ladder of offices for a place of work and of recruitment, before and at sending."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from complaints.cases import clocks, routing, rulebook
from complaints.cases.routing import OfficeFacts, Unserved
from complaints.cases.rules import Matter, Rules
from complaints.cases.severity import band
from complaints.cases.states import Severity
from complaints.vault.primitives import bind
from recruitment_watch import clock

from .answers import Answers


@dataclass(frozen=True, slots=True)
class Readers:
    """Who may read a complaint from this place, whatever it says (`possible`), and who gets this one (`ladder`).

    `digest` stands for all of it: another one has to be shown anew. `offices` are those that were to choose from.
    """

    matter: Matter
    rules: Rules
    offices: Sequence[OfficeFacts]
    possible: tuple[OfficeFacts, ...]
    ladder: tuple[OfficeFacts, ...]
    digest: str

    @property
    def unserved(self) -> Unserved:
        """What nobody could get from this place."""
        return routing.unserved(self.matter, rules=self.rules, offices=self.offices)


def regions_of(country: str) -> tuple[str, ...]:
    """Parts of a country that have a safe office of their own, in order."""
    offices = routing.offices_for(country, on=clock.today())
    return tuple(sorted({office.region for office in offices} - {""}))


def of(answers: Answers) -> Readers:
    """The readers of a complaint as it is answered so far. One query."""
    rules, matter = rulebook.current(), matter_of(answers)
    offices = routing.offices_for(
        *{answers.country, answers.recruited_in} - {""}, on=clock.today(), named=rules.offices
    )
    possible = routing.possible(matter, rules=rules, offices=offices)
    return Readers(
        matter=matter,
        rules=rules,
        offices=offices,
        possible=possible,
        ladder=routing.ladder(matter, rules=rules, offices=offices),
        digest=digest(possible, rules.digest),
    )


def possible(country: str, region: str, recruited_in: str = "") -> tuple[OfficeFacts, ...]:
    """All who may get a complaint from this place, whatever it says."""
    return of(Answers(country=country, region=region, recruited_in=recruited_in)).possible


def for_answers(answers: Answers) -> tuple[OfficeFacts, ...]:
    """The ladder of this complaint."""
    return of(answers).ladder


def matter_of(answers: Answers) -> Matter:
    """What routing may know of the answers."""
    return Matter(
        country=answers.country,
        region=answers.region,
        recruited_in=answers.recruited_in,
        sector=answers.sector,
        categories=frozenset(answers.categories),
        severity=_band(answers),
        language=answers.language,
    )


def first_due(answers: Answers, ladder: Sequence[OfficeFacts], now: datetime) -> datetime:
    """Until when the first office has time to open what is sent now, as it is stored."""
    return clocks.first_due(_band(answers), now, ladder[0])


def digest(offices: Sequence[OfficeFacts], rules: bytes) -> str:
    """Stands for these offices, all of theirs that a ladder hangs on, and the rules that make one."""
    parts = (part for one in offices for part in _parts(one))
    return hashlib.sha256(bind("readers", rules, *parts)).hexdigest()


def _parts(office: OfficeFacts) -> tuple[bytes | str | int, ...]:
    place = (office.country, office.region, int(office.national_head), " ".join(office.languages))
    return (office.id.bytes, office.public_key, office.name, office.duties, *place)


def _band(answers: Answers) -> Severity:
    return band(answers.categories, in_danger=answers.in_danger)
