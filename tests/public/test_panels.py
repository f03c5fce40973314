"""The regulator's day: what each panel counts, who sees it, what it costs; a tally never differs from the truth."""

from __future__ import annotations

import datetime
import random
import xml.etree.ElementTree as ET
from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agencies.around import conditions, guarantee
from agencies.around.kept import follow
from agencies.board.measure_actions import propose_measure
from agencies.board.measures import MEASURES
from agencies.board.models import Application
from agencies.board.panels import due, figures
from agencies.board.panels.due import AHEAD, EXPIRING, OVERDUE, SHORT, Expiring, Overdue, Short
from agencies.board.panels.tally import OVERLAP, Tally
from agencies.licensing import RUNS_OUT, EventKind, State, status_on
from agencies.models import Agency, Condition, Guarantee, Licence, Referral
from recruitment_watch import clock

from . import licensing_cast as cast
from .licensing_cast import GRACE, HENRY
from .officers import Officers, officers
from .test_applications import applied
from .test_around import LONG_AGO, bond
from .test_around_admin import OUT
from .test_board import proposal

pytestmark = pytest.mark.django_db

Owner = Callable[[], AbstractContextManager[Any]]
TODAY = clock.today()
HOME = "/admin/"
QUERIES = 15
TITLES = {
    "waiting": "Waiting for a second officer", "applications": "Applications by stage and age",
    "expiring": "Licences that run out within 60 days", "conditions": "Conditions overdue",
    "guarantees": "Guarantees short of their minimum", "referrals": "Referrals from inspectorates",
}  # fmt: skip


def days(number: int) -> datetime.timedelta:
    return datetime.timedelta(days=number)


@pytest.fixture
def people(db: None) -> Officers:
    return officers()


def ends_in(left: int, /, **given: Any) -> Licence:
    number = given.pop("number", f"E-{left}")
    facts = {"valid_from": LONG_AGO, "valid_to": TODAY + days(left)} | given
    return cast.licence(cast.agency(f"Ends in {left}"), number=number, **facts)


def referral(as_owner: Owner, quarter: str, **given: Any) -> None:
    with as_owner():
        Referral.objects.create(
            agency_id=cast.agency().pk, agency_name="X", standards=["S-1"], quarter=quarter,
            evidence_class=Referral.EvidenceClass.DOCUMENTS, **given,
        )  # fmt: skip


def numbers(one: figures.Figures) -> dict[str, list[int]]:
    return {label: list(values) for label, values in one.rows}


# --- what each counts -----------------------------------------------------------------------------------


def test_licences_that_run_out_are_those_in_force_or_suspended_and_not_renewed() -> None:
    ends_in(0), ends_in(14), ends_in(15), ends_in(AHEAD), ends_in(AHEAD + 1), ends_in(-1)
    cast.decide(ends_in(20), State.SUSP_DISC)
    cast.decide(ends_in(21), State.REVOKED)
    cast.decide(ends_in(22), State.SURRENDERED)
    renewed = ends_in(23)
    cast.licence(renewed.agency, number="E-23", valid_from=TODAY + days(24), valid_to=TODAY + days(700))
    ends_in(24, valid_from=TODAY + days(3))  # not yet in force
    assert numbers(figures.expiring(figures.Counts.of())) == {
        "14 or fewer": [2, 0],
        "15 to 30": [1, 1],
        "31 to 60": [1, 0],
    }


def test_a_decision_stayed_by_a_court_and_one_struck_out_count_as_the_law_has_it() -> None:
    stayed, wrong = ends_in(5), ends_in(6)
    cast.decide(stayed, State.REVOKED)
    cast.decide(
        stayed, State.ACTIVE, kind=EventKind.STAY, overturns=stayed.events.get(position=2), decision_number="C-1"
    )
    from agencies.actions import correct

    revoked = cast.decide(wrong, State.REVOKED)
    assert {one.key for one in EXPIRING.read()} == {stayed.pk}
    correct(revoked, to=None, by=GRACE, second_approver=HENRY, reasons="The wrong licence.", decision_number="K-1")
    assert {one.key for one in EXPIRING.read()} == {stayed.pk, wrong.pk}


