"""Taking a file of a stranger, in whichever room it comes in: as it is cleaned, or not at all and in a sentence."""

from __future__ import annotations

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from . import cleaning, words
from .outcomes import Clean, Refused

SPACE = "SELECT sum(pg_catalog.pg_total_relation_size(one::regclass)) FROM unnest(%s::text[]) one"
TABLES = ["public.complaints_attachment", "public.complaints_draftfile"]


class NotTaken(Exception):
    """A file was not taken; `sentence` says why and what to do instead, and nothing of the file."""

    def __init__(self, sentence: str) -> None:
        super().__init__("a file was not taken")
        self.sentence = sentence


def cleaned(data: bytes) -> Clean:
    """The file as it may be kept. Takes up to FILES_PATIENCE and ten seconds: in no transaction. Raises NotTaken."""
    if not has_room():
        raise NotTaken(_("There is no room for files just now. What you write is stored; send the file another day."))
    outcome = cleaning.clean(data)
    if isinstance(outcome, Refused):
        raise NotTaken(words.sentence(outcome.reason))
    if not isinstance(outcome, Clean):
        raise NotTaken(words.busy())
    return outcome


def has_room() -> bool:
    """Whether files may still be stored: all of them together stay below the installation's limit in bytes."""
    with connection.cursor() as cursor:
        cursor.execute(SPACE, [TABLES])
        row = cursor.fetchone()
    return row is None or row[0] < settings.FILES_ROOM
