"""What Celery calls: no argument, no result. A message that is lost or comes twice changes nothing."""

from __future__ import annotations

from celery import shared_task

from . import checkpoints, retention
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


checkpoint_task = shared_task(name="checkpoint", ignore_result=True)(checkpoint)
keep_task = shared_task(name="keep", ignore_result=True)(keep)
task = shared_task(name="tick", ignore_result=True)(run)
