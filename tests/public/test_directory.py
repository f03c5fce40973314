"""The directory of help: who is shown, in which order, with which warning; how it is kept; how a file is read in."""

from __future__ import annotations

import datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from agencies import directory
from agencies.directory import countries_with_help, who_can_help
from agencies.help_actions import (
    Free,
    HelpRefused,
    Kind,
    Papers,
    enter_help,
    facts_of,
    replace_help,
    withdraw_help,
)  # fmt: skip
from agencies.models import AuditEntry, HelpEntry
from agencies.models.help import BEFORE_TWO
from agencies.refusals import DecisionRefused, StateChanged
from cms.management.demo_help import demo_help
from recruitment_watch import clock

from .help_cast import EDITH, HENRY, days_ago, entered, facts

pytestmark = pytest.mark.django_db


def names(country: str = "KE", **asked: Any) -> list[str]:
    return [one.name for one in who_can_help(country, **asked)]


# --- who is shown, and in which order -------------------------------------------------------------------


def test_emergency_comes_first_when_it_is_urgent_then_who_speaks_the_language_then_by_kind() -> None:
    entered("Union", kind=Kind.UNION)
    entered("Union that speaks Tagalog", kind=Kind.UNION, languages=("tl",))
    entered("Shelter that speaks Tagalog", kind=Kind.SHELTER, languages=("en", "tl"))
    entered("Helpline")
    entered("Police", kind=Kind.EMERGENCY, phones=("112",))
    entered("Elsewhere", country="QA")
    by_kind = ["Helpline", "Union", "Union that speaks Tagalog", "Shelter that speaks Tagalog"]
    by_language = ["Union that speaks Tagalog", "Shelter that speaks Tagalog", "Helpline", "Union"]
    assert names() == [*by_kind, "Police"]
    assert names(language="tl") == [*by_language, "Police"]
    assert names(language="tl", urgent=True) == ["Police", *by_language]
    assert names("XX") == []


def test_a_script_of_a_language_is_still_that_language() -> None:
    entered(languages=("zh-hans",))
    assert [one.speaks for one in who_can_help("KE", language="zh-hant")] == [True]
    assert [one.speaks for one in who_can_help("KE", language="sw")] == [False]
    assert [one.speaks for one in who_can_help("KE")] == [False]


@pytest.mark.parametrize(
    ("checked_on", "said"),
    [
        ("2026-11-26", ""),
        ("2025-11-26", ""),
        ("2025-11-25", "This was checked in November 2025. It may have changed since."),
        ("2023-11-26", "This was checked in November 2023. It may have changed since."),
        ("2023-11-25", None),
    ],
)
def test_after_a_year_an_entry_says_when_it_was_checked_and_after_three_it_is_not_shown(
    checked_on: str, said: str | None
) -> None:
    with time_machine.travel(datetime.datetime(2026, 11, 26, 12, tzinfo=datetime.UTC), tick=False):
        entered(checked_on=datetime.date.fromisoformat(checked_on))
        assert [one.checked for one in who_can_help("KE")] == ([] if said is None else [said])
        assert countries_with_help() == ([] if said is None else ["KE"])


def test_a_year_before_a_leap_day_is_a_day_that_exists() -> None:
    with time_machine.travel(datetime.datetime(2028, 2, 29, 12, tzinfo=datetime.UTC), tick=False):
        entered(checked_on=datetime.date(2027, 2, 28))
        assert [one.checked for one in who_can_help("KE")] == [""]


def test_countries_are_those_in_which_something_is_shown() -> None:
    entered(country="QA")
    entered(country="PH")
    entered("Another", country="PH")
    entered(country="NP", checked_on=days_ago(1200))
    withdraw_help(entered(country="ID"), reason="Closed", by=EDITH)
    assert countries_with_help() == ["PH", "QA"]


