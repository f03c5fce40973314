"""Filing: sealed first, stored once or not at all, and nothing in clear but what FIREWALL rule 5 allows."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection, connections, transaction

from complaints.cases import clocks, pinned, routing, sealing
from complaints.cases.models import Case, Content, Receipt, Rung, StatisticsWaiting
from complaints.cases.states import Severity
from complaints.intake import readers
from complaints.intake import receipts as intake_receipts
from complaints.intake.actions import AlreadyFiled, NoSafeOffice, file_complaint
from complaints.intake.answers import AgencyAnswer, Answers, Contact
from complaints.vault import complainant, receipts, rungs
from complaints.vault.case_keys import CaseKeys
from complaints.vault.errors import BlankRung, TooLong, WeekKeyMissing
from complaints.vault.retention import WeekKeyFolder
from recruitment_watch import clock
from recruitment_watch.dberrors import sqlstate_of
from tests.intake.cast import CANARY

REFUSED = "42501"  # insufficient_privilege
FILED = ("complaints_case", "complaints_receipt", "complaints_content", "complaints_rung")


def answers(**changes: Any) -> Answers:
    said = Answers(
        country="QA",
        agency=AgencyAnswer(name=f"Agency {CANARY}"),
        when="2026-05",
        categories=("fees",),
        happened=f"They took money. {CANARY}",
        contact=Contact(how="call", where=f"+974 {CANARY}", when="Friday"),
    )
    return said.with_(**changes)


@pytest.fixture
def ladder(offices: Any) -> tuple[routing.OfficeFacts, ...]:
    return readers.possible("QA", "")


@pytest.fixture
def counted(as_owner: Any) -> Any:
    def count() -> list[int]:
        with as_owner():
            return [model.objects.count() for model in (Case, Receipt, Content, Rung, StatisticsWaiting)]

    return count


def file(ladder: Any, said: Answers | None = None) -> tuple[uuid.UUID, str]:
    case_id, receipt = uuid.uuid4(), receipts.new_receipt()
    file_complaint(case_id=case_id, receipt=receipt, answers=said or answers(), offices=ladder)
    return case_id, receipt


def test_its_receipt_opens_all_that_was_said(ladder: Any, as_owner: Any) -> None:
    case_id, receipt = file(ladder)
    with as_owner():
        case, row = Case.objects.get(), Receipt.objects.get()
        stored = {one.kind: bytes(one.box) for one in Content.objects.all()}
        publics = [bytes(one.public_key) for one in Rung.objects.order_by("number")]
    owner = intake_receipts.keys_of(receipt)
    assert (case.pk, bytes(row.tag), bytes(row.public_key)) == (case_id, owner.tag, owner.public)
    keys = opened(case, row, owner.private)
    cover = sealing.open_cover(keys.cover, stored["cover"], case=case_id)
    body = sealing.open_body(keys.body, stored["body"], case=case_id)
    identity = sealing.open_identity(keys.identity, stored["identity"], case=case_id)
    assert cover["agency"] == {"id": None, "name": f"Agency {CANARY}", "register": "", "licence": ""}
    assert (cover["categories"], cover["country"]) == (["fees"], "QA")
    assert cover["ladder"] == rungs.ladder_digest(publics).hex()
    assert (body["happened"], body["when"]) == (f"They took money. {CANARY}", "2026-05")
    assert identity["contact"] == {"how": "call", "where": f"+974 {CANARY}", "when": "Friday"}


def opened(case: Case, row: Receipt, private: bytes) -> CaseKeys:
    return complainant.open_for_complainant(
        private,
        bytes(row.box),
        case=case.pk.bytes,
        week_key=pinned.week_keys().read(case.death_week),
        week=case.death_week,
    )


def test_the_worker_finds_the_ladder_in_its_order_and_four_blank_rungs(ladder: Any, as_owner: Any) -> None:
    file(ladder)
    with as_owner():
        case, rows = Case.objects.get(), list(Rung.objects.order_by("number"))
    week_key = pinned.week_keys().read(case.death_week)
    found: list[uuid.UUID | None] = []
    for row in rows:
        try:
            released = rungs.release(
                worker_private=settings.WORKER_LOCK.read_bytes(),
                week_key=week_key,
                box=bytes(row.box),
                case=case.pk.bytes,
                number=row.number,
                week=case.death_week,
            )
            found.append(uuid.UUID(bytes=released.office_id))
        except BlankRung:
            found.append(None)
    assert found == [ladder[0].id, ladder[1].id, None, None, None, None]


def test_rows_look_alike_whatever_the_ladder_and_the_length_of_the_story(ladder: Any, as_owner: Any) -> None:
    file(ladder)
    file(ladder[:1], answers(happened="x", contact=Contact()))
    with as_owner():
        rows = [(len(one.box), len(one.identity_box), len(one.public_key)) for one in Rung.objects.all()]
        sizes = {(one.kind, len(one.box)) for one in Content.objects.all()}
    assert len(rows) == 12 and len(set(rows)) == 1
    assert len(sizes) == 3


def test_the_same_complaint_twice_is_stored_once(ladder: Any, counted: Any) -> None:
    case_id, receipt = file(ladder)
    with pytest.raises(AlreadyFiled):
        file_complaint(case_id=case_id, receipt=receipt, answers=answers(), offices=ladder)
    assert counted() == [1, 1, 3, 6, 1]


@pytest.mark.parametrize("trouble", ["too long", "no retention file"])
def test_what_cannot_be_sealed_leaves_nothing(
    ladder: Any, counted: Any, trouble: str, settings: Any, tmp_path: Any
) -> None:
    if trouble == "too long":
        with pytest.raises(TooLong):
            file(ladder, answers(happened="x" * 40_000))
    else:
        settings.RETENTION = tmp_path
        with pytest.raises(WeekKeyMissing):
            file(ladder)
    assert counted() == [0, 0, 0, 0, 0]


def test_a_half_stored_complaint_is_none(ladder: Any, counted: Any) -> None:
    """Its receipt is taken already, so that the second row fails after the first was inserted."""
    _case, receipt = file(ladder)
    with pytest.raises(DatabaseError):
        file_complaint(case_id=uuid.uuid4(), receipt=receipt, answers=answers(), offices=ladder)
    assert counted() == [1, 1, 3, 6, 1]


def test_what_has_to_be_true_together_with_it_is_or_nothing_is(ladder: Any, counted: Any) -> None:
    def fails() -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        file_complaint(
            case_id=uuid.uuid4(), receipt=receipts.new_receipt(), answers=answers(), offices=ladder, also=fails
        )
    assert counted() == [0, 0, 0, 0, 0]


def test_nothing_is_sealed_to_nobody_or_to_an_office_outside_rule_1(ladder: Any, counted: Any) -> None:
    outside = routing.OfficeFacts(id=uuid.uuid4(), name="Joint", country="QA", public_key=ladder[0].public_key)
    for offices in ((), (outside,), (*ladder, outside)):
        with pytest.raises(NoSafeOffice):
            file(offices)
    assert counted() == [0, 0, 0, 0, 0]


def test_a_quarter_without_its_key_costs_an_envelope_and_no_complaint(ladder: Any, counted: Any, settings: Any) -> None:
    for path in (settings.PINNED / "statistics").glob("*.pub"):
        path.rename(path.with_suffix(".away"))
    pinned._read.cache_clear()
    try:
        file(ladder)
    finally:
        for path in (settings.PINNED / "statistics").glob("*.away"):
            path.rename(path.with_suffix(".pub"))
    assert counted() == [1, 1, 3, 6, 0]


@pytest.mark.parametrize(
    ("said", "band"),
    [
        (answers(in_danger=True), Severity.S1),
        (answers(), Severity.S2),
        (answers(categories=("wages",)), Severity.S3),
        (answers(categories=("service",)), Severity.S4),
    ],
    ids=["S1", "S2", "S3", "S4"],
)
def test_in_clear_stands_what_rule_5_names_and_as_coarsely(
    ladder: Any, as_owner: Any, said: Answers, band: Severity
) -> None:
    file(ladder, said)
    columns = {field.attname for field in Case._meta.concrete_fields}
    assert columns == {"id", "week", "state", "severity", "rung", "due", "death_week", "epoch"}
    with as_owner():
        case = Case.objects.get()
        ids = [one.pk for model in (Case, Content, Rung, StatisticsWaiting) for one in model.objects.all()]
    assert (case.severity, case.state, case.rung) == (band, "filed", 0)
    assert all(one.version == 4 for one in ids)
    assert re.fullmatch(r"\d{4}-W\d\d", case.week) and case.week == clocks.week(clock.now())
    due = case.due.astimezone(UTC)
    assert (due.minute, due.second, due.microsecond) == (0, 0, 0)
    if band > Severity.S1:
        assert due.hour == 0
    if band > Severity.S2:
        assert due.weekday() == 0
    assert due > clock.now()


def test_no_table_of_casework_holds_a_word_of_it(ladder: Any, as_owner: Any) -> None:
    """As the owner, over every table, text and bytes; the same search finds a word that does lie open."""
    _case, receipt = file(ladder, answers(region=f"Region {CANARY}", licence_on_day=f"Yes {CANARY}"))
    with as_owner():
        assert everywhere(CANARY) == []
        assert everywhere(receipt) == []
        assert everywhere("Doha Labour Inspection") != []


def everywhere(needle: str) -> list[str]:
    """Tables of casework in which a text lies, in a text column or in the bytes of another."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(
                f'SELECT count(*) FROM "{table}" t WHERE strpos(t::text, %s) > 0 OR strpos(t::text, %s) > 0',
                [needle, needle.encode().hex()],
            )
            if cursor.fetchone() != (0,):
                found.append(table)
    return found


