"""Who was turned away and applies under another name: shown to officers and the board, with reasons; never refused."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agencies.around.kept import latest
from agencies.around.operators import debar, lift_debarment
from agencies.around.people import end_entry, name_responsible, open_branch
from agencies.board.applications import move
from agencies.board.models import Application, AppStage
from agencies.board.phoenix import been_before, same_address, same_name, same_person, same_phone
from agencies.licensing import EventKind, State
from agencies.models import Agency, Licence, Operator, OperatorFlag, ResponsiblePerson
from recruitment_watch import clock

from . import licensing_cast as cast
from .licensing_cast import GRACE, HENRY, day
from .officers import Officers, officers
from .test_applications import applied

pytestmark = pytest.mark.django_db

OLD: dict[str, Any] = {
    "address": "12 Harbour Road, Port Amber", "phones": ["+254 700 123456"], "email": "old@example.org",
}  # fmt: skip
#: Somebody who has nothing in common with the old agency.
STRANGER: dict[str, Any] = {
    "name": "Green Valley Ltd", "operator": "Nobody Known", "responsible": "Ann Other", "address": "9 Hill Lane",
    "phone": "+254 711 999888", "email": "new@example.org",
}  # fmt: skip
TWO: dict[str, Any] = {"by": GRACE, "second_approver": HENRY, "reasons": "As found.", "decision_number": "B-1"}


@pytest.fixture
def old(db: None) -> Agency:
    """An agency with an operator and a director, and a licence."""
    operator = Operator.objects.create(name="Swift Passage Holding", country="KE")
    agency = cast.agency("Swift Passage Placement Co", operator=operator, former_names=["Fast Ferry Jobs"], **OLD)
    name_responsible(agency, name="Rita Head", part=ResponsiblePerson.Part.DIRECTOR, by=GRACE)
    cast.licence(agency)
    return agency


@pytest.fixture
def revoked(old: Agency) -> Agency:
    cast.decide(old.licences.get(), State.REVOKED, effective_from=day(10), decision_number="R-7")
    return old


def stranger(**shares: Any) -> Application:
    return applied(**(STRANGER | shares))


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ({"responsible": "Ann Other\nHEAD, Rita"}, "person or company behind it: HEAD, Rita"),
        ({"responsible": "Rita Head, director"}, "person or company behind it: Rita Head, director"),
        ({"operator": "Rita Heade"}, "person or company behind it: Rita Heade"),
        ({"operator": "SWIFT PASSAGE HOLDING LTD."}, "person or company behind it: SWIFT PASSAGE HOLDING LTD."),
        ({"address": "12, Harbour Road"}, "address: 12, Harbour Road"),
        ({"phone": "0700 123 456"}, "telephone: 0700 123 456"),
        ({"email": "Old@Example.org"}, "e-mail: Old@Example.org"),
        ({"name": "Swift Passages Recruitment Ltd"}, "name: Swift Passage Placement Co"),
        ({"name": "Fast Ferry Services"}, "name: Fast Ferry Jobs"),
    ],
)
def test_each_thing_that_is_shared_is_said(revoked: Agency, shares: dict[str, Any], said: str) -> None:
    found = been_before(stranger(**shares))
    assert [one.agency for one in found] == [revoked]
    assert len(found[0].shared) == 1 and found[0].shared[0].endswith(said)
    assert len(found[0].ended) == 1 and "R-7" in found[0].ended[0] and "Licence taken away" in found[0].ended[0]


def test_who_shares_nothing_is_not_shown(revoked: Agency) -> None:
    assert been_before(stranger()) == []


def test_the_house_next_door_and_another_person_of_one_name_are_others() -> None:
    assert not same_address("12 Harbour Road, Port Amber", "14 Harbour Road, Port Amber")
    assert not same_person("Rita Head", "Rita Hill")
    assert not same_person("Rita", "Rita Head")
    assert not same_phone("+254 700 123456", "+254 700 123457")
    assert not same_phone("", "+254 700 123457")
    assert not same_phone("456", "+254 700 123456")
    assert not same_name("Green Valley Ltd", "Green Mountain Ltd")


def test_what_the_agency_once_was_counts_too(revoked: Agency) -> None:
    row = latest(ResponsiblePerson, ResponsiblePerson.objects.get().thing)
    end_entry(row, by=GRACE, reasons="Left.")
    open_branch(revoked, name="North", address="3 Mill Street, Upper Amber", by=GRACE, phone="0755 555 555")
    assert been_before(stranger(operator="Rita Head"))
    assert been_before(stranger(address="3 Mill Street, Upper Amber"))
    assert been_before(stranger(phone="+254755555555"))


@pytest.mark.parametrize("to", [State.REVOKED, State.RENEWAL_REFUSED, State.VOID])
def test_decisions_for_what_the_holder_did_count(old: Agency, to: State) -> None:
    cast.decide(old.licences.get(), to, effective_from=day(10))
    assert been_before(stranger(operator="Rita Head"))


@pytest.mark.parametrize("to", [None, State.SURRENDERED, State.CANCELLED_ADMIN, State.SUSP_DISC])
def test_who_was_not_turned_away_is_not_shown(old: Agency, to: State | None) -> None:
    if to:
        cast.decide(old.licences.get(), to, effective_from=day(10))
    assert been_before(stranger(operator="Rita Head")) == []


def test_a_stayed_revocation_is_shown_as_stayed_and_one_overturned_is_not(revoked: Agency) -> None:
    licence = revoked.licences.get()
    hit = licence.events.get(position=2)
    cast.decide(licence, State.ACTIVE, kind=EventKind.STAY, overturns=hit, effective_from=day(20))
    (found,) = been_before(stranger(operator="Rita Head"))
    assert "stayed by a court" in found.ended[0] and "R-7" in found.ended[0]
    cast.decide(licence, State.ACTIVE, kind=EventKind.APPEAL, overturns=hit, effective_from=day(30))
    assert been_before(stranger(operator="Rita Head")) == []


def test_a_revocation_after_the_licence_ran_out_counts(old: Agency) -> None:
    licence = old.licences.get()
    after = licence.valid_to + datetime.timedelta(days=5)
    cast.decide(licence, State.REVOKED, effective_from=after, decision_number="R-9")
    assert been_before(stranger(operator="Rita Head"), on=after) != []
    assert been_before(stranger(operator="Rita Head"), on=licence.valid_to) == []


@pytest.mark.parametrize("until", [None, datetime.date(2040, 1, 1), clock.today() - datetime.timedelta(days=5)])
def test_who_is_or_was_barred_is_shown_and_who_was_cleared_is_not(old: Agency, until: datetime.date | None) -> None:
    operator = old.operator
    assert operator is not None
    flag = debar(operator, effective_from=day(1), until=until, **TWO)
    (found,) = been_before(stranger(operator="Rita Head"))
    assert found.ended[0].startswith("Barred from recruiting")
    assert ("for good" in found.ended[0]) == (until is None)
    lift_debarment(flag, **TWO)
    assert been_before(stranger(operator="Rita Head")) == []
    assert OperatorFlag.objects.count() == 2


def test_those_that_share_most_come_first_and_a_renewal_is_not_held_against_itself(revoked: Agency) -> None:
    other = cast.agency("Low Tide Ltd", address="12 Harbour Road, Port Amber")
    cast.decide(cast.licence(other, number="RA-2"), State.REVOKED, effective_from=day(10))
    found = been_before(stranger(operator="Rita Head", address=OLD["address"]))
    assert [one.agency for one in found] == [revoked, other]
    renewal = applied(kind="RENEWAL", licence_number="RA-0010", name="Swift Passage Placement Co")
    assert renewal.agency == revoked
    assert revoked not in [one.agency for one in been_before(renewal)]


def test_the_questions_do_not_grow_with_what_is_held_against_it(revoked: Agency) -> None:
    application = stranger(operator="Rita Head")
    for number in range(5):
        holder = cast.agency(f"Low Tide {number}", operator=Operator.objects.create(name="Rita Head", country="KE"))
        cast.decide(cast.licence(holder, number=f"RA-{number}"), State.REVOKED, effective_from=day(10))
    with CaptureQueriesContext(connection) as queries:
        assert len(been_before(application)) == 6
    assert len(queries) <= 9


@pytest.fixture
def people(db: None) -> Officers:
    return officers()


@pytest.mark.parametrize("who", ["grace", "henry", "amos", "wanda"])
def test_officers_and_the_board_are_warned_with_reasons(
    client: Client, revoked: Agency, people: Officers, who: str
) -> None:
    user: User = getattr(people, who)
    client.force_login(user)
    application = stranger(responsible="Rita Head")
    page = client.get(reverse("rw_applications:one", args=[application.key])).content.decode()
    for words in ("under another name", "Swift Passage Placement Co", "R-7", "Rita Head"):
        assert words in page
    assert reverse("cms:agency", args=[revoked.pk]) in page


def test_it_refuses_nobody_and_the_public_does_not_see_it(client: Client, revoked: Agency) -> None:
    application = stranger(responsible="Rita Head", address=OLD["address"])
    assert been_before(application)
    assert application.stage == AppStage.SUBMITTED
    page = client.get(reverse("cms:application", args=[application.key])).content.decode()
    assert "Swift Passage" not in page and "under another name" not in page
    move(application, AppStage.WITHDRAWN, by="x")
    assert Licence.objects.filter(agency=revoked).count() == 1


def test_a_closed_application_is_not_held_against_anybody(client: Client, revoked: Agency, people: Officers) -> None:
    client.force_login(people.grace)
    application = stranger(responsible="Rita Head")
    move(application, AppStage.WITHDRAWN, by="x")
    page = client.get(reverse("rw_applications:one", args=[application.key])).content.decode()
    assert "under another name" not in page