def test_an_entry_is_told_in_words() -> None:
    entered(
        phones=("+254 20 555-0101", "*999#", "112"), languages=("en", "tl", "ar", "xx"), free=Free.YES, hours="Always",
        region="Coast", website="https://help.example/", visit="Moi Avenue 1\n\n Mombasa ",
    )  # fmt: skip
    (one,) = who_can_help("KE", language="en")
    assert [(p.text, p.link) for p in one.phones] == [
        ("+254 20 555-0101", "tel:+254205550101"), ("*999#", "tel:*999%23"), ("112", "tel:112"),
    ]  # fmt: skip
    assert one.languages == ("English", "Filipino (Tagalog)", "العربية", "xx")
    assert (one.kind_words, one.free, one.region, one.visit) == (
        "Helpline", "Free of charge", "Coast", "Moi Avenue 1\nMombasa",
    )  # fmt: skip
    assert who_can_help("KE")[0].free != "" and entered("B").free == Free.UNKNOWN


# --- the caution ----------------------------------------------------------------------------------------


def test_an_emergency_number_warns_whatever_anybody_says() -> None:
    entered("Police", kind=Kind.EMERGENCY)
    with pytest.raises(HelpRefused, match="always warns"):
        entered("Night Line", kind=Kind.EMERGENCY, papers=Papers.SAYS_NOT)
    (police,) = who_can_help("KE")
    assert police.warns and "may have to tell immigration" in police.papers and "police" in police.papers


@pytest.mark.parametrize("papers", [Papers.UNKNOWN, Papers.SAYS_NOT])
def test_no_emergency_number_can_stand_there_without_its_warning(papers: str) -> None:
    row = entered("Police", kind=Kind.EMERGENCY)
    row.pk, row.papers = None, papers
    with pytest.raises(IntegrityError, match="agencies_helpentry_emergency_warns"), transaction.atomic():
        HelpEntry.objects.create(**{f.name: getattr(row, f.name) for f in HelpEntry._meta.fields if f.name != "id"})


@pytest.mark.parametrize("kind", Kind.values)
@pytest.mark.parametrize("papers", Papers.values)
def test_every_entry_says_something_about_papers(kind: str, papers: str) -> None:
    said = directory.papers_sentence(kind, papers)
    assert said.endswith(".") and "papers" in said
    assert ("may have to tell" in said) == (papers == Papers.MAY_REPORT)


# --- how it is kept -------------------------------------------------------------------------------------


def test_what_is_entered_replaced_and_withdrawn_stays_on_record_with_who_and_when() -> None:
    first = entered()
    second = replace_help(
        first, facts(phones=("555-0102",), checked_on=days_ago(1)), by="Grace Otieno", second_approver=HENRY
    )
    assert [p.text for one in who_can_help("KE") for p in one.phones] == ["555-0102"]
    third = withdraw_help(second, reason="Nobody answers any more", by=EDITH)
    assert names() == []
    assert (third.withdrawn, third.reason, third.replaces, second.replaces) == (
        True, "Nobody answers any more", second, first,
    )  # fmt: skip
    assert HelpEntry.objects.count() == 3 and {row.entered_at.date() for row in HelpEntry.objects.all()}
    audit = AuditEntry.objects.order_by("at").values_list("verb", "by", "object_id", "text")
    assert list(audit) == [
        ("enter_help", EDITH, first.pk, "KE Workers' Helpline"),
        ("approve_help", HENRY, first.pk, "KE Workers' Helpline"),
        ("replace_help", "Grace Otieno", second.pk, "KE Workers' Helpline"),
        ("approve_help", HENRY, second.pk, "KE Workers' Helpline"),
        ("withdraw_help", EDITH, third.pk, "KE Workers' Helpline: Nobody answers any more"),
    ]
    back = entered()
    assert (back.replaces, names()) == (third, ["Workers' Helpline"])


