"""FIREWALL proof 4: canaries in every field, faults everywhere, and nothing of them in any place that keeps things."""

from __future__ import annotations

import os
import re
import resource
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from recruitment_watch.embedded.home import PROJECT
from tests.proof import Proof
from tests.rabbit import Rabbit
from tests.system import tainted
from tests.system.mail_sink import MailSink
from tests.system.sentry_sink import Sink
from tests.system.stage import Stage
from tests.system.story import Story
from tests.system.tainted import POINTS, STEPS, TOLD, Cast, Search, files, heap

MODES = ("raised", "refused", "lost", "warned", "logged", "thread", "finalizer", "memory", "killed", "aborted")
# Every point in every way, each round over all points with another way at each.
EVERY = [(point, MODES[(at * 3 + turn) % len(MODES)]) for turn in range(len(MODES)) for at, point in enumerate(POINTS)]
# Each stands far from the one before, so that a short run has all ways to break and all zones. No divisor of their
# number: so each comes once.
STRIDE = 19
FAULTS = [EVERY[number * STRIDE % len(EVERY)] for number in range(len(EVERY))]
PATIENCE = 90.0  # a worker that died of the fault before has to come up first
# What a zone's process may open for writing: nothing of it has a word of a request in it.
# Python tries a folder for temporary files with a word of its own; a pool of processes has its semaphores.
MAY_WRITE = re.compile(
    r"\.pyc(\.\d+)?$|/__pycache__/|^/dev/(null|shm/wgunicorn-)|/static/|^/proc/self/|/tmp/([a-z0-9_]{8}$|pymp-)"
)


@dataclass
class Ground:
    stage: Stage
    cast: Cast
    folder: Path  # the sinks that are ours
    story: Story
    rabbit: Rabbit | None = None

    def sinks(self) -> dict[str, Callable[[], Iterator[bytes]]]:
        home = self.stage.installation.folder
        clusters = {name: home / f"pg-{name}" for name in ("casework", "register")}
        found: dict[str, Callable[[], Iterator[bytes]]] = {}
        for name, folder in clusters.items():
            found[f"{name}: files"] = lambda folder=folder: heap(folder)
            found[f"{name}: write-ahead log"] = lambda folder=folder: files(folder / "data" / "pg_wal")
            found[f"{name}: server's log"] = lambda folder=folder: files(folder / "server.log")
        return found | {
            "server's activity": lambda: tainted.activity(self.stage),
            "broker": lambda: files(*self.broker()),
            "output of processes": lambda: files(home / "logs"),
            "error reports": lambda: files(self.folder / "sentry"),
            "mail": lambda: files(self.folder / "mail"),
            "files written": self.files_written,
            "exception chains": lambda: files(self.folder / "chains"),
            "error pages": lambda: files(self.folder / "errors"),
            "headers": lambda: files(self.folder / "headers"),
            "process table": lambda: tainted.process_table(self.stage),
            "public pages": lambda: tainted.public_pages(self.stage, 25),
            "exports": lambda: tainted.exports(self.stage, self.folder / "exports"),
            **({"core files": self.core_files} if tainted.CORE else {}),
        }

    def broker(self) -> list[Path]:
        """All that it keeps: RabbitMQ's queues, write-ahead log, tables and logs, or the embedded one's file."""
        if self.rabbit is not None:
            return self.rabbit.data
        return list((self.stage.installation.folder / "worker").glob("broker*"))

    def files_written(self) -> Iterator[bytes]:
        """Deleted files as they were, and whatever is left of others."""
        yield from files(self.folder / "kept", self.folder.parent / "tmp")
        for path in set(self.written()):
            yield from files(Path(path))

    def written(self) -> list[str]:
        told = (self.folder / "written").read_text().splitlines()
        return [path for path in told if not MAY_WRITE.search(path)]

    def core_files(self) -> Iterator[bytes]:
        return files(*self.cores())

    def cores(self) -> list[Path]:
        return [path for path in PROJECT.glob("core*") if path.is_file()]

    def search(self) -> dict[str, set[str]]:
        """Canaries found, by sink."""
        for database in ("register", "casework"):
            with self.stage.owner(database) as link:
                link.execute("CHECKPOINT")
        look = Search(self.cast.canaries)
        return {name: look.among(blobs()) for name, blobs in self.sinks().items()}

    def breaks(self, point: str, mode: str) -> None:
        """Let one point break in one way while somebody goes through it. Raises where it did not."""
        for _ in range(2):  # what was prepared may have died with the fault before
            token = secrets.token_hex(8)
            step = STEPS[POINTS[point]]
            ready = step.before(self.cast)
            (self.folder / "armed").write_text(f"{point} {mode} {token}")
            try:
                with suppress(*TOLD):
                    step.do(self.cast, ready)
                fired = self._fired(token, PATIENCE if step.zone == "worker" else 2.0)
            finally:
                (self.folder / "armed").unlink()
            if step.zone != "worker":
                self.stage.processes.wait_for(step.zone)
            if fired:
                return
        raise AssertionError(f"{point} did not break: nobody comes through it")

    def _fired(self, token: str, patience: float) -> bool:
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if token in (self.folder / "fired").read_text():
                return True
            time.sleep(0.02)
        return False