def test_a_condition_is_overdue_from_the_day_after_until_it_is_cleared() -> None:
    licence = ends_in(400)
    today, old, met = (
        conditions.impose_condition(licence, text=text, by=GRACE, deadline=TODAY + days(1)) for text in "abc"
    )
    assert OVERDUE.read() == []
    with time_machine.travel(clock.now() + days(40)):
        assert {one.key for one in OVERDUE.read()} == {today.thing, old.thing, met.thing}
        conditions.meet_condition(met, by=GRACE, reasons="Seen.")
        follow(today, verb="x", by=GRACE, deadline=clock.today(), reasons="More time.")
        assert [one.key for one in OVERDUE.read()] == [old.thing]
        assert numbers(figures.overdue(figures.Counts.of()))["31 to 90 days"] == [1]


def test_a_condition_of_a_licence_that_has_ended_is_nobodys_work() -> None:
    conditions.impose_condition(ends_in(10), text="a", by=GRACE, deadline=TODAY + days(1))
    with time_machine.travel(clock.now() + days(9)):
        assert len(OVERDUE.read()) == 1
    with time_machine.travel(clock.now() + days(12)):
        assert OVERDUE.read() == []


def test_a_guarantee_is_short_when_it_has_run_out_or_holds_too_little() -> None:
    whole, little, most = (bond(cast.agency(name)) for name in ("Whole", "Little", "Most"))
    bond(cast.agency("Lapsed"), valid_to=TODAY - days(1))
    for row, amount in ((little, 600), (most, 100)):
        guarantee.call_guarantee(
            row, Decimal(amount), by=GRACE, second_approver=HENRY, reasons="Owed.", decision_number="C"
        )
    said = {"Nothing: it has run out": [1], "Less than half": [1], "Half or more": [1]}
    assert numbers(figures.short(figures.Counts.of())) == said
    guarantee.top_up(most, Decimal(100), by=GRACE)
    assert numbers(figures.short(figures.Counts.of())) == said | {"Half or more": [0]}
    assert whole.thing not in {one.key for one in SHORT.read()}


def test_applications_stand_by_stage_and_age(people: Officers) -> None:
    for age in (0, 30, 31, 90, 91, 400):
        row = applied()
        Application.objects.filter(pk=row.pk).update(submitted_at=clock.now() - days(age))
    assert numbers(figures.applications(figures.Counts.of("applications")))["Received"] == [2, 2, 2]


def test_what_waits_for_a_second_officer_is_decisions_and_measures(people: Officers) -> None:
    licence = cast.licence()
    proposal(people.grace, licence)
    propose_measure(MEASURES["guarantee-call"], bond(licence.agency).thing, OUT, by=people.grace)
    assert numbers(figures.waiting(figures.Counts.of("decisions", "measures"))) == {
        "Decisions on licences": [1, 0, 0],
        "Measures": [1, 0, 0],
    }


def test_closed_referrals_are_not_counted(as_owner: Owner) -> None:
    this = f"{TODAY.year}-Q{(TODAY.month - 1) // 3 + 1}"
    referral(as_owner, this)
    referral(as_owner, "2019-Q1")
    referral(as_owner, "2019-Q2", state="TAKEN", taken_by="A B", taken_in="2019-Q2")
    referral(as_owner, "2019-Q2", state="CLOSED", taken_by="A B", taken_in="2019-Q2")
    assert numbers(figures.referrals(figures.Counts.of("referrals"))) == {"Received": [1, 1], "Being worked on": [0, 1]}


# --- a tally is never anything but the truth -------------------------------------------------------------


class Unhurried(Tally):
    """A tally that looks at all every time."""

    def read(self) -> list[Any]:
        self.forget()
        return super().read()


TRUTH = {EXPIRING: Unhurried(Expiring()), OVERDUE: Unhurried(Overdue()), SHORT: Unhurried(Short())}


def test_after_each_of_many_random_deeds_the_tallies_say_what_counting_afresh_says() -> None:
    chance = random.Random(7)
    licences = [ends_in(number, number=f"R-{number + 100}") for number in range(-5, 70, 5)]
    bonds = [bond(one.agency) for one in licences]
    found: set[tuple[int, ...]] = set()
    for _turn in range(60):
        _deed(chance, chance.choice(licences), chance.choice(bonds))
        said = {tally: tally.read() for tally in TRUTH}
        assert said == {tally: truth.read() for tally, truth in TRUTH.items()}
        found.add(tuple(map(len, said.values())))
    assert len(found) > 10  # the deeds did change what is due


