"""What an office writes to the complainant: sealed under the case's writing key, with its author and exact time."""

from __future__ import annotations

from contextlib import AbstractContextManager
from uuid import uuid4

from django.conf import settings
from django.utils.translation import override

from complaints.cases import attachments, clocks, sealing
from complaints.cases.models import Attachment, Message
from complaints.files.outcomes import Clean
from recruitment_watch import clock

from .access import OpenCase


def in_their_language(case: OpenCase) -> AbstractContextManager[None]:
    """What is translated inside is read by the complainant: in the language in which they wrote."""
    language = str(case.cover.get("language") or "")
    return override(language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE)


def write(
    case: OpenCase, text: str, key: bytes, *, left: int | None = None, outcome: bool = False, file: Clean | None = None
) -> Message:
    """A message of the office, inside the transaction of the verb that it belongs to.

    `key` is `case.writing_key()`; `left` is said with a question: how many working days the clock stood with. `outcome`
    says that it tells what came of the case: then its mailbox tells what led there (decision 36).
    `file` goes with it as our cleaner wrote it, under the same key. Raises TooLong above what a message holds.
    """
    row, now = uuid4(), clock.now()
    content: dict[str, object] = {"text": text, "at": now.isoformat(), "author": case.office.name}
    if left is not None:
        content["left"] = left
    if outcome:
        content["outcome"] = True
    if file is not None:
        enclosed = attachments.sealed(case.case, key, file.data)
        enclosed.save(force_insert=True)
        content["files"] = [_said(file, enclosed)]
    return Message.objects.create(
        id=row,
        case=case.case,
        direction=Message.Direction.TO_COMPLAINANT,
        week=clocks.week(now),
        epoch=case.case.epoch,
        box=sealing.seal_message(key, content, case=case.case.pk, row=row, epoch=case.case.epoch),
    )


def left(case: OpenCase) -> int:
    """With how many working days the clock stood, by the last question that opens; 1 where none does."""
    said = [one.content["left"] for one in case.messages if one.content and "left" in one.content]
    return int(str(said[-1])) if said else 1


def _said(file: Clean, row: Attachment) -> dict[str, object]:
    """What a message says of its file, in the shape of what a complainant's says; the SHA-256 is the original's."""
    return {
        "id": str(row.pk),
        "kind": file.kind.value,
        "media": file.media_type,
        "count": file.count,
        "sha256": file.sha256,
        "of": "message",
        "original": False,
    }
