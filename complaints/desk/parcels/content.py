"""What goes to an office outside, as the published schema has it (docs/schemas/parcel-1.json). Nothing else goes.

Every field is taken by name. Left out on purpose: the case's number, the week of filing, messages, findings, the
group's code, the contact and what was said of one, the original of any file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from agencies.licensing import Answer, answers_for
from agencies.models import Agency
from complaints.cases import clocks, vocabulary
from complaints.cases.models import Office
from complaints.cases.severity import Category
from complaints.cases.states import Severity
from complaints.desk import room, story
from complaints.firewall.access import OpenCase, agency_of
from recruitment_watch import clock

SCHEMA = "urn:recruitment-watch:parcel:1"
ENDINGS = {"image/jpeg": "jpg", "audio/ogg": "ogg", "application/pdf": "pdf"}
FEE = ("item", "words", "amount", "currency", "when", "proof")

Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that goes: its row, its name inside the parcel, and what it is."""

    row: UUID
    name: str
    kind: str
    media: str
    count: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Content:
    """One parcel before it is sealed. `said` is case.json but for how to acknowledge it."""

    reference: UUID
    to: Office
    sender: Office
    said: Said = field(repr=False)
    answers: tuple[Answer, ...] = field(repr=False)
    files: tuple[Attached, ...] = field(repr=False)


def of(case: OpenCase, *, reference: UUID, to: Office, reason: str, files: Collection[UUID]) -> Content:
    """What would go to this office. `files` are attachments of the case by id; originals are passed over."""
    answers = tuple(_answers(case))
    going = tuple(one for one in attachable(case) if one.row in files)
    said = {
        "schema": SCHEMA,
        "parcel": str(reference),
        "from": _office(case.office),
        "to": _office(to),
        "reason": reason,
        "filed": _quarter(case.case.week),
        "urgency": Severity(case.case.severity).name,
        **_cover(case.cover),
        **_body(case.body),
        "may_be_told": _known(vocabulary.Told, _told(case)),
        "licence": [_answer(one) for one in answers],
        "attachments": [_attached(one) for one in going],
    }
    return Content(reference, to, case.office, said, answers, going)


def attachable(case: OpenCase) -> list[Attached]:
    """The case's files that may go, in the order in which they came: cleaned ones, and never an original as it came."""
    found: list[Attached] = []
    for said in story.files(case):
        if said["original"] or said["media"] not in ENDINGS:
            continue
        name = f"attachments/{len(found) + 1}.{ENDINGS[said['media']]}"
        kind = {"image/jpeg": "photo", "audio/ogg": "recording"}.get(said["media"], "document")
        found.append(Attached(said["id"], name, kind, said["media"], said["count"], said["sha256"]))
    return found


def _cover(cover: Said) -> dict[str, Any]:
    agency = cover.get("agency")
    named = agency if isinstance(agency, dict) else {}
    return {
        "categories": _known(Category, cover.get("categories")),
        "danger": bool(cover.get("danger")),
        "agency": {name: _text(named.get(name)) for name in ("name", "register", "licence")},
        "work": {
            "country": _text(cover.get("country")),
            "region": _text(cover.get("region")),
            "sector": next(iter(_known(vocabulary.Sector, [cover.get("sector")])), ""),
        },
        "person": {
            "language": _text(cover.get("language")),
            "whose": next(iter(_known(vocabulary.Whose, [cover.get("whose")])), ""),
        },
    }


def _body(body: Said) -> dict[str, Any]:
    wants = body.get("wants")
    wishes = wants if isinstance(wants, dict) else {}
    fees = body.get("fees")
    first, _last = room.span(body.get("when"))
    return {
        "when": _text(body.get("when")) if first else "",
        "happened": _text(body.get("happened")),
        "promised": _text(body.get("promised")),
        "papers": _known(vocabulary.Paper, body.get("papers")),
        "fees": [_fee(one) for one in fees if isinstance(one, dict)] if isinstance(fees, list) else [],
        "wants": {"items": _known(vocabulary.Remedy, wishes.get("items")), "words": _text(wishes.get("words"))},
    }


def _fee(said: Said) -> dict[str, Any]:
    loan = bool(said.get("loan"))
    rate = _text(said.get("rate")) if loan else ""
    return {name: _text(said.get(name)) for name in FEE} | {"to": _text(said.get("whom")), "loan": loan, "rate": rate}


def _answers(case: OpenCase) -> Iterator[Answer]:
    """What the register says of the first and last day on which it may have happened, and of today."""
    key = agency_of(case.cover)
    agency = Agency.objects.select_related("register", "operator").filter(pk=key).first() if key else None
    if agency is None:
        return
    today = clock.today()
    first, last = room.span(case.body.get("when"))
    days = {first, min(last, today) if last else None, today} - {None}
    for day in sorted(one for one in days if one is not None and one <= today):
        yield answers_for([agency], on=day, today=today)[agency.pk]


def _answer(answer: Answer) -> dict[str, Any]:
    return {"on": answer.on.isoformat(), "answer": str(answer.verdict), "list_of": _day(answer.as_of)}


def _attached(one: Attached) -> dict[str, Any]:
    return {
        "name": one.name,
        "kind": one.kind,
        "media": one.media,
        "count": one.count,
        "original_sha256": one.sha256,
    }


def _told(case: OpenCase) -> object:
    """What the agency may be told, as the person last said it."""
    consent = case.body.get("consent")
    told: object = consent.get("agency") if isinstance(consent, dict) else []
    for said in case.messages:
        changed = (said.content or {}).get("consent")
        told = changed.get("agency", told) if isinstance(changed, dict) else told
    return told


def _quarter(week: str) -> str:
    year, _dash, number = week.partition("-W")
    return clocks.quarter(date.fromisocalendar(int(year), int(number), 1))


def _office(office: Office) -> dict[str, str]:
    return {"name": office.name, "country": str(office.country)}


def _known(choices: Any, values: object) -> list[str]:
    return [one for one in values if one in choices.values] if isinstance(values, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""
