"""Statistics: coarse envelopes without a case id, under a key of their quarter.

The quarter's private key is sealed twice over for each pair of the appointed office heads: two of
them together can open it, one alone cannot. They hand it, sealed to the worker, to one run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from complaints.vault.contents import pack, unpack
from complaints.vault.errors import VaultError
from complaints.vault.padding import pad_fixed, unpad
from complaints.vault.primitives import KEY_BYTES, SEAL_OVERHEAD, bind, require, seal, unseal

CONTENT_BYTES = 1024
STATISTICS_BYTES = SEAL_OVERHEAD + CONTENT_BYTES
HEADS_MAX = 10
_QUARTER = re.compile(r"\d{4}-Q[1-4]", re.ASCII)


@dataclass(frozen=True, slots=True)
class PairBox:
    """The quarter's key for two heads (X25519 public keys, in ascending order): 194 bytes."""

    first: bytes
    second: bytes
    box: bytes


def seal_statistics(quarter_public: bytes, content: Mapping[str, object], *, quarter: str) -> bytes:
    """Seal a coarse envelope: always 1,105 bytes. `quarter` as "2026-Q1". Raises TooLong."""
    padded = pad_fixed(pack(content), CONTENT_BYTES)
    return seal(quarter_public, padded, context=_context("statistics", quarter))


def open_statistics(quarter_private: bytes, box: bytes, *, quarter: str) -> dict[str, object]:
    """Undo `seal_statistics`. Raises BadEnvelope, WrongContext (another quarter's)."""
    return unpack(unpad(unseal(quarter_private, box, context=_context("statistics", quarter))))


def seal_for_pairs(quarter_private: bytes, heads: Sequence[bytes], *, quarter: str) -> list[PairBox]:
    """Seal the quarter's key for every pair of two to ten different heads: at most 45 boxes."""
    require("quarter private", quarter_private, KEY_BYTES)
    ordered = sorted(set(heads))
    if len(ordered) != len(heads) or not 2 <= len(heads) <= HEADS_MAX:
        raise VaultError("heads: two to ten different keys")
    boxes = []
    for first, second in combinations(ordered, 2):
        inner = seal(second, quarter_private, context=_context("pair-inner", quarter, first, second))
        outer = seal(first, inner, context=_context("pair", quarter, first, second))
        boxes.append(PairBox(first=first, second=second, box=outer))
    return boxes


def open_first(first_private: bytes, pair: PairBox, *, quarter: str) -> bytes:
    """Take the first head's lock off: what comes out is still locked for the second."""
    return unseal(first_private, pair.box, context=_context("pair", quarter, pair.first, pair.second))


def open_second(second_private: bytes, inner: bytes, pair: PairBox, *, quarter: str) -> bytes:
    """Take the second head's lock off and return the quarter's private key."""
    context = _context("pair-inner", quarter, pair.first, pair.second)
    return require("quarter private", unseal(second_private, inner, context=context), KEY_BYTES)


def open_for_pair(first_private: bytes, second_private: bytes, pair: PairBox, *, quarter: str) -> bytes:
    """Return the quarter's private key from both heads' keys, in the pair's order."""
    inner = open_first(first_private, pair, quarter=quarter)
    return open_second(second_private, inner, pair, quarter=quarter)


def hand_to_worker(worker_public: bytes, quarter_private: bytes, *, quarter: str) -> bytes:
    """Seal the quarter's key to the worker for one run: 113 bytes."""
    require("quarter private", quarter_private, KEY_BYTES)
    return seal(worker_public, quarter_private, context=_context("statistics-run", quarter))


def take_from_heads(worker_private: bytes, box: bytes, *, quarter: str) -> bytes:
    """Undo `hand_to_worker`."""
    quarter_private = unseal(worker_private, box, context=_context("statistics-run", quarter))
    return require("quarter private", quarter_private, KEY_BYTES)


def _context(label: str, quarter: str, *parts: bytes) -> bytes:
    if not _QUARTER.fullmatch(quarter):
        raise VaultError('quarter: as "2026-Q1"')
    return bind(label, quarter, *parts)
