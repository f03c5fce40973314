"""Files on their way: cleaned, and encrypted beside the draft until they are sealed (`attached`).

When space is short files are refused, and texts never.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import connection
from django.utils.translation import gettext as _

from complaints.files import taking, words
from complaints.files.space import Shelf
from complaints.files.taking import NotTaken
from complaints.vault import drafts
from recruitment_watch import turns

from .answers import FileAnswer, shallow
from .models import DraftFile
from .progress import Progress
from .store import Entry

FILES_MAX = 8  # with one case's filing, and with one message; originals count
_TIDY = "DELETE FROM complaints_draftfile WHERE draft_id = %s AND NOT id = ANY(%s::uuid[])"
ORIGINAL = "original"
MESSAGE = "message"  # where the page that a file came with is no page of the form


@dataclass(frozen=True, slots=True)
class Taken:
    """A clean file, and its original where that is to be kept: each with what is said of it."""

    parts: tuple[tuple[FileAnswer, bytes], ...] = field(repr=False)


def take(upload: UploadedFile[Any], *, name: str, of: str, keep: bool = False, beside: int = 0) -> Taken:
    """Clean an uploaded file. `name` is the page's for it, `of` the page; `beside` counts those taken before.

    Raises NotTaken.
    """
    if beside + 1 + keep > FILES_MAX:
        raise NotTaken(_("That is as many files as we can take at once. Send the others later, as messages."))
    data = upload.read()
    with turns.given_back():
        clean = taking.cleaned(data, Shelf.SENT if of == MESSAGE else Shelf.ORIGINAL if keep else Shelf.FORM)
    said = FileAnswer(
        id=name or secrets.token_hex(8),
        kind=clean.kind,
        media=clean.media_type,
        count=clean.count,
        sha256=clean.sha256,
        of=of,
    )
    parts = [(said, clean.data)]
    if keep:
        kept = replace(said, id=f"{said.id}o", media="application/octet-stream", original=True)
        parts.append((kept, data))
    return Taken(tuple(parts))


def put_beside(entry: Entry, progress: Progress, taken: Taken) -> Progress:
    """Store files beside a draft, and say so in its progress; the same file again takes the first one's place."""
    for said, data in taken.parts:
        row = DraftFile(
            pk=drafts.file_id(entry.key, said.id),
            draft_id=entry.place.id,
            box=drafts.lock_file(entry.key, data, name=said.id),
        )
        DraftFile.objects.filter(pk=row.pk).delete()
        row.save(force_insert=True)
    new = {said.id for said, _data in taken.parts}
    others = tuple(one for one in progress.answers.files if one.id not in new)
    return progress.says(files=(*others, *(said for said, _data in taken.parts)))


def tidy(entry: Entry, progress: Progress) -> None:
    """Delete what lies beside a draft and is in it no more."""
    kept = [drafts.file_id(entry.key, one.id) for one in progress.answers.files]
    with connection.cursor() as cursor:
        cursor.execute(_TIDY, [entry.place.id, kept])


def from_beside(entry: Entry, files: Sequence[FileAnswer]) -> Iterator[tuple[FileAnswer, bytes]]:
    """The files of a draft, one after the other, opened. Raises BadEnvelope, DraftFile.DoesNotExist."""
    for said in files:
        row = DraftFile.objects.get(pk=drafts.file_id(entry.key, said.id))
        yield said, drafts.unlock_file(entry.key, bytes(row.box), name=said.id)


def described(said: FileAnswer | Mapping[str, Any]) -> str:
    """ "a photo", "a document of 3 pages", with a word where it is the original."""
    one = shallow(said) if isinstance(said, FileAnswer) else said
    count = one.get("count")
    text = words.described_as(str(one.get("kind")), count if isinstance(count, int) else 0)
    return _("%(file)s, the original") % {"file": text} if one.get("original") else text