@pytest.mark.parametrize("second", ["", " ", "-", EDITH, "  edith   WANJIRU"])
def test_what_people_are_shown_takes_two_people(second: str) -> None:
    row = entered()
    for verb in (
        lambda: enter_help(facts("Night Line"), by=EDITH, second_approver=second),
        lambda: replace_help(row, facts(hours="Always"), by=EDITH, second_approver=second),
    ):
        with pytest.raises(DecisionRefused, match="second approver"):
            verb()
    assert HelpEntry.objects.get() == row


@pytest.mark.parametrize(
    ("approved_by", "rule"), [("", "agencies_helpentry_approved"), (EDITH, "agencies_helpentry_two_persons")]
)
def test_the_database_takes_no_address_of_one_person(approved_by: str, rule: str) -> None:
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        raw(approved_by=approved_by)
    assert not HelpEntry.objects.exists()


def test_what_one_person_entered_in_earlier_days_is_shown_to_nobody_until_two_have_looked() -> None:
    before = raw(approved_by=BEFORE_TWO)
    assert names() == [] and countries_with_help() == []
    replace_help(before, facts_of(before), by=EDITH, second_approver=HENRY)
    assert names() == ["Night Line"]


def raw(**given: Any) -> HelpEntry:
    """A row past every verb, as who has the zone's password writes it."""
    usual = {"country": "KE", "name": "Night Line", "kind": Kind.HOTLINE, "phones": ["555-0199"], "source": "A page"}
    told = {"checked_on": clock.today(), "entered_by": EDITH, "entered_at": clock.now()}
    return HelpEntry.objects.create(**usual | told | given)


def test_of_two_who_replace_the_same_entry_the_second_is_told() -> None:
    first = entered()
    replace_help(first, facts(hours="Always"), by=EDITH, second_approver=HENRY)
    with pytest.raises(StateChanged, match="Look again"):
        replace_help(first, facts(hours="Never"), by="Grace Otieno", second_approver=HENRY)
    with pytest.raises(StateChanged):
        withdraw_help(first, reason="Closed", by="Grace Otieno")
    assert [one.hours for one in who_can_help("KE")] == ["Always"]


def test_what_would_change_nothing_or_stand_twice_is_refused() -> None:
    row = entered()
    with pytest.raises(DecisionRefused, match="already"):
        entered("  workers'  HELPLINE ", phones=("555-0109",))
    with pytest.raises(DecisionRefused, match="different"):
        replace_help(row, facts(), by=EDITH, second_approver=HENRY)
    with pytest.raises(DecisionRefused, match="why"):
        withdraw_help(row, reason=" ", by=EDITH)
    gone = withdraw_help(row, reason="Closed", by=EDITH)
    for verb in (
        lambda: withdraw_help(gone, reason="x", by=EDITH),
        lambda: replace_help(gone, facts(), by=EDITH, second_approver=HENRY),
    ):
        with pytest.raises(StateChanged):
            verb()
    with pytest.raises(DecisionRefused, match="name of who"):
        enter_help(facts("Another"), by=" ", second_approver=HENRY)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"country": "Kenya"}, "country"),
        ({"country": "ZZ"}, "country"),
        ({"kind": "POLICE"}, "kind"),
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"source": ""}, "source"),
        ({"checked_on": datetime.date(2999, 1, 1)}, "checked_on"),
        ({"phones": ("call us",)}, "phones"),
        ({"phones": ("1",)}, "phones"),
        ({"phones": ("+1 555 0101 0101 0101 0101",)}, "phones"),
        ({"phones": ("٥٥٥٠١٠١",)}, "phones"),
        ({"phones": ()}, "phones"),
        ({"website": "javascript:alert(1)"}, "website"),
        ({"website": "help.example"}, "website"),
        ({"languages": ("English",)}, "languages"),
        ({"free": "MAYBE"}, "free"),
        ({"papers": "PERHAPS"}, "papers"),
    ],
)
def test_facts_that_cannot_be_are_refused_by_name(given: dict[str, Any], fault: str) -> None:
    with pytest.raises(HelpRefused) as refused:
        entered(**({"name": "Workers' Helpline"} | given))
    assert set(refused.value.faults) == {fault}
    assert not HelpEntry.objects.exists()


