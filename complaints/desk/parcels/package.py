"""One file for an office outside: a zip with the letter, case.json and the attachments, sealed with age.

Inside the seal it is filled up with zeros to a PADMÉ size, and at least to LEAST, so that its length tells little.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import get_language, get_language_bidi, override

from complaints.vault import parcels
from complaints.vault.padding import padme

from . import letter, printed
from .content import Content
from .letter import Acknowledgement

LEAST = 256 * 1024  # a parcel without attachments is no longer than this, and as long as any other
PADDING = "padding"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # a zip has to have a time; this one says nothing


def seal(content: Content, files: Mapping[str, bytes], how: Acknowledgement, *, recipient: str) -> bytes:
    """The age file for `recipient`. `files` are the attachments' bytes by their names inside. Raises VaultError."""
    with override(letter.language_of(content.to)):
        parts = letter.parts(content, how)
        page = html(parts)
        sheet = printed.pdf(parts)
    entries = {"letter.pdf": sheet, "letter.html": page.encode(), "case.json": case_json(content, how)}
    return parcels.seal(zipped(entries | dict(files)), recipient=recipient)


def html(parts: list[letter.Part]) -> str:
    """The letter as a page that stands by itself, in the language of the moment."""
    context = {
        "title": letter.title(),
        "parts": parts,
        "language": get_language(),
        "direction": "rtl" if get_language_bidi() else "ltr",
    }
    return render_to_string("desk/letter.html", context)


def case_json(content: Content, how: Acknowledgement) -> bytes:
    """case.json, as docs/schemas/parcel-1.json has it."""
    seed = parcels.acknowledgement_seed(how.code, parcel=content.reference.bytes)
    acknowledge = {
        "address": how.address,
        "code": how.code,
        "seed": seed.hex(),
        "text": parcels.acknowledgement_text(content.reference.bytes).decode(),
    }
    return written({**content.said, "acknowledge": acknowledge}).encode()


def written(said: Mapping[str, Any]) -> str:
    """JSON as a person can read it too."""
    return json.dumps(said, ensure_ascii=False, indent=1)


def zipped(entries: Mapping[str, bytes]) -> bytes:
    """A zip of these, nothing compressed, of a PADMÉ size."""
    bare = len(_zip({**entries, PADDING: b""}))
    return _zip({**entries, PADDING: bytes(padme(max(bare, LEAST)) - bare)})


def _zip(entries: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, data in entries.items():
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, data)
    return made.getvalue()
