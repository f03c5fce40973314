"""Evidence that the office gathered itself, and the plan of an inspection, whose order carries nothing of the case.

A finding rests on such evidence and never on the complaint alone (FIREWALL rule 14; ILO C81 art. 15(c)).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from agencies.models import Referral
from complaints.cases.models import CaseRecord, Inspector
from complaints.cases.states import State
from complaints.firewall import records
from complaints.firewall.access import OpenCase

from . import work

EvidenceClass = Referral.EvidenceClass
MAY_GATHER = frozenset({State.ACKNOWLEDGED, State.IN_WORK, State.ASKED, State.DECIDED})
RUN = 5  # so many words in a row are nobody's coincidence


class Ground(models.TextChoices):
    """Why an inspection is made, as its order says it: a ground that would be there without any complaint."""

    PROGRAMME = "programme", _("The yearly programme of inspections")
    SECTOR = "sector", _("A check of employers in this kind of work")
    LICENCE = "licence", _("A check of the conditions of a licence")
    FOLLOW_UP = "follow_up", _("The follow-up of an earlier inspection")
    SAMPLE = "sample", _("A sample drawn by chance")


class TellsOfTheCase(ValueError):
    """What was typed for an order has something of the case in it."""


@transaction.atomic
def gather(case: OpenCase, *, kind: str, day: date, text: str, by: Inspector) -> CaseRecord:
    """Record evidence that the office gathered itself: what kind (an EvidenceClass), on which day, and what it shows.

    Raises ValueError for no kind; IllegalMove, Overtaken, CannotSeal, TooLong; Case.DoesNotExist.
    """
    records.begin(case, by, MAY_GATHER)
    said = {"kind": "evidence", "class": EvidenceClass(kind).value, "day": day.isoformat(), "text": text}
    return work.noted(case, by, said)


@transaction.atomic
def plan_inspection(case: OpenCase, *, employer: str, place: str, day: date, ground: str, by: Inspector) -> CaseRecord:
    """Write down, in the case alone, that an inspection is planned; all of it typed anew on a ground of its own.

    Raises TellsOfTheCase, ValueError for no ground, and what `gather` does.
    """
    records.begin(case, by, MAY_GATHER)
    if tells_of(case, (employer, place)):
        raise TellsOfTheCase
    said = {"kind": "inspection", "employer": employer, "place": place, "day": day.isoformat(),
            "ground": Ground(ground).value, "text": ""}  # fmt: skip
    return work.noted(case, by, said)


def tells_of(case: OpenCase, typed: Iterable[str]) -> bool:
    """Tell whether words meant for an order name the case, or repeat a run of words that the person wrote.

    A name or a place by itself cannot be told apart from an inspector's own knowledge, and is let through.
    """
    named = (case.case.reference.casefold(), str(case.case.pk), case.case.pk.hex)
    theirs = {run for text in _theirs(case) for run in _runs(text)}
    for text in typed:
        plain = text.casefold()
        if any(name in plain for name in named) or theirs.intersection(_runs(text)):
            return True
    return False


def _theirs(case: OpenCase) -> Iterator[str]:
    """All that the person wrote."""
    wants, fees = case.body.get("wants"), case.body.get("fees")
    yield from (str(case.body.get(name) or "") for name in ("happened", "promised"))
    yield str(wants.get("words") or "") if isinstance(wants, dict) else ""
    yield from (str(fee.get("words") or "") for fee in fees if isinstance(fee, dict)) if isinstance(fees, list) else ()
    for said in case.messages:
        if said.message.direction == said.message.Direction.FROM_COMPLAINANT:
            yield str((said.content or {}).get("text") or "")


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return {tuple(words[at : at + RUN]) for at in range(len(words) - RUN + 1)}
