"""A file as an answer to a browser: what our own cleaner made is shown, and so that nothing in it can act."""

from __future__ import annotations

from django.http import HttpResponse

from .kinds import CLEAN_FORMS, MEDIA_TYPES, form_of

ENDINGS = {"image/jpeg": "jpg", "audio/ogg": "ogg", "application/pdf": "pdf"}
LOCKED = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'none'; frame-ancestors 'none'; sandbox"
FORMS = {media: CLEAN_FORMS[kind] for kind, media in MEDIA_TYPES.items()}


def is_ours(data: bytes, media: str) -> bool:
    """Whether these are the first bytes of what our cleaner writes under this media type."""
    return media in FORMS and form_of(data) is FORMS[media]


def response(data: bytes, media: str) -> HttpResponse:
    """One file under a name that says nothing. What the cleaner did not make is handed over and never shown."""
    ending = ENDINGS.get(media)
    answer = HttpResponse(data, content_type=media if ending else "application/octet-stream")
    named = f'inline; filename="file.{ending}"' if ending else 'attachment; filename="original.bin"'
    answer["Content-Disposition"] = named
    answer["Content-Security-Policy"] = LOCKED
    return answer
