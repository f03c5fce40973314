"""What can be asked of the queue: every combination holds against a plain reading of the rows, and shows no outsider
anything; language and agency, which stand nowhere in clear.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from agencies import names
from agencies.models import Agency, AgencyName
from complaints.cases.models import Case, Holding, Inspector, Membership, Message, Office, Recusal
from complaints.cases.states import DONE, OPEN, Severity, State
from complaints.desk import queue
from complaints.desk.looks import News
from complaints.desk.queue import Wanted
from complaints.desk.slices import Hands, Order, Place, Show
from complaints.firewall import access
from complaints.firewall.keys import OpenVault
from recruitment_watch import clock
from tests.desk.cast import Desk, vault_of
from tests.factories import Cast

NOW = clock.now().replace(minute=0, second=0, microsecond=0)


def put(office: Office, state: str, severity: int, rung: int, hours: int, assignee: Inspector | None) -> Holding:
    """As owner."""
    due = NOW + timedelta(hours=hours)
    case = Case.objects.create(
        week="2026-W48", state=State.RELEASED, severity=severity, due=due, death_week="2028-W47", rung=rung
    )
    made = Holding.objects.create(
        case=case, office=office, rung=rung, box=b"x", week="2026-W48", severity=severity, due=due, assignee=assignee
    )
    Case.objects.filter(pk=case.pk).update(state=state)
    return made


@pytest.fixture
def filled(ana: Inspector, ben: Inspector, office: Cast, other: Cast, as_owner: Callable) -> list[Holding]:
    """One of everything in both offices, in which Ana works; and what she is recused from."""
    with as_owner():
        Membership.objects.create(inspector=ana, office=other.office, since=clock.today())
        for place, state, severity in product((office, other), State, (1, 3)):
            for number, (rung, hours) in enumerate(((1, -2), (2, 30))):
                hands = (None, ana, place.members[1])[(number + severity) % 3]
                put(place.office, state, severity, rung, hours, hands)
        never = put(office.office, State.RELEASED, 1, 1, -9, None)
        Recusal.objects.create(case=never.case, inspector=ana, week="2026-W48")
    return list(Holding.objects.exclude(pk=never.pk).select_related("case"))


def fits(row: Holding, wanted: Wanted, me: Inspector) -> bool:
    """The same asked of one row, in plain words."""
    state = State(row.case.state)
    part = {
        Show.OPEN: state in OPEN,
        Show.OVERDUE: state in OPEN and state != State.ASKED and row.due <= clock.now(),
        Show.ASKED: state == State.ASKED,
        Show.ESCALATED: state in OPEN and row.rung > 1,
        Show.DONE: state in DONE,
    }[wanted.show]
    hands = {Hands.ANY: True, Hands.MINE: row.assignee_id == me.pk, Hands.NOBODY: row.assignee_id is None}
    here = wanted.office in (None, row.office_id) and wanted.severity in (None, row.severity)
    return part and hands[wanted.hands] and here


def shown(me: Inspector, vault: OpenVault, wanted: Wanted, size: int = 500) -> list[UUID]:
    return [row.holding.pk for row in queue.page(me, vault=vault, wanted=wanted, size=size).rows]


def test_every_combination_shows_what_fits_and_nothing_else(
    filled: list[Holding], ana: Inspector, vault: OpenVault, office: Cast
) -> None:
    seen = 0
    for show, hands, severity, here, order in product(
        Show, Hands, (None, Severity.S1, Severity.S4), (None, office.office.pk, uuid4()), Order
    ):
        wanted = Wanted(show=show, hands=hands, severity=severity, office=here, order=order)
        expected = {row.pk for row in filled if fits(row, wanted, ana)}
        found = shown(ana, vault, wanted)
        assert (set(found), len(found)) == (expected, len(expected)), wanted
        seen += bool(expected)
    assert seen > 60


def test_an_outsider_sees_nothing_whatever_they_ask(
    filled: list[Holding], charlie: Inspector, other: Cast, office: Cast, as_owner: Callable
) -> None:
    mine = {row.pk for row in filled if row.office_id == other.office.pk}
    vault = vault_of(other, 0)
    for show, hands in product(Show, Hands):
        assert set(shown(charlie, vault, Wanted(show=show, hands=hands))) <= mine
        assert shown(charlie, vault, Wanted(show=show, hands=hands, office=office.office.pk)) == []
    with as_owner():
        Membership.objects.filter(inspector=charlie).update(until=clock.today())
    assert [shown(charlie, vault, Wanted(show=show)) for show in Show] == [[]] * len(Show)


def test_what_one_is_recused_from_makes_no_page_shorter(
    filled: list[Holding], ana: Inspector, vault: OpenVault
) -> None:
    page = queue.page(ana, vault=vault, size=3)
    assert len(page.rows) == 3 and page.after


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize("backwards", [False, True])
def test_nothing_is_skipped_or_shown_twice_while_cases_come_in_and_go(
    order: Order, backwards: bool, filled: list[Holding], ana: Inspector, vault: OpenVault, office: Cast,
    as_owner: Callable,
) -> None:  # fmt: skip
    wanted = Wanted(order=order)
    there = [row for row in filled if fits(row, wanted, ana)]
    gone: set[UUID] = set()
    size, met, place = 3, [], None
    if backwards:  # from beyond the end
        place = Place(4, NOW + timedelta(days=900), UUID(int=2**128 - 1))
    while True:
        page = queue.page(ana, vault=vault, wanted=wanted, size=size, **{"before" if backwards else "after": place})
        met += [row.holding.pk for row in page.rows]
        place = page.before if backwards else page.after
        if place is None:
            break
        with as_owner():  # right before and after the place, at both ends, and one that was not met yet goes
            for severity, hours in ((place.severity, 0), (1, -50), (4, 500)):
                put(office.office, State.RELEASED, severity, 1, hours, None)
            left = [row for row in there if row.pk not in met and row.pk not in gone]
            if len(left) > 4:
                Case.objects.filter(pk=left[-1].case_id).update(state=State.WITHDRAWN)
                gone.add(left[-1].pk)
    assert len(met) == len(set(met))
    assert {row.pk for row in there} - gone - set(met) == set()
    assert gone and not gone & set(met)


def test_a_page_takes_as_many_queries_in_many_offices_as_in_one(
    ana: Inspector, office: Cast, other: Cast, case: UUID, desk: Callable[..., Desk], as_owner: Callable,
    file_case: Callable[..., UUID],
) -> None:  # fmt: skip
    one = desk(ana, 0)

    def counted() -> tuple[int, int]:
        """Statements of a page that shows something for the first time, and of the same page again."""
        counts = []
        for _ in range(2):
            with CaptureQueriesContext(connections["default"]) as queries:
                assert one.get("queue").status_code == 200
            said = [query["sql"] for query in queries]
            counts.append(sum(not text.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")) for text in said))
        return counts[0], counts[1]

    alone = counted()
    with as_owner():
        Membership.objects.create(inspector=ana, office=other.office, since=clock.today())
        for place in (office, other):
            for number in range(20):
                put(place.office, State.RELEASED, 1 + number % 4, 1, number, None)
    many = counted()
    assert (alone[1], many[1]) == (alone[1], alone[1]) and many[0] <= 12, (alone, many)


def test_the_state_beside_a_holding_follows_the_case(office: Cast, as_owner: Callable) -> None:
    with as_owner():
        row = put(office.office, State.RELEASED, 1, 1, 1, None)
        for state in (*(one for one in State if one is not State.CLOSED), State.CLOSED):
            Case.objects.filter(pk=row.case_id).update(state=state)
            assert Holding.objects.get(pk=row.pk).state == state
        Case.objects.filter(pk=row.case_id).update(state=State.RELEASED)  # another office goes on
        assert Holding.objects.get(pk=row.pk).state == State.CLOSED
        Holding.objects.filter(pk=row.pk).update(state=State.RELEASED)  # taken up again
        with connection.cursor() as cursor:  # the control
            cursor.execute("ALTER TABLE complaints_case DISABLE TRIGGER queue_follow")
        Case.objects.filter(pk=row.case_id).update(state=State.FILED)
        assert Holding.objects.get(pk=row.pk).state == State.RELEASED


# --- what is sealed ---------------------------------------------------------------------------------------------


def test_a_language_is_found_in_the_covers_up_to_a_bound_and_says_so(
    ana: Inspector, office: Cast, vault: OpenVault, file_case: Callable[..., UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    nepali = {file_case(office, language="ne") for _ in range(2)}
    for _ in range(4):
        file_case(office, language="tl")
    wanted = Wanted(language="ne")
    page = queue.page(ana, vault=vault, wanted=wanted)
    assert ({row.holding.case_id for row in page.rows}, page.stopped, page.after) == (nepali, 0, None)
    assert not queue.page(ana, vault=vault, wanted=Wanted(language="ar")).rows
    monkeypatch.setattr(queue, "STEP", 2)
    monkeypatch.setattr(queue, "LOOKED_THROUGH", 2)
    page, met, stops = queue.page(ana, vault=vault, wanted=wanted), set(), 0
    while True:
        met |= {row.holding.case_id for row in page.rows}
        stops += page.stopped == 2
        if page.after is None:
            break
        page = queue.page(ana, vault=vault, wanted=wanted, after=page.after)
    assert met == nepali and stops >= 2
    back = {row.holding.case_id for row in page.rows}
    while page.before is not None:
        page = queue.page(ana, vault=vault, wanted=wanted, before=page.before)
        back |= {row.holding.case_id for row in page.rows}
    assert back == nepali


def test_a_language_goes_on_page_by_page(
    ana: Inspector, office: Cast, vault: OpenVault, file_case: Callable[..., UUID]
) -> None:
    for language in ("ne", "tl", "ne", "ne"):
        file_case(office, language=language)
    wanted = Wanted(language="ne")
    first = queue.page(ana, vault=vault, wanted=wanted, size=2)
    assert (len(first.rows), first.stopped, first.before) == (2, 0, None) and first.after
    second = queue.page(ana, vault=vault, wanted=wanted, size=2, after=first.after)
    assert (len(second.rows), second.after) == (1, None) and second.before
    back = queue.page(ana, vault=vault, wanted=wanted, size=2, before=second.before)
    assert [row.holding.pk for row in back.rows] == [row.holding.pk for row in first.rows]


def test_who_leaves_while_a_language_is_looked_for_sees_no_more_of_it(
    ana: Inspector, office: Cast, vault: OpenVault, file_case: Callable[..., UUID], as_owner: Callable,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for _ in range(4):
        file_case(office, language="ne")
    assert len(queue.page(ana, vault=vault, wanted=Wanted(language="ne")).rows) == 4
    covers = access.covers

    def and_leaves(*said: Any, **more: Any) -> Any:
        found = covers(*said, **more)
        with as_owner():
            Membership.objects.filter(inspector=ana).update(until=NOW.date())
        return found

    monkeypatch.setattr(access, "covers", and_leaves)
    monkeypatch.setattr(queue, "STEP", 2)
    assert len(queue.page(ana, vault=vault, wanted=Wanted(language="ne")).rows) == 2


def test_an_agency_is_found_by_its_index_once_somebody_opened_the_vault(
    ana: Inspector, office: Cast, agency: Agency, file_case: Callable[..., UUID], desk: Callable[..., Desk],
    as_owner: Callable,
) -> None:  # fmt: skip
    about = file_case(office)
    with as_owner():
        filler = put(office.office, State.RELEASED, 2, 1, 1, None)  # its cover does not open
    assert Holding.objects.get(case=about).agency_index is None
    page = desk(ana, 0).get("queue", agency=str(agency.pk)).content.decode()
    assert str(about) in page and str(filler.case_id) not in page
    assert agency.name in page


def test_words_lead_to_the_agency_or_to_a_choice_of_agencies(
    ana: Inspector, agency: Agency, case: UUID, desk: Callable[..., Desk], as_owner: Callable
) -> None:
    one = desk(ana, 0)

    def name(of: Agency) -> None:
        with as_owner():
            row = AgencyName(agency_id=of.pk, name=of.name, script="Latn", core=names.core(of.name))
            row.save(using="register_copy")

    name(agency)
    led = one.get("queue", about="golden harvest")
    assert (led.status_code, str(agency.pk) in led["Location"]) == (302, True)
    with as_owner():
        twin = Agency(register_id=agency.register_id, name="Golden Harvest Travel", country="QA")
        twin.save(using="register_copy")
    name(twin)
    asked = one.get("queue", about="golden harvest").content.decode()
    assert "Which agency?" in asked and all(f"agency={one.pk}" in asked for one in (agency, twin))
    nobody = one.get("queue", about="qqqq zzzz").content.decode()
    assert "No agency in our registers is called like this" in nobody and str(case) in nobody


# --- what is new ------------------------------------------------------------------------------------------------


def test_what_is_new_since_i_looked_is_mine_alone_to_see(
    ana: Inspector, ben: Inspector, office: Cast, case: UUID, desk: Callable[..., Desk], as_owner: Callable
) -> None:
    hers, his = desk(ana, 0), desk(ben, 1)

    def says(one: Desk) -> str:
        page = one.get("queue").content.decode()
        found = [news for news in News if f'is-news">{news.label}<' in page]
        return found[0].value if found else ""

    assert (says(hers), says(his)) == ("new", "new")
    hers.get("case", case)
    assert (says(hers), says(his)) == ("", "new")
    with as_owner():
        Message.objects.create(case_id=case, direction="from", week="2026-W48", box=b"x")
    assert (says(hers), says(his)) == ("more", "new")
    hers.get("case", case)
    hers.post("acknowledge", case)  # what one does oneself is no news; and it is Ana's now
    assert (says(hers), says(his)) == ("", "")
