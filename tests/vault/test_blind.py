"""Blind indexes: equal for equal things of one office, and for nothing else."""

from __future__ import annotations

import itertools

import pytest

from complaints.vault import blind, members
from complaints.vault.errors import VaultError


def test_equal_things_of_one_key_are_equal_and_all_else_differs() -> None:
    offices = [members.new_office_key()[1] for _ in range(2)]
    keys = [blind.key(one, purpose) for one, purpose in itertools.product(offices, ("patterns", "queue"))]
    found = [
        blind.index(key, kind, value)
        for key, kind, value in itertools.product(keys, ("agency", "name", "group"), (b"1", b"2", b""))
    ]
    assert len(set(found)) == len(found) == 36
    assert {len(one) for one in found} == {blind.INDEX_BYTES}
    assert blind.index(blind.key(offices[0], "patterns"), "agency", b"1") == found[0]


def test_nothing_is_never_equal_to_nothing() -> None:
    assert len({blind.none() for _ in range(100)}) == 100 and len(blind.none()) == blind.INDEX_BYTES


def test_a_key_of_another_length_is_refused_without_being_told() -> None:
    for call in (lambda: blind.key(b"secret", "patterns"), lambda: blind.index(b"secret", "agency", b"1")):
        with pytest.raises(VaultError) as error:
            call()
        assert "secret" not in str(error.value)


def test_it_is_not_the_index_of_the_queue() -> None:
    _public, private = members.new_office_key()
    assert blind.index(blind.key(private, "patterns"), "agency", b"a" * 16) != members.blind_index(private, b"a" * 16)