def test_nobody_changes_or_deletes_a_row(as_owner: Any) -> None:
    row = entered()
    for attempt in (
        lambda: HelpEntry.objects.filter(pk=row.pk).update(name="Other"),
        lambda: HelpEntry.objects.filter(pk=row.pk).delete(),
    ):
        with pytest.raises(Exception, match="42501"), transaction.atomic():
            attempt()
        with as_owner(), pytest.raises(IntegrityError, match="agencies_helpentry_append_only"), transaction.atomic():
            attempt()


# --- files ----------------------------------------------------------------------------------------------

HEADING = "country,kind,name,source,checked_on,phones,languages,papers"
ROW = "KE,HOTLINE,Workers' Helpline,Its own page,2026-05-01,555-0101;555-0102,en;sw,SAYS_NOT"


@pytest.fixture
def file(tmp_path: Path) -> Any:
    def write(*rows: str | bytes, heading: str = HEADING) -> Path:
        path = tmp_path / "help.csv"
        path.write_bytes(b"\n".join(one if isinstance(one, bytes) else one.encode() for one in (heading, *rows)))
        return path

    return write


def command(path: Path, *more: str) -> str:
    out = StringIO()
    call_command("import_directory", str(path), "--by", EDITH, "--approved-by", HENRY, *more, stdout=out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def _today() -> Any:
    """Some day after every file of these tests."""
    with time_machine.travel(datetime.datetime(2026, 11, 26, 12, tzinfo=datetime.UTC), tick=False):
        yield


def test_a_file_read_twice_changes_nothing_the_second_time(file: Any) -> None:
    path = file(ROW, "KE,emergency,Police,The police's page,2026-05-01,112,,")
    assert "read=2 added=2 changed=0 kept=0" in command(path)
    assert [p.text for p in who_can_help("KE")[0].phones] == ["555-0101", "555-0102"]
    assert HelpEntry.objects.get(name="Police").papers == Papers.MAY_REPORT
    assert "read=2 added=0 changed=0 kept=2" in command(path)
    assert HelpEntry.objects.count() == AuditEntry.objects.filter(by=HENRY).count() == 2


@pytest.mark.parametrize("second", [" ", EDITH.upper()])
def test_a_file_is_answered_for_by_two(file: Any, second: str) -> None:
    with pytest.raises(CommandError, match="second approver"):
        call_command("import_directory", str(file(ROW)), "--by", EDITH, "--approved-by", second, stdout=StringIO())
    with pytest.raises(CommandError, match="--approved-by"):
        call_command("import_directory", str(file(ROW)), "--by", EDITH, stdout=StringIO())
    assert not HelpEntry.objects.exists()


def test_a_dry_run_says_what_would_change_and_writes_nothing(file: Any) -> None:
    command(file(ROW))
    told = command(file(ROW.replace("0102", "0103").replace("05-01", "06-01"), ROW.replace("Workers'", "Miners'")),
                   "--dry-run")  # fmt: skip
    for said in ("New: KE Miners' Helpline", "Changed: KE Workers' Helpline", "nothing was written", "changed=1"):
        assert said in told
    assert HelpEntry.objects.count() == 1


def test_a_file_brings_newer_facts_and_never_older_ones(file: Any) -> None:
    command(file(ROW))
    command(file(ROW.replace("05-01", "06-01").replace("0102", "0103")))
    assert HelpEntry.objects.standing().get().phones == ["555-0101", "555-0103"]
    assert "older=1" in command(file(ROW.replace("05-01", "04-01").replace("0102", "0104")))
    assert "kept=1" in command(file(ROW))
    assert HelpEntry.objects.standing().get().phones == ["555-0101", "555-0103"]


def test_what_an_officer_withdrew_or_corrected_the_same_file_does_not_bring_back(file: Any) -> None:
    path = file(ROW)
    command(path)
    row = HelpEntry.objects.get()
    renamed = replace_help(row, facts("Workers' Line", checked_on=row.checked_on), by=EDITH, second_approver=HENRY)
    assert "kept=1" in command(path)
    withdraw_help(renamed, reason="Closed", by=EDITH)
    assert "kept=1" in command(path)
    assert "withdrawn=1" in command(file(ROW.replace("0102", "0105")))
    assert names() == []
    with time_machine.travel(datetime.datetime(2026, 12, 26, 12, tzinfo=datetime.UTC), tick=False):
        assert "added=1" in command(file(ROW.replace("05-01", "12-20")[:].replace("2026-05", "2026-12")))
        assert names() == ["Workers' Helpline"]


def test_one_bad_row_keeps_the_whole_file_out_and_every_bad_row_is_told(file: Any) -> None:
    path = file(
        ROW,
        'KE,HOTLINE,"Two\nlines",Page,2026-05-01,555-0101,,',
        "KE,NOTHING,No kind,Page,2026-05-01,call us,,",
        "KE,HOTLINE,No day,Page,1 May,555-0101,,",
        "KE,HOTLINE,Too few cells,Page",
        "KE,HOTLINE,WORKERS'  helpline,Page,2026-05-01,555-0101,,",
    )
    out = StringIO()
    with pytest.raises(CommandError, match="Nothing was imported"):
        call_command("import_directory", str(path), "--by", EDITH, "--approved-by", HENRY, stdout=out)
    assert [line for line in out.getvalue().splitlines() if line.startswith("Line")] == [
        "Line 5: kind: There is no such kind of help.",
        "Line 5: phones: “call us” is not a telephone number: digits, spaces and + only.",
        "Line 6: checked_on: a day is written like 2026-05-31",
        "Line 7: there are more or fewer cells than columns",
        "Line 8: the same address stands above, in line 2",
    ]
    assert not HelpEntry.objects.exists() and not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("rows", "heading", "fault"),
    [
        ((ROW,), "country,name", "missing: checked_on, kind, source"),
        ((ROW,), HEADING + ",passport", "not known: passport"),
        ((ROW, b"KE,HOTLINE,Caf\xe9,Page,2026-05-01,1,,"), HEADING, "Line 3 is not UTF-8"),
        ((ROW, 'KE,HOTLINE,"open,Page,2026-05-01,1,,'), HEADING, "not readable as CSV"),
        ((ROW, "KE,HOTLINE,\0,Page,2026-05-01,1,,"), HEADING, "not text"),
        ((), "", "missing"),
    ],
)
def test_a_file_of_another_kind_is_refused_as_a_whole(file: Any, rows: Any, heading: str, fault: str) -> None:
    with pytest.raises(CommandError, match=fault):
        command(file(*rows, heading=heading))
    assert not HelpEntry.objects.exists()


def test_a_file_that_is_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no such file"):
        command(tmp_path / "none.csv")


# --- the demonstration ----------------------------------------------------------------------------------


def test_the_demonstration_helps_nobody_by_mistake() -> None:
    """Made-up countries, names that say so, numbers and addresses that reach nobody."""
    for made in demo_help(clock.today()):
        row = enter_help(made, by=EDITH, second_approver=HENRY)
        assert row.country in ("XA", "XB") and row.name.endswith("(made up)") and "Made up" in row.source
        assert all(phone.startswith("555-01") and len(phone) == 8 for phone in row.phones)
        assert not row.website or row.website.endswith(".example/")
        assert facts_of(row).faults() == {}
    assert countries_with_help() == ["XA", "XB"]
    assert [one.checked for one in who_can_help("XA") if one.checked]
