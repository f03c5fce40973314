"""A reporter's browser, down to what costs anything: one kept connection, cookies, requests, and answers cut off.

Plain HTTP with X-Forwarded-Proto, as nginx sends it in production, where TLS ends before the zone. Nothing of an
HTTP library: reading an answer's headers with one costs as much as the zone's own work on some pages.
"""

from __future__ import annotations

import gzip
import random
import socket
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlencode

PATIENCE = 120.0  # seconds for one answer
CUTS_IN_A_ROW = 20


class Broken(RuntimeError):
    """The connection ended, or said something that is no answer, and nobody here had cut it off."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: `headers` by lower-case name (the last of a kind), `body` unpacked, `size` as it was sent."""

    status: int
    headers: dict[str, str]
    body: bytes
    size: int

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass(slots=True)
class Cuts:
    """Cuts off a share of all answers, at random but the same way for one seed."""

    dice: random.Random
    share: float

    def after(self) -> int | None:
        """After how many bytes of the answer to hang up: None never, 0 before the first."""
        if self.dice.random() >= self.share:
            return None
        return self.dice.choice((0, 0, self.dice.randrange(1, 200), self.dice.randrange(200, 8_000)))


@dataclass(slots=True)
class Tally:
    """What all reporters of a run saw: `seconds` of each whole answer, `statuses`, and how many were cut off."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    cut: int = 0
    reconnects: int = 0


class Line:
    """One browser. Not for several threads at once."""

    def __init__(self, port: int, tally: Tally, cuts: Cuts | None = None) -> None:
        self.port, self.tally, self.cuts = port, tally, cuts
        self.cookies: dict[str, str] = {}
        self.socket: socket.socket | None = None
        self.buffer = b""

    def get(self, path: str) -> Answer:
        return self._until_whole(self._request("GET", path, b"", ""))

    def post(self, path: str, body: bytes, kind: str = "application/x-www-form-urlencoded") -> Answer:
        return self._until_whole(self._request("POST", path, body, kind))

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
        self.socket, self.buffer = None, b""

    def _request(self, method: str, path: str, body: bytes, kind: str) -> tuple[str, bytes]:
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nX-Forwarded-Proto: https\r\n"
            "Accept: text/html\r\nAccept-Encoding: gzip\r\nAccept-Language: en\r\nSec-Fetch-Site: same-origin\r\n"
        )
        if method == "POST":
            head += f"Origin: null\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        return head, body

    def _until_whole(self, request: tuple[str, bytes]) -> Answer:
        """Ask, and ask the same again (as "reload" does: same form, same cookies) for as long as answers are lost."""
        for _try in range(CUTS_IN_A_ROW):
            after = self.cuts.after() if self.cuts else None
            answer = self._once(request, after)
            if answer is not None:
                return answer
            self.tally.cut += 1
        raise Broken(f"{CUTS_IN_A_ROW} answers in a row were cut off")

    def _once(self, request: tuple[str, bytes], after: int | None) -> Answer | None:
        """One answer, or None where it was cut off after so many bytes. A stale connection is opened anew once."""
        head, body = request
        kept = self.socket is not None
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = f"{head}Cookie: {cookies}\r\n\r\n" if cookies else f"{head}\r\n"
        started = time.perf_counter()
        try:
            self._send(sent.encode() + body)
            if after is not None:
                self._hang_up_after(after)
                return None
            answer = self._read()
        except OSError as error:
            self.close()
            if not kept or self.buffer:
                raise Broken(f"{type(error).__name__} in the middle of an answer") from error
            self.tally.reconnects += 1  # the server had closed the idle connection: browsers ask again by themselves
            return self._once(request, after)
        self.tally.seconds.append(time.perf_counter() - started)
        self.tally.statuses[answer.status] += 1
        return answer

    def _send(self, sent: bytes) -> None:
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(sent)

    def _hang_up_after(self, octets: int) -> None:
        """Read so much and close. Headers that came whole have set their cookies, as they do in a browser."""
        assert self.socket is not None
        while len(self.buffer) < octets:
            more = self.socket.recv(octets - len(self.buffer))
            if not more:
                break
            self.buffer += more
        head, whole, _rest = self.buffer.partition(b"\r\n\r\n")
        if whole:
            self._headers(head)
        self.close()

    def _read(self) -> Answer:
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, _, rest = self.buffer.partition(b"\r\n\r\n")
        status, headers = self._headers(head)
        if "content-length" not in headers and status not in (204, 304):
            raise Broken(f"an answer of unknown length, status {status}")
        length = int(headers.get("content-length", 0))
        self.buffer = rest
        while len(self.buffer) < length:
            self._more()
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        if headers.get("connection", "") == "close":
            self.close()
        size = len(head) + 4 + len(body)
        if headers.get("content-encoding", "") == "gzip":
            body = gzip.decompress(body)
        return Answer(status, headers, body, size)

    def _more(self) -> None:
        assert self.socket is not None
        more = self.socket.recv(65_536)
        if not more:
            raise ConnectionResetError
        self.buffer += more

    def _headers(self, head: bytes) -> tuple[int, dict[str, str]]:
        lines = head.decode("latin-1").split("\r\n")
        headers: dict[str, str] = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            name, value = name.lower(), value.strip()
            headers[name] = value
            if name == "set-cookie":
                self._cookie(value)
        return int(lines[0].split(" ", 2)[1]), headers

    def _cookie(self, value: str) -> None:
        pair, _, attributes = value.partition(";")
        name, _, content = pair.partition("=")
        if "max-age=0" in attributes.lower():
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = content


def encoded(pairs: list[tuple[str, str]], files: list[str], *, in_parts: bool) -> tuple[bytes, str]:
    """A form's answers as a browser sends them, and their content type; files are sent empty."""
    if not in_parts:
        return urlencode(pairs).encode(), "application/x-www-form-urlencoded"
    edge = f"----reporter{random.randrange(10**12):012d}"
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}' for name, value in pairs]
    parts += [
        f'Content-Disposition: form-data; name="{name}"; filename=""\r\nContent-Type: application/octet-stream\r\n\r\n'
        for name in files
    ]
    body = "".join(f"--{edge}\r\n{part}\r\n" for part in parts) + f"--{edge}--\r\n"
    return body.encode(), f"multipart/form-data; boundary={edge}"
