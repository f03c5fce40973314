"""`manage.py registrar …`: the registrars' work, on a machine that is never online.

Files only: no database, no settings. A key file is JSON of a salt and the 32 bytes under a passphrase (Argon2id,
256 MiB); a statement file is a vault.registrars.SignedStatement; a request is JSON. Nothing is ever overwritten.
docs/key-ceremony.md walks through it.
"""

from __future__ import annotations

import argparse
import getpass
import hashlib
import json
import os
import secrets
import sys
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from complaints.vault import members, registrars, statements
from complaints.vault.certificates import VALID_DAYS_MAX, Mandate, OfficeCertificate, fingerprint_words
from complaints.vault.errors import VaultError
from complaints.vault.primitives import SALT_BYTES, bind, decrypt, encrypt, stretch
from complaints.vault.registrars import SignedStatement
from complaints.vault.statements import AttestationSaid, DeliverySaid, MandateSaid, RevocationSaid, Said, WithdrawalSaid

AD = bind("registrar-key")


class Refused(SystemExit):
    """Said to the person, in one sentence; nothing was written."""

    def __init__(self, words: str) -> None:
        super().__init__(f"registrar: {words}")


def main(arguments: Sequence[str]) -> None:
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], None] = options.run
    try:
        run(options)
    except FileNotFoundError as error:
        raise Refused(f"there is no file {error.filename}.") from None
    except FileExistsError as error:
        raise Refused(f"{error.filename} is there already, and nothing here is overwritten.") from None
    except VaultError as error:
        raise Refused(f"refused: {error}.") from None


# --- keys ----------------------------------------------------------------------------------------------


def keys(options: argparse.Namespace) -> None:
    """Make one registrar's key: NAME.key under a passphrase, NAME.pub to be pinned."""
    passphrase = _new_passphrase(options)
    key, salt = registrars.new_registrar_key(), secrets.token_bytes(SALT_BYTES)
    locked = encrypt(stretch(passphrase.encode(), salt=salt, cost=members.COST), key.private, ad=AD)
    _write(options.name.with_suffix(".key"), json.dumps({"salt": salt.hex(), "box": locked.hex()}).encode(), 0o600)
    _write(options.name.with_suffix(".pub"), key.public, 0o644)
    print(f"Made {options.name}.key and {options.name}.pub. Say these words to the others, and write them down:")
    print("  " + " ".join(fingerprint_words(key.public)))


def pin(options: argparse.Namespace) -> None:
    """Put the registrars' public keys where the zones read them."""
    if len(options.public) != registrars.REGISTRARS:
        raise Refused(f"there are {registrars.REGISTRARS} registrars; give {registrars.REGISTRARS} .pub files.")
    found = [_public(path) for path in options.public]
    if len(set(found)) != len(found):
        raise Refused("two of these are the same key.")
    for number, public in enumerate(found, start=1):
        _write(options.folder / "registrars" / f"{number}.pub", public, 0o644)
        print(f"Registrar {number}: {' '.join(fingerprint_words(public))}")


# --- statements ----------------------------------------------------------------------------------------


def draft(options: argparse.Namespace) -> None:
    """Make an unsigned statement from a JSON file of its fields (mandate, attestation, delivery)."""
    given = json.loads(options.facts.read_text())
    if options.kind == "attestation":
        given["document_sha256"] = hashlib.sha256(options.document.read_bytes()).hexdigest()
        given.setdefault("attestation_id", secrets.token_hex(16))
    elif options.kind == "mandate":
        given.setdefault("office_id", secrets.token_hex(16))
    wanted = {"mandate": MandateSaid, "attestation": AttestationSaid, "delivery": DeliverySaid}[options.kind]
    _new_statement(options.out, _said(wanted, given))


def certificate(options: argparse.Namespace) -> None:
    """Make an unsigned certificate from the request that an office has written."""
    asked = json.loads(options.request.read_text())
    since = date.fromisoformat(options.since) if options.since else _today()
    try:
        said = OfficeCertificate(
            office_id=bytes.fromhex(asked["office_id"]),
            office_name=asked["office_name"],
            country=asked["country"],
            public_key=bytes.fromhex(asked["public_key"]),
            mandate=Mandate(asked["mandate"]),
            attestation_hash=bytes.fromhex(asked["attestation_hash"]),
            generation=int(asked["generation"]),
            not_before=since,
            not_after=since + timedelta(days=VALID_DAYS_MAX - 1),
        )
    except (KeyError, ValueError):
        raise Refused(f"{options.request} is not an office's request.") from None
    _new_statement(options.out, said)


def renew(options: argparse.Namespace) -> None:
    """Make an unsigned certificate like an older one: same office, same key, new dates."""
    older = _read(options.certificate)
    said = statements.read(older.body)
    if not isinstance(said, OfficeCertificate):
        raise Refused(f"{options.certificate} is not a certificate.")
    since = date.fromisoformat(options.since) if options.since else _today()
    dates: dict[str, Any] = {"not_before": since, "not_after": since + timedelta(days=VALID_DAYS_MAX - 1)}
    _new_statement(options.out, OfficeCertificate(**{name: getattr(said, name) for name in said.__slots__} | dates))


def revoke(options: argparse.Namespace) -> None:
    """Make an unsigned revocation of a certificate, or withdrawal of an attestation."""
    body = _read(options.statement).body
    said = statements.read(body)
    today = _today()
    if isinstance(said, OfficeCertificate):
        _new_statement(options.out, RevocationSaid(said.office_id, hashlib.sha256(body).digest(), today))
    elif isinstance(said, AttestationSaid):
        _new_statement(options.out, WithdrawalSaid(said.attestation_id, today))
    else:
        raise Refused("only a certificate or an attestation can be taken back; a mandate is replaced by a newer one.")


