"""Many cases at once, as intake would leave them: real rungs, real locks, put in by COPY.

Without Django: the processes under test have the settings, this one has the owner's connection.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID, uuid4

import psycopg

from complaints.vault import retention, rungs
from complaints.vault.case_keys import CaseKeys
from complaints.vault.retention import WeekKeyFolder
from complaints.vault.rungs import LadderOffice

CASE = "COPY complaints_case (id, week, state, severity, rung, due, death_week, epoch) FROM STDIN"
RUNG = "COPY complaints_rung (id, case_id, number, box, identity_box, public_key) FROM STDIN"
OFFICES = """
SELECT o.id, k.public_key FROM complaints_office o JOIN complaints_officekey k ON k.office_id = o.id
 WHERE o.mandate = 'labour_only' ORDER BY o.national_head, o.name, k.generation DESC
"""


@dataclass(frozen=True, slots=True)
class Made:
    """A case that nobody has been given yet, and its ladder."""

    pk: UUID
    ladder: list[rungs.Rung]


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes cases whose ladder is the installation's own offices, the national head last."""

    offices: Sequence[LadderOffice]
    worker_public: bytes
    week: str
    week_key: bytes

    @classmethod
    def of(cls, pinned: Path, weeks: Path, link: psycopg.Connection) -> Maker:
        offices: dict[bytes, LadderOffice] = {}
        for pk, public in link.execute(OFFICES):
            offices.setdefault(pk.bytes, LadderOffice(pk.bytes, bytes(public)))
        week = retention.death_week(date.today())
        key = WeekKeyFolder(weeks, 0o600).ensure(week)
        return cls(list(offices.values()), (pinned / "worker.pub").read_bytes(), week, key)

    def make(self, count: int) -> list[Made]:
        """About half a millisecond each."""
        return [self._one(uuid4()) for _ in range(count)]

    def _one(self, pk: UUID) -> Made:
        ladder = rungs.build_ladder(
            case=pk.bytes, offices=self.offices, keys=CaseKeys.new(), worker_public=self.worker_public,
            week_key=self.week_key, week=self.week,
        )  # fmt: skip
        return Made(pk, ladder)

    def file(self, link: psycopg.Connection, made: Iterable[Made], *, severity: int, due: datetime) -> None:
        """All of them in one transaction. Once: what is there already is left as it is."""
        made, filed = list(made), retention.week_of(datetime.now(UTC).date())
        try:
            with link.transaction(), link.cursor() as cursor:
                with cursor.copy(CASE) as copy:
                    for one in made:
                        copy.write_row((one.pk, filed, "filed", severity, 0, due, self.week, 0))
                with cursor.copy(RUNG) as copy:
                    for one in made:
                        for rung in one.ladder:
                            copy.write_row((uuid4(), one.pk, rung.number, rung.box, rung.identity_box, rung.public))
        except psycopg.errors.UniqueViolation:
            pass  # the connection died after the commit, and we were told nothing
