"""What became of many cases, held against what should have: lost, doubled, early, half done.

A trigger of the test's own writes down each move of a case to another rung, with the moment, in the same transaction:
a move that was undone is not in it either.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import psycopg

WATCH = """
CREATE TABLE proof_moves (at timestamptz NOT NULL, case_id uuid NOT NULL, after int NOT NULL);
CREATE FUNCTION proof_moved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
    INSERT INTO proof_moves VALUES (clock_timestamp(), NEW.id, NEW.rung);
    RETURN NULL;
END$$;
CREATE TRIGGER proof_moved AFTER UPDATE ON complaints_case FOR EACH ROW WHEN (OLD.rung IS DISTINCT FROM NEW.rung)
    EXECUTE FUNCTION proof_moved();
-- Work takes longer than it does, so that deaths fall into the middle of it.
CREATE FUNCTION proof_slowly() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_sleep(0.03);
    RETURN NULL;
END$$;
CREATE TRIGGER proof_slowly AFTER INSERT ON complaints_holding FOR EACH ROW EXECUTE FUNCTION proof_slowly();
ALTER TABLE complaints_holding DISABLE TRIGGER proof_slowly;
"""
CASES = "SELECT id, state, rung FROM complaints_case WHERE id = ANY(%s)"
HOLDINGS = "SELECT case_id, office_id, rung FROM complaints_holding WHERE case_id = ANY(%s)"
STEPS = "SELECT case_id, office_id, rung FROM complaints_step WHERE outcome = 'released' AND case_id = ANY(%s)"
PASSED = "SELECT count(*) FROM complaints_step WHERE outcome <> 'released' AND case_id = ANY(%s)"
LOGGED = "SELECT case_id, office_id FROM complaints_disclosuredetail WHERE verb = 'released' AND case_id = ANY(%s)"
MOVES = "SELECT case_id, after, at FROM proof_moves WHERE case_id = ANY(%s)"
STUCK = "SELECT count(*) FROM complaints_stuckcase WHERE case_id = ANY(%s)"


@dataclass
class Clock:
    """Application time over the run: the database's, moved on by so much since then."""

    moved: list[tuple[float, timedelta]] = field(default_factory=list)

    def told(self, at: float, by: timedelta) -> None:
        self.moved.append((at, by))

    def application_time(self, at: datetime) -> datetime:
        past = [by for since, by in self.moved if since <= at.timestamp()]
        return at + (past[-1] if past else timedelta())


@dataclass(frozen=True, slots=True)
class Findings:
    """How many cases: not where they should be; given twice over; given before their time; half given."""

    lost: int
    doubled: int
    early: int
    torn: int

    def none(self) -> bool:
        return not (self.lost or self.doubled or self.early or self.torn)

    def __str__(self) -> str:
        return f"{self.lost} lost, {self.doubled} doubled, {self.early} early, {self.torn} half done"


def audit(
    link: psycopg.Connection, expected: Mapping[UUID, int], dues: Mapping[UUID, datetime], clock: Clock
) -> Findings:
    """Hold every case of `expected` (id → the rung it must be on, no more and no less) against all there is of it.

    `dues`: before when, by application time, the first office had it to itself.
    """
    keys = [list(expected)]
    cases = {pk: (state, rung) for pk, state, rung in link.execute(CASES, keys)}
    held = [tuple(row) for row in link.execute(HOLDINGS, keys)]
    steps = [tuple(row) for row in link.execute(STEPS, keys)]
    logged = Counter((pk, office) for pk, office in link.execute(LOGGED, keys))
    moves = list(link.execute(MOVES, keys))
    # A case may be stuck or passed over only where something was wrong with it: with these there is nothing.
    wrong = sum(_one(link, query, keys) for query in (PASSED, STUCK))
    lost = {pk for pk, rung in expected.items() if cases.get(pk, ("", -1))[0] != "released" or cases[pk][1] < rung}
    early = {pk for pk, rung in expected.items() if cases.get(pk, ("", 0))[1] > rung}
    early |= {pk for pk, rung, at in moves if rung > 1 and dues[pk] > clock.application_time(at)}
    twice = [Counter((pk, office) for pk, office, _ in held), Counter((pk, rung) for pk, _, rung in steps), logged,
             Counter((pk, rung) for pk, rung, _ in moves)]  # fmt: skip
    doubled = {key[0] for counted in twice for key, times in counted.items() if times > 1}
    whole = [Counter(pk for pk, *_ in rows) for rows in (set(held), set(steps), logged)]
    torn = {pk for pk in expected if any(rows[pk] != cases.get(pk, ("", 0))[1] for rows in whole)}
    torn |= {row[0] for row in set(held) ^ set(steps)}
    return Findings(len(lost), len(doubled), len(early), len(torn) + wrong)


def _one(link: psycopg.Connection, query: str, values: list[list[UUID]]) -> int:
    row = link.execute(query, values).fetchone()
    return int(row[0]) if row else 0