def sign(options: argparse.Namespace) -> None:
    """Show what a statement says, and sign it with one registrar's key into a new file."""
    signed = _read(options.statement)
    _show(statements.read(signed.body))
    if not options.yes and input("Is this what you mean to sign? Type yes: ").strip() != "yes":
        raise Refused("not signed.")
    with_mine = statements.countersign(signed, _private(options))
    _write(options.out, with_mine.to_bytes(), 0o644)
    print(f"Signed by {len(with_mine.signatures)} of {registrars.QUORUM} needed: {options.out}")


def list_(options: argparse.Namespace) -> None:
    """Say of each file what it states, who has signed it, and whether that is enough."""
    roots = [_public(path) for path in sorted((options.pinned / "registrars").glob("*.pub"))]
    failed = False
    for path in options.statement:
        signed = _read(path)
        said = statements.read(signed.body)
        valid = registrars.signers(statements.kind_of(signed.body), signed, roots)
        enough = len(valid) >= registrars.QUORUM
        failed |= not enough
        print(f"{path}: {len(valid)} of {registrars.QUORUM} signatures{'' if enough else ', NOT ENOUGH'}")
        _show(said)
    if failed:
        raise SystemExit(1)


# --- files and words -----------------------------------------------------------------------------------


def _said(wanted: type[MandateSaid] | type[AttestationSaid] | type[DeliverySaid], given: dict[str, object]) -> Said:
    try:
        return wanted.from_fields(given)
    except (KeyError, ValueError, TypeError) as error:
        raise Refused(f"the file lacks a field, or one is not what it should be: {error}.") from None


def _today() -> date:
    return date.today()  # noqa: DTZ011  # no clock file offline


def _new_statement(path: Path, said: Said) -> None:
    _write(path, SignedStatement(said.to_bytes(), ()).to_bytes(), 0o644)
    _show(said)
    print(f"Not signed yet: {path}")


def _show(said: Said) -> None:
    print(f"  kind: {statements.kind_of(said.to_bytes())}")
    for name, value in statements.facts(said).items():
        print(f"  {name}: {value}")
    if isinstance(said, OfficeCertificate):
        print(f"  words of its key: {' '.join(fingerprint_words(said.public_key))}")


def _read(path: Path) -> SignedStatement:
    return SignedStatement.from_bytes(path.read_bytes())


def _public(path: Path) -> bytes:
    public = path.read_bytes()
    if len(public) != 32:
        raise Refused(f"{path} is not a public key.")
    return public


def _private(options: argparse.Namespace) -> bytes:
    raw = options.key.read_bytes()
    try:
        stored = json.loads(raw)
        salt, box = bytes.fromhex(stored["salt"]), bytes.fromhex(stored["box"])
    except (ValueError, KeyError):
        raise Refused(f"{options.key} is not a registrar's key.") from None
    passphrase = _passphrase(options, "Passphrase of this key: ")
    try:
        return decrypt(stretch(passphrase.encode(), salt=salt, cost=members.COST), box, ad=AD)
    except VaultError:
        raise Refused("this passphrase does not open the key.") from None


def _new_passphrase(options: argparse.Namespace) -> str:
    if options.passphrase_file:
        return _passphrase(options, "")
    words = members.new_passphrase()
    print("The passphrase of this key. It is shown once: write it down, and keep it apart from the key.")
    print(f"  {words}")
    if getpass.getpass("Type it, so that it is known to be written down right: ").split() != words.split():
        raise Refused("that was not it; nothing was made.")
    return words


def _passphrase(options: argparse.Namespace, question: str) -> str:
    text: str = options.passphrase_file.read_text() if options.passphrase_file else getpass.getpass(question)
    return " ".join(text.split())


def _write(path: Path, content: bytes, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("manage.py registrar", description=__doc__.splitlines()[0] if __doc__ else "")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    def verb(name: str, run: Callable[[argparse.Namespace], None], *, out: bool = False) -> argparse.ArgumentParser:
        one = verbs.add_parser(name, help=run.__doc__, description=run.__doc__)
        one.set_defaults(run=run)
        if out:
            one.add_argument("--out", type=Path, required=True, help="the new file")
        return one

    one = verb("keys", keys)
    one.add_argument("name", type=Path, help="the files' name, without ending")
    one.add_argument("--passphrase-file", type=Path, help="for rehearsals; else six words are made and shown")
    one = verb("pin", pin)
    one.add_argument("public", type=Path, nargs="+")
    one.add_argument("--folder", type=Path, required=True)
    one = verb("draft", draft, out=True)
    one.add_argument("kind", choices=("mandate", "attestation", "delivery"))
    one.add_argument("facts", type=Path, help="JSON")
    one.add_argument("--document", type=Path, help="the countersigned paper, scanned (attestation)")
    one = verb("certificate", certificate, out=True)
    one.add_argument("request", type=Path)
    one.add_argument("--since", help="first day, ISO 8601; today if not given")
    one = verb("renew", renew, out=True)
    one.add_argument("certificate", type=Path)
    one.add_argument("--since", help="first day, ISO 8601; today if not given")
    one = verb("revoke", revoke, out=True)
    one.add_argument("statement", type=Path)
    one = verb("sign", sign, out=True)
    one.add_argument("statement", type=Path)
    one.add_argument("--key", type=Path, required=True)
    one.add_argument("--passphrase-file", type=Path, help="for rehearsals")
    one.add_argument("--yes", action="store_true", help="for rehearsals")
    one = verb("list", list_)
    one.add_argument("statement", type=Path, nargs="+")
    one.add_argument("--pinned", type=Path, required=True, help="the folder that `pin` wrote")
    return parser


if __name__ == "__main__":
    main(sys.argv[1:])
