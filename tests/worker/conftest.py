"""The cast of the worker's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests import rabbit
from tests.factories import Cast, make_office

AsOwner = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def offices(as_owner: AsOwner, registrar_privates: list[bytes]) -> list[Cast]:
    with as_owner():
        return [
            make_office(registrar_privates=registrar_privates, timezone="Asia/Qatar", holidays="QA"),
            make_office(registrar_privates=registrar_privates, timezone="Asia/Dhaka", holidays="BD"),
            make_office(registrar_privates=registrar_privates, timezone="UTC", national_head=True),
        ]


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[rabbit.Rabbit]:
    yield from rabbit.one("worker")


@pytest.fixture(params=["embedded", "RabbitMQ"])
def broker_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Both brokers that there are, each empty."""
    if request.param == "embedded":
        return f"sqla+sqlite:///{tmp_path / 'broker.sqlite'}"
    server: rabbit.Rabbit = request.getfixturevalue("rabbitmq")
    server.forget_queue()
    return server.url
