"""The vault while it is open: keys locked in the session row, the key to them in a cookie (FIREWALL rule 9).

The row holds no key that opens anything. How long the vault may stay open stands, signed, in the cookie beside the key:
it ends after 15 idle minutes, or 8 hours after it was opened, by application time in whole minutes. The row says the
same rounded up to the hour, and the keys are locked to that hour: neither a kept cookie nor a changed row opens an old
vault. An expired or closed vault's locked keys are deleted from the row: by its browser's next visit, or else by the
next `sessions.sweep` after that hour.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from complaints.cases.models import Inspector, MemberKey, OfficeKeyWrap
from complaints.firewall import access
from complaints.firewall.keys import MARK_BYTES, OpenVault
from complaints.firewall.trusted_keys import trusted
from complaints.vault import members, sessions
from complaints.vault.errors import BadEnvelope, VaultError
from complaints.vault.members import MemberRecord
from complaints.vault.primitives import derive
from recruitment_watch import clock

from . import derivations
from .sessions import LISTED, ROW, UNTIL, hour, hour_after, sweep

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=8)
SALT = "complaints.desk.vault"
MEMBER = "member"  # the name of the member's own key among the locked ones

MARKS = 4_000  # at most, of what this sitting was shown: beyond that something is logged twice


class NoVault(VaultError):
    """This member has no key, or no office whose key could be unwrapped."""


@dataclass(slots=True)
class _Cookie:
    """What the cookie holds: the key, and the minutes since 1970 at which it ends, idle or not."""

    key: bytes = field(repr=False)
    idle: int
    end: int


class VaultSession:
    """The vault of one request's member. Call `keep` on the response, or the vault goes idle."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._session = request.session
        self._cookie = self._read_cookie()
        self._vault: OpenVault | None = None

    @property
    def member(self) -> Inspector:
        return cast(Inspector, self._request.user)

    def open(self, passphrase: str) -> OpenVault:
        """Open with the six words. Takes half a second and 256 MiB, after whoever is before.

        Raises Busy where too many are; WrongPassphrase; NoVault for a member without a key to a live office.
        """
        private, keys = _keys(self.member, passphrase)
        key, end = sessions.new_cookie_key(), _minute(clock.now() + LONGEST)
        self._cookie = _Cookie(key=key, idle=end, end=end)
        sweep()
        self._session[LISTED] = ""
        self._lock(key, _named(keys) | {MEMBER: private}, self._hour_of_end(end))
        self._vault = OpenVault(member=self.member.pk, offices=keys, private=private, sitting=_sitting(key))
        return self._vault

    def vault(self) -> OpenVault | None:
        """The open vault, or None: closed, expired, or one of the two halves is not there."""
        if self._vault is None and ROW in self._session:
            self._vault = self._unlock()
            if self._vault is None:
                self.close()
        return self._vault

    def close(self) -> None:
        self._vault = self._cookie = None
        for name in (ROW, UNTIL, LISTED):
            self._session.pop(name, None)

    def keep(self, response: HttpResponse) -> HttpResponse:
        """Set the cookie for the next 15 minutes, or take it away; note what the log has already been told."""
        name = settings.VAULT_COOKIE_NAME
        if self._vault is None or self._cookie is None:
            if name in self._request.COOKIES:
                response.delete_cookie(name, samesite="Strict")
            return response
        listed = _in_a_row(self._vault.listed)
        if self._session.get(LISTED) != listed:
            self._session[LISTED] = listed
        idle, until = min(_minute(clock.now() + IDLE), self._cookie.end), self._hour_of_end(self._cookie.end)
        if until > int(self._session.get(UNTIL, 0)):
            own = {MEMBER: self._vault.private} if self._vault.private else {}
            self._lock(self._cookie.key, _named(self._vault.offices) | own, until)
        value = signing.dumps([base64.b64encode(self._cookie.key).decode(), idle, self._cookie.end], salt=SALT)
        # No max_age: the browser's clock is not ours, and a rehearsal moves ours. It goes when the browser closes.
        response.set_cookie(name, value, secure=True, httponly=True, samesite="Strict", path="/")
        return response

    def _unlock(self) -> OpenVault | None:
        now, until = clock.now(), int(self._session.get(UNTIL, 0))
        if self._cookie is None or _minute(now) >= min(self._cookie.idle, self._cookie.end) or hour(now) >= until:
            return None
        with suppress(BadEnvelope, ValueError):
            box = base64.b64decode(str(self._session[ROW]))
            named = sessions.unlock(self._cookie.key, box, session_id=self._session_id(until))
            listed = _marks(str(self._session.get(LISTED, "")))
            private, sitting = named.pop(MEMBER, None), _sitting(self._cookie.key)
            offices = _by_office(named)
            return OpenVault(member=self.member.pk, offices=offices, private=private, listed=listed, sitting=sitting)
        return None

    def _lock(self, key: bytes, named: dict[str, bytes], until: int) -> None:
        box = sessions.lock(key, named, session_id=self._session_id(until))
        self._session[ROW], self._session[UNTIL] = base64.b64encode(box).decode(), until

    def _hour_of_end(self, end: int) -> int:
        """The hour at which the locked keys are over, if nobody comes again: at most 8 hours after the opening."""
        return hour_after(min(clock.now() + IDLE, datetime.fromtimestamp(end * 60, UTC)))

    def _session_id(self, until: int) -> str:
        """Bound to row, member and hour: another session's locked keys, or kept too long, do not open here."""
        return f"{self._session.session_key}/{self.member.pk}/{until}"

    def _read_cookie(self) -> _Cookie | None:
        with suppress(signing.BadSignature, KeyError, ValueError, TypeError):
            key, idle, end = signing.loads(self._request.COOKIES[settings.VAULT_COOKIE_NAME], salt=SALT)
            return _Cookie(key=base64.b64decode(key), idle=int(idle), end=int(end))
        return None