EMBEDDED, INSTALLED = "the embedded default", "RabbitMQ and the system's PostgreSQL"


@pytest.fixture(params=[EMBEDDED, INSTALLED])
def servers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[str, Rabbit | None]:
    """Which PostgreSQL and which broker: the name for both, and RabbitMQ where it is one."""
    if request.param == EMBEDDED:
        return EMBEDDED, None
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        missing = "No system PostgreSQL here (Debian: postgresql)."
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    monkeypatch.setenv("RW_POSTGRES_BIN", str(found[-1].parent))
    server: Rabbit = request.getfixturevalue("rabbitmq")
    server.forget_queue()
    return INSTALLED, server


@pytest.fixture
def ground(tmp_path: Path, servers: tuple[str, Rabbit | None]) -> Iterator[Ground]:
    _, rabbit = servers
    stage, folder = Stage.fresh("proof-4"), tmp_path / "taint"
    folder.mkdir()
    (tmp_path / "tmp").mkdir()
    (folder / "points").write_text("\n".join(POINTS))
    for name in ("fired", "written", "chains", "errors", "headers"):
        (folder / name).touch()
    with ExitStack() as stack:
        stack.callback(stage.close)
        # As the machine would let it be: whether a process dumps its memory is then its own affair.
        soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
        stack.callback(resource.setrlimit, resource.RLIMIT_CORE, (soft, hard))
        sink = stack.enter_context(Sink(file=folder / "sentry"))
        mail = stack.enter_context(MailSink(folder / "mail"))
        (folder / "sentry").touch()
        stage.processes.more = {
            **stage.processes.more, "PYTHONPATH": str(PROJECT / "tests" / "system" / "faults"), "RW_TAINT": str(folder),
            "RW_TAINT_MAIL": str(mail.port), "RW_SENTRY_DSN": sink.dsn, "RW_SENTRY_IN_CASEWORK": "yes",
            "TMPDIR": str(tmp_path / "tmp"), **({"RW_BROKER_URL": rabbit.url} if rabbit else {}),
        }  # fmt: skip
        cast = Cast.of(stage, folder)
        cast.told()
        stage.processes.start()
        story = Story(stage)
        cast.canaries["receipt"] = cast.file()
        cast.told()
        tainted.until_released(story)
        cast.sign_in()
        yield Ground(stage, cast, folder, story, rabbit)


