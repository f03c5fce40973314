"""The cast of the worker's tests."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

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
