"""What an import may and may not do: broken files, absence, shorter lists, moves, interruption, races."""

from __future__ import annotations

import csv
import datetime
import io
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from agencies.models import Agency, ListedStatus, Place, Quarantine, RawRow, Register
from agencies.registers import ADAPTERS, store
from agencies.registers.base import NotThisFormat, phones
from agencies.registers.engine import ImportStopped, Report, run
from agencies.registers.hong_kong import COLUMNS

pytestmark = pytest.mark.django_db

FIRST, SECOND, THIRD = (datetime.date(2026, month, 1) for month in (3, 4, 5))
Row = dict[str, Any]


def hk_row(number: int, **given: str) -> Row:
    return {
        "": str(number),
        "English Company Name": f"Agency Number {number} Limited",
        "Chinese Company Name": "\xa0",
        "Valid Licence since": "2019",
        "District": "Eastern District",
        "Address": f"Room {number}, 1 Harbour Road",
        "Telephone No": "28135825 / 12",
        "FAX": "\xa0",
        "Email": "\xa0",
        "Placement Type": "Foreign Domestic Helpers, Imported Worker",
    } | given


def hk_text(rows: list[Row]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def ph_row(number: int, **given: Any) -> Row:
    return {
        "name": f"AGENCY NUMBER {number} INC",
        "classification": "Private Employment Agency",
        "license_status": "Valid License",
        "license_status_date": "2025-11-11T00:00:00.000Z",
        "license_expiration_date": "2031-10-03T00:00:00.000Z",
        "is_valid": True,
        "representative": "REPRESENTATIVE",
        "address": f"UNIT {number}, MABINI STREET",
        "municipality_province": "MALATE",
        "city_province": "MANILA",
        "contact_number": "0917 707 8532 / 123",
        "eMail": None,
    } | given


def ph_page(rows: list[Row], **meta: Any) -> str:
    told = {
        "total": len(rows), "currentPage": 1, "lastPage": 1,
        "firstPageUrl": "/api/v1/public/licensed-agencies?page=1",
    }  # fmt: skip
    return json.dumps({"meta": told | meta, "data": rows}, indent=1)


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Report]:
    def do(form: str, *texts: str | bytes, as_of: datetime.date = FIRST, **options: Any) -> Report:
        paths = []
        for number, text in enumerate(texts, 1):
            paths.append(tmp_path / f"list_{number}")
            paths[-1].write_bytes(text.encode() if isinstance(text, str) else text)
        report = run(ADAPTERS[form], paths, as_of=as_of, by="test", **options)
        assert report.read == report.imported + report.quarantined
        return report

    return do


Load = Callable[..., Report]


def tables() -> dict[str, int]:
    return {m.__name__: m._default_manager.count() for m in apps.get_app_config("agencies").get_models()}


def reasons() -> list[tuple[int, str]]:
    return list(Quarantine.objects.order_by("line").values_list("line", "reason"))


# --- broken files ---------------------------------------------------------------------------------------


def test_broken_csv_lines_cost_only_themselves(load: Load) -> None:
    good = hk_text([hk_row(1), hk_row(2), hk_row(3)]).encode().splitlines()
    lines = [
        good[0],
        good[1],
        b"4,only,three",
        b'5,"a quotation mark left open,,2019,D,Address five,1,,,Type',
        good[2],
        b"6,Caf\xe9 Latin One,,2019,D,Address six,1,,,Type",
        b"7,Nul\x00Agency,,2019,D,Address seven,1,,,Type",
        b"8,,,2019,D,No name street,1,,,Type",
        b"9,No Address Ltd,,2019,D,,1,,,Type",
        b"10,Odd Year Ltd,,long ago,D,Address ten,1,,,Type",
        b"",
        good[3],
    ]
    report = load("hong-kong", b"\n".join(lines))
    assert (report.read, report.imported, report.quarantined) == (10, 3, 7)
    assert reasons() == [
        (3, "3 columns where there should be 10"),
        (4, "not readable as CSV: a quotation mark is left open"),
        (6, "bytes that are not UTF-8 text"),
        (7, "bytes that are not UTF-8 text"),
        (8, "no name"),
        (9, "no address, and no other thing to tell this row from others by"),
        (10, "“Valid Licence since” is not a year"),
    ]
    assert RawRow.objects.count() == 10
    assert load("hong-kong", b"\n".join(lines)).changed == 0
    assert RawRow.objects.count() == 10


def test_a_cell_with_a_line_break_is_one_row(load: Load) -> None:
    report = load("hong-kong", hk_text([hk_row(1, Address="Room 1,\n1 Harbour Road"), hk_row(2)]))
    assert (report.read, report.imported) == (2, 2)
    assert Place.objects.filter(address="Room 1, 1 Harbour Road").exists()


