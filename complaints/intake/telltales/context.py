"""Which cue a number stands next to, and which numbers are money, dates and times."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable

from .words import MONEY, WORDS, Cue

# Letters between a number and the word that says what it is: before, after, "number" directly before, and for words
# that make it harmless.
BEFORE, AFTER, LINK, NEAR = 44, 26, 16, 28
IDENTIFYING = frozenset({Cue.PASSPORT, Cue.VISA, Cue.CARD})


def _latin(char: str) -> bool:
    return char.isalpha() and char < "\u0250"


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(re.escape(word).replace(r"\-", "[ -]?") for word in sorted(words, key=len, reverse=True))


_CUE_OF = {word.replace("-", ""): cue for cue, words in WORDS.items() for word in words.split()}
_CUES = re.compile(_alternatives({word for words in WORDS.values() for word in words.split()}))

_CURRENCY = "(?:" + _alternatives(MONEY.split()) + ")"
_AMOUNT = r"[1-9]\d{0,9}(?:[,.' ]\d{2,3}){0,5}(?:[.,]\d{1,2})?"
_PART = r"(?:0?[1-9]|[12]\d|3[012])"  # of a date: a day or a month of any calendar
_SAFE = (
    # money: a currency before it, or after it and not before another amount; thousands with commas
    re.compile(rf"(?<![a-z]){_CURRENCY}\.? ?{_AMOUNT}(?![\d-])"),
    re.compile(rf"(?<![\d.,+-]){_AMOUNT} ?{_CURRENCY}(?![a-z])(?!\.? ?\d{{3}})"),
    re.compile(r"(?<![\d.,+-])[1-9]\d{0,2}(?:,\d{2,3}){1,5}(?:\.\d{1,2})?(?![\d-])"),
    # dates and times
    re.compile(rf"(?<![\d-])(?<!\d[./]){_PART} ?([-/.]) ?{_PART} ?\1 ?(?:\d{{4}}|\d\d)(?![\d-]|[./]\d)"),
    re.compile(rf"(?<![\d-])(?<!\d[./])\d{{4}} ?([-/.]) ?{_PART} ?\1 ?{_PART}(?![\d-]|[./]\d)"),
    re.compile(r"(?<!\d)\d{1,2}[:h]\d\d(?::\d\d)?(?!\d)"),
    re.compile(r"(?<![\d-])(?:19|20)\d\d ?[-/] ?(?:19|20)\d\d(?![\d-])"),
)
_SENTENCE_END = re.compile(r"[!?।॥۔؟]|(?<!no)(?<!nos)(?<!num)(?<!nr)(?<!ref)\.\s|\n")
_CLAUSE_END = re.compile(rf"{_SENTENCE_END.pattern}|[,،;؛]")
_DIGIT = re.compile(r"\d")
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:[. ]\d{3}){1,2}")
_COMPACT_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_LICENCES = re.compile(
    r"(?<![a-z0-9])(?:(?:poea|dmw)[ -]?\d{1,4}(?:-[a-z0-9]{1,8}){1,4}|rl ?(?:no\.?)?[ -]?\d{1,5}|b-\d{4}/[a-z]{3}[a-z0-9+/]{0,40})"
)


def harmless(plain: str) -> list[tuple[int, int]]:
    """Where money, dates, times and licences of agencies stand."""
    return [found.span() for pattern in (*_SAFE, _LICENCES) for found in pattern.finditer(plain)]


class Cues:
    """The cue words of a text, asked by place."""

    def __init__(self, plain: str) -> None:
        self._plain = plain
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._cues: list[Cue] = []
        for found in _CUES.finditer(plain):
            start, end = found.span()
            if _latin(plain[start]) and not _alone(plain, start, end):
                continue
            self._starts.append(start)
            self._ends.append(end)
            self._cues.append(_CUE_OF[found[0].replace("-", "").replace(" ", "")])

    def of(self, start: int, end: int, near: int = NEAR) -> Cue | None:
        """What the nearest word says: before the number, or else shortly after it. NUMBER only if nothing else."""
        linked = False
        at = bisect_left(self._starts, start) - 1
        while at >= 0 and start - self._ends[at] <= BEFORE:
            cue = self._cues[at]
            if cue is Cue.NUMBER:
                linked = True
            elif cue in IDENTIFYING or cue is Cue.PHONE or self._reaches(self._ends[at], start, near):
                return cue
            at -= 1
        at = bisect_left(self._starts, end)
        while at < len(self._starts) and self._starts[at] - end <= AFTER:
            cue = self._cues[at]
            if cue is Cue.NUMBER:
                linked = True
            elif not _CLAUSE_END.search(self._plain, end, self._starts[at]) and not self._has_its_own(self._ends[at]):
                return cue
            at += 1
        return Cue.NUMBER if linked else None

    def _reaches(self, end: int, start: int, near: int) -> bool:
        """Whether a word that makes a number harmless is near, and in the same sentence."""
        return start - end <= near and not _SENTENCE_END.search(self._plain, end, start)

    def _has_its_own(self, end: int) -> bool:
        """Whether a number follows a word closely: then the word speaks of that one, and not of one before it."""
        return _DIGIT.search(self._plain, end, end + LINK) is not None

    def linked(self, start: int) -> bool:
        """Whether "number" or "no." stands directly before this place."""
        at = bisect_left(self._starts, start) - 1
        return at >= 0 and self._cues[at] is Cue.NUMBER and start - self._ends[at] <= LINK

    def paid(self, start: int) -> bool:
        """Whether a word of paying stands before this place, with whatever between them."""
        at = bisect_left(self._starts, start) - 1
        while at >= 0 and start - self._ends[at] <= BEFORE:
            if self._cues[at] is Cue.PAID:
                return True
            at -= 1
        return False


def _alone(plain: str, start: int, end: int) -> bool:
    if start and _latin(plain[start - 1]):
        return False
    if end < len(plain) and plain[end] == "s":
        end += 1
    return end == len(plain) or not _latin(plain[end])


def amount_or_date(token: str, *, linked: bool) -> bool:
    """Whether bare digits look like money or a date: round, in groups of thousands, years, YYYYMMDD."""
    bare = "".join(char for char in token if char.isdigit())
    if not linked and (bare.endswith("000") or (len(bare) <= 7 and bare.endswith("00"))):
        return True
    groups = re.split(r"[^\d]+", token.strip())
    if len(groups) > 1 and all(re.fullmatch(r"(?:19|20)\d\d|\d{1,4}00|0", group) for group in groups):
        return True
    return not linked and (_COMPACT_DATE.fullmatch(token) or _GROUPED.fullmatch(token)) is not None
