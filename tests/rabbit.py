"""A RabbitMQ of our own, from the machine's packages: its own folder, node and password, on the loopback address alone.

No user but ours is ever there (`guest` is made only where no definitions are loaded), and ours may touch one queue.
The machine's own RabbitMQ, should one run, is neither needed nor disturbed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import amqp
import pytest

from recruitment_watch.embedded.home import home, postgres_user
from recruitment_watch.embedded.tls import certificate

SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # not the wrapper in PATH, which changes user and folders
MISSING = "RabbitMQ is not on this machine (Debian: apt install rabbitmq-server)"
USER, VHOST, QUEUE = "rw", "rw", "ticks"
READY_SECONDS = 60.0
# Of the server's log what an operator would see; segments small, so that a proof can read them all.
CONFIGURATION = """
listeners.tcp.1 = 127.0.0.1:{port}
listeners.ssl.1 = 127.0.0.1:{tls_port}
ssl_options.cacertfile = {folder}/tls.crt
ssl_options.certfile = {folder}/tls.crt
ssl_options.keyfile = {folder}/tls.key
ssl_options.fail_if_no_peer_cert = false
load_definitions = {folder}/definitions.json
log.console = false
log.file.level = info
raft.wal_max_size_bytes = 4194304
"""


def one(name: str) -> Iterator[Rabbit]:
    """A running one for a fixture; without RabbitMQ the tests that need it are skipped, and fail with CI=true."""
    if not SERVER.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    made = Rabbit.fresh(name)
    try:
        yield made
    finally:
        made.close()


class DidNotStart(RuntimeError):
    """RabbitMQ ended, or did not answer in time; the message has the end of what it said."""


@dataclass
class Rabbit:
    """One server in `folder`. About three seconds to start, and to come up again after a kill."""

    folder: Path
    ports: list[int] = field(default_factory=list)  # clients, clients by TLS, other nodes, the nodes' name server
    process: subprocess.Popen[bytes] | None = None
    names: subprocess.Popen[bytes] | None = None
    password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    @classmethod
    def fresh(cls, name: str) -> Rabbit:
        """A new one under the tests' folder; what an earlier run left there is ended first. Raises DidNotStart."""
        made = cls(home() / "tests" / f"rabbit-{name}")
        made.end_what_was_left()
        shutil.rmtree(made.folder, ignore_errors=True)
        made.folder.mkdir(parents=True)
        made.ports = _free_ports(4)
        made._write()
        address = ["-port", str(made.ports[3]), "-address", "127.0.0.1"]
        made.names = made._spawn("epmd", *address)
        made.start()
        return made

    @property
    def url(self) -> str:
        return f"amqp://{USER}:{self.password}@127.0.0.1:{self.ports[0]}/{VHOST}"

    @property
    def tls_url(self) -> str:
        return f"amqps://{USER}:{self.password}@127.0.0.1:{self.ports[1]}/{VHOST}"

    @property
    def authority(self) -> Path:
        return self.folder / "tls.crt"

    @property
    def data(self) -> list[Path]:
        """Where it keeps messages, and where it writes what it has to say."""
        return [self.folder / "mnesia", self.folder / "log", self.folder / "said"]

    def start(self) -> None:
        """Start it and wait until it takes our password."""
        self.launch()
        self.ready()

    def ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not self.answers():
            if self.process is None or self.process.poll() is not None or time.monotonic() > deadline:
                raise DidNotStart((self.folder / "said").read_text(errors="replace")[-2000:])
            time.sleep(0.05)

    def launch(self) -> None:
        self.process = self._spawn(str(SERVER))

    def answers(self) -> bool:
        try:
            with self.connection():
                return True
        except (OSError, amqp.AMQPError):
            return False

    @contextmanager
    def connection(self) -> Iterator[Any]:
        link = amqp.Connection(
            f"127.0.0.1:{self.ports[0]}", userid=USER, password=self.password, virtual_host=VHOST, connect_timeout=2
        )
        try:
            link.connect()
            yield link
        finally:
            with suppress(OSError, amqp.AMQPError):
                link.close()

    def forget_queue(self) -> None:
        with self.connection() as link:
            link.channel().queue_delete(QUEUE)

    def pause(self, *, on: bool) -> None:
        """Stop the machine in the middle of whatever it does, its connections open, or let it go on."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGSTOP if on else signal.SIGCONT)

    def kill(self) -> None:
        """kill -9, the whole group: the virtual machine and its helpers."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def close(self) -> None:
        """End it and the name server that it started."""
        self.kill()
        if self.names is not None:
            self.names.kill()
            self.names.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def end_what_was_left(self) -> None:
        """Processes of a run that was broken off: ours are known by their home."""
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if f"HOME={self.folder}\0".encode() in (folder / "environ").read_bytes():
                    os.kill(int(folder.name), signal.SIGKILL)

    def ctl(self, *arguments: str) -> str:
        """What `rabbitmqctl` says; about a second."""
        done = subprocess.run(
            [str(SERVER.with_name("rabbitmqctl")), "-q", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, check=True, **self._given(),
        )  # fmt: skip
        return str(done.stdout)

    def _spawn(self, *command: str) -> subprocess.Popen[bytes]:
        with (self.folder / "said").open("ab") as said:
            return subprocess.Popen(command, stdout=said, stderr=said, **self._given())

    def _given(self) -> dict[str, Any]:
        user = postgres_user()
        return {
            "cwd": "/", "env": self._environment(), "stdin": subprocess.DEVNULL, "user": user, "group": user,
            "extra_groups": None if user is None else [], "start_new_session": True, "umask": 0o077,
        }  # fmt: skip

    def _environment(self) -> dict[str, str]:
        inside = {
            "MNESIA_BASE": "mnesia", "LOG_BASE": "log", "PID_FILE": "pid", "ENABLED_PLUGINS_FILE": "plugins",
            "CONFIG_FILE": "rabbitmq.conf", "GENERATED_CONFIG_DIR": "generated", "SCHEMA_DIR": "schema",
            "FEATURE_FLAGS_FILE": "flags", "QUORUM_DIR": "mnesia/quorum",
        }  # fmt: skip
        return {
            "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(self.folder), "ERL_CRASH_DUMP_SECONDS": "0",
            **{f"RABBITMQ_{name}": str(self.folder / where) for name, where in inside.items()},
            "RABBITMQ_CONF_ENV_FILE": "/dev/null", "RABBITMQ_NODENAME": "rw@localhost",
            "RABBITMQ_DIST_PORT": str(self.ports[2]), "ERL_EPMD_PORT": str(self.ports[3]),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +sbwt none -kernel inet_dist_use_interface {127,0,0,1}",
        }  # fmt: skip

    def _write(self) -> None:
        salt = secrets.token_bytes(4)
        digest = base64.b64encode(salt + hashlib.sha256(salt + self.password.encode()).digest()).decode()
        only, write = f"^{QUEUE}$", rf"^({QUEUE}|amq\.default)$"
        definitions = {
            "vhosts": [{"name": VHOST}],
            "users": [{"name": USER, "password_hash": digest, "tags": [],
                       "hashing_algorithm": "rabbit_password_hashing_sha256"}],
            "permissions": [{"user": USER, "vhost": VHOST, "configure": only, "write": write, "read": only}],
        }  # fmt: skip
        (self.folder / "definitions.json").write_text(json.dumps(definitions))
        certificate(self.folder)
        conf = CONFIGURATION.format(port=self.ports[0], tls_port=self.ports[1], folder=self.folder)
        (self.folder / "rabbitmq.conf").write_text(conf)
        (self.folder / "plugins").write_text("[].")
        for name in ("mnesia", "log"):
            (self.folder / name).mkdir()
        if (user := postgres_user()) is not None:
            for path in (self.folder, *self.folder.iterdir()):
                os.chown(path, user, user)


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()
