"""Numbers whose form alone says what they are: cards by country, passports, addresses, machine-readable lines.

Every pattern is tried where a number begins in the plain text (small letters, ASCII digits); every repeat is bounded,
so that no text can make one run away.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from . import checks
from .context import CUE_WORDS
from .kinds import Kind

# Where a number begins, with up to six letters before its first digit; and what may not follow it.
_STARTS = re.compile(r"(?=[a-z0-9])(?<![a-z0-9@])(?<!\d[-./])(?=[a-z]{0,6} ?[#-]?\d)")
_END = r"(?![a-z0-9@])(?![-./]\d)"


@dataclass(frozen=True, slots=True)
class Shape:
    """A pattern, what must hold of a hit, and whether it stands without regard to the words around it."""

    kind: Kind
    pattern: re.Pattern[str]
    holds: Callable[[str], bool] | None = None
    sure: bool = True


def _card(pattern: str, holds: Callable[[str], bool] | None = None, *, sure: bool = True) -> Shape:
    return Shape(Kind.NATIONAL_ID, re.compile(pattern + _END), holds, sure)


def _passport(pattern: str, holds: Callable[[str], bool] | None = None) -> Shape:
    return Shape(Kind.PASSPORT, re.compile(pattern + _END), holds, sure=False)


# Countries of origin in a Qatari ID, by ISO 3166 number: corridors to the Gulf, and the Gulf.
_QID = (
    r"(?:004|012|050|104|116|120|140|144|148|170|178|180|204|231|232|270|288|324|356|360|364|368|384|400|404|418|422|430|"
    r"434|450|454|458|466|478|504|508|512|524|562|566|586|604|608|626|634|646|682|686|694|706|716|729|736|748|760|764|768|"
    r"788|792|800|818|834|854|887|894)"
)

ADDRESSES = Shape(
    Kind.EMAIL,
    re.compile(
        r"(?<![\w.+%-])[\w.+%-]{1,64} ?(?:@|[(\[]at[)\]]|at(?= [\w-]{1,63} dot )) ?"
        r"[\w-]{1,63}(?:(?:\.| \. | dot )[\w-]{2,63}){1,4}"
    ),
)
ZONE_LINES = Shape(Kind.MRZ, re.compile(r"[a-z0-9<]{12,90}"), checks.mrz)

# In this order: the first that fits is taken.
BEGIN_WITH_DIGIT = (
    _card(r"784[ -]?(?:19|20)\d\d[ -]?\d{7}[ -]?\d"),  # Emirates ID
    _card(r"\d{5}[- ]\d{7}[- ]\d"),  # Pakistan
    _card(r"[2-9]\d{3}([ -]?)\d{4}\1\d{4}", checks.verhoeff, sure=False),  # India
    _card(r"[23]\d{11}", checks.kuwait),
    _card(r"[23]\d\d" + _QID + r"\d{5}", sure=False),  # Qatar
    _card(r"[23]\d{13}", checks.egypt, sure=False),
    _card(r"2\d{9}", checks.luhn, sure=False),  # Saudi iqama
    _card(r"\d{4}([ -.]?)\d{4}\1\d{4}\1\d{4}", checks.indonesia, sure=False),
    _card(r"\d{6}[ .]?\d{6}[ .]?\d{4}", checks.indonesia, sure=False),
    _card(r"[1-8]([ -]?)\d{4}\1\d{5}\1\d{2,3}\1\d{1,2}", lambda x: len(checks.digits(x)) == 13 and checks.thailand(x)),
    _card(r"\d{6}-\d\d-\d{4}", checks.malaysia),
    _card(r"\d{4}-\d{4}-\d{4}-\d{4}"),  # Philippines
    _card(r"\d{2,4}-\d{7}-\d"),  # Philippines: UMID, SSS
    _card(r"\d{1,2}-\d{2}-\d{2}-\d{4,6}"),  # Nepal: citizenship
    _card(r"\d{3}-\d\d-\d{4}"),  # United States: social security
    _card(r"\d{8}[ -]?[a-hj-np-tv-z]", checks.spain, sure=False),
    _card(r"\d{9}[vx]"),  # Sri Lanka
    _card(r"\d{17}[\dx]", checks.china),
    _card(r"\d{6}-[1-8]\d{6}", checks.malaysia),  # Korea: begins with a birthday too
    _card(r"[12] ?\d\d ?(?:0[1-9]|1[0-2]) ?\d\d ?\d{3} ?\d{3} ?\d\d", checks.france, sure=False),
    _card(r"\d{1,2}/[a-z]{3,9} ?\([a-z]{1,2}\) ?\d{6}"),  # Myanmar
    _card(r"19[4-9]\d{14}|200\d{14}", sure=False),  # Bangladesh: 17 digits with the year of birth
    _passport(r"\d\d[a-z]{2}\d{5}"),
)
BEGIN_WITH_LETTER = (
    Shape(Kind.VISA, re.compile(r"(?:eac|ioe|lin|msc|nbc|src|wac|ysc)\d{10}" + _END)),  # United States: petitions
    _card(r"[a-z]{1,2} ?\d{6} ?\([0-9a]\)"),  # Hong Kong, also mistyped
    _card(r"[a-z]{1,2}\d{6}a", checks.hong_kong),
    _card(r"[stfgm]\d{7}[a-z]", checks.singapore),
    _card(r"[a-z]{4}\d{6}[hmx][a-z]{5}[a-z0-9]\d", checks.curp),  # Mexico
    _card(r"a ?#?[ -]?\d{3}[ -]?\d{3}[ -]?\d{3}", sure=False),  # United States: aliens
    _card(r"[xyz][ -]?\d{7}[ -]?[a-z]", checks.spain),
    _card(r"[a-z][a-d89]\d{8}", sure=False),  # Taiwan
    _card(r"[a-z]{6}\d\d[abcdehlmprst]\d\d[a-z]\d{3}[a-z]"),  # Italy
    _card(r"[a-ceghj-pr-tw-z][a-z] ?\d\d ?\d\d ?\d\d ?[a-d]", sure=False),  # United Kingdom
    _card(r"gha-\d{9}-\d"),
    _card(r"c[mf]\d{6,9}[a-z0-9]{3,6}", lambda x: len(x) == 14),  # Uganda
    _passport(r"[a-z]{1,2}\d{7}", lambda x: x[:2] not in CUE_WORDS),  # not rp3500000
    _passport(r"[a-z]\d{8}"),
    _passport(r"p\d{7}[a-z]"),
)


def hits(shape: Shape, plain: str) -> Iterator[tuple[int, int]]:
    """Where one shape stands in a plain text, wherever it begins; places do not overlap."""
    for found in shape.pattern.finditer(plain):
        if shape.holds is None or shape.holds(found[0]):
            yield found.span()


def numbers(plain: str) -> Iterator[tuple[tuple[int, int], Shape]]:
    """Where numbers of a known shape stand, each with what it may be, likeliest first."""
    for begin in _STARTS.finditer(plain):
        at = begin.start()
        for shape in BEGIN_WITH_DIGIT if "0" <= plain[at] <= "9" else BEGIN_WITH_LETTER:
            found = shape.pattern.match(plain, at)
            if found and (shape.holds is None or shape.holds(found[0])):
                yield found.span(), shape
