from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complaints.vault import contents
from complaints.vault.case_keys import CaseKeys
from complaints.vault.errors import BadEnvelope, VaultError
from complaints.vault.primitives import new_key

CASE, OTHER = bytes(range(16)), bytes(16)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text(max_size=6), JSON, max_size=6)


@pytest.mark.parametrize("kind", ["text", "message", "file"])
def test_a_ciphertext_cannot_be_moved(kind: str) -> None:
    seal, open_it = getattr(contents, f"seal_{kind}"), getattr(contents, f"open_{kind}")
    key = new_key()
    box = seal(key, b"what happened", case=CASE, field="story", epoch=1)
    assert open_it(key, box, case=CASE, field="story", epoch=1) == b"what happened"
    moved = [
        (new_key(), CASE, "story", 1),
        (key, OTHER, "story", 1),
        (key, CASE, "summary", 1),
        (key, CASE, "story", 0),
    ]
    for other_key, case, field, epoch in moved:
        with pytest.raises(BadEnvelope):
            open_it(other_key, box, case=case, field=field, epoch=epoch)


def test_a_message_does_not_pass_for_a_text() -> None:
    key = new_key()
    box = contents.seal_message(key, b"x", case=CASE, field="story", epoch=0)
    with pytest.raises(BadEnvelope):
        contents.open_text(key, box, case=CASE, field="story", epoch=0)


@settings(max_examples=50)
@given(OBJECTS)
def test_packing_is_canonical(content: dict[str, object]) -> None:
    packed = contents.pack(content)
    assert contents.unpack(packed) == content
    assert contents.pack(dict(reversed(content.items()))) == packed


@pytest.mark.parametrize("content", [{"a": b"canary"}, {"a": float("nan")}, {"a": "canary \ud800"}])
def test_what_cannot_be_packed_is_refused_without_quoting_it(content: dict[str, object]) -> None:
    with pytest.raises(VaultError) as caught:
        contents.pack(content)
    assert "canary" not in repr(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("data", [b"", b"canary", b"[1]", b'"x"', b"\xff", b"[" * 100_000])
def test_what_is_no_object_is_refused_without_quoting_it(data: bytes) -> None:
    with pytest.raises(BadEnvelope) as caught:
        contents.unpack(data)
    assert caught.value.__context__ is None


def test_case_keys_are_new_of_one_length_and_never_printed() -> None:
    one, two = CaseKeys.new(), CaseKeys.new()
    assert len({one.cover, one.body, one.identity, two.cover, two.body, two.identity}) == 6
    assert repr(one) == "CaseKeys()"
    with pytest.raises(VaultError):
        CaseKeys(cover=b"short", body=one.body, identity=one.identity)
