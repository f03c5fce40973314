"""The copy of the register follows it, whole and at once, and nobody who reads it waits."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager

import psycopg
import pytest
from django.db import connections, transaction
from django.db.models import Model

from agencies.directory import who_can_help
from agencies.models import PUBLISHED as PUBLISHED_MODELS
from agencies.models import Agency, AgencyName, HelpEntry, Place, Register
from recruitment_watch import clock
from recruitment_watch.embedded.home import PROJECT
from recruitment_watch.postgres_settings import TRY_AGAIN
from recruitment_watch.register_refresh import Counts, refresh
from recruitment_watch.zones import PUBLISHED

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
AsOwner = Callable[[], AbstractContextManager[None]]


def url(alias: str) -> str:
    """The database of a Django alias, for the refresh's own role."""
    told = connections[alias].settings_dict
    where = f"{told['USER']}:{told['PASSWORD']}@{told['HOST']}:{told['PORT']}/{told['NAME']}"
    return f"postgresql://{where}?options=-c%20role%3Drw_refresh%20-c%20lock_timeout%3D5s"


def refreshed() -> Counts:
    return refresh(url("register_out"), url("register_copy"))


@pytest.fixture
def agency(as_owner: AsOwner) -> Agency:
    """A small register: one agency, two names, two places."""
    with as_owner():
        register = Register.objects.using("register_out").create(code="home", name="Home", country="QA", is_home=True)
        agency = Agency.objects.using("register_out").create(
            register_id=register.pk, name='Zażółć \\ "gęślą"\n\tjaźń', country="QA", types=["domestic, other", "{}", ""]
        )
        for name in ("new", "old"):
            AgencyName.objects.using("register_out").create(agency_id=agency.pk, name=name, core=name, script="Latn")
        for key in ("a", "b"):
            Place.objects.using("register_out").create(
                agency_id=agency.pk, register_id=register.pk, source_key=key, phones=["+97444"]
            )
    return agency


def copied(model: type[Model], alias: str = "register_copy") -> list[dict[str, object]]:
    return list(model._default_manager.using(alias).order_by("pk").values())


def original(as_owner: AsOwner, model: type[Model]) -> list[dict[str, object]]:
    with as_owner():
        return copied(model, "register_out")


def test_what_is_published_is_declared_once_and_the_same() -> None:
    assert [model._meta.db_table for model in PUBLISHED_MODELS] == list(PUBLISHED)


def test_the_copy_equals_the_register_and_a_second_run_writes_nothing(as_owner: AsOwner, agency: Agency) -> None:
    assert refreshed() == Counts(rows=6, added=6)
    for model in (Register, Agency, AgencyName, Place):
        assert copied(model) == original(as_owner, model) != []
    before = versions(as_owner)
    assert refreshed() == Counts(rows=6)
    assert versions(as_owner) == before


def versions(as_owner: AsOwner) -> list[tuple[object, ...]]:
    """Which transaction wrote each row of the copy."""
    with as_owner(), connections["register_copy"].cursor() as cursor:
        cursor.execute("SELECT id, xmin::text FROM agencies_agency UNION SELECT id, xmin::text FROM agencies_place")
        return sorted(cursor.fetchall())


def test_what_was_added_changed_or_removed_is_so_in_the_copy(as_owner: AsOwner, agency: Agency) -> None:
    refreshed()
    with as_owner():
        AgencyName.objects.using("register_out").filter(name="old").delete()
        Agency.objects.using("register_out").filter(pk=agency.pk).update(name="Renamed")
        Place.objects.using("register_out").create(agency_id=agency.pk, register_id=agency.register_id, source_key="c")
    assert refreshed() == Counts(rows=6, added=1, changed=1, removed=1)
    for model in (Agency, AgencyName, Place):
        assert copied(model) == original(as_owner, model)


def test_two_rows_may_exchange_what_must_be_unique(as_owner: AsOwner, agency: Agency) -> None:
    refreshed()
    with as_owner(), transaction.atomic(using="register_out"):
        places = Place.objects.using("register_out")
        for old, new in (("a", "x"), ("b", "a"), ("x", "b")):
            places.filter(source_key=old).update(source_key=new)
    assert refreshed() == Counts(rows=6, changed=2)
    assert copied(Place) == original(as_owner, Place)


def test_an_agency_that_goes_takes_what_hangs_on_it(as_owner: AsOwner, agency: Agency) -> None:
    refreshed()
    with as_owner():
        Agency.objects.using("register_out").filter(pk=agency.pk).delete()
    assert refreshed() == Counts(rows=1, removed=5)
    assert copied(Agency) == copied(Place) == []


def test_an_address_of_help_comes_with_what_it_replaced(as_owner: AsOwner) -> None:
    def entry(**given: object) -> HelpEntry:
        facts = {"country": "QA", "name": "Helpline", "kind": "HOTLINE", "phones": ["555-0101"], "source": "A test"}
        told = {"checked_on": clock.today(), "entered_by": "Edith", "approved_by": "Ida", "entered_at": clock.now()}
        return HelpEntry.objects.using("register_out").create(**facts | told | given)

    with as_owner():
        before = entry()
    assert refreshed().added == 1
    assert [one.name for one in who_can_help("QA", using="register_copy")] == ["Helpline"]
    with as_owner():
        entry(name="Other helpline", replaces_id=entry(replaces_id=before.pk).pk)
    assert refreshed() == Counts(rows=3, added=2)
    assert copied(HelpEntry) == original(as_owner, HelpEntry)
    assert [one.name for one in who_can_help("QA", using="register_copy")] == ["Other helpline"]


def test_a_reader_does_not_wait_and_sees_one_moment(as_owner: AsOwner, agency: Agency) -> None:
    refreshed()
    with as_owner():
        Agency.objects.using("register_out").filter(pk=agency.pk).update(name="Renamed")
    with transaction.atomic(using="register_copy"):
        with connections["register_copy"].cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        seen = copied(Agency)
        assert refreshed().changed == 1  # lock_timeout would end it if it had to wait for us
        assert copied(Agency) == seen
    assert copied(Agency) != seen


def test_a_fault_in_the_middle_leaves_the_copy_as_it_was(as_owner: AsOwner, agency: Agency) -> None:
    refreshed()
    before = copied(Agency), copied(Place)
    with as_owner():
        Agency.objects.using("register_out").filter(pk=agency.pk).update(name="Renamed")
        Place.objects.using("register_out").update(district="North")
        with connections["register_copy"].cursor() as cursor:
            cursor.execute("REVOKE INSERT ON agencies_place FROM rw_refresh")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        refreshed()
    assert (copied(Agency), copied(Place)) == before


def run(*arguments: str, to: str = "") -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("RW_", "DJANGO_"))}
    environment |= {"RW_REFRESH_FROM_URL": url("register_out"), "RW_REFRESH_TO_URL": to or url("register_copy")}
    return subprocess.run(
        [sys.executable, "-m", "recruitment_watch.register_refresh", *arguments],
        cwd=PROJECT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_command_says_what_it_did_and_does_not_start_where_a_server_does_not_answer(agency: Agency) -> None:
    done = run()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("register copy: 6 rows, 6 added, 0 changed, 0 removed in ")
    failed = run(to="postgresql://rw_refresh:wrong@127.0.0.1:1/register_copy?connect_timeout=2")
    assert (failed.returncode, failed.stdout) == (TRY_AGAIN, "")
    assert "A server does not answer" in failed.stderr and "Traceback" not in failed.stderr
