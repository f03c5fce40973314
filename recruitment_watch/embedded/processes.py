"""The zones' processes on one machine: three web servers, worker, beat and the register's refresh."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from .home import PROJECT
from .installation import FIRST_PORTS, Installation
from .tls import certificate

WEB = tuple(FIRST_PORTS)
PACKAGES = ("recruitment_watch", "agencies", "cms", "complaints")
READY_SECONDS = 60.0


class NotReady(RuntimeError):
    """A process ended, or did not answer in time; the message names it and its log."""


@dataclass
class Processes:
    """What runs for one installation. Each process leads a group of its own, so that stopping takes its children."""

    installation: Installation
    refresh_seconds: float = 60.0
    more: Mapping[str, str] = field(default_factory=dict)  # environment for all of them
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def logs(self) -> Path:
        return self.installation.folder / "logs"

    @property
    def broker(self) -> Path:
        return self.installation.folder / "worker" / "broker.sqlite"

    def choose_ports(self) -> None:
        """Keep the known ports where they are free; take others where somebody else listens."""
        ports = {zone: _free(port) for zone, port in self.installation.ports().items()}
        (self.installation.folder / "ports.json").write_text(json.dumps(ports))
        self.installation.write_environment()

    def start(self) -> None:
        """Start everything and wait until the three web servers answer."""
        self.broker.unlink(missing_ok=True)  # consumed messages stay in that file; none of them matters
        self._static()
        for zone in WEB:
            self.start_web(zone)
        for zone in WEB:
            self.wait_for(zone)
        self.start_worker()
        self.start_beat()
        self.start_one(
            "refresh", "-m", "recruitment_watch.register_refresh", "--every", str(self.refresh_seconds), zone=""
        )

    def start_only(self, zone: str) -> None:
        """Start one web server, without the others, and wait until it answers."""
        self._collect(zone)
        self.start_web(zone)
        self.wait_for(zone)

    def start_web(self, zone: str) -> None:
        cert, key = certificate(self.installation.folder / "tls")
        self.start_one(
            zone, "-m", "gunicorn", "recruitment_watch.wsgi:application",
            "--config", "python:recruitment_watch.gunicorn",
            "--bind", f"127.0.0.1:{self.installation.ports()[zone]}", "--certfile", str(cert), "--keyfile", str(key),
            zone=zone,
        )  # fmt: skip

    def start_worker(self) -> None:
        self.start_one("worker", *_celery("worker"), zone="worker")

    def start_beat(self) -> None:
        self.start_one("beat", *_celery("beat"), zone="worker")

    def start_one(self, name: str, *arguments: str, zone: str) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("RW_", "DJANGO_"))}
        environment |= {"RW_VAR": str(self.installation.folder), "PYTHONUNBUFFERED": "1", **self.more}
        if zone:
            environment["RW_ZONE"] = zone
        self.logs.mkdir(parents=True, exist_ok=True)
        with (self.logs / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, *arguments], cwd=PROJECT, env=environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True, umask=0o077,
            )  # fmt: skip

    def kill(self, name: str) -> None:
        """kill -9, the whole group: no handler runs, nothing is tidied up."""
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """Ask every group to end; after ten seconds end it."""
        for process in self.running.values():
            _signal(process, signal.SIGTERM)
        deadline = time.monotonic() + 10
        for process in self.running.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL)
                process.wait()
            _signal(process, signal.SIGKILL)  # what its leader left behind
        self.running.clear()

    def fallen(self) -> list[str]:
        """Names of processes that have ended by themselves."""
        return [name for name, process in self.running.items() if process.poll() is not None]

    def wait_for(self, zone: str) -> None:
        url = self.installation.origin(zone) + "/"
        trust = ssl.create_default_context(cafile=str(self.installation.folder / "tls" / "tls.crt"))
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if zone in self.fallen():
                break
            try:
                urllib.request.urlopen(url, timeout=5, context=trust)
                return
            except urllib.error.HTTPError:
                return  # it answers; what it answers is the page's own matter
            except OSError:
                time.sleep(0.05)
        raise NotReady(f"the {zone} zone does not answer at {url}; see {self.logs / zone}.log")

    def _static(self) -> None:
        """Collect and compress every zone's static files, when one of them or a library has changed."""
        stamp = self.installation.folder / "static" / "made-from"
        if stamp.exists() and stamp.read_text() == _shape_of_static():
            return
        with ThreadPoolExecutor() as pool:
            list(pool.map(self._collect, WEB))
        stamp.write_text(_shape_of_static())

    def _collect(self, zone: str) -> None:
        environment = os.environ | {"RW_VAR": str(self.installation.folder), "RW_ZONE": zone}
        subprocess.run(
            [sys.executable, "-W", "ignore", "manage.py", "collectstatic", "--noinput", "--clear", "-v", "0"],
            cwd=PROJECT, env=environment, check=True,
        )  # fmt: skip


def _shape_of_static() -> str:
    digest = hashlib.sha256((PROJECT / "requirements.txt").read_bytes())
    ours = [path for package in PACKAGES for path in (PROJECT / package).glob("**/static/**/*") if path.is_file()]
    for path in sorted(ours):
        digest.update(str(path.relative_to(PROJECT)).encode() + path.read_bytes())
    return digest.hexdigest()


def _celery(what: str) -> tuple[str, ...]:
    common = ("-m", "celery", "-A", "recruitment_watch.celery", what, "--loglevel", "ERROR")
    if what == "worker":
        return (*common, "--concurrency", "2", "--without-gossip", "--without-mingle", "--without-heartbeat",
                "--hostname", "worker@recruitment-watch")  # fmt: skip
    return (*common, "--pidfile=", "--schedule=/dev/null")


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _free(port: int) -> int:
    for wanted in (port, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", wanted))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    return port
