"""Applications: the agency's own way, the board's three votes in every order, what restarts it, who cannot vote."""

from __future__ import annotations

import datetime
import itertools
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from wagtail.models import TaskState, WorkflowState

from agencies.actions import name_standard
from agencies.board import applications as verbs
from agencies.board import outcome
from agencies.board.measure_actions import approve_measure, propose_measure, withdraw_measure
from agencies.board.measures import MEASURES
from agencies.board.models import STEPS, Advice, Application, AppStage, BoardAdvice, Party, ProposedMeasure, Seat, Vote
from agencies.board.review import advice_on, cast_vote, declare_conflict, end_seat, give_seat, majority, votes_of
from agencies.board.roles import apply_roles
from agencies.licensing import State, status_on
from agencies.models import Condition, Licence, ResponsiblePerson
from agencies.refusals import DecisionRefused, StateChanged
from recruitment_watch import clock

from . import licensing_cast as cast
from .licensing_cast import GRACE, HENRY
from .officers import officers
from .test_licence_law import on_day

pytestmark = pytest.mark.django_db

TODAY = clock.today()
LATER = TODAY + datetime.timedelta(days=verbs.OBJECTION_DAYS + 1)
ASK: dict[str, Any] = {
    "kind": "NEW", "licence_number": "", "name": "Harbour Light Ltd", "operator": "Rita Head",
    "responsible": "Rita Head\nSam Second", "address": "1 Road", "phone": "+254 700 000001", "email": "",
    "work": "Cleaners to Saudi Arabia", "guarantor": "Coast Bank", "guarantee_amount": "100000",
    "guarantee_currency": "KES",
}  # fmt: skip
GRANT: dict[str, Any] = {
    "number": "RA-77", "valid_from": LATER, "valid_to": LATER + datetime.timedelta(days=700),
    "decision_number": "L-1", "legal_basis": "s. 4", "by": GRACE,
}  # fmt: skip


@dataclass
class Board:
    """One member of each party and an alternate of the workers; none of them has any right in Wagtail."""

    members: dict[str, User]
    alternate: User
    root: User


@pytest.fixture
def board(db: None) -> Board:
    return seated()


def seated() -> Board:
    """The board takes its seats."""
    groups = apply_roles()
    members = {}
    for party, last in ((Party.GOVERNMENT, "Gov"), (Party.EMPLOYERS, "Emp"), (Party.WORKERS, "Work")):
        user = User.objects.create(username=last, first_name="Member", last_name=last)
        user.groups.set([groups[f"Reviewer: {party.label.lower()}"]])
        give_seat(user, party, by=GRACE)
        members[party.value] = user
    alternate = User.objects.create(username="alt", first_name="Alma", last_name="Alternate")
    give_seat(alternate, Party.WORKERS, by=GRACE, alternate=True)
    root = User.objects.create(username="root", first_name="Super", last_name="User", is_superuser=True, is_staff=True)
    return Board(members, alternate, root)


def applied(**given: Any) -> Application:
    return verbs.submit(cast.home_register(), ASK | given)[0]


@pytest.fixture
def before_board(board: Board, tmp_path: Path) -> Any:
    application = applied()
    with on_day(LATER, tmp_path):
        verbs.start_review(application, by=GRACE)
        yield application


def vote(application: Application, by: User, advice: Advice = Advice.GRANT, revision: int | None = None) -> Vote:
    seen = application.latest_revision_id if revision is None else revision
    return cast_vote(application, advice, by=by, reasons="As I read it.", revision=seen)


def all_vote(application: Application, board: Board, *advice: Advice) -> None:
    application.refresh_from_db()
    for user, one in zip(board.members.values(), advice or [Advice.GRANT] * 3, strict=True):
        vote(application, user, one)


# --- the agency's own way -------------------------------------------------------------------------------