def test_the_truth_in_sql_is_the_truth_in_words() -> None:
    """Held against ``status_on``, ``standing`` and ``holdings``, which the rest of the register asks."""
    chance = random.Random(11)
    licences = [ends_in(number, number=f"T-{number + 100}") for number in range(-5, 70, 5)]
    bonds = [bond(one.agency) for one in licences]
    for _turn in range(80):
        _deed(chance, chance.choice(licences), chance.choice(bonds))
    near = [one for one in licences if TODAY <= one.valid_to <= TODAY + days(AHEAD)]
    assert {one.key for one in EXPIRING.read()} == {x.pk for x in near if status_on(x, TODAY).state in RUNS_OUT}
    short = {h.guarantee.thing for one in licences for h in guarantee.holdings(one.agency_id) if h.short}
    assert {one.key for one in SHORT.read()} == short and short
    from agencies.around.kept import stands

    late = {
        row.thing for one in licences for row in stands(Condition, licence=one)
        if row.deadline and row.deadline < TODAY and one.valid_to >= TODAY
    }  # fmt: skip
    assert {one.key for one in OVERDUE.read()} == late and late


def _deed(chance: random.Random, licence: Licence, held: Guarantee) -> None:
    """Something that officers do, straight at the verbs that record; what the law refuses is left out."""
    from agencies.refusals import DecisionRefused

    what = chance.randrange(6)
    held = Guarantee.objects.filter(thing=held.thing).latest("version")
    try:
        if what == 0:
            cast.decide(licence, chance.choice([State.SUSP_ADMIN, State.ACTIVE, State.SURRENDERED, State.REVOKED]))
        elif what == 1:
            row = conditions.impose_condition(licence, text="Do it.", by=GRACE, effective_from=TODAY - days(30))
            follow(row, verb="x", by=GRACE, deadline=TODAY + days(chance.randrange(-20, 5)))
        elif what == 2 and (row := Condition.objects.filter(licence=licence).order_by("-version").first()):
            conditions.meet_condition(row, by=GRACE, reasons="Seen.")
        elif what == 3:
            guarantee.call_guarantee(
                held, Decimal(chance.randrange(1, 900)), by=GRACE, second_approver=HENRY, reasons="Owed.",
                decision_number="C",
            )  # fmt: skip
        elif what == 4:
            guarantee.top_up(held, Decimal(chance.randrange(1, 500)), by=GRACE)
        elif what == 5:
            follow(held, verb="x", by=GRACE, minimum=Decimal(chance.randrange(500, 1_500)))
    except DecisionRefused:
        pass


def test_a_row_that_is_committed_late_is_still_seen() -> None:
    """It carries a moment before the last question, and is there only after it."""
    row = bond(cast.agency(), amount=1_000)
    assert SHORT.read() == []
    with time_machine.travel(clock.now() - OVERLAP + datetime.timedelta(minutes=1)):
        follow(row, verb="x", by=GRACE, minimum=Decimal(5_000), effective_from=TODAY)
    assert [one.key for one in SHORT.read()] == [row.thing]


def test_a_new_day_is_counted_afresh() -> None:
    licence = ends_in(AHEAD + 1)
    assert EXPIRING.read() == []
    with time_machine.travel(clock.now() + days(1)):
        assert [one.key for one in EXPIRING.read()] == [licence.pk]


# --- the page -------------------------------------------------------------------------------------------


def fill(people: Officers, as_owner: Owner) -> None:
    """Something in every panel."""
    licence = ends_in(10)
    other = ends_in(300)
    proposal(people.grace, licence, effective_from=None)
    applied()
    row = conditions.impose_condition(other, text="Do.", by=GRACE, effective_from=TODAY - days(30))
    follow(row, verb="x", by=GRACE, deadline=TODAY - days(1))
    bond(other.agency, amount=10)
    referral(as_owner, "2019-Q1")


def shown(page: str) -> set[str]:
    return {slug for slug in TITLES if f'id="panel-{slug}"' in page}


