"""FIREWALL proof 13, public: every route is written down and answered by its own zone's code."""

from __future__ import annotations

from typing import Any

import pytest

from recruitment_watch.urls import public as urls
from tests import routes


@pytest.mark.proof
def test_every_route_is_written_down(proof: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Public: no route leads into casework's rooms, and none is unknown."""
    door = routes.side_door("public", urls, monkeypatch)
    p = proof(13, "the public zone's routes", bar="100 %", small=1, full=1)
    table, found = routes.unwritten("public"), len(routes.routes())
    p.found(
        f"{found - len(table)} of {found} routes{''.join(f'; {line}' for line in table[:5])}",
        control=f"{'a' if door else 'NO'} side door found",
        held=not table and door,
    )
