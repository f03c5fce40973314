"""A file that an office sends with an answer or a question: written anew, sealed, and no part of the story."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from complaints.cases.models import Attachment, Case, Inspector, Message
from complaints.cases.states import State
from complaints.desk import actions, story
from complaints.desk.parcels import content
from complaints.firewall import access
from complaints.firewall.access import OpenCase
from complaints.firewall.keys import OpenVault
from complaints.firewall.models import DisclosureDetail
from tests.desk.cast import Desk
from tests.factories import passphrase
from tests.intake.samples import photo

SECRET = b"pelican in the original"
WORDS = "Sign this, please."


def a_photo(data: bytes | None = None) -> SimpleUploadedFile:
    return SimpleUploadedFile("from the archive of Doha.jpg", photo(comment=SECRET) if data is None else data)


@pytest.fixture
def page(desk: Callable[..., Desk], ana: Inspector, case: UUID) -> Desk:
    one = desk(ana, 0)
    one.post("acknowledge", case)
    return one


@pytest.fixture
def opened(page: Desk, ana: Inspector, case: UUID, vault: OpenVault) -> Callable[[], OpenCase]:
    return lambda: access.open_case(case, by=ana, vault=vault)


def send(page: Desk, case: UUID, **more: Any) -> Any:
    return page.post("answer", case, **{"answer-text": WORDS, "answer-file": a_photo()} | more)


@pytest.mark.parametrize("asks", [False, True])
def test_a_file_goes_with_an_answer_or_a_question_written_anew_and_sealed(
    page: Desk, case: UUID, opened: Callable[[], OpenCase], asks: bool
) -> None:
    assert send(page, case, **({"answer-asks": "on"} if asks else {})).status_code == 302
    held, row = opened(), Attachment.objects.get()
    said = held.messages[0].content or {}
    (file,) = cast(list[dict[str, Any]], said["files"])
    assert (said["text"], file["id"], file["media"]) == (WORDS, str(row.pk), "image/jpeg")
    assert file["sha256"] == hashlib.sha256(photo(comment=SECRET)).hexdigest() and not file["original"]
    assert (row.epoch, row.week) == (held.case.epoch, held.messages[0].message.week)
    assert held.case.state == (State.ASKED if asks else State.IN_WORK)
    for trace in (SECRET, b"archive", b"JFIF\0", file["sha256"].encode()):
        assert trace not in bytes(row.box) and trace not in bytes(held.messages[0].message.box)


def test_the_room_leads_to_it_from_its_message_and_opening_it_is_logged(page: Desk, case: UUID) -> None:
    send(page, case)
    shown = page.get("case", case).content.decode()
    address = reverse("desk:file", args=[case, Attachment.objects.get().pk])
    assert f'<a href="{address}">With it: A photo</a>' in shown and shown.count(address) == 1
    before = DisclosureDetail.objects.filter(case=case, verb="opened").count()
    answer = page.client.get(address)
    assert answer.content.startswith(b"\xff\xd8\xff") and SECRET not in answer.content
    assert "sandbox" in answer["Content-Security-Policy"] and answer["Cache-Control"] == "no-store"
    assert DisclosureDetail.objects.filter(case=case, verb="opened").count() == before + 1


def test_it_is_not_the_persons_and_goes_into_no_parcel(page: Desk, case: UUID, opened: Callable[[], OpenCase]) -> None:
    send(page, case)
    held = opened()
    assert [one["media"] for one in story.sent(held)] == ["image/jpeg"]  # the control: it is there
    assert story.files(held) == [] and content.attachable(held) == []
    said = page.get("case", case).content.decode().split('id="said"')[1].split("</section>")[0]
    assert "What is attached" not in said


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "There is nothing in this file"),
        (b"MZ" + bytes(99), "We cannot take this kind of file"),
        (photo()[:400], "This file is damaged"),
        (b"\xff\xd8\xff" + bytes(16 * 2**20), "This file is too big for us"),
    ],
    ids=["empty", "no kind of ours", "damaged", "too large"],
)
def test_a_file_that_is_refused_is_said_on_the_form_and_nothing_typed_is_lost(
    page: Desk, case: UUID, data: bytes, said: str
) -> None:
    answer = send(page, case, **{"answer-file": a_photo(data)})
    shown = answer.content.decode()
    assert answer.status_code == 422 and shown.count(said) == 2 and WORDS in shown
    assert not (Message.objects.exists() or Attachment.objects.exists())
    assert Case.objects.get(pk=case).state == State.ACKNOWLEDGED


def test_where_there_is_no_room_the_words_can_still_be_sent(page: Desk, case: UUID, settings: Any) -> None:
    settings.FILES_ROOM = 0
    assert "There is no room for files just now" in send(page, case).content.decode()
    assert page.post("answer", case, **{"answer-text": WORDS}).status_code == 302
    assert Message.objects.count() == 1 and not Attachment.objects.exists()


def test_who_has_to_write_again_is_told_to_choose_the_file_again(
    page: Desk, case: UUID, as_owner: Callable[..., Any]
) -> None:
    assert send(page, case, **{"answer-text": ""}).content.decode().count("Choose the file once more") == 2
    with as_owner():
        Case.objects.filter(pk=case).update(state=State.CLOSED)
    late = send(page, case)
    assert late.status_code == 409 and not Attachment.objects.exists()


def test_a_colleague_who_was_faster_costs_the_file_and_not_the_words(
    page: Desk, case: UUID, as_owner: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = actions.answer

    def overtaken(*given: Any, **more: Any) -> Any:
        with as_owner():
            Case.objects.filter(pk=case).update(epoch=1)
        return real(*given, **more)

    monkeypatch.setattr(actions, "answer", overtaken)
    answer = send(page, case)
    shown = answer.content.decode()
    assert answer.status_code == 409 and WORDS in shown and "Choose the file once more" in shown
    assert not (Message.objects.exists() or Attachment.objects.exists())


def test_a_vault_that_closed_meanwhile_keeps_the_words_and_asks_for_the_file_again(page: Desk, case: UUID) -> None:
    page.post("close-vault")
    asked = send(page, case).content.decode()
    assert 'name="kept-file_gone" value="on"' in asked
    kept = {"kept-answer-text": WORDS, "kept-file_gone": "on"}
    shown = page.post("vault", passphrase=passphrase(0), next=reverse("desk:answer", args=[case]), **kept)
    assert "The file that you had chosen is not kept" in shown.content.decode()
    again = page.post("answer", case, **{"answer-text": WORDS, "file_gone": "on"})
    assert again.status_code == 422 and "Choose the file once more" in again.content.decode()
    assert not Message.objects.exists()


def test_a_file_and_its_message_are_stored_together_or_not_at_all(
    opened: Callable[[], OpenCase], ana: Inspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    from complaints.files import taking

    class Broke(Exception):
        pass

    def broken(*_: object, **__: object) -> None:
        raise Broke

    held, file = opened(), taking.cleaned(photo())
    with monkeypatch.context() as patched, pytest.raises(Broke):
        patched.setattr(actions.disclosure, "record", broken)
        actions.answer(held, by=ana, text=WORDS, file=file)
    assert not (Message.objects.exists() or Attachment.objects.exists())
    actions.answer(opened(), by=ana, text=WORDS, file=file)
    assert Attachment.objects.count() == Message.objects.count() == 1
