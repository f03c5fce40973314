"""What a person is told about a file: what we have of it, or why we do not and what they can do instead."""

from __future__ import annotations

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from recruitment_watch import cldr

from .kinds import Kind
from .outcomes import LIMITS, Clean, Reason


def described(clean: Clean) -> str:
    """ "a photo", "a document of 3 pages", "a recording of 2 minutes"."""
    return described_as(clean.kind, clean.count)


def described_as(kind: str, count: int) -> str:
    """The same, from its kind and the count of its pages or seconds."""
    if kind == Kind.PHOTO:
        return _("a photo")
    if kind == Kind.DOCUMENT:
        text = ngettext("a document of %(count)s page", "a document of %(count)s pages", count)
        return text % {"count": _number(count)}
    return _length(count)


def _length(seconds: int) -> str:
    if seconds < 60:
        count = max(1, seconds)
        text = ngettext("a recording of %(count)s second", "a recording of %(count)s seconds", count)
    else:
        count = round(seconds / 60)
        text = ngettext("a recording of %(count)s minute", "a recording of %(count)s minutes", count)
    return text % {"count": _number(count)}


def _number(count: int) -> str:
    return cldr.count(count, get_language() or "en")


def sentence(reason: Reason) -> str:
    """One sentence: what is wrong, and what to do instead."""
    return _SENTENCES[reason]()


def busy() -> str:
    return _("We could not take this file just now: what you wrote is safe, so try the file again in a few minutes.")


_SENTENCES = {
    Reason.EMPTY: lambda: _("There is nothing in this file: choose it again, or choose another."),
    Reason.TOO_LARGE: lambda: (
        _("This file is too big for us (at most %(size)s MB): send a smaller photo, or a part of it.")
        % {"size": _number(LIMITS.file_bytes // 2**20)}
    ),
    Reason.NOT_TAKEN: lambda: _("We cannot take this kind of file: send a photo of it, a PDF or a sound recording."),
    Reason.HEIC: lambda: _(
        "We cannot open photos of this kind (HEIC): show it on your screen, take a screenshot, and send that."
    ),
    Reason.VIDEO: lambda: _("We cannot take videos: send a photo from it, or a recording of its sound."),
    Reason.DAMAGED: lambda: _("This file is damaged and does not open: choose it again, or send a photo of it."),
    Reason.TOO_LONG: lambda: (
        _("This recording is longer than %(minutes)s minutes: send the part that matters, or send it in parts.")
        % {"minutes": _number(LIMITS.minutes)}
    ),
    Reason.TOO_MANY_PAGES: lambda: (
        _("This document has more than %(pages)s pages: send the pages that matter, or photos of them.")
        % {"pages": _number(LIMITS.pages)}
    ),
    Reason.TOO_SLOW: lambda: _("Opening this file takes too long: send a photo of it, or a part of it."),
    Reason.ENCRYPTED: lambda: _(
        "This PDF asks for a password, so we cannot open it: send one without, or photos of its pages."
    ),
}
