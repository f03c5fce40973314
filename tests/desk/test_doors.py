"""Every page: a stranger is sent to sign in, an outsider finds nothing, a closed vault is asked for."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from django.urls import reverse

from complaints.cases.models import Attestation, Case, Holding, Inspector, Message
from complaints.desk.urls import urlpatterns
from complaints.firewall.models import Approval, Disclosure
from tests.desk.cast import STORY, Desk, browser, sign_in, with_app
from tests.factories import PASSWORD, Cast, passphrase

ROUTES = {str(one.name): one for one in urlpatterns}
OF_A_CASE = tuple(name for name, one in ROUTES.items() if "case_id" in one.pattern.converters)
OF_AN_OFFICE = tuple(name for name, one in ROUTES.items() if "office_id" in one.pattern.converters)  # test_members.py
OF_A_PARCEL = ("parcel", "parcel-resend", "parcel-recall")  # test_handover.py
OF_A_PATTERN = tuple(name for name, one in ROUTES.items() if "mark_id" in one.pattern.converters)  # test_patterns.py
OPEN_TO_ALL = ("sign-in", "second-step", "set-up", "sign-out", "enrol", "health", "received")
OF_A_MEMBER = (
    "queue", "assign", "indexing", "vault", "close-vault", "second-factor", "offices", "recover", "routing", "parcels",
    "patterns", "search", "print-order", "print-letter",
)  # fmt: skip


def address(name: str, case: UUID) -> str:
    given = {"case_id": case, "approval_id": uuid4(), "grant_id": uuid4(), "file_id": uuid4(), "what": "identity"}
    return reverse(f"desk:{name}", kwargs={key: given[key] for key in ROUTES[name].pattern.converters})


def test_every_address_of_the_desk_stands_in_one_of_these_lists() -> None:
    lists = (OF_A_CASE, OF_A_PARCEL, OF_A_PATTERN, OF_AN_OFFICE, OPEN_TO_ALL, OF_A_MEMBER)
    assert {one.name for one in urlpatterns} == {name for names in lists for name in names}


def test_a_stranger_is_sent_to_sign_in(case: UUID) -> None:
    addresses = [address(name, case) for name in OF_A_CASE] + [reverse(f"desk:{n}") for n in ("queue", "vault")]
    for one in addresses:
        for answer in (browser().get(one), browser().post(one, {})):
            assert (answer.status_code, answer["Location"]) == (302, f"{reverse('desk:sign-in')}?next={one}")
    assert browser().post(reverse("desk:close-vault")).status_code == 302


@pytest.mark.parametrize("name", OF_A_CASE)
def test_charlie_of_another_office_finds_nothing_and_leaves_nothing(
    name: str, charlie: Inspector, case: UUID, desk: Callable[..., Desk]
) -> None:
    before = Case.objects.values().get(pk=case)
    one = desk(charlie, 0).client
    for ask in (one.get, one.post):
        answer, control = ask(address(name, case)), ask(address(name, uuid4()))
        assert (answer.status_code, answer.content) == (404, control.content)
    assert Case.objects.values().get(pk=case) == before
    assert not (Disclosure.objects.exists() or Message.objects.exists() or Approval.objects.exists())


def test_charlie_learns_nothing_with_a_closed_vault_either(
    charlie: Inspector, case: UUID, desk: Callable[..., Desk]
) -> None:
    one = desk(charlie, 0)
    one.post("close-vault")
    assert one.get("case", case).status_code == one.get("case", uuid4()).status_code == 404


def test_charlies_queue_is_empty(charlie: Inspector, case: UUID, desk: Callable[..., Desk]) -> None:
    page = desk(charlie, 0).get("queue").content.decode()
    assert str(case) not in page and "No case here." in page


def test_a_lapsed_attestation_turns_an_open_page_into_nothing(
    ana: Inspector, case: UUID, desk: Callable[..., Desk], as_owner: Callable, office: Cast
) -> None:
    one = desk(ana, 0)
    assert STORY in one.get("case", case).content.decode()
    with as_owner():
        Attestation.objects.filter(office=office.office).update(withdrawn=True)
    for name in OF_A_CASE:
        assert one.client.post(address(name, case)).status_code == 404
    page = one.get("queue").content.decode()
    assert "None of your offices may hold cases today" in page and str(case) not in page


def test_a_closed_vault_is_asked_for_and_leads_back(ana: Inspector, case: UUID, desk: Callable[..., Desk]) -> None:
    one = desk(ana, 0)
    one.post("close-vault")
    asked = one.get("case", case)
    assert asked["Location"] == f"{reverse('desk:vault')}?next={address('case', case).replace('/', '%2F')}"
    opened = one.client.post(asked["Location"], {"passphrase": passphrase(0)})
    assert opened["Location"] == address("case", case)


def test_what_was_typed_survives_a_vault_that_closed_meanwhile(
    ana: Inspector, case: UUID, desk: Callable[..., Desk]
) -> None:
    one = desk(ana, 0)
    one.post("acknowledge", case)
    one.post("close-vault")
    asked = one.post("answer", case, **{"answer-text": "Long & careful words"})
    page = asked.content.decode()
    assert asked.status_code == 200
    assert 'name="kept-answer-text" value="Long &amp; careful words"' in page
    shown = one.post(
        "vault", passphrase=passphrase(0), next=address("answer", case), **{"kept-answer-text": "Long & careful words"}
    ).content.decode()
    assert f'action="{address("answer", case)}"' in shown and "Long &amp; careful words" in shown
    assert not Message.objects.exists()


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "case"])
def test_nobody_is_led_elsewhere_after_signing_in(wanted: str, ana: Inspector) -> None:
    assert sign_in(browser(), with_app(ana), next=wanted)["Location"] == reverse("desk:queue")


def test_signing_in_leads_to_where_one_was_going(ana: Inspector, case: UUID) -> None:
    answer = sign_in(browser(), with_app(ana), next=address("case", case))
    assert answer["Location"] == address("case", case)


def test_one_sentence_for_every_reason_why_nobody_is_signed_in(
    ana: Inspector, ben: Inspector, as_owner: Callable
) -> None:
    with as_owner():
        Inspector.objects.filter(pk=ben.pk).update(is_active=False)
    pages = set()
    for username, password in (
        (ana.username, "wrong"), ("nobody-here", PASSWORD), (ben.username, PASSWORD), (ana.username, f"{PASSWORD} ")
    ):  # fmt: skip
        one = browser()
        answer = one.post(reverse("desk:sign-in"), {"username": username, "password": password})
        page = answer.content.decode()
        assert answer.status_code == 422 and password not in page.replace(username, "")
        token = page.partition('csrfmiddlewaretoken" value="')[2].partition('"')[0]
        pages.add(page.replace(username, "somebody").replace(token, "token"))
    assert len(pages) == 1
    assert "do not belong together" in pages.pop()


@pytest.mark.parametrize("name", ["queue", "vault", "sign-in"])
def test_no_page_is_kept_anywhere(name: str, ana: Inspector, desk: Callable[..., Desk]) -> None:
    answer = desk(ana, 0).get(name)
    assert (answer["Cache-Control"], answer["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_a_case_that_no_longer_opens_says_so(
    ana: Inspector, case: UUID, desk: Callable[..., Desk], as_owner: Callable
) -> None:
    one = desk(ana, 0)
    with as_owner():
        Holding.objects.filter(case=case).update(box=b"damaged")
    answer = one.get("case", case)
    assert answer.status_code == 410
    assert "This case does not open" in answer.content.decode()
