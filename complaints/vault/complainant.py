"""The box that the receipt opens: all three keys of the case, for the complainant alone."""

from __future__ import annotations

from complaints.vault import contexts, retention
from complaints.vault.case_keys import CaseKeys
from complaints.vault.errors import BadEnvelope, WrongContext
from complaints.vault.primitives import CASE_BYTES, KEY_BYTES, SUITE_BYTE, require, seal, unseal


def seal_for_complainant(public: bytes, *, keys: CaseKeys, case: bytes, week_key: bytes, week: str) -> bytes:
    """Seal the three keys to the receipt's public key, under the retention layer: 235 bytes."""
    context = contexts.complainant(case)
    payload = _head(case) + keys.cover + keys.body + keys.identity
    return retention.wrap(week_key, seal(public, payload, context=context), week=week, context=context)


def open_for_complainant(private: bytes, box: bytes, *, case: bytes, week_key: bytes, week: str) -> CaseKeys:
    """Open it. Raises BadEnvelope (another receipt, week, or damage), WrongContext."""
    context = contexts.complainant(case)
    locked = retention.unwrap(week_key, box, week=week, context=context)
    payload = unseal(private, locked, context=context)
    head, keys = payload[: CASE_BYTES + 1], payload[CASE_BYTES + 1 :]
    if head != _head(case):
        raise WrongContext("of another case or suite")
    if len(keys) != 3 * KEY_BYTES:
        raise BadEnvelope("length")
    return CaseKeys(cover=keys[:KEY_BYTES], body=keys[KEY_BYTES : 2 * KEY_BYTES], identity=keys[2 * KEY_BYTES :])


def _head(case: bytes) -> bytes:
    return require("case", case, CASE_BYTES) + SUITE_BYTE
