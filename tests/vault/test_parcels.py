"""A parcel's key, code and signature: what opens, what is refused, what others' tools agree with."""

from __future__ import annotations

import base64
import subprocess
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyrage
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey, VerifyKey

from complaints.vault import parcels, registrars, statements
from complaints.vault.errors import BadEnvelope, VaultError
from complaints.vault.parcels import WrongCode
from complaints.vault.statements import DeliverySaid, Way

PARCEL = bytes(range(16))
RECIPIENT = str(pyrage.x25519.Identity.generate().to_public())
GOOD: dict[str, Any] = {"office_id": bytes(16), "serial": 1, "recipient": RECIPIENT, "way": Way.HTTPS,
        "address": "https://inspectorate.example/parcels", "starts_on": date(2026, 12, 1)}  # fmt: skip


def test_the_standard_tool_opens_it_and_makes_the_key(tmp_path: Path) -> None:
    key, sealed = tmp_path / "key", tmp_path / "sealed.age"
    subprocess.run(["age-keygen", "-o", str(key)], check=True, stderr=subprocess.DEVNULL)
    (public,) = [line.split(": ")[1] for line in key.read_text().splitlines() if line.startswith("# public key")]
    sealed.write_bytes(parcels.seal(b"what is inside", recipient=public))
    opened = subprocess.run(["age", "-d", "-i", str(key), str(sealed)], check=True, stdout=subprocess.PIPE).stdout
    assert opened == b"what is inside"


def test_nobody_else_opens_it() -> None:
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(parcels.seal(b"x", recipient=RECIPIENT), [pyrage.x25519.Identity.generate()])


@pytest.mark.parametrize(
    "recipient", ["", "age1", "age1" + "q" * 58, RECIPIENT[:-1], "ssh-ed25519 AAAA", RECIPIENT + " "]
)
def test_what_is_no_recipient_is_refused(recipient: str) -> None:
    with pytest.raises(VaultError):
        parcels.seal(b"x", recipient=recipient)


# --- the code ------------------------------------------------------------------------------------------------


@given(st.integers(0, 23), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_one_wrong_sign_is_seen(place: int, other: str) -> None:
    code = parcels.new_code()
    whole = code.replace("-", "")
    wrong = whole[:place] + other + whole[place + 1 :]
    if whole[place] == other or {whole[place], other} == {"0", "Z"}:
        return
    with pytest.raises(WrongCode):
        parcels.read_code(wrong)


def test_a_code_is_read_as_people_type_it() -> None:
    code = parcels.new_code()
    plain = parcels.read_code(code)
    for typed in (code.lower(), code.replace("-", " "), code.replace("0", "O").replace("1", "l"), f" {code}\n"):
        assert parcels.read_code(typed) == plain
    for typed in ("", code[:-1], code + "A", "é" * 25, "٣" * 25):
        with pytest.raises(WrongCode):
            parcels.read_code(typed)


def test_a_code_makes_another_key_for_another_parcel() -> None:
    code = parcels.new_code()
    seeds = {parcels.acknowledgement_seed(code, parcel=uuid4().bytes) for _ in range(5)}
    assert len(seeds) == 5 and code.replace("-", "") not in repr(seeds)


def test_an_acknowledgement_is_by_the_key_over_its_own_parcel() -> None:
    seed = parcels.acknowledgement_seed(parcels.new_code(), parcel=PARCEL)
    public, signature = parcels.public_of(seed), SigningKey(seed).sign(parcels.acknowledgement_text(PARCEL)).signature
    assert parcels.is_acknowledged(public, signature, parcel=PARCEL)
    assert not parcels.is_acknowledged(public, signature, parcel=uuid4().bytes)
    assert not parcels.is_acknowledged(parcels.public_of(bytes(32)), signature, parcel=PARCEL)
    for broken in (b"", bytes(64), signature[:-1] + b"\0", signature + b"\0"):
        assert not parcels.is_acknowledged(public, broken, parcel=PARCEL)


# --- on the way ----------------------------------------------------------------------------------------------


def test_a_delivery_is_signed_as_standard_webhooks_says() -> None:
    """By the specification's own words, with another library."""
    seed, body = bytes(range(32)), b"age-encryption.org/v1\n\x00\xff"
    value = parcels.webhook_signature(seed, reference="msg_1", timestamp=1_700_000_000, body=body)
    version, encoded = value.split(",")
    key = base64.b64decode(parcels.webhook_key(parcels.public_of(seed)).removeprefix("whpk_"))
    assert version == "v1a"
    VerifyKey(key).verify(b"msg_1.1700000000." + body, base64.b64decode(encoded))


def test_one_of_several_signatures_is_enough_and_another_version_is_passed_over() -> None:
    seed, body = bytes(range(32)), b"body"
    args = {"reference": "r", "timestamp": 1, "body": body}
    mine = parcels.webhook_signature(seed, **args)
    public = parcels.public_of(seed)
    assert parcels.is_signed(public, f"v1,abc {mine}", **args)
    for value in ("", "v1," + mine[4:], "v1a,???", mine[:-4], parcels.webhook_signature(bytes(32), **args)):
        assert not parcels.is_signed(public, value, **args)


# --- what registrars sign ------------------------------------------------------------------------------------


def test_a_delivery_is_read_back_and_only_by_two_registrars_enough() -> None:
    said = DeliverySaid(**GOOD)
    assert statements.read(said.to_bytes()) == said
    keys = [registrars.new_registrar_key() for _ in range(3)]
    signed = statements.sign(said, keys[0].private)
    roots = [key.public for key in keys]
    assert not registrars.has_quorum(statements.kind_of(signed.body), signed, roots)
    assert registrars.has_quorum(
        statements.kind_of(signed.body), statements.countersign(signed, keys[1].private), roots
    )
    ended = DeliverySaid(**GOOD | {"way": Way.NONE, "recipient": "", "address": "", "serial": 2})
    assert statements.read(ended.to_bytes()) == ended


@pytest.mark.parametrize(
    "change",
    [
        {"serial": 0}, {"office_id": b"x"}, {"recipient": "age1no"}, {"recipient": ""}, {"address": ""},
        {"address": "http://inspectorate.example/"}, {"address": "https://user:pw@inspectorate.example/"},
        {"address": "https://inspectorate.example/?to=x"}, {"address": "https://inspectorate.example/\r\nx: y"},
        {"address": "parcels@inspectorate.example"}, {"way": Way.MAIL}, {"way": Way.NONE},
        {"way": Way.MAIL, "address": "a@b.example, c@d.example"}, {"way": Way.MAIL, "address": "a@b"},
        {"way": Way.MAIL, "address": "a@b.example\nbcc: c@d.example"}, {"address": "https:///x"},
        {"address": "https://a.example:99999/"}, {"address": "https://[::1]/"},
    ],
)  # fmt: skip
def test_what_no_registrar_should_sign_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(VaultError):
        DeliverySaid(**GOOD | change).to_bytes()


def test_another_encoding_of_the_same_is_not_read() -> None:
    body = DeliverySaid(**GOOD).to_bytes()
    with pytest.raises(BadEnvelope):
        statements.read(body.replace(b'"serial":1', b'"serial":"1"'))
