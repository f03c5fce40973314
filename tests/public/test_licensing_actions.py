"""Decisions of the regulator: who may decide what, two persons, races, audit; and the constraints beneath."""

from __future__ import annotations

import datetime
import threading
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.test.utils import CaptureQueriesContext

from agencies import actions
from agencies.licensing import ADVERSE, NEEDS_STANDARDS, EventKind, State, status_on, statuses_on
from agencies.models import (
    PRIVATE,
    PUBLISHED,
    Agency,
    AuditEntry,
    Licence,
    LicenceEvent,
    Referral,
)
from agencies.refusals import DecisionRefused, StateChanged

from . import licensing_cast as cast
from .licensing_cast import END, GRACE, HENRY, START, day

pytestmark = pytest.mark.django_db

Owner = Callable[[], AbstractContextManager[Any]]


def test_a_licence_exists_only_by_a_grant_and_leaves_an_audit_row() -> None:
    licence = cast.licence()
    assert status_on(licence, START).state == State.ACTIVE
    assert status_on(licence, END + datetime.timedelta(days=1)).state == State.EXPIRED
    row = AuditEntry.objects.get(verb="grant_licence")
    assert (row.by, row.object_id, row.object_type) == (GRACE, licence.pk, "licence")


def test_a_provisional_licence_may_become_a_full_one() -> None:
    licence = cast.licence(provisional=True)
    assert status_on(licence, START).state == State.PROVISIONAL
    cast.decide(licence, State.ACTIVE, effective_from=day(10))
    assert status_on(licence, day(10)).state == State.ACTIVE


def test_a_number_belongs_to_one_agency_however_it_is_written() -> None:
    cast.licence(number="RA-0010")
    with pytest.raises(DecisionRefused):
        cast.licence(cast.agency("Another Agency"), number="ra 10")


def test_a_renewal_is_a_licence_of_its_own_under_the_same_number() -> None:
    first = cast.licence()
    second = cast.licence(
        first.agency, valid_from=END + datetime.timedelta(days=1), valid_to=END + datetime.timedelta(days=365)
    )
    assert status_on(second, END).state is None
    assert status_on(second, END + datetime.timedelta(days=1)).state == State.ACTIVE


def test_suspension_lift_and_revocation_each_on_its_day() -> None:
    licence = cast.licence()
    cast.decide(licence, State.SUSP_DISC, effective_from=day(10))
    cast.decide(licence, State.ACTIVE, effective_from=day(20))
    cast.decide(licence, State.REVOKED, effective_from=day(30))
    told = [status_on(licence, day(n)).state for n in (9, 10, 19, 20, 29, 30)]
    assert told == [
        State.ACTIVE, State.SUSP_DISC, State.SUSP_DISC, State.ACTIVE, State.ACTIVE, State.REVOKED,
    ]  # fmt: skip
    assert AuditEntry.objects.filter(verb="decide", object_id=licence.pk).count() == 3


@pytest.mark.parametrize("to", sorted(ADVERSE))
def test_a_decision_against_an_agency_needs_a_second_person(to: State) -> None:
    licence = cast.licence()
    if to == State.CANCELLED_ADMIN:
        cast.decide(licence, State.SUSP_ADMIN, effective_from=day(1))
    before = licence.events.count()
    for second in ("", "  ", GRACE, f" {GRACE.upper()} "):
        with pytest.raises(DecisionRefused):
            cast.decide(licence, to, second_approver=second, effective_from=day(2))
    assert licence.events.count() == before
    cast.decide(licence, to, second_approver=HENRY, effective_from=day(2))


@pytest.mark.parametrize("to", sorted(NEEDS_STANDARDS))
def test_a_sanction_for_abuse_names_the_standards_broken(to: State) -> None:
    with pytest.raises(DecisionRefused):
        cast.decide(cast.licence(), to, standards=[], effective_from=day(2))


def test_a_decision_gives_its_reasons() -> None:
    with pytest.raises(DecisionRefused):
        cast.decide(cast.licence(), State.SUSP_DISC, reasons=" ", effective_from=day(2))


def test_an_illegal_transition_is_refused_and_writes_nothing() -> None:
    licence = cast.licence()
    cast.decide(licence, State.REVOKED, effective_from=day(2))
    with pytest.raises(DecisionRefused, match="cannot become"):
        cast.decide(licence, State.ACTIVE, effective_from=day(3))
    assert licence.events.count() == 2
    assert AuditEntry.objects.filter(verb="decide").count() == 1


