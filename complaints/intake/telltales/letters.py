"""The text as the patterns read it: as long as the text given, letter for letter, so that indices stay right."""

from __future__ import annotations

import re
import unicodedata

_FOREIGN_DIGIT = re.compile(r"(?![0-9])\d")
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63"
# Spaces of every width, and the marks of direction that keyboards put around numbers in right-to-left text.
_SPACES = (
    "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
    "\u200b\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
_ALIKE = str.maketrans(
    {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # fullwidth letters, digits and signs
    | dict.fromkeys(_DASHES, "-")
    | dict.fromkeys(_SPACES, " ")
    | {"\u066b": ".", "\u066c": ",", "\u0130": "i"}  # the one capital whose small letter is two
)


def plain(text: str) -> str:
    """Small letters, ASCII digits for those of any script, one kind of dash and of space; as long as `text`."""
    digits = _FOREIGN_DIGIT.sub(lambda found: str(unicodedata.decimal(found[0])), text)
    return digits.translate(_ALIKE).lower()


def blanked(text: str, spans: list[tuple[int, int]]) -> str:
    """`text` with these places filled by a letter that no pattern takes, as long as before."""
    if not spans:
        return text
    parts: list[str] = []
    at = 0
    for start, end in sorted(spans):
        parts.append(text[at:start])
        parts.append("\x00" * (end - max(start, at)))
        at = max(at, end)
    parts.append(text[at:])
    return "".join(parts)
