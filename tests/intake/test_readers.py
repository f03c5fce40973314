"""Who will read it: an office whose key two registrars did not certify is neither shown nor used (proof 8)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from complaints.cases.models import Case, Office, OfficeCertificate, OfficeKey
from complaints.intake import readers
from complaints.intake.answers import Answers
from complaints.intake.models import Draft
from complaints.vault import certificates, registrars
from complaints.vault.certificates import Mandate, SignedCertificate, fingerprint_words
from complaints.vault.primitives import keypair
from recruitment_watch import clock
from tests.factories import Cast, make_office
from tests.intake.cast import STORY, Person, page_of, person, text
from tests.intake.test_sheet import drafted

Change = Callable[[certificates.OfficeCertificate, list[bytes]], SignedCertificate]


def signed(certificate: certificates.OfficeCertificate, privates: list[bytes]) -> SignedCertificate:
    return certificates.sign(certificate, *privates)


def swapped_key(certificate: certificates.OfficeCertificate, privates: list[bytes]) -> SignedCertificate:
    """The ghost's key under the registrars' old signatures."""
    genuine = signed(certificate, privates[:2])
    return SignedCertificate(replace(certificate, public_key=keypair()[0]).to_bytes(), genuine.signatures)


def foreign_registrars(certificate: certificates.OfficeCertificate, _privates: list[bytes]) -> SignedCertificate:
    ghosts = [registrars.new_registrar_key().private for _ in range(2)]
    return signed(replace(certificate, public_key=keypair()[0]), ghosts)


def expired(certificate: certificates.OfficeCertificate, privates: list[bytes]) -> SignedCertificate:
    yesterday = clock.today() - timedelta(days=1)
    old = replace(certificate, not_before=yesterday - timedelta(days=30), not_after=yesterday)
    return signed(old, privates[:2])


def too_long(certificate: certificates.OfficeCertificate, privates: list[bytes]) -> SignedCertificate:
    return signed(replace(certificate, not_after=certificate.not_before + timedelta(days=200)), privates[:2])


def other_mandate(certificate: certificates.OfficeCertificate, privates: list[bytes]) -> SignedCertificate:
    return signed(replace(certificate, mandate=Mandate.JOINT_TASKFORCE), privates[:2])


def other_office(certificate: certificates.OfficeCertificate, privates: list[bytes]) -> SignedCertificate:
    """Genuine in itself, but another office's."""
    another = hashlib.sha256(b"another").digest()[:16]
    return signed(replace(certificate, office_id=another), privates[:2])


CHANGES: dict[str, Change] = {
    "swapped key": swapped_key,
    "unsigned": lambda certificate, _p: SignedCertificate(certificate.to_bytes(), ()),
    "one signature": lambda certificate, privates: signed(certificate, privates[:1]),
    "one registrar twice": lambda certificate, privates: signed(certificate, [privates[0], privates[0]]),
    "registrars that are not pinned": foreign_registrars,
    "expired": expired,
    "valid too long": too_long,
    "another mandate": other_mandate,
    "another office's": other_office,
    "another generation": lambda c, privates: signed(replace(c, generation=2), privates[:2]),
    "not a certificate": lambda _c, _p: SignedCertificate(b"{}", ()),
}


@pytest.fixture
def only(as_owner: Any, registrar_privates: list[bytes]) -> Cast:
    with as_owner():
        return make_office(registrar_privates=registrar_privates, name="The only one")


def change(as_owner: Any, privates: list[bytes], how: Change) -> None:
    with as_owner():
        row = OfficeCertificate.objects.get()
        genuine = certificates.OfficeCertificate.from_bytes(SignedCertificate.from_bytes(bytes(row.signed)).body)
        row.signed = how(genuine, privates).to_bytes()
        row.save()


def test_an_office_is_shown_with_its_languages_duties_and_the_words_of_its_key(
    client: Client, only: Cast, as_owner: Any
) -> None:
    someone = person(client)
    assert someone.go(until="who") == ["start", "from"]
    shown = text(someone.get("who"))
    with as_owner():
        key = bytes(OfficeKey.objects.get().public_key)
    assert "The only one" in shown
    assert "English" in shown
    assert only.office.duties in shown
    assert " ".join(fingerprint_words(key)) in shown
    assert "immigration cannot open it" in shown


@pytest.mark.parametrize("how", CHANGES)
def test_an_office_with_a_bad_certificate_is_not_shown_and_nothing_is_asked(
    client: Client, only: Cast, as_owner: Any, registrar_privates: list[bytes], how: str
) -> None:
    change(as_owner, registrar_privates, CHANGES[how])
    someone = person(client)
    someone.go(until="from")
    response = someone.answer("from")
    assert response.status_code == 200
    assert "we know no office that is safe" in text(response)
    assert "The only one" not in text(response)
    assert client.cookies["__Host-rw-draft"].value == ""


