"""The intake zone of an installation of its own, to be measured: its processes' CPU and memory, and what is stored."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from recruitment_watch.embedded import demo
from recruitment_watch.embedded.processes import READY_SECONDS, NotReady
from tests.system.stage import Stage

from . import groups
from .groups import TICKS, stat
from .wire import Broken, Line, Tally

TABLES = ("case", "receipt", "content", "rung", "statisticswaiting")


@dataclass(frozen=True, slots=True)
class Stored:
    """Rows of each table of a complaint, as the databases' owner counts them."""

    case: int
    receipt: int
    content: int
    rung: int
    statisticswaiting: int

    def since(self, before: Stored) -> Stored:
        return Stored(*(getattr(self, name) - getattr(before, name) for name in TABLES))


@dataclass(frozen=True, slots=True)
class Busy:
    """Seconds of CPU so far: of the whole machine, and of what belongs to the measurement."""

    machine: float
    ours: float
    at: float

    @classmethod
    def now(cls, zone: Zone) -> Busy:
        fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
        user, nice, system, _idle, _wait, irq, softirq, steal = map(int, fields[:8])
        machine = (user + nice + system + irq + softirq + steal) / TICKS
        return cls(machine, zone.cpu() + zone.databases_cpu() + time.process_time(), time.monotonic())

    def others_since(self, before: Busy) -> float:
        """The share of all cores' time that others used; a lower bound where a database connection has ended."""
        spent = (self.machine - before.machine) - (self.ours - before.ours)
        return max(0.0, spent / ((self.at - before.at) * (os.cpu_count() or 1)))


class Zone:
    """Both clusters, the demonstration's register and offices, and gunicorn with the intake zone."""

    def __init__(self, name: str) -> None:
        self.stage = Stage.fresh(name)
        demo.refresh(self.stage.installation)
        demo.run(self.stage.installation, "intake", "collectstatic", "--noinput", "-v", "0")

    @property
    def port(self) -> int:
        return self.stage.installation.ports()["intake"]

    def start_behind_proxy(self) -> None:
        """Plain HTTP on the loopback address, as behind production's nginx."""
        # A machine answers faster than anybody reads; how soon a form may be sent is not what is measured.
        # And no clock that a rehearsal could move: `check --deploy` refuses one in production.
        self.stage.processes.more = {"RW_BEHIND_PROXY": "1", "RW_NOT_BEFORE_SECONDS": "0", "RW_CLOCK_FILE": ""}
        self.stage.processes.start_one(
            "intake", "-m", "gunicorn", "recruitment_watch.wsgi:application",
            "--config", "python:recruitment_watch.gunicorn", "--bind", f"127.0.0.1:{self.port}",
            zone="intake",
        )  # fmt: skip
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and not self.stage.processes.fallen():
            line = Line(self.port, Tally())
            try:
                line.get("/en/")
            except (OSError, Broken):
                time.sleep(0.05)
            else:
                return
            finally:
                line.close()
        raise NotReady(f"the intake zone does not answer; see {self.stage.processes.logs / 'intake.log'}")

    def start_with_tls(self) -> None:
        """As a browser must find it: `__Host-` cookies need TLS."""
        self.stage.processes.start_web("intake")
        self.stage.processes.wait_for("intake")

    def restart_behind_proxy(self) -> None:
        self.stage.processes.stop()
        self.start_behind_proxy()

    def stop(self) -> None:
        """Everything ends, and the folder goes."""
        self.stage.close()
        shutil.rmtree(self.stage.installation.folder, ignore_errors=True)

    def stored(self) -> Stored:
        rows = (self.stage.count("casework", f"SELECT count(*) FROM complaints_{table}") for table in TABLES)
        return Stored(*rows)

    def uneven(self) -> int:
        """Cases that are not whole or have something twice: one receipt, six rungs, as many contents as the others."""
        query = """
            SELECT count(*) FROM (
                SELECT (SELECT count(*) FROM complaints_receipt r WHERE r.case_id = c.id) AS receipts,
                       (SELECT count(*) FROM complaints_rung r WHERE r.case_id = c.id) AS rungs,
                       (SELECT count(*) FROM complaints_content k WHERE k.case_id = c.id) AS contents
                FROM complaints_case c
            ) AS one
            WHERE receipts <> 1 OR rungs <> 6
               OR contents <> (SELECT count(*) / greatest(count(DISTINCT case_id), 1) FROM complaints_content)
        """
        return self.stage.count("casework", query)

    # --- what its processes cost --------------------------------------------------------------------------

    def cpu(self) -> float:
        """Seconds of CPU that the zone's processes have used so far, user and system, ended children too."""
        return sum(int(ticks) for _process, fields in groups.members(self._leader()) for ticks in fields[11:15]) / TICKS

    def databases_cpu(self) -> float:
        """The same of both clusters' servers."""
        clusters = (self.stage.installation.register, self.stage.installation.casework)
        leaders = {(one.data / "postmaster.pid").read_text().split()[0] for one in clusters}
        every = (stat(path) for path in Path("/proc").glob("[0-9]*"))
        found = [fields for fields in every if fields and fields[1] in leaders]
        found += [stat(Path("/proc") / leader) for leader in leaders]
        return sum(int(ticks) for fields in found for ticks in fields[11:15]) / TICKS

    def memory(self) -> int:
        """Memory of the zone's processes now, in bytes; a page that several share counts once (PSS)."""
        return groups.memory(self._leader())

    def watched(self, every: float = 0.5) -> AbstractContextManager[list[int]]:
        """Samples of `memory` while the block runs."""
        return groups.watched(self.memory, every)

    def _leader(self) -> int:
        """gunicorn was started as the leader of a group."""
        return self.stage.processes.running["intake"].pid
