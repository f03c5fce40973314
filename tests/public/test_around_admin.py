"""Measures through the admin's pages: every form opens, one officer's verb runs, two officers' waits for the second."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse

from agencies.actions import name_standard
from agencies.around.kept import stands
from agencies.board.measure_actions import approve_measure, propose_measure, withdraw_measure
from agencies.board.measures import MEASURES
from agencies.board.models import ProposedDecision, ProposedMeasure, Stage
from agencies.licensing import EventKind, State, status_on
from agencies.models import Condition, Guarantee, GuaranteeEntry, Licence, Operator, WarningNotice
from agencies.refusals import DecisionRefused, StateChanged
from recruitment_watch import clock

from . import licensing_cast as cast
from .licensing_cast import day
from .officers import Officers, officers
from .test_around import LIVE, LONG_AGO, bond, one_of

pytestmark = pytest.mark.django_db

OUT = {"amount": ["250"], "reasons": ["Wages owed."], "decision_number": ["C-1"]}


@pytest.fixture
def people(db: None) -> Officers:
    return officers()


@pytest.fixture
def licence(db: None) -> Licence:
    owner = Operator.objects.create(name="A. Person", country="KE")
    made = cast.licence(cast.agency(operator=owner), **LIVE)
    name_standard(register=made.register, code="S-1", title="Charges no fee", by=cast.GRACE)
    return made


def sign_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def do(client: Client, what: str, key: Any, **typed: Any) -> Any:
    return client.post(reverse("rw_around:do", args=[what, key]), typed)


# Those of applications have a cast of their own: test_applications.py.
@pytest.mark.parametrize("what", sorted(what for what in MEASURES if not what.startswith("app-")))
def test_the_form_of_each_measure_opens_for_an_officer_and_for_nobody_else(
    client: Client, people: Officers, what: str
) -> None:
    model = MEASURES[what].on[0]
    from agencies.models import Agency, Kept, Register

    if issubclass(model, Kept):
        key: Any = one_of(model).thing
    else:
        made = cast.licence(cast.agency(operator=Operator.objects.create(name="O", country="KE")), **LIVE)
        keys = {Agency: made.agency_id, Licence: made.pk, Operator: made.agency.operator_id, Register: made.register_id}
        key = keys[model]
    url = reverse("rw_around:do", args=[what, key])
    assert sign_in(client, people.grace).get(url).status_code == 200
    for user in (people.henry, people.edith, people.amos, people.outsider):
        assert sign_in(client, user).get(url).status_code == 302


def test_an_officer_imposes_a_condition_and_it_stands_on_the_page(
    client: Client, people: Officers, licence: Licence
) -> None:
    sign_in(client, people.grace)
    assert do(client, "condition", licence.pk, text="Pay back.").status_code == 302
    row = stands(Condition, licence=licence)[0]
    assert (row.text, row.entered_by) == ("Pay back.", "Grace Otieno")
    page = client.get(reverse("rw_around:agency", args=[licence.agency_id])).content.decode()
    assert "Pay back." in page and reverse("rw_around:do", args=["condition-met", row.thing]) in page
    do(client, "condition-met", row.thing, reasons="Receipts seen.")
    assert stands(Condition, licence=licence) == []


def test_what_the_verb_refuses_is_said_on_the_form(client: Client, people: Officers, licence: Licence) -> None:
    sign_in(client, people.grace)
    past = (clock.today() - timedelta(days=365)).isoformat()
    said = do(client, "condition", licence.pk, text="Pay.", deadline=past).content.decode()
    assert "overdue on its first day" in said and Condition.objects.count() == 0


def test_money_leaves_the_guarantee_only_when_a_second_officer_approves(
    client: Client, people: Officers, licence: Licence
) -> None:
    row = bond(licence.agency)
    sign_in(client, people.grace)
    assert do(client, "guarantee-call", row.thing, **OUT).status_code == 302
    waiting = ProposedMeasure.objects.get()
    assert GuaranteeEntry.objects.count() == 1
    page = reverse("rw_around:measure", args=[waiting.pk])
    client.post(page, {"do": "approve"})  # she has no right to, and it is her own
    assert GuaranteeEntry.objects.count() == 1
    said = sign_in(client, people.henry).get(page).content.decode()
    assert "Wages owed." in said and "250" in said
    client.post(page, {"do": "approve"})
    entry = GuaranteeEntry.objects.get(position=2)
    assert (entry.entered_by, entry.second_approver, entry.amount) == ("Grace Otieno", "Henry Mwangi", 250)
    waiting.refresh_from_db()
    assert (waiting.stage, waiting.closed_by) == (Stage.APPROVED, "Henry Mwangi")


def test_the_proposer_cannot_approve_and_a_closed_proposal_stays_closed(people: Officers, licence: Licence) -> None:
    row = bond(licence.agency)
    measure = MEASURES["guarantee-call"]
    waiting = propose_measure(measure, row.thing, OUT, by=people.henry)
    with pytest.raises(DecisionRefused):
        approve_measure(waiting, by=people.henry)
    with pytest.raises(DecisionRefused):
        propose_measure(measure, row.thing, OUT, by=people.grace)
    withdraw_measure(waiting, by=people.henry)
    for verb in (approve_measure, withdraw_measure):
        with pytest.raises(StateChanged):
            verb(waiting, by=people.ivy)
    assert GuaranteeEntry.objects.count() == 1


def test_what_has_changed_since_is_not_approved(people: Officers) -> None:
    row = one_of(Condition)
    given = {"reasons": ["Too hard."], "decision_number": ["W-1"]}
    waiting = propose_measure(MEASURES["condition-waived"], row.thing, given, by=people.grace)
    from agencies.around.conditions import extend_condition

    assert isinstance(row, Condition)
    extend_condition(row, deadline=day(400), by=cast.GRACE, reasons="Ill.")
    with pytest.raises(StateChanged):
        approve_measure(waiting, by=people.henry)
    assert Condition.objects.filter(thing=row.thing).count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_officers_who_approve_a_measure_at_once_one_does_it() -> None:
    cast_of = officers()
    row = bond(cast.agency())
    waiting = propose_measure(MEASURES["guarantee-call"], row.thing, OUT, by=cast_of.grace)
    start, told = threading.Barrier(2), []

    def run(by: User) -> None:
        mine = ProposedMeasure.objects.get(pk=waiting.pk)
        start.wait(timeout=20)
        try:
            approve_measure(mine, by=by)
            told.append("done")
        except StateChanged:
            told.append("late")
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[by]) for by in (cast_of.henry, cast_of.ivy)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["done", "late"]
    assert GuaranteeEntry.objects.filter(guarantee=row.thing).count() == 2


def test_a_guarantee_is_lodged_and_a_warning_published_through_the_pages(
    client: Client, people: Officers, licence: Licence
) -> None:
    sign_in(client, people.grace)
    do(
        client, "guarantee", licence.agency_id, form="CASH", guarantor="Treasury", minimum="1000", amount="900",
        currency="KES",
    )  # fmt: skip
    assert Guarantee.objects.get().guarantor == "Treasury"
    page = client.get(reverse("rw_around:agency", args=[licence.agency_id])).content.decode()
    assert "100" in page and "short" in page
    do(client, "warning", licence.register_id, name="Swift Gulf", text="No licence.", reasons="Inspection.")
    assert not WarningNotice.objects.exists()
    waiting = ProposedMeasure.objects.get()
    sign_in(client, people.henry).post(reverse("rw_around:measure", args=[waiting.pk]), {"do": "approve"})
    assert WarningNotice.objects.get().second_approver == "Henry Mwangi"


def test_a_lifting_through_the_pages_speaks_of_each_condition(
    client: Client, people: Officers, licence: Licence
) -> None:
    cast.decide(licence, State.SUSP_ADMIN, effective_from=LONG_AGO)
    sign_in(client, people.grace)
    do(client, "condition", licence.pk, text="Pay back.")
    row = stands(Condition, licence=licence)[0]
    url = reverse("rw_register:propose", args=[licence.agency_id, licence.pk])
    typed = {"to": "ACTIVE", "reasons": "Paid.", "legal_basis": "s. 3", "decision_number": "L-1", "seen": "2"}
    assert "Say whether it is met" in client.post(url, typed).content.decode()
    assert client.post(url, typed | {f"met_{row.thing}": "yes", f"why_{row.thing}": "Seen."}).status_code == 302
    waiting = ProposedDecision.objects.get()
    page = reverse("rw_decisions:decision", args=[waiting.pk])
    assert "Pay back." in sign_in(client, people.henry).get(page).content.decode()
    client.post(page, {"do": "approve"})
    assert status_on(licence, clock.today()).state == State.ACTIVE
    assert stands(Condition, licence=licence) == []


def test_a_stay_and_a_correction_go_through_two_officers(client: Client, people: Officers, licence: Licence) -> None:
    hit = cast.decide(licence, State.REVOKED, effective_from=LONG_AGO)
    sign_in(client, people.grace)
    url = reverse("rw_register:outcome", args=[licence.agency_id, licence.pk])
    facts = {"reasons": "So ordered.", "legal_basis": "s. 9", "decision_number": "T-1", "seen": "2"}
    assert client.get(url).status_code == 200
    assert client.post(url, facts | {"kind": "STAY", "about": hit.pk, "to": "ACTIVE"}).status_code == 302
    waiting = ProposedDecision.objects.get()
    page = reverse("rw_decisions:decision", args=[waiting.pk])
    sign_in(client, people.henry).post(page, {"do": "approve"})
    assert licence.events.get(position=3).kind == EventKind.STAY
    sign_in(client, people.grace)
    url = reverse("rw_register:correct", args=[licence.agency_id, licence.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, facts | {"about": hit.pk, "to": "", "seen": "3"}).status_code == 302
    waiting = ProposedDecision.objects.get(stage=Stage.PROPOSED)
    sign_in(client, people.henry).post(reverse("rw_decisions:decision", args=[waiting.pk]), {"do": "approve"})
    assert licence.events.get(position=4).corrects == hit
    assert status_on(licence, clock.today()).state == State.ACTIVE
