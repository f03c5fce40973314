"""The directory of help in the admin: an editor enters, changes and withdraws; every page says what was before."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from agencies.directory import who_can_help
from agencies.help_actions import Papers, replace_help, withdraw_help
from agencies.models import AuditEntry, HelpEntry
from recruitment_watch import clock

from .help_cast import EDITH, days_ago, entered, facts
from .officers import Officers, officers

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


def test_an_editor_enters_changes_and_withdraws_an_address(editor: Client) -> None:
    editor.post(reverse("rw_directory:enter"), FORM)
    row = HelpEntry.objects.get()
    assert (row.phones, row.languages, row.entered_by) == (["555-0103", "555-0104"], ["en", "sw"], EDITH)

    change = reverse("rw_directory:change", args=[row.pk])
    page = shown(editor.get(change))
    assert "555-0103\n555-0104</textarea>" in page and f'value="{clock.today().isoformat()}"' in page
    editor.post(change, FORM | {"phones": "555-0105", "checked_on": "2026-06-01"})
    newest = HelpEntry.objects.standing().get()
    assert (newest.replaces, newest.phones) == (row, ["555-0105"])

    page = shown(editor.get(reverse("rw_directory:entry", args=[newest.pk])))
    assert "555-0105" in page and "Before that" in page and "They say that they do not ask for papers" in page
    assert "Something newer stands in its place" in shown(editor.get(reverse("rw_directory:entry", args=[row.pk])))

    url = reverse("rw_directory:withdraw", args=[newest.pk])
    assert "Coast Workers&#x27; Union, Kenya" in shown(editor.get(url))
    told = shown(editor.post(url, {"reason": "It has closed"}, follow=True))
    assert "Nobody is shown it any more" in told and "It has closed" in told
    assert who_can_help("KE") == []
    assert [*AuditEntry.objects.order_by("at").values_list("verb", "by")] == [
        ("enter_help", EDITH), ("replace_help", EDITH), ("withdraw_help", EDITH),
    ]  # fmt: skip


def test_what_cannot_stand_there_is_said_beside_its_field_and_what_was_typed_is_kept(editor: Client) -> None:
    wrong = FORM | {"phones": "call us", "languages": "English", "website": "union.example"}
    page = shown(editor.post(reverse("rw_directory:enter"), wrong))
    for said in ("is not a telephone number", "is not the code of a language", "begins with https", "call us"):
        assert said in page
    assert not HelpEntry.objects.exists()


def test_an_emergency_number_of_which_nothing_is_known_is_entered_with_its_warning(editor: Client) -> None:
    editor.post(reverse("rw_directory:enter"), FORM | {"kind": "EMERGENCY", "papers": "UNKNOWN", "phones": "112"})
    assert HelpEntry.objects.get().papers == Papers.MAY_REPORT


def test_who_comes_second_is_told_and_keeps_what_was_typed(editor: Client) -> None:
    row = entered("Coast Workers' Union")
    replace_help(row, facts("Coast Workers' Union", hours="Always"), by="Grace Otieno")
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
