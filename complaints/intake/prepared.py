"""Pages as they look to everybody: put together once, then handed out.

A question that is not answered yet says nothing of the person: what differs is the form's token and the number of what
may be added. These are gaps in the page, filled at each hand-out, and so are the digits on the page of the receipt.
Whoever has answered already, made a mistake or added something gets a page of their own. Nothing that anybody typed,
and no receipt, can come into this store, because it takes only pages with gaps.

A page is compressed once too, piece by piece between its gaps (RFC 1951: pieces that end with a whole byte can be
joined); what is written in goes between them as it is, and so is never compressed together with anything.
"""

from __future__ import annotations

import re
import secrets
import struct
import zlib
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.middleware.gzip import re_accepts_gzip
from django.utils.html import escape
from django.utils.translation import get_language

from recruitment_watch import clock

from .pages import Page
from .progress import Progress

_EMPTY = Progress()
# The whole page leads to other questions by what was found or added; its own words are never the same.
_OWN = frozenset({"part", "care", "list", "own", "then", "look"})
ID, TOKEN = "0123456789abcdef", "token-of-the-form"  # stand for what is written in
_PAGES: dict[Hashable, Prepared] = {}
MOST = 2_000  # some kilobytes each; questions × languages × ways back are far fewer

_GZIP = b"\x1f\x8b\x08" + bytes(6) + b"\xff"  # RFC 1952: deflated, no name, no time, no system
_LAST = b"\x03\x00"  # a last block with nothing in it


@dataclass(frozen=True, slots=True)
class Prepared:
    """A page in pieces: its `words` between the `gaps`, and the same `packed`."""

    words: tuple[bytes, ...]
    packed: tuple[bytes, ...]
    gaps: tuple[str, ...]

    @classmethod
    def of(cls, page: str, gaps: Collection[str]) -> Self:
        pieces = re.split(f"({'|'.join(map(re.escape, gaps))})", page) if gaps else [page]
        words = tuple(piece.encode() for piece in pieces[::2])
        return cls(words, tuple(map(_packed, words)), tuple(pieces[1::2]))

    def filled(self, request: HttpRequest, gaps: Mapping[str, str]) -> HttpResponse:
        """The page with its gaps filled, compressed where the browser takes that and the page may be."""
        said = [escape(gaps[gap]).encode() for gap in self.gaps]
        whole = _joined(self.words, said)
        accepts = re_accepts_gzip.search(request.headers.get("Accept-Encoding", ""))
        if not accepts or re.match(settings.UNCOMPRESSED, request.path):
            return HttpResponse(whole)
        end = _LAST + struct.pack("<LL", zlib.crc32(whole), len(whole))
        content = _GZIP + _joined(self.packed, map(_as_it_is, said)) + end
        return HttpResponse(content, headers={"Content-Encoding": "gzip", "Content-Length": str(len(content))})


def _joined(pieces: tuple[bytes, ...], between: Iterable[bytes]) -> bytes:
    return b"".join(part for both in zip(pieces, [*between, b""], strict=True) for part in both)


def _packed(words: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(words) + packer.flush(zlib.Z_FULL_FLUSH)


def _as_it_is(said: bytes) -> bytes:
    return struct.pack("<BHH", 0, len(said), len(said) ^ 0xFFFF) + said


def is_same_for_all(here: Page, progress: Progress) -> bool:
    """Whether this person's page shows nothing but the question."""
    if here.name in _OWN or here.name in progress.answered or not here.needed(progress):
        return False
    if any(one.of == here.name for one in progress.answers.files) or (here.name == "paid" and progress.answers.fees):
        return False
    shown, empty = here.shows(progress), here.shows(_EMPTY)
    return {**shown, "id": ""} == {**empty, "id": ""}


def hand_out(
    request: HttpRequest, name: Hashable, back: str, make: Callable[[dict[str, str]], HttpResponse]
) -> HttpResponse:
    """A question from the store. `make` makes it where it is not there, with what it is given in its context."""
    gaps = {TOKEN: get_token(request), ID: secrets.token_hex(8)}
    return with_gaps(request, (name, back, clock.today()), lambda: make({"csrf_token": TOKEN}), gaps)


def with_gaps(
    request: HttpRequest, name: Hashable, make: Callable[[], HttpResponse], gaps: Mapping[str, str]
) -> HttpResponse:
    """A page that is the same for everybody in a language but for its gaps: what stands for each, and what fills it.

    `make` must put the former into the page, never the latter.
    """
    key = (name, get_language())
    page = _PAGES.get(key)
    if page is None:
        if len(_PAGES) >= MOST:
            _PAGES.clear()
        page = _PAGES[key] = Prepared.of(make().content.decode(), gaps)
    return page.filled(request, gaps)
