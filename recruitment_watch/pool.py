"""The worker's two children, and what becomes of the others when one is killed.

On a broker that Celery only polls (the embedded file) the children take turns at one pipe, and a lock says whose turn
it is. A child that is killed while it waits there takes the lock with it: from then on nobody is given a tick, and
nothing says so. Found by proof 7. On RabbitMQ each child has a pipe of its own, and Celery puts another in its place.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from typing import Any

from billiard.pool import Pool as PolledPool
from celery.concurrency.prefork import TaskPool


class WithOneLock(PolledPool):  # type: ignore[misc]  # billiard has no types
    """Ends all children with the one that was killed, and begins anew in the same process."""

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, on_process_down=self._down, **given)

    def _down(self, child: Any) -> None:
        if (child.exitcode or 0) >= 0:
            return  # it ended by itself, and had given the lock back
        for other in [*self._pool]:
            with suppress(OSError):
                os.kill(other.pid, signal.SIGKILL)
                os.waitpid(other.pid, 0)
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


class WorkerPool(TaskPool):  # type: ignore[misc]  # Celery has no types
    BlockingPool = WithOneLock
