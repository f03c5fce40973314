"""The tick, under the worker's role, on the real vault and the real veto."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import ProgrammingError, transaction

from complaints.cases import clocks, pinned
from complaints.cases.models import (
    Attestation,
    Case,
    Content,
    Holding,
    Inspector,
    MemberKey,
    Office,
    OfficeKeyWrap,
    Receipt,
    Step,
)
from complaints.cases.states import Severity, State
from complaints.escalation.models import StuckCase
from complaints.escalation.tick import tick
from complaints.firewall import disclosure
from complaints.firewall.models import DisclosureDetail
from complaints.vault import contexts, retention, rungs
from complaints.vault.errors import BadEnvelope
from complaints.vault.primitives import keypair
from complaints.vault.rungs import LadderOffice
from tests.factories import Cast, make_office
from tests.worker.cast import Filed, file_case, held_by, now, office_private, steps

AsOwner = Callable[[], AbstractContextManager[None]]
INSTANT = timedelta(microseconds=1)


def inner_box(case: Filed, office: Office) -> bytes:
    """The office's box of a holding, without the retention layer."""
    row, holding = case.row, Holding.objects.get(case=case.pk, office=office)
    return retention.unwrap(
        pinned.week_keys().read(row.death_week),
        bytes(holding.box),
        week=row.death_week,
        context=contexts.holding(case.pk.bytes, office.pk.bytes),
    )


# --- the first office, and the next --------------------------------------------------------------------------


def test_the_first_tick_gives_a_new_case_to_the_first_office(as_owner: AsOwner, offices: list[Cast]) -> None:
    start = now()
    with as_owner():
        case = file_case(offices[:2], at=start)
    done = tick(start)
    first = offices[0].office
    due = clocks.first_due(Severity.S2, start, first)
    assert done == {"released": 1, "identities": 0, "referrals": 0}
    assert (case.row.state, case.row.rung, case.row.due) == (State.RELEASED, 1, due)
    (holding,) = Holding.objects.filter(case=case.pk)
    assert (holding.office, holding.rung, holding.severity, holding.due) == (first, 1, Severity.S2, due)
    assert (holding.week, holding.assignee_id) == (clocks.week(start), None)
    assert steps(case) == [(1, "released", first)]


def test_the_office_can_open_what_it_was_given_and_nobody_else_can(as_owner: AsOwner, offices: list[Cast]) -> None:
    with as_owner():
        case = file_case(offices[:2])
    tick()
    box = inner_box(case, offices[0].office)
    with as_owner():
        theirs, others = office_private(offices[0]), office_private(offices[1])
    opened = rungs.open_inner(office_private=theirs, inner_box=box, case=case.pk.bytes, number=1)
    assert (opened.cover, opened.body) == (case.keys.cover, case.keys.body)
    for private in (others, settings.WORKER_LOCK.read_bytes()):
        with pytest.raises(BadEnvelope):
            rungs.open_inner(office_private=private, inner_box=box, case=case.pk.bytes, number=1)


@pytest.mark.parametrize("severity", Severity)
def test_nobody_acknowledges_in_time_so_the_next_office_gets_it_and_not_before(
    as_owner: AsOwner, offices: list[Cast], severity: Severity
) -> None:
    start = now()
    with as_owner():
        case = file_case(offices[:2], severity=severity, at=start)
    tick(start)
    due = case.row.due
    assert due >= clocks.true_due(clocks.Stage.ACKNOWLEDGE, severity, start, offices[0].office)
    tick(due - INSTANT)
    assert held_by(case) == [offices[0].office]
    tick(due)
    assert held_by(case) == [offices[0].office, offices[1].office]
    assert (case.row.state, case.row.rung) == (State.RELEASED, 2)
    assert steps(case) == [(1, "released", offices[0].office), (2, "released", offices[1].office)]
    # The clock is now the second office's, and every queue that shows the case says the same.
    later = clocks.first_due(severity, due, offices[1].office)
    assert {case.row.due, *Holding.objects.filter(case=case.pk).values_list("due", flat=True)} == {later}


def asked_again(case: Filed) -> None:
    """As owner: closed, and the person has asked for the next office (mailbox_next_office)."""
    Case.objects.filter(pk=case.pk).update(state=State.CLOSED)
    Case.objects.filter(pk=case.pk).update(state=State.RELEASED, due=now() - timedelta(hours=1))


