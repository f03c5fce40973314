"""Whole clusters and whole processes; no Django settings in this process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests import rabbit
from tests.harness import Workshop

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

    from tests.system.stage import Stage


@pytest.fixture(scope="session")
def workshop() -> Iterator[Workshop]:
    """The test clusters with this run's clones of all three databases, policy applied."""
    opened = Workshop.open("system")
    opened.clone("register", "casework", "register_copy")
    yield opened
    opened.drop()


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[rabbit.Rabbit]:
    yield from rabbit.one("system")


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """One running installation for all that look at it with a browser; who changes its world makes one of their own."""
    from tests.system.stage import Stage

    made = Stage.fresh("browser")
    try:
        made.processes.start()
        yield made
    finally:
        made.close()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    from tests.system.eyes import CHROMIUM, FLAGS

    opened = playwright.chromium.launch(executable_path=CHROMIUM or "chromium", args=FLAGS)
    yield opened
    opened.close()
