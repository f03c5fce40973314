"""Who would read a complaint: the ladder of offices for a place of work, before and at sending."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

from complaints.cases import clocks, routing
from complaints.cases.routing import OfficeFacts
from complaints.cases.severity import band
from complaints.cases.states import Severity
from complaints.vault.primitives import bind
from recruitment_watch import clock

from .answers import Answers


def regions_of(country: str) -> tuple[str, ...] | None:
    """Parts of a country that have a safe office of their own, in order; None where no office is safe."""
    offices = routing.offices_for(country, on=clock.today())
    return tuple(sorted({office.region for office in offices} - {""})) if offices else None


def possible(country: str, region: str) -> tuple[OfficeFacts, ...]:
    """All who may get a complaint from this place, whatever it says: fewer do when somebody is in danger."""
    return _ladder(country, region, Severity.S4)


def for_answers(answers: Answers) -> tuple[OfficeFacts, ...]:
    """The ladder of this complaint."""
    return _ladder(answers.country, answers.region, band(answers.categories, in_danger=answers.in_danger))


def first_due(answers: Answers, ladder: Sequence[OfficeFacts], now: datetime) -> datetime:
    """Until when the first office has time to open what is sent now, as it is stored."""
    return clocks.first_due(band(answers.categories, in_danger=answers.in_danger), now, ladder[0])


def digest(offices: Sequence[OfficeFacts]) -> str:
    """Stands for these offices, their order, duties and keys: another one has to be shown anew."""
    parts = (part for one in offices for part in (one.id.bytes, one.public_key, one.name, one.duties))
    return hashlib.sha256(bind("readers", *parts)).hexdigest()


def _ladder(country: str, region: str, severity: Severity) -> tuple[OfficeFacts, ...]:
    offices = routing.offices_for(country, on=clock.today())
    return routing.ladder(country=country, region=region, severity=severity, offices=offices)