def test_after_a_closing_the_person_has_the_next_office_and_the_first_ones_work_stays_over(
    as_owner: AsOwner, offices: list[Cast]
) -> None:
    with as_owner():
        case = file_case(offices[:2])
    tick()
    with as_owner():
        asked_again(case)
    moment = now()
    tick(moment)
    assert held_by(case) == [offices[0].office, offices[1].office]
    assert [one.state for one in Holding.objects.filter(case=case.pk).order_by("rung")] == ["closed", "released"]
    assert case.row.due == clocks.first_due(Severity.S2, moment, offices[1].office)


def test_where_no_further_office_is_there_it_is_closed_again(as_owner: AsOwner, offices: list[Cast]) -> None:
    with as_owner():
        case = file_case(offices[:1])
    tick()
    with as_owner():
        asked_again(case)
    assert tick()["end of ladder"] == 1
    assert case.row.state == State.CLOSED and steps(case)[-1][:2] == (2, "ended")
    assert tick(now() + timedelta(weeks=52)).total() == 0


@pytest.mark.parametrize("state", [State.DECIDED, State.CLOSED, State.WITHDRAWN])
def test_a_case_that_no_office_owes_anything_for_stays_where_it_is(
    as_owner: AsOwner, offices: list[Cast], state: State
) -> None:
    with as_owner():
        case = file_case(offices[:2])
    tick()
    with as_owner():
        Case.objects.filter(pk=case.pk).update(state=state)
    before = case.row.due
    assert tick(before + timedelta(weeks=4))["released"] == 0
    assert held_by(case) == [offices[0].office]
    assert case.row.due == before


def test_a_withdrawn_case_is_given_to_nobody(as_owner: AsOwner, offices: list[Cast]) -> None:
    with as_owner():
        case = file_case(offices)
        Case.objects.filter(pk=case.pk).update(state=State.WITHDRAWN)
    assert tick(now() + timedelta(weeks=8)).total() == 0
    assert held_by(case) == []


def test_the_ladder_ends_with_its_last_office_and_the_clock_goes_on(as_owner: AsOwner, offices: list[Cast]) -> None:
    with as_owner():
        case = file_case(offices[:2])
    moment = now()
    for _office in offices[:2]:
        tick(moment)
        moment = case.row.due
    done = tick(moment)
    assert (done["end of ladder"], done["released"], done["stuck"]) == (1, 0, 0)
    assert case.row.due == clocks.first_due(Severity.S2, moment, offices[1].office) > moment
    assert (case.row.state, case.row.rung, len(held_by(case))) == (State.RELEASED, 2, 2)
    assert tick(moment).total() == 0
    assert not StuckCase.objects.exists()


def test_six_rungs_all_used_end_too(as_owner: AsOwner, offices: list[Cast], registrar_privates: list[bytes]) -> None:
    with as_owner():
        ladder = [*offices, *(make_office(registrar_privates=registrar_privates) for _ in range(3))]
        case = file_case(ladder, severity=Severity.S1)
    moment = now()
    for number in range(1, 7):
        tick(moment)
        assert (case.row.rung, len(held_by(case))) == (number, number)
        moment = case.row.due
    assert tick(moment)["end of ladder"] == 1
    assert case.row.due > moment


# --- who may not hold a case ---------------------------------------------------------------------------------


def end_mandate_by_database_time(office: Office) -> None:
    """An attestation that lapsed yesterday by the database, and was alive the days before."""
    today = now().date()
    Attestation.objects.filter(office=office).update(
        signed_on=today - timedelta(days=30), expires_on=today - timedelta(days=1)
    )


def test_a_rung_that_the_veto_refuses_is_passed_over_in_the_same_tick(as_owner: AsOwner, offices: list[Cast]) -> None:
    # Application time stands where the attestation was alive: only the trigger can refuse.
    earlier = now() - timedelta(days=10)
    with as_owner():
        case = file_case(offices, at=earlier)
        end_mandate_by_database_time(offices[0].office)
        Attestation.objects.exclude(office=offices[0].office).update(signed_on=earlier.date())
    assert Office.objects.may_hold(on=earlier.date()).filter(pk=offices[0].office.pk).exists()
    assert tick(earlier)["released"] == 1
    assert held_by(case) == [offices[1].office]
    assert steps(case) == [(1, "passed_over", None), (2, "released", offices[1].office)]
    assert (case.row.state, case.row.rung) == (State.RELEASED, 2)


