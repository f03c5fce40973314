"""Referrals cross once a week, all at once, and tell nobody in which hour two inspectors agreed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connections

from agencies.models import Referral
from complaints.escalation import referrals
from complaints.escalation.pulse import Part, Pulse
from complaints.escalation.tick import tick
from complaints.firewall.models import ReferralOutbox
from tests.factories import Cast
from tests.worker.cast import file_case, now
from tests.worker.test_races import AsOwner, at_once, session_dies

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
INSTANT = timedelta(microseconds=1)
WEEK = timedelta(weeks=1)


def outbox(**more: object) -> ReferralOutbox:
    fields = {"agency": uuid4(), "standards": ["6.1"], "evidence_class": "DOCUMENTS", "quarter": "2026-Q4"}
    return ReferralOutbox.objects.create(**(fields | more))


def delivered(as_owner: AsOwner) -> list[Referral]:
    with as_owner():
        return list(Referral.objects.using("register_out").order_by("pk"))


@pytest.fixture
def monday(as_owner: AsOwner) -> datetime:
    """The first instant of next week; the worker has run in this one."""
    today = now().replace(hour=0, minute=0, second=0, microsecond=0)
    assert referrals.deliver(today) == 0
    return today + timedelta(days=7 - today.weekday())


# --- when ----------------------------------------------------------------------------------------------------


def test_what_two_inspectors_agreed_on_waits_for_the_week_to_end(as_owner: AsOwner, monday: datetime) -> None:
    with as_owner():
        rows = {outbox().pk for _ in range(3)}
    for before in (monday - WEEK, now(), monday - INSTANT):
        assert tick(before)["referrals"] == 0
    assert delivered(as_owner) == []
    assert tick(monday)["referrals"] == 3
    assert {one.pk for one in delivered(as_owner)} == rows
    with as_owner():
        late = outbox()
    for within in (monday, monday + timedelta(minutes=1), monday + WEEK - INSTANT):
        assert tick(within)["referrals"] == 0, "once a week, whatever comes"
    assert tick(monday + WEEK)["referrals"] == 1
    assert late.pk in {one.pk for one in delivered(as_owner)}


def test_a_worker_that_has_never_run_sends_nothing_in_its_first_week(as_owner: AsOwner) -> None:
    with as_owner():
        outbox()
    assert tick()["referrals"] == 0
    assert delivered(as_owner) == []


def test_what_is_remembered_of_it_is_a_week(as_owner: AsOwner, monday: datetime) -> None:
    with as_owner():
        outbox()
    tick(monday + timedelta(days=2, hours=13, minutes=7))
    assert Pulse.objects.get(part=Part.REFERRALS).at == monday


# --- all at once ---------------------------------------------------------------------------------------------


@contextmanager
def register_fails_at(as_owner: AsOwner, row: UUID) -> Iterator[None]:
    """Inside, the register's server gives up at this referral, as when it is stopped."""
    with as_owner(), connections["register_out"].cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$"
            "BEGIN RAISE EXCEPTION 'stopped' USING ERRCODE = '57014'; END$$"
        )
        cursor.execute(
            f"CREATE TRIGGER fail BEFORE INSERT ON agencies_referral FOR EACH ROW WHEN (NEW.id = '{row}') "
            "EXECUTE FUNCTION fail()"
        )
    try:
        yield
    finally:
        with as_owner(), connections["register_out"].cursor() as cursor:
            cursor.execute("DROP FUNCTION fail() CASCADE")


def test_either_all_of_a_week_are_in_the_register_or_none_is(as_owner: AsOwner, monday: datetime) -> None:
    with as_owner():
        rows = [outbox().pk for _ in range(8)]
    with register_fails_at(as_owner, rows[3]):
        assert tick(monday)["referrals"] == 0
    assert delivered(as_owner) == []
    assert tick(monday + timedelta(minutes=1))["referrals"] == 8, "the next tick, not the next week"
    assert {one.pk for one in delivered(as_owner)} == set(rows)


def test_the_order_in_which_they_lie_there_is_chance(as_owner: AsOwner, monday: datetime) -> None:
    with as_owner():
        rows = [outbox().pk for _ in range(20)]
    assert referrals.deliver(monday) == 20
    with as_owner(), connections["register_out"].cursor() as cursor:
        cursor.execute("SELECT id FROM agencies_referral ORDER BY ctid")
        lying = [pk for (pk,) in cursor.fetchall()]
    assert sorted(lying) == sorted(rows) and lying != rows


# --- once each -----------------------------------------------------------------------------------------------


def test_a_referral_arrives_with_what_it_may_say_and_nothing_else(as_owner: AsOwner, monday: datetime) -> None:
    with as_owner():
        row = outbox()
    assert tick(monday)["referrals"] == 1
    (referral,) = delivered(as_owner)
    assert {field.attname: getattr(referral, field.attname) for field in Referral._meta.concrete_fields} == {
        "id": row.pk, "agency_id": row.agency, "agency_name": "", "standards": ["6.1"],
        "evidence_class": "DOCUMENTS", "quarter": "2026-Q4", "state": "RECEIVED", "taken_by": "", "taken_in": "",
    }  # fmt: skip
    assert not ReferralOutbox.objects.exists()
    assert tick(monday)["referrals"] == 0


def test_a_death_between_the_two_databases_doubles_nothing(as_owner: AsOwner, monday: datetime) -> None:
    with as_owner():
        row = outbox()
    with session_dies(as_owner, at="AFTER DELETE ON complaints_referraloutbox"):
        assert referrals.deliver(monday) == 0
    # The register has it, and the outbox still thinks that it has not.
    assert [one.pk for one in delivered(as_owner)] == [row.pk]
    assert ReferralOutbox.objects.count() == 1
    assert referrals.deliver(monday) == 1
    assert [one.pk for one in delivered(as_owner)] == [row.pk]
    assert not ReferralOutbox.objects.exists()


def test_workers_at_the_same_time_deliver_once(as_owner: AsOwner, monday: datetime) -> None:
    with as_owner():
        rows = {outbox().pk for _ in range(20)}
    assert at_once(lambda: referrals.deliver(monday), workers=4) == []
    assert {one.pk for one in delivered(as_owner)} == rows
    assert not ReferralOutbox.objects.exists()


def test_what_the_register_refuses_holds_up_no_other_and_waits(as_owner: AsOwner, monday: datetime) -> None:
    with as_owner():
        bad = {outbox(evidence_class="HEARSAY").pk for _ in range(5)}
        good = {outbox().pk for _ in range(2)}
    assert referrals.deliver(monday) == 2
    assert {one.pk for one in delivered(as_owner)} == good
    assert {one.pk for one in ReferralOutbox.objects.all()} == bad
    assert referrals.deliver(monday + WEEK) == 0


def test_a_register_that_cannot_be_reached_costs_no_case_its_office(
    as_owner: AsOwner, offices: list[Cast], monday: datetime
) -> None:
    with as_owner():
        case = file_case(offices, at=monday - timedelta(minutes=1))
        outbox()
    out = connections["register_out"]
    out.close()
    port, out.settings_dict["PORT"] = out.settings_dict["PORT"], "1"
    try:
        assert tick(monday) == {"released": 1, "identities": 0, "referrals": 0}
    finally:
        out.close()
        out.settings_dict["PORT"] = port
    assert case.row.rung == 1
    assert tick(monday)["referrals"] == 1
