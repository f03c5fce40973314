"""Session store of the desk: Django's database store on our own table, expiry rounded up to the hour.

What has ended does not lie there: rows whose time is over are deleted when a session is made or a vault opened, and so
are the locked keys of a vault that nobody has used for a while, whether or not its browser comes back. How long those
may lie stands beside them, to the hour (FIREWALL rule 5), and is part of what they are locked to.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from recruitment_watch import clock

ROW, UNTIL, LISTED = "vault", "vault_until", "listed"


class SessionStore(DatabaseStore):
    @classmethod
    def get_model_class(cls) -> Any:
        from .models import DeskSession

        return DeskSession

    def get_expiry_date(self, **given: Any) -> datetime:
        """By the application's clock, as the sweep: a rehearsal moves both."""
        return super().get_expiry_date(**{"modification": clock.now()} | given)

    def create(self) -> None:
        sweep()
        super().create()

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        session = super().create_model_instance(data)
        session.expire_date = _hour_after(session.expire_date)
        return session


def sweep() -> None:
    """Delete the sessions whose time is over, and the locked keys of vaults whose hour is over."""
    sessions = SessionStore.get_model_class().objects
    sessions.filter(expire_date__lt=clock.now()).delete()
    now = hour(clock.now())
    for session in sessions.all():
        said = session.get_decoded()
        if ROW in said and now >= int(said.get(UNTIL, 0)):
            for name in (ROW, UNTIL, LISTED):
                said.pop(name, None)
            # Only if it still is as it was read: its member may be opening the vault again at this moment.
            unchanged = sessions.filter(pk=session.pk, session_data=session.session_data)
            unchanged.update(session_data=SessionStore().encode(said))


def hour(moment: datetime) -> int:
    """Whole hours since 1970."""
    return int(moment.astimezone(UTC).timestamp()) // 3600


def hour_after(moment: datetime) -> int:
    """The hour at whose beginning `moment` is over."""
    return -(-int(moment.astimezone(UTC).timestamp()) // 3600)


def _hour_after(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
