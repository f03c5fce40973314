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


_LINES = WORDS | {Cue.MONEY: MONEY}
CUE_WORDS = frozenset(word for words in _LINES.values() for word in words.split())
_CUE_OF = {word.replace("-", ""): cue for cue, words in _LINES.items() for word in words.split()}
# No look-behind at its head: the engine then skips to the letters that a word can begin with.
_CUES = re.compile(_alternatives(CUE_WORDS))

_AMOUNT = re.compile(r"(?:[1-9]\d{0,2}(?:[,.' ]\d{2,3}(?!\d)){1,5}|[1-9]\d{0,9})(?:[.,]\d{1,2}(?!\d))?(?![\d-])")
_PART = r"(?:0?[1-9]|[12]\d|3[012])"  # of a date: a day or a month of any calendar
_SAFE = (
    # thousands with commas
    re.compile(r"(?<![\d.,+-])[1-9]\d{0,2}(?:,\d{2,3}){1,5}(?:\.\d{1,2})?(?![\d-])"),
    # dates, times, numbers with a year, places on a map
    re.compile(rf"(?<![\d-])(?<!\d[./]){_PART} ?([-/.]) ?{_PART} ?\1 ?(?:\d{{4}}|\d\d)(?![\d-]|[./]\d)"),
    re.compile(rf"(?<![\d-])(?<!\d[./])\d{{4}} ?([-/.]) ?{_PART} ?\1 ?{_PART}(?![\d-]|[./]\d)"),
    re.compile(r"(?<![\d/])\d{1,6}/(?:19|20)\d\d(?![\d/])"),  # a number of a year
    re.compile(r"(?<![\d.])\d{1,3}\.\d{4,9}(?![\d.])"),  # a decimal
    re.compile(r"(?<!\d)\d{1,2}[:h]\d\d(?::\d\d)?(?!\d)"),
    re.compile(r"(?<![\d-])(?:19|20)\d\d ?[-/] ?(?:19|20)\d\d(?![\d-])"),
)
_SENTENCE_END = re.compile(r"[!?।॥۔؟]|(?<!no)(?<!nos)(?<!num)(?<!nr)(?<!ref)\.\s|\n")
_GAPS = ("", " ", ".", ". ")
_ANOTHER = re.compile(r"\.? ?\d{3}")
_OVER = re.compile(rf"{_SENTENCE_END.pattern}|\d[,،;؛]\s")  # or the word had a number of its own
_CLAUSE_END = re.compile(rf"{_SENTENCE_END.pattern}|[,،;؛]")
_SHORT = 3  # letters of words that take no plural: "wa" is not in "was"
_TAKEN = re.compile(r"\d{5}\D{6}")  # another number, and more than "and" after it: the word spoke of that one
_DIGIT = re.compile(r"\d")
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:[. ]\d{3}){1,2}")
_GROUPS = re.compile(r"\d{1,50}")
_ROUND = re.compile(r"(?:19|20)\d\d|\d{1,3}00|[1-9]\d{1,2}000|0")  # a year, a sum, a time on the hour
_COMPACT_DATE = re.compile(
    r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:19|20)\d\d"
)
# Of the Philippines, Bangladesh and India.
_LICENCES = re.compile(
    r"(?<![a-z0-9])(?:(?:poea|dmw)[ -]?\d{1,4}(?:-[a-z0-9]{1,8}){1,4}|rl ?(?:no\.?)?[ -]?\d{1,5}"
    r"|b-\d{4}/[a-z]{3}[a-z0-9+/]{0,40})"
)


def harmless(plain: str, cues: Cues) -> list[tuple[int, int]]:
    """Where money, dates, times and licences of agencies stand."""
    safe = [found.span() for pattern in (*_SAFE, _LICENCES) for found in pattern.finditer(plain)]
    return safe + [found.span() for found in _AMOUNT.finditer(plain) if cues.priced(plain, *found.span())]


class Cues:
    """The cue words of a text, asked by place."""

    def __init__(self, plain: str) -> None:
        self._plain = plain
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._cues: list[Cue] = []
        self._money: dict[int, int] = {}  # currencies, where each begins and ends
        for found in _CUES.finditer(plain):
            start, end = found.span()
            if _latin(plain[start]) and not _alone(plain, start, end):
                continue
            cue = _CUE_OF[found[0].replace("-", "").replace(" ", "")]
            if cue is Cue.MONEY:
                self._money[start] = end
                continue
            self._starts.append(start)
            self._ends.append(end)
            self._cues.append(cue)
        self._money_ends = set(self._money.values())

    def of(self, start: int, end: int, near: int = NEAR) -> Cue | None:
        """What the nearest word says: before the number, or else shortly after it. NUMBER only if nothing else."""
        linked = False
        at = bisect_left(self._starts, start) - 1
        while at >= 0 and start - self._ends[at] <= BEFORE:
            cue = self._cues[at]
            if cue is Cue.NUMBER:
                linked = True
            elif cue in IDENTIFYING or cue is Cue.PHONE:
                if not _TAKEN.search(self._plain, self._ends[at], start):
                    return cue
            elif self._reaches(self._ends[at], start, near):
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

    def priced(self, plain: str, start: int, end: int) -> bool:
        """Whether a currency stands before this amount, or after it and not before another amount."""
        if start and plain[start - 1] in "0123456789+":
            return False
        if any(start - gap in self._money_ends and plain[start - gap : start] in _GAPS for gap in (0, 1, 2)):
            return True
        after = self._money.get(end) or (self._money.get(end + 1) if plain[end : end + 1] == " " else None)
        return after is not None and not _ANOTHER.match(plain, after)

    def _reaches(self, end: int, start: int, near: int) -> bool:
        """Whether a word that makes a number harmless is near, and in the same sentence."""
        return start - end <= near and not _OVER.search(self._plain, end, start)

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
    if end - start > _SHORT and plain.startswith("s", end):
        end += 1
    return end == len(plain) or not _latin(plain[end])


def amount_or_date(token: str, *, linked: bool, grouped: bool = True) -> bool:
    """Whether bare digits look like money or a date: round, in years, YYYYMMDD.

    `linked`: a word such as "number" stands before them. `grouped`: groups of thousands count as money.
    """
    bare = "".join(char for char in token if char.isdigit())
    if not linked and (bare.endswith("000") or (len(bare) <= 7 and bare.endswith("00"))):
        return True
    groups = _GROUPS.findall(token)
    if len(groups) > 1 and all(_ROUND.fullmatch(group) for group in groups):
        return True
    if linked:
        return False
    return bool(_COMPACT_DATE.fullmatch(token) or (grouped and _GROUPED.fullmatch(token)))
