"""The log holds together, and shows what was done to it (FIREWALL rule 12; proof 17 at small size)."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from complaints.cases.models import Case, Inspector
from complaints.firewall import disclosure
from complaints.firewall.disclosure import Checkpoint, Verb
from complaints.firewall.models import Disclosure, DisclosureDetail
from tests.desk.races import at_once
from tests.factories import Cast

TAMPERINGS = {
    "an edited digest": "UPDATE complaints_disclosure SET digest = sha256('x') WHERE number = 3",
    "an edited commitment": "UPDATE complaints_disclosure SET commitment = sha256('x') WHERE number = 3",
    "an edited link back": "UPDATE complaints_disclosure SET previous = sha256('x') WHERE number = 3",
    "an edited detail": "UPDATE complaints_disclosuredetail SET verb = 'listed' WHERE disclosure_id = 3",
    "another inspector": "UPDATE complaints_disclosuredetail SET inspector_id = NULL WHERE disclosure_id = 3",
    "another salt": "UPDATE complaints_disclosuredetail SET salt = sha256('x') WHERE disclosure_id = 3",
    "a deleted link": (
        "DELETE FROM complaints_disclosuredetail WHERE disclosure_id = 3; "
        "DELETE FROM complaints_disclosure WHERE number = 3"
    ),
    "a deleted first link": (
        "DELETE FROM complaints_disclosuredetail WHERE disclosure_id = 1; "
        "DELETE FROM complaints_disclosure WHERE number = 1"
    ),
    "two links exchanged": (
        "UPDATE complaints_disclosure a SET commitment = b.commitment, digest = b.digest, previous = b.previous "
        "FROM complaints_disclosure b WHERE (a.number, b.number) IN ((2, 4), (4, 2))"
    ),
}


@pytest.fixture
def five(ana: Inspector, office: Cast, case: UUID) -> Checkpoint:
    """Five links, and the log's head as somebody wrote it down."""
    found = Case.objects.get(pk=case)
    for verb in (Verb.LISTED, Verb.OPENED, Verb.ACKNOWLEDGED, Verb.ANSWERED, Verb.FOUND):
        disclosure.record(verb, by=ana, office=office.office, case=found)
    return disclosure.verify_chain().head


def tamper(statements: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE complaints_disclosure DISABLE TRIGGER USER")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in statements.split("; "):
            cursor.execute(statement)


def test_an_untouched_log_is_sound(five: Checkpoint) -> None:
    report = disclosure.verify_chain(checkpoint=five)
    assert (report.sound, report.head.number, report.details) == (True, 5, 5)


@pytest.mark.parametrize("statements", TAMPERINGS.values(), ids=TAMPERINGS)
def test_every_edit_deletion_and_reordering_is_found(statements: str, five: Checkpoint, as_owner: Callable) -> None:
    with as_owner():
        tamper(statements)
    assert not disclosure.verify_chain().sound


def rewrite(number: int, previous: bytes) -> bytes:
    """As owner: chain a link to another one, with the digest that fits; that digest."""
    link = Disclosure.objects.get(number=number)
    digest = disclosure.digest_of(number, previous, bytes(link.commitment))
    Disclosure.objects.filter(number=number).update(previous=previous, digest=digest)
    return digest


def test_a_link_remade_with_a_digest_that_fits_is_found(five: Checkpoint, as_owner: Callable) -> None:
    with as_owner():
        tamper("SELECT 1")
        rewrite(5, bytes(32))
    assert not disclosure.verify_chain().sound


def test_a_gap_is_found_even_when_the_rest_was_chained_anew(five: Checkpoint, as_owner: Callable) -> None:
    with as_owner():
        tamper(TAMPERINGS["a deleted link"])
        rewrite(5, rewrite(4, bytes(Disclosure.objects.get(number=2).digest)))
    (fault,) = disclosure.verify_chain().faults
    assert fault.startswith("entry 4: comes after entry 2;")


def test_a_tail_cut_off_is_found_against_a_checkpoint_and_only_there(five: Checkpoint, as_owner: Callable) -> None:
    with as_owner():
        tamper(
            "DELETE FROM complaints_disclosuredetail WHERE disclosure_id = 5; "
            "DELETE FROM complaints_disclosure WHERE number = 5"
        )
    assert disclosure.verify_chain().sound
    assert not disclosure.verify_chain(checkpoint=five).sound


def test_a_dead_cases_details_go_and_the_chain_stays(five: Checkpoint, as_owner: Callable) -> None:
    with as_owner():
        DisclosureDetail.objects.all().delete()
    report = disclosure.verify_chain(checkpoint=five)
    assert (report.sound, report.details) == (True, 0)


def test_the_desk_can_only_add_to_the_log(five: Checkpoint) -> None:
    for change in (
        lambda: Disclosure.objects.filter(number=1).update(digest=bytes(32)),
        lambda: DisclosureDetail.objects.filter(pk=1).delete(),
        lambda: DisclosureDetail.objects.filter(pk=1).update(verb="listed"),
    ):
        with pytest.raises(ProgrammingError) as refused, transaction.atomic():
            change()
        assert refused.value.args[0] == "42501"


def test_not_even_the_owner_changes_the_log_while_its_triggers_stand(five: Checkpoint, as_owner: Callable) -> None:
    with as_owner():
        for statement in ("UPDATE complaints_disclosure SET digest = digest", "DELETE FROM complaints_disclosure"):
            with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)


def test_a_clear_link_says_nothing_by_itself(ana: Inspector, office: Cast) -> None:
    """The same act twice gives two commitments with nothing in common: nobody can guess and compare."""
    first, second = (disclosure.record(Verb.LISTED, by=ana, office=office.office) for _ in range(2))
    assert first.commitment != second.commitment


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_writers_at_the_same_moment_make_one_chain(ana: Inspector, office: Cast) -> None:
    def write() -> None:
        for _ in range(10):
            disclosure.record(Verb.LISTED, by=ana, office=office.office)

    assert at_once([write] * 4) == ["done"] * 4
    report = disclosure.verify_chain()
    assert (report.sound, report.head.number) == (True, 40)
