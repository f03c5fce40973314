"""What Celery calls: no argument, no result. A message that is lost or comes twice changes nothing."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.signals import before_task_publish
from django.db import DatabaseError, connection

from . import checkpoints, pulse, retention
from .pulse import Part
from .tick import tick


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


checkpoint_task = shared_task(name="checkpoint", ignore_result=True)(checkpoint)
keep_task = shared_task(name="keep", ignore_result=True)(keep)
task = shared_task(name="tick", ignore_result=True)(run)
before_task_publish.connect(leave_word)
