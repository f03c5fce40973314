from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from complaints.vault.errors import BadEnvelope, VaultError, WrongContext
from complaints.vault.primitives import (
    ENCRYPT_OVERHEAD,
    SEAL_OVERHEAD,
    SUITE,
    bind,
    decrypt,
    encrypt,
    keypair,
    new_key,
    public_of,
    seal,
    stretch,
    unseal,
    usable_public,
    with_any,
)
from tests.vault.cast import QUICK

PARTS = st.lists(st.one_of(st.binary(max_size=9), st.text(max_size=4)), max_size=4)
# Points of order 1, 2, 4 and 8 on the curve and its twist (RFC 7748, section 7; cr.yp.to/ecdh.html).
SMALL_ORDER = [
    bytes(32),
    bytes([1, *[0] * 31]),
    bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    bytes.fromhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
]


@given(st.binary(max_size=300), st.binary(max_size=20))
def test_what_is_encrypted_opens_under_the_same_key_and_context_only(data: bytes, ad: bytes) -> None:
    key = new_key()
    box = encrypt(key, data, ad=ad)
    assert (box[0], len(box)) == (SUITE, len(data) + ENCRYPT_OVERHEAD)
    assert decrypt(key, box, ad=ad) == data
    for other_key, other_ad in ((new_key(), ad), (key, ad + b"x")):
        with pytest.raises(BadEnvelope):
            decrypt(other_key, box, ad=other_ad)


@given(st.binary(max_size=300), st.binary(max_size=200))
def test_a_sealed_box_is_81_bytes_longer_whatever_its_context(data: bytes, context: bytes) -> None:
    public, private = keypair()
    box = seal(public, data, context=context)
    assert (box[0], len(box)) == (SUITE, len(data) + SEAL_OVERHEAD)
    assert unseal(private, box, context=context) == data
    with pytest.raises(WrongContext):
        unseal(private, box, context=context + b"x")
    with pytest.raises(BadEnvelope):
        unseal(new_key(), box, context=context)


@pytest.mark.parametrize("kind", ["encrypt", "seal"])
def test_every_flipped_bit_and_every_truncation_is_refused(kind: str) -> None:
    public, private = keypair()
    key = new_key()
    box = encrypt(key, b"content", ad=b"") if kind == "encrypt" else seal(public, b"content", context=b"")

    def open_box(damaged: bytes) -> bytes:
        return decrypt(key, damaged, ad=b"") if kind == "encrypt" else unseal(private, damaged, context=b"")

    assert open_box(box) == b"content"
    # The top bit of an X25519 key is ignored by RFC 7748, so in a sealed box byte 32 is checked
    # through the nonce, which is a hash of that key.
    flipped = [bytes([*box[:at], box[at] ^ bit, *box[at + 1 :]]) for at in range(len(box)) for bit in (1, 128)]
    for damaged in flipped + [box[:length] for length in range(len(box))] + [box + b"\0"]:
        with pytest.raises(BadEnvelope):
            open_box(damaged)


@pytest.mark.parametrize("public", [*SMALL_ORDER, b"", bytes(31), b"\1" * 33])
def test_nothing_is_sealed_to_a_key_that_everybody_could_open(public: bytes) -> None:
    assert not usable_public(public)
    with pytest.raises(VaultError):
        seal(public, b"content", context=b"")


@given(PARTS, PARTS)
def test_two_lists_of_parts_never_bind_to_the_same_bytes(one: list[bytes | str], two: list[bytes | str]) -> None:
    def raw(parts: list[bytes | str]) -> list[bytes]:
        return [part.encode() if isinstance(part, str) else part for part in parts]

    assert (bind("x", *one) == bind("x", *two)) == (raw(one) == raw(two))
    assert bind("x", *one) != bind("y", *one)


def test_an_error_says_nothing_about_what_was_in_hand() -> None:
    secret = b"canary-7f3a"
    with pytest.raises(VaultError) as short_key:
        encrypt(secret, b"", ad=b"")
    with pytest.raises(BadEnvelope) as damaged:
        decrypt(new_key(), encrypt(new_key(), secret, ad=b""), ad=b"")
    for caught in (short_key, damaged):
        assert "canary" not in repr(caught.value)
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None


def test_the_first_key_that_fits_opens_and_a_wrong_context_is_not_passed_over() -> None:
    (public, private), (_, stranger) = keypair(), keypair()
    box = seal(public, b"content", context=b"here")
    assert with_any([stranger, private], lambda key: unseal(key, box, context=b"here")) == b"content"
    with pytest.raises(WrongContext):
        with_any([stranger, private], lambda key: unseal(key, box, context=b"there"))
    with pytest.raises(BadEnvelope):
        with_any([stranger], lambda key: unseal(key, box, context=b"here"))


def test_a_derivation_that_cannot_be_paid_for_is_refused() -> None:
    assert len(stretch(b"", salt=bytes(16), cost=QUICK)) == 32
    with pytest.raises(VaultError):
        stretch(b"", salt=bytes(16), cost=type(QUICK)(memory=1, passes=1))
    with pytest.raises(VaultError):
        stretch(b"", salt=bytes(15), cost=QUICK)


@given(st.binary(min_size=32, max_size=32))
def test_another_library_finds_the_same_public_key(private: bytes) -> None:
    assert public_of(private) == X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
