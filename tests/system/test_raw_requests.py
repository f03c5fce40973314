"""FIREWALL proof 13 on the wire: real gunicorn, raw sockets, requests that never reach Django."""

from __future__ import annotations

import os
import re
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from recruitment_watch.embedded.home import PROJECT
from recruitment_watch.embedded.tls import certificate
from tests.harness import Workshop

CANARY = "heliotrope-4471"
OURS = ("--config", "python:recruitment_watch.gunicorn")
NEEDED = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
NEVER = ("server", "etag", "last-modified", "x-powered-by", "via")
HOST = b"Host: 127.0.0.1\r\n"
LONG = b"x" * 20_000
WORD = CANARY.encode()

# What is sent, and the code it is answered with: by gunicorn itself up to the empty line, then by Django.
MALFORMED = {
    "no request line": (b"%s\r\n\r\n" % WORD, 400),
    "method in small letters": (b"get /%s HTTP/1.1\r\n%s\r\n" % (WORD, HOST), 400),
    "no such version": (b"GET /%s HTTP/7.3\r\n%s\r\n" % (WORD, HOST), 400),
    "line too long": (b"GET /%s%s HTTP/1.1\r\n%s\r\n" % (WORD, LONG, HOST), 414),
    "header too long": (b"GET / HTTP/1.1\r\n%sX-%s: %s\r\n\r\n" % (HOST, WORD, LONG), 431),
    "too many headers": (b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(500)) + b"\r\n", 431),
    "header without a colon": (b"GET / HTTP/1.1\r\n%s%s\r\n\r\n" % (HOST, WORD), 400),
    "folded header": (b"GET / HTTP/1.1\r\n%sA: b\r\n %s\r\n\r\n" % (HOST, WORD), 400),
    "two lengths": (b"POST / HTTP/1.1\r\n%sContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx" % HOST, 400),
    "length is a word": (b"POST / HTTP/1.1\r\n%sContent-Length: %s\r\n\r\n" % (HOST, WORD), 400),
    "length and chunks": (
        b"POST / HTTP/1.1\r\n%sContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" % HOST, 400,
    ),
    "unknown coding": (b"POST / HTTP/1.1\r\n%sTransfer-Encoding: %s\r\n\r\n" % (HOST, WORD), 501),
    "expects the impossible": (b"POST / HTTP/1.1\r\n%sExpect: %s\r\nContent-Length: 1\r\n\r\nx" % (HOST, WORD), 417),
    "bytes of a picture": (b"\x89PNG\r\n\x1a\n\x00\x00\r\n\r\n", 400),
}  # fmt: skip
WHOLE = {
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 302),
    "another host": (b"GET / HTTP/1.1\r\nHost: %s.example\r\n\r\n" % WORD, 400),
    "a page that is not there": (b"GET /%s HTTP/1.1\r\n%s\r\n" % (WORD, HOST), 404),
    "everything": (b"OPTIONS * HTTP/1.1\r\n%s\r\n" % HOST, 404),
    "asked to switch": (
        b"GET / HTTP/1.1\r\n%sConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: \r\n\r\n" % HOST,
        302,
    ),
    "old version": (b"GET / HTTP/1.0\r\n%s\r\n" % HOST, 302),
    "only the head": (b"HEAD / HTTP/1.1\r\n%s\r\n" % HOST, 302),
    "too large": (b"POST /sign-in/ HTTP/1.1\r\n%sContent-Length: 99999999\r\n\r\n" % HOST, 413),
    "broken chunks": (b"POST /sign-in/ HTTP/1.1\r\n%sTransfer-Encoding: chunked\r\n\r\nzz\r\n%s" % (HOST, WORD), None),
}


@dataclass(frozen=True)
class Seen:
    status: int
    headers: dict[str, str]
    body: str

    @classmethod
    def of(cls, raw: bytes) -> Seen:
        head, _, body = raw.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        pairs = [line.partition(": ")[::2] for line in lines]
        return cls(int(first.split()[1]), {name.lower(): value for name, value in pairs}, body.decode("latin-1"))

    def lacks(self, *, static: bool = False) -> list[str]:
        needed = {name: value for name, value in NEEDED.items() if not (static and name == "cache-control")}
        wrong = [
            f"{name}: {self.headers.get(name)}" for name, value in needed.items() if self.headers.get(name) != value
        ]
        if "default-src 'none'" not in self.headers.get("content-security-policy", ""):
            wrong.append(f"policy: {self.headers.get('content-security-policy')}")
        wrong += [f"{name}: {self.headers[name]}" for name in NEVER if name in self.headers and not static]
        wrong += [f"says {word!r}" for word in (CANARY, "gunicorn", "Python") if word in self.body]
        return wrong