def test_a_torn_json_page_gives_what_can_be_read_and_is_no_whole_list(load: Load) -> None:
    text = ph_page([ph_row(n) for n in range(4)])
    report = load("philippines", text[: text.index("AGENCY NUMBER 3") + 4])
    assert (report.imported, report.quarantined, report.whole) == (3, 1, False)
    assert reasons()[0][1] == "not readable as a JSON record"


def test_a_damaged_record_in_the_middle_costs_only_itself(load: Load) -> None:
    text = ph_page([ph_row(n) for n in range(4)]).replace('"AGENCY NUMBER 1 INC"', '"AGENCY "NUMBER 1 INC"')
    report = load("philippines", text)
    assert (report.imported, report.quarantined, report.whole) == (3, 1, False)


ODD: dict[str, tuple[Row, str]] = {
    "unknown status": ({"license_status": "Under Review"}, "unknown licence status “Under Review”"),
    "no status": ({"license_status": None}, "unknown licence status “”"),
    "contradiction": ({"is_valid": False}, "says “Valid License” and is_valid=False at once"),
    "dead but valid": ({"license_status": "Cancelled"}, "says “Cancelled” and is_valid=True at once"),
    "bad date": (
        {"license_expiration_date": "20O5-01-01"},
        "“license_expiration_date” is not a date: “20O5-01-01”",
    ),
    "no name": ({"name": " \xa0"}, "no name"),
    "name is a number": ({"name": 5}, "“name” is not text"),
    "lone surrogate": ({"name": "A\ud800 INC"}, "characters that are no text"),
    "nul": ({"name": "A\x00 INC"}, "characters that are no text"),
}


@pytest.mark.parametrize(("given", "reason"), ODD.values(), ids=ODD.keys())
def test_what_is_not_understood_is_quarantined_and_never_licensed(load: Load, given: Row, reason: str) -> None:
    report = load("philippines", ph_page([ph_row(1), ph_row(2, **given)]))
    assert (report.imported, report.quarantined) == (1, 1)
    assert [r for _, r in reasons()] == [reason]
    assert Agency.objects.get().name == "AGENCY NUMBER 1 INC"


def test_a_record_that_is_no_record_is_quarantined(load: Load) -> None:
    report = load("philippines", ph_page([ph_row(1), ["a", "list"]]))  # type: ignore[list-item]  # no record on purpose
    assert [r for _, r in reasons()] == ["a value where there should be a record"]
    assert report.imported == 1


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("hong-kong", "name,address\nA,B\n"),
        ("hong-kong", ""),
        ("philippines", "{}"),
        ("philippines", "<html>"),
    ],
)
def test_a_file_of_another_kind_is_refused_whole(load: Load, form: str, text: str) -> None:
    before = tables()
    with pytest.raises(NotThisFormat):
        load(form, text)
    assert tables() == before


# --- meanings -------------------------------------------------------------------------------------------

MEANS = {
    "Valid License": ("ACTIVE", False, True),
    "Valid License - Provisional": ("PROVISIONAL", False, True),
    "Suspended": ("SUSP_DISC", True, False),
    "Suspended (Document Processing)": ("SUSP_ADMIN", False, False),
    "Preventive Suspension": ("SUSP_PREVENTIVE", False, False),
    "Denied Renewal": ("RENEWAL_REFUSED", False, False),
    "Forever Banned": ("REVOKED", False, False),
    "Ceased Operation": ("SURRENDERED", True, False),
    "Ceased Operations": ("SURRENDERED", True, False),
    "Inactive": ("SURRENDERED", True, False),
    "Cash Bond Withdrawn": ("SURRENDERED", True, False),
    "Cancelled": ("", True, False),
    "Delisted": ("", True, False),
    "Expired": ("EXPIRED", False, False),
    "  valid   LICENSE ": ("ACTIVE", False, True),
}


@pytest.mark.parametrize("words", MEANS)
def test_the_philippine_words_mean(load: Load, words: str) -> None:
    state, unverified, valid = MEANS[words]
    load("philippines", ph_page([ph_row(1, license_status=words, is_valid=valid)]))
    status = ListedStatus.objects.get()
    assert (status.state, status.unverified) == (state, unverified)
    assert status.words == " ".join(words.split())
    assert status.debarred_permanently == (words == "Forever Banned")


