"""The directory of help in the admin: one officer proposes, another approves; every page says what was before."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from agencies.board.help_proposals import approve_help, propose_help, turn_down_help, withdraw_at_once
from agencies.board.models import ProposedHelp, Stage
from agencies.directory import who_can_help
from agencies.help_actions import Papers, replace_help, withdraw_help
from agencies.models import AuditEntry, HelpEntry
from agencies.refusals import DecisionRefused, StateChanged
from recruitment_watch import clock

from .help_cast import EDITH, HENRY, days_ago, entered, facts
from .officers import Officers, officers
from .test_board_admin import refused

pytestmark = pytest.mark.django_db

FORM = {
    "country": "KE", "region": "", "name": "Coast Workers' Union", "kind": "UNION", "phones": "555-0103\r\n555-0104",
    "website": "https://union.example/", "visit": "", "languages": "en\r\nsw", "hours": "", "free": "YES",
    "papers": "SAYS_NOT", "source": "Its own page", "checked_on": "2026-05-01",
}  # fmt: skip


@pytest.fixture
def editor(client: Client) -> Client:
    people: Officers = officers()
    client.force_login(people.edith)
    return client


def shown(response: Any) -> str:
    page: str = response.content.decode()
    return page


def approved(client: Client) -> HelpEntry:
    """What stands after another officer has approved what waits. The editor is then signed in again."""
    (waiting,) = ProposedHelp.objects.filter(stage=Stage.PROPOSED)
    client.force_login(User.objects.get(username="henry"))
    url = reverse("rw_directory:proposal", args=[waiting.pk])
    assert "Approve and show it" in shown(client.get(url))
    client.post(url, {"do": "approve"})
    client.force_login(User.objects.get(username="edith"))
    waiting.refresh_from_db()
    assert waiting.result is not None
    return waiting.result


def test_an_editor_proposes_and_withdraws_an_address_and_another_officer_approves(editor: Client) -> None:
    told = shown(editor.post(reverse("rw_directory:enter"), FORM, follow=True))
    assert "Nobody is shown it before another officer approves it" in told and "Waiting for a second officer" in told
    assert not HelpEntry.objects.exists() and who_can_help("KE") == []
    row = approved(editor)
    assert (row.phones, row.languages) == (["555-0103", "555-0104"], ["en", "sw"])
    assert (row.entered_by, row.approved_by) == (EDITH, HENRY)

    change = reverse("rw_directory:change", args=[row.pk])
    page = shown(editor.get(change))
    assert "555-0103\n555-0104</textarea>" in page and f'value="{clock.today().isoformat()}"' in page
    editor.post(change, FORM | {"phones": "555-0105", "checked_on": "2026-06-01"})
    assert HelpEntry.objects.standing().get() == row, "one person changes nothing"
    waits = shown(editor.get(reverse("rw_directory:proposal", args=[ProposedHelp.objects.get(entry=row).pk])))
    assert "555-0105" in waits and "Before: 555-0103, 555-0104" in waits and "Approve and show it" not in waits
    newest = approved(editor)
    assert HelpEntry.objects.standing().get() == newest
    assert (newest.replaces, newest.phones) == (row, ["555-0105"])

    page = shown(editor.get(reverse("rw_directory:entry", args=[newest.pk])))
    assert "555-0105" in page and "Before that" in page and "They say that they do not ask for papers" in page
    assert HENRY in page
    assert "Something newer stands in its place" in shown(editor.get(reverse("rw_directory:entry", args=[row.pk])))

    url = reverse("rw_directory:withdraw", args=[newest.pk])
    assert "Coast Workers&#x27; Union, Kenya" in shown(editor.get(url))
    told = shown(editor.post(url, {"reason": "It has closed"}, follow=True))
    assert "Nobody is shown it any more" in told and "It has closed" in told
    assert who_can_help("KE") == []
    assert [*AuditEntry.objects.order_by("at").values_list("verb", "by")] == [
        ("propose_help", EDITH), ("enter_help", EDITH), ("approve_help", HENRY), ("confirm_help", HENRY),
        ("propose_help", EDITH), ("replace_help", EDITH), ("approve_help", HENRY), ("confirm_help", HENRY),
        ("withdraw_help", EDITH), ("propose_help", EDITH),
    ]  # fmt: skip


def test_who_proposed_does_not_approve_with_whatever_rights(editor: Client) -> None:
    edith = User.objects.get(username="edith")
    edith.groups.add(*Group.objects.all())
    editor.post(reverse("rw_directory:enter"), FORM)
    waiting = ProposedHelp.objects.get()
    url = reverse("rw_directory:proposal", args=[waiting.pk])
    assert "Another officer must approve it" in shown(editor.post(url, {"do": "approve"}, follow=True))
    with pytest.raises(DecisionRefused, match="Another officer"):
        approve_help(waiting, by=edith)
    with pytest.raises(IntegrityError, match="agencies_board_help"), transaction.atomic():
        ProposedHelp.objects.filter(pk=waiting.pk).update(
            stage=Stage.APPROVED, closed_by="Somebody Else", closed_by_user=edith, closed_at=clock.now(),
            result=entered("Any other"),
        )  # fmt: skip
    assert not HelpEntry.objects.filter(name=FORM["name"]).exists()


def test_a_withdrawal_holds_at_once_and_is_confirmed_by_another_alone(editor: Client) -> None:
    edith, henry = (User.objects.get(username=name) for name in ("edith", "henry"))
    entry = entered()
    waiting = withdraw_at_once(entry, reason="Police answer there", by=edith)
    assert who_can_help("KE") == []
    page = reverse("rw_directory:proposal", args=[waiting.pk])
    assert "Take it back" not in shown(editor.get(page))
    assert refused(editor.post(page, {"do": "withdraw"}))
    with pytest.raises(DecisionRefused, match="Another officer"):
        turn_down_help(waiting, by=edith)
    assert approve_help(waiting, by=henry) is None
    assert (waiting.stage, waiting.closed_by) == (Stage.APPROVED, HENRY)
    other = withdraw_at_once(entered("Other"), reason="A mistake", by=edith)
    turn_down_help(other, by=henry)
    assert who_can_help("KE") == [], "turned down, it puts nothing back: that takes two"


def test_a_change_of_what_was_withdrawn_meanwhile_is_overtaken(editor: Client) -> None:
    edith, henry = (User.objects.get(username=name) for name in ("edith", "henry"))
    entry = entered()
    waiting = propose_help(facts(hours="Always"), entry=entry, by=edith)
    with pytest.raises(DecisionRefused, match="waits already"):
        propose_help(facts(hours="Never"), entry=entry, by=henry)
    withdraw_at_once(entry, reason="Closed", by=edith)
    with pytest.raises(StateChanged):
        approve_help(waiting, by=henry)
    assert waiting.stage == Stage.OVERTAKEN and who_can_help("KE") == []


def test_a_proposal_is_closed_once_and_never_changed(editor: Client, as_owner: Any) -> None:
    edith, henry = (User.objects.get(username=name) for name in ("edith", "henry"))
    waiting = propose_help(facts(), by=edith)
    rows = ProposedHelp.objects.filter(pk=waiting.pk)
    with pytest.raises(Exception, match="42501"), transaction.atomic():
        rows.update(facts=waiting.facts | {"phones": ["555-0199"]})
    for attempt in (lambda: rows.update(facts={}), lambda: rows.delete()):
        with as_owner(), pytest.raises(IntegrityError, match="proposedhelp_append_only"), transaction.atomic():
            attempt()
    approve_help(waiting, by=henry)
    with pytest.raises(IntegrityError, match="proposedhelp_append_only"), transaction.atomic():
        rows.update(closed_by="Somebody Else")
    with pytest.raises(StateChanged, match="first"):
        approve_help(waiting, by=henry)


def test_no_form_says_of_an_emergency_number_that_it_does_not_report(editor: Client) -> None:
    page = shown(editor.post(reverse("rw_directory:enter"), FORM | {"kind": "EMERGENCY", "phones": "000"}))
    assert "it always warns, whatever anybody says" in page
    assert not ProposedHelp.objects.exists()


def test_what_cannot_stand_there_is_said_beside_its_field_and_what_was_typed_is_kept(editor: Client) -> None:
    wrong = FORM | {"phones": "call us", "languages": "English", "website": "union.example"}
    page = shown(editor.post(reverse("rw_directory:enter"), wrong))
    for said in ("is not a telephone number", "is not the code of a language", "begins with https", "call us"):
        assert said in page
    assert not HelpEntry.objects.exists() and not ProposedHelp.objects.exists()


def test_an_emergency_number_of_which_nothing_is_known_is_entered_with_its_warning(editor: Client) -> None:
    editor.post(reverse("rw_directory:enter"), FORM | {"kind": "EMERGENCY", "papers": "UNKNOWN", "phones": "112"})
    assert approved(editor).papers == Papers.MAY_REPORT


def test_who_comes_second_is_told_and_keeps_what_was_typed(editor: Client) -> None:
    row = entered("Coast Workers' Union")
    replace_help(row, facts("Coast Workers' Union", hours="Always"), by="Grace Otieno", second_approver=HENRY)
    page = shown(editor.post(reverse("rw_directory:change", args=[row.pk]), FORM | {"hours": "Typed with care"}))
    assert "Somebody else changed this entry first" in page and "Typed with care" in page
    page = shown(editor.post(reverse("rw_directory:withdraw", args=[row.pk]), {"reason": "Closed"}))
    assert "Somebody else changed this entry first" in page
    assert HelpEntry.objects.standing().get().hours == "Always"


def test_what_is_withdrawn_is_changed_no_more(editor: Client) -> None:
    gone = withdraw_help(entered(), reason="Closed", by=EDITH)
    for name in ("rw_directory:change", "rw_directory:withdraw"):
        assert editor.get(reverse(name, args=[gone.pk])).status_code == 404
    page = shown(editor.get(reverse("rw_directory:entry", args=[gone.pk])))
    assert "Withdrawn: Closed" in page and reverse("rw_directory:change", args=[gone.pk]) not in page


def test_the_list_begins_with_what_was_checked_longest_ago_and_can_be_of_one_country(editor: Client) -> None:
    entered("Newer", checked_on=days_ago(5))
    entered("Older", checked_on=days_ago(900))
    entered("Elsewhere", country="PH", checked_on=days_ago(50))
    page = shown(editor.get(reverse("rw_directory:index")))
    assert page.index("Older") < page.index("Elsewhere") < page.index("Newer")
    page = shown(editor.get(reverse("rw_directory:index"), {"country": "PH"}))
    assert "Elsewhere" in page and "Older" not in page
    assert shown(editor.get(reverse("rw_directory:index"), {"country": "<script>"})).count("<script>al") == 0
