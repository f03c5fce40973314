"""Fixed inputs and outputs of suite 1: a change here is a change of format, and needs a new suite."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from argon2.low_level import Type, hash_secret_raw

from complaints.vault import (
    certificates,
    complainant,
    contents,
    drafts,
    epochs,
    members,
    padding,
    primitives,
    receipts,
    registrars,
    rungs,
    sessions,
    statistics,
)
from complaints.vault.case_keys import CaseKeys
from complaints.vault.epochs import Place, Recipient
from complaints.vault.members import MemberRecord
from complaints.vault.primitives import Cost, public_of
from complaints.vault.registrars import SignedStatement
from complaints.vault.statistics import PairBox


@cache
def _vectors() -> dict[str, Any]:
    content = json.loads(Path(__file__).with_name("vectors.json").read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


def _bytes(given: dict[str, Any]) -> dict[str, bytes]:
    """Return those values of a vector that are hexadecimal, as bytes."""
    found = {}
    for name, value in given.items():
        try:
            found[name] = bytes.fromhex(value)
        except (TypeError, ValueError):
            continue
    return found


@pytest.mark.parametrize("at", [0, 1, 2])
def test_receipts(at: int) -> None:
    given = _vectors()["receipts"]
    one, raw = given["cases"][at], _bytes(given)
    cost = Cost(memory=given["memory"], passes=given["passes"])
    keys = receipts.derive(one["receipt"], pepper=raw["pepper"], salt=raw["salt"], cost=cost)
    assert (keys.tag.hex(), keys.private.hex(), keys.public.hex()) == (
        one["tag"],
        one["private"],
        one["public"],
    )
    assert cost == receipts.COST


def test_receipts_by_another_argon2_and_the_words_of_the_document() -> None:
    given = _vectors()["receipts"]
    one, raw = given["cases"][1], _bytes(given)

    def bound(*parts: bytes) -> bytes:
        return b"".join(len(part).to_bytes(2, "big") + part for part in parts)

    peppered = hmac.new(raw["pepper"], bound(b"rw1/receipt", one["receipt"].encode()), hashlib.sha512).digest()
    root = hash_secret_raw(peppered, raw["salt"], given["passes"], given["memory"] // 1024, 1, 32, Type.ID)
    assert hmac.new(root, bound(b"rw1/receipt/tag"), hashlib.sha256).hexdigest()[:32] == one["tag"]
    assert hmac.new(root, bound(b"rw1/receipt/private"), hashlib.sha256).hexdigest() == one["private"]


def test_binding_deriving_padding_packing() -> None:
    bind, derive, pad, pack = (_vectors()[name] for name in ("bind", "derive", "padding", "pack"))
    text, number, raw = bind["parts"]
    assert primitives.bind(bind["label"], text, number, bytes.fromhex(raw)).hex() == bind["hex"]
    secret = bytes.fromhex(derive["secret"])
    assert primitives.derive(secret, derive["label"], *derive["parts"]).hex() == derive["hex"]
    assert padding.pad_fixed(bytes.fromhex(pad["data"]), 16).hex() == pad["fixed_16"]
    assert [[size, padding.padme(size)] for size, _ in pad["padme"]] == pad["padme"]
    assert contents.pack({"c": [None, True], "a": "ñ नेपाल", "b": 1}).decode() == pack["text"]


def test_certificates() -> None:
    given = _vectors()["certificate"]
    seeds = [bytes.fromhex(seed) for seed in given["registrars"]]
    roots = [bytes.fromhex(root) for root in given["roots"]]
    assert [registrars.registrar_key(seed).public for seed in seeds] == roots
    signed = SignedStatement.from_bytes(bytes.fromhex(given["signed"]))
    found = certificates.verify(signed, roots, today=date.fromisoformat(given["today"]))
    assert found.to_bytes().decode() == given["body"]
    assert found.public_key == public_of(bytes.fromhex(given["office_private"]))
    assert certificates.sign(found, seeds[0], seeds[2]).to_bytes().hex() == given["signed"]
    assert " ".join(certificates.fingerprint_words(found.public_key)) == given["fingerprint"]


def test_blind_index_draft_and_ladder() -> None:
    index, draft, ladder = (_vectors()[name] for name in ("blind_index", "draft", "ladder"))
    raw = _bytes(index)
    assert members.blind_index(raw["office_private"], raw["agency"]) == raw["hex"]
    cookie = bytes.fromhex(draft["cookie_key"])
    assert str(drafts.draft_id(cookie)) == draft["id"]
    assert drafts.unlock(drafts.place(cookie), bytes.fromhex(draft["box"])) == draft["text"].encode()
    assert rungs.ladder_digest([bytes.fromhex(key) for key in ladder["publics"]]).hex() == ladder["digest"]


def test_rungs_still_open() -> None:
    given = _bytes(_vectors()["case"])
    week = _vectors()["case"]["week"]
    where: dict[str, Any] = {"case": given["case"], "number": 1}
    outer = where | {"worker_private": given["worker_private"], "week_key": given["week_key"], "week": week}
    released = rungs.release(box=given["rung"], **outer)
    identity = rungs.release_identity(box=given["identity_rung"], **outer)
    assert released.office_id == identity.office_id == given["office_id"]
    office = where | {"office_private": given["office_private"]}
    found = rungs.open_inner(inner_box=released.inner_box, **office)
    assert (found.cover, found.body, found.rung_private) == (
        given["cover"],
        given["body"],
        given["rung_private"],
    )
    assert rungs.open_identity_inner(inner_box=identity.inner_box, **office) == given["identity"]


def test_what_the_receipt_opens_still_opens() -> None:
    vector = _vectors()["case"]
    given = _bytes(vector)
    case, week, week_key = given["case"], vector["week"], given["week_key"]
    private = given["complainant_private"]
    keys = complainant.open_for_complainant(private, given["complainant"], case=case, week_key=week_key, week=week)
    assert keys == CaseKeys(cover=given["cover"], body=given["body"], identity=given["identity"])
    body = epochs.open_body(
        private,
        given["epoch"],
        place=Place(case=case, epoch=1, week=week, week_key=week_key),
        kind=Recipient.COMPLAINANT,
        recipient=b"",
        previous_body=keys.body,
        makers={b"": [public_of(private)]},
    )
    assert body == given["epoch_body"]
    message = contents.open_message(keys.body, given["message"], case=case, field="message/1", epoch=0)
    assert message.decode() == vector["message_text"]
    file = contents.open_file(keys.body, given["file"], case=case, field="file/1", epoch=0)
    assert file.decode() == vector["file_text"]


def test_members_and_sessions_still_open() -> None:
    vector, session = _vectors()["member"], _vectors()["session"]
    given = _bytes(vector)
    record = MemberRecord(**{name: given[name] for name in MemberRecord.__slots__})
    cost = Cost(memory=vector["memory"], passes=vector["passes"])
    private = members.open_member(record, vector["passphrase"], cost=cost)
    assert private == members.recover_member(record, vector["recovery_code"], cost=cost) == given["private"]
    office_private = members.unwrap_office_key(
        private,
        given["office_key"],
        office_id=given["office_id"],
        generation=vector["generation"],
        office_public=public_of(given["office_private"]),
    )
    assert office_private == given["office_private"]
    box, cookie = bytes.fromhex(session["box"]), bytes.fromhex(session["cookie_key"])
    opened = sessions.unlock(cookie, box, session_id=session["session_id"])
    assert {name: key.hex() for name, key in opened.items()} == session["keys"]


def test_statistics_still_open() -> None:
    vector = _vectors()["statistics"]
    given, quarter = _bytes(vector), vector["quarter"]
    first, second = (bytes.fromhex(head) for head in vector["heads"])
    pair = PairBox(first=public_of(first), second=public_of(second), box=given["pair"])
    private = statistics.open_for_pair(first, second, pair, quarter=quarter)
    assert private == given["quarter_private"]
    assert statistics.open_statistics(private, given["box"], quarter=quarter) == vector["content"]
