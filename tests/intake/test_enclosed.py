"""What an office sends along with a message: opened with the receipt, in memory, and only where a message names it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from complaints.cases import attachments, sealing
from complaints.cases.models import Attachment, Case, Message
from complaints.intake import receipts as intake_receipts
from complaints.intake.models import Draft
from recruitment_watch import clock
from tests.intake.cast import CANARY, hidden, text
from tests.intake.samples import pdf, photo, sound
from tests.intake.test_mailbox import Filed, come_back, file

FIRST = "back/file/1"


@pytest.fixture
def filed(offices: Any, as_owner: Any) -> Filed:
    return file(as_owner)


def enclose(
    filed: Filed, as_owner: Any, data: bytes, *, media: str = "image/jpeg", kind: str = "photo", count: int = 0,
    row: Attachment | None = None,
) -> uuid.UUID:  # fmt: skip
    """An office's message with one file, as the desk stores it; the id that the message says."""
    with as_owner():
        stored = row or attachments.sealed(Case.objects.get(pk=filed.case), filed.keys.body, data)
        if row is None:
            stored.save(force_insert=True)
        said = {"id": str(stored.pk), "kind": kind, "media": media, "count": count, "sha256": "ab" * 32,
                "of": "message", "original": False}  # fmt: skip
        say(filed, files=[said])
    return stored.pk


def say(filed: Filed, **more: object) -> None:
    """As owner: a message of the office."""
    row = uuid.uuid4()
    content = {"text": "Look.", "author": "Doha Labour Inspection", "at": clock.now().isoformat(), **more}
    box = sealing.seal_message(filed.keys.body, content, case=filed.case, row=row, epoch=0)
    Message.objects.create(id=row, case_id=filed.case, direction="to", week="2026-W48", box=box)


@pytest.mark.parametrize(
    ("media", "kind", "count", "make", "words", "name"),
    [
        ("image/jpeg", "photo", 0, photo, "a photo", "file.jpg"),
        ("application/pdf", "document", 2, pdf, "a document of 2 pages", "file.pdf"),
        ("audio/ogg", "recording", 60, sound, "a recording of 1 minute", "file.ogg"),
    ],
)
def test_what_an_office_sends_opens_in_the_mailbox_and_leaves_nothing(
    client: Client, filed: Filed, as_owner: Any, media: str, kind: str, count: int, make: Any, words: str, name: str
) -> None:
    data = make()
    stored = enclose(filed, as_owner, data, media=media, kind=kind, count=count)
    someone = come_back(client, filed.receipt)
    shown = text(someone.get("back/box"))
    assert f'<a href="/en/{FIRST}/">{words}</a>' in shown and "among the downloads of your phone" in shown
    assert str(stored) not in shown  # nor in the phone's history: an address there is a number of this mailbox
    answer = someone.get(FIRST)
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, data, media)
    assert answer["Content-Disposition"] == f'inline; filename="{name}"'
    assert (answer["Cache-Control"], answer["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert answer["X-Content-Type-Options"] == "nosniff" and answer["X-Frame-Options"] == "DENY"
    policy = answer["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'") and "sandbox" in policy and "script" not in policy
    assert not any(data in bytes(row.box) for row in Draft.objects.all())


def test_there_is_no_file_but_those_that_an_offices_message_names(client: Client, filed: Filed, as_owner: Any) -> None:
    with as_owner():  # there, and named by nobody
        attachments.sealed(Case.objects.get(pk=filed.case), filed.keys.body, photo()).save(force_insert=True)
        say(filed)
    someone = come_back(client, filed.receipt)
    mine = SimpleUploadedFile("x.jpg", photo())
    someone.post("back/box", hidden(text(someone.get("back/box"))) | {"text": CANARY, "file": mine})
    shown = text(someone.get("back/box"))
    assert "<li>a photo</li>" in shown and "/back/file/" not in shown and "downloads" not in shown
    for number in (0, 1, 2):
        assert someone.get(f"back/file/{number}").status_code == 404
    enclose(filed, as_owner, photo())
    assert someone.get(FIRST).status_code == 200  # the control
    assert someone.get("back/file/2").status_code == 404


def test_a_file_of_another_case_is_not_given_whatever_a_message_says(
    client: Client, filed: Filed, as_owner: Any
) -> None:
    other = file(as_owner)
    enclose(other, as_owner, photo())
    with as_owner():
        theirs = Attachment.objects.get()
    enclose(filed, as_owner, photo(), row=theirs)
    assert come_back(client, filed.receipt).get(FIRST).status_code == 404
    with connection.cursor() as cursor:  # nor does the database give its box
        for case, boxes in ((other, 1), (filed, 0)):
            tag = intake_receipts.keys_of(case.receipt).tag
            cursor.execute("SELECT box FROM public.mailbox_file(%s, %s)", [tag, theirs.pk])
            assert len(cursor.fetchall()) == boxes


@pytest.mark.parametrize(
    ("data", "media"),
    [(b"<script>alert(1)</script>", "image/jpeg"), (b"<script>", "text/html"), (photo(), "application/pdf")],
)
def test_what_our_cleaner_did_not_write_is_not_shown(
    client: Client, filed: Filed, as_owner: Any, data: bytes, media: str
) -> None:
    enclose(filed, as_owner, data, media=media)
    assert come_back(client, filed.receipt).get(FIRST).status_code == 404


@pytest.mark.parametrize("files", ["x", ["x", 5, None], [{"id": "no id", "media": "image/jpeg", "count": "many"}]])
def test_a_message_that_says_nonsense_of_its_files_closes_no_mailbox(
    client: Client, filed: Filed, as_owner: Any, files: object
) -> None:
    with as_owner():
        say(filed, files=files)
    someone = come_back(client, filed.receipt)
    shown = someone.get("back/box")
    assert shown.status_code == 200 and "Look." in text(shown) and "/back/file/" not in text(shown)


def test_a_mailbox_that_has_closed_shows_no_file(client: Client, filed: Filed, as_owner: Any) -> None:
    enclose(filed, as_owner, photo())
    someone = come_back(client, filed.receipt)
    assert someone.get(FIRST).status_code == 200
    someone.post("back/close")
    assert someone.get(FIRST)["Location"] == "/en/back/"


def test_a_file_that_does_not_open_is_no_page_that_breaks(client: Client, filed: Filed, as_owner: Any) -> None:
    enclose(filed, as_owner, photo())
    with as_owner():
        Attachment.objects.update(box=b"damaged")
    assert come_back(client, filed.receipt).get(FIRST).status_code == 404


def test_who_has_to_write_again_is_told_to_choose_the_file_again(client: Client, filed: Filed, as_owner: Any) -> None:
    someone = come_back(client, filed.receipt)
    given = hidden(text(someone.get("back/box"))) | {"text": "x" * 3_000, "file": SimpleUploadedFile("x", photo())}
    shown = text(someone.post("back/box", given))
    assert "too long" in shown and shown.count("Choose the file once more") == 2
    with as_owner():
        assert not Attachment.objects.exists()
