"""What each test of the public zone begins with."""

from __future__ import annotations

import pytest

from agencies.board.panels.due import TALLIES


@pytest.fixture(autouse=True)
def _nothing_counted_yet() -> None:
    """A test's rows are rolled back: what a process has counted of them must not outlive them."""
    for tally in TALLIES:
        tally.forget()
