"""Hong Kong, Labour Department, Employment Agencies Portal: a CSV without licence numbers.

Presence is the only statement: listed means licensed on the date of the list. One name may stand at many
addresses: these are branches of one agency, each with a licence of its own.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext as _

from agencies import names
from agencies.models import AgencyName
from agencies.registers.base import (
    Entry,
    NotThisFormat,
    RawLine,
    Reading,
    Refused,
    Statement,
    name_key,
    phones,
    place_key,
    storable,
    unclean,
)
from agencies.states import State

COLUMNS: Final = (
    "",
    "English Company Name",
    "Chinese Company Name",
    "Valid Licence since",
    "District",
    "Address",
    "Telephone No",
    "FAX",
    "Email",
    "Placement Type",
)

#: A record spans no more lines than this: an open quotation mark must not swallow the list.
MAX_LINES: Final = 5


class HongKong:
    code = "hong-kong"
    register_code = "hk"
    register_name = "Hong Kong: list of licensed employment agencies"
    regulator = "Labour Department, Hong Kong"
    website = "https://www.eaa.labour.gov.hk/"
    country = "HK"
    branches = True

    def read(self, paths: Sequence[Path]) -> Reading:
        """One CSV file is the whole list; several files are parts of it."""
        lines = [line for path in paths for line in _read_csv(path)]
        return Reading(lines, whole=len(paths) == 1)

    def map(self, line: RawLine) -> Entry:
        row: dict[str, Any] = {key: names.tidy(value) for key, value in line.payload.items()}
        english, chinese = row["English Company Name"], row["Chinese Company Name"]
        if not english and not chinese:
            raise Refused("no name")
        address = row["Address"]
        if not address:
            raise Refused("no address, and no other thing to tell this row from others by")
        place = place_key(english, chinese, address)
        since = row["Valid Licence since"]
        if not (len(since) == 4 and since.isascii() and since.isdigit()):
            raise Refused("“Valid Licence since” is not a year", key=place)
        kind = AgencyName.Kind.CURRENT
        return Entry(
            name=english or chinese,
            names=tuple((name, kind) for name in (english, chinese) if name),
            name_key=name_key(english, chinese),
            place_key=place,
            statement=Statement(State.ACTIVE, since_year=int(since)),
            types=tuple(t for t in row["Placement Type"].split(", ") if t),
            address=address,
            district=row["District"],
            phones=phones(row["Telephone No"], region="HK"),
            phones_raw=row["Telephone No"],
            email=row["Email"],
            line=line,
        )


def _read_csv(path: Path) -> Iterator[RawLine]:
    """Rows with the line on which each begins. What cannot be read costs its own line, not those after it."""
    text = path.read_bytes().decode("utf-8-sig", "surrogateescape")
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if tuple(map(names.tidy, storable(_cells(lines[:1]) or []))) != COLUMNS:
        raise NotThisFormat(_("The first line does not name the columns of the Hong Kong list."))
    at = 1
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        height, cells = _record(lines, at)
        yield _raw(path.name, at + 1, lines[at], cells)
        at += height


def _record(lines: list[str], at: int) -> tuple[int, list[str] | None]:
    """Lines taken and cells of the record that begins here; a cell may hold line breaks, within reason."""
    for height in range(1, MAX_LINES + 1):
        cells = _cells(lines[at : at + height])
        if cells is not None and (height == 1 or len(cells) == len(COLUMNS)):
            return height, cells
    return 1, None


def _cells(lines: list[str]) -> list[str] | None:
    """Cells of one record, None where a quotation mark is left open or stands where it may not."""
    try:
        return next(csv.reader(["\n".join(lines)], strict=True), [])
    except csv.Error:
        return None


def _raw(file: str, line: int, text: str, cells: list[str] | None) -> RawLine:
    if cells is None:
        return RawLine(file, line, storable(text), "not readable as CSV: a quotation mark is left open")
    if len(cells) != len(COLUMNS):
        return RawLine(file, line, storable(cells), f"{len(cells)} columns where there should be {len(COLUMNS)}")
    damaged = "bytes that are not UTF-8 text" if unclean(cells) else ""
    return RawLine(file, line, storable(dict(zip(COLUMNS, cells, strict=True))), damaged)