def test_an_agency_applies_and_comes_back_with_reference_and_code(client: Client, db: None) -> None:
    cast.home_register()
    page = client.post(reverse("cms:apply"), ASK).content.decode()
    application = Application.objects.get()
    code = page.split("Code</dt><dd><bdi>")[1].split("<")[0]
    assert application.reference in page and code not in application.code_hash
    back = {"reference": application.reference.lower(), "code": f"{code[:10].lower()} {code[10:]}"}
    own = client.post(reverse("cms:application_back"), back)
    assert "Harbour Light Ltd" in own.content.decode() and "no-store" in own["Cache-Control"]
    wrong = client.post(reverse("cms:application_back"), back | {"code": "A" * 20}).content.decode()
    assert "do not belong together" in wrong and "Harbour Light Ltd" not in wrong
    client.post(reverse("cms:application_back"), back | ASK | {"do": "edit", "name": "Harbour Lights Ltd"})
    application.refresh_from_db()
    assert application.name == "Harbour Lights Ltd"
    paper = SimpleUploadedFile("x.pdf", b"%PDF-1.4 x", "application/pdf")
    client.post(reverse("cms:application_back"), back | {"do": "paper", "title": "Deed", "file": paper})
    assert application.documents.get().media_type == "application/pdf"
    client.post(reverse("cms:application_back"), back | {"do": "withdraw"})
    application.refresh_from_db()
    assert application.stage == AppStage.WITHDRAWN
    assert not Licence.objects.exists()


def test_only_papers_and_photos_are_taken(db: None) -> None:
    application = applied()
    for data in (b"MZ program", b"<html>", b"%PDF-" + b"x" * verbs.DOCUMENT_BYTES):
        with pytest.raises(DecisionRefused):
            verbs.add_document(application, title="x", data=data, by="x")
    assert application.documents.count() == 0


def test_a_renewal_names_a_licence_that_is_there(db: None) -> None:
    with pytest.raises(DecisionRefused):
        applied(kind="RENEWAL", licence_number="RA-1")
    licence = cast.licence(number="RA-1")
    assert applied(kind="RENEWAL", licence_number="ra 1").agency == licence.agency


def test_anybody_objects_under_a_name_while_the_window_is_open(client: Client, tmp_path: Path) -> None:
    application = applied()
    url = reverse("cms:application", args=[application.key])
    said = {"name": "Union of Cleaners", "contact": "union@example.org", "text": "It took fees."}
    assert "We have your objection" in client.post(url, said).content.decode()
    assert "Please answer" in client.post(url, said | {"name": ""}).content.decode()
    with on_day(LATER, tmp_path), pytest.raises(DecisionRefused):
        verbs.object_to(application, **said)
    assert application.objections.get().name == "Union of Cleaners"
    assert "union@example.org" not in client.get(url).content.decode()
    assert application.name in client.get(reverse("cms:applications")).content.decode()


def test_the_board_sees_it_only_after_the_window_for_objections(db: None, tmp_path: Path) -> None:
    application = applied()
    with pytest.raises(DecisionRefused, match="object"):
        verbs.start_review(application, by=GRACE)
    verbs.ask_for_more(application, by=GRACE, reasons="The deed is missing.")
    with on_day(LATER, tmp_path):
        with pytest.raises(DecisionRefused):
            verbs.start_review(application, by=GRACE)
        verbs.edit(application, {"work": "Nurses"}, by=application.reference)
        assert application.stage == AppStage.SUBMITTED
        verbs.start_review(application, by=GRACE)
    assert application.stage == AppStage.UNDER_REVIEW


@pytest.mark.parametrize(("old", "new"), list(itertools.product(AppStage, AppStage)))
def test_the_table_of_stages_is_what_the_steps_obey(old: AppStage, new: AppStage, db: None) -> None:
    assert set(STEPS) == set(AppStage)
    application = applied()
    granted = {AppStage.GRANTED, AppStage.GRANTED_WITH_CONDITIONS}
    if old in granted or new in granted | {AppStage.REFUSED, AppStage.NOTICE_TO_REFUSE}:
        return  # these have verbs of their own, tried below
    Application.objects.filter(pk=application.pk).update(stage=old)
    application.refresh_from_db()
    if new in STEPS[old]:
        assert verbs.move(application, new, by=GRACE).stage == new
    else:
        with pytest.raises(DecisionRefused):
            verbs.move(application, new, by=GRACE)


