"""What an office writes to the complainant: sealed under the case's writing key, with its author and exact time."""

from __future__ import annotations

from contextlib import AbstractContextManager
from uuid import uuid4

from django.conf import settings
from django.utils.translation import override

from complaints.cases import clocks, sealing
from complaints.cases.models import Message
from recruitment_watch import clock

from .access import OpenCase


def in_their_language(case: OpenCase) -> AbstractContextManager[None]:
    """What is translated inside is read by the complainant: in the language in which they wrote."""
    language = str(case.cover.get("language") or "")
    return override(language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE)


def write(case: OpenCase, text: str, key: bytes, *, left: int | None = None) -> Message:
    """A message of the office, inside the transaction of the verb that it belongs to.

    `key` is `case.writing_key()`; `left` is said with a question: how many working days the clock stood with. Raises
    TooLong above what a message holds.
    """
    row, now = uuid4(), clock.now()
    content: dict[str, object] = {"text": text, "at": now.isoformat(), "author": case.office.name}
    if left is not None:
        content["left"] = left
    return Message.objects.create(
        id=row,
        case=case.case,
        direction=Message.Direction.TO_COMPLAINANT,
        week=clocks.week(now),
        epoch=case.case.epoch,
        box=sealing.seal_message(key, content, case=case.case.pk, row=row, epoch=case.case.epoch),
    )
