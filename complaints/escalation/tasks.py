"""What Celery calls: no argument, no result. A message that is lost or comes twice changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from types import TracebackType
from typing import Any

from celery import shared_task
from celery.signals import before_task_publish
from django.db import DatabaseError, connection

from . import checkpoints, pulse, retention
from .pulse import Part
from .tick import tick


class OutOfMemory(RuntimeError):
    """A task had no memory left. It has no text."""


def survived(run: Callable[[], None]) -> Callable[[], None]:
    """Celery ends the whole worker when one child is out of memory, and quotes what the error says (proof 4)."""

    @wraps(run)
    def task() -> None:
        place: TracebackType | None
        try:
            return run()
        except MemoryError as error:
            place = error.__traceback__
        raise OutOfMemory().with_traceback(place)  # outside: the first one is not even its context

    return task


def run() -> None:
    """Do all that is due."""
    tick()


def keep() -> None:
    """Make, move on and destroy what retention has due."""
    retention.keep()


def checkpoint() -> None:
    """Sign the disclosure log's head, once a week."""
    checkpoints.checkpoint()


def leave_word(**_: Any) -> None:
    """Beat is about to send a message: it is alive. A database that is away for a moment must not stop it."""
    try:
        pulse.beats(Part.BEAT)
    except DatabaseError:
        connection.close()


checkpoint_task = shared_task(name="checkpoint", ignore_result=True)(survived(checkpoint))
keep_task = shared_task(name="keep", ignore_result=True)(survived(keep))
task = shared_task(name="tick", ignore_result=True)(survived(run))
before_task_publish.connect(leave_word)
