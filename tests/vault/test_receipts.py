"""Receipts: what is read, what is refused and why, and what they are derived with. Proof 9 is in test_proof_9."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl import bindings

from complaints.vault import primitives, receipts
from complaints.vault.errors import ReceiptMistyped, VaultError
from complaints.vault.primitives import Cost
from tests.vault.cast import QUICK

PEPPER, SALT = bytes(32), bytes(16)
BODIES = st.integers(min_value=0, max_value=10**22 - 1).map(lambda number: f"{number:022d}")
RECEIPTS = BODIES.map(lambda body: body + receipts.check_digits(body))


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


def _derive(receipt: str) -> receipts.ReceiptKeys:
    return receipts.derive(receipt, pepper=PEPPER, salt=SALT, cost=QUICK)


def test_the_derivation_is_argon2id_with_64_mib(derivations: list[Cost]) -> None:
    receipts.derive(receipts.new_receipt(), pepper=PEPPER, salt=SALT)
    assert derivations == [Cost(memory=64 * 2**20, passes=2)]
    assert bindings.crypto_pwhash_ALG_ARGON2ID13 == 2


@given(RECEIPTS)
def test_check_digits_leave_one_modulo_97(receipt: str) -> None:
    assert int(receipt) % 97 == 1
    assert receipts.read(receipts.show(receipt)) == receipt


def test_the_standards_own_example() -> None:
    assert receipts.check_digits("794") == "44"  # ISO/IEC 7064:2003, MOD 97-10


@given(RECEIPTS, st.data())
def test_any_script_and_any_separators_are_read(receipt: str, data: st.DataObject) -> None:
    zero = ord(data.draw(st.sampled_from("0٠۰०০੦૦௦๐၀០０")))
    separators = data.draw(
        st.lists(st.text(" \t\n-‐‑–—−..·。\u00a0\u200f\u200e\u2066\u3000_", max_size=3), min_size=24, max_size=24)
    )
    typed = "".join(chr(zero + int(digit)) + gap for digit, gap in zip(receipt, separators, strict=True))
    assert receipts.read(typed) == receipt


def test_every_decimal_digit_of_unicode_is_taken() -> None:
    digits = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Nd"]
    receipt = receipts.new_receipt()
    for zero in (char for char in digits if unicodedata.decimal(char) == 0):
        assert receipts.read("".join(chr(ord(zero) + int(digit)) for digit in receipt)) == receipt
    assert len(digits) >= 600


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "length"),
        ("1234", "length"),
        ("1" * 23, "length"),
        ("1" * 25, "length"),
        ("1" * 100_000, "length"),
        ("O" + "1" * 23, "characters"),
        ("①" * 24, "characters"),
        ("²" * 24, "characters"),
        ("1" * 24, "check"),
        ("0" * 22 + "01", "check"),
    ],
)
def test_a_wrong_receipt_says_why(text: str, reason: str) -> None:
    with pytest.raises(ReceiptMistyped) as caught:
        receipts.read(text)
    assert caught.value.reason == reason
    assert str(caught.value) == reason


@given(st.text(max_size=60))
def test_whatever_is_typed_is_a_receipt_or_mistyped(text: str) -> None:
    try:
        read = receipts.read(text)
    except ReceiptMistyped as error:
        read, reason = "", error.reason
    assert len(read) == 24 or reason in {"characters", "length", "check"}


def test_other_digits_than_ascii_are_not_derived() -> None:
    arabic = receipts.new_receipt().translate({48 + digit: 0x660 + digit for digit in range(10)})
    with pytest.raises(ReceiptMistyped):
        _derive(arabic)


@settings(max_examples=30)
@given(RECEIPTS, st.binary(min_size=32, max_size=32), st.binary(min_size=16, max_size=16))
def test_pepper_and_salt_change_everything(receipt: str, pepper: bytes, salt: bytes) -> None:
    keys = receipts.derive(receipt, pepper=pepper, salt=salt, cost=QUICK)
    other_pepper = receipts.derive(receipt, pepper=bytes(31) + b"x", salt=salt, cost=QUICK)
    other_salt = receipts.derive(receipt, pepper=pepper, salt=bytes(15) + b"x", cost=QUICK)
    for one, two in ((keys, other_pepper), (keys, other_salt)):
        assert one.tag != two.tag
        assert one.private != two.private
    assert (len(keys.tag), len(keys.public), len(keys.private)) == (16, 32, 32)
    assert keys.private.hex() not in repr(keys)
    assert repr(keys.private) not in repr(keys)


def test_a_short_pepper_or_salt_is_refused() -> None:
    for pepper, salt in ((b"short", SALT), (PEPPER, b"short")):
        with pytest.raises(VaultError):
            receipts.derive(receipts.new_receipt(), pepper=pepper, salt=salt, cost=QUICK)
