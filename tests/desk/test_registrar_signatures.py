"""The database's own Ed25519, held against libsodium and RFC 8032."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nacl import bindings
from nacl.exceptions import CryptoError

AsOwner = Callable[[], AbstractContextManager[None]]
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
# RFC 8032, 7.1: secret seed, public key, message, signature.
VECTORS = (
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        "4a7c15e9716ed28dc027beceea1ec40a",
    ),
)
# Points of small order, as libsodium's blocklist has them (y little-endian).
SMALL = [
    (0).to_bytes(32, "little"), (1).to_bytes(32, "little"), (P - 1).to_bytes(32, "little"),
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    P.to_bytes(32, "little"), (P + 1).to_bytes(32, "little"),
]  # fmt: skip


def in_database(key: bytes, message: bytes, signature: bytes) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.firewall_ed25519_is_valid(%s, %s, %s)", [key, message, signature])
        return bool(cursor.fetchone()[0])


def in_libsodium(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        bindings.crypto_sign_open(signature + message, key)
    except (CryptoError, ValueError):
        return False
    return True


@pytest.fixture(autouse=True)
def _owner(as_owner: AsOwner) -> object:
    with as_owner():
        yield


@pytest.mark.parametrize(("seed", "key", "message", "signature"), VECTORS)
def test_vectors_of_the_rfc(seed: str, key: str, message: str, signature: str) -> None:
    assert in_database(bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(signature))
    assert not in_database(bytes.fromhex(key), bytes.fromhex(message) + b"!", bytes.fromhex(signature))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_it_decides_as_libsodium_does(data: st.DataObject) -> None:
    seed = data.draw(st.binary(min_size=32, max_size=32))
    public, secret = bindings.crypto_sign_seed_keypair(seed)
    message = data.draw(st.binary(max_size=300))
    signature = bindings.crypto_sign(message, secret)[:64]
    assert in_database(public, message, signature)
    kind = data.draw(
        st.sampled_from(("bit of signature", "bit of key", "message", "plus the order", "small R", "small A"))
    )
    if kind == "bit of signature":
        signature = _flipped(signature, data.draw(st.integers(0, 511)))
    elif kind == "bit of key":
        public = _flipped(public, data.draw(st.integers(0, 255)))
    elif kind == "message":
        message += b"\x00"
    elif kind == "plus the order":
        s = int.from_bytes(signature[32:], "little") + L
        signature = signature[:32] + s.to_bytes(32, "little")
    elif kind == "small R":
        signature = data.draw(st.sampled_from(SMALL)) + signature[32:]
    else:
        public = data.draw(st.sampled_from(SMALL))
    assert in_database(public, message, signature) == in_libsodium(public, message, signature)
    assert not in_database(public, message, signature)


@pytest.mark.parametrize("point", SMALL)
def test_a_forgery_by_a_key_of_small_order_is_refused(point: bytes) -> None:
    """With A of small order and S = 0, R = A would verify for about every eighth message: refused before."""
    for number in range(8):
        forged = point + bytes(32)
        assert not in_database(point, bytes([number]), forged)
        assert not in_libsodium(point, bytes([number]), forged)


def _flipped(raw: bytes, bit: int) -> bytes:
    changed = bytearray(raw)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
