"""What Celery calls: no argument, no result. A message that is lost or comes twice changes nothing."""

from __future__ import annotations

from celery import shared_task

from .tick import tick


def run() -> None:
    """Do all that is due."""
    tick()


task = shared_task(name="tick", ignore_result=True)(run)
