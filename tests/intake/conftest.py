"""Offices and an agency for the intake tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation

from agencies.models import Agency
from tests.factories import Cast, make_office
from tests.intake.cast import licensed_agency


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    """A page leaves its language with the thread; the next test begins without."""
    translation.deactivate()
    yield


@pytest.fixture
def offices(as_owner: Any, registrar_privates: list[bytes]) -> tuple[Cast, Cast]:
    """Two safe offices in Qatar: one that is asked first, and the national head."""
    with as_owner():
        first = make_office(registrar_privates=registrar_privates, name="Doha Labour Inspection")
        head = make_office(registrar_privates=registrar_privates, name="National Inspection", national_head=True)
    return first, head


@pytest.fixture
def agency(as_owner: Any) -> Agency:
    with as_owner():
        return licensed_agency()
