"""What can be changed later: what the agency may be told, how to be reached, who may look on; and a page to print."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from complaints.cases import sealing
from complaints.cases.models import Case, Content, Departure, HelperReceipt, Message
from complaints.cases.states import State
from complaints.firewall.models import Disclosure, DisclosureDetail
from complaints.vault import receipts as vault_receipts
from tests.factories import Cast
from tests.intake.cast import CANARY, Person, hidden, page_of, text
from tests.intake.test_mailbox import Filed, come_back, file, hold


@pytest.fixture
def filed(offices: tuple[Cast, Cast], as_owner: Any) -> Filed:
    made = file(as_owner)
    with as_owner():
        hold(made, offices[0])
    return made


def identity(filed: Filed, as_owner: Any) -> dict[str, object]:
    with as_owner():
        box = Content.objects.get(case=filed.case, kind="identity").box
        return sealing.open_identity(filed.keys.identity, bytes(box), case=filed.case)


# --- what the agency may be told --------------------------------------------------------------------------


def test_consent_is_changed_and_taken_back_and_the_office_reads_it_sealed(
    client: Client, filed: Filed, as_owner: Any
) -> None:
    someone = come_back(client, filed.receipt)
    assert page_of(someone.post("back/tell", {"may": "yes", "told": ["money"]})) == "back/box"
    shown = text(someone.get("back/tell"))
    assert 'value="money" id="id_told_1" checked' in shown or "checked" in shown
    assert "You changed what the agency may be told" in text(someone.get("back/box"))
    someone.post("back/tell", {"may": "no"})
    with as_owner():
        said = [
            sealing.open_message(filed.keys.body, bytes(row.box), case=filed.case, row=row.pk, epoch=row.epoch)
            for row in Message.objects.all()
        ]
    assert sorted(str(one["consent"]) for one in said) == ["{'agency': ['money']}", "{'agency': []}"]


def test_the_form_shows_what_was_said_last(client: Client, filed: Filed) -> None:
    someone = come_back(client, filed.receipt)
    assert "checked" in text(someone.get("back/tell")).split('value="no"')[1].split(">")[0]
    someone.post("back/tell", {"may": "yes", "told": ["papers"]})
    assert "checked" in text(someone.get("back/tell")).split('value="papers"')[1].split(">")[0]


def test_what_an_office_writes_is_no_consent(client: Client, filed: Filed, as_owner: Any) -> None:
    someone, row = come_back(client, filed.receipt), uuid4()
    said = {"text": "x", "author": "Doha", "at": "2099-11-26T10:00:00+00:00", "consent": {"agency": ["papers"]}}
    box = sealing.seal_message(filed.keys.body, said, case=filed.case, row=row, epoch=0)
    with as_owner():
        Message.objects.create(id=row, case_id=filed.case, direction="to", week="2026-W48", box=box)
    assert "checked" in text(someone.get("back/tell")).split('value="no"')[1].split(">")[0]


# --- how to be reached ------------------------------------------------------------------------------------


def test_a_way_to_be_reached_is_given_later_and_taken_back(client: Client, filed: Filed, as_owner: Any) -> None:
    someone = come_back(client, filed.receipt)
    assert identity(filed, as_owner) == {"contact": {}}
    someone.post("back/reach", {"how": "call", "where": CANARY, "when": ""})
    assert identity(filed, as_owner)["contact"] == {"how": "call", "where": CANARY, "when": ""}
    assert CANARY not in text(someone.get("back/reach"))  # somebody may be looking
    someone.post("back/reach", {"how": "", "where": CANARY})
    assert identity(filed, as_owner) == {"contact": {}}


def test_all_that_is_said_of_it_has_one_length(client: Client, filed: Filed, as_owner: Any) -> None:
    someone = come_back(client, filed.receipt)
    sizes = set()
    for how, where in (("call", "x"), ("mail", "😀" * 300), ("", "")):
        someone.post("back/reach", {"how": how, "where": where, "when": "y" * 300})
        with as_owner():
            sizes.add(len(bytes(Content.objects.get(kind="identity").box)))
    assert len(sizes) == 1


@pytest.mark.parametrize(("was_given", "stored"), [(True, False), (False, True)])
def test_nothing_new_is_put_under_a_key_that_an_office_took_along(
    client: Client, filed: Filed, offices: tuple[Cast, Cast], as_owner: Any, was_given: bool, stored: bool
) -> None:
    with as_owner():
        if was_given:
            row = Disclosure.objects.create(previous=b"0" * 32, commitment=b"1" * 32, digest=b"2" * 32, number=1)
            DisclosureDetail.objects.create(
                disclosure=row, case_id=filed.case, office=offices[0].office, verb="identity_released", week="2026-W40",
                salt=b"3" * 32,
            )  # fmt: skip
        Departure.objects.create(case_id=filed.case, office=offices[0].office, week="2026-W41")
    someone = come_back(client, filed.receipt)
    response = someone.post("back/reach", {"how": "call", "where": CANARY})
    assert (response.status_code == 302) is stored
    assert (CANARY in str(identity(filed, as_owner))) is stored
    if not stored:
        assert "It was not changed" in text(response) and CANARY in text(response)
        assert page_of(someone.post("back/reach", {"how": ""})) == "back/box"  # taking back always works


# --- a helper ---------------------------------------------------------------------------------------------


def helpers_receipt(someone: Person) -> str:
    shown = text(someone.post("back/helper"))
    digits = "".join(part.split("<")[0] for part in shown.split("<span>")[1:])
    return vault_receipts.read(digits)


def test_a_helper_sees_how_far_it_is_and_no_word_of_it(client: Client, filed: Filed, as_owner: Any) -> None:
    someone = come_back(client, filed.receipt)
    someone.post("back/box", hidden(text(someone.get("back/box"))) | {"text": CANARY})
    number = helpers_receipt(someone)
    helper = Person(Client(HTTP_HOST=client.defaults["HTTP_HOST"]))
    assert page_of(helper.post("back", {"number": number})) == "back/far"
    shown = text(helper.get("back/far"))
    assert "An office has it" in shown and "Doha Labour Inspection got it" in shown
    assert CANARY not in shown and "<textarea" not in shown
    for page in ("box", "tell", "reach", "helper", "slip", "away", "delete"):
        assert page_of(helper.get(f"back/{page}")) == "back"
        assert helper.post(f"back/{page}", {"text": "x", "sure": "on"}).status_code in (302, 410)
    with as_owner():
        assert Case.objects.get().state == State.RELEASED and Message.objects.count() == 1


def test_a_helpers_receipt_is_revoked_by_the_next_and_by_a_word(client: Client, filed: Filed) -> None:
    someone = come_back(client, filed.receipt)
    first, second = helpers_receipt(someone), helpers_receipt(someone)
    helper = Person(Client(HTTP_HOST=client.defaults["HTTP_HOST"]))
    assert "Nothing is stored under this number" in text(helper.post("back", {"number": first}))
    assert page_of(helper.post("back", {"number": second})) == "back/far"
    assert page_of(someone.post("back/helper", {"revoke": "1"})) == "back/box"
    assert page_of(helper.get("back/far")) == "back"
    assert "Nothing is stored under this number" in text(helper.post("back", {"number": second}))


def test_taking_the_complaint_back_takes_the_helpers_receipt_too(client: Client, filed: Filed, as_owner: Any) -> None:
    someone = come_back(client, filed.receipt)
    helpers_receipt(someone)
    someone.post("back/delete", {"sure": "on"})
    with as_owner():
        assert not HelperReceipt.objects.exists()


def test_what_is_stored_of_a_helper_is_a_tag_and_nothing_else(client: Client, filed: Filed, as_owner: Any) -> None:
    number = helpers_receipt(come_back(client, filed.receipt))
    with as_owner():
        row = HelperReceipt.objects.get()
    assert len(bytes(row.tag)) == 16 and number.encode() not in bytes(row.tag)
    assert {field.name for field in HelperReceipt._meta.fields} == {"case", "tag"}


# --- to print ---------------------------------------------------------------------------------------------


def test_the_page_to_print_names_nothing(client: Client, filed: Filed) -> None:
    shown = text(come_back(client, filed.receipt).get("back/slip"))
    main = shown[shown.index("<main") : shown.index("</main>")]
    assert "A complaint was received" in main and "An office has it" in main
    written = vault_receipts.show(filed.receipt)
    for word in (CANARY, "Doha", "Qatar", str(filed.case)[:8], filed.receipt[:8], written[:9]):
        assert word not in main
