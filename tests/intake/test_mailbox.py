"""The mailbox: what a receipt opens, and that nothing else does."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from complaints.cases import sealing
from complaints.cases.models import Case, Content, Holding, Message, Office, OfficeCertificate, Receipt, Step
from complaints.cases.states import State
from complaints.firewall import disclosure
from complaints.firewall.disclosure import Verb
from complaints.intake import mailbox, readers
from complaints.intake import receipts as intake_receipts
from complaints.intake import words as sentences
from complaints.intake.actions import file_complaint
from complaints.intake.answers import Answers
from complaints.intake.models import Draft
from complaints.vault import receipts
from complaints.vault.case_keys import CaseKeys
from recruitment_watch import clock
from tests.factories import Cast
from tests.intake.cast import CANARY, Person, hidden, page_of, text
from tests.intake.test_filing import opened

COOKIE = "__Host-rw-mailbox"


@dataclass(frozen=True)
class Filed:
    """A complaint that is stored, with what its owner has in their hand and what the test may know."""

    case: uuid.UUID
    receipt: str
    keys: CaseKeys


@pytest.fixture
def filed(offices: Any, as_owner: Any) -> Filed:
    return file(as_owner)


def file(as_owner: Any) -> Filed:
    case, receipt = uuid.uuid4(), receipts.new_receipt()
    file_complaint(
        case_id=case,
        receipt=receipt,
        answers=Answers(country="QA", categories=("fees",), happened=CANARY),
        offices=readers.possible("QA", ""),
    )
    with as_owner():
        keys = opened(Case.objects.get(pk=case), Receipt.objects.get(pk=case), intake_receipts.keys_of(receipt).private)
    return Filed(case, receipt, keys)


def hold(filed: Filed, cast: Cast) -> None:
    """As owner: the case is with an office, as far as the mailbox can see."""
    case = Case.objects.get(pk=filed.case)
    Case.objects.filter(pk=case.pk).update(state=State.RELEASED, rung=1)
    Step.objects.create(case=case, rung=1, outcome="released", office=cast.office, week=case.week)
    Holding.objects.create(
        case=case, office=cast.office, rung=1, box=b"x", week=case.week, severity=case.severity, due=case.due
    )


def come_back(client: Client, receipt: str) -> Person:
    someone = Person(client)
    assert page_of(someone.post("back", {"number": receipt})) == "back/box"
    return someone


# --- the receipt ------------------------------------------------------------------------------------------


@pytest.fixture
def derivations(monkeypatch: Any) -> list[str]:
    """Every receipt that is derived, by the real derivation."""
    done: list[str] = []
    real = receipts.derive

    def counted(receipt: str, **more: Any) -> receipts.ReceiptKeys:
        done.append(receipt)
        return real(receipt, **more)

    monkeypatch.setattr(receipts, "derive", counted)
    return done


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Type the 24 digits of your receipt."),
        ("1234 5678", "A receipt has 24 digits"),
        ("hello", "A receipt has digits only."),
        ("1" * 300, "A receipt has 24 digits"),
    ],
)
def test_what_cannot_be_a_receipt_is_said_before_any_derivation(
    client: Client, derivations: list[str], typed: str, said: str
) -> None:
    shown = text(Person(client).post("back", {"number": typed}))
    assert shown.count(said) == 2
    assert derivations == []


def test_every_wrong_digit_and_every_swap_of_neighbours_is_found_before_any_derivation(
    client: Client, derivations: list[str]
) -> None:
    receipt = receipts.new_receipt()
    wrong = {receipt[:n] + str((int(receipt[n]) + 3) % 10) + receipt[n + 1 :] for n in range(24)}
    wrong |= {receipt[:n] + receipt[n + 1] + receipt[n] + receipt[n + 2 :] for n in range(23)} - {receipt}
    for typed in wrong:
        assert "One of the digits is wrong" in text(Person(client).post("back", {"number": typed}))
    assert derivations == []


def test_a_receipt_that_nobody_has_takes_the_whole_derivation_and_one_plain_sentence(
    client: Client, derivations: list[str]
) -> None:
    receipt = receipts.new_receipt()
    someone = Person(client)
    response = someone.post("back", {"number": receipt})
    assert text(response).count("Nothing is stored under this number.") == 2
    assert derivations == [receipt]
    someone.get("start")
    assert not Draft.objects.exists() and COOKIE not in client.cookies


@pytest.mark.parametrize("zero", ["0", "٠", "۰", "०", "০"], ids=["latin", "arabic", "urdu", "nepali", "bengali"])
def test_the_right_receipt_opens_in_any_scripts_digits(client: Client, filed: Filed, zero: str) -> None:
    typed = "-".join(receipts.show(filed.receipt).split(" "))
    typed = typed.translate({ord("0") + n: ord(zero) + n for n in range(10)})
    assert "It is stored" in text(come_back(client, typed).get("back/box"))


def test_an_open_mailbox_leaves_no_key_in_the_database_and_a_cookie_that_dies(client: Client, filed: Filed) -> None:
    come_back(client, filed.receipt)
    keys = intake_receipts.keys_of(filed.receipt)
    row = Draft.objects.get()
    for secret in (keys.private, keys.private.hex().encode(), keys.tag, keys.tag.hex().encode()):
        assert secret not in bytes(row.box)
    cookie = client.cookies[COOKIE]
    assert cookie["secure"] and cookie["httponly"] and cookie["samesite"] == "Strict"
    assert not cookie["max-age"] and not cookie["expires"]


# --- progress ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (State.FILED, "It is stored"),
        (State.RELEASED, "An office has it"),
        (State.ACKNOWLEDGED, "The office has opened it"),
        (State.IN_WORK, "The office is working on it"),
        (State.ASKED, "It stands still until you answer."),
        (State.DECIDED, "The office has decided"),
        (State.CLOSED, "It is closed"),
        (State.WITHDRAWN, "You took it back"),
    ],
)
def test_every_state_is_said_in_plain_words(
    client: Client, filed: Filed, as_owner: Any, state: State, said: str
) -> None:
    with as_owner():
        Case.objects.update(state=state)
        Case.objects.filter(state=State.DECIDED).update(due=clock.now())  # not told before its clock is over
    shown = text(come_back(client, filed.receipt).get("back/box"))
    assert said in shown
    assert ("Until when" in shown) == (state in ("filed", "released", "acknowledged", "in_work", "asked"))
    assert ("<textarea" in shown) == (state != State.WITHDRAWN)


def test_escalation_is_shown_with_the_offices_names_and_what_was_passed_over(
    client: Client, filed: Filed, offices: tuple[Cast, Cast], as_owner: Any
) -> None:
    first, head = offices
    with as_owner():
        Step.objects.create(case_id=filed.case, rung=1, outcome="released", office=first.office, week="2026-W48")
        Step.objects.create(case_id=filed.case, rung=2, outcome="passed_over", week="2026-W49")
        Step.objects.create(case_id=filed.case, rung=3, outcome="released", office=head.office, week="2026-W50")
        Case.objects.update(state=State.RELEASED, rung=3)
    shown = text(come_back(client, filed.receipt).get("back/box"))
    way = [
        "You sent it",
        "In the week of 23 November 2026",
        "Doha Labour Inspection got it",
        "In the week of 30 November 2026",
        "An office was passed over",
        "In the week of 7 December 2026",
        "National Inspection got it",
    ]
    places = [shown.rfind(words) for words in way]
    assert -1 not in places and places[2:] == sorted(places[2:])


# --- messages ---------------------------------------------------------------------------------------------


def test_a_message_is_stored_sealed_and_once_whatever_is_retried(client: Client, filed: Filed, as_owner: Any) -> None:
    someone = come_back(client, filed.receipt)
    sent = hidden(text(someone.get("back/box"))) | {"text": f"More. {CANARY}"}
    for _try in range(3):
        assert page_of(someone.post("back/box", sent)) == "back/box"
    with as_owner():
        row = Message.objects.get()
    assert (str(row.pk), row.direction, row.epoch) == (sent["id"], "from", 0)
    assert CANARY.encode() not in bytes(row.box)
    said = sealing.open_message(filed.keys.body, bytes(row.box), case=filed.case, row=row.pk, epoch=0)
    assert (said["text"], said["author"]) == (f"More. {CANARY}", "complainant")
    assert text(someone.get("back/box")).count(f"More. {CANARY}") == 1


def test_messages_of_both_sides_stand_in_the_order_of_the_time_sealed_in_them(
    client: Client, filed: Filed, as_owner: Any
) -> None:
    someone = come_back(client, filed.receipt)
    someone.post("back/box", hidden(text(someone.get("back/box"))) | {"text": "My second word"})
    for days, words in ((-1, "Our first word"), (1, "Our third word")):
        row = uuid.uuid4()
        at = (clock.now() + timedelta(days=days)).isoformat()
        said = {"text": words, "author": "Doha Labour Inspection", "at": at}
        with as_owner():
            Message.objects.create(
                id=row,
                case_id=filed.case,
                direction="to",
                week="2026-W48",
                box=sealing.seal_message(filed.keys.body, said, case=filed.case, row=row, epoch=0),
            )
    shown = text(someone.get("back/box"))
    places = [shown.find(words) for words in ("Our first word", "My second word", "Our third word")]
    assert -1 not in places and places == sorted(places)
    assert shown.count("Doha Labour Inspection") == 2


def test_a_message_that_is_too_long_is_kept(client: Client, filed: Filed) -> None:
    someone = come_back(client, filed.receipt)
    sent = hidden(text(someone.get("back/box"))) | {"text": "ম" * 2_100}
    shown = text(someone.post("back/box", sent))
    assert "too long by about 100 letters" in shown and "ম" * 2_100 in shown
    sent["text"] = "ম" * 2_000
    assert page_of(someone.post("back/box", sent)) == "back/box"


def test_a_message_that_cannot_be_stored_says_so_and_is_kept(
    client: Client, filed: Filed, as_owner: Any, offices: Any
) -> None:
    """An office has left, and one that still has the case has no key that the registrars vouch for today."""
    someone = come_back(client, filed.receipt)
    sent = hidden(text(someone.get("back/box"))) | {"text": f"Late. {CANARY}"}
    with as_owner():
        hold(filed, offices[0])
        Case.objects.update(epoch=1)
        OfficeCertificate.objects.update(revoked=True)
    response = someone.post("back/box", sent)
    assert response.status_code == 200
    assert "was not stored" in text(response) and f"Late. {CANARY}" in text(response)
    with as_owner():
        assert not Message.objects.exists()


def test_an_id_of_somebody_elses_message_is_not_taken_for_ones_own(client: Client, filed: Filed, as_owner: Any) -> None:
    other = file(as_owner)
    theirs = come_back(Client(HTTP_HOST=client.defaults["HTTP_HOST"]), other.receipt)
    sent = hidden(text(theirs.get("back/box"))) | {"text": "Theirs"}
    theirs.post("back/box", sent)
    mine = come_back(client, filed.receipt)
    assert "was not stored" in text(mine.post("back/box", sent | {"text": "Mine"}))
    assert "Theirs" not in text(mine.get("back/box"))
    with as_owner():
        assert Message.objects.get().case_id == other.case


# --- the end ----------------------------------------------------------------------------------------------


def test_after_twenty_minutes_it_has_closed_and_gives_back_what_was_typed(
    client: Client, filed: Filed, settings: Any, tmp_path: Any
) -> None:
    someone = come_back(client, filed.receipt)
    sent = hidden(text(someone.get("back/box"))) | {"text": f"Slowly. {CANARY}"}
    settings.CLOCK_FILE = tmp_path / "clock"
    settings.CLOCK_FILE.write_text(str(21 * 60))
    response = someone.post("back/box", sent)
    assert response.status_code == 410
    assert f"Slowly. {CANARY}" in text(response) and "was not sent" in text(response)
    someone.get("start")
    assert page_of(someone.get("back/box")) == "back"


def test_every_click_gives_twenty_more_minutes(client: Client, filed: Filed, settings: Any, tmp_path: Any) -> None:
    someone = come_back(client, filed.receipt)
    settings.CLOCK_FILE = tmp_path / "clock"
    for minutes in (15, 30, 45):
        settings.CLOCK_FILE.write_text(str(minutes * 60))
        assert someone.get("back/box").status_code == 200


@pytest.mark.parametrize("way", ["off", "back/close"])
def test_closing_and_leaving_take_the_key_away(client: Client, filed: Filed, way: str) -> None:
    someone = come_back(client, filed.receipt)
    if way == "off":
        someone.get(way)
    else:
        someone.post(way)
    assert not Draft.objects.exists() and client.cookies[COOKIE].value == ""
    assert page_of(someone.get("back/box")) == "back"


def test_without_its_retention_file_it_says_so_and_what_is_left_can_still_be_deleted(
    client: Client, filed: Filed, settings: Any, tmp_path: Any, as_owner: Any
) -> None:
    someone = come_back(client, filed.receipt)
    settings.RETENTION = tmp_path
    response = someone.get("back/box")
    assert response.status_code == 410
    assert "cannot be opened any more" in text(response) and "/back/delete/" in text(response)
    assert "Delete everything" in text(someone.get("back/delete"))
    assert "You took it back" in text(someone.post("back/delete", {"sure": "on"}))
    assert not Draft.objects.exists()
    with as_owner():
        assert Case.objects.get().state == State.WITHDRAWN
        assert not Content.objects.exists() and bytes(Receipt.objects.get().box) == b""


def test_when_nothing_is_left_the_mailbox_closes(client: Client, filed: Filed, as_owner: Any) -> None:
    someone = come_back(client, filed.receipt)
    with as_owner(), connection.cursor() as cursor:
        tag = bytes(Receipt.objects.get().tag)
        cursor.execute("SELECT public.retention_forget(%s)", [[filed.case]])
        Receipt.objects.filter(tag=tag).delete()
    for way in ("back/box", "back/delete"):
        response = someone.get(way)
        assert response.status_code in (302, 410) and "You can still delete" not in text(response)
    assert not Draft.objects.exists()


def test_a_form_draft_does_not_open_a_mailbox_nor_the_other_way_round(client: Client, filed: Filed) -> None:
    someone = come_back(client, filed.receipt)
    client.cookies["__Host-rw-draft"] = client.cookies[COOKIE].value
    assert someone.get("words").status_code == 410


def test_the_mailbox_shows_by_week_to_which_office_outside_it_was_handed(
    client: Client, filed: Filed, offices: Any, as_owner: Any
) -> None:
    """An office that never had a rung: its name comes with the log's row. The control: not there before."""
    outside = "Inspectorate that works elsewhere"
    with as_owner():
        far = Office.objects.create(name=outside, country="BH", mandate="labour_only", mandate_serial=1)
        case = Case.objects.get(pk=filed.case)
    assert outside not in text(come_back(client, filed.receipt).get("back/box"))
    with as_owner():
        disclosure.record(Verb.HANDED_OVER, office=far, case=case)
    said = text(come_back(client, filed.receipt).get("back/box"))
    assert f"It was handed on to {outside}" in said and "Not how to reach you" in said


def test_every_verb_that_the_log_tells_has_its_sentence_in_the_mailbox(
    client: Client, filed: Filed, offices: Any, as_owner: Any
) -> None:
    """And no other is told: what members ask of each other, and what the machines do, is not the complainant's."""
    with as_owner():
        case = Case.objects.get(pk=filed.case)
        for verb in Verb:
            disclosure.record(verb, office=offices[0].office, case=case)
    with connection.cursor() as cursor:
        cursor.execute("SELECT verb FROM public.mailbox_disclosures(%s)", [intake_receipts.keys_of(filed.receipt).tag])
        told = {verb for (verb,) in cursor.fetchall()}
    assert told == {verb.value for verb in sentences.what_was_done()}
    page = text(come_back(client, filed.receipt).get("back/box"))
    name = offices[0].office.name
    for verb, (title, more) in sentences.what_was_done().items():
        assert (title % {"office": name} in page and more in page) is (verb not in mailbox.WITH_THE_OUTCOME)
    with as_owner():
        Case.objects.filter(pk=filed.case).update(state=State.CLOSED)
    page = text(come_back(client, filed.receipt).get("back/box"))
    for title, more in sentences.what_was_done().values():
        assert title % {"office": name} in page and more in page
