"""Philippines, Department of Migrant Workers: JSON pages of its public list of licensed agencies.

The list keeps the dead: half of it is cancelled, delisted, expired. Two captured spellings (``eMail`` and
``email``). Twins that differ by a full stop have different licences: only case and spacing are ignored.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from django.utils.translation import gettext as _

from agencies import names
from agencies.models import AgencyName
from agencies.registers.base import (
    SENTINEL,
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
from agencies.states import MAY_RECRUIT, State


@dataclass(frozen=True, slots=True)
class _Meaning:
    state: State | None
    unverified: bool = False
    debarred: bool = False


#: The list's words → our state. None: may not recruit, in the list's own words; which kind is for review.
MEANINGS: Final[dict[str, _Meaning]] = {
    "valid license": _Meaning(State.ACTIVE),
    "valid license - provisional": _Meaning(State.PROVISIONAL),
    "suspended": _Meaning(State.SUSP_DISC, unverified=True),
    "suspended (document processing)": _Meaning(State.SUSP_ADMIN),
    "preventive suspension": _Meaning(State.SUSP_PREVENTIVE),
    "denied renewal": _Meaning(State.RENEWAL_REFUSED),
    "forever banned": _Meaning(State.REVOKED, debarred=True),
    "ceased operation": _Meaning(State.SURRENDERED, unverified=True),
    "ceased operations": _Meaning(State.SURRENDERED, unverified=True),
    "inactive": _Meaning(State.SURRENDERED, unverified=True),
    "cash bond withdrawn": _Meaning(State.SURRENDERED, unverified=True),
    "cancelled": _Meaning(None, unverified=True),
    "delisted": _Meaning(None, unverified=True),
    "expired": _Meaning(State.EXPIRED),
}
_NOTHING: Final = frozenset({"", "na", "n/a", "none", "-"})
_NEXT_RECORD: Final = re.compile(r"\}\s*,\s*(?=\{)")


class Philippines:
    code = "philippines"
    register_code = "ph"
    register_name = "Philippines: list of licensed agencies"
    regulator = "Department of Migrant Workers, Philippines"
    website = "https://dmw.gov.ph/"
    country = "PH"
    branches = False

    def read(self, paths: Sequence[Path]) -> Reading:
        pages = [_read_page(path) for path in paths]
        return Reading([line for page in pages for line in page.lines], whole=_whole(pages))

    def map(self, line: RawLine) -> Entry:
        row = line.payload
        name = _text(row, "name")
        if not name:
            raise Refused("no name")
        address = ", ".join(filter(None, (_text(row, k) for k in ("address", "municipality_province"))))
        city = _text(row, "city_province")
        # The name with its address: there is no number, and a name alone may be borne by two.
        key = place_key(name, _text(row, "address"), city)
        statement = _statement(row, key)
        as_of = _date(row, "data_as_of", key)
        current, former = names.split_former(name)
        kinds = AgencyName.Kind
        raw_phones = _text(row, "contact_number")
        return Entry(
            name=name,
            names=((current, kinds.CURRENT), *((f, kinds.FORMER) for f in former)),
            name_key=name_key(name),
            place_key=key,
            statement=statement,
            types=tuple(filter(None, [_text(row, "classification")])),
            address=address,
            district=city,
            phones=phones(raw_phones, region="PH"),
            phones_raw=raw_phones,
            email=_text(row, "eMail") or _text(row, "email"),
            as_of=as_of,
            line=line,
        )


def _statement(row: dict[str, Any], key: str) -> Statement:
    words = _text(row, "license_status")
    meaning = MEANINGS.get(words.casefold())
    if meaning is None:
        raise Refused(f"unknown licence status “{words}”", key=key)
    valid = row.get("is_valid")
    if isinstance(valid, bool) and valid != (meaning.state in MAY_RECRUIT):
        raise Refused(f"says “{words}” and is_valid={valid} at once", key=key)
    return Statement(
        state=meaning.state,
        words=words,
        unverified=meaning.unverified,
        since=_date(row, "license_status_date", key),
        ends_on=_date(row, "license_expiration_date", key),
        debarred_permanently=meaning.debarred,
    )


def _text(row: dict[str, Any], key: str) -> str:
    """A cell as tidy text; null, "NA" and the like are nothing. Not text at all: the row is refused."""
    value = row.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Refused(f"“{key}” is not text")
    tidy = names.tidy(value)
    return "" if tidy.casefold() in _NOTHING else tidy


def _date(row: dict[str, Any], key: str, place: str) -> datetime.date | None:
    """The day of a time stamp; the list's sentinel (1901-01-01) and null are no date."""
    text = _text(row, key)
    if not text:
        return None
    try:
        day = datetime.datetime.fromisoformat(text).date()
    except ValueError as error:
        raise Refused(f"“{key}” is not a date: “{text[:40]}”", key=place) from error
    return day if day > SENTINEL else None