@pytest.mark.parametrize("table", [*FILED, "complaints_message", "complaints_step", "complaints_holding"])
def test_intake_cannot_read_back_what_it_stored(ladder: Any, as_owner: Any, table: str) -> None:
    file(ladder)
    with (
        pytest.raises(DatabaseError) as refused,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"SELECT 1 FROM {table}")
    assert sqlstate_of(refused.value) == REFUSED
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {table}")


def test_the_registers_own_cluster_is_out_of_reach_and_its_copy_is_read_only() -> None:
    """Every alias of this zone leads to casework's cluster, and intake may write nothing to the copy."""
    assert set(settings.DATABASES) == {"default", "register_copy"}
    places = {(one["HOST"], str(one["PORT"])) for one in settings.DATABASES.values()}
    assert len(places) == 1
    assert not any(model._meta.app_label.startswith(("agencies_", "cms")) for model in apps.get_models())
    for verb in ("DELETE FROM agencies_agency", "UPDATE agencies_agency SET name = ''"):
        with (
            pytest.raises(DatabaseError) as refused,
            transaction.atomic(using="register_copy"),
            connections["register_copy"].cursor() as cursor,
        ):
            cursor.execute(verb)
        assert sqlstate_of(refused.value) == REFUSED


def test_the_retention_file_is_the_one_of_104_weeks_from_now(ladder: Any, as_owner: Any) -> None:
    file(ladder)
    with as_owner():
        case = Case.objects.get()
    assert case.death_week == clocks.week(clock.now() + timedelta(weeks=104))
    assert len(WeekKeyFolder(settings.RETENTION).read(case.death_week)) == 32
