"""The finished PDF of a language: drawn when it is first asked for, then kept in memory, the same for everybody."""

from __future__ import annotations

import threading

from django.utils.translation import get_language_bidi, override

from complaints.paper import fonts

SHEETS = 4  # the last of them comes off
SCALES = (1, 0.96, 0.92, 0.88, 0.84)  # a language of long words gets smaller letters rather than more to hide
_DRAWN: dict[str, bytes] = {}
_ONE_AT_A_TIME = threading.Lock()


def pdf(language: str) -> bytes:
    """The form of one of the site's languages, by its code."""
    with _ONE_AT_A_TIME:
        if language not in _DRAWN:
            _DRAWN[language] = draw(language)
        return _DRAWN[language]


def draw(language: str) -> bytes:
    """Draw it anew. Raises LookupError where a letter is in none of the fonts: a box is no answer to anybody."""
    # Not at start: most processes are never asked, and fpdf2 brings a second and some dozen MB.
    from complaints.paper.canvas import Canvas

    from . import layout

    found = b""
    for scale in SCALES:
        with override(language):
            canvas = Canvas(fonts.face(language), language=language, right_to_left=get_language_bidi(), scale=scale)
            layout.write(canvas)
        if canvas.lacking():
            raise LookupError("the paper form has letters that its fonts lack")
        found = canvas.bytes_of_it()
        canvas.close_fonts()
        if len(canvas.pages) <= SHEETS:
            break
    return found
