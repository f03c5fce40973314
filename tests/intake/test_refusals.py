"""What is refused before anything is read."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from complaints.intake.models import Draft
from tests.intake.cast import person


def test_a_large_file_is_refused_by_its_announced_length(client: Client) -> None:
    response = client.post("/en/", {"country": "XA", "file": SimpleUploadedFile("x", b"\0" * 18_000_000)})
    assert response.status_code == 413
    assert response["Cache-Control"] == "no-store"


def test_a_wrong_method_gets_words_and_not_a_blank_page(client: Client) -> None:
    response = client.get("/en/back/close/")
    assert response.status_code == 405
    assert response["Allow"] == "POST"
    assert "Nothing was changed" in response.content.decode()


@pytest.mark.parametrize(("site", "left"), [("cross-site", 1), ("same-site", 1), ("same-origin", 0), ("none", 0)])
def test_only_the_person_can_throw_their_form_away(client: Client, offices: Any, site: str, left: int) -> None:
    person(client).post("start", {"country": "QA"})
    response = client.get("/en/off/", headers={"sec-fetch-site": site})
    assert response["Location"] == "/en/sizes/"
    assert Draft.objects.count() == left
