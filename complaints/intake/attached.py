"""Files of a case: sealed with the complaint or with a message."""

from __future__ import annotations

import uuid
from dataclasses import replace

from django.db import connection

from complaints.cases import clocks, sealing
from complaints.cases.models import Attachment, Case
from recruitment_watch import clock

from .answers import FileAnswer


def sealed(case: Case, key: bytes, said: FileAnswer, data: bytes) -> tuple[FileAnswer, Attachment]:
    """One file under a case's body key, with the id that it has from now on."""
    row = Attachment(pk=uuid.uuid4(), case=case, week=clocks.week(clock.now()), epoch=case.epoch)
    row.box = sealing.seal_attachment(key, data, case=case.pk, row=row.pk, epoch=case.epoch)
    return replace(said, id=str(row.pk)), row


def append(tag: bytes, row: Attachment) -> None:
    """Store a file of a case that exists; inside the transaction of the message that says what it is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT public.mailbox_attach(%s, %s, %s, %s::smallint, %s)",
            [tag, row.pk, row.week, row.epoch, bytes(row.box)],
        )