def test_what_the_veto_refuses_to_one_of_many_it_refuses_to_that_one_alone(
    as_owner: AsOwner, offices: list[Cast]
) -> None:
    """They are given in one statement: its refusal must not cost the others their office, nor be logged for them."""
    earlier = now() - timedelta(days=10)
    with as_owner():
        others = [file_case(offices[1:2], at=earlier) for _ in range(3)]
        refused = file_case(offices[:2], at=earlier)
        end_mandate_by_database_time(offices[0].office)
        Attestation.objects.exclude(office=offices[0].office).update(signed_on=earlier.date())
    assert tick(earlier)["released"] == 4
    assert [held_by(case) for case in (*others, refused)] == [[offices[1].office]] * 4
    with as_owner():
        for case, verbs in ((others[0], ["released"]), (refused, ["refused", "released"])):
            logged = DisclosureDetail.objects.filter(case=case.pk).order_by("disclosure_id")
            assert [one.verb for one in logged] == verbs
        assert disclosure.verify_chain().sound


def test_a_rung_whose_mandate_has_ended_by_application_time_is_passed_over(
    as_owner: AsOwner, offices: list[Cast]
) -> None:
    later = now() + timedelta(days=20)
    with as_owner():
        case = file_case(offices)
        Attestation.objects.filter(office=offices[0].office).update(expires_on=later.date())
    tick(later)
    assert held_by(case) == [offices[1].office]
    assert steps(case)[0] == (1, "passed_over", None)


@pytest.mark.parametrize(
    "mandate", ["labour_with_reporting_duty", "joint_taskforce", "immigration_enforcement", "unknown"]
)
def test_an_office_with_another_mandate_gets_nothing(as_owner: AsOwner, offices: list[Cast], mandate: str) -> None:
    with as_owner():
        case = file_case(offices[:2])
        Office.objects.filter(pk=offices[0].office.pk).update(mandate=mandate)
    tick()
    assert held_by(case) == [offices[1].office]


def test_a_rung_for_an_office_that_is_no_more_is_passed_over(as_owner: AsOwner, offices: list[Cast]) -> None:
    with as_owner():
        gone = LadderOffice(office_id=uuid4().bytes, public=keypair()[0])
        case = file_case([gone, offices[0]])
    tick()
    assert held_by(case) == [offices[0].office]
    assert steps(case)[0] == (1, "passed_over", None)


def test_an_office_twice_on_a_ladder_holds_the_case_once(as_owner: AsOwner, offices: list[Cast]) -> None:
    with as_owner():
        case = file_case([offices[0], offices[0], offices[1]])
    tick()
    tick(case.row.due)
    assert held_by(case) == [offices[0].office, offices[1].office]
    assert [outcome for _, outcome, _ in steps(case)] == ["released", "passed_over", "released"]


def test_where_nobody_is_left_to_ask_a_person_is_told_and_the_tick_does_not_spin(
    as_owner: AsOwner, offices: list[Cast]
) -> None:
    start = now()
    with as_owner():
        case = file_case(offices[:1], at=start)
        Office.objects.update(mandate="unknown")
    assert tick(start)["end of ladder"] == 1
    assert (case.row.state, case.row.rung) == (State.FILED, 1)
    assert StuckCase.objects.get(case=case.pk).fault == "NobodyLeftToAsk"
    assert tick(start).total() == 0
    again = case.row.due
    assert again > start
    assert tick(again)["end of ladder"] == 1
    assert StuckCase.objects.get(case=case.pk).tries == 2
    assert case.row.due > again


# --- what the worker may not do ------------------------------------------------------------------------------


def test_the_worker_reads_no_receipt_no_content_and_no_members_key(offices: list[Cast]) -> None:
    for forbidden in (Receipt, Content, OfficeKeyWrap, MemberKey, Inspector):
        with pytest.raises(ProgrammingError), transaction.atomic():
            forbidden.objects.first()


def test_the_worker_cannot_raise_a_severity_or_name_an_assignee(as_owner: AsOwner, offices: list[Cast]) -> None:
    with as_owner():
        case = file_case(offices)
    tick()
    member = offices[0].members[0]
    for refused in (
        lambda: Case.objects.filter(pk=case.pk).update(severity=1),
        lambda: Holding.objects.filter(case=case.pk).update(assignee=member),
        lambda: Step.objects.filter(case=case.pk).delete(),
        lambda: Office.objects.update(mandate="labour_only"),
    ):
        with pytest.raises(ProgrammingError), transaction.atomic():
            refused()


def test_application_time_is_the_default(
    as_owner: AsOwner, offices: list[Cast], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with as_owner():
        case = file_case(offices)
    tick()
    ahead: datetime = case.row.due + timedelta(minutes=1)
    moved = tmp_path / "clock"
    moved.write_text(str((ahead - now()).total_seconds()))
    monkeypatch.setattr(settings, "CLOCK_FILE", moved)
    tick()
    assert case.row.rung == 2