def test_control_without_the_certificates_check_a_ghost_would_be_shown(
    client: Client, only: Cast, as_owner: Any, registrar_privates: list[bytes], monkeypatch: Any
) -> None:
    change(as_owner, registrar_privates, swapped_key)

    def trusting(signed: SignedCertificate, *_: Any, **__: Any) -> certificates.OfficeCertificate:
        return certificates.OfficeCertificate.from_bytes(signed.body)

    monkeypatch.setattr(certificates, "verify", trusting)
    assert person(client).go(until="who") == ["start", "from"]


@pytest.mark.parametrize("how", CHANGES)
def test_an_office_that_goes_bad_before_sending_gets_nothing(
    client: Client, only: Cast, as_owner: Any, registrar_privates: list[bytes], how: str
) -> None:
    someone = person(client)
    someone.go()
    someone.get("check")
    change(as_owner, registrar_privates, CHANGES[how])
    assert page_of(someone.post("check")) == "who"
    assert "we know no office that is safe" in text(someone.get("who"))
    with as_owner():
        assert not Case.objects.exists()


def test_a_new_reader_is_shown_before_anything_is_sent(
    client: Client, offices: Any, as_owner: Any, registrar_privates: list[bytes]
) -> None:
    someone = person(client)
    someone.go()
    someone.get("check")
    with as_owner():
        make_office(registrar_privates=registrar_privates, name="A new office")
    assert page_of(someone.post("check")) == "who"
    with as_owner():
        assert not Case.objects.exists()
    assert "A new office" in text(someone.get("who"))
    assert page_of(someone.answer("who")) == "check"
    assert page_of(someone.post("check")) == "number"


def test_readers_that_change_while_they_are_read_are_shown_again(
    client: Client, offices: Any, as_owner: Any, registrar_privates: list[bytes]
) -> None:
    someone = person(client)
    someone.go(until="who")
    old = readers.of(Answers(country="QA", recruited_in="QA")).digest
    with as_owner():
        make_office(registrar_privates=registrar_privates, name="A new office")
    response = someone.post("who", {"version": old})
    assert response.status_code == 200
    assert "Something has changed" in text(response) and "A new office" in text(response)


@pytest.mark.parametrize(
    "mandate", ["labour_with_reporting_duty", "joint_taskforce", "immigration_enforcement", "unknown"]
)
def test_only_labour_law_is_a_mandate_that_may_read(client: Client, only: Cast, as_owner: Any, mandate: str) -> None:
    with as_owner():
        only.office.mandate = mandate
        only.office.save()
    someone = person(client)
    someone.go(until="from")
    assert "we know no office that is safe" in text(someone.answer("from"))


def test_where_no_office_is_safe_nothing_is_asked_and_nothing_is_kept(client: Client, as_owner: Any) -> None:
    someone = person(client)
    assert page_of(someone.post("start", {"country": "AE"})) == "from"
    response = someone.post("from", {"recruited_in": "NP"})
    shown = text(response)
    assert "United Arab Emirates" in shown and "trade union" in shown and "none in Nepal" in shown
    assert "<textarea" not in shown and "<form" not in shown
    (row,) = Draft.objects.all()  # this page, for this browser, until its next step
    assert b"Emirates" not in bytes(row.box)
    someone.get("about")
    assert not Draft.objects.exists()


def test_a_part_of_the_country_is_asked_where_it_has_an_office(
    client: Client, offices: Any, as_owner: Any, registrar_privates: list[bytes]
) -> None:
    with as_owner():
        make_office(registrar_privates=registrar_privates, name="Al Khor", region="Al Khor")
    someone: Person = person(client)
    assert page_of(someone.post("start", {"country": "QA"})) == "part"
    assert page_of(someone.post("part", {"region": "Al Khor"})) == "from"
    assert page_of(someone.answer("from")) == "who"
    assert readers.possible("QA", "Al Khor")[0].name == "Al Khor"
    assert "Al Khor" in text(someone.get("who"))
    someone.post("part", {"region": "elsewhere"})
    assert "Al Khor" not in text(someone.get("who"))


# --- the country of recruitment -------------------------------------------------------------------------------


@pytest.fixture
def kathmandu(as_owner: Any, registrar_privates: list[bytes]) -> Cast:
    with as_owner():
        return make_office(registrar_privates=registrar_privates, name="Kathmandu Inspection", country="NP")


def test_the_office_of_the_country_of_recruitment_is_named_before_a_word_and_gets_what_is_about_recruiting(
    client: Client, offices: Any, kathmandu: Cast
) -> None:
    someone = person(client, **{"from": {"recruited_in": "NP"}}, kind={"categories": ["fees"]})
    someone.go(until="who")
    assert "Kathmandu Inspection" in text(someone.get("who"))
    someone.go()
    last = text(someone.get("check"))
    assert "Where you were recruited" in last and "Nepal" in last and 'href="/en/from/"' in last
    assert re.findall(r"Doha Labour Inspection|Kathmandu Inspection|National Inspection", last) == [
        "Doha Labour Inspection", "Kathmandu Inspection", "National Inspection",
    ]  # fmt: skip
    someone.post("kind", {"categories": ["wages"]})
    assert "Kathmandu Inspection" not in text(someone.get("check"))


