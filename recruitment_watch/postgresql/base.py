"""Two differences. Whether a kept connection lives is asked of the operating system, not of the server.

Django asks `SELECT 1` on every connection in every request: a quarter of all statements of the complaints form. A
server that has gone (a restart, a fail-over, an idle limit) has closed its end or said goodbye, and then there is
something to be read where between two requests nothing can be.

And a session of the owner's (MAY_STAND_IDLE) takes the limit to idle transactions off itself, after it has connected:
what the server and the role say stays what `RESET` brings back, so that a check can still look at it.
"""

from __future__ import annotations

import select

from django.db.backends.postgresql import base

UNLIMITED = "SET idle_in_transaction_session_timeout = 0"


class DatabaseWrapper(base.DatabaseWrapper):
    def init_connection_state(self) -> None:
        super().init_connection_state()
        if self.settings_dict.get("MAY_STAND_IDLE") and self.connection is not None:
            self.connection.execute(UNLIMITED)

    def is_usable(self) -> bool:
        """False where the server has hung up or said something unasked: Django then connects anew."""
        if self.connection is None or self.connection.closed:
            return False
        ear = select.poll()
        ear.register(self.connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
        return not ear.poll(0)
