"""Files on their way: taken with the form or a message, never in clear, never lost with a text, gone with a draft."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from complaints.cases import sealing
from complaints.cases.models import Attachment, Case, Content, Message
from complaints.files import space
from complaints.intake import attachments
from complaints.intake.models import Draft, DraftFile
from recruitment_watch import clock
from tests.intake import samples
from tests.intake.cast import CANARY, STORY, Person, hidden, page_of, person, text
from tests.intake.test_mailbox import Filed, come_back, file

SECRET = b"pelican in the original"
NO_ROOM = "There is no room for files just now"
MIB = 2**20


def a_photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("me-at-home.jpg", samples.photo(comment=SECRET))


def a_voice() -> SimpleUploadedFile:
    return SimpleUploadedFile("my name.ogg", samples.sound())


def add(someone: Person, upload: SimpleUploadedFile, *, page: str = "files", name: str = "file", **more: str) -> Any:
    given = hidden(text(someone.get(page))) | {name: upload} | more
    return someone.post(page, given)


def sent(someone: Person) -> None:
    for page in ("files", "reach", "how", "tell", "group"):
        someone.answer(page)
    someone.get("check")
    assert page_of(someone.post("check")) == "number"


def test_a_photo_is_added_and_can_be_taken_out_again(client: Client, offices: Any) -> None:
    someone = person(client)
    someone.go(until="files")
    assert page_of(add(someone, a_photo(), more="1")) == "files"
    shown = text(someone.get("files"))
    assert "a photo" in shown and "me-at-home" not in shown
    assert DraftFile.objects.count() == 1
    name = shown.split('name="remove" value="')[1].split('"')[0]
    assert page_of(someone.post("files", {"remove": name})) == "files"
    assert "a photo" not in text(someone.get("files"))
    assert DraftFile.objects.count() == 0


def test_what_is_stored_beside_a_draft_is_not_in_clear(client: Client, offices: Any) -> None:
    someone = person(client)
    someone.go(until="files")
    add(someone, a_photo(), more="1", keep="on")
    boxes = [bytes(row.box) for row in DraftFile.objects.all()]
    assert len(boxes) == 2
    assert not any(SECRET in box or b"JFIF\0" in box for box in boxes)


def test_a_file_sent_twice_is_there_once(client: Client, offices: Any) -> None:
    someone = person(client)
    someone.go(until="files")
    given = hidden(text(someone.get("files"))) | {"more": "1"}
    for _ in range(2):
        someone.post("files", given | {"file": a_photo()})
    assert DraftFile.objects.count() == 1
    assert text(someone.get("files")).count('name="remove"') == 1


def test_leaving_takes_the_files_along(client: Client, offices: Any) -> None:
    someone = person(client)
    someone.go(until="files")
    add(someone, a_photo(), more="1")
    client.get("/en/off/")
    assert DraftFile.objects.count() == 0


def test_a_file_that_is_refused_is_said_in_words_and_nothing_else_is_lost(client: Client, offices: Any) -> None:
    someone = person(client)
    someone.go(until="words")
    given = hidden(text(someone.get("words"))) | {"happened": STORY}
    response = someone.post("words", given | {"voice": SimpleUploadedFile("x.exe", b"MZ" + b"\0" * 99)})
    shown = text(response)
    assert response.status_code == 200 and STORY in shown
    assert shown.count("We cannot take this kind of file") == 2
    assert page_of(someone.post("words", given)) == "money"


@pytest.mark.parametrize("page", ["own", "given", "words"])
def test_wherever_a_text_is_asked_a_recording_will_do(client: Client, offices: Any, page: str) -> None:
    someone = person(client)
    someone.go(until=page)
    assert page_of(add(someone, a_voice(), page=page, name="voice")) != page
    assert "a recording of 1 second" in text(someone.get(page))
    assert page_of(someone.post(page, {})) != page  # still there, so the text may stay empty


def test_without_text_and_recording_the_question_is_asked_again(client: Client, offices: Any) -> None:
    someone = person(client)
    someone.go(until="words")
    assert "Please answer this question." in text(someone.post("words", {"happened": ""}))


def test_files_are_sealed_with_the_complaint_and_the_office_opens_them(
    client: Client, offices: Any, as_owner: Any
) -> None:
    someone = person(client)
    someone.go(until="files")
    add(someone, a_photo(), more="1", keep="on")
    sent(someone)
    number = someone.receipt()
    with as_owner():
        keys = keys_of(number)
        body = Content.objects.get(kind="body")
        said = sealing.open_body(keys.body, bytes(body.box), case=body.case_id)["files"]
        assert [one["original"] for one in said] == [False, True]
        rows = {row.pk: row for row in Attachment.objects.all()}
        assert {UUID(one["id"]) for one in said} == set(rows)
        clean, original = (rows[UUID(one["id"])] for one in said)
        as_it_was = sealing.open_attachment(keys.body, bytes(original.box), case=body.case_id, row=original.pk, epoch=0)
        as_it_is = sealing.open_attachment(keys.body, bytes(clean.box), case=body.case_id, row=clean.pk, epoch=0)
        assert SECRET in as_it_was and SECRET not in as_it_is
        assert said[0]["sha256"] == hashlib.sha256(as_it_was).hexdigest()
    assert DraftFile.objects.count() == 0


def test_when_there_is_no_room_files_are_refused_and_the_complaint_is_not(
    client: Client, offices: Any, as_owner: Any, settings: Any
) -> None:
    settings.FILES_ROOM = 0
    someone = person(client)
    someone.go(until="files")
    assert NO_ROOM in text(add(someone, a_photo(), more="1"))
    sent(someone)
    with as_owner():
        assert Case.objects.count() == 1


def on_disk() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(space.ON_DISK)
        sent, forms = cursor.fetchone()
    return sent, forms


def flood() -> None:
    """Somebody begins a form, adds files that take half of what forms may, and never sends it."""
    draft = Draft.objects.create(box=b"sealed", expires=clock.now() + timedelta(hours=2))
    DraftFile.objects.create(draft=draft, box=secrets.token_bytes(space.share() // 2))


def test_whoever_floods_with_forms_fills_their_share_originals_first_and_messages_still_bring_files(
    client: Client, filed: Filed, as_owner: Any, settings: Any
) -> None:
    settings.FILES_ROOM = 2 * on_disk()[0] + 4 * MIB
    someone = person(client)
    someone.go(until="files")
    add(someone, a_photo(), more="1", keep="on")
    assert DraftFile.objects.count() == 2  # the control
    flood()
    assert NO_ROOM in text(add(someone, a_photo(), more="1", keep="on"))
    add(someone, a_photo(), more="1")
    assert DraftFile.objects.count() == 4
    flood()
    assert NO_ROOM in text(add(someone, a_photo(), more="1"))
    another = come_back(client, filed.receipt)
    another.post("back/box", hidden(text(another.get("back/box"))) | {"text": "", "file": a_photo()})
    with as_owner():
        assert Attachment.objects.count() == 1


def test_what_was_never_sent_gives_its_room_back_before_the_server_has_tidied_up(
    client: Client, offices: Any, settings: Any
) -> None:
    settings.FILES_ROOM = 2 * on_disk()[0] + 4 * MIB
    for _ in range(3):
        flood()
    someone = person(client)
    someone.go(until="files")
    assert NO_ROOM in text(add(someone, a_photo(), more="1"))
    DraftFile.objects.filter(draft__box=b"sealed").delete()
    assert on_disk()[1] > space.share()
    add(someone, a_photo(), more="1", keep="on")
    assert DraftFile.objects.count() == 2


def test_more_than_a_handful_are_refused_in_words(client: Client, offices: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(attachments, "FILES_MAX", 2)
    someone = person(client)
    someone.go(until="files")
    for _ in range(2):
        add(someone, a_photo(), more="1")
    assert "as many files as we can take at once" in text(add(someone, a_photo(), more="1"))


# --- with a message ---------------------------------------------------------------------------------------


@pytest.fixture
def filed(offices: Any, as_owner: Any) -> Filed:
    return file(as_owner)


def test_a_message_can_bring_a_file_and_need_not_have_words(client: Client, filed: Filed, as_owner: Any) -> None:
    someone = come_back(client, filed.receipt)
    given = hidden(text(someone.get("back/box")))
    for _ in range(2):  # sent twice, there once
        someone.post("back/box", given | {"text": "", "file": a_photo()})
    shown = text(someone.get("back/box"))
    assert "a photo" in shown
    with as_owner():
        assert Message.objects.count() == Attachment.objects.count() == 1
        assert not any(SECRET in bytes(row.box) for row in Attachment.objects.all())


def test_a_message_whose_file_is_refused_is_kept_in_its_box(client: Client, filed: Filed, as_owner: Any) -> None:
    someone = come_back(client, filed.receipt)
    given = hidden(text(someone.get("back/box"))) | {"text": CANARY, "file": SimpleUploadedFile("x", b"nothing")}
    shown = text(someone.post("back/box", given))
    assert CANARY in shown and "We cannot take this kind of file" in shown
    with as_owner():
        assert Message.objects.count() == 0


def keys_of(number: str) -> Any:
    from complaints.cases.models import Receipt
    from complaints.intake import receipts
    from tests.intake.test_filing import opened

    receipt = Receipt.objects.get()
    return opened(receipt.case, receipt, receipts.keys_of(number).private)
