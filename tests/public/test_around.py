"""What surrounds a licence: each verb, its refusals, two times, races, the public page; and the database's own no."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from agencies.around import conditions, guarantee, inquiries, operators, overlays, people
from agencies.around.kept import follow, latest, stands
from agencies.licensing import EventKind, State, answer_for, status_on
from agencies.models import (
    AROUND,
    Agency,
    Appeal,
    AuditEntry,
    Branch,
    Condition,
    Evidence,
    Guarantee,
    GuaranteeEntry,
    Inquiry,
    JobOrder,
    Kept,
    Licence,
    Operator,
    OperatorFlag,
    OperatorRelation,
    Points,
    Principal,
    Register,
    ResponsiblePerson,
    ShowCause,
    Standard,
    SubAgent,
    WarningNotice,
)
from agencies.models.kept import standing
from agencies.refusals import DecisionRefused, StateChanged
from agencies.search import search
from recruitment_watch import clock

from . import licensing_cast as cast
from .licensing_cast import GRACE, HENRY, day
from .test_pages import page_of

pytestmark = pytest.mark.django_db

Owner = Callable[[], AbstractContextManager[Any]]
TODAY = clock.today()
TOMORROW = TODAY + datetime.timedelta(days=1)
LONG_AGO = TODAY - datetime.timedelta(days=100)
TWO: dict[str, Any] = {"by": GRACE, "second_approver": HENRY, "reasons": "As found.", "decision_number": "M-1"}
LIVE: dict[str, Any] = {"valid_from": LONG_AGO, "valid_to": TODAY + datetime.timedelta(days=400)}


def bond(agency: Agency, *, minimum: int = 1_000, amount: int = 1_000, **given: Any) -> Guarantee:
    return guarantee.lodge_guarantee(
        agency, form=Guarantee.Form.BANK, guarantor="Coast Bank", minimum=Decimal(minimum), currency="KES",
        amount=Decimal(amount), by=GRACE, **given,
    )  # fmt: skip


def operator(name: str = "A. Person") -> Operator:
    return Operator.objects.create(name=name, country="KE")


def inquiry(licence: Licence) -> Inquiry:
    Standard.objects.get_or_create(register=licence.register, code="S-1", defaults={"title": "Charges no fee"})
    return inquiries.open_inquiry(licence, standards=["S-1"], reasons="The books.", by=GRACE)


def one_of(model: type[Kept]) -> Kept:
    """One thing of each kind, entered by its verb."""
    licence = cast.licence(**LIVE)
    agency, owner = licence.agency, operator()
    hit = cast.decide(licence, State.SUSP_DISC, effective_from=TODAY)
    principal = people.accredit_principal(agency, name="Villa Ltd", country="SA", by=GRACE)
    made: dict[type[Kept], Callable[[], Kept]] = {
        Condition: lambda: conditions.impose_condition(licence, text="Train the staff.", by=GRACE),
        Points: lambda: overlays.give_points(licence, points=3, standards=["S-1"], reasons="No receipts.", by=GRACE),
        ShowCause: lambda: overlays.ask_to_show_cause(licence, allegation="Fees.", answer_by=TOMORROW, by=GRACE),
        Inquiry: lambda: inquiry(licence),
        Evidence: lambda: inquiries.add_evidence(
            inquiry(licence), kind="BOOKS", text="Receipts.", kept_at="File 1", by=GRACE
        ),
        Appeal: lambda: overlays.file_appeal(hit, body="Tribunal", by=GRACE),
        Guarantee: lambda: bond(agency),
        Branch: lambda: people.open_branch(agency, name="North", address="1 Road", by=GRACE),
        SubAgent: lambda: people.register_sub_agent(agency, name="Sam Sub", by=GRACE),
        ResponsiblePerson: lambda: people.name_responsible(
            agency, name="Rita Head", part=ResponsiblePerson.Part.OWNER, by=GRACE
        ),
        Principal: lambda: principal,
        JobOrder: lambda: people.approve_job_order(
            principal, number="J-1", occupation="9111", title="Cleaner", workers=5, valid_to=TOMORROW, by=GRACE
        ),
        OperatorFlag: lambda: operators.debar(owner, **TWO),
        OperatorRelation: lambda: operators.relate(
            owner, operator("B. Person"), OperatorRelation.Kind.SAME_OWNER, by=GRACE, source="Companies register"
        ),
        WarningNotice: lambda: operators.warn_of(
            register=cast.home_register(), name="Swift Gulf Jobs", text="No licence.", **TWO
        ),
    }
    return made[model]()


KINDS = [*AROUND, OperatorFlag]


@pytest.mark.parametrize("model", KINDS)
def test_each_kind_is_entered_with_an_audit_row_and_ends_without_losing_what_was(model: type[Kept]) -> None:
    row = one_of(model)
    assert AuditEntry.objects.filter(object_id=row.pk, by=GRACE).count() == 1
    changes: dict[str, Any] = {}
    outcomes: dict[type[Kept], str] = {Condition: "MET", Appeal: "DISMISSED", Inquiry: "NOTHING"}
    if model in outcomes:
        changes["outcome"] = outcomes[model]
    over = follow(row, verb="end", ended=True, **(TWO | changes))
    assert (over.thing, over.version, over.ended) == (row.thing, 2, True)
    rows = list(model._default_manager.filter(thing=row.thing))
    assert standing(rows, on=TODAY, as_known_on=TODAY - datetime.timedelta(days=1)) == []
    assert standing([row], on=TODAY) == [row] and standing(rows, on=TODAY) == []
    with pytest.raises(StateChanged):
        follow(row, verb="end", **(TWO | changes), ended=True)
    with pytest.raises(DecisionRefused):
        follow(over, verb="change", **TWO)


@pytest.mark.parametrize("model", [*KINDS, GuaranteeEntry])
def test_the_database_refuses_to_change_or_delete_what_is_kept(model: Any, as_owner: Owner) -> None:
    one_of(Guarantee if model is GuaranteeEntry else model)
    row = model._default_manager.first()
    with as_owner():
        for broken in (
            lambda: model._default_manager.filter(pk=row.pk).update(entered_by="Somebody else"),
            lambda: model._default_manager.filter(pk=row.pk)._raw_delete("default"),
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                broken()


def test_a_version_counts_from_its_day_and_is_known_from_its_recording() -> None:
    licence = cast.licence(**LIVE)
    row = conditions.impose_condition(licence, text="Train.", by=GRACE, effective_from=LONG_AGO)
    assert [len(standing([row], on=on)) for on in (LONG_AGO - datetime.timedelta(days=1), LONG_AGO)] == [0, 1]
    assert standing([row], on=TODAY, as_known_on=TODAY - datetime.timedelta(days=1)) == []


# --- overlays -------------------------------------------------------------------------------------------


def test_overlays_lie_over_a_licence_and_leave_its_state_alone() -> None:
    licence = cast.licence(**LIVE)
    hit = cast.decide(licence, State.SUSP_DISC, effective_from=LONG_AGO)
    cast.decide(licence, State.ACTIVE, kind=EventKind.STAY, overturns=hit, effective_from=TODAY)
    late = conditions.impose_condition(
        licence, text="Pay.", by=GRACE, effective_from=LONG_AGO, deadline=TODAY - datetime.timedelta(days=1)
    )
    conditions.impose_condition(licence, text="Train.", by=GRACE, deadline=TODAY)
    for points, until in ((3, None), (4, TODAY), (9, TODAY - datetime.timedelta(days=1))):
        overlays.give_points(
            licence, points=points, standards=["S-1"], reasons="Found.", by=GRACE, expires_on=until,
            effective_from=LONG_AGO,
        )  # fmt: skip
    overlays.file_appeal(hit, body="Tribunal", by=GRACE)
    bond(licence.agency, amount=400)
    over = overlays.overlays_on(licence, TODAY)
    assert (len(over.conditions), over.overdue, over.total_points) == (2, (late,), 7)
    assert (len(over.appeals), over.stayed, over.short[0].missing) == (1, State.SUSP_DISC, 600)
    assert status_on(licence, TODAY).state == State.ACTIVE
    known = overlays.overlays_on(licence, TODAY, as_known_on=TODAY - datetime.timedelta(days=1))
    assert (known.conditions, known.total_points, known.appeals, known.short) == ((), 0, (), ())


def test_conditions_are_met_waived_by_two_or_given_more_time() -> None:
    licence = cast.licence(**LIVE)
    row = conditions.impose_condition(licence, text="Pay.", by=GRACE, deadline=TODAY)
    with pytest.raises(DecisionRefused):
        conditions.waive_condition(row, **(TWO | {"second_approver": ""}))
    with pytest.raises(DecisionRefused):
        conditions.waive_condition(row, **(TWO | {"second_approver": GRACE.upper()}))
    with pytest.raises(DecisionRefused):
        conditions.extend_condition(row, deadline=TODAY, by=GRACE, reasons="Ill.")
    later = conditions.extend_condition(row, deadline=TOMORROW, by=GRACE, reasons="Ill.")
    assert conditions.meet_condition(later, by=GRACE, reasons="Seen.").outcome == Condition.Outcome.MET
    assert stands(Condition, licence=licence) == []
    for wrong in ({"text": " "}, {"text": "x", "deadline": TODAY - datetime.timedelta(days=1)}):
        with pytest.raises(DecisionRefused):
            conditions.impose_condition(licence, by=GRACE, **wrong)  # type: ignore[arg-type]  # of two types in one dictionary


def test_a_holder_is_heard_before_the_question_is_closed() -> None:
    row = one_of(ShowCause)
    assert isinstance(row, ShowCause)
    with pytest.raises(DecisionRefused):
        overlays.close_show_cause(row, by=GRACE, reasons="Enough.")
    answered = overlays.note_answer(row, answer="We paid back.", by=GRACE)
    assert overlays.close_show_cause(answered, by=GRACE, reasons="Heard.").answer == "We paid back."


def test_an_appeal_upheld_takes_the_decision_back_in_the_same_breath() -> None:
    licence = cast.licence(**LIVE)
    hit = cast.decide(licence, State.REVOKED, effective_from=LONG_AGO, appeal_deadline=TODAY)
    with pytest.raises(DecisionRefused):
        overlays.file_appeal(hit, body="Tribunal", by=GRACE, filed_on=TOMORROW)
    with pytest.raises(DecisionRefused):
        overlays.file_appeal(licence.events.get(position=1), body="Tribunal", by=GRACE)
    appeal = overlays.file_appeal(hit, body="Tribunal", by=GRACE)
    with pytest.raises(DecisionRefused):
        overlays.file_appeal(hit, body="Tribunal", by=GRACE)
    with pytest.raises(DecisionRefused):
        overlays.end_appeal(appeal, Appeal.Outcome.UPHELD, by=GRACE, reasons="x")
    over = overlays.uphold_appeal(appeal, to=State.ACTIVE, legal_basis="s. 9", **TWO)
    assert over.outcome_event is not None and over.outcome_event.kind == EventKind.APPEAL
    assert status_on(licence, TODAY).state == State.ACTIVE
    with pytest.raises((DecisionRefused, StateChanged)), transaction.atomic():
        overlays.uphold_appeal(appeal, to=State.ACTIVE, legal_basis="s. 9", **TWO)
    assert licence.events.count() == 3


# --- the guarantee --------------------------------------------------------------------------------------


def test_the_ledger_says_what_is_held_and_whether_it_is_enough() -> None:
    agency = cast.agency()
    row = bond(agency, amount=1_000)
    assert not guarantee.holdings(agency.pk)[0].short
    guarantee.call_guarantee(row, Decimal("300.50"), **TWO)
    held = guarantee.holdings(agency.pk)[0]
    assert (held.balance, held.missing, held.short) == (Decimal("699.50"), Decimal("300.50"), True)
    guarantee.top_up(row, Decimal("300.50"), by=GRACE)
    assert not guarantee.holdings(agency.pk)[0].short
    with pytest.raises(DecisionRefused, match="holds"):
        guarantee.call_guarantee(row, Decimal(1_001), **TWO)
    for wrong in ({"second_approver": ""}, {"second_approver": GRACE}, {"reasons": ""}, {"decision_number": " "}):
        with pytest.raises(DecisionRefused):
            guarantee.call_guarantee(row, Decimal(1), **(TWO | wrong))
    with pytest.raises(DecisionRefused):
        guarantee.top_up(row, Decimal(0), by=GRACE)


def test_a_guarantee_that_has_run_out_holds_nothing() -> None:
    agency = cast.agency()
    bond(agency, valid_to=TODAY)
    assert not guarantee.holdings(agency.pk, on=TODAY)[0].short
    assert guarantee.holdings(agency.pk, on=TOMORROW)[0].missing == 1_000


def test_a_wrong_line_is_taken_back_once_by_a_line_of_its_own() -> None:
    agency = cast.agency()
    row = bond(agency)
    call = guarantee.call_guarantee(row, Decimal(400), **TWO)
    back = guarantee.reverse_entry(call, **TWO)
    assert guarantee.holdings(agency.pk)[0].balance == 1_000
    for again in (call, back):
        with pytest.raises(DecisionRefused):
            guarantee.reverse_entry(again, **TWO)
    assert GuaranteeEntry.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_who_call_at_once_do_not_take_the_same_money() -> None:
    row = bond(cast.agency(), amount=1_000)
    told: list[str] = []
    start = threading.Barrier(2)

    def call(number: int) -> None:
        try:
            start.wait(timeout=20)
            guarantee.call_guarantee(row, Decimal(700), **(TWO | {"decision_number": f"C-{number}"}))
            told.append("called")
        except DecisionRefused:
            told.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=call, args=[number]) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["called", "refused"]
    assert guarantee.balance(GuaranteeEntry.objects.filter(guarantee=row.thing)) == 300


@pytest.mark.django_db(transaction=True)
def test_two_who_change_the_same_thing_at_once_one_is_told() -> None:
    row = conditions.impose_condition(cast.licence(**LIVE), text="Pay.", by=GRACE)
    told: list[str] = []
    start = threading.Barrier(2)

    def run(name: str) -> None:
        try:
            with transaction.atomic():
                mine = latest(Condition, row.thing)
                start.wait(timeout=20)
                conditions.meet_condition(mine, by=name, reasons="Seen.")
            told.append("met")
        except StateChanged:
            told.append("late")
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[name]) for name in (GRACE, HENRY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["late", "met"]
    assert Condition.objects.filter(thing=row.thing).count() == 2


# --- operators, names, warnings -------------------------------------------------------------------------


def test_a_debarred_operator_may_not_recruit_until_the_day_or_until_it_is_lifted() -> None:
    owner = operator()
    licence = cast.licence(cast.agency(operator=owner), **LIVE)
    operators.debar(owner, effective_from=LONG_AGO, until=TODAY, **TWO)
    assert answer_for(licence.agency).barred and not answer_for(licence.agency, on=TOMORROW).barred
    unknown = answer_for(licence.agency, on=TODAY, as_known_on=TODAY - datetime.timedelta(days=1))
    assert not unknown.barred
    with pytest.raises(DecisionRefused):
        operators.debar(owner, **(TWO | {"second_approver": ""}))
    with pytest.raises(DecisionRefused):
        operators.debar(owner, until=LONG_AGO, **TWO)


def test_a_renamed_agency_is_found_by_both_names() -> None:
    agency = cast.agency("Golden Ladder Manpower")
    operators.rename_agency(agency, name="Silver Bridge Staffing", by=GRACE, reasons="Companies register")
    assert agency.name == "Silver Bridge Staffing"
    assert {hit.agency_id for hit in search("golden ladder manpower")} == {agency.pk}
    assert {hit.agency_id for hit in search("silver bridge staffing")} == {agency.pk}
    with pytest.raises(DecisionRefused):
        operators.rename_agency(agency, name="Silver Bridge  Staffing", by=GRACE, reasons="x")
    stale = Agency(pk=agency.pk, register=agency.register, name="Golden Ladder Manpower", country="KE")
    with pytest.raises(StateChanged):
        operators.rename_agency(stale, name="Third", by=GRACE, reasons="x")


def test_a_principal_that_has_ended_offers_no_more_work() -> None:
    row = one_of(Principal)
    assert isinstance(row, Principal)
    people.end_entry(row, by=GRACE, reasons="Closed.")
    with pytest.raises(DecisionRefused):
        people.approve_job_order(
            row, number="J-2", occupation="9111", title="Cleaner", workers=1, valid_to=TOMORROW, by=GRACE
        )


# --- the public page ------------------------------------------------------------------------------------


def test_the_public_page_tells_what_surrounds_a_licence(client: Client) -> None:
    owner, other = operator("A. Person"), operator("B. Person")
    licence = cast.licence(cast.agency(operator=owner), **LIVE)
    agency = licence.agency
    cast.agency("Old Mill Staffing", operator=other)
    operators.relate(other, owner, OperatorRelation.Kind.SAME_OWNER, by=GRACE, source="Companies register.")
    operators.note_dissolved(owner, by=GRACE, on=LONG_AGO, reasons="Gazette.")
    conditions.impose_condition(licence, text="Train the staff.", by=GRACE, deadline=TOMORROW)
    overlays.give_points(licence, points=3, standards=["S-1"], reasons="No receipts.", by=GRACE)
    row = bond(agency, amount=1_500)
    guarantee.call_guarantee(row, Decimal(700), **(TWO | {"reasons": "Wages that were owed."}))
    people.open_branch(agency, name="North", address="1 Hill Road", by=GRACE)
    people.register_sub_agent(agency, name="Sam Sub", by=GRACE, number="SA-7")
    people.name_responsible(agency, name="Rita Head", part=ResponsiblePerson.Part.OWNER, by=GRACE)
    principal = people.accredit_principal(agency, name="Villa Ltd", country="SA", by=GRACE)
    people.approve_job_order(
        principal, number="J-1", occupation="9111", title="Cleaner", workers=5, valid_to=TOMORROW, by=GRACE,
        wage=Decimal(900), currency="SAR",
    )  # fmt: skip
    overlays.ask_to_show_cause(licence, allegation="A secret question.", answer_by=TOMORROW, by=GRACE)
    said = page_of(client, agency)
    for part in (
        "Train the staff. To be met by", "Points for breaches 3", "Coast Bank: 800.00 KES, 200.00 KES less",
        "Called: -700.00 KES", "Wages that were owed.", "North, 1 Hill Road", "Sam Sub, SA-7", "Rita Head (Owner)",
        "Villa Ltd, Saudi Arabia", "Cleaner, 5 workers", "900.00 SAR a month", "Dissolved since",
        "The same owner: B. Person (Old Mill Staffing). Companies register.",
    ):  # fmt: skip
        assert part in said, (part, said)
    assert "A secret question." not in said


def test_a_warning_is_on_its_page_and_comes_up_in_the_search(client: Client) -> None:
    row = one_of(WarningNotice)
    page = client.get(reverse("cms:warnings")).content.decode()
    assert "Swift Gulf Jobs" in page and "As found." not in page
    assert "Swift Gulf Jobs" in client.get(reverse("cms:register"), {"q": "swift golf jobs"}).content.decode()
    assert "there is a warning" not in client.get(reverse("cms:register"), {"q": "harbour light"}).content.decode()
    assert isinstance(row, WarningNotice)
    operators.withdraw_warning(row, by=GRACE, second_approver=HENRY, reasons="It has a licence now.")
    assert "Swift Gulf Jobs" not in client.get(reverse("cms:warnings")).content.decode()


def test_a_foreign_agency_has_no_surroundings_here(client: Client) -> None:
    foreign = Register.objects.create(code="xx", name="Foreign", country="PH", as_of=TODAY)
    agency = Agency.objects.create(register=foreign, name="Far Horizon", country="PH")
    assert "What lies over the licence" not in page_of(client, agency)


def test_what_was_yesterday_stays_askable() -> None:
    """The day of a licence event and of what lies over it are asked alike."""
    licence = cast.licence()
    assert status_on(licence, day(3)).state == State.ACTIVE
    assert overlays.overlays_on(licence, day(3)).conditions == ()
