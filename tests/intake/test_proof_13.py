"""FIREWALL proof 13 at intake: every route is written down, every answer carries its headers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from recruitment_watch.urls import intake as urls
from tests import routes
from tests.intake.cast import person
from tests.routes import Answer


def answers(client: Client, monkeypatch: pytest.MonkeyPatch) -> Iterator[Answer]:
    """Every route by every method: as a stranger, in the middle of the form, in the mailbox; then every refusal."""
    host = client.defaults["HTTP_HOST"]
    yield from routes.every_method("a stranger", type(client)(HTTP_HOST=host), "x")
    someone = person(client)
    someone.go()
    for route in routes.routes():
        if not route.pattern.endswith(("off/", "close/")):  # not leaving in between
            for method in ("get", "head", "options", "put"):
                yield Answer(f"in the form: {method} {route.pattern}", getattr(client, method)(route.address("x")))
    yield Answer("sending", someone.answer("check"))
    receipt = someone.receipt()
    yield from routes.every_method("with a receipt", client, "x")
    back = person(type(client)(HTTP_HOST=host))
    yield Answer("coming back", back.post("back", {"number": receipt}))
    for method in routes.METHODS:
        yield Answer(f"mailbox: {method}", getattr(back.client, method)("/en/back/box/"))
    yield Answer("a receipt that is none", back.post("back", {"number": "1" * 24}))
    yield from routes.refusals(client, "/en/", host)
    yield routes.broken(client, "/en/", monkeypatch)


@pytest.mark.proof
def test_every_route_is_written_down_and_every_answer_carries_its_headers(
    proof: Any, client: Client, offices: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    p = proof(13, "the intake zone's routes and headers", bar="100 %", small=1, full=1)
    seen = list(answers(client, monkeypatch))
    assert {answer.response.status_code for answer in seen} >= {200, 301, 302, 400, 403, 404, 405, 413, 500}
    door = routes.side_door("intake", urls, monkeypatch)
    settings.MIDDLEWARE = settings.MIDDLEWARE[2:]  # NoTrace and the policy
    another = type(client)(HTTP_HOST=client.defaults["HTTP_HOST"])
    bare = [Answer("bare", another.get(one)) for one in ("/en/", "/", "/nowhere/")]
    routes.prove(p, "intake", seen, door=door, bare=bare)
