"""The second factor's bytes: RFC 6238's own vectors, a box that says nothing, recovery codes that work once."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.vault.errors import BadEnvelope, VaultError
from complaints.vault.second_factor import (
    PASSKEYS,
    Factors,
    address,
    code_at,
    hashed,
    lock,
    new_codes,
    new_secret,
    step_of,
    unlock,
    without,
)

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
KEY, MEMBER = b"desk-only secret", bytes(16)


# RFC 6238, appendix B, the column of SHA-1; ours are the last six of its eight digits.
@pytest.mark.parametrize(
    ("seconds", "digits"),
    [(59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"), (1234567890, "89005924"),
     (2000000000, "69279037"), (20000000000, "65353130")],
)  # fmt: skip
def test_codes_are_those_of_the_standard(seconds: int, digits: str) -> None:
    assert code_at(RFC_SECRET, seconds // 30) == digits[2:]
    assert step_of(RFC_SECRET, digits[2:], seconds=seconds) == seconds // 30


def test_a_code_is_good_for_its_step_and_one_to_either_side_and_typed_with_spaces() -> None:
    code = code_at(RFC_SECRET, 100)
    good = [step for step in range(90, 111) if step_of(RFC_SECRET, code, seconds=step * 30) is not None]
    assert good == [99, 100, 101]
    assert step_of(RFC_SECRET, f" {code[:3]} {code[3:]} ", seconds=3000) == 100


@pytest.mark.parametrize("typed", ["", "000000x", "１２３４５６", "\ud800", "0" * 4000])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert step_of(RFC_SECRET, typed, seconds=3000) is None


@given(
    passkeys=st.lists(st.binary(min_size=1, max_size=1000), max_size=PASSKEYS),
    codes=st.lists(st.binary(min_size=32, max_size=32), max_size=10),
    secret=st.sampled_from(["", RFC_SECRET]),
)
def test_every_box_has_one_size_and_opens_for_its_member_alone(
    passkeys: list[bytes], codes: list[bytes], secret: str
) -> None:
    factors = Factors(secret=secret, passkeys=tuple(passkeys), codes=tuple(codes))
    box = lock(KEY, factors, member=MEMBER)
    assert len(box) == len(lock(KEY, Factors(), member=MEMBER))
    assert unlock(KEY, box, member=MEMBER) == factors
    for key, member in ((b"another", MEMBER), (KEY, bytes(15) + b"\1")):
        with pytest.raises(BadEnvelope):
            unlock(key, box, member=member)


def test_more_passkeys_than_fit_are_refused() -> None:
    with pytest.raises(VaultError):
        lock(KEY, Factors(passkeys=(b"x",) * (PASSKEYS + 1)), member=MEMBER)


def test_neither_a_secret_nor_a_recovery_code_is_printed() -> None:
    shown = repr(Factors(secret=RFC_SECRET, codes=hashed(["abcd"])))
    assert RFC_SECRET not in shown and hashed(["abcd"])[0].hex() not in shown


def test_each_recovery_code_works_once_however_it_is_typed() -> None:
    codes = new_codes()
    factors = Factors(codes=hashed(codes))
    assert len(set(codes)) == 10 and all(len(code) == 14 for code in codes)
    left = without(factors, codes[3].upper().replace("-", " "))
    assert left == replace(factors, codes=factors.codes[:3] + factors.codes[4:])
    assert without(left, codes[3]) is None and without(factors, "aaaa-aaaa-aaab") is None


def test_the_square_says_what_authenticator_apps_read() -> None:
    secret = new_secret()
    assert len(base64.b32decode(secret)) == 20
    assert address(secret, issuer="Recruitment Watch", account="a/b") == (
        f"otpauth://totp/Recruitment%20Watch:a%2Fb?secret={secret}&issuer=Recruitment%20Watch"
    )


def test_the_recovery_codes_are_not_in_the_box_themselves() -> None:
    assert hashed(["k3fa-27qx-mmbc"])[0] != hashlib.sha256(b"k3fa27qxmmbc").digest()
