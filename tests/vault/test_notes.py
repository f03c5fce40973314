"""Signed notes: what Go's own package signed opens here; what was changed, or a stranger signed, does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.vault import notes
from complaints.vault.notes import BadNote, Head, NoteKey

# The example of golang.org/x/mod/sumdb/note, whose private key is published with it.
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
VERIFIER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SEED = "810a1402d5146c8d84f2443330f54080ebf98ee17d9c74f6252fc5d5c7283173"
SIGNATURE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
)
NOTE = f"{TEXT}\n{SIGNATURE}\n"
PETER = NoteKey.from_text(VERIFIER)


def test_the_published_example_opens_and_is_made_again_byte_for_byte() -> None:
    assert notes.opened(NOTE, [PETER]) == TEXT
    assert notes.sign(TEXT, name="PeterNeumann", seed=bytes.fromhex(SEED)) == NOTE
    assert notes.public_of(bytes.fromhex(SEED)) == PETER.public
    assert PETER.to_text() == VERIFIER


def test_another_keys_signature_beside_ours_is_passed_over() -> None:
    public, seed = notes.new_key()
    both = NOTE + notes.sign(TEXT, name="Somebody", seed=seed).rpartition("\n\n")[2]
    assert notes.opened(both, [PETER]) == TEXT
    assert notes.opened(both, [NoteKey("Somebody", public)]) == TEXT


@pytest.mark.parametrize("at", range(0, len(NOTE), 3))
def test_a_note_with_one_character_changed_is_refused(at: int) -> None:
    changed = NOTE[:at] + ("x" if NOTE[at] != "x" else "y") + NOTE[at + 1 :]
    with pytest.raises(BadNote):
        notes.opened(changed, [PETER])


def test_our_name_over_somebody_elses_key_is_refused() -> None:
    _, seed = notes.new_key()
    with pytest.raises(BadNote):
        notes.opened(notes.sign(TEXT, name="PeterNeumann", seed=seed), [PETER])


def test_our_name_and_id_with_a_false_signature_spoil_a_note_that_has_a_true_one_too() -> None:
    false = SIGNATURE[:30] + ("A" if SIGNATURE[30] != "A" else "B") + SIGNATURE[31:]
    with pytest.raises(BadNote):
        notes.opened(f"{NOTE}{false}\n", [PETER])


@pytest.mark.parametrize("note", ["", "\n", TEXT, TEXT + "\n", NOTE[:-1], NOTE + "\n", "a\tb\n\n" + SIGNATURE + "\n"])
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(BadNote):
        notes.opened(note, [PETER])


@pytest.mark.parametrize(
    "key", ["", "a+b", VERIFIER.replace("c74f20a3", "c74f20a4"), VERIFIER[:-1], "a b" + VERIFIER[12:]]
)
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(BadNote):
        NoteKey.from_text(key)


def test_a_checkpoints_text_is_that_of_the_specification() -> None:
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    head = Head.from_text(text)
    assert (head.origin, head.number, head.digest.hex()[:8]) == ("example.com/behind-the-sofa", 20852163, "0ac5186a")
    assert head.to_text() == text
    assert Head.from_text(text + "a line of somebody's own\n") == head


@pytest.mark.parametrize("text", ["", "a\n", "a\n1\n", "a\n01\n" + "A" * 43 + "=\n", "a\n-1\n" + "A" * 43 + "=\n",
                                  "a\n1\nAAAA\n", "\n1\n" + "A" * 43 + "=\n"])  # fmt: skip
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        Head.from_text(text)


@given(st.integers(0, 2**60), st.binary(min_size=32, max_size=32))
def test_every_head_comes_back(number: int, digest: bytes) -> None:
    public, seed = notes.new_key()
    head = Head("log/1", number, digest)
    note = notes.sign(head.to_text(), name="log/1", seed=seed)
    assert Head.from_text(notes.opened(note, [NoteKey("log/1", public)])) == head