def test_an_overturned_sanction_stays_and_a_foreign_appeal_is_refused() -> None:
    licence = cast.licence()
    first = cast.decide(licence, State.SUSP_DISC, effective_from=day(2))
    hit = cast.decide(licence, State.REVOKED, effective_from=day(5))
    with pytest.raises(DecisionRefused):
        cast.decide(licence, State.ACTIVE, kind=EventKind.APPEAL, effective_from=day(9))
    with pytest.raises(DecisionRefused):
        cast.decide(licence, State.ACTIVE, kind=EventKind.APPEAL, overturns=first, effective_from=day(9))
    cast.decide(licence, State.ACTIVE, kind=EventKind.APPEAL, overturns=hit, effective_from=day(9))
    assert status_on(licence, day(8)).state == State.REVOKED
    assert status_on(licence, day(9)).state == State.ACTIVE
    assert licence.events.count() == 4


def test_a_correction_is_a_new_event_by_two_persons() -> None:
    licence = cast.licence()
    wrong = cast.decide(licence, State.SUSP_DISC, effective_from=day(10))
    facts: dict[str, Any] = {"by": GRACE, "reasons": "Wrong date.", "decision_number": "D-3"}
    with pytest.raises(DecisionRefused):
        actions.correct(wrong, to=State.SUSP_DISC, second_approver="", **facts)
    actions.correct(wrong, to=State.SUSP_DISC, effective_from=day(12), second_approver=HENRY, **facts)
    assert status_on(licence, day(11)).state == State.ACTIVE
    assert status_on(licence, day(12)).state == State.SUSP_DISC
    with pytest.raises(DecisionRefused):
        actions.correct(wrong, to=None, second_approver=HENRY, **facts)
    with pytest.raises(DecisionRefused):
        actions.correct(licence.events.get(position=1), to=None, second_approver=HENRY, **facts)


def test_who_decides_on_an_old_view_is_told_so() -> None:
    licence = cast.licence()
    cast.decide(licence, State.SUSP_DISC, effective_from=day(2), seen=1)
    with pytest.raises(StateChanged):
        cast.decide(licence, State.REVOKED, effective_from=day(2), seen=1)


@pytest.mark.django_db(transaction=True)
def test_two_who_decide_at_once_do_not_both_decide() -> None:
    licence = cast.licence()
    barrier, outcomes = threading.Barrier(2), []

    def one(number: int) -> None:
        try:
            with transaction.atomic():
                Licence.objects.get(pk=licence.pk)
                barrier.wait(timeout=20)
                cast.decide(licence, State.SUSP_DISC, effective_from=day(2), seen=1, decision_number=f"R-{number}")
            outcomes.append("decided")
        except StateChanged:
            outcomes.append("late")
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(n,)) for n in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["decided", "late"]
    assert licence.events.count() == 2


def test_a_failing_audit_row_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    licence = cast.licence()

    def fails(*args: object, **kwargs: object) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr(actions, "record", fails)
    with pytest.raises(RuntimeError), transaction.atomic():
        cast.decide(licence, State.SUSP_DISC, effective_from=day(2))
    assert licence.events.count() == 1


def test_many_licences_cost_two_queries() -> None:
    holder = cast.agency()
    for number in range(5):
        cast.licence(holder, number=f"RA-{number + 1}")
    with CaptureQueriesContext(connection) as queries:
        found = statuses_on(Licence.objects.filter(agency=holder), day(5))
    assert len(queries) == 2
    assert {s.state for s in found.values()} == {State.ACTIVE}


def test_in_force_is_a_queryset_of_what_may_be_used_on_the_day() -> None:
    good, bad = cast.licence(), cast.licence(cast.agency("Other"), number="RA-2")
    cast.decide(bad, State.SUSP_PREVENTIVE, effective_from=day(3))
    assert set(Licence.objects.in_force(on=day(2))) == {good, bad}
    assert set(Licence.objects.in_force(on=day(3))) == {good}
    assert not Licence.objects.in_force(on=END + datetime.timedelta(days=1))


@pytest.mark.parametrize(("model", "column"), [(LicenceEvent, "reasons"), (AuditEntry, "text")])
def test_history_is_refused_every_change_even_for_the_owner(
    model: type[models.Model], column: str, as_owner: Owner
) -> None:
    cast.decide(cast.licence(), State.SUSP_DISC, effective_from=day(2))
    rows = model._default_manager.all()
    with as_owner():
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**{column: "otherwise"})
        with pytest.raises(IntegrityError), transaction.atomic():
            rows._raw_delete(rows.db)


# --- the constraints, for whoever goes past the actions -------------------------------------------------

