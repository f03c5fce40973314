"""The verbs: each is one transaction with its link in the log, each hits once, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection

from agencies.models import Agency
from complaints.cases import clocks
from complaints.cases.clocks import Stage
from complaints.cases.models import Case, CaseRecord, Holding, Inspector, Message, Step
from complaints.cases.moves import IllegalMove, Overtaken
from complaints.cases.states import DONE, MOVES, OPEN, Outcome, Severity, State
from complaints.desk import actions, closing
from complaints.firewall import access
from complaints.firewall.access import OpenCase
from complaints.firewall.keys import OpenVault
from complaints.firewall.models import Approval, DisclosureDetail
from recruitment_watch import clock
from tests.desk.cast import CONTACT, STORY, Desk, release, vault_of
from tests.factories import Cast

ANSWER, FOUND = "canary-answer: come on Tuesday", "canary-finding: ledger, page 4"


@pytest.fixture
def opened(ana: Inspector, case: UUID, vault: OpenVault) -> OpenCase:
    return access.open_case(case, by=ana, vault=vault)


def verbs() -> list[str]:
    return list(DisclosureDetail.objects.order_by("disclosure_id").values_list("verb", flat=True))


def in_state(case: UUID, state: State, as_owner: Callable) -> None:
    with as_owner():
        Case.objects.filter(pk=case).update(state=state)


def test_acknowledging_starts_the_next_clock_and_nobody_else_gets_it_before_that(
    opened: OpenCase, ana: Inspector
) -> None:
    actions.acknowledge(opened, by=ana)
    case, holding = Case.objects.get(pk=opened.case.pk), Holding.objects.get(case=opened.case)
    assert case.state == State.ACKNOWLEDGED
    expected = clocks.due(Stage.ANSWER, Severity(case.severity), clock.now(), opened.office)
    assert case.due == holding.due == expected
    assert holding.assignee == ana
    assert verbs() == ["opened", "acknowledged"]


def test_a_case_is_acknowledged_once(opened: OpenCase, ana: Inspector, ben: Inspector, office: Cast) -> None:
    his = access.open_case(opened.case.pk, by=ben, vault=vault_of(office, 1))
    actions.acknowledge(opened, by=ana)
    with pytest.raises(Overtaken):
        actions.acknowledge(his, by=ben)
    assert Holding.objects.get(case=opened.case).assignee == ana
    assert verbs().count("acknowledged") == 1


def test_the_first_answer_starts_the_work_and_later_ones_change_no_clock(
    opened: OpenCase, ana: Inspector, vault: OpenVault
) -> None:
    actions.acknowledge(opened, by=ana)
    actions.answer(opened, by=ana, text=ANSWER)
    first = Case.objects.get(pk=opened.case.pk)
    assert first.state == State.IN_WORK
    assert first.due == clocks.due(Stage.DECIDE, Severity(first.severity), clock.now(), opened.office)
    actions.answer(opened, by=ana, text="And again")
    again = access.open_case(opened.case.pk, by=ana, vault=vault)
    assert again.case.due == first.due
    assert [said.content["text"] for said in again.messages if said.content] == [ANSWER, "And again"]


def test_a_finding_decides_the_case(opened: OpenCase, ana: Inspector, vault: OpenVault) -> None:
    actions.acknowledge(opened, by=ana)
    actions.record_finding(opened, by=ana, standard="S-1", text=FOUND)
    again = access.open_case(opened.case.pk, by=ana, vault=vault)
    content = again.records[0].content or {}
    assert again.case.state == State.DECIDED
    assert (content["standard"], content["text"], content["by"]) == ("S-1", FOUND, ana.name)


def test_a_finding_names_a_standard_of_the_register(opened: OpenCase, ana: Inspector) -> None:
    actions.acknowledge(opened, by=ana)
    with pytest.raises(actions.UnknownStandard):
        actions.record_finding(opened, by=ana, standard="S-99", text=FOUND)
    assert not CaseRecord.objects.exists()


def test_a_withdrawn_case_does_not_even_open(
    opened: OpenCase, ana: Inspector, vault: OpenVault, as_owner: Callable
) -> None:
    in_state(opened.case.pk, State.WITHDRAWN, as_owner)
    with pytest.raises(Case.DoesNotExist):
        access.open_case(opened.case.pk, by=ana, vault=vault)


@pytest.mark.parametrize("state", [state for state in State if state != State.WITHDRAWN])
def test_each_verb_is_possible_in_its_states_only(
    state: State, opened: OpenCase, ana: Inspector, vault: OpenVault, as_owner: Callable
) -> None:
    in_state(opened.case.pk, state, as_owner)
    for allowed, act in (
        ({State.RELEASED}, lambda case: actions.acknowledge(case, by=ana)),
        (actions.MAY_ANSWER, lambda case: actions.answer(case, by=ana, text=ANSWER)),
        (actions.MAY_FIND, lambda case: actions.record_finding(case, by=ana, standard="S-1", text=FOUND)),
        (closing.MAY_CLOSE, lambda case: closing.ask(case, by=ana, outcome=Outcome.SETTLED)),
        ({State.CLOSED}, lambda case: closing.reopen(case, by=ana)),
    ):
        case = access.open_case(opened.case.pk, by=ana, vault=vault)
        if state in allowed:
            act(case)
            in_state(opened.case.pk, state, as_owner)
        else:
            with pytest.raises(IllegalMove):
                act(case)


@pytest.mark.parametrize("before", [State.ACKNOWLEDGED, State.DECIDED])
def test_closing_records_what_came_of_it_tells_the_person_and_ends_the_work(
    before: State, opened: OpenCase, ana: Inspector, ben: Inspector, office: Cast, vault: OpenVault, as_owner: Callable
) -> None:
    in_state(opened.case.pk, before, as_owner)
    with as_owner():
        Case.objects.filter(pk=opened.case.pk).update(epoch=1)  # an office has left: the next writer makes a key
    case = access.open_case(opened.case.pk, by=ana, vault=vault)
    approval = closing.ask(case, by=ana, outcome=Outcome.PARTLY_UPHELD, text=ANSWER)
    closing.close(approval, by=ben, case=access.open_case(opened.case.pk, by=ben, vault=vault_of(office, 1)))
    again = access.open_case(opened.case.pk, by=ana, vault=vault)
    record, said = again.records[0].content or {}, again.messages[0].content or {}
    assert again.case.state == State.CLOSED
    assert (record["kind"], record["outcome"], record["text"]) == ("closing", "partly_upheld", ANSWER)
    assert "may bahagi ng reklamo na tama" in str(said["text"]) and ANSWER in str(said["text"])  # in their language
    assert verbs()[-2:] == ["closed", "opened"]
    closing.reopen(again, by=ana)
    row, holding = Case.objects.get(pk=opened.case.pk), Holding.objects.get(case=opened.case)
    assert row.state == State.IN_WORK and verbs()[-1] == "reopened"
    assert row.due == holding.due == clocks.due(Stage.DECIDE, Severity(row.severity), clock.now(), opened.office)


def test_every_move_of_the_table_has_somebody_who_makes_it(opened: OpenCase) -> None:
    """A state that nothing leads to, or out of, keeps cases for ever."""
    by_the_desk = {(at, to) for at, steps in closing.TO_THE_END.items() for at, to in pairwise((at, *steps))}
    by_the_desk |= {(State.RELEASED, State.ACKNOWLEDGED), (State.CLOSED, State.IN_WORK)}
    by_the_desk |= {(at, State.ASKED) for at in actions.MAY_ASK}
    by_the_tick = {(at, State.RELEASED) for at in OPEN if at != State.RELEASED} | {(State.RELEASED, State.CLOSED)}
    by_others = by_the_tick | {(at, State.WITHDRAWN) for at in State} | {(at, State.RELEASED) for at in DONE}
    assert {(at, to) for at, all_to in MOVES.items() for to in all_to} - by_the_desk - by_others == set()


def test_a_case_that_moved_since_it_was_opened_is_left_alone(
    opened: OpenCase, ana: Inspector, as_owner: Callable
) -> None:
    actions.acknowledge(opened, by=ana)
    actions.answer(opened, by=ana, text="A first answer, so that the next one moves nothing")
    in_state(opened.case.pk, State.WITHDRAWN, as_owner)
    for act in (
        lambda: actions.answer(opened, by=ana, text=ANSWER),
        lambda: actions.record_finding(opened, by=ana, standard="S-1", text=FOUND),
    ):
        with pytest.raises(Overtaken):
            act()
    assert Message.objects.count() == 1 and not CaseRecord.objects.exists()


def test_a_member_who_left_since_the_page_was_shown_does_nothing(
    opened: OpenCase, ana: Inspector, ben: Inspector, as_owner: Callable
) -> None:
    with as_owner():
        ana.memberships.update(until=clock.today())
    for act in (
        lambda: actions.acknowledge(opened, by=ana),
        lambda: actions.acknowledge(opened, by=ben),  # with a case that somebody else opened
        lambda: actions.answer(opened, by=ana, text=ANSWER),
    ):
        with pytest.raises(Case.DoesNotExist):
            act()
    assert Case.objects.get(pk=opened.case.pk).state == State.RELEASED


def test_a_verb_that_cannot_be_logged_did_not_happen(opened: OpenCase, ana: Inspector, as_owner: Callable) -> None:
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("REVOKE INSERT ON complaints_disclosure FROM rw_desk")
    with pytest.raises(DatabaseError):
        actions.acknowledge(opened, by=ana)
    assert Case.objects.get(pk=opened.case.pk).state == State.RELEASED
    assert Holding.objects.get(case=opened.case).assignee is None


def test_no_row_holds_what_anybody_said_or_wrote(opened: OpenCase, ana: Inspector, as_owner: Callable) -> None:
    actions.acknowledge(opened, by=ana)
    actions.answer(opened, by=ana, text=ANSWER)
    actions.record_finding(opened, by=ana, standard="S-1", text=FOUND)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'complaints_%'")
        dump = b""
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT string_agg(convert_to(t::text, 'UTF8'), '') FROM {table} t")
            found = cursor.fetchone()[0]
            dump += bytes(found or b"")
    for canary in (STORY, CONTACT, ANSWER, FOUND, "Golden Harvest", "canary"):
        for written in (canary.encode(), canary.encode().hex().encode()):
            assert written not in dump
    assert ana.name.encode() in dump  # the control: what is in clear is found


# --- through the pages -----------------------------------------------------------------------------------


def test_who_comes_too_late_is_told_so_and_keeps_the_words(
    ana: Inspector, case: UUID, desk: Callable[..., Desk], as_owner: Callable
) -> None:
    one = desk(ana, 0)
    answer = one.post("answer", case, **{"answer-text": "My careful words"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "A colleague was faster" in page and "My careful words" in page
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("name", "data", "kept"),
    [
        ("answer", {"answer-text": "x" * 9000}, "x" * 9000),
        ("finding", {"finding-text": "Ledger seen", "finding-standard": ""}, "Ledger seen"),
        ("refer", {"referral-standards": ["S-1"]}, "checked"),
        ("close", {"closing-text": "Goodbye now"}, "Goodbye now"),
    ],
)
def test_a_form_with_a_mistake_says_so_and_keeps_what_was_typed(
    name: str, data: dict[str, object], kept: str, ana: Inspector, case: UUID, desk: Callable[..., Desk],
    as_owner: Callable,
) -> None:  # fmt: skip
    in_state(case, State.IN_WORK, as_owner)
    answer = desk(ana, 0).post(name, case, **data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Error: " in page and "Something needs mending" in page and kept in page
    assert not (Message.objects.exists() or CaseRecord.objects.exists() or Approval.objects.exists())


def test_a_case_that_nobody_has_begun_is_not_referred(
    ana: Inspector, case: UUID, agency: Agency, desk: Callable[..., Desk], as_owner: Callable
) -> None:
    """Nor does its page offer it: the address alone is not enough."""
    said = {"referral-standards": ["S-1"], "referral-evidence_class": "DOCUMENTS"}
    one = desk(ana, 0)
    assert "referral-evidence_class" not in one.get("case", case).content.decode()
    assert one.post("refer", case, **said).status_code == 409
    assert not Approval.objects.exists()
    in_state(case, State.IN_WORK, as_owner)
    assert one.post("refer", case, **said).status_code == 302
    assert Approval.objects.count() == 1


def test_a_verbs_address_followed_as_a_link_leads_to_the_case(
    ana: Inspector, case: UUID, desk: Callable[..., Desk]
) -> None:
    one = desk(ana, 0)
    for name in ("acknowledge", "answer", "finding", "refer", "close", "reopen"):
        assert one.get(name, case)["Location"] == f"/case/{case}/"


def test_the_page_tells_why_how_urgent_what_was_said_and_how_it_came_here(
    ana: Inspector, office: Cast, other: Cast, file_case: Callable[..., UUID], desk: Callable[..., Desk],
    as_owner: Callable,
) -> None:  # fmt: skip
    case = file_case(office, happened="First line\n\n<b>Second</b> line", in_danger=True)
    with as_owner():
        Step.objects.create(case_id=case, rung=2, outcome="released", office=other.office, week="2026-W48")
        Step.objects.create(case_id=case, rung=3, outcome="passed_over", week="2026-W48")
    page = desk(ana, 0).get("case", case).content.decode()
    for words in (
        "S1: danger", "The person says that they are in danger now.", "&lt;b&gt;Second&lt;/b&gt; line",
        'lang="tl"', "It was given to Inspectorate of Doha.", "it was given to Inspectorate of Manama as well.",
        "was passed over", "opened the case", "Acknowledge this case", "Register of Qatar",
    ):  # fmt: skip
        assert words in page, words
    assert CONTACT not in page


def test_a_message_keeps_its_lines_and_is_never_markup(ana: Inspector, case: UUID, desk: Callable[..., Desk]) -> None:
    one = desk(ana, 0)
    one.post("acknowledge", case)
    one.post("answer", case, **{"answer-text": "Come on Tuesday.\r\n<script>alert(1)</script>"})
    page = one.get("case", case).content.decode()
    assert "Come on Tuesday.<br>&lt;script&gt;alert(1)&lt;/script&gt;" in page and "<script" not in page


def test_a_message_that_does_not_open_closes_neither_case_nor_page(
    ana: Inspector, case: UUID, desk: Callable[..., Desk], as_owner: Callable
) -> None:
    with as_owner():
        Message.objects.create(case_id=case, direction="from", week="2026-W48", box=b"damaged")
        CaseRecord.objects.create(case_id=case, week="2026-W48", box=b"damaged")
    page = desk(ana, 0).get("case", case).content.decode()
    assert STORY in page
    assert "This message does not open" in page and "This finding does not open" in page


def test_a_second_office_sees_the_same_case_in_its_own_vault(
    ana: Inspector, charlie: Inspector, office: Cast, other: Cast, agency: Agency, settings: Any, as_owner: Callable
) -> None:
    from datetime import date

    from complaints.cases import routing
    from tests.desk.cast import answers_about, file_and_release

    settings.PEPPER, settings.RECEIPT_SALT = "pepper", "salt"
    offices = [
        next(one for one in routing.offices_for(str(cast.office.country), on=date.today()) if one.id == cast.office.pk)
        for cast in (office, other)
    ]
    with as_owner():
        case = file_and_release(answers_about(agency), offices)
    with pytest.raises(Case.DoesNotExist):
        access.open_case(case, by=charlie, vault=vault_of(other, 0))
    with as_owner():
        release(Case.objects.get(pk=case), 2)
    theirs = access.open_case(case, by=charlie, vault=vault_of(other, 0))
    assert theirs.body["happened"] == STORY
    hers = access.open_case(case, by=ana, vault=vault_of(office, 0))
    assert bytes(hers.holding.agency_index or b"") != bytes(theirs.holding.agency_index or b"")
    assert timedelta() == hers.case.due - theirs.case.due