def _keys(member: Inspector, passphrase: str) -> tuple[bytes, dict[UUID, dict[int, bytes]]]:
    """The member's own private key, and every generation of every live office's that is wrapped to it, unwrapped."""
    row = MemberKey.objects.filter(inspector=member).first()
    if row is None:
        raise NoVault("no member key")
    record = MemberRecord(
        public=bytes(row.public_key), wrapped_private=bytes(row.wrapped_private), salt=bytes(row.salt),
        wrapped_recovery=bytes(row.wrapped_recovery), recovery_salt=bytes(row.recovery_salt),
    )  # fmt: skip
    with derivations.VAULTS.one():
        private = members.open_member(record, passphrase)
    wraps = OfficeKeyWrap.objects.filter(inspector=member, office_key__office__in=access.offices_of(member))
    keys: dict[UUID, dict[int, bytes]] = {}
    own = trusted(access.offices_of(member).values_list("pk", flat=True))
    for wrap in wraps.select_related("office_key"):
        key = wrap.office_key
        if own[key.office_id].get(key.generation) != bytes(key.public_key):
            continue  # not certified (yet), or not the office's at all
        with suppress(BadEnvelope):  # one swapped or damaged wrap must not lock out the others
            keys.setdefault(key.office_id, {})[key.generation] = members.unwrap_office_key(
                private, bytes(wrap.box), office_id=key.office_id.bytes, generation=key.generation,
                office_public=bytes(key.public_key),
            )  # fmt: skip
    if not any(keys.values()):
        raise NoVault("no live office's key")
    return private, keys


def _named(keys: Mapping[UUID, Mapping[int, bytes]]) -> dict[str, bytes]:
    return {
        f"{office.hex}/{generation}": private
        for office, generations in keys.items()
        for generation, private in generations.items()
    }


def _by_office(named: dict[str, bytes]) -> dict[UUID, dict[int, bytes]]:
    keys: dict[UUID, dict[int, bytes]] = {}
    for name, private in named.items():
        office, _, generation = name.partition("/")
        keys.setdefault(UUID(hex=office), {})[int(generation)] = private
    return keys


def _in_a_row(marks: Iterable[bytes]) -> str:
    """At most MARKS of them, as text: thousands come and go with each page, so that they are no list of words."""
    return base64.b64encode(b"".join(sorted(marks)[:MARKS])).decode()


def _marks(row: str) -> set[bytes]:
    """Undo `_in_a_row`."""
    marks = base64.b64decode(row)
    return {marks[at : at + MARK_BYTES] for at in range(0, len(marks), MARK_BYTES)}


def _sitting(cookie_key: bytes) -> bytes:
    """The secret under which the row says what this sitting has been shown: only the browser's cookie has it."""
    return derive(cookie_key, "sitting")


def _minute(moment: datetime) -> int:
    """Whole minutes since 1970."""
    return int(moment.astimezone(UTC).timestamp()) // 60
