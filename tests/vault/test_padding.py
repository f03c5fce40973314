"""FIREWALL proof 10, the texts: at most four sizes; and the rest of the padding."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.vault import contents
from complaints.vault.errors import BadEnvelope, TooLong
from complaints.vault.padding import (
    MESSAGE_MAX,
    TEXT_MAX,
    pad_file,
    pad_fixed,
    pad_message,
    pad_text,
    padme,
    unpad,
)
from complaints.vault.primitives import encrypt, new_key

CASE = bytes(range(16))


@given(st.binary(max_size=5000))
def test_every_padding_is_undone(data: bytes) -> None:
    for padded in (pad_text(data), pad_message(data), pad_file(data), pad_fixed(data, 6000)):
        assert unpad(padded) == data


def _sizes_of(seal: str, lengths: range) -> set[int]:
    key, encrypt_it = new_key(), getattr(contents, seal)
    return {len(encrypt_it(key, bytes(length), case=CASE, field="x", epoch=0)) for length in lengths}


def test_proof_10_texts_and_messages_have_four_sizes_each() -> None:
    texts = _sizes_of("seal_text", range(0, TEXT_MAX + 1, 13)) | _sizes_of("seal_text", range(TEXT_MAX, TEXT_MAX + 1))
    messages = _sizes_of("seal_message", range(MESSAGE_MAX + 1))
    assert texts == {step * 8192 + 41 for step in (1, 2, 3, 4)}
    assert messages == {step * 2048 + 41 for step in (1, 2, 3, 4)}


def test_proof_10_control_without_padding_there_are_as_many_sizes_as_texts() -> None:
    key = new_key()
    assert len({len(encrypt(key, bytes(length), ad=b"")) for length in range(100)}) == 100


def test_a_size_does_not_depend_on_case_field_or_epoch() -> None:
    sizes = {
        len(contents.seal_text(new_key(), b"x", case=CASE, field=field, epoch=epoch))
        for field in ("a", "a-much-longer-field-name")
        for epoch in (0, 70_000)
    }
    assert len(sizes) == 1


@pytest.mark.parametrize(
    ("pad", "limit"),
    [(pad_text, TEXT_MAX), (pad_message, MESSAGE_MAX), (lambda data: pad_fixed(data, 64), 60)],
)
def test_one_byte_too_many_is_refused_with_the_limit(pad: Callable[[bytes], bytes], limit: int) -> None:
    assert unpad(pad(bytes(limit))) == bytes(limit)
    with pytest.raises(TooLong) as caught:
        pad(bytes(limit + 1))
    assert caught.value.limit == limit


@given(st.integers(min_value=2, max_value=2**40))
def test_padme_is_at_most_an_eighth_longer_and_keeps_its_promise_about_bits(length: int) -> None:
    padded = padme(length)
    exponent = math.floor(math.log2(length))
    kept = math.floor(math.log2(exponent)) + 1 if exponent else 0
    assert length <= padded <= length * 1.12
    assert padded % 2 ** (exponent - kept) == 0
    assert padme(padded) == padded
    assert padme(length + 1) >= padded


@pytest.mark.parametrize(
    ("length", "padded"),
    [(2, 2), (9, 10), (17, 18), (100, 104), (1000, 1024), (1025, 1088), (10**6, 1015808)],
)
def test_padme_by_hand(length: int, padded: int) -> None:
    assert padme(length) == padded


@pytest.mark.parametrize(
    "padded", [b"", b"\0\0\0", b"\0\0\0\5abcd", b"\0\0\0\1ab", b"\0\0\0\1a\0\0x", b"\xff\xff\xff\xffabc"]
)
def test_what_no_padding_makes_is_refused(padded: bytes) -> None:
    with pytest.raises(BadEnvelope):
        unpad(padded)
