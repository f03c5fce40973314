"""FIREWALL proof 7: whatever is killed, whenever, no case is lost, doubled, or given to somebody early.

The real worker and beat, the real casework cluster with every setting for durability on, each of the two brokers. The
clock goes forward by half an hour at a time, and a few cases become due; all the others are canaries, until theirs.
"""

from __future__ import annotations

import random
import secrets
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest

from recruitment_watch.embedded.home import PROJECT
from tests import rabbit
from tests.proof import FULL, Proof
from tests.system import ledger
from tests.system.ledger import Clock, Findings
from tests.system.many_cases import Made, Maker
from tests.system.stage import Stage
from tests.system.supervised import Supervised, patiently

# How often each is killed among two hundred: what is back in no time more often than what takes seconds.
SHARES = {"child": 80, "backend": 40, "beat": 25, "worker": 20, "parent": 15, "postmaster": 10, "broker": 10}
STEP = timedelta(minutes=30)
S3, NEVER = 3, timedelta(days=60)  # ten working days and more to the next rung: no case is due twice
CALM_SECONDS = 90.0
CARELESS, CARELESS_KILLS = 160, 40  # cases, and kills at most
GLANCE = 0.05
PROGRESS = "SELECT count(*) FROM proof_moves WHERE at > %s"


@dataclass
class Storm:
    """One run: its cases, what is to become of them, and when it was killed."""

    stage: Stage
    maker: Maker
    running: Supervised
    chance: random.Random
    clock: Clock = field(default_factory=Clock)
    expected: dict[UUID, int] = field(default_factory=dict)
    dues: dict[UUID, datetime] = field(default_factory=dict)
    fresh: list[Made] = field(default_factory=list)  # not filed yet
    late: list[UUID] = field(default_factory=list)  # with the first office, in the order in which they become due
    kills: list[float] = field(default_factory=list)

    def prepare(self, total: int, *, marks: int, canaries: int) -> None:
        """Half of the cases are with their first office, their clocks along the hours that come; half are not filed."""
        made = self.maker.make(total - total // 2 + canaries)
        self.fresh = self.maker.make(total // 2)
        self._file(made)
        self.expected |= {one.pk: 1 for one in made}
        self.settle()
        start = datetime.now(UTC) + self._moved()
        self.late = [one.pk for one in made[canaries:]]
        self.dues = {pk: start + STEP * (1 + at * marks // len(self.late)) for at, pk in enumerate(self.late)}
        self.dues |= {one.pk: start + NEVER for one in made[:canaries]}
        rows = [(due, pk) for pk, due in self.dues.items()]
        with self.stage.owner("casework") as link, link.cursor() as cursor:
            for table, key in (("complaints_case", "id"), ("complaints_holding", "case_id")):
                cursor.executemany(f"UPDATE {table} SET due = %s WHERE {key} = %s".encode(), rows)
            link.execute(b"ALTER TABLE complaints_holding ENABLE TRIGGER proof_slowly")
        self.clock.told(0, self._moved())

    def mark(self, at: int, marks: int) -> None:
        """Half an hour goes by: some cases become due, some are filed."""
        due = [pk for number, pk in enumerate(self.late) if number * marks // len(self.late) == at]
        new = [one for number, one in enumerate(self.fresh) if number * marks // len(self.fresh) == at]
        self._file(new)
        self.clock.told(time.time(), self._moved() + STEP)
        self.stage.move_clock(STEP.total_seconds())
        self.expected |= dict.fromkeys(due, 2) | {one.pk: 1 for one in new}

    def _file(self, made: list[Made]) -> None:
        while True:
            try:
                with self.stage.owner("casework") as link:
                    return self.maker.file(link, made, severity=S3, due=datetime.now(UTC) + NEVER)
            except psycopg.OperationalError:
                time.sleep(GLANCE)

    def _moved(self) -> timedelta:
        clock = self.stage.installation.clock
        return timedelta(seconds=float(clock.read_text()) if clock.exists() else 0)

    def kill(self, what: str) -> None:
        time.sleep(self.chance.random() * 0.4)
        self.kills.append(time.time())
        self.running.kill(what, self.chance)

    def progress(self, since: float) -> bool:
        """Whether anything was committed since then; False where the database is down."""
        rows = patiently(lambda: self.stage.owner("casework"), PROGRESS, datetime.fromtimestamp(since, UTC))
        return bool(rows[0][0])

    def await_progress(self, seconds: float = CALM_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while not self.progress(self.kills[-1]) and time.monotonic() < deadline and not self.running.given_up:
            time.sleep(GLANCE)

    def settle(self, seconds: float = CALM_SECONDS) -> None:
        """Until every case is where it should be, or nothing more happens."""
        deadline = time.monotonic() + seconds
        query = "SELECT id, rung, state FROM complaints_case WHERE id = ANY(%s)"
        while time.monotonic() < deadline and not self.running.given_up:
            rows = patiently(lambda: self.stage.owner("casework"), query, list(self.expected))
            if all(rung >= self.expected[pk] and state == "released" for pk, rung, state in rows):
                return
            time.sleep(GLANCE)

    def recoveries(self) -> list[float]:
        """Seconds from each kill to the next thing that was committed."""
        with self.stage.owner("casework") as link:
            moved = [at.timestamp() for (at,) in link.execute("SELECT at FROM proof_moves ORDER BY at")]
        nexts = [next((at for at in moved if at > kill), None) for kill in self.kills]
        return [at - kill for kill, at in zip(self.kills, nexts, strict=True) if at is not None]

    def findings(self) -> Findings:
        with self.stage.owner("casework") as link:
            return ledger.audit(link, self.expected, self.dues, self.clock)


def plan(size: int, chance: random.Random) -> list[str]:
    """What is killed, in order: each kind at least once."""
    total = sum(SHARES.values())
    kinds = [kind for kind, share in SHARES.items() for _ in range(max(1, share * size // total))]
    kinds = [*kinds, *("child" for _ in range(size - len(kinds)))]
    chance.shuffle(kinds)
    return kinds


@pytest.fixture(scope="module")
def ground() -> Iterator[Stage]:
    made = Stage.fresh("proof-7")
    made.processes.more = {**made.processes.more, "RW_TICK_SECONDS": "0.25"}
    try:
        with made.owner("casework") as link:
            assert [link.execute(f"SHOW {name}".encode()).fetchone() for name in
                    ("fsync", "synchronous_commit", "full_page_writes")] == [("on",)] * 3  # fmt: skip
            link.execute(ledger.WATCH.encode())
        yield made
    finally:
        made.close()


@pytest.fixture(params=["embedded", "RabbitMQ"])
def broker(request: pytest.FixtureRequest, ground: Stage) -> tuple[str, rabbit.Rabbit | None]:
    """Its name, and the server where it is one."""
    ground.processes.broker.unlink(missing_ok=True)
    if request.param == "embedded":
        return request.param, None
    return request.param, request.getfixturevalue("rabbitmq")


@pytest.mark.proof
def test_no_kill_loses_doubles_or_hastens_a_case(
    ground: Stage, broker: tuple[str, rabbit.Rabbit | None], proof: Callable[..., Proof]
) -> None:
    name, server = broker
    p = proof(7, f"kill -9 while cases are due, {name}", bar="0 lost, doubled, early", small=8, full=200)
    seed = secrets.randbits(32)
    storm, running = weather(ground, server, seed)
    kinds = plan(p.size, storm.chance)
    marks, total = 2 * len(kinds), 1000 if FULL else 60
    with running:
        storm.prepare(total, marks=marks, canaries=total // 10)
        for number, kind in enumerate(p.over(kinds)):
            storm.mark(2 * number, marks)
            storm.kill(kind)
            storm.mark(2 * number + 1, marks)
            if storm.chance.random() < 0.7:  # otherwise it is hit again before it is up
                storm.await_progress()
        storm.settle()
    found, times = storm.findings(), storm.recoveries()
    verified = "holds" if _log_holds(ground) else "DOES NOT HOLD"
    control = without_guards(ground, server, seed)
    p.found(
        f"{found} of {total} cases after {len(kinds)} kills (seed {seed}; {running.inside} met an open transaction); "
        f"back after {statistics.median(times):.2f} s (median), {max(times):.1f} s at most; the log's chain {verified}"
        + "".join(f"; {fallen} was not started again" for fallen in running.given_up),
        control=f"without lock and transaction, an hour too early: {control}",
        held=found.none() and verified == "holds" and not running.given_up and len(times) == len(kinds)
        and all((control.lost, control.doubled, control.early)),
    )  # fmt: skip


def weather(stage: Stage, server: rabbit.Rabbit | None, seed: int) -> tuple[Storm, Supervised]:
    more = {key: value for key, value in stage.processes.more.items() if key != "RW_BROKER_URL"}
    stage.processes.more = more | ({"RW_BROKER_URL": server.url} if server else {})
    stage.installation.clock.unlink(missing_ok=True)
    with stage.owner("casework") as link:
        link.execute("TRUNCATE proof_moves, complaints_case CASCADE")
        link.execute("ALTER TABLE complaints_holding DISABLE TRIGGER proof_slowly")
        maker = Maker.of(stage.installation.pinned, stage.installation.retention, link)
    running = Supervised(stage, server)
    return Storm(stage, maker, running, random.Random(seed)), running


def _log_holds(stage: Stage) -> bool:
    try:
        return "The log is whole" in stage.command("desk", "disclosure_log", "verify")
    except subprocess.CalledProcessError:
        return False


# --- the control ----------------------------------------------------------------------------------------------


GUARDS = {"complaints_holding": ("one_holding_per_office", "case_id, office_id"),
          "complaints_step": ("step_once", "case_id, rung")}  # fmt: skip


def without_guards(stage: Stage, server: rabbit.Rabbit | None, seed: int) -> Findings:
    """The same with a tick that is not careful, on a database that does not insist; the same check must find it."""
    before = stage.processes.more
    storm, running = weather(stage, server, seed)
    stage.processes.more = {
        **stage.processes.more, "PYTHONPATH": str(PROJECT / "tests" / "system" / "faults"), "RW_CARELESS_TICK": "1",
    }  # fmt: skip
    _run(stage, *(f"ALTER TABLE {table} DROP CONSTRAINT {name}" for table, (name, _) in GUARDS.items()))
    try:
        with running:
            storm.prepare(CARELESS, marks=2 * CARELESS_KILLS, canaries=0)
            for number in range(CARELESS_KILLS):
                storm.mark(2 * number, 2 * CARELESS_KILLS)
                storm.kill("backend")
                storm.mark(2 * number + 1, 2 * CARELESS_KILLS)
                storm.settle(seconds=3)  # what is not where it should be by now was lost
                found = storm.findings()
                if found.lost and found.doubled and found.early:
                    break
        return storm.findings()
    finally:
        stage.processes.more = before
        _run(
            stage, "TRUNCATE complaints_case CASCADE",
            *(f"ALTER TABLE {table} ADD CONSTRAINT {name} UNIQUE ({columns})"
              for table, (name, columns) in GUARDS.items()),
        )  # fmt: skip


def _run(stage: Stage, *statements: str) -> None:
    with stage.owner("casework") as link:
        for statement in statements:
            link.execute(statement.encode())
