"""The registrars' commands on a machine with files only: no database, no settings, nothing in the environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from complaints.vault import certificates, registrars, statements
from complaints.vault.primitives import keypair
from complaints.vault.registrars import SignedStatement
from recruitment_watch.embedded.home import PROJECT

TODAY = date.today()
MANDATE = {
    "serial": 1, "name": "Inspection of Arland", "country": "XA", "region": "", "mandate": "labour_only",
    "national_head": True, "languages": ["en"], "duties": "Labour law only.", "timezone": "UTC", "holidays": "",
    "hours": "",
}  # fmt: skip


@dataclass
class Room:
    """The room in which the ceremony is held: a folder, and a passphrase in a file because nobody types here."""

    folder: Path

    def run(self, *arguments: str, fails: bool = False) -> str:
        bare = {key: value for key, value in os.environ.items() if not key.startswith(("RW_", "DJANGO_"))}
        done = subprocess.run(
            [sys.executable, str(PROJECT / "manage.py"), "registrar", *arguments],
            cwd=self.folder, env=bare, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode != 0) == fails, done.stdout
        assert "Traceback" not in done.stdout
        return done.stdout

    def write(self, name: str, content: object) -> None:
        (self.folder / name).write_text(json.dumps(content))

    def sign(self, statement: str, by: int, out: str, *, fails: bool = False) -> str:
        return self.run(
            "sign", statement, "--key", f"r{by}.key", "--passphrase-file", "words", "--yes", "--out", out, fails=fails
        )

    def read(self, name: str) -> SignedStatement:
        return SignedStatement.from_bytes((self.folder / name).read_bytes())

    @property
    def roots(self) -> list[bytes]:
        return [(self.folder / f"r{number}.pub").read_bytes() for number in (1, 2, 3)]


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    made = Room(tmp_path_factory.mktemp("room"))
    (made.folder / "words").write_text("six words that nobody else has\n")
    for number in (1, 2, 3):
        made.run("keys", f"r{number}", "--passphrase-file", "words")
    made.run("pin", "r1.pub", "r2.pub", "r3.pub", "--folder", "pinned")
    return made


def test_a_mandate_is_drafted_and_signed_by_two(room: Room) -> None:
    room.write("mandate.json", MANDATE)
    assert "Inspection of Arland" in room.run("draft", "mandate", "mandate.json", "--out", "mandate")
    assert "1 of 2" in room.sign("mandate", 1, "mandate.1")
    assert "NOT ENOUGH" in room.run("list", "mandate.1", "--pinned", "pinned", fails=True)
    room.sign("mandate.1", 3, "mandate.2")
    assert "2 of 2 signatures" in room.run("list", "mandate.2", "--pinned", "pinned")
    signed = room.read("mandate.2")
    assert registrars.has_quorum(registrars.Statement.MANDATE, signed, room.roots)
    assert statements.MandateSaid.from_bytes(signed.body).name == "Inspection of Arland"


def test_a_certificate_is_made_signed_renewed_and_revoked(room: Room) -> None:
    public = keypair()[0]
    room.write("request.json", {
        "office_id": bytes(16).hex(), "office_name": "Inspection", "country": "XA", "public_key": public.hex(),
        "mandate": "labour_only", "attestation_hash": bytes(32).hex(), "generation": 1,
    })  # fmt: skip
    shown = room.run("certificate", "request.json", "--out", "cert")
    assert " ".join(certificates.fingerprint_words(public)) in shown
    room.sign("cert", 1, "cert.1")
    room.sign("cert.1", 2, "cert.2")
    found = certificates.verify(room.read("cert.2"), room.roots, today=TODAY)
    assert found.public_key == public and found.not_after == TODAY + timedelta(days=89)
    later = TODAY + timedelta(days=80)
    room.run("renew", "cert.2", "--since", later.isoformat(), "--out", "renewed")
    renewed = statements.read(room.read("renewed").body)
    assert isinstance(renewed, certificates.OfficeCertificate)
    assert (renewed.not_before, renewed.public_key, renewed.generation) == (later, public, 1)
    room.run("revoke", "cert.2", "--out", "revoked")
    assert statements.kind_of(room.read("revoked").body) == "certificate-revocation"


def test_an_attestation_holds_the_document_s_hash_and_can_be_withdrawn(room: Room) -> None:
    (room.folder / "paper.pdf").write_bytes(b"the countersigned paper")
    room.write("attestation.json", {
        "office_id": bytes(16).hex(), "quotation": "No task under immigration law.", "source": "Act, s. 4",
        "countersigned_by": "Witness", "signed_on": TODAY.isoformat(),
        "expires_on": (TODAY + timedelta(days=300)).isoformat(),
    })  # fmt: skip
    draft = ("draft", "attestation", "attestation.json", "--document", "paper.pdf")
    room.run(*draft, "--out", "attestation")
    said = statements.read(room.read("attestation").body)
    assert isinstance(said, statements.AttestationSaid) and said.document_sha256 != bytes(32)
    room.run("revoke", "attestation", "--out", "withdrawal")
    assert "is there already" in room.run(*draft, "--out", "attestation", fails=True)
    room.write("attestation.json", {"office_id": bytes(16).hex()})
    assert "lacks a field" in room.run(*draft, "--out", "other", fails=True)


def test_mistakes_are_said_and_write_nothing(room: Room) -> None:
    room.write("mandate-2.json", MANDATE | {"serial": 2})
    room.run("draft", "mandate", "mandate-2.json", "--out", "m2")
    room.sign("m2", 1, "m2.1")
    assert "has signed it already" in room.sign("m2.1", 1, "m2.again", fails=True)
    assert "is there already" in room.sign("m2.1", 2, "m2.1", fails=True)
    assert "there is no file" in room.sign("nowhere", 2, "m2.x", fails=True)
    (room.folder / "wrong").write_text("other words")
    wrong = ("sign", "m2.1", "--key", "r2.key", "--passphrase-file", "wrong", "--yes", "--out", "m2.y")
    assert "does not open the key" in room.run(*wrong, fails=True)
    assert "is there already" in room.run("keys", "r1", "--passphrase-file", "words", fails=True)
    assert "same key" in room.run("pin", "r1.pub", "r1.pub", "r2.pub", "--folder", "other", fails=True)
    assert not {"m2.again", "m2.x", "m2.y", "other"} & {path.name for path in room.folder.iterdir()}


def test_a_key_file_is_for_its_owner_s_eyes_and_holds_no_key_in_clear(room: Room) -> None:
    path = room.folder / "r1.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert set(json.loads(path.read_text())) == {"salt", "box"}
