"""`manage.py office`: files in, standing out."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from complaints.cases.models import Inspector, Office, OfficeCertificate
from complaints.firewall import ceremony
from complaints.vault import statements
from complaints.vault.certificates import Mandate
from tests.desk.cast import Desk
from tests.factories import Cast, make_office

AsOwner = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def office(as_owner: AsOwner, registrar_privates: list[bytes]) -> Cast:
    with as_owner():
        return make_office(registrar_privates=registrar_privates, name="Inspectorate of Doha")


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("office", *arguments, stdout=out)
    return out.getvalue()


def test_a_signed_file_is_taken_once(office: Cast, registrar_privates: list[bytes], tmp_path: Path) -> None:
    mandate = replace(ceremony.mandate_of(office.office, serial=2), mandate=Mandate.UNKNOWN)
    file = tmp_path / "mandate.2"
    file.write_bytes(statements.sign(mandate, *registrar_privates[:2]).to_bytes())
    assert "mandate taken in" in said("take", str(file))
    assert Office.objects.get(pk=office.office.pk).mandate == "unknown"
    assert "can never get a complaint" in said("list")
    with pytest.raises(CommandError, match="taken in before"):
        said("take", str(file))


@pytest.mark.parametrize(("signers", "words"), [(0, "Two registrars have to sign"), (1, "Two registrars have to sign")])
def test_a_file_that_too_few_signed_changes_nothing(
    office: Cast, registrar_privates: list[bytes], tmp_path: Path, signers: int, words: str
) -> None:
    mandate = replace(ceremony.mandate_of(office.office, serial=2), mandate=Mandate.UNKNOWN)
    file = tmp_path / "mandate"
    file.write_bytes(statements.sign(mandate, *registrar_privates[:signers]).to_bytes())
    with pytest.raises(CommandError, match=words):
        said("take", str(file))
    file.write_bytes(b"something else")
    with pytest.raises(CommandError, match="not a file that registrars sign"):
        said("take", str(file))
    assert Office.objects.get(pk=office.office.pk).mandate == "labour_only"


def test_the_list_says_what_keeps_an_office_from_complaints(office: Cast, as_owner: AsOwner) -> None:
    now = said("list")
    assert "Inspectorate of Doha" in now and "2 members" in now and "certificate that holds" not in now
    with as_owner():
        OfficeCertificate.objects.update(not_after=date.today() - timedelta(days=1), revoked=True)
    assert "Its newest key has no certificate that holds today." in said("list")


def test_a_request_is_what_registrars_certify(office: Cast, tmp_path: Path) -> None:
    out = tmp_path / "request.json"
    said("request", str(office.office.pk), "--out", str(out))
    asked = json.loads(out.read_text())
    key = office.office.keys.get()
    assert (asked["public_key"], asked["generation"]) == (bytes(key.public_key).hex(), "1")
    assert len(asked["words"]) == 6
    with pytest.raises(CommandError, match="not overwritten"):
        said("request", str(office.office.pk), "--out", str(out))
    with pytest.raises(CommandError):
        said("request", "no-office", "--out", str(tmp_path / "other"))


def test_a_member_takes_a_file_in_at_the_desk(
    desk: Callable[..., Desk], ana: Inspector, office: Cast, registrar_privates: list[bytes]
) -> None:
    her, where = desk(ana, 0).client, reverse("desk:statement", args=[office.office.pk])
    assert "Choose the file" in her.post(where, {}).content.decode()
    wrong = her.post(where, {"file": SimpleUploadedFile("mandate", b"not signed")})
    assert wrong.status_code == 422 and "not a file that registrars sign" in wrong.content.decode()
    mandate = replace(ceremony.mandate_of(office.office, serial=2), duties="Labour law and nothing else.")
    signed = statements.sign(mandate, *registrar_privates[:2]).to_bytes()
    assert her.post(where, {"file": SimpleUploadedFile("mandate", signed)}).status_code == 302
    assert Office.objects.get(pk=office.office.pk).duties == "Labour law and nothing else."