# --- the board ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", list(itertools.permutations(Party.values)))
def test_three_votes_in_any_order_end_the_review(before_board: Application, board: Board, order: Any) -> None:
    for party in order:
        assert advice_on(before_board) is None
        vote(before_board, board.members[party])
    advice = advice_on(before_board)
    assert advice is not None and advice.advice == Advice.GRANT
    assert WorkflowState.objects.for_instance(before_board).get().status == WorkflowState.STATUS_APPROVED
    before_board.refresh_from_db()
    assert (before_board.live, before_board.stage) == (False, AppStage.UNDER_REVIEW)
    assert not Licence.objects.exists()


@pytest.mark.parametrize("said", list(itertools.product(Advice, repeat=3)))
def test_the_majority_is_the_advice(said: Any) -> None:
    refusing = sum(one == Advice.REFUSE for one in said)
    plainly = sum(one == Advice.GRANT for one in said)
    expected = Advice.REFUSE if refusing > 1 else Advice.GRANT if plainly > 1 else Advice.CONDITIONS
    assert majority(said) == expected


def test_the_last_voter_needs_no_right_in_wagtail(before_board: Application, board: Board) -> None:
    for user in board.members.values():
        assert not Permission.objects.filter(group__user=user, codename__startswith="publish").exists()
    all_vote(before_board, board)
    assert BoardAdvice.objects.count() == 1


def test_a_superuser_has_no_vote_and_ends_no_review(before_board: Application, board: Board) -> None:
    with pytest.raises(DecisionRefused, match="members"):
        vote(before_board, board.root)
    current = before_board.current_workflow_task_state
    for action in ("approve", "reject"):
        with pytest.raises(PermissionDenied):
            current.task.specific.on_action(current, board.root, action)
    assert current.task.specific.get_actions(before_board, board.root) == []
    assert TaskState.objects.get(pk=current.pk).status == TaskState.STATUS_IN_PROGRESS


def test_a_party_votes_once_and_nobody_twice(before_board: Application, board: Board) -> None:
    vote(before_board, board.members[Party.WORKERS])
    for user in (board.members[Party.WORKERS], board.alternate):
        with pytest.raises(StateChanged):
            vote(before_board, user)
    assert Vote.objects.count() == 1


def test_a_conflicted_member_steps_aside_and_an_alternate_votes(before_board: Application, board: Board) -> None:
    member = board.members[Party.WORKERS]
    declare_conflict(before_board, by=member, reasons="My cousin runs it.")
    with pytest.raises(DecisionRefused, match="stake"):
        vote(before_board, member)
    vote(before_board, board.alternate)
    vote(before_board, board.members[Party.GOVERNMENT])
    with pytest.raises(DecisionRefused):
        declare_conflict(before_board, by=board.members[Party.GOVERNMENT], reasons="Too late.")
    vote(before_board, board.members[Party.EMPLOYERS])
    assert advice_on(before_board) is not None
    assert {one.name for one in votes_of(before_board)} == {"Alma Alternate", "Member Gov", "Member Emp"}


def test_an_ended_seat_has_no_vote(before_board: Application, board: Board) -> None:
    seat = Seat.objects.get(user=board.alternate)
    end_seat(seat, by=GRACE, until=TODAY)
    with pytest.raises(DecisionRefused):
        vote(before_board, board.alternate)


def test_a_vote_has_reasons_and_is_for_what_was_seen(before_board: Application, board: Board) -> None:
    member = board.members[Party.WORKERS]
    seen = before_board.latest_revision_id
    with pytest.raises(DecisionRefused):
        cast_vote(before_board, Advice.GRANT, by=member, reasons=" ", revision=seen)
    verbs.edit(before_board, {"work": "Nurses"}, by="x")
    with pytest.raises(StateChanged, match="changed"):
        vote(before_board, member, revision=seen)


