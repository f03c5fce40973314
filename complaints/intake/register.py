"""The register as the form needs it: read from the copy on casework's own cluster, and nowhere else."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connections

from agencies import search
from agencies.licensing import Answer, answer_for, answers_for, answers_over
from agencies.models import Agency, Register
from agencies.wording import detail, sentence
from recruitment_watch import clock

from .answers import AgencyAnswer

COPY = "register_copy"
HITS_MAX = 8
WORDS_BYTES_MAX = 2_000

# By hand: the ORM needs three times as long to put it together as the database to answer it.
_AGENCY, _REGISTER = ([field.attname for field in model._meta.concrete_fields] for model in (Agency, Register))
_AGENCIES = f"""
    SELECT {", ".join(f"agency.{one}" for one in _AGENCY)}, {", ".join(f"register.{one}" for one in _REGISTER)}
      FROM agencies_agency agency JOIN agencies_register register ON register.id = agency.register_id
     WHERE agency.id = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class Found:
    """An agency to choose from: its name, the register it is in, and what that says of it today.

    `code` is the register's, `licence` the licence's number there ("" where it has none): what a sealed cover says.
    """

    id: str
    name: str
    register: str
    status: str
    code: str
    licence: str

    @property
    def answer(self) -> AgencyAnswer:
        return AgencyAnswer(id=self.id, name=self.name, register=self.code, licence=self.licence)


def find(text: str) -> list[Found]:
    """Agencies whose name or licence number is like `text`, best first."""
    hits = search.search(text, using=COPY, limit=HITS_MAX)
    rows = _agencies([hit.agency_id for hit in hits])
    answers = answers_for(rows.values())
    return [_found(row, answers[row.pk]) for hit in hits if (row := rows.get(hit.agency_id))]


def _found(row: Agency, answer: Answer) -> Found:
    return Found(str(row.pk), row.name, row.register.name, sentence(answer), row.register.code, answer.number)


def statuses(agency_id: str, when: str | None) -> list[Answer]:
    """What the register says of an agency for "2026-05", "2026" or None (today), each change once.

    One answer for most; more where the licence changed within that month or year.
    """
    row = next(iter(_agencies([UUID(agency_id)]).values()), None)
    if row is None:
        return []
    if not when:
        return [answer_for(row)]
    found: list[Answer] = []
    for answer in answers_over(row, *_period(when)):
        if not found or (answer.verdict, answer.state, answer.barred) != (
            found[-1].verdict,
            found[-1].state,
            found[-1].barred,
        ):
            found.append(answer)
    return found


def in_words(answers: list[Answer]) -> str:
    """The same as text, for the sealed body; as many changes as have room there beside the story."""
    said = ""
    for answer in answers:
        more = f"{said}\n{sentence(answer)} {detail(answer)}".strip()
        if len(more.encode()) > WORDS_BYTES_MAX:
            return f"{said}\n…"
        said = more
    return said


def _agencies(keys: list[UUID]) -> dict[UUID, Agency]:
    """Agencies with their registers, by key."""
    with connections[COPY].cursor() as cursor:
        cursor.execute(_AGENCIES, [keys])
        rows = cursor.fetchall()
    found = {}
    for row in rows:
        agency = Agency.from_db(COPY, _AGENCY, row[: len(_AGENCY)])
        agency.register = Register.from_db(COPY, _REGISTER, row[len(_AGENCY) :])
        found[agency.pk] = agency
    return found


def _period(when: str) -> tuple[date, date]:
    """First and last day of a month or a year, the last no later than today."""
    year, _dash, month = when.partition("-")
    if month:
        last = date(int(year), int(month), monthrange(int(year), int(month))[1])
        return last.replace(day=1), min(last, clock.today())
    return date(int(year), 1, 1), min(date(int(year), 12, 31), clock.today())
