"""Error reports that carry nothing a person said: rebuilt from an allow-list, never scrubbed by a deny-list.

Deny-list scrubbing leaks (local variables, breadcrumbs, request bodies, exception texts). What leaves here is a random
id, the zone, the hour, the exception's type and, for each frame, module, function and line; of the exceptions behind
it the types. Off unless RW_SENTRY_DSN is set; in intake and desk also RW_SENTRY_IN_CASEWORK has to be.

The library's integrations are all off, because they collect before anything can be left out. What they would hook is
hooked here: Django's views, Celery's tasks and its start, and whatever else ends a process.
"""

from __future__ import annotations

import logging
import re
import sys
from types import TracebackType
from typing import Any

from django.conf import settings
from django.core.signals import got_request_exception

from . import clock

NAME = re.compile(r"[\w.<>\-]{1,200}", re.ASCII)  # what code calls things, and no sentence
FLUSH_SECONDS = 2.0


def rebuilt(event: Any, hint: Any = None) -> dict[str, Any] | None:
    """A new event with type, module, function and line, and nothing else of the one that came in.

    None, and nothing is sent, for an event without an exception: its only content would be a message.
    """
    values = (event.get("exception") or {}).get("values") or []
    if not values:
        return None
    *behind, raised = values  # the library puts the one that was raised last
    return {
        "event_id": event.get("event_id"),
        "timestamp": clock.now().replace(minute=0, second=0, microsecond=0).isoformat(),
        "platform": "python",
        "level": "error",
        "tags": {"zone": settings.ZONE},
        "exception": {"values": [*(_type(value) for value in behind), _type(raised) | _frames(raised)]},
    }


def _type(value: dict[str, Any]) -> dict[str, Any]:
    return {"type": _name(value.get("type")), "module": _name(value.get("module"))}


def _frames(value: dict[str, Any]) -> dict[str, Any]:
    frames = (value.get("stacktrace") or {}).get("frames") or []
    return {"stacktrace": {"frames": [_frame(frame) for frame in frames]}}


def _frame(frame: dict[str, Any]) -> dict[str, Any]:
    line = frame.get("lineno")
    named = {key: _name(frame.get(key)) for key in ("module", "function")}
    return {**named, "lineno": line if isinstance(line, int) else None}


def _name(value: Any) -> str | None:
    return value if isinstance(value, str) and NAME.fullmatch(value) else None


def start() -> None:
    if not settings.SENTRY_DSN:
        return  # and the library is not even loaded
    import sentry_sdk

    from .sentry_wire import UNCOMPRESSED, BareTransport

    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        transport=BareTransport,
        before_send=rebuilt,  # type: ignore[arg-type]  # the SDK's Event is a TypedDict of everything
        before_send_transaction=lambda event, hint: None,
        before_breadcrumb=lambda crumb, hint: None,
        default_integrations=False,
        auto_enabling_integrations=False,
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        send_client_reports=False,
        auto_session_tracking=False,
        enable_backpressure_handling=False,
        enable_metrics=False,
        propagate_traces=False,
        spotlight=False,
        debug=False,
        server_name="",
        _experiments=UNCOMPRESSED,  # type: ignore[arg-type]  # a TypedDict of its own
    )
    _listen()


def report(error: BaseException | None, traceback: TracebackType | None = None) -> None:
    """Send this exception's type and place, once, however many hooks see it pass."""
    import sentry_sdk

    if error is None or getattr(error, "_reported", False):
        return
    error._reported = True  # type: ignore[attr-defined]  # every exception has a __dict__
    sentry_sdk.capture_exception((type(error), error, traceback or error.__traceback__))


def _listen() -> None:
    got_request_exception.connect(_request_failed, dispatch_uid="recruitment_watch.sentry")
    before = sys.excepthook

    def process_ends(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        import sentry_sdk

        if isinstance(error, Exception):  # neither Ctrl-C nor an exit
            report(error, traceback)
            sentry_sdk.flush(FLUSH_SECONDS)
        before(kind, error, traceback)

    sys.excepthook = process_ends
    if settings.ZONE == "worker":
        from celery.signals import task_failure

        task_failure.connect(_task_failed, weak=False, dispatch_uid="recruitment_watch.sentry")
        logging.getLogger("celery").addHandler(_Unrecoverable(logging.CRITICAL))


def _request_failed(**_: Any) -> None:
    report(sys.exc_info()[1])


def _task_failed(*, exception: BaseException, traceback: Any = None, **_: Any) -> None:
    report(exception, traceback if isinstance(traceback, TracebackType) else None)


class _Unrecoverable(logging.Handler):
    """Celery swallows what ends its worker and only logs it; of the record nothing but the exception is taken."""

    def emit(self, record: logging.LogRecord) -> None:
        import sentry_sdk

        if record.exc_info:
            report(record.exc_info[1])
            sentry_sdk.flush(FLUSH_SECONDS)
