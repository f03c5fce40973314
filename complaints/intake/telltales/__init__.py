"""Numbers and addresses in free text that may give a complainant away: found, offered for removal, never stored.

The person decides. So it finds what is likely, not what is possible, and leaves alone what a complaint is made of:
money, dates, hours, and the licence numbers of agencies. Pure functions; nothing is kept, counted or logged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from .context import CUE_WORDS, IDENTIFYING, Cues, amount_or_date, harmless
from .kinds import Kind, Telltale
from .letters import blanked, plain
from .shapes import ADDRESSES, ZONE_LINES, hits, numbers
from .telephones import abroad, phones
from .words import Cue

__all__ = ["Kind", "Telltale", "find", "without"]

_KIND_OF = {Cue.PASSPORT: Kind.PASSPORT, Cue.VISA: Kind.VISA, Cue.CARD: Kind.NATIONAL_ID}
_DIGIT = re.compile(r"\d")
_SHORT = (
    "a ay at by de di el en es et i id in is it ka ke ki ko la le my n na ni nº no nr o of on or po sa se si so to u "
    "un y za ho hi he me ng"
)
_SHORT_WORDS = frozenset(_SHORT.split())
# What a number may look like when a word beside it says what it is.
_TOKEN = re.compile(
    r"(?<![a-z0-9@])(?<!\d[-./])(?:[a-z]{1,4}-?|[a-z]{1,2} )?\d[\da-z]{0,17}"
    r"(?:[ .\-/]\d[\da-z]{0,17}){0,5}(?![a-z0-9@])"
)
_ALONE = 7  # a group of so many digits is a number of its own; what follows after a space is another
Span = tuple[int, int]


def find(text: str, country: str = "") -> list[Telltale]:
    """What in `text` may give its writer away, first to last, without overlaps. Never raises.

    `country`: ISO 3166 code of the country of work, whose telephone numbers are known besides the usual ones.
    """
    read = plain(text)
    found = [(span, shape.kind) for shape in (ADDRESSES, ZONE_LINES) for span in hits(shape, read)]
    found += [(span, Kind.PHONE) for span in abroad(read)]
    if _DIGIT.search(read):
        found += _numbers(blanked(read, [span for span, _kind in found]), Cues(read), country)
    return [Telltale(start, end, kind) for (start, end), kind in _apart(found)]


def without(text: str, telltales: Iterable[Telltale]) -> str:
    """`text` with a short mark in the place of each telltale; everything else stays as it is."""
    parts: list[str] = []
    at = 0
    for told in sorted(telltales, key=lambda one: one.start):
        if told.start >= at:
            parts += (text[at : told.start], _("[email removed]") if told.kind is Kind.EMAIL else _("[number removed]"))
        at = max(at, told.end)
    return "".join((*parts, text[at:]))


def _numbers(read: str, cues: Cues, country: str) -> list[tuple[Span, Kind]]:
    """Shapes first, then what only the words beside it give away, then telephones: each from what is left."""
    found = list(_apart(_shaped(read, cues)))
    read = blanked(read, [span for span, _kind in found])
    read = blanked(read, harmless(read, cues))
    named = list(_named(read, cues))
    read = blanked(read, [span for span, _kind in named])
    return [*found, *named, *((span, Kind.PHONE) for span in phones(read, cues, country))]


def _shaped(read: str, cues: Cues) -> Iterator[tuple[Span, Kind]]:
    for span, shape in numbers(read):
        if shape.sure:
            yield span, shape.kind
            continue
        cue = cues.of(*span)
        if cue not in (Cue.OTHER, Cue.PAID) and not (cue is Cue.PHONE and read[span[0]].isdigit()):
            yield span, _KIND_OF.get(cue, shape.kind) if cue else shape.kind


def _named(read: str, cues: Cues) -> Iterator[tuple[Span, Kind]]:
    """Numbers of no known shape beside a word such as "passport" or "iqama"."""
    for candidate in _TOKEN.finditer(read):
        start, end = _trimmed(candidate)
        cue = cues.of(start, end)
        if cue in IDENTIFYING and cue is not None and _could_be_a_paper(read[start:end], start, cues, cue):
            yield (start, end), _KIND_OF[cue]


def _trimmed(candidate: re.Match[str]) -> Span:
    """Without a short word before it, and without another number after a space."""
    start, end = candidate.span()
    head, space, rest = candidate[0].partition(" ")
    if space and head.isalpha():
        if head in _SHORT_WORDS or head in CUE_WORDS:
            start += len(head) + 1
        else:
            head = head + space + rest.partition(" ")[0]
    if start > candidate.start():
        head = rest.partition(" ")[0]
    if sum(char.isdigit() for char in head) >= _ALONE:
        end = start + len(head)
    return start, end


def _could_be_a_paper(token: str, start: int, cues: Cues, cue: Cue) -> bool:
    digits = sum(char.isdigit() for char in token)
    linked = cues.linked(start)
    if any(char.isalpha() for char in token):
        return digits >= 5 and len(token) <= 22
    if digits < (6 if linked else 7) or digits > 20:
        return False
    if amount_or_date(token, linked=linked, grouped=cue is not Cue.CARD):
        return False
    return linked or digits > _ALONE or not cues.paid(start)


def _apart(found: Iterable[tuple[Span, Kind]]) -> list[tuple[Span, Kind]]:
    """Without those that overlap an earlier one in the list; by place."""
    kept: list[tuple[Span, Kind]] = []
    found = list(found)
    taken = bytearray(max((span[1] for span, _kind in found), default=0))
    for (start, end), kind in found:
        if not any(taken[start:end]):
            taken[start:end] = b"\1" * (end - start)
            kept.append(((start, end), kind))
    return sorted(kept)
