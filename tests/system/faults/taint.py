"""FIREWALL proof 4, inside a process under test: one point of it breaks in one way, with every canary in hand.

RW_TAINT is a folder. `points`: a line `module:function` each. `canaries`: a line each. `armed`: `point mode token`, or
not there. What happens is told there: `fired` (tokens), `written` (files opened for writing), `kept/` (copies of files
that were deleted), `chains` (database exceptions with all behind them, as Python would print them).
RW_TAINT_UNGUARDED=1 takes the guards away, for the control.
"""

from __future__ import annotations

import functools
import logging
import os
import shutil
import signal
import sys
import threading
import traceback
import uuid
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ.get("RW_TAINT", "/nowhere"))
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
Break = Callable[[str], None]


def replacements() -> dict[tuple[str, str], Callable[[Any], Any]]:
    watch()
    points = (FOLDER / "points").read_text().split()
    found: dict[tuple[str, str], Callable[[Any], Any]] = {}
    for point in points:
        module, _, function = point.partition(":")
        found[module, function] = functools.partial(breakable, point)
    found["recruitment_watch.sentry", "start"] = starting
    if os.environ.get("RW_TAINT_UNGUARDED"):
        found |= {
            ("recruitment_watch.sentry", "start"): lambda original: loosened,
            ("recruitment_watch.quiet", "start"): lambda original: lambda: None,
            ("recruitment_watch.dberrors", "wrap"): lambda original: lambda **_: None,
            ("recruitment_watch.postgres_settings", "require"): lambda original: lambda: None,
            ("complaints.vault.primitives", "encrypt"): lambda original: in_clear,
            ("complaints.vault.primitives", "decrypt"): lambda original: from_clear,
        }
    return found


