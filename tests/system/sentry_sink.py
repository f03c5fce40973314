"""A server that speaks Sentry's envelope protocol and keeps all that it was sent, to look for what should not be there.

    python -m tests.system.sentry_sink --port 9000 --file /tmp/received

The file grows by one block a request: request line, headers, the body as it came and, where it was compressed, undone.
"""

from __future__ import annotations

import argparse
import gzip
import importlib
import json
import threading
import time
import zlib
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Item:
    headers: dict[str, Any]
    payload: bytes


@dataclass(frozen=True)
class Received:
    """One request; `envelope` and `items` are empty where it was no envelope."""

    line: str
    headers: dict[str, str]
    raw: bytes
    body: bytes
    envelope: dict[str, Any] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)

    def everything(self) -> bytes:
        head = "\n".join([self.line, *(f"{name}: {value}" for name, value in self.headers.items())])
        bodies = [self.body] if self.raw == self.body else [self.raw, self.body]
        return b"\n".join([head.encode(), b"", *bodies, b""])


def undone(raw: bytes, encoding: str) -> bytes:
    """The body before its Content-Encoding. Raises ValueError for one that cannot be undone here."""
    if encoding in ("", "identity"):
        return raw
    if encoding == "gzip":
        return gzip.decompress(raw)
    if encoding == "deflate":
        return zlib.decompress(raw)
    if encoding == "br":
        try:
            return bytes(importlib.import_module("brotli").decompress(raw))
        except ImportError as missing:
            raise ValueError("brotli is not installed") from missing
    raise ValueError(encoding)


def parsed(body: bytes) -> tuple[dict[str, Any], list[Item]]:
    """Header line, then items; a payload without a length ends with its line."""
    first, _, rest = body.partition(b"\n")
    items = []
    while rest.strip():
        head, _, rest = rest.partition(b"\n")
        headers = json.loads(head)
        length = headers.get("length")
        payload = rest.partition(b"\n")[0] if length is None else rest[:length]
        rest = rest[len(payload) :].removeprefix(b"\n")
        items.append(Item(headers, payload))
    return json.loads(first), items


class Sink:
    """`with Sink() as sink:` listens on a free port; `sink.dsn` is what the sender is told."""

    def __init__(self, port: int = 0, file: Path | None = None) -> None:
        self.received: list[Received] = []
        self._file, self._lock = file, threading.Lock()
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sink._take(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self._server.server_address[1]
        self.dsn = f"http://0123456789abcdef@127.0.0.1:{self.port}/1"

    def __enter__(self) -> Sink:
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def serve(self) -> None:
        self._server.serve_forever(0.05)

    def bytes(self) -> bytes:
        """All that came, to look into."""
        with self._lock:
            return b"".join(one.everything() for one in self.received)

    def events(self) -> list[dict[str, Any]]:
        with self._lock:
            items = [item for one in self.received for item in one.items]
        return [json.loads(item.payload) for item in items if item.headers.get("type") == "event"]

    def wait(self, events: int = 1, seconds: float = 30) -> list[dict[str, Any]]:
        """The events once there are so many, or what there is when the time is up."""
        deadline = time.monotonic() + seconds
        while len(self.events()) < events and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.events()

    def _take(self, request: BaseHTTPRequestHandler) -> None:
        raw = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        status, body, envelope, items = 200, raw, {}, []
        try:
            body = undone(raw, request.headers.get("Content-Encoding") or "")
            envelope, items = parsed(body)
        except (ValueError, OSError, zlib.error):
            status = 400
        if not request.path.startswith("/api/") or not request.path.endswith("/envelope/"):
            status = 404
        one = Received(request.requestline, dict(request.headers.items()), raw, body, envelope, items)
        with self._lock:
            self.received.append(one)
            if self._file:
                with self._file.open("ab") as file:
                    file.write(one.everything())
        answer = json.dumps({"id": envelope.get("event_id", "")}).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(answer)))
        request.end_headers()
        request.wfile.write(answer)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--file", type=Path, required=True)
    told = parser.parse_args()
    Sink(told.port, told.file).serve()


if __name__ == "__main__":
    main()