def test_each_role_sees_its_panels_and_no_other(client: Client, people: Officers, as_owner: Owner) -> None:
    fill(people, as_owner)
    register = {"waiting", "expiring", "conditions", "guarantees"}
    seen = {}
    for who in ("grace", "henry", "edith", "amos", "wanda"):
        client.force_login(getattr(people, who))
        seen[who] = shown(client.get(HOME).content.decode())
    everything = set(TITLES)
    assert seen == {
        "grace": everything, "henry": everything - {"referrals"}, "edith": set(), "amos": everything,
        "wanda": {"applications"},
    }  # fmt: skip
    assert register < everything


def test_each_panel_draws_its_numbers_says_them_in_a_table_and_leads_to_its_list(
    client: Client, people: Officers, as_owner: Owner
) -> None:
    fill(people, as_owner)
    client.force_login(people.grace)
    page = client.get(HOME).content.decode()
    for count in figures.panels_of(people.grace.has_perm):
        one = count()
        part = page[page.index(f'id="panel-{one.slug}"') :]
        part = part[: part.index("</section>")]
        drawing = ET.fromstring(part[part.index("<svg") : part.index("</svg>") + 6])
        words = ["".join(text.itertext()) for text in drawing.iter() if text.tag.endswith("text")]
        for label, values in one.rows:
            assert label in words
            cells = "".join(f"<td>{value}</td>" for value in values)
            assert f'<th scope="row">{label}</th>{cells}' in part
        assert drawing.get("role") == "img" and one.title in part
        assert client.get(one.url).status_code == 200


def test_where_there_is_nothing_no_plot_is_drawn(client: Client, people: Officers) -> None:
    client.force_login(people.grace)
    page = client.get(HOME).content.decode()
    assert shown(page) == set(TITLES) and page.count('class="plot"') == 0


@pytest.mark.parametrize("who", ["grace", "amos", "root"])
def test_the_whole_page_costs_at_most_fifteen_queries_whatever_was_recorded_lately(
    client: Client, people: Officers, as_owner: Owner, who: str
) -> None:
    root = User.objects.create(username="root", first_name="R", last_name="T", is_superuser=True)
    fill(people, as_owner)
    client.force_login(root if who == "root" else getattr(people, who))
    for _again in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(HOME).status_code == 200
    if who != "root":  # who works on pages too sees Wagtail's own panels beside ours
        assert len(queries) <= QUERIES, "\n".join(one["sql"] for one in queries)


def test_the_lists_behind_lead_to_the_agency_and_come_a_page_at_a_time(
    client: Client, people: Officers, as_owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agencies.board.views import due as views

    fill(people, as_owner)
    ends_in(3)
    monkeypatch.setattr(views, "ROWS", 1)
    client.force_login(people.henry)
    address = reverse("rw_due:index", args=["expiring"])
    first, second = (client.get(address, {"p": number}).content.decode() for number in (1, 2))
    assert "Ends in 3" in first and "Page 1 of 2" in first and "Ends in 10" not in first
    assert "Ends in 10" in second
    holder = Agency.objects.get(name="Ends in 300")
    for what, words in (("conditions", "Do."), ("guarantees", "990.00 KES are missing")):
        page = client.get(reverse("rw_due:index", args=[what])).content.decode()
        assert words in page and reverse("rw_around:agency", args=[holder.pk]) in page
    assert client.get(reverse("rw_due:index", args=["nothing"])).status_code == 404


def test_a_list_costs_the_same_for_one_line_and_for_many(
    client: Client, people: Officers, django_assert_max_num_queries: Any
) -> None:
    for number in range(1, 30):
        licence = ends_in(number)
        bond(licence.agency, amount=1)
        conditions.impose_condition(licence, text="Do.", by=GRACE, deadline=TODAY)
    client.force_login(people.henry)
    for what in due_lists():
        with django_assert_max_num_queries(13):
            client.get(reverse("rw_due:index", args=[what]))


def due_lists() -> list[str]:
    from agencies.board.views.due import LISTS

    return list(LISTS)


def test_a_panel_needs_its_right_not_a_role(client: Client, people: Officers) -> None:
    people.outsider.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(people.outsider)
    assert shown(client.get(HOME).content.decode()) == set()
    people.outsider.user_permissions.add(Permission.objects.get(codename="see_referrals"))
    assert shown(client.get(HOME).content.decode()) == {"referrals"}
    assert due.TALLIES
