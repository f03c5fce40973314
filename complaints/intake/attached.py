"""Files of a case: sealed with the complaint or with a message, and opened where an office sent them with one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import connection

from complaints.cases import attachments
from complaints.cases.models import Attachment, Case
from complaints.files import showing
from complaints.vault.errors import VaultError

from .answers import FileAnswer

FILE = "SELECT %s::uuid AS id, epoch, box FROM public.mailbox_file(%s, %s)"


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file that came with an office's message; `media` as our cleaner writes it."""

    id: UUID
    media: str


def sealed(case: Case, key: bytes, said: FileAnswer, data: bytes) -> tuple[FileAnswer, Attachment]:
    """One file under a case's body key, with the id that it has from now on."""
    row = attachments.sealed(case, key, data)
    return replace(said, id=str(row.pk)), row


def append(tag: bytes, row: Attachment) -> None:
    """Store a file of a case that exists; inside the transaction of the message that says what it is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT public.mailbox_attach(%s, %s, %s, %s::smallint, %s)",
            [tag, row.pk, row.week, row.epoch, bytes(row.box)],
        )


def enclosed(said: Mapping[str, Any]) -> Enclosed | None:
    """What a message says of a file, if it is one that can be shown; an office's own words are not believed."""
    media = str(said.get("media"))
    with suppress(ValueError):
        return Enclosed(UUID(str(said.get("id"))), media) if media in showing.ENDINGS else None
    return None


def opened(case: Case, keys: Mapping[int, bytes], tag: bytes, file: Enclosed) -> bytes | None:
    """A file's bytes, in memory. None where this case has none of that id, or where it does not open."""
    row = next(_rows(tag, file.id), None)
    if row is None or row.epoch not in keys:
        return None
    with suppress(VaultError):
        data = attachments.opened(case, keys[row.epoch], row)
        return data if showing.is_ours(data, file.media) else None
    return None


def _rows(tag: bytes, file: UUID) -> Iterator[Attachment]:
    return iter(Attachment.objects.raw(FILE, [file, tag, file]))