GOOD: dict[str, Any] = {
    "position": 2,
    "kind": "DECISION",
    "to_state": "SUSP_DISC",
    "decision_number": "D-9",
    "legal_basis": "s. 12",
    "standards": ["S-1"],
    "decided_on": START,
    "decided_by": GRACE,
    "second_approver": HENRY,
    "second_approved_on": START,
    "effective_from": START,
    "recorded_at": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
}
BROKEN: dict[str, dict[str, Any]] = {
    "who without when": {"second_approved_on": None},
    "when without who": {"to_state": "SURRENDERED", "second_approver": ""},
    "decided by nobody": {"decided_by": ""},
    "a sanction by one person": {"second_approver": "", "second_approved_on": None},
    "the same person twice": {"second_approver": GRACE},
    "no standards": {"standards": []},
    "EXPIRED as a decision": {"to_state": "EXPIRED"},
    "UNKNOWN as a decision": {"to_state": "UNKNOWN"},
    "no state in a decision": {"to_state": ""},
    "an appeal of nothing": {"kind": "APPEAL"},
    "a correction of nothing": {"kind": "CORRECTION"},
    "a place taken": {"position": 1},
    "position nought": {"position": 0},
}


def test_the_good_row_is_good() -> None:
    LicenceEvent.objects.create(licence=cast.licence(), **GOOD)


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_the_table_refuses(broken: dict[str, Any]) -> None:
    licence = cast.licence()
    with pytest.raises(IntegrityError), transaction.atomic():
        LicenceEvent.objects.create(licence=licence, **(GOOD | broken))


REFERRAL: dict[str, Any] = {
    "agency_id": uuid.UUID(int=1),
    "standards": ["S-1"],
    "evidence_class": "DOCUMENTS",
    "quarter": "2026-Q4",
}


@pytest.mark.parametrize(
    "broken",
    [
        {"quarter": "2026-11"},
        {"quarter": "2026-W4"},
        {"quarter": "2026-Q5"},
        {"standards": []},
        {"evidence_class": "HEARSAY"},
        {"taken_by": GRACE},
        {"state": "TAKEN"},
        {"state": "TAKEN", "taken_by": GRACE, "taken_in": "2026-11"},
    ],
)
def test_a_referral_holds_no_finer_date_and_no_half_pair(broken: dict[str, Any], as_owner: Owner) -> None:
    with as_owner(), pytest.raises(IntegrityError), transaction.atomic():
        Referral.objects.create(**(REFERRAL | broken))


def test_a_referral_is_taken_once_and_kept_to_the_quarter(as_owner: Owner) -> None:
    with as_owner():
        referral = Referral.objects.create(**REFERRAL)
    actions.take_referral(referral, by=GRACE)
    assert referral.state == Referral.State.TAKEN
    assert referral.taken_in[4:6] == "-Q"
    with pytest.raises(StateChanged):
        actions.take_referral(referral, by=HENRY)
    actions.close_referral(referral, by=GRACE)


def test_a_referral_has_no_column_for_a_person_a_case_or_a_day() -> None:
    names = {f.name for f in Referral._meta.get_fields()}
    assert names == {
        "id", "agency_id", "agency_name", "standards", "evidence_class", "quarter", "state", "taken_by", "taken_in",
    }  # fmt: skip
    assert not [f for f in Referral._meta.fields if isinstance(f, models.DateField | models.TextField)]


# --- the shape of the app -------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [*PUBLISHED, *PRIVATE])
def test_every_model_tells_its_personal_data_and_retention_and_has_a_key_made_in_python(
    model: type[models.Model],
) -> None:
    assert getattr(model, "PERSONAL_DATA", "")
    assert getattr(model, "RETENTION", "")
    assert model._meta.pk.default is uuid.uuid4
    assert not any(f.has_db_default() for f in model._meta.concrete_fields)


def test_no_relation_leaves_the_app_and_the_published_tables_stand_alone() -> None:
    every = set(PUBLISHED) | set(PRIVATE)
    assert every == {m for m in every if m._meta.app_label == "agencies"}
    seen: set[type[models.Model]] = set()
    for model in PUBLISHED:
        seen.add(model)
        targets = {f.related_model for f in model._meta.concrete_fields if f.is_relation}
        assert targets <= seen, f"{model.__name__} points ahead or out"
    for model in PRIVATE:
        assert {f.related_model for f in model._meta.concrete_fields if f.is_relation} <= every


def test_full_clean_finds_what_the_constraints_forbid() -> None:
    event = LicenceEvent(licence=cast.licence(), **(GOOD | {"standards": []}))
    with pytest.raises(ValidationError):
        event.full_clean()


def test_an_agency_entered_has_names_for_searching() -> None:
    agency: Agency = cast.agency("Nyota Links Ltd.", former_names=["Nyota Ltd"], trading_names=["星光有限公司"])
    rows = {(n.name, n.kind, n.script) for n in agency.names.all()}
    assert rows == {
        ("Nyota Links Ltd.", "CURRENT", "Latn"),
        ("Nyota Ltd", "FORMER", "Latn"),
        ("星光有限公司", "TRADING", "Hani"),
    }
