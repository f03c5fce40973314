"""Whole clusters and whole processes; no Django settings in this process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.harness import Workshop


@pytest.fixture(scope="session")
def workshop() -> Iterator[Workshop]:
    """The test clusters with this run's clones of all three databases, policy applied."""
    opened = Workshop.open("system")
    opened.clone("register", "casework", "register_copy")
    yield opened
    opened.drop()
