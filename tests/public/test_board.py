"""Decisions by two officers: who may, who may not, races, and what stays on record."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction

from agencies.board.actions import approve, open_states, propose, withdraw
from agencies.board.models import ProposedDecision, Stage
from agencies.licensing import State, status_on
from agencies.models import AuditEntry, Licence, LicenceEvent
from agencies.refusals import DecisionRefused, StateChanged
from recruitment_watch import clock

from . import licensing_cast as cast
from .licensing_cast import day
from .officers import Officers, officers

pytestmark = pytest.mark.django_db

Owner = Callable[[], AbstractContextManager[Any]]


@pytest.fixture
def people(db: None) -> Officers:
    return officers()


def proposal(by: User, licence: Licence | None = None, **given: Any) -> ProposedDecision:
    facts: dict[str, Any] = {
        "reasons": "Our inspection found fees.",
        "legal_basis": "Recruitment Act s. 12",
        "decision_number": "D-7",
        "standards": ["S-1"],
        "effective_from": day(10),
        "urgent": "Workers are in danger.",  # what the board says before: test_sanctions.py
    }
    return propose(licence or cast.licence(), State.SUSP_DISC, by=by, **(facts | given))


def test_a_proposal_alone_changes_nothing(people: Officers) -> None:
    waiting = proposal(people.grace)
    assert status_on(waiting.licence, day(20)).state == State.ACTIVE
    assert (waiting.stage, waiting.proposed_by) == (Stage.PROPOSED, "Grace Otieno")


def test_two_officers_decide_and_both_stand_in_the_decision_by_name(people: Officers) -> None:
    waiting = proposal(people.grace)
    event = approve(waiting, by=people.henry)
    assert (event.decided_by, event.second_approver) == ("Grace Otieno", "Henry Mwangi")
    assert (waiting.stage, waiting.closed_by, waiting.event) == (Stage.APPROVED, "Henry Mwangi", event)
    assert status_on(waiting.licence, day(9)).state == State.ACTIVE
    assert status_on(waiting.licence, day(10)).state == State.SUSP_DISC
    verbs = set(AuditEntry.objects.values_list("verb", flat=True))
    assert {"propose_decision", "approve_decision", "decide"} <= verbs


def test_without_a_day_the_decision_is_in_force_from_the_approval(people: Officers) -> None:
    event = approve(proposal(people.grace, effective_from=None), by=people.henry)
    assert event.effective_from == clock.today()


def test_nobody_approves_their_own_proposal(people: Officers) -> None:
    waiting = proposal(people.grace)
    with pytest.raises(DecisionRefused, match="Another officer"):
        approve(waiting, by=people.grace)
    assert (waiting.stage, waiting.licence.events.count()) == (Stage.PROPOSED, 1)


def test_a_second_account_of_the_same_name_is_not_a_second_officer(people: Officers) -> None:
    double = User.objects.create(username="grace2", first_name="GRACE", last_name="otieno")
    waiting = proposal(people.grace)
    with pytest.raises(DecisionRefused, match="another person"):
        approve(waiting, by=double)
    assert (waiting.stage, waiting.licence.events.count()) == (Stage.PROPOSED, 1)


def test_the_database_itself_refuses_one_officer_in_both_places(people: Officers) -> None:
    waiting = proposal(people.grace)
    event = cast.decide(waiting.licence, State.SUSP_DISC, effective_from=day(10))
    row = ProposedDecision.objects.filter(pk=waiting.pk)
    facts: dict[str, Any] = {"stage": Stage.APPROVED, "closed_at": clock.now(), "event": event}
    for name, user in (("Henry Mwangi", people.grace), ("Grace Otieno", people.henry)):
        with pytest.raises(IntegrityError, match="two_officers"), transaction.atomic():
            row.update(closed_by=name, closed_by_user=user, **facts)
    row.update(closed_by="Henry Mwangi", closed_by_user=people.henry, **facts)


def test_an_account_without_a_name_decides_nothing(people: Officers) -> None:
    nameless = User.objects.create(username="x")
    with pytest.raises(DecisionRefused, match="name"):
        proposal(nameless)
    with pytest.raises(DecisionRefused, match="name"):
        approve(proposal(people.grace, cast.licence(cast.agency("Other"), "RA-0099")), by=nameless)


def test_a_licence_has_one_open_proposal(people: Officers) -> None:
    first = proposal(people.grace)
    with pytest.raises(DecisionRefused, match="waits already"):
        proposal(people.grace, first.licence, decision_number="D-8")
    withdraw(first, by=people.grace)
    proposal(people.grace, first.licence, decision_number="D-8")


def test_what_the_law_does_not_allow_cannot_be_proposed(people: Officers) -> None:
    licence = cast.licence()
    cast.decide(licence, State.REVOKED, effective_from=day(2))
    assert open_states(licence, on=day(3)) == [State.VOID]
    with pytest.raises(DecisionRefused):
        proposal(people.grace, licence)
    with pytest.raises(DecisionRefused, match="standards"):
        proposal(people.grace, cast.licence(cast.agency("Other"), "RA-0099"), standards=[])


def test_a_decision_in_between_overtakes_the_proposal(people: Officers) -> None:
    waiting = proposal(people.grace)
    cast.decide(waiting.licence, State.SURRENDERED, effective_from=day(5))
    with pytest.raises(StateChanged):
        approve(waiting, by=people.henry)
    assert (waiting.stage, waiting.closed_by) == (Stage.OVERTAKEN, "Henry Mwangi")
    assert waiting.licence.events.count() == 2


@pytest.mark.parametrize("verb", [approve, withdraw])
def test_a_closed_proposal_stays_closed(people: Officers, verb: Callable[..., object]) -> None:
    waiting = proposal(people.grace)
    withdraw(waiting, by=people.grace)
    with pytest.raises(StateChanged):
        verb(waiting, by=people.henry)
    assert waiting.stage == Stage.WITHDRAWN


def test_a_failing_audit_row_leaves_nothing_decided(people: Officers, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = proposal(people.grace)

    def broken(verb: str, **given: Any) -> None:
        raise IntegrityError("no audit row")

    monkeypatch.setattr("agencies.board.actions.record", broken)
    with pytest.raises(IntegrityError):
        approve(waiting, by=people.henry)
    assert (waiting.stage, waiting.licence.events.count()) == (Stage.PROPOSED, 1)


@pytest.mark.django_db(transaction=True)
def test_of_two_officers_who_approve_at_once_one_decides_and_the_other_is_told() -> None:
    people = officers()
    waiting = proposal(people.grace)
    start, told = threading.Barrier(2), []

    def run(officer: User) -> None:
        mine = ProposedDecision.objects.get(pk=waiting.pk)
        start.wait()
        try:
            told.append(approve(mine, by=officer).second_approver)
        except StateChanged as refusal:
            told.append(type(refusal).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[one]) for one in (people.henry, people.ivy)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    waiting.refresh_from_db()
    assert sorted(told) == sorted([waiting.closed_by, "StateChanged"])
    assert LicenceEvent.objects.filter(licence=waiting.licence).count() == 2


def test_decisions_proposed_are_never_deleted_by_the_zone(people: Officers) -> None:
    waiting = proposal(people.grace)
    with pytest.raises(Exception, match="42501"), transaction.atomic():
        ProposedDecision.objects.filter(pk=waiting.pk)._raw_delete("default")