@pytest.mark.parametrize("votes", [1, 2, 3])
def test_an_edit_begins_the_review_anew_and_the_old_votes_stay_on_record(
    before_board: Application, board: Board, votes: int
) -> None:
    for user in list(board.members.values())[:votes]:
        vote(before_board, user)
    verbs.edit(before_board, {"work": "Nurses to Qatar"}, by=before_board.reference)
    assert (advice_on(before_board), votes_of(before_board)) == (None, [])
    with pytest.raises(DecisionRefused, match="advised"):
        outcome.grant_application(before_board, **GRANT)
    all_vote(before_board, board, Advice.CONDITIONS, Advice.CONDITIONS, Advice.REFUSE)
    advice = advice_on(before_board)
    assert advice is not None and advice.advice == Advice.CONDITIONS
    assert Vote.objects.count() == votes + 3


def test_a_new_paper_begins_the_review_anew_too(before_board: Application, board: Board) -> None:
    vote(before_board, board.members[Party.WORKERS])
    verbs.add_document(before_board, title="Deed", data=b"%PDF-1", by="x")
    assert votes_of(before_board) == []


def test_votes_and_steps_are_never_changed(before_board: Application, board: Board, as_owner: Any) -> None:
    cast_vote_row = vote(before_board, board.members[Party.WORKERS])
    with as_owner():
        for rows, change in (
            (Vote.objects.filter(pk=cast_vote_row.pk), {"advice": "REFUSE"}),
            (before_board.steps.all(), {"reasons": "otherwise"}),
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                rows.update(**change)
            with pytest.raises(IntegrityError), transaction.atomic():
                rows._raw_delete("default")


@pytest.mark.django_db(transaction=True)
def test_three_who_vote_at_once_end_it_once(tmp_path: Path) -> None:
    apply_roles()
    members = []
    for party in Party:
        user = User.objects.create(username=party, first_name="Member", last_name=party.label)
        give_seat(user, party, by=GRACE)
        members.append(user)
    application = applied()
    told, start = [], threading.Barrier(3)

    def run(user: User) -> None:
        mine = Application.objects.get(pk=application.pk)
        start.wait(timeout=20)
        try:
            vote(mine, user)
            told.append("voted")
        finally:
            connection.close()

    with on_day(LATER, tmp_path):
        verbs.start_review(application, by=GRACE)
        threads = [threading.Thread(target=run, args=[user]) for user in members]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert told == ["voted"] * 3
    assert BoardAdvice.objects.count() == 1


# --- the decision ---------------------------------------------------------------------------------------


def test_a_grant_makes_agency_people_licence_and_conditions_through_one_verb(
    before_board: Application, board: Board
) -> None:
    all_vote(before_board, board, Advice.CONDITIONS, Advice.CONDITIONS, Advice.GRANT)
    outcome.grant_application(before_board, conditions=["Train the staff."], **GRANT)
    licence = before_board.licence
    assert licence is not None and before_board.stage == AppStage.GRANTED_WITH_CONDITIONS
    assert status_on(licence, LATER).state == State.ACTIVE
    assert licence.agency.operator is not None and licence.agency.operator.name == "Rita Head"
    assert ResponsiblePerson.objects.filter(agency=licence.agency).count() == 2
    assert Condition.objects.get(licence=licence).event == licence.events.get()
    with pytest.raises(DecisionRefused), transaction.atomic():
        outcome.grant_application(before_board, **(GRANT | {"number": "RA-78"}))
    assert Licence.objects.count() == 1


def test_departing_from_the_board_needs_reasons_that_are_published(
    before_board: Application, board: Board, client: Client
) -> None:
    all_vote(before_board, board, Advice.REFUSE, Advice.REFUSE, Advice.GRANT)
    with pytest.raises(DecisionRefused, match="departing"):
        outcome.grant_application(before_board, **GRANT)
    outcome.grant_application(before_board, departure="The fees were paid back.", **GRANT)
    said = client.get(reverse("cms:application", args=[before_board.key])).content.decode()
    assert "The fees were paid back." in said and "Refuse it" in said and "Member Work" in said


def test_before_the_decision_nobody_reads_the_votes(before_board: Application, board: Board, client: Client) -> None:
    vote(before_board, board.members[Party.WORKERS], Advice.REFUSE)
    assert "As I read it." not in client.get(reverse("cms:application", args=[before_board.key])).content.decode()


def test_a_refusal_comes_after_notice_and_by_two_officers(
    before_board: Application, board: Board, tmp_path: Path
) -> None:
    facts: dict[str, Any] = {"reasons": "It took fees.", "decision_number": "R-1", "by": GRACE}
    answer_by = LATER + datetime.timedelta(days=14)
    with pytest.raises(DecisionRefused, match="advised"):
        outcome.give_notice(before_board, standards=["S-1"], answer_by=answer_by, **facts)
    all_vote(before_board, board, Advice.REFUSE, Advice.REFUSE, Advice.REFUSE)
    with pytest.raises(DecisionRefused):
        outcome.refuse(before_board, second_approver=HENRY, **facts)
    with pytest.raises(DecisionRefused):
        outcome.give_notice(before_board, standards=[], answer_by=answer_by, **facts)
    outcome.give_notice(before_board, standards=["S-1"], answer_by=answer_by, **facts)
    with pytest.raises(DecisionRefused, match="may answer"):
        outcome.refuse(before_board, second_approver=HENRY, **facts)
    with on_day(answer_by + datetime.timedelta(days=1), tmp_path):
        for second in ("", GRACE):
            with pytest.raises(DecisionRefused):
                outcome.refuse(before_board, second_approver=second, **facts)
        outcome.refuse(before_board, second_approver=HENRY, **facts)
    assert before_board.stage == AppStage.REFUSED
    assert before_board.steps.last().standards == ["S-1"]


def noticed(application: Application, board: Board) -> datetime.date:
    """The board is against it, and the agency has notice; the last day of its answer."""
    all_vote(application, board, Advice.REFUSE, Advice.REFUSE, Advice.REFUSE)
    answer_by = LATER + datetime.timedelta(days=14)
    outcome.give_notice(
        application, standards=["S-1"], answer_by=answer_by, reasons="It took fees.", decision_number="N-1", by=GRACE
    )
    return answer_by


def test_the_agency_answers_the_notice_with_its_code_and_in_its_time(
    board: Board, client: Client, tmp_path: Path
) -> None:
    application, code = verbs.submit(cast.home_register(), ASK)
    back = {"reference": application.reference, "code": code}
    url = reverse("cms:application_back")
    with pytest.raises(DecisionRefused):
        verbs.reply(application, text="Too early.")
    with on_day(LATER, tmp_path):
        verbs.start_review(application, by=GRACE)
        assert "you may answer first" not in client.post(url, back).content.decode()
        answer_by = noticed(application, board)
        said = client.post(url, back).content.decode()
        assert "you may answer first" in said and "It took fees." in said and "S-1" in said
        assert "Please answer" in client.post(url, back | {"do": "answer", "answer": ""}).content.decode()
        said = client.post(url, back | {"do": "answer", "answer": "We paid it back."}).content.decode()
        assert "We have your answer" in said and "We paid it back." in said
    with on_day(answer_by + datetime.timedelta(days=1), tmp_path):
        with pytest.raises(DecisionRefused, match="has passed"):
            verbs.reply(application, text="Too late.")
        verbs.record_reply(application, text="Came by letter.", by=GRACE)
    assert [(one.by, one.text) for one in application.answers.all()] == [
        (application.reference, "We paid it back."),
        (GRACE, "Came by letter."),
    ]


def test_a_refusal_that_was_proposed_before_the_answer_is_not_approved(
    before_board: Application, board: Board, tmp_path: Path
) -> None:
    people = officers()
    answer_by = noticed(before_board, board)
    typed = {"reasons": ["It took fees."], "decision_number": ["R-1"], "departure": [""]}
    refusal = MEASURES["app-refused"]
    stale = propose_measure(refusal, before_board.key, typed, by=people.grace)
    verbs.reply(before_board, text="We paid it back.")
    with on_day(answer_by + datetime.timedelta(days=1), tmp_path):
        with pytest.raises(StateChanged, match="has changed"):
            approve_measure(stale, by=people.henry)
        before_board.refresh_from_db()
        assert before_board.stage == AppStage.NOTICE_TO_REFUSE
        withdraw_measure(stale, by=people.henry)
        approve_measure(propose_measure(refusal, before_board.key, typed, by=people.grace), by=people.henry)
    before_board.refresh_from_db()
    assert before_board.stage == AppStage.REFUSED


def test_a_refusal_is_published_with_its_rules_and_both_names_and_the_answer_is_not(
    before_board: Application, board: Board, client: Client, tmp_path: Path
) -> None:
    name_standard(register=before_board.register, code="S-1", title="Charges no fee", by=GRACE)
    answer_by = noticed(before_board, board)
    url = reverse("cms:application", args=[before_board.key])
    verbs.reply(before_board, text="PRIVATE-ANSWER")
    assert "It took fees." not in client.get(url).content.decode()
    with on_day(answer_by + datetime.timedelta(days=1), tmp_path):
        outcome.refuse(before_board, reasons="It took fees.", decision_number="R-1", by=GRACE, second_approver=HENRY)
        with pytest.raises(DecisionRefused):
            verbs.record_reply(before_board, text="Too late.", by=GRACE)
    said = client.get(url).content.decode()
    assert "S-1 Charges no fee" in said and HENRY in said and "It took fees." in said
    assert "PRIVATE-ANSWER" not in said


def test_answers_to_a_notice_are_never_changed(before_board: Application, board: Board, as_owner: Any) -> None:
    noticed(before_board, board)
    verbs.reply(before_board, text="We paid it back.")
    with as_owner():
        with pytest.raises(IntegrityError, match="append_only"), transaction.atomic():
            before_board.answers.update(text="x")
        with pytest.raises(IntegrityError, match="append_only"), transaction.atomic():
            before_board.answers.all()._raw_delete("default")


# --- through the admin ----------------------------------------------------------------------------------


def test_the_whole_way_through_the_admin_s_pages(board: Board, client: Client, tmp_path: Path) -> None:
    people = officers()
    name_standard(register=cast.home_register(), code="S-1", title="Charges no fee", by=GRACE)
    application = applied()
    page = reverse("rw_applications:one", args=[application.key])
    with on_day(LATER, tmp_path):
        client.force_login(people.grace)
        assert "Harbour Light Ltd" in client.get(reverse("rw_applications:index")).content.decode()
        client.post(reverse("rw_around:do", args=["app-review", application.key]))
        for user in board.members.values():
            client.force_login(user)
            said = client.get(page).content.decode()
            assert "Cast the vote" in said
            revision = str(application.latest_revision_id)
            client.post(page, {"do": "vote", "advice": "REFUSE", "reasons": "Fees.", "revision": revision})
        client.force_login(people.grace)
        notice = {
            "standards": ["S-1"], "reasons": "It took fees.", "decision_number": "N-1",
            "answer_by": (LATER + datetime.timedelta(days=2)).isoformat(),
        }  # fmt: skip
        client.post(reverse("rw_around:do", args=["app-notice", application.key]), notice)
    with on_day(LATER + datetime.timedelta(days=3), tmp_path):
        client.force_login(people.grace)
        typed = {"reasons": "It took fees.", "decision_number": "R-1", "departure": ""}
        client.post(reverse("rw_around:do", args=["app-refused", application.key]), typed)
        approve_measure(ProposedMeasure.objects.get(), by=people.henry)
    application.refresh_from_db()
    assert application.stage == AppStage.REFUSED
    assert application.steps.last().second_approver == "Henry Mwangi"


def test_who_has_no_seat_sees_no_vote_and_casts_none(before_board: Application, board: Board, client: Client) -> None:
    page = reverse("rw_applications:one", args=[before_board.key])
    client.force_login(board.root)
    assert "Cast the vote" not in client.get(page).content.decode()
    revision = str(before_board.latest_revision_id)
    client.post(page, {"do": "vote", "advice": "GRANT", "reasons": "Mine.", "revision": revision})
    assert not Vote.objects.exists()
