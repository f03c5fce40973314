from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.vault import statistics
from complaints.vault.errors import BadEnvelope, TooLong, VaultError, WrongContext
from complaints.vault.primitives import keypair, new_key
from tests.vault.cast import Pair

QUARTER = "2026-Q4"


@given(st.dictionaries(st.text("abcdef", max_size=8), st.text("xyz", max_size=20), max_size=8))
def test_an_envelope_is_always_equally_long(content: dict[str, object]) -> None:
    public, private = keypair()
    box = statistics.seal_statistics(public, content, quarter=QUARTER)
    assert len(box) == statistics.STATISTICS_BYTES == 1105
    assert statistics.open_statistics(private, box, quarter=QUARTER) == content
    with pytest.raises(WrongContext):
        statistics.open_statistics(private, box, quarter="2027-Q1")


def test_an_envelope_too_full_is_refused() -> None:
    with pytest.raises(TooLong):
        statistics.seal_statistics(keypair()[0], {"a": "x" * 1020}, quarter=QUARTER)


@pytest.mark.parametrize("count", [2, 3, 10])
def test_any_two_heads_open_a_quarter_and_one_does_not(count: int) -> None:
    heads = sorted((Pair.new() for _ in range(count)), key=lambda pair: pair.public)
    quarter_private = new_key()
    boxes = statistics.seal_for_pairs(quarter_private, [head.public for head in heads], quarter=QUARTER)
    assert len(boxes) == count * (count - 1) // 2
    assert {len(pair.box) for pair in boxes} == {194}
    for pair, (first, second) in zip(boxes, combinations(heads, 2), strict=True):
        assert statistics.open_for_pair(first.private, second.private, pair, quarter=QUARTER) == quarter_private
        for one, two in ((first, first), (second, second), (second, first)):
            with pytest.raises(BadEnvelope):
                statistics.open_for_pair(one.private, two.private, pair, quarter=QUARTER)
        assert quarter_private not in statistics.open_first(first.private, pair, quarter=QUARTER)


@pytest.mark.parametrize("count", [0, 1, 11])
def test_a_quarter_has_two_to_ten_different_heads(count: int) -> None:
    heads = [keypair()[0] for _ in range(count)]
    with pytest.raises(VaultError):
        statistics.seal_for_pairs(new_key(), heads, quarter=QUARTER)
    with pytest.raises(VaultError):
        statistics.seal_for_pairs(new_key(), [keypair()[0]] * 2, quarter=QUARTER)


def test_the_worker_gets_the_key_for_its_own_quarter() -> None:
    worker, quarter_private = Pair.new(), new_key()
    box = statistics.hand_to_worker(worker.public, quarter_private, quarter=QUARTER)
    assert statistics.take_from_heads(worker.private, box, quarter=QUARTER) == quarter_private
    with pytest.raises(WrongContext):
        statistics.take_from_heads(worker.private, box, quarter="2026-Q3")


@pytest.mark.parametrize("quarter", ["", "2026-Q5", "2026Q1", "2026-Q1\n"])
def test_what_is_no_quarter_is_refused(quarter: str) -> None:
    with pytest.raises(VaultError):
        statistics.seal_statistics(keypair()[0], {}, quarter=quarter)
