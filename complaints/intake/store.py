"""What a person does here between two pages: one encrypted row, whose key only their cookie holds.

The row's id is derived from that key too, so that a look at the table leads to nobody. The form keeps its
answers in such a row, and an open mailbox its key.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse

from complaints.vault import drafts
from complaints.vault.contents import pack, unpack
from complaints.vault.errors import BadEnvelope
from complaints.vault.primitives import KEY_BYTES, new_key
from recruitment_watch import clock

HOUR = timedelta(hours=1)


TRIES = 12

# Read on every page of the form and written on most: by hand, since putting either together costs the ORM four times
# what the statement itself does.
_READ = "SELECT box FROM complaints_draft WHERE id = %s"
_WRITE = "UPDATE complaints_draft SET box = %s, expires = %s WHERE id = %s AND substring(box FROM 1 FOR 25) = %s"
_FORGET = """
    WITH files AS (DELETE FROM complaints_draftfile WHERE draft_id = %(id)s)
    DELETE FROM complaints_draft WHERE id = %(id)s
"""
_SWEEP = """
    WITH old AS (SELECT id FROM complaints_draft WHERE expires < %(now)s),
         files AS (DELETE FROM complaints_draftfile WHERE draft_id IN (SELECT id FROM old))
    DELETE FROM complaints_draft WHERE id IN (SELECT id FROM old)
"""
_BEGIN = "INSERT INTO complaints_draft (id, box, expires) VALUES (%s, %s, %s)"
# Suite and nonce: 24 random bytes that are others at every writing stand for the whole box.
_MARK = 25


class Overtaken(RuntimeError):
    """Another request of the same browser has changed the row since it was read; nothing was written."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row as it was read: the cookie's key, what was in it, and the box it was in."""

    key: bytes = field(repr=False)
    place: drafts.Place
    content: dict[str, Any] = field(repr=False)
    box: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Drawer:
    """One kind of row: its cookie's name, and how long it lives after it was last used."""

    cookie: str
    kind: str
    lifetime: timedelta

    def read(self, request: HttpRequest) -> Entry | None:
        """What the row of this browser holds; None where cookie or row is not there, too old or another's."""
        key = key_in(request.COOKIES.get(self.cookie, ""))
        place = drafts.place(key) if key else None
        box = _box(place) if place else None
        if key is None or place is None or box is None:
            return None
        try:
            content = unpack(drafts.unlock(place, box))
        except BadEnvelope:
            return None
        # The row says when it ends to the hour (FIREWALL rule 5); exactly, only what is sealed in it does.
        alive = datetime.fromisoformat(str(content["until"])) > clock.now()
        return Entry(key, place, content, box) if content["kind"] == self.kind and alive else None

    def begin(self, response: HttpResponse, content: Mapping[str, object]) -> None:
        """Store a row under a new key, and give the key to the browser. Old rows go on this occasion."""
        sweep()
        key = new_key()
        place = drafts.place(key)
        box, expires = self._locked(place, content)
        with connection.cursor() as cursor:
            cursor.execute(_BEGIN, [place.id, box, expires])
        response.set_cookie(
            self.cookie,
            base64.urlsafe_b64encode(key).decode(),
            secure=True,
            httponly=True,
            samesite="Strict",
            path="/",
        )

    def write(self, entry: Entry, content: Mapping[str, Any]) -> Entry:
        """Store what `entry` was changed to. Raises Overtaken unless the row still is as it was read."""
        box, expires = self._locked(entry.place, content)
        with connection.cursor() as cursor:
            cursor.execute(_WRITE, [box, expires, entry.place.id, entry.box[:_MARK]])
            if cursor.rowcount != 1:
                raise Overtaken
        return Entry(entry.key, entry.place, dict(content), box)

    def _locked(self, place: drafts.Place, content: Mapping[str, object]) -> tuple[bytes, datetime]:
        until = clock.now() + self.lifetime
        box = drafts.lock(place, pack({**content, "kind": self.kind, "until": until.isoformat()}))
        return box, to_the_hour(until)

    def forget(self, request: HttpRequest, response: HttpResponse) -> None:
        """Delete the row, and take the key back. Whoever leaves is let go, whatever the database says.

        Without its key a row is noise, and goes with a later sweep.
        """
        if key := key_in(request.COOKIES.get(self.cookie, "")):
            for _time in range(2):  # once it may be kept by a file that comes to lie beside it at that very moment
                with suppress(DatabaseError), connection.cursor() as cursor:
                    cursor.execute(_FORGET, {"id": drafts.draft_id(key)})
                    break
        clear_cookie(response, self.cookie)


# After twenty minutes without a click the receipt is asked for again.
MAILBOX = Drawer(cookie=settings.MAILBOX_COOKIE_NAME, kind="mailbox", lifetime=timedelta(minutes=20))
# The same place while a receipt waits for its turn, and for a helper who may see how far a case is.
QUEUE = Drawer(cookie=settings.MAILBOX_COOKIE_NAME, kind="queue", lifetime=timedelta(minutes=20))
HELPER = Drawer(cookie=settings.MAILBOX_COOKIE_NAME, kind="helper", lifetime=timedelta(minutes=20))


def again_if_overtaken(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Do a view again when a second tab or a second click came between: what it does is idempotent."""

    @wraps(view)
    def patient(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        for _try in range(TRIES - 1):
            try:
                return view(request, *args, **kwargs)
            except Overtaken:
                continue
        return view(request, *args, **kwargs)

    return patient


def sweep() -> None:
    """Delete the rows whose time is over, sooner than the worker's tick does (`complaints.escalation.drafts`)."""
    with connection.cursor() as cursor:
        cursor.execute(_SWEEP, {"now": clock.now()})


def clear_cookie(response: HttpResponse, name: str) -> None:
    """`delete_cookie` with every attribute that a browser asks of a `__Host-` cookie."""
    response.set_cookie(
        name,
        "",
        max_age=0,
        expires="Thu, 01 Jan 1970 00:00:00 GMT",
        secure=True,
        httponly=True,
        samesite="Strict",
        path="/",
    )


def _box(place: drafts.Place) -> bytes | None:
    with connection.cursor() as cursor:
        cursor.execute(_READ, [place.id])
        row = cursor.fetchone()
    return bytes(row[0]) if row else None


def key_in(value: str) -> bytes | None:
    try:
        key = base64.b64decode(value, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == KEY_BYTES else None


def to_the_hour(moment: datetime) -> datetime:
    floor = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return floor if floor == moment else floor + HOUR
