"""gunicorn as every zone runs it: no access log, and an error log that names no visitor and no time.

gunicorn's own error log writes the address of whoever sent a broken request or gave up a TLS handshake,
to the second. Here a line is a level, a place in the code and an exception's type (FIREWALL rule 15).
"""

from __future__ import annotations

import logging
from typing import Any

from gunicorn.glogging import Logger

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


logger_class = NamelessLogger
worker_class = "gthread"
workers = 1
threads = 8
worker_tmp_dir = "/dev/shm"
control_socket_disable = True
