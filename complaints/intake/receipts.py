"""Receipts with this installation's pepper and salt, and never too many derivations at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from django.conf import settings

from complaints.vault import receipts
from complaints.vault.primitives import SALT_BYTES
from complaints.vault.receipts import ReceiptKeys
from recruitment_watch import turns

# In each of the zone's two processes, 64 MiB each: what two cores and the memory take. A few more requests may wait for
# their turn; all others are sent to a page that asks again, so that threads stay free for whoever only turns a page.
_AT_ONCE = BoundedSemaphore(1)
_IN_LINE = BoundedSemaphore(8)
PATIENCE = 5.0  # seconds


class Busy(RuntimeError):
    """So many receipts are being worked out that this one has to come back in a moment."""


def keys_of(receipt: str) -> ReceiptKeys:
    """Tag and key pair of a receipt (24 digits). About 80 ms, whether a case has it or not. Raises Busy."""
    pepper = hashlib.sha256(settings.PEPPER.encode()).digest()
    salt = hashlib.sha256(settings.RECEIPT_SALT.encode()).digest()[:SALT_BYTES]
    with turns.given_back(), _turn():
        return receipts.derive(receipt, pepper=pepper, salt=salt)


@contextmanager
def _turn() -> Iterator[None]:
    if not _IN_LINE.acquire(blocking=False):
        raise Busy
    try:
        if not _AT_ONCE.acquire(timeout=PATIENCE):
            raise Busy
        try:
            yield
        finally:
            _AT_ONCE.release()
    finally:
        _IN_LINE.release()