@contextmanager
def served(
    workshop: Workshop, zone: str, config: tuple[str, ...] = OURS, more: Mapping[str, str] | None = None
) -> Iterator[tuple[int, Path]]:
    """gunicorn for one zone on a port of its own, with `more` environment; the port, and its log."""
    folder = workshop.installation.folder
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("RW_", "DJANGO_"))}
    environment |= workshop.environment(zone) | {
        "RW_ZONE": zone, "RW_VAR": str(folder), f"RW_{zone.upper()}_ORIGIN": "https://127.0.0.1",
        "RW_STATIC": str(folder / workshop.run / "static" / zone),
    }  # fmt: skip
    subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", "collectstatic", "--noinput", "-v", "0"],
        cwd=PROJECT, env=environment, check=True,
    )  # fmt: skip
    environment |= more or {}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    cert, key = certificate(folder / "tls")
    log = folder / f"{workshop.run}_{zone}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "recruitment_watch.wsgi:application", *config, "--bind",
             f"127.0.0.1:{port}", "--certfile", str(cert), "--keyfile", str(key)],
            cwd=PROJECT, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            with suppress(OSError):
                say(port, b"GET / HTTP/1.1\r\n%s\r\n" % HOST)
                break
            time.sleep(0.05)
        yield port, log
    finally:
        process.terminate()
        process.wait(20)


def say(port: int, request: bytes, *, tls: bool = True, seconds: float = 20) -> bytes:
    """Send these bytes and read until the other side has said all."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as plain:
        if not tls:
            return _spoken(plain, request)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as line:
            return _spoken(line, request)


def _spoken(line: socket.socket, request: bytes) -> bytes:
    answer = b""
    with suppress(ssl.SSLError, ConnectionError, TimeoutError):
        line.sendall(request)
        while chunk := line.recv(65_536):
            answer += chunk
            head, end, body = answer.partition(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            if answer.endswith(b"\r\n0\r\n\r\n") or (
                end and (request.startswith(b"HEAD") or (length and len(body) >= int(length[1])))
            ):
                break
    return answer


@pytest.mark.proof
@pytest.mark.parametrize("zone", ["intake", "desk"])
def test_what_never_reaches_django_carries_the_same_headers(workshop: Workshop, zone: str, proof: Any) -> None:
    p = proof(13, f"{zone} on the wire", bar="100 %", small=1, full=1)
    wrong, seen = [], 0
    with served(workshop, zone) as (port, log):
        sent = {name: (*one, True) for name, one in (MALFORMED | WHOLE).items()}
        sent["without TLS"] = (b"GET /%s HTTP/1.1\r\n%s\r\n" % (WORD, HOST), None, False)
        for name, (request, status, tls) in sent.items():
            raw = say(port, request, tls=tls)
            if not raw and status is None:
                continue  # hung up on, which says nothing either
            answer, seen = Seen.of(raw), seen + 1
            wrong += [f"{name} ({answer.status}): {one}" for one in answer.lacks()]
            if status not in (None, answer.status) and zone == "desk":
                wrong.append(f"{name}: {answer.status} instead of {status}")
        sheet = Seen.of(say(port, b"GET /static/rw/rw.css HTTP/1.1\r\n%sConnection: close\r\n\r\n" % HOST))
        assert sheet.status == 200 and "max-age" in sheet.headers["cache-control"], "a static file may be kept"
        wrong += [f"static: {one}" for one in sheet.lacks(static=True)]
        told = log.read_text()
        assert not re.search(rf"{CANARY}|\d\d:\d\d|127\.0\.0\.1", told), "the log names no visitor, no word, no time"
    with served(workshop, zone, ()) as (port, _):
        bare = [Seen.of(say(port, request)) for request, _ in MALFORMED.values()]
    found = sum(bool(answer.lacks()) for answer in bare)
    p.found(
        f"{seen} answers, {len(wrong)} wrong{''.join(f'; {line}' for line in wrong[:5])}",
        control=f"{found} of {len(bare)} found with gunicorn's own settings",
        held=not wrong and found == len(bare),
    )