@pytest.mark.proof
def test_no_word_of_anybody_is_found_where_something_is_kept(
    ground: Ground, servers: tuple[str, Rabbit | None], proof: Callable[..., Proof]
) -> None:
    name, rabbit = servers
    # With other servers underneath, fewer faults: what may leak of our processes is the same, what keeps it is not.
    small, full = (8, 60) if rabbit else (16, len(FAULTS))
    p = proof(
        4, f"canaries in every field, faults everywhere, every sink: {name}", bar="0 hits", small=small, full=full
    )
    assert len(set(ground.cast.canaries.values())) >= 12 and len(set(FAULTS)) == len(FAULTS) >= 200
    for point, mode in p.over(FAULTS[: p.size]):
        ground.breaks(point, mode)
    found = {name: hits for name, hits in ground.search().items() if hits}
    written = sorted(set(ground.written()))
    alive = ground.stage.processes.fallen() == []
    missed = without_guards(ground)
    p.found(
        f"{sum(map(len, found.values()))} hits of 12 canaries in {len(ground.sinks())} sinks after {p.size} faults"
        f"{_some(found)}{'; files opened: ' + ', '.join(written) if written else ''}",
        control=f"without the guards {len(ground.sinks()) - len(missed)} of {len(ground.sinks())} sinks hold some"
        + (f"; not {', '.join(missed)}" if missed else ""),
        held=not found and not written and not missed and alive,
    )


def _some(found: dict[str, set[str]]) -> str:
    return "".join(f"; {name}: {', '.join(sorted(hits))}" for name, hits in found.items())


# --- the control ----------------------------------------------------------------------------------------------


def without_guards(ground: Ground) -> list[str]:
    """The same again with every guard taken away; the sinks where still nothing is found."""
    stage, cast = ground.stage, ground.cast
    for name in ("intake", "desk", "worker"):
        stage.processes.kill(name)
    for database in ("casework", "register"):
        with stage.owner(database) as link:
            for setting in ("log_min_messages = warning", "log_min_error_statement = error"):
                link.execute(f"ALTER SYSTEM SET {setting}".encode())
            link.execute("SELECT pg_reload_conf()")
    stage.processes.more = {**stage.processes.more, "RW_TAINT_UNGUARDED": "1"}
    stage.processes.start_web("intake")
    stage.processes.wait_for("intake")
    word = cast.canaries["happened"]
    cast.drafting = None
    cast.file()  # sealed by nothing: files and write-ahead log
    for point, mode in (("complaints.intake.summary:facts", "raised"), ("complaints.vault.contents:pack", "refused"),
                        ("complaints.vault.drafts:lock", "thread")):  # fmt: skip
        ground.breaks(point, mode)
    worker = cast.ready_to_answer()
    with suppress(*TOLD):
        photo = ("photo.jpg", word.encode() * 10)
        worker.client.post("/en/words/", files={"photo": photo}, headers={"Origin": "null"})
    if tainted.CORE:
        ground.breaks("complaints.intake.summary:facts", "aborted")
    cast.visitor("public").get(f"/register?q={word}")  # led to the same address with a slash at its end
    _said_in_clear(ground, word)
    with stage.owner("casework") as link:
        link.execute(f"SELECT '{word}'".encode())
        child = subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(600)", word], stdin=subprocess.DEVNULL,
            start_new_session=True, env={},
        )  # fmt: skip
        stage.processes.running["control"] = child
        try:
            hits = ground.search()
        finally:
            stage.processes.kill("control")
            for path in ground.cores():
                path.unlink()
    return [name for name, found in hits.items() if not found]


def _said_in_clear(ground: Ground, word: str) -> None:
    """Where no code of ours could put anything sealed: a message's arguments, the register, a published text."""
    environment = {"RW_VAR": str(ground.stage.installation.folder), "RW_ZONE": "worker", "PATH": "/usr/bin:/bin"}
    if ground.rabbit is not None:
        environment["RW_BROKER_URL"] = ground.rabbit.url
    subprocess.run(
        [sys.executable, "-m", "celery", "-A", "recruitment_watch.celery", "call", "tick", "--args", f'["{word}"]'],
        cwd=PROJECT, env=environment, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    with ground.stage.owner("register") as link:
        link.execute("UPDATE agencies_agency SET name = name || %s", [word])
        with suppress(Exception):
            link.execute(f"SELECT '{word}'::integer".encode())
    ground.stage.command(
        "desk", "lawful_demand", "record", "--kind", "court", "--authority", word, "--basis", "a law", "--asked",
        "everything", "--given", "nothing",
    )  # fmt: skip
