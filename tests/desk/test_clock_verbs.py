"""Asking stops the clock; the next office can be asked for; a case is declined with a word to the person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.urls import reverse

from complaints.cases import clocks
from complaints.cases.clocks import Stage
from complaints.cases.models import Case, Departure, Holding, Inspector, Message, Step
from complaints.cases.moves import IllegalMove
from complaints.cases.states import Severity, State
from complaints.desk import actions
from complaints.escalation.models import StuckCase
from complaints.escalation.pulse import PATIENCE, Part, Pulse
from complaints.files.space import ON_DISK
from complaints.firewall import access
from complaints.firewall.access import OpenCase
from complaints.firewall.departures import NotYours
from complaints.firewall.keys import OpenVault
from complaints.firewall.models import DisclosureDetail
from recruitment_watch import clock
from tests.desk.cast import Desk, browser, vault_of
from tests.factories import Cast

ASKED, WHY = "canary-question: do you have the contract?", "canary-why: we need the national office"


@pytest.fixture
def hers(ana: Inspector, case: UUID) -> Desk:
    """Ana's browser, with her vault open."""
    return Desk.of(ana, 0)


@pytest.fixture
def opened(ana: Inspector, case: UUID, vault: OpenVault) -> OpenCase:
    return access.open_case(case, by=ana, vault=vault)


def again(opened: OpenCase, ana: Inspector, vault: OpenVault) -> OpenCase:
    return access.open_case(opened.case.pk, by=ana, vault=vault)


def last_letter(case: OpenCase) -> dict[str, object]:
    content = case.messages[-1].content
    assert content is not None
    return dict(content)


# --- the clock stands while a question is out ------------------------------------------------------------------


def test_a_question_stops_the_clock_and_says_sealed_what_was_left(
    opened: OpenCase, ana: Inspector, vault: OpenVault
) -> None:
    actions.acknowledge(opened, by=ana)
    actions.answer(opened, by=ana, text="We look into it.")
    working = again(opened, ana, vault)
    left = clocks.days_left(clock.now(), working.case.due, working.office)
    actions.ask(working, by=ana, text=ASKED)
    asked = again(opened, ana, vault)
    severity = Severity(asked.case.severity)
    assert asked.case.state == State.ASKED
    assert asked.case.due == clocks.due(Stage.ANSWER, severity, clock.now(), asked.office)
    assert Holding.objects.get(case=asked.case).due == asked.case.due
    assert (last_letter(asked)["text"], last_letter(asked)["left"]) == (ASKED, left)
    assert left >= clocks.WORKING_DAYS[Stage.DECIDE][severity]
    verbs = list(DisclosureDetail.objects.order_by("disclosure_id").values_list("verb", flat=True))
    assert verbs[-2:] == ["asked", "opened"]


def test_a_question_as_the_first_answer_leaves_the_whole_time_to_decide(
    opened: OpenCase, ana: Inspector, vault: OpenVault
) -> None:
    actions.acknowledge(opened, by=ana)
    actions.ask(opened, by=ana, text=ASKED)
    asked = again(opened, ana, vault)
    severity = Severity(asked.case.severity)
    assert last_letter(asked)["left"] == clocks.WORKING_DAYS[Stage.DECIDE][severity]
    actions.go_on(asked, by=ana)
    row = Case.objects.get(pk=asked.case.pk)
    assert (row.state, row.due) == (State.IN_WORK, clocks.due(Stage.DECIDE, severity, clock.now(), asked.office))


