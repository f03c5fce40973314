"""Leaving quickly works at any moment: also while a file comes to lie beside the draft, and when the database fails."""

from __future__ import annotations

import base64
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections, transaction
from django.http import HttpResponse
from django.test import Client

from complaints.intake import store
from complaints.intake.models import Draft, DraftFile
from complaints.vault import drafts

from .cast import person

COOKIE = settings.DRAFT_COOKIE_NAME


def left(response: Any) -> bool:
    """Whether this leads away, and takes the key along."""
    return response["Location"] == "/en/sizes/" and response.cookies[COOKIE]["max-age"] == 0


@pytest.fixture
def leaving() -> Iterator[list[Any]]:
    """The answers to whoever leaves on a thread of their own."""
    answers: list[Any] = []
    yield answers
    assert len(answers) == 1


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_a_file_that_comes_at_that_very_moment_goes_too(client: Client, leaving: list[HttpResponse]) -> None:
    person(client).answer("start")
    place = drafts.place(base64.urlsafe_b64decode(client.cookies[COOKIE].value))

    def leave() -> None:
        leaving.append(client.get("/en/off/", secure=True))
        connections.close_all()

    somebody = threading.Thread(target=leave)
    with transaction.atomic(), connection.cursor() as cursor:
        DraftFile(pk=uuid.uuid4(), draft_id=place.id, box=b"a file").save(force_insert=True)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as at its commit: the draft has to stay until that is over
        somebody.start()
        waits = False
        while not waits and somebody.is_alive():
            cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
            (waits,) = cursor.fetchone()
        assert waits, "the control: leaving came between"
    somebody.join()
    assert left(leaving[0])
    assert not Draft.objects.exists() and not DraftFile.objects.exists()


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_who_leaves_is_let_go_when_the_database_fails(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    person(client).answer("start")
    monkeypatch.setattr(store, "_FORGET", "SELECT 1 / 0")
    assert left(client.get("/en/off/", secure=True))
    assert Draft.objects.count() == 1, "the control: it did fail; what is left there no key opens any more"
