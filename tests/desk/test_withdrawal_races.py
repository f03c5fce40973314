"""A withdrawal meets somebody who is looking: what says who looked goes with the case, or is never written."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from uuid import UUID

import psycopg
import pytest
from django.db import IntegrityError, connection, connections, transaction

from complaints.cases.models import Case, Inspector
from complaints.cases.states import State
from complaints.firewall import disclosure
from complaints.firewall.disclosure import Verb
from complaints.firewall.models import Disclosure, DisclosureDetail
from recruitment_watch.dberrors import constraint_of
from tests.factories import Cast

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
AsOwner = Callable[[], AbstractContextManager[None]]
WAITING = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.fixture
def elsewhere() -> psycopg.Connection:
    """A connection of its own, as the databases' owner: the mailbox's side of the race."""
    one = connection.settings_dict
    return psycopg.connect(
        host=one["HOST"], port=one["PORT"], user=one["USER"], password=one["PASSWORD"], dbname=one["NAME"]
    )


def withdraw(mailbox: psycopg.Connection, case: UUID) -> None:
    """In a transaction that stays open."""
    mailbox.execute("SELECT mailbox_withdraw(tag) FROM complaints_receipt WHERE case_id = %s", [case])


def meanwhile(work: Callable[[], object]) -> tuple[threading.Thread, list[BaseException]]:
    faults: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as fault:
            faults.append(fault)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, faults


def wait_for_a_lock(mailbox: psycopg.Connection, thread: threading.Thread) -> None:
    """Until somebody waits; the other connection's own snapshot of that is made anew each time."""
    while thread.is_alive() and not mailbox.execute(WAITING).fetchone():
        mailbox.execute("SELECT pg_stat_clear_snapshot()")
        thread.join(0.02)
    assert thread.is_alive(), "it did not wait for the withdrawal"


def left_of(case: UUID) -> int:
    return DisclosureDetail.objects.filter(case=case).count()


def test_who_looks_while_it_is_withdrawn_is_told_that_it_is_gone_and_leaves_no_name(
    elsewhere: psycopg.Connection, ana: Inspector, office: Cast, case: UUID
) -> None:
    row, before = Case.objects.get(pk=case), Disclosure.objects.count()
    with elsewhere as mailbox:
        withdraw(mailbox, case)
        thread, faults = meanwhile(lambda: disclosure.record_first(Verb.OPENED, by=ana, office=office.office, case=row))
        wait_for_a_lock(mailbox, thread)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '5s'")
        # The log itself is nobody's to wait for meanwhile.
        disclosure.record(Verb.LISTED, by=ana, office=office.office)
        mailbox.commit()
        thread.join()
    assert [type(fault) for fault in faults] == [Case.DoesNotExist]
    assert (left_of(case), Disclosure.objects.count()) == (0, before + 1)
    assert disclosure.verify_chain().sound


def forced(case: UUID, by: Inspector) -> None:
    """As a desk would that has been taken over: straight into the tables, past the lock that comes first."""
    with transaction.atomic():
        number = disclosure.head().number + 1
        Disclosure.objects.create(number=number, previous=b"x", commitment=b"y", digest=b"z")
        DisclosureDetail.objects.create(
            disclosure_id=number, case_id=case, inspector=by, verb="opened", week="2026-W48", salt=b"s"
        )


def test_every_other_way_in_is_refused_by_the_database(
    elsewhere: psycopg.Connection, ana: Inspector, case: UUID
) -> None:
    before = Disclosure.objects.count()
    with elsewhere as mailbox:
        withdraw(mailbox, case)
        thread, faults = meanwhile(lambda: forced(case, ana))
        wait_for_a_lock(mailbox, thread)
        mailbox.commit()
        thread.join()
    assert [constraint_of(fault) for fault in faults if isinstance(fault, IntegrityError)] == ["retention_withdrawn"]
    assert (left_of(case), Disclosure.objects.count()) == (0, before)


def test_the_control_without_the_trigger_the_name_stays(
    as_owner: AsOwner, elsewhere: psycopg.Connection, ana: Inspector, case: UUID
) -> None:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE complaints_disclosuredetail DISABLE TRIGGER retention_withdrawn")
    with elsewhere as mailbox:
        withdraw(mailbox, case)
        thread, faults = meanwhile(lambda: forced(case, ana))
        wait_for_a_lock(mailbox, thread)
        mailbox.commit()
        thread.join()
    assert faults == [] and left_of(case) == 1


def test_who_is_writing_comes_first_and_the_withdrawal_takes_it_along(
    elsewhere: psycopg.Connection, ana: Inspector, office: Cast, case: UUID
) -> None:
    row = Case.objects.get(pk=case)

    def take_back() -> None:
        withdraw(elsewhere, case)
        elsewhere.commit()

    with transaction.atomic():
        disclosure.record(Verb.OPENED, by=ana, office=office.office, case=row)
        thread, faults = meanwhile(take_back)
        with psycopg.connect(elsewhere.info.dsn, password=elsewhere.info.password, autocommit=True) as watching:
            wait_for_a_lock(watching, thread)
    thread.join()
    elsewhere.close()
    assert faults == [] and left_of(case) == 0
    assert Case.objects.get(pk=case).state == State.WITHDRAWN
