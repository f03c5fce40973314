"""Money, numbers that give away, consent and groups: what the form asks beyond the story."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms as django_forms
from django.core.exceptions import ValidationError
from django.test import Client

from complaints.cases import sealing
from complaints.cases.models import Content, Receipt
from complaints.intake import groups, receipts
from complaints.intake.forms import MONEY_MAX
from complaints.intake.forms.money import Amount
from complaints.intake.progress import Progress
from complaints.vault import receipts as vault_receipts
from tests.intake.cast import CANARY, Person, hidden, page_of, person, text
from tests.intake.test_filing import opened


def filed(someone: Person, as_owner: Any) -> dict[str, Any]:
    """Send it, and open the cover, the body and the identity as the complainant could."""
    someone.get("check")
    assert page_of(someone.post("check")) == "number"
    number = someone.receipt()
    with as_owner():
        receipt = Receipt.objects.get()
        keys = opened(receipt.case, receipt, receipts.keys_of(number).private)
        boxes = {row.kind: bytes(row.box) for row in Content.objects.all()}
        return {
            **sealing.open_cover(keys.cover, boxes["cover"], case=receipt.case_id),
            **sealing.open_body(keys.body, boxes["body"], case=receipt.case_id),
            **sealing.open_identity(keys.identity, boxes["identity"], case=receipt.case_id),
        }


# --- money ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "sum_"),
    [
        ("3000", "3000"), ("3,000", "3000"), ("3.000", "3000"), ("3 000", "3000"), ("1,20,000", "120000"),
        ("250.50", "250.50"), ("250,5", "250.5"), ("1.234.567,89", "1234567.89"), ("1,234,567.89", "1234567.89"),
        ("٣٠٠٠", "3000"), ("٣٬٠٠٠", "3000"), ("২৫০", "250"), ("०५०", "50"), ("", ""), ("0", "0"),
    ],
)  # fmt: skip
def test_a_sum_is_read_as_people_write_it(typed: str, sum_: str) -> None:
    assert Amount(required=False).clean(typed) == sum_


@pytest.mark.parametrize("typed", ["much", "3 x 4", "-5", "1.2.3.4x", "9" * 13, "12.345.6x"])
def test_what_is_no_sum_is_said_to_be_none(typed: str) -> None:
    with pytest.raises(ValidationError, match="digits"):
        Amount(required=False).clean(typed)


def test_payments_are_added_one_by_one_and_sent_twice_they_stand_there_once(
    client: Client, offices: Any, as_owner: Any
) -> None:
    someone = person(client)
    someone.go(until="paid")
    given = hidden(text(someone.get("paid"))) | {"item": "medical", "amount": "250", "currency": "QAR", "more": "1"}
    for _ in range(2):
        assert page_of(someone.post("paid", given)) == "paid"
    tea = {"item": "other", "words": "tea money", "amount": "1 000", "other": "gold", "more": "1"}
    loan = {"proof": "refused", "loan": "on", "rate": "5 %"}
    someone.post("paid", hidden(text(someone.get("paid"))) | tea | loan)
    shown = text(someone.get("paid"))
    assert shown.count('name="remove"') == 2
    assert "A medical test: 250 Qatari R" in shown and "tea money: 1000 gold" in shown
    assert page_of(someone.post("paid", {})) == "kept"  # nothing more to add
    someone.go_from("kept")
    fees = filed(someone, as_owner)["fees"]
    assert [(fee["item"], fee["amount"], fee["currency"]) for fee in fees] == [
        ("medical", "250", "QAR"), ("other", "1000", "gold"),
    ]  # fmt: skip
    assert (fees[1]["proof"], fees[1]["loan"], fees[1]["rate"]) == ("refused", True, "5 %")


def test_a_payment_can_be_taken_out_again(client: Client, offices: Any) -> None:
    someone = person(client)
    someone.go(until="paid")
    for item in ("medical", "travel"):
        someone.post("paid", hidden(text(someone.get("paid"))) | {"item": item, "more": "1"})
    first = text(someone.get("paid")).split('name="remove" value="')[1].split('"')[0]
    for _ in range(2):
        someone.post("paid", {"remove": first})
    shown = text(someone.get("paid"))
    assert shown.count('name="remove"') == 1 and "Travel" in shown.split("Added so far")[1]


def test_who_paid_nothing_is_not_asked_what(client: Client, offices: Any, as_owner: Any) -> None:
    someone = person(client, money={"money": "no"})
    assert "paid" not in someone.go()
    assert filed(someone, as_owner)["money"] == "no"


def test_a_change_to_no_forgets_the_payments(client: Client, offices: Any, as_owner: Any) -> None:
    someone = person(client)
    someone.go()
    someone.post("money", {"money": "no"})
    assert filed(someone, as_owner)["fees"] == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Choose what it was for."),
        ({"item": "medical", "amount": "much"}, "Write the sum in digits"),
        ({"item": "medical", "amount": "5"}, "Choose the money, or write its name."),
        ({"item": "nonsense"}, "Choose one of the answers in the list."),
        ({"item": "medical", "whom": "x" * 81}, "at most 80 letters"),
        ({"item": "medical", "whom": "😀" * 70}, "say it in fewer words"),
    ],
)
def test_a_payment_that_cannot_be_read_is_said_in_words_and_kept(
    client: Client, offices: Any, given: dict[str, str], said: str
) -> None:
    someone = person(client)
    someone.go(until="paid")
    shown = text(someone.post("paid", given))
    kept = [value for value in given.values() if value != "nonsense"]
    assert said in shown and all(value in shown for value in kept)


def test_no_more_than_so_many_payments_are_taken(client: Client, offices: Any) -> None:
    someone = person(client)
    someone.go(until="paid")
    for _ in range(MONEY_MAX + 1):
        someone.post("paid", hidden(text(someone.get("paid"))) | {"item": "medical", "more": "1"})
    shown = text(someone.get("paid"))
    assert shown.count('name="remove"') == MONEY_MAX and "as many as we can take here" in shown


# --- numbers that give away -------------------------------------------------------------------------------

TELLING = "They kept my passport A12345678 and paid nothing."


def test_a_number_that_gives_away_is_offered_for_removal(client: Client, offices: Any, as_owner: Any) -> None:
    someone = person(client, words={"happened": TELLING}, look={"what": "out"})
    someone.go(until="look")
    assert "A12345678" in text(someone.get("look"))
    someone.go_from("look")
    assert "A12345678" not in text(someone.get("check"))
    assert filed(someone, as_owner)["happened"].startswith("They kept my passport [")


def test_it_is_never_removed_against_ones_will(client: Client, offices: Any, as_owner: Any) -> None:
    someone = person(client, words={"happened": TELLING}, look={"what": "in"})
    someone.go()
    assert filed(someone, as_owner)["happened"] == TELLING


def test_who_gives_nothing_away_is_not_asked(client: Client, offices: Any) -> None:
    assert "look" not in person(client, words={"happened": "They took 3,000 on 5 May 2026."}).go()


def test_a_changed_text_is_looked_at_again(client: Client, offices: Any) -> None:
    someone = person(client)
    someone.go()
    assert page_of(someone.post("words", {"happened": TELLING})) == "look"


def test_what_was_taken_out_is_not_asked_about_again_with_another_text(client: Client, offices: Any) -> None:
    someone = person(client, words={"happened": TELLING}, look={"what": "out"})
    someone.go()
    assert page_of(someone.get("look")) == "check"  # nothing to look at any more, also on the way back
    assert page_of(someone.post("given", {"promised": "Eight hours a day."})) == "check"


def test_what_was_left_in_is_not_asked_about_again(client: Client, offices: Any) -> None:
    someone = person(client, words={"happened": TELLING}, look={"what": "in"})
    someone.go()
    assert page_of(someone.post("given", {"promised": "Eight hours a day."})) == "check"
    assert page_of(someone.post("words", {"happened": TELLING})) == "check"
    assert page_of(someone.post("words", {"happened": f"{TELLING} My phone is 33445566."})) == "look"


def test_a_number_that_only_shows_when_another_is_out_goes_with_it(client: Client, offices: Any, as_owner: Any) -> None:
    said = "They called me from 12345678 or phone 33445566."
    someone = person(client, words={"happened": said}, look={"what": "out"})
    someone.go(until="look")
    shown = text(someone.get("look"))
    assert "33445566" in shown and "12345678" in shown
    someone.go_from("look")
    left = filed(someone, as_owner)["happened"]
    assert "12345678" not in left and "33445566" not in left and left.startswith("They called me from [")


def test_what_stands_in_another_text_still_is_shown_with_a_changed_one(client: Client, offices: Any) -> None:
    someone = person(client, given={"promised": TELLING})
    someone.go(until="look")
    assert page_of(someone.post("words", {"happened": "They took 3,000 on 5 May 2026."})) == "look"
    assert "A12345678" in text(someone.get("look"))


def test_the_agencys_own_number_is_wanted(client: Client, offices: Any) -> None:
    someone = person(client, own={"words": "Call +974 4412 3456, Mr X"})
    assert "look" not in someone.go()


# --- consent ----------------------------------------------------------------------------------------------


def test_nothing_is_told_to_the_agency_that_was_not_chosen(client: Client, offices: Any, as_owner: Any) -> None:
    someone = person(client, reach={"reach": "no"})
    someone.go()
    assert filed(someone, as_owner)["consent"] == {"agency": [], "contact": False}


def test_consent_is_given_item_by_item(client: Client, offices: Any, as_owner: Any) -> None:
    someone = person(client, tell={"may": "yes", "told": ["money", "papers"]})
    someone.go()
    said = filed(someone, as_owner)
    assert said["consent"] == {"agency": ["money", "papers"], "contact": True}
    assert CANARY in said["contact"]["where"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"may": "yes"}, "Choose what the agency may be told"),
        ({"may": "no", "told": ["name"]}, "also ticked something"),
        ({}, "Please answer this question."),
    ],
)
def test_a_consent_that_says_two_things_is_asked_again(
    client: Client, offices: Any, given: dict[str, Any], said: str
) -> None:
    someone = person(client)
    someone.go(until="tell")
    assert said in text(someone.post("tell", given))


# --- several people ---------------------------------------------------------------------------------------


def test_a_code_leads_two_complaints_to_each_other_inside_the_cover(
    client: Client, offices: Any, as_owner: Any
) -> None:
    someone = person(client, group={"group": "new"})
    someone.go()
    someone.get("check")
    someone.post("check")
    shown = text(someone.get("number"))
    code = shown.split('class="code"')[1].split(">")[1].split("<")[0]
    assert groups.read(code)
    other = person(Client(HTTP_HOST=client.defaults["HTTP_HOST"]), group={"group": "have", "code": code})
    other.go()
    assert code in text(other.get("check"))


def test_the_code_stays_the_same_when_the_page_is_sent_again(client: Client, offices: Any) -> None:
    someone = person(client, group={"group": "new"})
    someone.go()
    first = text(someone.get("check")).split("Code of your group")[1][:200]
    someone.post("group", {"group": "new"})
    assert text(someone.get("check")).split("Code of your group")[1][:200] == first


@pytest.mark.parametrize("code", ["", "1234", "123456789012", "no digits here"])
def test_a_code_that_is_none_is_asked_again(client: Client, offices: Any, code: str) -> None:
    someone = person(client)
    someone.go(until="group")
    assert "This is not a right code" in text(someone.post("group", {"group": "have", "code": code}))


def test_every_wrong_digit_of_a_code_is_found() -> None:
    code = groups.new_code()
    assert groups.read(vault_receipts.show(code)) == code
    for at in range(len(code)):
        wrong = code[:at] + str((int(code[at]) + 1) % 10) + code[at + 1 :]
        with pytest.raises(groups.CodeMistyped):
            groups.read(wrong)


# --- for whom ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("whose", "said"), [("helper", True), ("knows", True), ("mine", False), ("insider", False)])
def test_a_receipt_that_is_somebody_elses_is_said_to_be_theirs(
    client: Client, offices: Any, whose: str, said: bool
) -> None:
    someone = person(client, whose={"whose": whose})
    someone.go()
    someone.get("check")
    someone.post("check")
    assert ("belongs to the person" in text(someone.get("number"))) is said


def test_no_field_asks_for_what_is_never_asked() -> None:
    from complaints.intake.pages import PAGES
    from complaints.intake.progress import Progress

    asked = " ".join(
        str(field.label).lower()
        for page in PAGES
        for form in [page.form(Progress())]
        for field in getattr(form, "func", form).base_fields.values()
        if not isinstance(field.widget, django_forms.HiddenInput)
    )
    for word in ("nationality", "visa", "immigration", "address", "birth", "status"):
        assert word not in asked.replace("the email address", "")


def test_a_draft_begun_before_an_update_goes_on() -> None:
    older = Progress(query="sun").to_dict()
    for name in ("tells", "shown", "shown_in"):
        del older[name]
    assert Progress.from_dict(older | {"telling": True}) == Progress(query="sun")
