"""Who would get a complaint: by command and at the desk. Who is left out, and why; what ends soon."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from agencies.models import HelpEntry
from complaints.cases.models import Attestation, Inspector, Membership, Office, OfficeKeyWrap
from complaints.cases.models.people import Role
from complaints.firewall import who_gets
from recruitment_watch import clock
from tests.desk.cast import browser
from tests.factories import Cast, make_office

AsOwner = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def everybody(as_owner: AsOwner, registrar_privates: list[bytes]) -> dict[str, Cast]:
    """Offices of Qatar and Nepal: safe, and left out for every reason there is."""
    with as_owner():
        made = {
            name: make_office(registrar_privates=registrar_privates, name=name, **more)
            for name, more in {
                "Doha": {"region": "Doha"},
                "Whole": {},
                "Head": {"national_head": True},
                "Lusail": {"region": "Lusail"},
                "Joint": {},
                "Lapsed": {},
                "Lonely": {},
                "Old": {"today": date.today() - timedelta(days=91)},
                "Kathmandu": {"country": "NP"},
            }.items()
        }
        Office.objects.filter(pk=made["Joint"].office.pk).update(mandate="joint_taskforce")
        Attestation.objects.filter(office=made["Lapsed"].office).update(withdrawn=True)
        OfficeKeyWrap.objects.filter(inspector=made["Lonely"].members[1]).delete()
        Office.objects.filter(pk=made["Whole"].office.pk).update(languages=["ne"])
    return made


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("routing", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_the_preview_says_who_in_order_and_why(everybody: dict[str, Cast]) -> None:
    shown = said(
        "preview", "--country", "QA", "--region", "Doha", "--recruited-in", "NP", "--category", "fees",
        "--language", "ne",
    )  # fmt: skip
    assert shown.splitlines()[0].startswith("Rule “how the worker was recruited” of ") and ", S2" in shown
    for number, words in enumerate(
        (
            "Doha (QA, Doha): for the part of the country where the work is",
            "Whole (QA): for the whole country of work; reads the language",
            "Kathmandu (NP): for the country of recruitment",
            "Head (QA): the national head, always last",
        ),
        start=1,
    ):
        assert f"{number:2}. {words}\n" in shown


def test_the_preview_says_who_is_left_out_and_why(everybody: dict[str, Cast]) -> None:
    shown = said("preview", "--country", "QA", "--region", "Doha", "--recruited-in", "NP", "--category", "wages")
    for words in (
        "Joint (QA): Its mandate is not labour law only: it can never get a complaint.",
        "Lapsed (QA): No attestation is in force.",
        "Lonely (QA): Fewer than two of its members can open what comes.",
        "Old (QA): Its newest key has no certificate that holds today.",
        "Lusail (QA, Lusail): It is for another part of the country.",
        "Kathmandu (NP): This rule does not ask it.",
    ):
        assert f"    {words}" in shown
    in_danger = said("preview", "--country", "QA", "--region", "Doha", "--severity", "1")
    assert "Rule “danger”" in in_danger
    assert "1. Doha" in in_danger and "2. Whole" in in_danger and "3. Head" in in_danger


def test_an_office_for_which_there_is_no_room_is_told(as_owner: AsOwner, registrar_privates: list[bytes]) -> None:
    with as_owner():
        for number in range(4):
            make_office(registrar_privates=registrar_privates, name=f"Office {number}")
    shown = said("preview", "--country", "QA", "--severity", "1")
    assert "Office 3 (QA): There is no room for it: no more than 3 are asked." in shown


def test_nobody_is_said_too(everybody: dict[str, Cast]) -> None:
    assert "Nobody would get it." in said("preview", "--country", "AE")


def test_a_wrong_word_is_refused() -> None:
    qatar = ("--country", "QA")
    for *wrong, words in (
        ("--country", "XQ", "is no country"),
        (*qatar, "--recruited-in", "Nepal", "is no country"),
        (*qatar, "--sector", "boats", "invalid choice"),
        (*qatar, "--category", "x", "invalid choice"),
    ):
        with pytest.raises(CommandError, match=words):
            said("preview", *wrong)


def test_rules_that_cannot_be_used_are_said_by_the_command(settings: Any, tmp_path: Path) -> None:
    settings.ROUTING_RULES = tmp_path / "rules.toml"
    settings.ROUTING_RULES.write_text("[[rule]]\nask = []\n")
    with pytest.raises(CommandError, match="needs a name"):
        call_command("routing", "coverage", skip_checks=True)


# --- coverage -----------------------------------------------------------------------------------------------


@pytest.fixture
def helpline(as_owner: AsOwner) -> None:
    with as_owner():
        HelpEntry(
            country="OM", name="Helpline", kind="HOTLINE", phones=["555-0101"], source="A test",
            checked_on=date.today(), entered_by="Edith", approved_by="Ida", entered_at=clock.now(),
        ).save(using="register_copy")  # fmt: skip


def test_coverage_names_where_nobody_is_asked(
    everybody: dict[str, Cast], helpline: None, as_owner: AsOwner, registrar_privates: list[bytes]
) -> None:
    with as_owner():
        make_office(registrar_privates=registrar_privates, name="Port", country="SA", region="Jeddah")
    found = json.loads(said("coverage", "--json"))
    rows = {row["country"]: row for row in found["countries"]}
    assert rows.keys() == {"QA", "NP", "OM", "SA"}
    assert (rows["QA"]["offices"], rows["QA"]["nobody"], rows["QA"]["unserved"]["categories"]) == (4, False, [])
    assert rows["NP"]["unserved"]["categories"] == ["official_collusion"]
    assert rows["OM"]["nobody"] and rows["SA"]["nobody"] and rows["SA"]["regions"] == ["Jeddah"]
    assert found["others"]["somebody"] == 0 and found["others"]["nobody"] > 200
    shown = said("coverage")
    assert "Oman (OM): 0 safe offices, nobody" in shown and "only in Jeddah" in shown
    assert "Nepal (NP): 1 safe offices, nobody for: An official helps the agency" in shown
    assert "Qatar (QA): 4 safe offices\n" in shown


def test_a_rule_for_a_sector_shows_where_it_leads_nowhere(
    everybody: dict[str, Cast], settings: Any, tmp_path: Path
) -> None:
    settings.ROUTING_RULES = tmp_path / "sea.toml"
    settings.ROUTING_RULES.write_text(
        '[[rule]]\nname = "ships"\nwhen.sectors = ["sea"]\nwhen.countries = ["NP"]\nask = []\n'
        '[[rule]]\nname = "rest"\nask = ["country"]\n'
    )
    rows = {row["country"]: row for row in json.loads(said("coverage", "--json"))["countries"]}
    assert rows["NP"]["unserved"]["sectors"] == ["sea"] and rows["QA"]["unserved"]["sectors"] == []
    assert "nobody for: At sea: fishing or ships" in said("coverage")


def test_what_ends_within_thirty_days_is_told(as_owner: AsOwner, registrar_privates: list[bytes]) -> None:
    with as_owner():
        cast = make_office(registrar_privates=registrar_privates, name="Doha")
    attested, today = Attestation.objects.get(office=cast.office).expires_on, date.today()
    assert who_gets.coverage(on=today).endings == ()
    last = today + timedelta(days=90)  # of the certificate
    (ending,) = who_gets.coverage(on=today + timedelta(days=62)).endings
    assert ending.what == "certificate" and abs((ending.on - last).days) <= 1
    found = who_gets.coverage(on=attested - timedelta(days=30)).endings
    assert [(one.what, one.on) for one in found] == [("attestation", attested - timedelta(days=1))]
    assert who_gets.coverage(on=attested - timedelta(days=31)).endings == ()


# --- the page -----------------------------------------------------------------------------------------------


def signed_in(member: Inspector) -> Client:
    client = browser()
    client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_page_answers_without_an_open_vault_and_keeps_nothing(everybody: dict[str, Cast]) -> None:
    client = signed_in(everybody["Head"].members[0])
    blank = client.get("/routing/").content.decode()
    assert "<h1>Who would get a complaint</h1>" in blank and 'id="answer"' not in blank
    answer = client.post(
        "/routing/",
        {"country": "QA", "region": "Doha", "recruited_in": "NP", "categories": ["fees"], "language": "ne"},
    )
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert "how the worker was recruited" in shown
    places = [shown.index(name) for name in ("<bdi>Doha", "<bdi>Whole", "<bdi>Kathmandu", "<bdi>Head")]
    assert places == sorted(places)
    assert "reads the language" in shown and "It can never get" not in shown
    assert "Its mandate is not labour law only" in shown and "Lusail" in shown
    assert f'href="/office/{everybody["Head"].office.pk}/"' in shown


def test_mistakes_and_nobody_are_said_in_words(everybody: dict[str, Cast]) -> None:
    client = signed_in(everybody["Head"].members[0])
    wrong = client.post("/routing/", {"country": ""})
    assert wrong.status_code == 422 and "Choose a country from the list." in wrong.content.decode()
    nobody = client.post("/routing/", {"country": "AE"}).content.decode()
    assert "Nobody: no office that this rule asks is safe." in nobody
    assert "Every office of these countries would get it." in nobody


def test_only_who_leads_an_office_sees_it(everybody: dict[str, Cast], as_owner: AsOwner) -> None:
    head, inspector = everybody["Head"].members
    assert signed_in(inspector).get("/routing/").status_code == 404
    assert browser().get("/routing/").status_code == 302
    office = f"/office/{everybody['Head'].office.pk}/"
    assert 'href="/routing/"' not in signed_in(inspector).get(office).content.decode()
    assert 'href="/routing/"' in signed_in(head).get(office).content.decode()
    with as_owner():
        Membership.objects.filter(inspector=inspector).update(role=Role.LEAD)
    assert signed_in(inspector).get("/routing/").status_code == 200


def test_rules_that_cannot_be_used_are_said_at_the_desk(
    everybody: dict[str, Cast], settings: Any, tmp_path: Path
) -> None:
    settings.ROUTING_RULES = tmp_path / "none.toml"
    shown = signed_in(everybody["Head"].members[0]).post("/routing/", {"country": "QA"}).content.decode()
    assert "cannot be read" in shown and 'id="answer"' not in shown