def breakable(point: str, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def maybe(*args: Any, **kwargs: Any) -> Any:
        try:
            armed, mode, token = (FOLDER / "armed").read_text().split()
        except (OSError, ValueError):
            return original(*args, **kwargs)
        if armed == point:
            with (FOLDER / "fired").open("a") as fired:
                fired.write(f"{token}\n")
            everything = (FOLDER / "canaries").read_text().replace("\n", " ")
            MODES[mode](f"{everything} {args!r} {kwargs!r}"[:20_000])
        return original(*args, **kwargs)

    return maybe


# --- the ways to break ------------------------------------------------------------------------------------


def raised(text: str) -> None:
    try:
        narrative = text
        raise ValueError(narrative)
    except ValueError as behind:
        behind.add_note(text)
        raise RuntimeError(text) from behind


def refused_by_the_database(text: str) -> None:
    """Values in an error's first line, in its detail, in a warning, in a statement."""
    quoted = text.replace("'", "''").replace("%", "%%")[:4_000]
    padding = "1, " * 40  # as real statements, it names no value in its first hundred bytes
    last = None
    for statement, values in (
        (f"SELECT {padding} '{quoted}'::integer", None),
        (f"SELECT {padding} %s::uuid", [text[:4_000]]),
        (f"DO $$ BEGIN /* {padding} */ RAISE WARNING '%%', '{quoted}'; END $$", []),
        (f"DO $$ BEGIN /* {padding} */ RAISE EXCEPTION '%%', '{quoted}' USING DETAIL = '{quoted}'; END $$", []),
    ):
        last = _told(statement, values) or last
    if last:
        raise last


def connection_lost(text: str) -> None:
    lost = _told(f"SELECT {'1, ' * 40} pg_terminate_backend(pg_backend_pid()), %s", [text[:4_000]])
    if lost:
        raise lost


def _told(statement: str, values: Any) -> Exception | None:
    from django.db import DatabaseError, InterfaceError, connections

    alias = "casework" if "casework" in connections else "default"
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute(statement, values)
        return None
    except (DatabaseError, InterfaceError) as error:
        with (FOLDER / "chains").open("a") as chains:
            chains.writelines(traceback.format_exception(error))
        return error


def warned(text: str) -> None:
    warnings.warn(text, stacklevel=2)


def logged(text: str) -> None:
    import structlog

    log = logging.getLogger("a.library")
    try:
        raise RuntimeError(text)
    except RuntimeError:
        log.exception("could not parse %r", text)
    log.critical(text)
    logging.getLogger("django.request").error("Bad: %s", text, extra={"status_code": 500})
    structlog.get_logger("a.library").error("an event", narrative=text, count=1)


def in_a_thread(text: str) -> None:
    thread = threading.Thread(target=raised, args=(text,), name="fault")
    thread.start()
    thread.join()


def in_a_finalizer(text: str) -> None:
    class Falling:
        def __del__(self) -> None:
            raised(text)

    Falling()


def out_of_memory(text: str) -> None:
    raise MemoryError(text)


def killed(text: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def aborted(text: str) -> None:
    os.abort()


MODES: dict[str, Break] = {
    "raised": raised,
    "refused": refused_by_the_database,
    "lost": connection_lost,
    "warned": warned,
    "logged": logged,
    "thread": in_a_thread,
    "finalizer": in_a_finalizer,
    "memory": out_of_memory,
    "killed": killed,
    "aborted": aborted,
}


# --- what is watched --------------------------------------------------------------------------------------


def watch() -> None:
    """Every file that is opened for writing, and a copy of every one that is deleted."""
    kept = FOLDER / "kept"
    kept.mkdir(exist_ok=True)
    told = os.open(FOLDER / "written", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    ours = str(FOLDER)
    busy = threading.local()

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event not in ("open", "os.remove") or getattr(busy, "now", False):
            return
        path = os.fsdecode(arguments[0]) if isinstance(arguments[0], str | bytes | os.PathLike) else ""
        if not path or path.startswith(ours):
            return
        busy.now = True
        try:
            if event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING:
                os.write(told, f"{path}\n".encode())
            elif event == "os.remove" and Path(path).is_file():
                shutil.copy(path, kept / uuid.uuid4().hex)
        except OSError:
            pass
        finally:
            busy.now = False

    sys.addaudithook(hook)


def starting(original: Callable[[], None]) -> Callable[[], None]:
    """Mail that any part of the process would send goes to the sink."""

    def start() -> None:
        _mail()
        original()

    return start


def _mail() -> None:
    from django.conf import settings

    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(os.environ["RW_TAINT_MAIL"])
    settings.ADMINS = [("An administrator", "admin@example.org")]


# --- without the guards -----------------------------------------------------------------------------------


def loosened() -> None:
    """Django, Sentry, Python and the system as they are by themselves."""
    import logging.config

    import sentry_sdk
    import structlog
    from django.conf import settings
    from django.utils.log import DEFAULT_LOGGING

    _mail()
    settings.DEBUG = False  # mail to the administrators is sent only so; the switch for pages comes with the request
    settings.FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
    logging.basicConfig(format="%(levelname)s %(message)s", force=True)
    logging.config.dictConfig(DEFAULT_LOGGING)
    structlog.reset_defaults()
    sentry_sdk.init(dsn=settings.SENTRY_DSN, send_default_pii=True, include_local_variables=True)
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False
    from django.core.handlers import exception

    def technical(request: Any, resolver: Any, error: Any) -> Any:
        from django.views import debug

        return debug.technical_500_response(request, *error)

    exception.handle_uncaught_exception = _both(exception.handle_uncaught_exception, technical)


def _both(mailing: Any, showing: Any) -> Any:
    def handle(request: Any, resolver: Any, error: Any) -> Any:
        logging.getLogger("django.request").error("failed", exc_info=error, extra={"request": request})
        return showing(request, resolver, error)

    return handle


def in_clear(key: bytes, plaintext: bytes, *, ad: bytes) -> bytes:
    return b"\x01" + bytes(24) + plaintext + bytes(16)


def from_clear(key: bytes, box: bytes, *, ad: bytes) -> bytes:
    return bytes(box[25:-16])
