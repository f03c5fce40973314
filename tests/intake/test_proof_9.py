"""FIREWALL proof 9, at the page: a mistyped receipt is refused before anything is derived, and no look-up skips it."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from django.test import Client

from complaints.intake import receipts as intake_receipts
from complaints.vault import receipts
from tests.intake.cast import Person, page_of, text
from tests.intake.test_mailbox import derivations, file  # noqa: F401  # a fixture is used by its name
from tests.vault.test_proof_9 import adjacent_swaps, digit_sum, single_digit_errors

SAID = "One of the digits is wrong"


@pytest.mark.proof
def test_the_page_refuses_every_mistype_before_the_derivation(
    proof: Any,
    client: Client,
    derivations: list[str],  # noqa: F811  # the fixture from above
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    p = proof(9, "mistyped at the page", bar="100 % refused, none derived", small=1, full=8)
    tried = refused = 0
    for _ in p.over(range(p.size)):
        receipt = receipts.new_receipt()
        for mistyped in single_digit_errors(receipt) + adjacent_swaps(receipt):
            tried += 1
            refused += SAID in text(Person(client).post("back", {"number": receipts.show(mistyped)}))
    derived = len(derivations)
    monkeypatch.setattr(receipts, "check_digits", digit_sum)
    receipt = "0123456789" * 2 + "01"
    receipt += digit_sum(receipt)
    for swapped in adjacent_swaps(receipt)[:5]:
        Person(client).post("back", {"number": swapped})
    slipped = len(derivations) - derived
    p.found(
        f"{refused} of {tried} refused, {derived} derived",
        control=f"with a digit sum for a check, {slipped} of 5 swaps are derived",
        held=refused == tried >= p.size * 216 and derived == 0 and slipped == 5,
    )


@pytest.mark.proof
def test_every_look_up_at_the_page_derives(
    proof: Any,
    client: Client,
    offices: Any,
    as_owner: Any,
    derivations: list[str],  # noqa: F811  # the fixture from above
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    p = proof(9, "look-ups at the page", bar="one derivation each", small=3, full=60)
    known = file(as_owner).receipt
    derivations.clear()
    opened = [look_up(client, known) for _ in p.over(range(p.size), 2 * p.size)]
    missed = [look_up(client, receipts.new_receipt()) for _ in range(p.size)]
    ran = len(derivations)
    monkeypatch.setattr(intake_receipts, "keys_of", cache(intake_receipts.keys_of))
    remembered = [look_up(client, known) for _ in range(3)]
    shortcut = len(derivations) - ran
    p.found(
        f"{ran} derivations for {sum(opened)} receipts that are there and {p.size - sum(missed)} that are not",
        control=f"a look-up that remembers: {shortcut} for {sum(remembered)}",
        held=ran == 2 * p.size and all(opened) and not any(missed) and shortcut == 1 and all(remembered),
    )


def look_up(client: Client, receipt: str) -> bool:
    """Whether it opens a mailbox; a browser that was never here."""
    client.cookies.clear()
    response = Person(client).post("back", {"number": receipt})
    return response.status_code == 302 and page_of(response) == "back/box"