def test_sentinel_dates_are_no_dates_and_a_rows_own_date_is_kept(load: Load) -> None:
    row = ph_row(
        1, license_status_date="1901-01-01T00:00:00.000Z", license_expiration_date=None,
        data_as_of="2026-02-27T05:00:00.250Z",
    )  # fmt: skip
    load("philippines", ph_page([row]))
    status = ListedStatus.objects.get()
    assert (status.since, status.ends_on) == (None, None)
    assert status.as_of == datetime.date(2026, 2, 27)


def test_either_spelling_of_the_mail_column(load: Load) -> None:
    rows = [
        ph_row(1, eMail="a@example.org"),
        ph_row(2, eMail="", email="b@example.org"),
        ph_row(3, eMail="NA"),
    ]
    load("philippines", ph_page(rows))
    assert set(Place.objects.values_list("email", flat=True)) == {"a@example.org", "b@example.org", ""}


@pytest.mark.parametrize(
    ("raw", "region", "found"),
    [
        ("(02) 86816870/09178874060", "PH", ("+63286816870", "+639178874060")),
        ("68817831 / 96685783", "HK", ("+85268817831", "+85296685783")),
        ("+632-7798-4048 / 12", "PH", ("+63277984048",)),
        ("ask at the door", "HK", ()),
    ],
)
def test_several_telephones_in_a_cell(raw: str, region: str, found: tuple[str, ...]) -> None:
    assert phones(raw, region=region) == found


# --- changes over time ----------------------------------------------------------------------------------


def test_the_same_list_later_confirms_and_does_not_change(load: Load) -> None:
    rows = [hk_row(n) for n in range(3)]
    load("hong-kong", hk_text(rows))
    report = load("hong-kong", hk_text(rows), as_of=SECOND)
    assert (report.changed, report.confirmed) == (0, 3)
    assert set(ListedStatus.objects.values_list("first_as_of", "as_of")) == {(FIRST, SECOND)}


def test_a_new_status_is_a_new_row_and_the_old_one_stays(load: Load) -> None:
    load("philippines", ph_page([ph_row(1)]))
    report = load("philippines", ph_page([ph_row(1, license_status="Cancelled", is_valid=False)]), as_of=SECOND)
    assert (report.added, report.altered) == (0, 1)
    assert list(ListedStatus.objects.order_by("as_of").values_list("words", "as_of")) == [
        ("Valid License", FIRST),
        ("Cancelled", SECOND),
    ]


def test_absence_from_a_whole_list_is_no_longer_listed_until_it_returns(load: Load) -> None:
    rows = [hk_row(n) for n in range(20)]
    load("hong-kong", hk_text(rows))
    assert load("hong-kong", hk_text(rows[1:]), as_of=SECOND).absent == 1
    assert load("hong-kong", hk_text(rows[1:]), as_of=SECOND).changed == 0
    gone = ListedStatus.objects.get(no_longer_listed=True)
    assert (gone.agency.name, gone.state) == ("Agency Number 0 Limited", "")
    assert load("hong-kong", hk_text(rows), as_of=THIRD).altered == 1
    assert [s.no_longer_listed for s in gone.place.listed.order_by("as_of")] == [False, True, False]


def test_a_list_more_than_a_tenth_shorter_stops(load: Load) -> None:
    rows = [hk_row(n) for n in range(20)]
    load("hong-kong", hk_text(rows))
    assert load("hong-kong", hk_text(rows[:18]), as_of=FIRST).absent == 2
    load("hong-kong", hk_text(rows), as_of=FIRST)
    before = tables()
    with pytest.raises(ImportStopped, match="--accept-shorter"):
        load("hong-kong", hk_text(rows[:17]), as_of=SECOND)
    assert tables() == before
    assert load("hong-kong", hk_text(rows[:17]), as_of=SECOND, accept_shorter=True).absent == 3


def test_a_page_of_many_says_nothing_of_absence_and_is_not_shorter(load: Load) -> None:
    load("philippines", ph_page([ph_row(n) for n in range(20)], total=25, lastPage=2))
    report = load("philippines", ph_page([ph_row(20)], total=25, lastPage=2, currentPage=2), as_of=SECOND)
    assert (report.whole, report.added, report.absent) == (False, 1, 0)


@pytest.mark.parametrize("url", ["/api/agencies/filter?page=1", "/api/agencies?page=1&name=ABC"])
def test_a_search_result_is_not_the_list(load: Load, url: str) -> None:
    load("philippines", ph_page([ph_row(n) for n in range(9)]))
    report = load("philippines", ph_page([ph_row(1)], firstPageUrl=url), as_of=SECOND)
    assert (report.whole, report.absent) == (False, 0)


