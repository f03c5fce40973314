"""A file of a case, under the case's own key: one place, because both rooms that write must agree."""

from __future__ import annotations

from uuid import uuid4

from recruitment_watch import clock

from . import clocks, sealing
from .models import Attachment, Case


def sealed(case: Case, key: bytes, data: bytes) -> Attachment:
    """The row of a file, not stored yet. `key` is that of the case's epoch; what the file is stands in a text."""
    row = Attachment(pk=uuid4(), case=case, week=clocks.week(clock.now()), epoch=case.epoch)
    row.box = sealing.seal_attachment(key, data, case=case.pk, row=row.pk, epoch=case.epoch)
    return row


def opened(case: Case, key: bytes, row: Attachment) -> bytes:
    """Undo `sealed`, with the key of the row's epoch. Raises BadEnvelope."""
    return sealing.open_attachment(key, bytes(row.box), case=case.pk, row=row.pk, epoch=row.epoch)
