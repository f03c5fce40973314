"""Import of a foreign list: read → map → compare → apply, in one transaction. Again changes nothing."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from agencies.models import ImportBatch, Register
from agencies.registers import store
from agencies.registers.base import Adapter, Entry, Reading, Refused
from agencies.registers.diff import Held, Plan, Refusal, compare, part_twice, refusal_of

#: A new complete list with fewer rows than this share of the last one stops, unless it is accepted.
SHORTEST: Final = 0.9

Progress = Callable[[int, int], None]


class ImportStopped(Exception):
    """Nothing was changed. The text says why and what can be done."""


@dataclass(slots=True)
class Report:
    """Figures of one import. read = imported + quarantined, always; in rows. ``applied``: it was written."""

    register: str
    as_of: datetime.date
    whole: bool
    read: int
    imported: int
    quarantined: int
    added: int
    altered: int
    confirmed: int
    absent: int
    stale: int
    absence_counts: bool
    refusals: list[Refusal] = field(default_factory=list)
    applied: bool = False

    @property
    def changed(self) -> int:
        return self.added + self.altered + self.absent


def run(
    adapter: Adapter,
    paths: Sequence[Path],
    *,
    as_of: datetime.date,
    by: str,
    accept_shorter: bool = False,
    dry_run: bool = False,
    progress: Progress = lambda done, total: None,
    before: Callable[[Report], None] = lambda report: None,
) -> Report:
    """Import files of one list as of a date. ``before`` sees the differences before anything is written.

    Raises NotThisFormat (files of another kind) or ImportStopped. A killed run leaves nothing behind.
    """
    digest = _digest(paths)
    reading = adapter.read(paths)
    entries, refusals = _understand(adapter, reading, progress)
    with transaction.atomic():
        register = store.lock_register(adapter)
        if register.as_of and as_of < register.as_of:
            raise ImportStopped(
                _("The register holds a list of %(held)s already; one of %(new)s would turn it back.")
                % {"held": register.as_of, "new": as_of}
            )
        held = store.held(register)
        if not accept_shorter:
            _stop_if_shorter(reading, held)
        plan = compare(
            entries,
            held,
            as_of=as_of,
            absence=_absence_counts(reading, refusals),
            present=frozenset(r.key for r in refusals),
            follow_moves=not adapter.branches,
        )
        report = _report(adapter, reading, plan, refusals, entries, as_of)
        before(report)
        if not dry_run and _has_news(register, plan, digest, as_of):
            batch = _batch(adapter, register, report, paths, digest, by)
            store.apply(batch, reading, plan, refusals, branches=adapter.branches)
            report.applied = True
        if dry_run:
            transaction.set_rollback(True)
    return report


def _understand(adapter: Adapter, reading: Reading, progress: Progress) -> tuple[list[Entry], list[Refusal]]:
    """Each line is either an entry or a refusal."""
    entries: list[Entry] = []
    refusals: list[Refusal] = []
    for done, line in enumerate(reading.lines, 1):
        if line.error:
            refusals.append(Refusal(line, line.error))
        else:
            try:
                entries.append(adapter.map(line))
            except Refused as error:
                refusals.append(refusal_of(line, error))
        progress(done, len(reading.lines))
    kept, twice = part_twice(entries)
    refusals = sorted(refusals + twice, key=lambda r: (r.line.file, r.line.line))
    return kept, refusals


def _absence_counts(reading: Reading, refusals: list[Refusal]) -> bool:
    """Absence from a complete list tells something, unless some row is a riddle: it might be the one."""
    return reading.whole and all(r.key for r in refusals)


def _stop_if_shorter(reading: Reading, held: dict[str, Held]) -> None:
    listed = sum(not h.status.no_longer_listed for h in held.values())
    if reading.whole and len(reading.lines) < SHORTEST * listed:
        raise ImportStopped(
            _(
                "The new list has %(new)d rows, the register %(held)d: more than 10 %% fewer. "
                "If that is true, run again with --accept-shorter."
            )
            % {"new": len(reading.lines), "held": listed}
        )


def _has_news(register: Register, plan: Plan, digest: str, as_of: datetime.date) -> bool:
    """Whether there is anything to write: a change, a confirmation, or files never seen for this date."""
    seen = ImportBatch.objects.filter(register=register, sha256=digest, as_of=as_of).exists()
    return bool(plan.changed or plan.confirmed or not seen)


def _report(
    adapter: Adapter,
    reading: Reading,
    plan: Plan,
    refusals: list[Refusal],
    entries: list[Entry],
    as_of: datetime.date,
) -> Report:
    return Report(
        register=adapter.register_code,
        as_of=as_of,
        whole=reading.whole,
        read=len(reading.lines),
        imported=len(entries),
        quarantined=len(refusals),
        added=len(plan.added),
        altered=plan.altered,
        confirmed=len(plan.confirmed),
        absent=len(plan.absent),
        stale=plan.stale,
        absence_counts=_absence_counts(reading, refusals),
        refusals=refusals,
    )


def _batch(
    adapter: Adapter, register: Register, report: Report, paths: Sequence[Path], digest: str, by: str
) -> ImportBatch:
    return ImportBatch(
        register=register,
        adapter=adapter.code,
        as_of=report.as_of,
        files=[path.name for path in paths],
        sha256=digest,
        whole=report.whole,
        run_by=by,
        read=report.read,
        imported=report.imported,
        quarantined=report.quarantined,
        added=report.added,
        altered=report.altered,
        confirmed=report.confirmed,
        absent=report.absent,
    )


def _digest(paths: Sequence[Path]) -> str:
    """SHA-256 over the files' own SHA-256, in the order given."""
    return hashlib.sha256(b"".join(hashlib.sha256(p.read_bytes()).digest() for p in paths)).hexdigest()