def test_all_pages_together_are_the_whole_list(load: Load) -> None:
    first = ph_page([ph_row(1), ph_row(2)], total=3, lastPage=2)
    second = ph_page([ph_row(3)], total=3, lastPage=2, currentPage=2)
    assert load("philippines", first, second).whole
    assert not load("philippines", first, first).whole


def test_a_row_that_is_not_understood_is_not_absent(load: Load) -> None:
    load("philippines", ph_page([ph_row(1), ph_row(2)]))
    report = load("philippines", ph_page([ph_row(1), ph_row(2, license_status="Hm", is_valid=None)]), as_of=SECOND)
    assert (report.quarantined, report.absent, report.absence_counts) == (1, 0, True)


def test_with_an_unreadable_row_nobody_is_absent(load: Load) -> None:
    rows = [hk_row(n) for n in range(20)]
    load("hong-kong", hk_text(rows))
    report = load("hong-kong", hk_text(rows[1:]) + "a,torn,line\n", as_of=SECOND)
    assert (report.quarantined, report.absent, report.absence_counts) == (1, 0, False)


def test_an_agency_that_moved_keeps_its_key(load: Load) -> None:
    load("philippines", ph_page([ph_row(1), ph_row(2)]))
    agency = Agency.objects.get(name="AGENCY NUMBER 1 INC")
    moved = ph_page([ph_row(1, address="NEW HOUSE"), ph_row(2)])
    report = load("philippines", moved, as_of=SECOND)
    assert (report.added, report.altered, report.absent) == (0, 1, 0)
    assert agency.places.get().address == "NEW HOUSE, MALATE"
    assert load("philippines", moved, as_of=SECOND).changed == 0


def test_rows_that_contradict_each_other_are_refused_all_and_a_repetition_once(load: Load) -> None:
    twin = ph_row(1, license_status="Cancelled", is_valid=False)
    report = load("philippines", ph_page([ph_row(1), twin, ph_row(2), ph_row(2)]))
    assert (report.imported, report.quarantined) == (1, 3)
    assert Agency.objects.get().name == "AGENCY NUMBER 2 INC"


def test_an_older_list_does_not_turn_the_register_back(load: Load) -> None:
    load("hong-kong", hk_text([hk_row(1)]), as_of=SECOND)
    with pytest.raises(ImportStopped):
        load("hong-kong", hk_text([hk_row(1), hk_row(2)]), as_of=FIRST)


def test_a_row_older_than_what_is_held_is_left_alone(load: Load) -> None:
    load("philippines", ph_page([ph_row(1)]), as_of=SECOND)
    old = ph_row(1, license_status="Expired", is_valid=False, data_as_of="2026-01-01T00:00:00Z")
    report = load("philippines", ph_page([old]), as_of=SECOND)
    assert (report.stale, report.changed) == (1, 0)


# --- all or nothing -------------------------------------------------------------------------------------


def test_a_run_that_dies_half_way_leaves_nothing_and_can_be_repeated(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tables()

    def dies(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(store, "_confirm", dies)
        with pytest.raises(KeyboardInterrupt), transaction.atomic():
            load("hong-kong", hk_text([hk_row(1), hk_row(2)]))
    assert tables() == before
    assert load("hong-kong", hk_text([hk_row(1), hk_row(2)])).changed == 2


def test_a_dry_run_shows_and_writes_nothing(load: Load) -> None:
    before = tables()
    seen: list[Report] = []
    report = load("hong-kong", hk_text([hk_row(1)]), dry_run=True, before=seen.append)
    assert (report.added, report.applied, len(seen)) == (1, False, 1)
    assert tables() == before


def test_the_differences_are_told_before_anything_is_written(load: Load) -> None:
    def before(report: Report) -> None:
        assert report.added == 1
        assert not RawRow.objects.exists()

    load("hong-kong", hk_text([hk_row(1)]), before=before)


def test_raw_rows_are_kept_for_ever(load: Load, as_owner: Callable[[], AbstractContextManager[Any]]) -> None:
    load("hong-kong", hk_text([hk_row(1)]))
    with as_owner():
        with pytest.raises(IntegrityError), transaction.atomic():
            RawRow.objects.update(line=7)
        with pytest.raises(IntegrityError), transaction.atomic():
            RawRow.objects.all()._raw_delete("default")


def test_the_command_says_in_plain_words_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no such file"):
        call_command("import_register", "hong-kong", str(tmp_path / "none.csv"), "--as-of", "2026-01-01")
    other = tmp_path / "other.csv"
    other.write_text("a,b\n")
    with pytest.raises(CommandError, match="does not name the columns"):
        call_command("import_register", "hong-kong", str(other), "--as-of", "2026-01-01")
    assert not Register.objects.filter(code="hk").exists()
