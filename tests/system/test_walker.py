"""The benchmarks' walker finds its way through the form as it is today, with and without answers cut off."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.benchmarks.walker import Walk
from tests.benchmarks.wire import Cuts, Line, Tally
from tests.benchmarks.zone import Stored, Zone


@pytest.fixture(scope="module")
def zone() -> Iterator[Zone]:
    made = Zone("walker")
    try:
        made.start_behind_proxy()
        yield made
    finally:
        made.stop()


def test_to_the_receipt_and_into_the_mailbox(zone: Zone) -> None:
    line = Line(zone.port, Tally())
    walk = Walk(line)
    before = zone.stored()
    receipt = walk.to_the_receipt()
    walk.read_back(receipt)
    walk.open_mailbox(receipt)
    line.close()
    assert len(receipt) == 24
    assert len(set(walk.pages)) > 10
    assert zone.stored().since(before) == Stored(case=1, receipt=1, content=3, rung=6, statisticswaiting=1)
    assert zone.uneven() == 0
    assert zone.cpu() > 0 and zone.memory() > 20_000_000
    assert max(line.tally.statuses) < 400


def test_with_answers_cut_off_it_is_still_one_complaint(zone: Zone) -> None:
    tally = Tally()
    line = Line(zone.port, tally, Cuts(random.Random(1), 0.5))
    before = zone.stored()
    assert Walk(line).to_the_receipt()
    line.close()
    assert tally.cut > 5
    assert zone.stored().since(before).case == 1
    assert zone.uneven() == 0
