"""FIREWALL proof 13 at the desk: every route is written down, every answer carries its headers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse

from complaints.cases.models import Inspector
from recruitment_watch.urls import desk as urls
from tests import routes
from tests.desk.cast import Desk, browser, sign_in, with_app
from tests.factories import PASSWORD, passphrase
from tests.routes import Answer


@pytest.fixture
def answers(
    ana: Inspector, ben: Inspector, case: UUID, desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Iterator[Answer]]:
    """Every route by every method, as each kind of person; then every refusal."""

    def halfway(member: Inspector) -> Any:
        one = browser()
        one.post(reverse("desk:sign-in"), {"username": member.username, "password": PASSWORD})
        return one

    def all_of_them() -> Iterator[Answer]:
        yield from routes.every_method("a stranger", browser(), case)
        yield from routes.every_method("setting up", halfway(ben), case)
        yield from routes.every_method("between the steps", halfway(with_app(ana)), case)
        one = browser()
        yield Answer("signing in", sign_in(one, ana))
        yield from routes.every_method("closed vault", one, case)
        closed = desk(ana, 0).client
        yield Answer("opening", closed.post(reverse("desk:vault"), {"passphrase": passphrase(0)}))
        opened = desk(ana, 0).client
        for route in routes.routes():  # not signing out in between
            if route.plain not in ("sign-out/", "vault/close/"):
                for method in routes.METHODS:
                    yield Answer(f"open vault: {method} {route.pattern}", getattr(opened, method)(route.address(case)))
        yield from routes.refusals(opened, reverse("desk:sign-in"), browser().defaults["HTTP_HOST"])
        yield routes.broken(browser(), reverse("desk:sign-in"), monkeypatch)

    return all_of_them


@pytest.mark.proof
def test_every_route_is_written_down_and_every_answer_carries_its_headers(
    proof: Any, answers: Callable[[], Iterator[Answer]], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    p = proof(13, "the desk zone's routes and headers", bar="100 %", small=1, full=1)
    seen = list(answers())
    assert {answer.response.status_code for answer in seen} >= {200, 301, 302, 400, 403, 404, 405, 413, 422, 500}
    door = routes.side_door("desk", urls, monkeypatch)
    settings.MIDDLEWARE = settings.MIDDLEWARE[2:]  # NoTrace and the policy
    bare = [Answer("bare", browser().get(one)) for one in (reverse("desk:sign-in"), "/", "/nowhere/")]
    routes.prove(p, "desk", seen, door=door, bare=bare)
