"""The queue: most urgent first, page after page, in a number of queries that does not grow."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from agencies.models import Agency
from complaints.cases.models import Case, Holding, Inspector, Membership, Office
from complaints.cases.states import State
from complaints.desk import queue
from complaints.desk.models import DeskSession
from complaints.desk.queue import Wanted
from complaints.desk.slices import Order, Place
from complaints.firewall.keys import MARK_BYTES, OpenVault
from complaints.firewall.models import DisclosureDetail
from recruitment_watch import clock
from tests.desk.cast import Desk
from tests.factories import Cast, passphrase


def fill(office: Office, count: int) -> None:
    """As owner: cases whose boxes hold nothing, for the order and the counting of queries."""
    start = clock.now().replace(minute=0, second=0, microsecond=0)
    for number in range(count):
        due = start + timedelta(days=number % 3)
        case = Case.objects.create(
            week="2026-W48", state=State.RELEASED, severity=1 + number % 4, due=due, death_week="2028-W47"
        )
        Holding.objects.create(
            case=case, office=office, rung=1, box=b"x", week="2026-W48", severity=case.severity, due=due
        )


def keys(page: queue.Page) -> list[UUID]:
    return [row.holding.pk for row in page.rows]


def walk(inspector: Inspector, vault: OpenVault, wanted: Wanted, size: int) -> tuple[list[UUID], list[UUID]]:
    """All holdings as met going forward to the end, and then backwards to the start."""
    page = queue.page(inspector, vault=vault, wanted=wanted, size=size)
    assert page.before is None
    forwards = keys(page)
    while page.after:
        page = queue.page(inspector, vault=vault, wanted=wanted, after=page.after, size=size)
        forwards += keys(page)
    backwards = keys(page)
    while page.before:
        page = queue.page(inspector, vault=vault, wanted=wanted, before=page.before, size=size)
        backwards = keys(page) + backwards
    return forwards, backwards


@pytest.mark.parametrize("size", [1, 4, 5, 100])
@pytest.mark.parametrize("order", Order)
def test_pages_show_each_holding_once_in_order_both_ways(
    order: Order, size: int, ana: Inspector, office: Cast, other: Cast, vault: OpenVault, as_owner: Callable
) -> None:
    with as_owner():
        Membership.objects.create(inspector=ana, office=other.office, since=clock.today())
        fill(office.office, 7)
        fill(other.office, 3)
    forwards, backwards = walk(ana, vault, Wanted(order=order), size)
    fields = ("severity", "due", "id") if order is Order.DANGER else ("due", "severity", "id")
    assert forwards == backwards == list(Holding.objects.order_by(*fields).values_list("pk", flat=True))


def test_a_page_takes_as_many_queries_for_twenty_five_cases_as_for_one(
    ana: Inspector, office: Cast, case: UUID, desk: Callable[..., Desk], as_owner: Callable
) -> None:
    one = desk(ana, 0)
    one.get("queue")
    counts = []
    for more in (0, 30):
        with as_owner():
            fill(office.office, more)
        one.get("queue")  # what is new to this sitting is logged, once a page
        with CaptureQueriesContext(connections["default"]) as queries:
            assert one.get("queue").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 10, counts


def test_what_a_sitting_has_not_been_shown_before_is_logged_once_a_page(
    ana: Inspector, office: Cast, case: UUID, file_case: Callable[..., UUID], desk: Callable[..., Desk],
    as_owner: Callable,
) -> None:  # fmt: skip
    one = desk(ana, 0)

    def logged() -> int:
        one.get("queue")
        return DisclosureDetail.objects.filter(verb="listed").count()

    assert [logged(), logged()] == [1, 1]
    file_case(office)
    file_case(office)  # two come in after she signed in: one row
    assert [logged(), logged()] == [2, 2]
    session = DeskSession.objects.get()
    # Three cases, and that the office's new ones were sorted.
    assert len(base64.b64decode(session.get_decoded()["listed"])) == 4 * MARK_BYTES
    for holding in Holding.objects.all():
        assert holding.pk.hex[:16] not in str(session.get_decoded()) and str(holding.pk) not in session.session_data
    one.post("close-vault")
    one.post("vault", passphrase=passphrase(0))
    assert logged() == 3  # another sitting


def test_what_people_wrote_stands_in_a_row_as_words(
    ana: Inspector, office: Cast, agency: Agency, file_case: Callable[..., UUID], desk: Callable[..., Desk]
) -> None:
    """The rows are put together by hand: what goes into them is escaped there."""
    agency.name = "<b>Sun & {reference}</b>"
    file_case(office)
    page = desk(ana, 0).get("queue").content.decode()
    assert "&lt;b&gt;Sun &amp; {reference}&lt;/b&gt;" in page and "<b>" not in page
    assert "{" not in page.replace("{reference}", "").partition("<tbody")[2].partition("</tbody>")[0]


def test_the_case_page_keeps_to_its_queries(ana: Inspector, case: UUID, desk: Callable[..., Desk]) -> None:
    one = desk(ana, 0)
    one.get("case", case)
    with (
        CaptureQueriesContext(connections["default"]) as casework,
        CaptureQueriesContext(connections["register_copy"]) as register,
    ):
        one.get("case", case)
    assert (len(casework) <= 24, len(register) <= 12) == (True, True), (len(casework), len(register))


def test_a_place_survives_its_address_and_a_mistyped_one_is_the_first_page() -> None:
    place = Place(2, datetime(2026, 11, 23, 5, tzinfo=UTC), uuid4())
    assert Place.parse(str(place)) == place
    for text in ("", "2.5", "a.b.c", f"2.99999999999999999999.{uuid4().hex}", "2.5.zz", f"7.5.{uuid4().hex}"):
        assert Place.parse(text) is None


def test_a_holding_whose_cover_does_not_open_is_shown_without_it(
    ana: Inspector, office: Cast, desk: Callable[..., Desk], as_owner: Callable
) -> None:
    with as_owner():
        fill(office.office, 1)
    assert "does not open" in desk(ana, 0).get("queue").content.decode()
