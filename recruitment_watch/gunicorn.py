"""gunicorn as every zone runs it: no access log, and an error log that names no visitor and no time.

What gunicorn answers by itself, before Django sees a request, says neither what it is nor what it was sent, and
carries the same headers as every page (FIREWALL rule 15).

gunicorn's own error log writes the address of whoever sent a broken request or gave up a TLS handshake,
to the second. Here a line is a level, a place in the code and an exception's type (FIREWALL rule 15).
"""

from __future__ import annotations

import gc
import logging
import os
from contextlib import suppress
from typing import Any

from gunicorn import util
from gunicorn.glogging import Logger
from gunicorn.http.wsgi import Response

from recruitment_watch.logs import TypeOnly


class NamelessLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Nothing below ERROR, nothing of a message."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        handler = logging.StreamHandler()
        handler.setFormatter(TypeOnly())
        for log in (self.error_log, self.access_log):
            log.handlers, log.propagate = [handler], False
            log.setLevel(logging.ERROR)

    def access(self, *args: Any, **kwargs: Any) -> None:
        """Who asked for what, and when, is written nowhere."""


# For a request that cannot be read. English: what language was wanted cannot be read either.
PAGE = b"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>We could not read that</title></head>
<body><h1>We could not read that</h1>
<p>What your browser sent did not arrive whole. Nothing was changed. Go back and try again.</p></body></html>
"""
HEADERS = {
    "Connection": "close",
    "Content-Type": "text/html; charset=utf-8",
    "Content-Length": str(len(PAGE)),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


def write_error(sock: Any, status: int, reason: str, message: str) -> None:
    """gunicorn's own puts what was sent into the page."""
    head = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
    util.write_nonblock(sock, f"HTTP/1.1 {status} {reason}\r\n{head}\r\n".encode("latin-1") + PAGE)


def _without_server(headers: Any = Response.default_headers) -> Any:
    def default_headers(self: Any) -> list[str]:
        return [line for line in headers(self) if not line.startswith("Server:")]

    return default_headers


# Its settings know neither; both are looked up where they are used.
util.write_error = write_error
Response.default_headers = _without_server()

logger_class = NamelessLogger
worker_class = "recruitment_watch.listening.ListeningWorker"
# Python's threads share one lock, and in intake two hundred may come at once: there two processes, which share what is
# loaded before they part.
workers = 2 if os.environ.get("RW_ZONE") == "intake" else 1
preload_app = workers > 1
# A thread is held by a request that is being answered, or by the rest of a long upload. Each has its own connections to
# the databases (two at most): three zones' 32 fit into the embedded server's 200.
threads = 32 // workers
worker_connections = 800  # below the 1,024 open files that a process has unless somebody raised it
worker_tmp_dir = "/dev/shm"
control_socket_disable = True


def post_fork(server: Any, worker: Any) -> None:
    """A thread that wakes waits until a core is free, and takes it from nobody in the middle of their work.

    Its share of the time stays the same. A page is some ten wakings, and a core that was taken away and comes back has
    lost what it had at hand (docs/decisions/0029).
    """
    with suppress(AttributeError, OSError):  # Linux's; and not every container lets a process say so
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def post_worker_init(worker: Any) -> None:
    """What is loaded stays: Python need not go through all of it again and again to see that it is still used."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
