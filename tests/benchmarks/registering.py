"""A register for the panels' benchmark, by COPY, in an installation that is there already: 100,000 agencies of the home
register with a million licence events, their guarantees, conditions, applications and proposals.

RW_ZONE=public RW_AS_OWNER=1 RW_VAR=… python -m tests.benchmarks.registering

Each agency has three licences one after the other, each with a history that the law allows: suspensions that were
lifted, revocations, stays that ended, corrections. A guarantee each, with its ledger; a condition for most.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    import psycopg

AGENCIES = int(os.environ.get("RW_BENCH_AGENCIES", "100000"))
LICENCES, YEARS = 3, 2
BATCH = 2_000
SEED = 7
COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
WHO, SECOND = "Olive Marrow", "Tomas Quill"
KEPT = "thing, version, effective_from, recorded_at, entered_by, second_approver, decision_number, reasons, ended"
COPIES = {
    "agency": "agencies_agency (id, register_id, name, country, types)",
    "name": "agencies_agencyname (id, agency_id, name, script, kind, core)",
    "licence": "agencies_licence (id, agency_id, register_id, number, number_core, valid_from, valid_to)",
    "event": "agencies_licenceevent (id, licence_id, position, kind, to_state, decision_number, legal_basis, "
    "reason_codes, standards, reasons, decided_on, decided_by, second_approver, second_approved_on, effective_from, "
    "recorded_at, published_on, corrects_id, overturns_id)",
    "condition": f"agencies_condition (id, {KEPT}, licence_id, text, deadline, outcome)",
    "guarantee": f"agencies_guarantee (id, {KEPT}, agency_id, form, guarantor, reference, minimum, currency, valid_to)",
    "entry": "agencies_guaranteeentry (id, guarantee, position, kind, amount, booked_on, recorded_at, entered_by, "
    "second_approver, decision_number, reasons)",
    "application": "agencies_board_application (key, reference, code_hash, register_id, kind, licence_number, name, "
    "operator, responsible, address, phone, email, work, guarantor, guarantee_amount, guarantee_currency, stage, "
    "submitted_at, objections_until, live, has_unpublished_changes, expired)",
    "proposal": "agencies_board_proposeddecision (id, licence_id, kind, to_state, cleared, reasons, standards, "
    "legal_basis, decision_number, seen, stage, proposed_by, proposed_by_user_id, proposed_at, closed_by, "
    "closed_by_user_id, closed_at, urgent)",
    "referral": "agencies_referral (id, agency_id, agency_name, standards, evidence_class, quarter, state, taken_by, "
    "taken_in)",
}
#: Histories after the grant, as (kind, state, position of what it corrects or overturns), and how often each is.
Step = tuple[str, str, int]
LIFTED: tuple[Step, ...] = (("DECISION", "SUSP_ADMIN", 0), ("DECISION", "ACTIVE", 0))
HISTORIES: tuple[tuple[float, tuple[Step, ...]], ...] = (
    (0.18, ()),
    (0.30, LIFTED),
    (0.38, (("DECISION", "SUSP_DISC", 0), ("DECISION", "ACTIVE", 0), *LIFTED)),
    (0.05, (("DECISION", "SUSP_DISC", 0), ("DECISION", "REVOKED", 0))),
    (0.03, (("DECISION", "REVOKED", 0), ("STAY", "ACTIVE", 2), ("STAY_ENDED", "REVOKED", 3))),
    (0.02, (("DECISION", "SUSP_ADMIN", 0), ("CORRECTION", "", 2))),
    (0.02, (("DECISION", "SURRENDERED", 0),)),
    (0.02, (("DECISION", "SUSP_PREVENTIVE", 0),)),
)
ADVERSE = {"SUSP_ADMIN", "SUSP_DISC", "SUSP_PREVENTIVE", "REVOKED"}


@dataclass(slots=True)
class Town:
    """The rows of one batch, table by table as COPY takes them."""

    register: UUID
    officers: tuple[int, int]
    today: date
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: {name: [] for name in COPIES})
    events: int = 0

    def key(self) -> UUID:
        return UUID(int=self.chance.getrandbits(128), version=4)

    def moment(self, day: date) -> datetime:
        return datetime.combine(min(day, self.today - timedelta(days=1)), datetime.min.time(), UTC)

    def copy(self, link: psycopg.Connection) -> None:
        with link.transaction(), link.cursor() as cursor:
            for name, into in COPIES.items():
                if self.rows[name]:
                    with cursor.copy(f"COPY {into} FROM STDIN".encode()) as copy:
                        for row in self.rows[name]:
                            copy.write_row(row)
                    self.rows[name].clear()

    # --- one agency -----------------------------------------------------------------------------------------

    def agency(self, number: int) -> None:
        key, name = self.key(), f"Made-up Manpower {number:06}"
        self.rows["agency"].append((key, self.register, name, "XA", []))
        self.rows["name"].append((self.key(), key, name, "Latn", "CURRENT", f"made up manpower {number:06}"))
        # The last licence ends somewhere from half a year ago to a year and a half ahead.
        end = self.today + timedelta(days=self.chance.randrange(-180, 365 * YEARS - 180))
        licences = []
        for back in range(LICENCES - 1, -1, -1):
            last = end - timedelta(days=365 * YEARS * back)
            licences.append(self._licence(key, f"M-{number:06}", last - timedelta(days=365 * YEARS - 1), last))
        self._guarantee(key)
        if self.chance.random() < 0.8:
            self._condition(licences[-1])
        if number % 20 == 0:
            self._application(number)
        if number % 50 == 0:
            self._proposal(licences[0], licences[-1], open_=number % 500 == 0)
        if number % 100 == 0:
            self._referral(key, name)

    def _licence(self, agency: UUID, number: str, first: date, last: date) -> UUID:
        key = self.key()
        self.rows["licence"].append((key, agency, self.register, number, number.lower(), first, last))
        shares = [share for share, _steps in HISTORIES]
        [steps] = self.chance.choices([steps for _share, steps in HISTORIES], shares)
        keys: list[UUID] = []
        days = sorted(self.chance.randrange(1, 365 * YEARS - 1) for _step in steps)
        whole = (("DECISION", "ACTIVE", 0), *steps)
        for position, ((kind, state, about), day) in enumerate(zip(whole, [0, *days], strict=True), start=1):
            keys.append(self.key())
            on, two = first + timedelta(days=day), state in ADVERSE or kind == "CORRECTION"
            link = keys[about - 1] if about else None
            self.rows["event"].append(
                (keys[-1], key, position, kind, state, f"D/{number}/{position}", "Made-up Act, s. 30", [],
                 ["ARL 12"] if state in {"SUSP_DISC", "REVOKED"} else [], "Made up: fees were charged to workers.", on,
                 WHO, SECOND if two else "", on if two else None, on, self.moment(on), on,
                 link if kind == "CORRECTION" else None, link if kind.startswith("STAY") else None)
            )  # fmt: skip
        self.events += len(keys)
        return key

    def _kept(self, thing: UUID, version: int, on: date, *, ended: bool = False, why: str = "") -> tuple[Any, ...]:
        return (self.key(), thing, version, on, self.moment(on), WHO, "", f"M-{version}", why, ended)

    def _condition(self, licence: UUID) -> None:
        thing, on = self.key(), self.today - timedelta(days=self.chance.randrange(10, 500))
        due = on + timedelta(days=self.chance.randrange(5, 300))
        about = (licence, "Pay back what was taken.", due)
        self.rows["condition"].append((*self._kept(thing, 1, on), *about, "OPEN"))
        if self.chance.random() < 0.9:
            met = min(due, self.today)
            self.rows["condition"].append((*self._kept(thing, 2, met, ended=True, why="Seen."), *about, "MET"))

    def _guarantee(self, agency: UUID) -> None:
        thing, on = self.key(), self.today - timedelta(days=self.chance.randrange(200, 1_500))
        until = self.today + timedelta(days=self.chance.choice((-30, *range(30, 400, 10))))
        terms = (agency, "BANK", "Made-up Bank", "", 1_000, "USD")
        self.rows["guarantee"].append((*self._kept(thing, 1, on), *terms, on + timedelta(days=365)))
        later = on + timedelta(days=100)
        self.rows["guarantee"].append((*self._kept(thing, 2, later, why="Renewed."), *terms, until))
        ledger = [("LODGED", 1_000), ("TOP_UP", 100)]
        if self.chance.random() < 0.1:
            ledger.append(("CALL", self.chance.randrange(50, 900)))
        for position, (kind, amount) in enumerate(ledger, start=1):
            two = (SECOND, "C-1", "Wages owed.") if kind == "CALL" else ("", "", "")
            self.rows["entry"].append((self.key(), thing, position, kind, amount, on, self.moment(on), WHO, *two))

    def _application(self, number: int) -> None:
        at = self.moment(self.today - timedelta(days=self.chance.randrange(1, 200)))
        stages = ("SUBMITTED", "INFO_REQUESTED", "UNDER_REVIEW", "NOTICE_TO_REFUSE", "REFUSED", "WITHDRAWN", "LAPSED")
        self.rows["application"].append(
            (self.key(), f"A-{number:06}", "0" * 64, self.register, "NEW", "", f"Applicant {number}", "A. Person",
             "A. Person", "1 Road", "555-0101", "", "Cleaners", "Made-up Bank", 1_000, "USD",
             self.chance.choice(stages), at, at.date(), False, True, False)
        )  # fmt: skip

    def _proposal(self, first: UUID, last: UUID, *, open_: bool) -> None:
        proposer, approver = self.officers
        at = self.moment(self.today - timedelta(days=self.chance.randrange(1, 60)))
        for licence, stage in ((first, "WITHDRAWN"), (last, "PROPOSED")):
            closed = ("", None, None) if stage == "PROPOSED" else (SECOND, approver, at)
            if stage == "PROPOSED" and not open_:
                continue
            self.rows["proposal"].append(
                (self.key(), licence, "DECISION", "SUSP_DISC", "{}", "Made up.", ["ARL 12"], "s. 30", "D-9", 1, stage,
                 WHO, proposer, at, *closed, "")
            )  # fmt: skip

    def _referral(self, agency: UUID, name: str) -> None:
        state = self.chance.choice(("RECEIVED", "TAKEN", "CLOSED", "CLOSED"))
        taken = ("", "") if state == "RECEIVED" else (WHO, "2026-Q1")
        self.rows["referral"].append((self.key(), agency, name, ["ARL 12"], "DOCUMENTS", "2026-Q1", state, *taken))


def _batches(total: int) -> Iterator[range]:
    for first in range(0, total, BATCH):
        yield range(first, min(first + BATCH, total))


def fill(link: psycopg.Connection, town: Town, progress: Progress) -> None:
    bar = progress.add_task("Agencies, with ten events each", total=AGENCIES)
    for numbers in _batches(AGENCIES):
        for number in numbers:
            town.agency(number)
        town.copy(link)
        progress.update(bar, advance=len(numbers))
    bar = progress.add_task("Vacuuming", total=1)
    link.execute("VACUUM ANALYZE")
    progress.update(bar, advance=1)


def main() -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "recruitment_watch.settings.public"
    import django

    django.setup()
    import psycopg
    from django.contrib.auth.models import User
    from django.db import connection

    from agencies.models import Register

    console, started = Console(highlight=False, soft_wrap=True), time.monotonic()
    home = Register.objects.get(is_home=True)
    officers = tuple(User.objects.get(username=name).pk for name in ("officer", "approver"))
    connection.ensure_connection()
    with Progress(*COLUMNS, console=console) as progress, psycopg.connect(
        connection.connection.info.dsn, password=connection.settings_dict["PASSWORD"], autocommit=True
    ) as link:  # fmt: skip
        town = Town(home.pk, (officers[0], officers[1]), date.today())
        fill(link, town, progress)
    seconds = time.monotonic() - started
    notes = {"agencies": AGENCIES, "events": town.events, "seconds": seconds}
    (Path(os.environ["RW_VAR"]) / "bench.json").write_text(json.dumps(notes))
    console.print(f"{AGENCIES:,} agencies, {town.events:,} licence events: {seconds:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
