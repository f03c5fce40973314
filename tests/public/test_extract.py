"""The printable history of a licence: everything in it, in both places, and nothing public that is not."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from agencies.actions import correct, name_standard
from agencies.around import conditions, overlays
from agencies.board.actions import approve, propose
from agencies.extract import extract
from agencies.licensing import EventKind, State
from agencies.models import Licence
from recruitment_watch import clock

from . import licensing_cast as cast
from .licensing_cast import GRACE, HENRY, day
from .officers import Officers, officers
from .test_pages import words

pytestmark = pytest.mark.django_db

TODAY = clock.today()


@pytest.fixture
def people(db: None) -> Officers:
    return officers()


@pytest.fixture
def story(people: Officers) -> Licence:
    """Suspended, appealed, stayed, the stay ended; a condition met; a question to the holder; a correction."""
    licence = cast.licence()
    name_standard(register=licence.register, code="S-1", title="Charges no fee", by=GRACE)
    row = conditions.impose_condition(licence, text="Pay back by spring.", by=GRACE, effective_from=day(10))
    conditions.meet_condition(row, by=GRACE, reasons="Receipts seen.")
    overlays.ask_to_show_cause(
        licence, allegation="Took money in May.", answer_by=TODAY + datetime.timedelta(9), by=GRACE
    )
    hit = cast.decide(
        licence, State.SUSP_DISC, decision_number="D-2", effective_from=day(20), decided_on=day(19),
        appeal_deadline=day(400),
    )  # fmt: skip
    overlays.file_appeal(hit, body="Labour Court", by=GRACE, filed_on=day(25), number="A-1")
    stay = cast.decide(
        licence, State.ACTIVE, kind=EventKind.STAY, overturns=hit, decision_number="C-3", effective_from=day(30)
    )
    cast.decide(
        licence, State.SUSP_DISC, kind=EventKind.STAY_ENDED, overturns=stay, decision_number="C-4",
        effective_from=day(40), second_approver=HENRY, standards=["S-1"],
    )  # fmt: skip
    return licence


def address(licence: Licence) -> str:
    return reverse("cms:licence", args=[licence.agency_id, licence.pk])


def test_every_event_is_told_with_its_number_times_grounds_and_who(client: Client, story: Licence) -> None:
    page = words(client.get(address(story)))
    for event in story.events.all():
        for said in (event.decision_number, event.legal_basis, event.decided_by):
            assert said in page
    for said in (
        "RA-0010", "Coast Bridge Recruitment Ltd", "S-1 Charges no fee", "Fees were charged to workers.",
        "Decided by, as licensing officer Grace Otieno", "Approved by, as second officer Henry Mwangi, on",
        "In force from 21 January 2026", "Decided on 20 January 2026", "UTC", "Stayed by C-3 from 31 January 2026.",
        "This stay was ended by C-4 from 10 February 2026.", "About decision D-2", "Labour Court",
        "Against decision D-2", "A-1", "Pay back by spring.", "Receipts seen.", "Appeal possible until",
    ):  # fmt: skip
        assert said in page, said
    recorded = f"{clock.today().day} {clock.today():%B} {clock.today().year}"
    assert page.count(f"Recorded {recorded}") >= story.events.count()


def test_how_it_stood_follows_the_law_from_day_to_day(story: Licence) -> None:
    after = cast.END + datetime.timedelta(days=1)
    suspended, active = str(State.SUSP_DISC.label), str(State.ACTIVE.label)
    assert list(extract(story).course) == [
        (day(0), day(19), active), (day(20), day(29), suspended), (day(30), day(39), active),
        (day(40), cast.END, suspended), (after, None, str(State.EXPIRED.label)),
    ]  # fmt: skip


def test_a_correction_stands_beside_what_it_corrects(client: Client, people: Officers) -> None:
    licence = cast.licence()
    wrong = cast.decide(licence, State.SUSP_ADMIN, decision_number="D-8")
    correct(wrong, to=None, by=GRACE, second_approver=HENRY, reasons="Another agency was meant.", decision_number="K-9")
    page = words(client.get(address(licence)))
    assert "Corrected by K-9." in page and "Struck from the record" in page and "About decision D-8" in page


def test_what_is_not_published_is_in_the_admins_extract_alone(client: Client, people: Officers, story: Licence) -> None:
    said = {"reasons": "Paid back.", "legal_basis": "s. 12", "decision_number": "D-77"}
    event = approve(propose(story, State.ACTIVE, by=people.grace, **said), by=people.henry)
    assert event.decision_number == "D-77"
    public = words(client.get(address(story)))
    client.force_login(people.amos)
    inside = words(client.get(reverse("rw_register:history", args=[story.agency_id, story.pk])))
    for said in ("Took money in May.", "Proposed", "not published"):
        assert said in inside and said not in public
    for said in ("D-77", "Labour Court", "Pay back by spring."):
        assert said in inside and said in public


def test_the_page_is_linked_from_where_one_looks_and_is_made_for_paper(
    client: Client, people: Officers, story: Licence
) -> None:
    assert address(story) in client.get(reverse("cms:agency", args=[story.agency_id])).content.decode()
    client.force_login(people.amos)
    inside = reverse("rw_register:history", args=[story.agency_id, story.pk])
    assert inside in client.get(reverse("rw_register:agency", args=[story.agency_id])).content.decode()
    page = client.get(address(story))
    assert "Drawn up on" in words(page) and "wagtail" not in client.get(inside).content.decode().lower()
    assert "max-age=60" in page["Cache-Control"]


def test_a_licence_is_asked_for_under_its_own_agency(client: Client, story: Licence) -> None:
    other = cast.agency("Another Ltd")
    assert client.get(reverse("cms:licence", args=[other.pk, story.pk])).status_code == 404


def test_it_costs_the_same_for_a_short_and_for_a_long_history(story: Licence, django_assert_num_queries: Any) -> None:
    short = cast.licence(cast.agency("Short Ltd"), number="RA-99")
    for licence in (short, story):
        found = Licence.objects.select_related("agency__register", "agency__operator").get(pk=licence.pk)
        with django_assert_num_queries(5):
            extract(found)
        with django_assert_num_queries(6):
            extract(found, whole=True)
