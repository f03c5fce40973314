"""`manage.py subpoena` looks at every live value, uses the worker's lock, and finds what does not belong."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import chain
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import connections

from complaints.cases import pinned
from complaints.cases.models import Case, Content, Holding, Inspector
from complaints.firewall import inventory, subpoena, subpoena_page
from complaints.firewall.subpoena import Reader, Rows, Yield
from complaints.vault import contexts, retention, rungs
from complaints.vault.primitives import new_key
from tests.desk.cast import CONTACT, STORY
from tests.factories import Cast

AsOwner = Callable[[], AbstractContextManager[None]]


def reader(alias: str) -> Reader:
    def read(statement: str) -> Rows:
        with connections[alias].cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    return read


def collect() -> Yield:
    readers = {"casework": reader("default"), "register_copy": reader("register_copy")}
    lock = settings.WORKER_LOCK.read_bytes()
    return subpoena.collect(readers, worker_private=lock, weeks=pinned.week_keys())


def page(found: Yield, *, exact: bool = False) -> str:
    return subpoena_page.live_page(found, on="2026-11-24", exact=exact, offices={})


def test_a_live_database_is_what_it_is_declared_to_be(case: UUID, as_owner: AsOwner) -> None:
    with as_owner():
        found = collect()
    assert found.faults == []
    assert (found.ladders.steps, found.ladders.used, found.ladders.keys) == (6, 1, 0)
    assert found.held["complaints_rung", "box"].sizes == {333: 6}
    assert found.held["complaints_case", "week"].different == 1


def test_the_page_has_neither_values_nor_a_complainants_words(case: UUID, office: Cast, as_owner: AsOwner) -> None:
    with as_owner():
        found = collect()
    text = page(found)
    assert all(words not in text for words in (STORY, CONTACT, str(case), office.members[0].username))
    assert "on fewer than 10 steps" in text
    assert str(office.office.pk) in text  # an office on a ladder is what the worker's lock gives


def test_amounts_are_bands_unless_they_are_asked_for_exactly(case: UUID, as_owner: AsOwner) -> None:
    with as_owner():
        found = collect()
    assert "Rows: fewer than 10." in page(found) and "Rows: 6." not in page(found)
    assert "Rows: 6." in page(found, exact=True) and "not to be published" in page(found, exact=True)
    assert [subpoena.band(n) for n in (0, 1, 9, 10, 99, 100, 10_000)] == [
        "none", "fewer than 10", "fewer than 10", "10 to 99", "10 to 99", "100 to 999", "10,000 or more"
    ]  # fmt: skip


def test_a_new_column_or_table_is_found(as_owner: AsOwner) -> None:
    with as_owner(), connections["default"].cursor() as cursor:
        cursor.execute("ALTER TABLE complaints_case ADD COLUMN passport text")
        cursor.execute("CREATE TABLE complaints_extra (id int)")
        faults = collect().faults
    assert "complaints_case.passport is held, and not in the inventory" in faults
    assert "complaints_extra.id is held, and not in the inventory" in faults


def test_a_column_that_went_is_found(as_owner: AsOwner) -> None:
    with as_owner(), connections["default"].cursor() as cursor:
        cursor.execute("ALTER TABLE complaints_stuckcase DROP COLUMN tries")
        assert "complaints_stuckcase.tries is in the inventory, and not held" in collect().faults


@pytest.mark.parametrize(
    "value",
    [
        b"\x01" + STORY.encode() * 10,
        b"\x01" + STORY.encode().ljust(8192 + 40, b"\0"),
        b"\x01" + bytes(8192 + 40),
        b"\x02" + new_key() * 2,
    ],
    ids=["words", "padded words", "zeros", "another suite"],
)
def test_a_box_that_is_not_sealed_is_found(value: bytes, case: UUID, as_owner: AsOwner) -> None:
    with as_owner():
        Content.objects.filter(case=case, kind="body").update(box=value)
        assert any(line.startswith("complaints_content.box: 1 values:") for line in collect().faults)


def test_a_key_that_the_worker_can_open_is_found(case: UUID, office: Cast, as_owner: AsOwner) -> None:
    """The control of “nothing inside”: a holding sealed to the worker instead of to the office."""
    with as_owner():
        row = Case.objects.get(pk=case)
        inner = rungs.seal_inner(
            case=case.bytes, number=1, office_public=pinned.worker_public(), cover=new_key(), body=new_key(),
            rung_private=new_key(),
        )  # fmt: skip
        context = contexts.holding(case.bytes, office.office.pk.bytes)
        key = pinned.week_keys().read(row.death_week)
        box = retention.wrap(key, inner, week=row.death_week, context=context)
        Holding.objects.filter(case=case).update(box=box)
        found = collect()
    assert found.ladders.keys == 1
    assert "the worker's lock opens 1 keys of cases" in found.faults


def test_a_number_that_tells_the_time_is_found(case: UUID, as_owner: AsOwner) -> None:
    with as_owner():
        telling = UUID(int=(uuid4().int & ~(0xF << 76)) | (7 << 76))
        Content.objects.filter(case=case, kind="body").update(id=telling)
        assert "complaints_content.id: 1 values: not a random number" in collect().faults


def test_a_password_in_clear_is_found(office: Cast, as_owner: AsOwner) -> None:
    with as_owner():
        Inspector.objects.filter(pk=office.members[0].pk).update(password="letmein")
        assert "complaints_inspector.password: 1 values: not a hash" in collect().faults


def test_every_fact_is_given_away_by_a_column_and_every_columns_facts_are_told() -> None:
    named = {fact for table in inventory.CASEWORK.values() for column in table.values() for fact in column.facts}
    assert named == set(inventory.FACTS) - {"order"}  # which is in the database's own files, not in a column
    for column in chain.from_iterable(table.values() for table in inventory.CASEWORK.values()):
        assert column.words


def test_every_table_of_the_register_belongs_to_one_group() -> None:
    assert inventory.group_of("agencies_referral") == "agencies_referral"
    assert inventory.group_of("agencies_board_proposeddecision") == "agencies_board_"
    assert inventory.group_of("wagtailcore_page") == "wagtail"
    assert inventory.group_of("complaints_case") is None
