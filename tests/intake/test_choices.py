"""What a complainant can change: which office has the case, and whether there is one."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from complaints.cases.models import Case, Content, Departure, EpochBox, Holding, Message, Receipt, Rung, Step
from complaints.cases.states import State
from complaints.firewall import disclosure
from complaints.firewall.disclosure import Verb
from complaints.firewall.models import Disclosure, DisclosureDetail
from tests.factories import Cast
from tests.intake.cast import CANARY, hidden, page_of, text
from tests.intake.test_mailbox import Filed, come_back, file, hold


@pytest.fixture
def filed(offices: tuple[Cast, Cast], as_owner: Any) -> Filed:
    made = file(as_owner)
    with as_owner():
        hold(made, offices[0])
    return made


def test_an_office_is_taken_away_and_the_next_message_is_under_a_new_key(
    client: Client, filed: Filed, offices: tuple[Cast, Cast], as_owner: Any
) -> None:
    someone = come_back(client, filed.receipt)
    someone.post("back/box", hidden(text(someone.get("back/box"))) | {"text": "Before"})
    asked = text(someone.get("back/away"))
    assert "Doha Labour Inspection" in asked and "No other office has it now." in asked
    assert "Choose an office" in text(someone.post("back/away", {}))
    assert page_of(someone.post("back/away", {"office": str(offices[0].office.pk)})).startswith("back/box")
    with as_owner():
        case = Case.objects.get(pk=filed.case)
        assert (case.epoch, case.state) == (1, State.RELEASED) and not Holding.objects.exists()
        assert Departure.objects.get().office == offices[0].office
    shown = text(someone.get("back/box"))
    assert "Doha Labour Inspection has it no longer" in shown and "back/away" not in shown
    someone.post("back/box", hidden(shown) | {"text": "After"})
    shown = text(someone.get("back/box"))
    assert "Before" in shown and "After" in shown
    with as_owner():
        assert sorted(Message.objects.values_list("epoch", flat=True)) == [0, 1]
        kinds = sorted(EpochBox.objects.values_list("kind", flat=True))
        assert kinds == ["complainant", *["rung"] * 5]  # rung 1 was released to the office that left


def test_an_office_that_does_not_have_it_cannot_be_taken_away(
    client: Client, filed: Filed, offices: tuple[Cast, Cast], as_owner: Any
) -> None:
    someone = come_back(client, filed.receipt)
    someone.post("back/away", {"office": str(offices[1].office.pk)})
    with as_owner():
        assert not Departure.objects.exists() and Holding.objects.count() == 1


def test_taking_it_back_deletes_everything_at_once(client: Client, filed: Filed, as_owner: Any) -> None:
    other = file(as_owner)
    someone = come_back(client, filed.receipt)
    someone.post("back/box", hidden(text(someone.get("back/box"))) | {"text": CANARY})
    assert "An inspector may have read it already." in text(someone.get("back/delete"))
    assert "Tick the box" in text(someone.post("back/delete", {}))
    with as_owner():
        assert Content.objects.filter(case=filed.case).count() == 3
    assert "You took it back" in text(someone.post("back/delete", {"sure": "on"}))
    with as_owner():
        for model in (Content, Rung, Holding, Message, EpochBox, Step, Departure, DisclosureDetail):
            assert not model.objects.filter(case=filed.case).exists(), model
        receipt = Receipt.objects.get(case=filed.case)
        assert bytes(receipt.box) == b"" and Case.objects.get(pk=filed.case).state == State.WITHDRAWN
        assert Content.objects.filter(case=other.case).count() == 3
        assert Disclosure.objects.count() == 0


def test_whoever_was_handed_it_outside_keeps_it_and_the_page_says_so_before_the_button(
    client: Client, filed: Filed, offices: tuple[Cast, Cast], as_owner: Any
) -> None:
    someone = come_back(client, filed.receipt)
    assert "keeps what it got" not in text(someone.get("back/delete"))
    with as_owner():
        disclosure.record(Verb.HANDED_OVER, office=offices[1].office, case=Case.objects.get(pk=filed.case))
    assert "An inspectorate outside this site that was given your complaint keeps" in text(someone.get("back/delete"))


def test_afterwards_the_receipt_says_what_happened(client: Client, filed: Filed) -> None:
    someone = come_back(client, filed.receipt)
    someone.post("back/delete", {"sure": "on"})
    again = come_back(client, filed.receipt)
    shown = again.get("back/box")
    assert shown.status_code == 410 and "You took it back" in text(shown)
    assert again.post("back/delete", {"sure": "on"}).status_code == 410  # the mailbox is closed


def test_without_an_open_mailbox_the_receipt_is_asked_for(client: Client) -> None:
    for page in ("back/away", "back/delete"):
        assert client.get(f"/en/{page}/").status_code == 302


def test_the_tick_s_own_words_for_a_withdrawn_case_are_none(client: Client, filed: Filed, as_owner: Any) -> None:
    someone = come_back(client, filed.receipt)
    someone.post("back/delete", {"sure": "on"})
    with as_owner():
        assert not Case.objects.filter(state__in=("filed", "released")).exists()