@pytest.mark.parametrize(
    ("said", "kept"), [({"recruited_in": "same"}, "QA"), ({"recruited_in": "NP"}, "NP"), ({"skip": "1"}, "")]
)
def test_where_somebody_was_recruited_is_kept_and_shown_again(
    client: Client, offices: Any, kathmandu: Cast, said: dict[str, str], kept: str
) -> None:
    someone = person(client, **{"from": said})
    someone.go(until="who")
    assert drafted(client).answers.recruited_in == kept
    chosen = re.findall(r'<option value="([^"]*)" selected>', text(someone.get("from")))
    assert chosen == [said.get("recruited_in", "")]


def test_another_country_of_work_or_recruitment_has_its_readers_shown_anew(
    client: Client, offices: Any, kathmandu: Cast
) -> None:
    someone = person(client, **{"from": {"recruited_in": "same"}})
    someone.go()
    assert page_of(someone.post("from", {"recruited_in": "NP"})) == "who"
    someone.go_from("who")
    assert page_of(someone.post("start", {"country": "NP"})) == "from"
    assert drafted(client).answers.recruited_in == ""


def test_where_only_the_country_of_recruitment_is_safe_its_head_reads_it(
    client: Client, as_owner: Any, registrar_privates: list[bytes]
) -> None:
    with as_owner():
        make_office(registrar_privates=registrar_privates, name="Nepal's Head", country="NP", national_head=True)
    someone = person(client, start={"country": "AE"}, **{"from": {"recruited_in": "NP"}})
    someone.go(until="who")
    shown = text(someone.get("who"))
    assert "One office can read what you write" in shown and "Nepal's Head" in shown
    someone.go()
    assert page_of(someone.post("check")) == "number"


def test_the_country_of_recruitment_is_in_the_sealed_cover_and_nowhere_in_clear(
    client: Client, offices: Any, kathmandu: Cast, as_owner: Any, caplog: Any
) -> None:
    answers = Answers(country="QA", recruited_in="NP")
    assert answers.cover()["recruited_in"] == "NP"
    for open_to_more in (answers.body(), answers.identity(), answers.statistics()):
        assert "recruited_in" not in open_to_more
    someone = person(client, **{"from": {"recruited_in": "NP"}})
    someone.go()
    someone.post("check")
    with as_owner():
        names = {field.name for field in Case._meta.get_fields()}
        row = Case.objects.values().get()
    assert not any("recruit" in name or "country" in name for name in names)
    assert "NP" not in row.values() and "NP" not in caplog.text


def test_new_rules_are_shown_before_anything_is_sent(
    client: Client, offices: Any, as_owner: Any, settings: Any, tmp_path: Any
) -> None:
    """The same offices, asked in another way: an official's friend could be among them now."""
    someone = person(client)
    someone.go()
    someone.get("check")
    settings.ROUTING_RULES = tmp_path / "rules.toml"
    settings.ROUTING_RULES.write_text('[[rule]]\nname = "all"\nask = ["region", "country"]\n')
    before = readers.possible("QA", "", "QA")
    assert page_of(someone.post("check")) == "who"
    with as_owner():
        assert not Case.objects.exists()
    assert readers.possible("QA", "", "QA") == before
    assert page_of(someone.answer("who")) == "check"
    assert page_of(someone.post("check")) == "number"


def test_what_nobody_can_get_is_said_before_a_word_and_cannot_be_sent(
    client: Client, only: Cast, as_owner: Any
) -> None:
    """There is no national head, and a complaint about an official goes to no other office."""
    someone = person(client, kind={"categories": ["official_collusion"]})
    someone.go(until="who")
    assert re.search(r"nobody here can safely get[^<]*</p>\s*<ul><li>An official helps", text(someone.get("who")))
    someone.go()
    shown = text(someone.get("check"))
    assert "cannot be sent" in shown and ">Send<" not in shown and STORY in shown
    assert "cannot be sent" in text(someone.post("check"))
    with as_owner():
        assert not Case.objects.exists()
    someone.post("kind", {"categories": ["fees"]})
    assert page_of(someone.post("check")) == "number"


def test_offices_that_read_the_language_are_asked_first(
    client: Client, offices: Any, as_owner: Any, registrar_privates: list[bytes]
) -> None:
    with as_owner():
        make_office(registrar_privates=registrar_privates, name="Zubara")
        Office.objects.filter(name="Zubara").update(languages=["ne"])
    for language, first in (("ne", "Zubara"), ("en", "Doha Labour Inspection"), ("ar", "Doha Labour Inspection")):
        answers = Answers(country="QA", language=language)
        assert readers.for_answers(answers)[0].name == readers.of(answers).possible[0].name == first


@pytest.mark.parametrize("page", ["start", "from", "who", "check"])
def test_offices_are_asked_for_in_one_query(client: Client, offices: Any, kathmandu: Cast, page: str) -> None:
    someone = person(client, **{"from": {"recruited_in": "NP"}})
    someone.go()
    with CaptureQueriesContext(connection) as queries:
        someone.answer(page)  # looks at it, then sends it
    assert sum("complaints_attestation" in one["sql"] for one in queries) <= 2
