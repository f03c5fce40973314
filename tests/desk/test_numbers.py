"""The head's numbers: whose they are, what is too small to be told, what is counted only by opening it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.urls import reverse

from complaints.cases import clocks, sealing
from complaints.cases.models import Case, CaseRecord, Holding, Inspector, Membership, Office, Step
from complaints.cases.models.people import Role
from complaints.cases.states import Outcome, State
from complaints.desk import actions, carried, closing
from complaints.desk.numbers import clear, plots, sealed, small
from complaints.desk.numbers.tables import Table, told
from complaints.firewall import access, recusals
from complaints.firewall.access import OpenCase
from complaints.firewall.keys import OpenVault
from complaints.firewall.models import DisclosureDetail
from recruitment_watch import clock
from tests.desk.cast import Desk, vault_of
from tests.factories import Cast

File = Callable[..., UUID]
ADDRESSES = ("numbers", "numbers-count", "numbers-file")


def fill(office: Office, count: int, *, weeks: int = 0, state: State = State.RELEASED, late: bool = False) -> None:
    """As owner: cases whose boxes hold nothing, filed so many weeks ago."""
    week = clocks.week(clock.today() - timedelta(weeks=weeks))
    due = clock.now() + timedelta(days=-1 if late else 9)
    for _ in range(count):
        case = Case.objects.create(week=week, state=state, severity=3, due=due, death_week="2028-W47")
        Holding.objects.create(case=case, office=office, rung=1, box=b"x", week=week, severity=3, due=due, state=state)


def address(name: str, office: Office) -> str:
    return reverse(f"desk:{name}", args=[office.pk, *(["intake"] if name == "numbers-file" else [])])


# --- whose they are ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ADDRESSES)
def test_only_the_head_sees_them(
    name: str, ana: Inspector, ben: Inspector, charlie: Inspector, office: Cast, desk: Callable[..., Desk],
    as_owner: Callable,
) -> None:  # fmt: skip
    with as_owner():
        Membership.objects.filter(inspector=ben).update(role=Role.LEAD)
    where = address(name, office.office)
    for member, number in ((ben, 1), (charlie, 0)):
        client = desk(member, number).client
        assert client.get(where).status_code == client.post(where).status_code == 404
    her = desk(ana, 0).client
    assert her.get(where).status_code == (302 if name == "numbers-count" else 200)
    assert not DisclosureDetail.objects.filter(verb="counted").exists()


def test_another_offices_cases_are_in_no_number(office: Cast, other: Cast, as_owner: Callable) -> None:
    with as_owner():
        fill(office.office, 12)
        fill(other.office, 20)
    assert clear.intake(office.office).rows[-1][1] == [10]
    assert clear.age(office.office).rows[0][1] == [10] and clear.kept(office.office).rows[2][1] == [None, None, 10]
    assert clear.intake(other.office).rows[-1][1] == [20]


# --- what is too small ---------------------------------------------------------------------------------------


def test_nothing_under_ten_is_told_and_the_rest_is_rounded_to_five() -> None:
    assert [small.shown(count) for count in (0, 1, 9, 10, 12, 13, 17, 18, 1002)] == [
        None, None, None, 10, 10, 15, 15, 20, 1000
    ]  # fmt: skip
    assert [small.words(small.shown(count)) for count in (0, 9, 10)] == ["fewer than 10", "fewer than 10", "10"]
    assert small.money(Decimal("12345.67"), 10) == 12000 and small.money(Decimal("12345.67"), 9) is None
    assert [small.money(Decimal(amount), 10) for amount in ("0.5", "7", "99.6", "995")] == [None, 7, 100, 1000]


def test_a_small_number_stands_nowhere_on_the_page_or_in_the_file(
    ana: Inspector, office: Cast, desk: Callable[..., Desk], as_owner: Callable
) -> None:
    with as_owner():
        fill(office.office, 7)
        fill(office.office, 13, weeks=3)
    her = desk(ana, 0)
    page = her.get("numbers", office.office.pk).content.decode()
    shown = {int(one) for one in re.findall(r">(\d+)</(?:td|text)>", page)}
    assert shown == {15, 20} and "fewer than 10" in page  # 15 by week and by age; 20 first clocks run
    answer = her.client.get(address("numbers-file", office.office))
    rows = answer.content.decode().splitlines()
    assert answer["Content-Type"] == "text/csv; charset=utf-8" and "Content-Disposition" not in answer.headers
    assert rows[0] == "Week that began on,Cases" and len(rows) == 2 + clear.WEEKS
    assert sum(row.endswith("fewer than 10") for row in rows) == clear.WEEKS and rows[-4].endswith(",15")


def test_clocks_kept_missed_and_running(office: Cast, as_owner: Callable) -> None:
    with as_owner():
        fill(office.office, 10, state=State.IN_WORK)
        fill(office.office, 10, state=State.ASKED, late=True)  # a question stops the clock
        fill(office.office, 20, state=State.IN_WORK, late=True)
        fill(office.office, 30)
        fill(office.office, 10, state=State.ACKNOWLEDGED)
        for case in Case.objects.filter(state=State.ACKNOWLEDGED):
            Step.objects.create(case=case, rung=2, outcome="ended", week=case.week)
    by_band = dict(clear.kept(office.office).rows)
    assert by_band["S3: wages and conditions"] == [20, 30, 30]
    assert by_band["S1: danger"] == [None, None, None]


def test_how_old_open_cases_are_leaves_out_what_is_closed(office: Cast, as_owner: Callable) -> None:
    with as_owner():
        fill(office.office, 10, weeks=1)
        fill(office.office, 11, weeks=5)
        fill(office.office, 20, weeks=60)
        fill(office.office, 20, weeks=60, state=State.CLOSED)
    assert [values[0] for _, values in clear.age(office.office).rows] == [10, None, 10, None, None, 20]


# --- plots ---------------------------------------------------------------------------------------------------


def drawn(table: Table) -> ET.Element:
    return ET.fromstring(str(plots.bars(table)))


def table(rows: list[tuple[str, list[int | None]]], *series: str) -> Table:
    return Table("t", "A <title>", "What is counted.", "First", list(series), rows)


def test_a_plot_says_in_words_and_in_shape_what_it_shows() -> None:
    svg = drawn(table([("One", [20, 10, None]), ("Two & more", [None, 40, 10])], "Kept", "Missed", "Runs"))
    space = {"s": "http://www.w3.org/2000/svg"}
    assert svg.attrib["role"] == "img" and svg.attrib["aria-labelledby"] == "t-title t-about"
    assert [svg.findtext(f"s:{one}", namespaces=space) for one in ("title", "desc")] == [
        "A <title>", "What is counted. The largest: Two & more, Missed, 40."
    ]  # fmt: skip
    boxes = svg.findall("s:rect", space)
    fills = [one.attrib["fill"] for one in boxes]
    legend = ["currentColor", "url(#t-1)", "url(#t-2)"]
    assert fills == [*legend, "currentColor", "url(#t-1)", "none", "none", "url(#t-1)", "url(#t-2)"]
    assert not re.search(r"#[0-9a-f]{3,6}\b|rgb|style=", str(plots.bars(table([("One", [20])], "Kept"))))
    texts = [one.text for one in svg.findall("s:text", space)]
    assert texts.count("fewer than 10") == 2 and "40" in texts and "Two & more" in texts


def test_what_is_too_small_looks_the_same_whatever_it_is() -> None:
    nine, none = (str(plots.bars(table(told({"One": count, "Two": 30}), "Cases"))) for count in (9, 0))
    ten = str(plots.bars(table(told({"One": 10, "Two": 30}), "Cases")))
    assert nine == none != ten


def test_every_plot_has_its_table_beside_it(
    ana: Inspector, office: Cast, desk: Callable[..., Desk], as_owner: Callable
) -> None:
    with as_owner():
        fill(office.office, 12)
    page = desk(ana, 0).get("numbers", office.office.pk).content.decode()
    assert len(re.findall(r'<svg class="plot"', page)) == len(re.findall(r'<table class="table"', page)) == 3


# --- what is sealed ------------------------------------------------------------------------------------------


def close(case: UUID, member: Inspector, vault: OpenVault, outcome: Outcome, office: Cast) -> OpenCase:
    actions.acknowledge(access.open_case(case, by=member, vault=vault), by=member)
    approval = closing.ask(access.open_case(case, by=member, vault=vault), by=member, outcome=outcome)
    second = access.open_case(case, by=office.members[1], vault=vault_of(office, 1))
    closing.close(approval, by=second.member, case=second)
    return access.open_case(case, by=member, vault=vault)


def pay(case: OpenCase, amount: str, currency: str = "QAR", stage: str = "paid") -> None:
    row = uuid4()
    said = {"kind": "remedy", "what": "refund", "stage": stage, "amount": amount, "currency": currency}
    box = sealing.seal_record(case.writing_key(), said, case=case.case.pk, row=row, epoch=0)
    CaseRecord.objects.create(id=row, case=case.case, week="2026-W48", epoch=0, box=box)


@pytest.fixture
def worked(office: Cast, ana: Inspector, vault: OpenVault, file_case: File) -> list[UUID]:
    """Twelve closed cases in Tagalog, ten of them upheld and paid; one that nobody has opened yet."""
    cases = [file_case(office) for _ in range(13)]
    for number, case in enumerate(cases[:12]):
        opened = close(case, ana, vault, Outcome.UPHELD if number < 10 else Outcome.SETTLED, office)
        if number < 10:
            pay(opened, "100.50")
            pay(opened, "1000", stage="claimed")
        else:
            pay(opened, "77", currency="USD")
    return cases


def test_outcomes_money_and_languages_are_counted_in_memory_and_told_like_all_else(
    worked: list[UUID], office: Cast, ana: Inspector, vault: OpenVault
) -> None:
    tally = sealed.begin(office.office, by=ana)
    sealed.go_on(tally, office.office, by=ana, vault=vault)
    assert (tally.total, tally.seen, tally.over) == (13, 13, True)
    outcomes, money, languages = sealed.tables(tally)
    assert dict(outcomes.rows)[str(Outcome.UPHELD.label)] == [10]
    assert dict(outcomes.rows)[str(Outcome.SETTLED.label)] == [None]
    assert money.rows == [("Qatari Riyal", [1000])]  # 1,005; not that two people got dollars
    assert languages.rows == [("Tagalog", [15])]
    assert DisclosureDetail.objects.filter(verb="counted", case=None).count() == 1
    assert plots.bars(money) == ""  # one currency is not longer than another


def test_cases_of_which_the_head_must_not_know_and_those_of_others_are_not_counted(
    worked: list[UUID], office: Cast, other: Cast, ana: Inspector, vault: OpenVault, file_case: File
) -> None:
    file_case(other, country="BH")
    recusals.recuse(worked[0], by=ana)
    tally = sealed.begin(office.office, by=ana)
    sealed.go_on(tally, office.office, by=ana, vault=vault)
    assert (tally.total, tally.outcomes["upheld"], tally.unserved["tl"]) == (12, 9, 12)
    assert dict(sealed.tables(tally)[0].rows)[str(Outcome.UPHELD.label)] == [None]


def test_a_long_count_goes_on_from_page_to_page_and_its_page_says_no_small_number(
    worked: list[UUID], office: Cast, ana: Inspector, desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealed, "CHUNK", 5)
    monkeypatch.setattr(sealed, "SECONDS", 0)
    monkeypatch.setattr(sealed.go_on, "__kwdefaults__", {"seconds": 0})
    her, here, so_far, pages = desk(ana, 0), office.office.pk, "", []
    while True:
        page = her.post("numbers-count", here, so_far=so_far).content.decode()
        so_far = page.partition('name="so_far" value="')[2].partition('"')[0]
        pages.append(page)
        if "<progress" not in page:
            break
    assert len(pages) == 3 and "5 of 13 cases" in pages[0] and "10 of 13 cases" in pages[1]
    assert "upheld" not in pages[0] and "the complaint was right" in pages[2]
    file = her.post("numbers-count", here, so_far=so_far, file="outcomes").content.decode()
    assert "the complaint was right,10" in file and "it was settled,fewer than 10" in file
    assert her.post("numbers-count", here, so_far=so_far, file="nothing").status_code == 404


def test_half_a_count_opens_in_its_own_sitting_only(office: Cast, vault: OpenVault) -> None:
    box = carried.lock({"total": 3}, vault=vault, purpose="numbers/x")
    assert carried.unlock(box, vault=vault, purpose="numbers/x") == {"total": 3}
    other = vault_of(office, 0)
    for text, whose, purpose in (
        (box, other, "numbers/x"), (box, vault, "search"), (box[:-4] + "AAAA", vault, "numbers/x"),
        ("", vault, "numbers/x"), ("é", vault, "numbers/x"),
    ):  # fmt: skip
        assert carried.unlock(text, vault=whose, purpose=purpose) is None
