"""FIREWALL proof 9, in the vault: every mistype is caught before the derivation, and no look-up skips it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from complaints.vault import primitives, receipts
from complaints.vault.errors import ReceiptMistyped
from complaints.vault.primitives import Cost
from tests.vault.cast import QUICK

PEPPER, SALT = bytes(32), bytes(16)
BODY = receipts.RANDOM_DIGITS


@pytest.fixture
def derivations(monkeypatch: pytest.MonkeyPatch) -> list[Cost]:
    """The derivations that ran; each of them still runs."""
    ran: list[Cost] = []
    real = primitives.stretch

    def counted(password: bytes, *, salt: bytes, cost: Cost) -> bytes:
        ran.append(cost)
        return real(password, salt=salt, cost=cost)

    monkeypatch.setattr(receipts, "stretch", counted)
    return ran


def derive(receipt: str) -> receipts.ReceiptKeys:
    return receipts.derive(receipt, pepper=PEPPER, salt=SALT, cost=QUICK)


def single_digit_errors(receipt: str) -> list[str]:
    """Each of the digits replaced by each of the nine others."""
    return [
        receipt[:at] + other + receipt[at + 1 :]
        for at, digit in enumerate(receipt)
        for other in "0123456789"
        if other != digit
    ]


def adjacent_swaps(receipt: str) -> list[str]:
    """Each two neighbours that differ, exchanged."""
    return [receipt[:at] + b + a + receipt[at + 2 :] for at, (a, b) in enumerate(pairwise(receipt)) if a != b]


def caught(take: Callable[[str], Any], mistyped: str) -> bool:
    try:
        take(mistyped)
    except ReceiptMistyped as error:
        return error.reason == "check"
    return False


def digit_sum(body: str) -> str:
    """A weaker check, as many numbers have it: the sum of the digits modulo ten, twice."""
    return f"{sum(map(int, body)) % 10}" * 2


def no_check(_digits: str) -> None:
    """No check at all."""


@pytest.mark.proof
def test_every_mistype_is_caught_before_the_derivation(
    proof: Any, derivations: list[Cost], monkeypatch: pytest.MonkeyPatch
) -> None:
    p = proof(9, "mistyped receipts", bar="100 % caught, none derived", small=20, full=500)
    tried: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for _ in p.over(range(p.size)):
        receipt = receipts.new_receipt()
        for kind, errors in (("digits", single_digit_errors(receipt)), ("swaps", adjacent_swaps(receipt))):
            for mistyped in errors:
                tried[kind] += 1
                missed[kind] += not all(caught(take, mistyped) for take in (receipts.read, derive))
    derived = len(derivations)
    slipped = slips_past_a_digit_sum(monkeypatch)
    receipt = receipts.new_receipt()
    monkeypatch.setattr(receipts, "_check", no_check)
    for mistyped in single_digit_errors(receipt):
        derive(receipts.read(mistyped))
    unchecked = len(derivations) - derived
    whole = tried["digits"] == p.size * 24 * 9 and tried["swaps"] > p.size * 15
    p.found(
        f"{tried['digits']} wrong digits, {missed['digits']} missed; {tried['swaps']} swaps, {missed['swaps']} missed; "
        f"{derived} derived",
        control=f"a digit sum misses {slipped} swaps; without check digits {unchecked} of 216 are derived",
        held=whole and not missed.total() and derived == 0 and slipped > 0 and unchecked == 216,
    )


def slips_past_a_digit_sum(monkeypatch: pytest.MonkeyPatch) -> int:
    """How many swaps of one receipt are taken when the check digits are a mere sum."""
    with monkeypatch.context() as weaker:
        weaker.setattr(receipts, "check_digits", digit_sum)
        receipt = "0123456789" * 2 + "01"
        receipt += digit_sum(receipt)
        swapped = [one for one in adjacent_swaps(receipt) if one[BODY:] == receipt[BODY:]]
        return sum(not caught(receipts.read, one) for one in swapped)


@pytest.mark.proof
def test_no_look_up_skips_the_derivation(proof: Any, derivations: list[Cost], monkeypatch: pytest.MonkeyPatch) -> None:
    p = proof(9, "derivations of right receipts", bar="one each", small=10, full=500)
    tags = set()
    for _ in p.over(range(p.size)):
        receipt = receipts.new_receipt()
        tags |= {derive(receipt).tag, derive(receipt).tag}  # the same one again: nothing is remembered
    ran = len(derivations)
    remembered: dict[str, receipts.ReceiptKeys] = {}
    receipt = receipts.new_receipt()
    for _ in range(5):  # a look-up that remembers is noticed by the same count
        remembered[receipt] = remembered.get(receipt) or derive(receipt)
    shortcut = len(derivations) - ran
    p.found(
        f"{ran} derivations for {2 * p.size} look-ups, {len(tags)} tags",
        control=f"a look-up that remembers: {shortcut} for 5",
        held=ran == 2 * p.size and len(tags) == p.size and shortcut == 1,
    )