@dataclass(frozen=True, slots=True)
class _Page:
    lines: list[RawLine]
    meta: dict[str, Any]
    complete: bool


def _read_page(path: Path) -> _Page:
    """A page record by record, so that a torn or damaged file still gives what can be read of it."""
    text = path.read_bytes().decode("utf-8-sig", "surrogateescape")
    start = re.search(r'"data"\s*:\s*\[', text)
    if start is None:
        raise NotThisFormat(_("There is no list of records (“data”) in this file."))
    lines = list(_records(path.name, text, start.end()))
    ended = bool(lines) and not any(line.error.startswith("not readable") for line in lines)
    return _Page(lines, _meta(text), ended)


def _records(file: str, text: str, at: int) -> Iterator[RawLine]:
    decoder = json.JSONDecoder()
    while True:
        while at < len(text) and (text[at].isspace() or text[at] == ","):
            at += 1
        if text.startswith("]", at):
            return
        line = text.count("\n", 0, at) + 1
        if at >= len(text):
            yield RawLine(file, line, "", "not readable: the file ends before the list does")
            return
        try:
            record, end = decoder.raw_decode(text, at)
        except ValueError:
            after = _NEXT_RECORD.search(text, at)
            end = after.end() if after else len(text)
            piece = storable(text[at:end])
            yield RawLine(file, line, piece, "not readable as a JSON record")
            if after is None:
                return
        else:
            yield _raw(file, line, record)
        at = end


def _raw(file: str, line: int, record: Any) -> RawLine:
    error = ""
    if not isinstance(record, dict):
        error = "a value where there should be a record"
    elif unclean(record):
        error = "characters that are no text"
    return RawLine(file, line, storable(record), error)


def _meta(text: str) -> dict[str, Any]:
    found = re.search(r'"meta"\s*:\s*(?=\{)', text)
    if found is None:
        return {}
    try:
        meta, _ = json.JSONDecoder().raw_decode(text, found.end())
    except ValueError:
        return {}
    return meta if isinstance(meta, dict) else {}


def _whole(pages: Sequence[_Page]) -> bool:
    """Whether the pages together are the unfiltered list: every page, and as many rows as it tells."""
    metas = [page.meta for page in pages]
    last, total = metas[0].get("lastPage"), metas[0].get("total")
    if not isinstance(last, int) or any((m.get("lastPage"), m.get("total")) != (last, total) for m in metas):
        return False
    return (
        sorted(str(m.get("currentPage")) for m in metas) == sorted(str(n) for n in range(1, last + 1))
        and sum(len(page.lines) for page in pages) == total
        and all(page.complete for page in pages)
        and not any(_filtered(m) for m in metas)
    )


def _filtered(meta: dict[str, Any]) -> bool:
    """A page of a search result is no page of the list, however complete it is."""
    url = urlsplit(str(meta.get("firstPageUrl", "")))
    return url.path.rstrip("/").endswith("filter") or any(k != "page" for k, _ in parse_qsl(url.query))
