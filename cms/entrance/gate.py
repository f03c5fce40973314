"""Nobody goes about with a session that was opened with a password alone, whichever way it came about."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse

from cms.entrance import second_factor

#: In the session: the key of the second factor that it was opened with.
MARK = "second_factor"


def sign_in(request: HttpRequest, user: User) -> None:
    """Begin the session of an officer who has given both factors. It ends with the browser."""
    auth.login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    request.session[MARK] = second_factor.mark_of(user)
    request.session.set_expiry(0)


def is_whole(request: HttpRequest) -> bool:
    """Whether the session was opened with the second factor that its account has now."""
    mark = request.session.get(MARK, "")
    return bool(mark) and isinstance(request.user, User) and mark == second_factor.mark_of(request.user)


class SecondFactorGate:
    """Ends a session without the second factor before any view is asked. Visitors without a session pay nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated and not is_whole(request):
            auth.logout(request)
        return self.get_response(request)