def test_going_on_without_an_answer_gives_back_what_was_left_and_no_more(
    opened: OpenCase, ana: Inspector, vault: OpenVault, as_owner: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions.acknowledge(opened, by=ana)
    actions.answer(opened, by=ana, text="We look into it.")
    start = clock.now()
    with as_owner():
        due = clocks.resume(Severity.S2, start, 5, opened.office)
        Case.objects.filter(pk=opened.case.pk).update(due=due)
    actions.ask(again(opened, ana, vault), by=ana, text=ASKED)
    later = start + timedelta(days=3)
    monkeypatch.setattr(clock, "now", lambda: later)
    actions.go_on(again(opened, ana, vault), by=ana)
    row = Case.objects.get(pk=opened.case.pk)
    assert (row.state, row.due) == (State.IN_WORK, clocks.resume(Severity.S2, later, 5, opened.office))
    assert row.due > due


@pytest.mark.parametrize("state", [State.RELEASED, State.ASKED, State.DECIDED, State.CLOSED])
def test_nothing_is_asked_where_no_office_is_at_work(
    opened: OpenCase, ana: Inspector, vault: OpenVault, as_owner: Callable, state: State
) -> None:
    with as_owner():
        Case.objects.filter(pk=opened.case.pk).update(state=state)
    with pytest.raises(IllegalMove):
        actions.ask(again(opened, ana, vault), by=ana, text=ASKED)
    assert not Message.objects.exists()


# --- the next office, and declining ----------------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.RELEASED, State.ACKNOWLEDGED, State.IN_WORK])
def test_asking_for_the_next_office_ends_the_clock_and_tells_the_person_why(
    opened: OpenCase, ana: Inspector, vault: OpenVault, as_owner: Callable, state: State
) -> None:
    with as_owner():
        Case.objects.filter(pk=opened.case.pk).update(state=state)
    actions.pass_up(again(opened, ana, vault), by=ana, text=WHY)
    passed = again(opened, ana, vault)
    assert passed.case.state == state and passed.case.due <= clock.now()
    assert Holding.objects.get(case=passed.case).due == passed.case.due
    assert last_letter(passed)["text"] == WHY
    assert DisclosureDetail.objects.filter(verb="passed_up", inspector=ana).count() == 1


def test_a_clock_that_is_ended_by_hand_says_no_more_of_the_hour_than_any_other() -> None:
    for severity in Severity:
        now = clock.now()
        ended = clocks.at_once(severity, now)
        assert ended <= now and clocks.coarse(severity, ended) == ended


def test_an_office_declines_with_a_reason_that_the_person_can_read(
    opened: OpenCase, ana: Inspector, vault: OpenVault
) -> None:
    actions.decline(opened, by=ana, text=WHY)
    (message,) = Message.objects.filter(case=opened.case)
    assert (message.direction, message.epoch) == (Message.Direction.TO_COMPLAINANT, 0)
    assert [one.office for one in Departure.objects.filter(case=opened.case)] == [opened.office]
    row = Case.objects.get(pk=opened.case.pk)
    assert row.state == State.RELEASED and row.due <= clock.now()
    with pytest.raises(Case.DoesNotExist):
        again(opened, ana, vault)


def test_who_cannot_speak_for_the_office_declines_nothing_and_nothing_is_written(
    opened: OpenCase, ben: Inspector, office: Cast
) -> None:
    his = access.open_case(opened.case.pk, by=ben, vault=vault_of(office, 1))
    with pytest.raises(NotYours):
        actions.decline(his, by=ben, text=WHY)
    assert not Message.objects.exists() and not Departure.objects.exists()


# --- as the pages have it --------------------------------------------------------------------------------------


def test_the_pages_ask_go_on_and_ask_the_next_office(hers: Desk, case: UUID) -> None:
    hers.post("acknowledge", case)
    hers.post("answer", case, **{"answer-text": ASKED, "answer-asks": "on"})
    assert Case.objects.get(pk=case).state == State.ASKED
    shown = hers.get("case", case).content.decode()
    assert "the clock stands" in shown
    assert "stopped: waiting for the complainant" in shown and "Go on without an answer" in shown
    hers.post("go-on", case)
    assert Case.objects.get(pk=case).state == State.IN_WORK
    empty = hers.post("pass-up", case, **{"up-text": ""})
    assert empty.status_code == 422 and "Say why, in a sentence or two." in empty.content.decode()
    before = Case.objects.get(pk=case).due
    hers.post("pass-up", case, **{"up-text": WHY})
    assert Case.objects.get(pk=case).due < before


def test_where_the_ladder_has_ended_the_next_office_is_not_offered(hers: Desk, case: UUID, as_owner: Callable) -> None:
    assert "Ask the next office" in hers.get("case", case).content.decode()
    with as_owner():
        row = Case.objects.get(pk=case)
        Step.objects.create(case=row, rung=2, outcome="ended", week=row.week)
    shown = hers.get("case", case).content.decode()
    assert "Ask the next office" not in shown and "there is no further office" in shown


def test_handing_back_needs_a_reason_and_keeps_what_was_typed(hers: Desk, case: UUID) -> None:
    empty = hers.post("hand-back", case, text=" ")
    assert empty.status_code == 422 and not Departure.objects.exists()
    hers.post("hand-back", case, text=WHY)
    assert Departure.objects.filter(case=case).count() == 1


# --- whether cases are handed out --------------------------------------------------------------------------------


def alive(as_owner: Callable, **silent_since: Any) -> None:
    with as_owner():
        for part in Part:
            Pulse.objects.update_or_create(part=part, defaults={"at": silent_since.get(part, clock.now())})


def test_a_monitor_without_an_account_sees_that_all_is_well_and_what_is_not(as_owner: Callable, case: UUID) -> None:
    url = reverse("desk:health")
    assert browser().get(url).status_code == 503
    alive(as_owner)
    with as_owner():
        StuckCase.objects.create(case_id=case, fault="BadEnvelope", week="2026-W48")
    well = browser().get(url)
    assert well.status_code == 200 and "Yes." in well.content.decode()
    assert "BadEnvelope" not in well.content.decode()
    alive(as_owner, beat=clock.now() - PATIENCE - timedelta(minutes=1))
    ill = browser().get(url)
    assert ill.status_code == 503
    assert "The clock that wakes the worker stands still." in ill.content.decode()
    assert "The worker that hands out" not in ill.content.decode()


def test_a_monitor_is_told_when_the_room_for_files_is_three_quarters_full(as_owner: Callable, settings: Any) -> None:
    alive(as_owner)
    with connection.cursor() as cursor:
        cursor.execute(ON_DISK)
        used = sum(cursor.fetchone())
    url, said = reverse("desk:health"), "The room for files is three quarters full."
    settings.FILES_ROOM = used * 4  # the control
    assert said not in browser().get(url).content.decode()
    settings.FILES_ROOM = used * 4 // 3
    shown = browser().get(url)
    assert said in shown.content.decode() and shown.status_code == 200 and "Yes." in shown.content.decode()


def test_a_head_sees_which_cases_are_stuck(hers: Desk, case: UUID, as_owner: Callable) -> None:
    alive(as_owner)
    shown = hers.client.get(reverse("desk:health")).content.decode()
    assert "None." in shown
    with as_owner():
        StuckCase.objects.create(case_id=case, fault="BadEnvelope", week="2026-W48", tries=4)
    shown = hers.client.get(reverse("desk:health")).content.decode()
    assert "BadEnvelope" in shown and Case(pk=case).reference in shown
