"""Error reports that carry nothing a person said: rebuilt from an allow-list, never scrubbed by a deny-list.

Deny-list scrubbing leaks (local variables, breadcrumbs, request bodies, exception texts). What leaves
here is the exception's type and, for each frame, module, function and line. Off unless RW_SENTRY_DSN is set.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings


def rebuilt(event: Any, hint: Any = None) -> dict[str, Any]:
    """A new event with type, module, function and line, and nothing else of the one that came in."""
    values = (event.get("exception") or {}).get("values") or []
    return {
        "event_id": event.get("event_id"),
        "timestamp": event.get("timestamp"),
        "platform": "python",
        "level": "error",
        "tags": {"zone": settings.ZONE},
        "exception": {"values": [_exception(value) for value in values]},
    }


def _exception(value: dict[str, Any]) -> dict[str, Any]:
    frames = (value.get("stacktrace") or {}).get("frames") or []
    kept = [{key: frame.get(key) for key in ("module", "function", "lineno")} for frame in frames]
    return {"type": value.get("type"), "module": value.get("module"), "stacktrace": {"frames": kept}}


def start() -> None:
    if not settings.SENTRY_DSN:
        return  # and the library is not even loaded
    import sentry_sdk

    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        before_send=rebuilt,  # type: ignore[arg-type]  # the SDK's Event is a TypedDict of everything
        before_send_transaction=lambda event, hint: None,
        before_breadcrumb=lambda crumb, hint: None,
        default_integrations=False,
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        send_client_reports=False,
        auto_session_tracking=False,
        server_name="",
    )
