"""gunicorn's threaded worker, with ears of its own: nobody holds a thread by speaking slowly.

gunicorn gives each connection to a thread at once, and that thread waits for the TLS handshake and for the headers
as long as it takes: as many sockets as there are threads, each with one byte sent, stop a zone. Here the worker's
one loop listens to all of them. A thread gets who has said everything, or 64 KiB of a longer body:

    handshake and headers   10 s for both together
    body                    30 s between two pieces, however long the whole takes: a slow phone may need half an hour
    goodbye                 2 s, on the loop as well (gunicorn lets the loop wait for each); after a long body 30 s
                            between two pieces: a browser that is hung up on while it sends shows no answer

A thread that reads the rest of a long body, or sends, waits 30 s for each piece. Where every place is taken, the one
that has been speaking longest gives up its own; nobody is refused by address, because dormitories, carrier NAT and
Tor share one. What is heard lies in memory, 128 KiB a connection at most. Written against gunicorn 27.0.
"""

from __future__ import annotations

import re
import selectors
import socket
import ssl
import threading
import time
from concurrent.futures import Future
from functools import partial
from typing import Any

from django.conf import settings
from gunicorn import http, sock
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn, ThreadWorker

HEAD_SECONDS = 10.0
SILENCE_SECONDS = 30.0
GOODBYE_SECONDS = 2.0
THROWN_AWAY = 256 * 2**20  # bytes at most of what is too large: the film of some minutes
GATHER = (
    65_536  # bytes on the loop before a thread reads on; what is longer without an end of its headers is hung up on
)

ENOUGH = 0  # no event to wait for: a thread may have it
END_OF_HEAD = re.compile(rb"\r\n\r\n|\n\n")
LENGTH = re.compile(rb"(?im)^content-length:[ \t]*(\d{1,15})[ \t]*\r?$")


class Heard(SocketUnreader):  # type: ignore[misc]  # gunicorn has no types
    """What the loop has heard, and behind it the line; of that, nothing until the headers are read."""

    flowing = False

    def hear(self, heard: bytes) -> None:
        self.unread(heard)
        self.flowing = False

    def chunk(self, size_hint: int | None = None) -> bytes:
        """A piece from the line. While headers are read it has ended: no thread waits for the rest of them."""
        return bytes(super().chunk(size_hint)) if self.flowing else b""


class Connection(TConn):  # type: ignore[misc]  # gunicorn has no types
    """One line: what has been said on it so far, and until when it may go on (monotonic seconds)."""

    parser: Any  # gunicorn's; None until a thread has made it

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.heard = bytearray()
        self.wanted: int | None = None  # bytes, headers and body together; None until the headers are complete
        self.since = self.until = 0.0
        self.shaking = False
        self.owed = 0  # bytes that may still come after the answer, and are thrown away

    def begin(self) -> None:
        """Listen for a request; what came behind the one before is its beginning."""
        self.sock.setblocking(False)
        self.heard, self.wanted = bytearray(), None
        self.since = time.monotonic()
        self.until = self.since + HEAD_SECONDS
        if self.parser is not None:
            self._take(self.parser.unreader.take_buffered())

    def listen(self) -> int:
        """Take what has come; the event of `selectors` to wait for next, or ENOUGH. Raises OSError where it ended."""
        try:
            if self.shaking:
                self.sock.do_handshake()
                self.shaking = False
            while not self._is_enough():
                piece = self.sock.recv(GATHER)
                if not piece:
                    raise ConnectionResetError
                self._take(piece)
        except (BlockingIOError, ssl.SSLWantReadError):
            return selectors.EVENT_READ
        except ssl.SSLWantWriteError:
            return selectors.EVENT_WRITE
        return ENOUGH

    def init(self) -> None:
        """Called by a thread before it reads."""
        self.sock.settimeout(SILENCE_SECONDS)
        if self.parser is None:
            self.parser = http.get_parser(self.cfg, self.sock, self.client)
            self.parser.unreader = Heard(self.sock)
        self.parser.unreader.hear(bytes(self.heard))
        self.initialized = True
        self.heard = bytearray()

    def _take(self, piece: bytes) -> None:
        searched = max(0, len(self.heard) - 3)
        self.heard += piece
        if self.wanted is None and (end := END_OF_HEAD.search(self.heard, searched)):
            length = LENGTH.search(self.heard, 0, end.end())
            self.wanted = end.end() + (int(length[1]) if length else 0)
        if self.wanted is not None:
            self.until = time.monotonic() + SILENCE_SECONDS

    def _is_enough(self) -> bool:
        if self.wanted is None:
            if len(self.heard) > GATHER:
                raise ConnectionAbortedError
            return False
        # What is too large is answered before it is read.
        return len(self.heard) >= min(self.wanted, GATHER) or self.wanted > settings.LARGEST_POST + GATHER


class ListeningWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """Everything but a whole request is the loop's; all methods but `handle_request` run on it."""

    def init_process(self) -> None:
        self.waiting: set[Connection] = set()
        self.keeping = threading.RLock()  # for the list of lines that are kept alive
        self.told = 0.0
        self.tls: ssl.SSLContext | None = sock.ssl_context(self.cfg) if self.cfg.is_ssl else None
        super().init_process()

    def accept(self, listener: socket.socket) -> None:
        try:
            line, address = listener.accept()
        except OSError:
            return  # gone again, or no place for it now: the loop comes by again
        self.nr_conns += 1
        conn = Connection(self.cfg, line, address, listener.getsockname())
        try:
            if self.tls is not None:
                conn.shaking = True
                conn.sock = self.tls.wrap_socket(
                    line, server_side=True, do_handshake_on_connect=False,
                    suppress_ragged_eofs=self.cfg.suppress_ragged_eofs,
                )  # fmt: skip
            self.enqueue_req(conn)
        except (OSError, ValueError):
            self._drop(conn)
        if self.nr_conns >= self.worker_connections and self.waiting:
            self._drop(min(self.waiting, key=lambda one: one.since))

    def enqueue_req(self, conn: Connection) -> None:
        """Where gunicorn hands over to a thread: a new line, one kept alive that speaks again, a second request."""
        conn.begin()
        self._listen(conn)

    def handle_request(self, req: Any, conn: Connection) -> bool:
        conn.parser.unreader.flowing = True
        return bool(super().handle_request(req, conn))

    def notify(self) -> None:
        """Tell the arbiter that this process lives: each second will do, it waits for thirty."""
        now = time.monotonic()
        if now - self.told >= 1:
            self.told = now
            super().notify()

    def _answered(self, conn: Connection, fs: Future[Any]) -> None:
        """On the thread that answered: a line that is kept goes back to the ears from here.

        The loop is not woken for it; that it would only wake to hear the next request is a quarter of what a small
        answer costs here. For all else it is.
        """
        if self.alive and not fs.cancelled() and fs.exception() is None and fs.result() is True:
            with self.keeping:
                if conn.parser.unreader.buf.getvalue() == b"":
                    super().finish_request(conn, fs)
                    return
        self.method_queue.defer(self.finish_request, conn, fs)

    def on_client_socket_readable(self, conn: Connection, client: Any) -> None:
        with self.keeping:
            super().on_client_socket_readable(conn, client)

    def murder_keepalived(self, force: bool = False) -> None:
        with self.keeping:
            super().murder_keepalived(force)

    def _cap_keepalive(self, deadline: float) -> None:
        with self.keeping:
            super()._cap_keepalive(deadline)

    def finish_request(self, conn: Connection, fs: Future[Any]) -> None:
        if fs.cancelled() or fs.exception() is not None or not fs.result():
            self._see_off(conn)
        else:
            super().finish_request(conn, fs)

    def murder_pending(self) -> None:
        """Called at every turn of the loop: hang up on who took too long, and soon on all when the worker stops."""
        now = time.monotonic()
        for conn in list(self.waiting):
            if not self.alive:
                conn.until = min(conn.until, now + GOODBYE_SECONDS)
            if conn.until <= now:
                self._drop(conn)

    def _listen(self, conn: Connection, line: Any = None) -> None:
        """`line` is there where the poller calls: then it may have been hung up on at this very turn of the loop."""
        if line is not None and conn not in self.waiting:
            return
        self._forget(conn)
        try:
            event = conn.listen()
            if event != ENOUGH:
                self._wait(conn, event, self._listen)
                return
        except (OSError, ValueError):
            self._drop(conn)
            return
        conn.data_ready = True
        self.tpool.submit(self.handle, conn).add_done_callback(partial(self._answered, conn))

    def _see_off(self, conn: Connection) -> None:
        """All is said; what still comes is read for a moment, or the answer would be lost with it (RFC 9112, 9.6)."""
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
            conn.since = time.monotonic()
            conn.owed = min(conn.wanted, THROWN_AWAY) if conn.wanted is not None and conn.wanted > GATHER else 0
            conn.until = conn.since + (SILENCE_SECONDS if conn.owed else GOODBYE_SECONDS)
            self._wait(conn, selectors.EVENT_READ, self._still_there)
        except (OSError, ValueError):
            self._drop(conn)

    def _still_there(self, conn: Connection, _line: Any) -> None:
        if conn not in self.waiting:
            return
        try:
            if piece := conn.sock.recv(GATHER):
                conn.owed -= len(piece)
                if conn.owed > 0:
                    conn.until = time.monotonic() + SILENCE_SECONDS
                return
        except BlockingIOError:
            return
        except (OSError, ValueError):
            pass
        self._drop(conn)

    def _wait(self, conn: Connection, event: int, then: Any) -> None:
        self.poller.register(conn.sock, event, partial(then, conn))
        self.waiting.add(conn)

    def _forget(self, conn: Connection) -> None:
        if conn in self.waiting:
            self.waiting.remove(conn)
            self.poller.unregister(conn.sock)

    def _drop(self, conn: Connection) -> None:
        self._forget(conn)
        self.nr_conns -= 1
        conn.close()
