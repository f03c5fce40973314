"""The database side of an import: what the register holds, and how a plan is written into it."""

from __future__ import annotations

import datetime
import hashlib
import json
import uuid
from collections import defaultdict

from django.db.models import QuerySet

from agencies.actions import name_row
from agencies.audit import record
from agencies.models import (
    Agency,
    AgencyName,
    ImportBatch,
    ListedStatus,
    Place,
    Quarantine,
    RawRow,
    Register,
)
from agencies.registers.base import Adapter, Entry, RawLine, Reading, Statement
from agencies.registers.copying import copy_in
from agencies.registers.diff import Held, Plan, Refusal, contact_of
from recruitment_watch import clock


def lock_register(adapter: Adapter) -> Register:
    """The adapter's register, made when it is not there, locked: imports of one list go one by one."""
    given = {
        "name": adapter.register_name,
        "country": adapter.country,
        "regulator": adapter.regulator,
        "website": adapter.website,
    }
    Register.objects.get_or_create(code=adapter.register_code, defaults=given)
    return Register.objects.select_for_update().get(code=adapter.register_code)


def held(register: Register) -> dict[str, Held]:
    """All rows of the list that the register knows, by key, each with the newest statement. Two queries."""
    places = {p.pk: p for p in Place.objects.filter(register=register).exclude(source_key="")}
    newest: QuerySet[ListedStatus] = (
        ListedStatus.objects.filter(register=register)
        .order_by("place_id", "-first_as_of", "-recorded_at")
        .distinct("place_id")
    )
    return {places[s.place_id].source_key: Held(places[s.place_id], s) for s in newest if s.place_id in places}


def apply(batch: ImportBatch, reading: Reading, plan: Plan, refusals: list[Refusal], *, branches: bool) -> None:
    """Write raw rows, quarantine and all differences. The caller holds the transaction and the lock."""
    batch.run_at = clock.now()
    batch.save(force_insert=True)
    _write_rows(batch, reading, refusals)
    _add(batch, plan.added, branches=branches)
    for known, entry in plan.contact:
        Place.objects.filter(pk=known.place.pk).update(**contact_of(entry))
    copy_in(
        [_status(batch, known.place, entry.statement, entry.as_of) for known, entry in plan.said]
        + [_absence(batch, known.place) for known in plan.absent]
    )
    _confirm(batch, plan)
    register = batch.register
    register.as_of, register.whole = batch.as_of, batch.whole
    register.save(update_fields=["as_of", "whole"])
    record("import_register", by=batch.run_by, on=batch, text=f"{batch.adapter} {batch.as_of} {batch.read}")


def _write_rows(batch: ImportBatch, reading: Reading, refusals: list[Refusal]) -> None:
    raw = {
        (line.file, line.line): RawRow(
            batch=batch, file=line.file, line=line.line, payload=line.payload, row_hash=row_hash(line)
        )
        for line in reading.lines
    }
    copy_in(list(raw.values()))
    copy_in(
        [
            Quarantine(
                batch=batch,
                raw_row=raw[r.line.file, r.line.line],
                file=r.line.file,
                line=r.line.line,
                reason=r.reason[:300],
            )
            for r in refusals
        ]
    )


def row_hash(line: RawLine) -> str:
    """SHA-256 of the row in canonical JSON."""
    text = json.dumps(line.payload, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _add(batch: ImportBatch, entries: list[Entry], *, branches: bool) -> None:
    """New places, each with an agency of its own; where names mean branches, under the one of that name."""
    register = batch.register
    known: dict[str, Agency] = {}
    if branches:
        rows = Place.objects.filter(register=register, name_key__in=[e.name_key for e in entries])
        known = {p.name_key: p.agency for p in rows.select_related("agency")}
    new: dict[str, Agency] = {}
    given: list[AgencyName] = []
    places: list[Place] = []
    for entry in entries:
        key = entry.name_key if branches else entry.place_key
        agency = known.get(key) or new.get(key)
        if agency is None:
            agency = new[key] = Agency(register=register, name=entry.name[:300], country=register.country)
            given += [name_row(agency, text, kind) for text, kind in entry.names]
        if key in new:
            agency.types = list(dict.fromkeys([*agency.types, *entry.types]))
        places.append(Place(agency=agency, register=register, name_key=entry.name_key, **contact_of(entry)))
    copy_in(list(new.values()))
    copy_in(given)
    copy_in(places)
    copy_in([_status(batch, p, e.statement, e.as_of) for p, e in zip(places, entries, strict=True)])


def _status(batch: ImportBatch, place: Place, statement: Statement, as_of: datetime.date | None) -> ListedStatus:
    day = as_of or batch.as_of
    return ListedStatus(
        agency_id=place.agency_id,
        place=place,
        register=batch.register,
        first_as_of=day,
        as_of=day,
        words=statement.words[:200],
        state=statement.state or "",
        unverified=statement.unverified,
        since=statement.since,
        since_year=statement.since_year,
        ends_on=statement.ends_on,
        debarred_permanently=statement.debarred_permanently,
        batch_id=batch.pk,
        recorded_at=batch.run_at,
    )


def _absence(batch: ImportBatch, place: Place) -> ListedStatus:
    return ListedStatus(
        agency_id=place.agency_id,
        place=place,
        register=batch.register,
        first_as_of=batch.as_of,
        as_of=batch.as_of,
        no_longer_listed=True,
        batch_id=batch.pk,
        recorded_at=batch.run_at,
    )


def _confirm(batch: ImportBatch, plan: Plan) -> None:
    """Move on the date of statements that the new list repeats."""
    by_day: defaultdict[datetime.date, list[uuid.UUID]] = defaultdict(list)
    for known, entry in plan.confirmed:
        by_day[entry.as_of or batch.as_of].append(known.status.pk)
    for day, keys in by_day.items():
        ListedStatus.objects.filter(pk__in=keys).update(as_of=day)
