"""What each envelope is bound to. One function per kind of box: the list is the whole list.

`case` and `office` are the 16 bytes of a UUID, `number` is a rung from 1 to 6.
"""

from __future__ import annotations

from complaints.vault.primitives import CASE_BYTES, bind, require


def rung(case: bytes, number: int) -> bytes:
    """The worker's lock on a rung, and the retention layer over it."""
    return _of_case("rung", case, number)


def identity_rung(case: bytes, number: int) -> bytes:
    """The same for the identity key."""
    return _of_case("identity-rung", case, number)


def inner(case: bytes, number: int) -> bytes:
    """The office's lock inside a rung."""
    return _of_case("inner", case, number)


def identity_inner(case: bytes, number: int) -> bytes:
    """The same for the identity key."""
    return _of_case("identity-inner", case, number)


def holding(case: bytes, office: bytes) -> bytes:
    """The retention layer over an inner box after its release."""
    return _of_case("holding", case, require("office", office, CASE_BYTES))


def identity_holding(case: bytes, office: bytes) -> bytes:
    """The same for the identity key."""
    return _of_case("identity-holding", case, require("office", office, CASE_BYTES))


def complainant(case: bytes) -> bytes:
    """The box with all three keys of a case that the receipt opens."""
    return _of_case("complainant", case)


def epoch(case: bytes, number: int, kind: str, recipient: bytes) -> bytes:
    """A body key of an epoch, for one recipient."""
    return _of_case("epoch", case, number, kind, recipient)


def parcel(case: bytes, parcel_id: bytes) -> bytes:
    """The retention layer over a parcel for an office outside."""
    return _of_case("parcel", case, parcel_id)


def _of_case(label: str, case: bytes, *parts: bytes | str | int) -> bytes:
    return bind(label, require("case", case, CASE_BYTES), *parts)
