"""Between the password and the second factor nobody is signed in: what is known stands in a sealed cookie.

No session row exists before both have been given, so the database does not learn of it when somebody stops in
between. The cookie lasts ten minutes. A second cookie, for thirty days, says only that a member has signed in
with this browser before (desk/throttle.py); both are opaque to whoever finds them.
"""

from __future__ import annotations

import base64
import hmac
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from complaints.cases.models import Inspector
from complaints.vault.contents import pack, unpack
from complaints.vault.errors import BadEnvelope
from complaints.vault.primitives import bind, decrypt, derive, encrypt, new_key
from recruitment_watch import clock

LASTS = timedelta(minutes=10)
KNOWN_DAYS = 30


@dataclass
class Halfway:
    """A member whose password was right, or (`renew`) who is signed in and gave a code for a new factor.

    `secret`: an app's, not yet confirmed; `state`: an open WebAuthn ceremony.
    """

    member: Inspector
    end: int
    secret: str = field(default="", repr=False)
    state: dict[str, Any] = field(default_factory=dict, repr=False)
    renew: bool = False

    @classmethod
    def begin(cls, member: Inspector, *, renew: bool = False) -> Halfway:
        return cls(member, _seconds() + int(LASTS.total_seconds()), renew=renew)

    @classmethod
    def of(cls, request: HttpRequest) -> Halfway | None:
        """What the cookie holds, while it is fresh and the member is active with the same password; else None."""
        said = _opened(request, settings.HALFWAY_COOKIE_NAME, "halfway")
        with suppress(KeyError, ValueError, TypeError):
            member = Inspector.objects.filter(pk=UUID(str(said["member"])), is_active=True).first()
            fresh = _seconds() < int(said["end"])
            if member and fresh and hmac.compare_digest(str(said["stamp"]), member.get_session_auth_hash()):
                return cls(member, int(said["end"]), str(said["secret"]), dict(said["state"]), bool(said["renew"]))
        return None

    def keep(self, response: HttpResponse) -> HttpResponse:
        said = {
            "member": str(self.member.pk), "stamp": self.member.get_session_auth_hash(), "end": self.end,
            "secret": self.secret, "state": self.state, "renew": self.renew,
        }  # fmt: skip
        _set(response, settings.HALFWAY_COOKIE_NAME, _sealed(said, "halfway"))
        return response


def forget(response: HttpResponse) -> HttpResponse:
    response.delete_cookie(settings.HALFWAY_COOKIE_NAME, samesite="Strict")
    return response


def known_browser(request: HttpRequest, username: str) -> bytes:
    """This browser's own random bytes, if this user name has signed in with it before; else none."""
    said = _opened(request, settings.KNOWN_COOKIE_NAME, "known")
    with suppress(KeyError, ValueError, TypeError):
        if said["name"] == username:
            return bytes.fromhex(str(said["browser"]))
    return b""


def know(response: HttpResponse, username: str) -> HttpResponse:
    said = {"name": username, "browser": new_key().hex()}
    _set(response, settings.KNOWN_COOKIE_NAME, _sealed(said, "known"), max_age=KNOWN_DAYS * 86_400)
    return response


def _set(response: HttpResponse, name: str, value: str, **more: Any) -> None:
    response.set_cookie(name, value, secure=True, httponly=True, samesite="Strict", path="/", **more)


def _sealed(said: dict[str, Any], what: str) -> str:
    return base64.urlsafe_b64encode(encrypt(_key(what), pack(said), ad=bind(what))).decode()


def _opened(request: HttpRequest, name: str, what: str) -> dict[str, Any]:
    with suppress(KeyError, ValueError, BadEnvelope):
        return dict(unpack(decrypt(_key(what), base64.urlsafe_b64decode(request.COOKIES[name]), ad=bind(what))))
    return {}


def _key(what: str) -> bytes:
    return derive(settings.MFA_KEY.encode(), what)


def _seconds() -> int:
    return int(clock.now().astimezone(UTC).timestamp())
