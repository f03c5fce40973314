"""Logs that name events, never contents: an event may carry only the fields declared here."""

from __future__ import annotations

import logging
import logging.config
from collections.abc import MutableMapping
from typing import Any

import structlog

# What a log line may say. A field that is not here is dropped, whoever wrote it.
FIELDS = frozenset(
    {"event", "level", "zone", "count", "seconds", "table", "sqlstate", "constraint", "exception", "batch"}
)


def allow_listed(logger: Any, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: value for key, value in event.items() if key in FIELDS}


class TypeOnly(logging.Formatter):
    """Level, logger and the exception's type: the message of foreign code may quote a request."""

    def format(self, record: logging.LogRecord) -> str:
        kind = record.exc_info[0] if record.exc_info else None
        return (
            f"{record.levelname} {record.name} {record.module}:{record.lineno} {kind.__name__ if kind else ''}".strip()
        )


def configure(_: dict[str, Any]) -> None:
    """Django's LOGGING_CONFIG: warnings of libraries as type and place; our own events as allowed fields."""
    handler = logging.StreamHandler()
    handler.setFormatter(TypeOnly())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    # Django has just set up its own, which would mail whole requests to whoever stands in ADMINS.
    for own in ("django", "django.server"):
        logging.getLogger(own).handlers.clear()
        logging.getLogger(own).propagate = True
    for quiet in ("django.request", "django.security", "django.server"):
        logging.getLogger(quiet).setLevel(logging.ERROR)
    structlog.configure(
        processors=[structlog.processors.add_log_level, allow_listed, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
