"""What takes two takes two different people of the office, whoever of them begins, and also at the same moment.

Less urgency, seeing who complained, telling the regulator and closing, side by side: the verb, and the table past
every verb.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings as django_settings
from django.db import IntegrityError, ProgrammingError, connection, transaction

from complaints.cases import pinned
from complaints.cases.models import Case, IdentityHolding, Membership
from complaints.cases.moves import IllegalMove, Overtaken
from complaints.cases.states import Outcome, Severity, State
from complaints.desk import actions, closing
from complaints.escalation import identity as releasing
from complaints.firewall import access, approvals, recusals, referrals, severity
from complaints.firewall.access import OpenCase
from complaints.firewall.approvals import SamePerson
from complaints.firewall.models import Approval, ReferralOutbox
from recruitment_watch import clock
from recruitment_watch.dberrors import constraint_of
from tests.desk.cast import vault_of
from tests.desk.races import at_once
from tests.factories import Cast

AsOwner = Callable[[], AbstractContextManager[None]]
Purpose = Approval.Purpose


@dataclass(frozen=True)
class Two:
    """One thing that takes two: how it is asked for and approved, and whether it has happened."""

    purpose: Approval.Purpose
    office: Cast
    case: UUID
    agency: UUID
    as_owner: AsOwner

    def opened(self, number: int) -> OpenCase:
        """The case as Ana (0) or Ben (1) has it open now."""
        return access.open_case(self.case, by=self.office.members[number], vault=vault_of(self.office, number))

    def ask(self, case: OpenCase) -> Approval:
        if self.purpose is Purpose.SEVERITY:
            return severity.ask_to_lower(case, to=Severity.S4, by=case.member, text="It was a mistake.")
        if self.purpose is Purpose.REFERRAL:
            return referrals.propose(
                case, by=case.member, agency=self.agency, standards=["S-1"], evidence_class="DOCUMENTS"
            )
        if self.purpose is Purpose.CLOSING:
            return closing.ask(case, by=case.member, outcome=Outcome.SETTLED)
        return approvals.ask(case, by=case.member, purpose=self.purpose, content={"why": "She has to sign."})

    def approve(self, approval: Approval, case: OpenCase) -> None:
        verb: Callable[..., None] = {
            Purpose.SEVERITY: severity.lower,
            Purpose.REFERRAL: referrals.approve,
            Purpose.CLOSING: closing.close,
        }.get(self.purpose, approvals.approve)
        verb(Approval.objects.get(pk=approval.pk), by=case.member, case=case)

    def happened(self) -> int:
        """How often it has: the worker has come by."""
        with self.as_owner():
            lock, weeks = django_settings.WORKER_LOCK.read_bytes(), pinned.week_keys()
            releasing.deliver(clock.now(), worker_private=lock, weeks=weeks)
            if self.purpose is Purpose.SEVERITY:
                return Case.objects.filter(pk=self.case, severity=Severity.S4).count()
            if self.purpose is Purpose.REFERRAL:
                return ReferralOutbox.objects.count()
            if self.purpose is Purpose.CLOSING:
                return Case.objects.filter(pk=self.case, state=State.CLOSED).count()
            return IdentityHolding.objects.filter(case=self.case).count()


@pytest.fixture(
    params=[Purpose.SEVERITY, Purpose.IDENTITY, Purpose.REFERRAL, Purpose.CLOSING], ids=lambda one: str(one.value)
)
def two(request: Any, office: Cast, case: UUID, agency: Any, as_owner: AsOwner) -> Two:
    made = Two(request.param, office, case, agency.pk, as_owner)
    actions.acknowledge(made.opened(0), by=office.members[0])
    return made


transactional = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.mark.parametrize(("one", "other"), [(0, 1), (1, 0)])
@transactional
def test_whoever_asks_the_other_approves(one: int, other: int, two: Two) -> None:
    approval = two.ask(two.opened(one))
    assert two.happened() == 0
    with pytest.raises(SamePerson):
        two.approve(approval, two.opened(one))
    assert two.happened() == 0
    two.approve(approval, two.opened(other))
    assert two.happened() == 1
    with pytest.raises((Overtaken, SamePerson, IllegalMove)):
        two.approve(approval, two.opened(other))
    assert two.happened() == 1


@transactional
def test_of_many_at_the_same_moment_one_other_does_and_never_who_asked(two: Two) -> None:
    approval = two.ask(two.opened(0))
    mine, his = [two.opened(0) for _ in range(2)], [two.opened(1) for _ in range(3)]
    acts = [lambda one=one: two.approve(approval, one) for one in (*mine, *his)]
    outcomes = at_once(acts)
    assert outcomes.count("done") == 1 and set(outcomes) <= {"done", "SamePerson", "Overtaken"}
    assert Approval.objects.get().approved_by == his[0].member
    assert two.happened() == 1


@transactional
def test_two_who_each_ask_and_approve_alone_at_the_same_moment_do_nothing(two: Two) -> None:
    def alone(case: OpenCase) -> None:
        two.approve(two.ask(case), case)

    mine, his = two.opened(0), two.opened(1)
    assert at_once([lambda: alone(mine), lambda: alone(his)]).count("done") == 0
    assert two.happened() == 0


@transactional
def test_two_who_each_approve_what_the_other_asks_at_the_same_moment_do_it_with_both_names(two: Two) -> None:
    """The control of the race: crosswise it is let through, and each approval has two different people."""
    cases = [two.opened(0), two.opened(1)]
    asked = [two.ask(cases[0])]
    if two.purpose is Purpose.REFERRAL:  # the others are asked for once
        asked.append(two.ask(cases[1]))
    acts = [lambda one=one, at=at: two.approve(one, cases[1 - at]) for at, one in enumerate(asked)]
    assert at_once(acts) == ["done"] * len(asked)
    assert two.happened() == len(asked)
    for row in Approval.objects.all():
        assert {row.asked_by, row.approved_by} == set(two.office.members)


def test_the_table_itself_knows_no_approval_by_who_asked(two: Two) -> None:
    approval = two.ask(two.opened(0))
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Approval.objects.filter(pk=approval.pk).update(approved_by=approval.asked_by, approved_week="2026-W48")
    assert constraint_of(refused.value) == "two_different_members"
    assert two.happened() == 0


def test_who_asked_is_not_changed_so_that_the_other_one_did(two: Two) -> None:
    approval = two.ask(two.opened(0))
    with pytest.raises(ProgrammingError) as refused, transaction.atomic():
        Approval.objects.filter(pk=approval.pk).update(asked_by=two.office.members[1])
    assert refused.value.args[0] == "42501"
    assert Approval.objects.get().asked_by == two.office.members[0]


def who_left(two: Two) -> None:
    Membership.objects.filter(inspector=two.office.members[1]).update(until=clock.today())


def who_is_recused(two: Two) -> None:
    recusals.recuse(two.case, by=two.office.members[1])


@pytest.mark.parametrize("is_out", [who_left, who_is_recused])
def test_who_is_out_since_the_page_was_shown_approves_nothing(is_out: Callable[[Two], None], two: Two) -> None:
    approval, his = two.ask(two.opened(0)), two.opened(1)
    with two.as_owner(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        is_out(two)
    with pytest.raises(Case.DoesNotExist):
        two.approve(approval, his)
    assert two.happened() == 0 and Approval.objects.get().approved_by is None
