"""Between the password and the second factor nobody is signed in: what is known stands in a sealed cookie.

No session is begun before both have been given. The cookie lasts ten minutes and ends with a new password.
"""

from __future__ import annotations

import hmac
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse

from cms.entrance.box import Unreadable, seal, unseal

LASTS_SECONDS: Final = 600


@dataclass
class Halfway:
    """An officer whose password was right. ``secret`` is an app's, not yet confirmed."""

    user: User
    secret: str = field(default="", repr=False)

    @classmethod
    def of(cls, request: HttpRequest) -> Halfway | None:
        """What the cookie holds, while it is fresh and the account is active with the same password; else None."""
        with suppress(KeyError, ValueError, TypeError, Unreadable):
            cookie = request.COOKIES[settings.HALFWAY_COOKIE_NAME].encode()
            said = unseal(settings.MFA_KEY, "halfway", cookie, seconds=LASTS_SECONDS)
            user = User.objects.filter(pk=said["user"], is_active=True).first()
            if user and hmac.compare_digest(str(said["stamp"]), user.get_session_auth_hash()):
                return cls(user, str(said["secret"]))
        return None

    def keep(self, response: HttpResponse) -> HttpResponse:
        said = {"user": self.user.pk, "stamp": self.user.get_session_auth_hash(), "secret": self.secret}
        response.set_cookie(
            settings.HALFWAY_COOKIE_NAME, seal(settings.MFA_KEY, "halfway", said).decode(),
            secure=True, httponly=True, samesite="Strict", path="/",
        )  # fmt: skip
        return response


def forget(response: HttpResponse) -> HttpResponse:
    response.delete_cookie(settings.HALFWAY_COOKIE_NAME, samesite="Strict")
    return response
