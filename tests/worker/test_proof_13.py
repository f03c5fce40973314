"""FIREWALL proof 13, worker: every route is written down and answered by its own zone's code."""

from __future__ import annotations

from typing import Any

import pytest

from recruitment_watch.urls import worker as urls
from tests import routes


@pytest.mark.proof
def test_every_route_is_written_down(proof: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker serves no page."""
    door = routes.side_door("worker", urls, monkeypatch)
    p = proof(13, "the worker zone's routes", bar="100 %", small=1, full=1)
    table, found = routes.unwritten("worker"), len(routes.routes())
    p.found(
        f"{found - len(table)} of {found} routes{''.join(f'; {line}' for line in table[:5])}",
        control=f"{'a' if door else 'NO'} side door found",
        held=not table and door,
    )
