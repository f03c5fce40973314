"""Telephone numbers by the number plans of the `phonenumbers` library, read once into one pattern a way of writing.

The library's own matcher tries one country at a time and is too slow for some sixty; its metadata are the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, SUPPORTED_REGIONS, PhoneMetadata

from .context import Cues, amount_or_date
from .words import Cue

# Where migrants work, and where they and their families come from.
_REGIONS = (
    "AE BH CY DE ES FR GB HK IL IQ IT JO JP KR KW LB MO MV MX MY OM PL PT QA RO SA SG TH TR TW US "
    "BD BO CM CO DO DZ EC EG ET GH GT HN HT ID IN KE KH LA LK MA MG MM NG NI NP PE PH PK SN SV TN TZ UG VN"
)
REGIONS = tuple(_REGIONS.split())
# Mobile numbers are written without the leading 0, or there is none.
_NO_TRUNK = frozenset({"IN", "NP", "US", "MX", "PH"})
_NEAR = 12  # how near a word such as "licence" must be to take a number that begins with 0
_MOST_GROUPS = 5
_UNUSUAL = 8  # digits that a number outside these plans has at least, beside a word such as "phone"
_NO_AMOUNT = 10  # digits that no sum of money has, unless it is round
_LENGTHS = range(7, 16)

_ABROAD = re.compile(r"\+\(?\d(?:[ .\-/()]{0,2}\d){7,14}(?!\d)")
_CANDIDATE = re.compile(r"(?<![a-z0-9@])(?<!\d[-./])\(?\d(?:[ .\-/()]{0,2}\d){6,40}(?![a-z0-9@])")
_GROUP = re.compile(r"\d{1,50}")


class Plans(NamedTuple):
    """Numbers with a leading 0, and mobile numbers that are written without one."""

    trunk: re.Pattern[str]
    bare: re.Pattern[str]


@cache
def _plans(country: str) -> Plans:
    """Those of REGIONS and of `country`."""
    trunk: set[str] = set()
    bare: set[str] = set()
    for region in {*REGIONS, country} - {""}:
        plan = PhoneMetadata.metadata_for_region(region)
        if plan is None:
            continue
        kinds = (plan.mobile, plan.fixed_line)
        patterns = [kind.national_number_pattern for kind in kinds if kind and kind.national_number_pattern]
        if plan.national_prefix == "0":
            trunk.update(patterns)
        if plan.national_prefix is None or region in _NO_TRUNK:
            bare.update(patterns[:1])
    return Plans(re.compile("0(?:" + "|".join(sorted(trunk)) + ")"), re.compile("|".join(sorted(bare))))


def abroad(plain: str) -> Iterator[tuple[int, int]]:
    """Numbers with a + and a country's code."""
    for found in _ABROAD.finditer(plain):
        if _international("".join(_GROUP.findall(found[0]))):
            yield found.span()


def phones(plain: str, cues: Cues, country: str) -> Iterator[tuple[int, int]]:
    """The other telephone numbers, in a plain text from which all other kinds are blanked."""
    plans = _plans(country if country in SUPPORTED_REGIONS else "")
    for candidate in _CANDIDATE.finditer(plain):
        yield from _in(candidate, plans, cues)


def _in(candidate: re.Match[str], plans: Plans, cues: Cues) -> Iterator[tuple[int, int]]:
    """The longest numbers that whole groups of a candidate make, first to last."""
    plain = candidate.string
    groups = [found.span() for found in _GROUP.finditer(plain, *candidate.span())]
    at = 0
    while at < len(groups):
        start = groups[at][0]
        for last in range(min(at + _MOST_GROUPS, len(groups)) - 1, at - 1, -1):
            size = sum(end - begin for begin, end in groups[at : last + 1])
            if size in _LENGTHS and _is_phone(plain, start, groups[last][1], plans, cues):
                yield start - plain.endswith("(", 0, start), groups[last][1]
                at = last
                break
        at += 1


def _is_phone(plain: str, start: int, end: int, plans: Plans, cues: Cues) -> bool:
    digits = "".join(_GROUP.findall(plain, start, end))
    if digits.startswith("00"):
        return _international(digits[2:]) and cues.of(start, end, _NEAR) is not Cue.OTHER
    if plans.trunk.fullmatch(digits):
        return cues.of(start, end, _NEAR) is not Cue.OTHER and not amount_or_date(plain[start:end], linked=True)
    usual = plans.bare.fullmatch(digits) is not None
    if not usual and len(digits) < _UNUSUAL:
        return False
    cue = cues.of(start, end)
    if cue is Cue.OTHER or (cue is Cue.PAID and len(digits) < _NO_AMOUNT) or not (usual or cue is Cue.PHONE):
        return False
    return not amount_or_date(plain[start:end], linked=cue in (Cue.PHONE, Cue.NUMBER))


def _international(digits: str) -> bool:
    """Whether digits begin with a country's code and are as many as a number may have (ITU-T E.164)."""
    if not 8 <= len(digits) <= 15 or digits.startswith("0"):
        return False
    return any(int(digits[:size]) in COUNTRY_CODE_TO_REGION_CODE for size in (1, 2, 3))
