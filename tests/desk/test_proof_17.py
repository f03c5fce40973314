"""FIREWALL proof 17: what is done to the log afterwards is found, all of it.

The tamperer is the databases' owner: no trigger stops them, they know every format and can compute every digest.
What they lack is the log's key and the notes that were carried away. Most runs are over rows in memory, fed to the
same `verify` that the command uses; some dozens are done to the live table.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from complaints.cases.models import Case, Inspector
from complaints.firewall import chain, disclosure
from complaints.firewall.chain import Checkpoint, Detail, Link
from complaints.firewall.disclosure import Verb
from complaints.firewall.models import Disclosure, DisclosureDetail
from complaints.vault import notes
from complaints.vault.notes import BadNote, Head, NoteKey
from tests.factories import Cast

AsOwner = Callable[[], AbstractContextManager[None]]
Rows = list[Link]
VERBS = [str(verb.value) for verb in Verb]


def some_detail(chance: random.Random) -> Detail:
    ids = [str(UUID(int=chance.getrandbits(128))) for _ in range(3)]
    return Detail(ids[0], ids[1], ids[2], None, chance.choice(VERBS), "2026-W48", chance.randbytes(32))


def appended(rows: Rows, chance: random.Random) -> None:
    before, detail = (rows[-1].digest if rows else chain.GENESIS), some_detail(chance)
    number, commitment = len(rows) + 1, chain.commitment_of(detail)
    # Some cases are dead: their details are gone.
    kept = detail if chance.random() < 0.8 else None
    rows.append(Link(number, before, commitment, chain.digest_of(number, before, commitment), kept))


def chained_anew(rows: Rows, since: int) -> Rows:
    """The rows from position `since` on numbered and chained as if nothing had happened: the clever tamperer."""
    done = rows[:since]
    for row in rows[since:]:
        before = done[-1].digest if done else chain.GENESIS
        number = len(done) + 1
        digest = chain.digest_of(number, before, row.commitment)
        done.append(replace(row, number=number, previous=before, digest=digest))
    return done


def flipped(value: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(value))
    return value[:at] + bytes([value[at] ^ (1 << chance.randrange(8))]) + value[at + 1 :]


def edited(rows: Rows, signed: int, chance: random.Random) -> Rows:
    at, name = chance.randrange(signed), chance.choice(("previous", "commitment", "digest", "number"))
    value: Any = getattr(rows[at], name)
    changed = value + chance.choice((-3, 1, 1000)) if name == "number" else flipped(value, chance)
    return [*rows[:at], replace(rows[at], **{name: changed}), *rows[at + 1 :]]


def edited_and_committed(rows: Rows, signed: int, chance: random.Random) -> Rows:
    """Another detail, with commitment and digests that fit."""
    at, detail = chance.randrange(signed), some_detail(chance)
    changed = replace(rows[at], detail=detail, commitment=chain.commitment_of(detail))
    return chained_anew([*rows[:at], changed, *rows[at + 1 :]], at)


def detail_edited(rows: Rows, signed: int, chance: random.Random) -> Rows:
    at = chance.choice([at for at, row in enumerate(rows) if row.detail])
    detail = rows[at].detail
    assert detail is not None
    changes: dict[str, Any] = {
        "case": str(uuid4()), "inspector": None, "office": str(uuid4()), "subject": str(uuid4()),
        "verb": detail.verb + "x", "week": "2026-W01", "salt": flipped(detail.salt, chance),
    }  # fmt: skip
    name = chance.choice(list(changes))
    return [*rows[:at], replace(rows[at], detail=replace(detail, **{name: changes[name]})), *rows[at + 1 :]]


def details_exchanged(rows: Rows, signed: int, chance: random.Random) -> Rows:
    one, two = chance.sample([at for at, row in enumerate(rows) if row.detail], 2)
    done = list(rows)
    done[one], done[two] = replace(rows[one], detail=rows[two].detail), replace(rows[two], detail=rows[one].detail)
    return done


def detail_put_back(rows: Rows, signed: int, chance: random.Random) -> Rows:
    """Words in the mouth of a dead case."""
    at = next((at for at, row in enumerate(rows) if row.detail is None), 0)
    return [*rows[:at], replace(rows[at], detail=some_detail(chance)), *rows[at + 1 :]]


def deleted(rows: Rows, signed: int, chance: random.Random) -> Rows:
    at = chance.randrange(signed)
    return [*rows[:at], *rows[at + chance.randint(1, 3) :]] if at + 4 < len(rows) else [*rows[:at], *rows[at + 1 :]]


def deleted_and_closed(rows: Rows, signed: int, chance: random.Random) -> Rows:
    at = chance.randrange(signed)
    return chained_anew([*rows[:at], *rows[at + 1 :]], at)


def reordered(rows: Rows, signed: int, chance: random.Random) -> Rows:
    """Two entries under each other's number: rows come in the order of their numbers, whatever they say."""
    one, two = sorted(chance.sample(range(signed), 2))
    done = list(rows)
    done[one], done[two] = replace(rows[two], number=one + 1), replace(rows[one], number=two + 1)
    return done


def reordered_and_closed(rows: Rows, signed: int, chance: random.Random) -> Rows:
    one, two = sorted(chance.sample(range(signed), 2))
    done = list(rows)
    done[one], done[two] = rows[two], rows[one]
    return chained_anew(done, one)


def inserted(rows: Rows, signed: int, chance: random.Random) -> Rows:
    at, detail = chance.randrange(signed), some_detail(chance)
    new = Link(0, bytes(32), chain.commitment_of(detail), bytes(32), detail)
    return chained_anew([*rows[:at], new, *rows[at:]], at)


def doubled(rows: Rows, signed: int, chance: random.Random) -> Rows:
    at = chance.randrange(len(rows))
    return [*rows[: at + 1], *rows[at:]]


def forked(rows: Rows, signed: int, chance: random.Random) -> Rows:
    """Another history from somewhere before the checkpoint on, at least as long."""
    done = rows[: chance.randrange(signed)]
    while len(done) < len(rows) + chance.randrange(3):
        appended(done, chance)
    return done


def cut(rows: Rows, signed: int, chance: random.Random) -> Rows:
    return rows[: chance.randrange(signed)]


TAMPERINGS = (
    edited, edited_and_committed, detail_edited, details_exchanged, detail_put_back, deleted, deleted_and_closed,
    reordered, reordered_and_closed, inserted, doubled, forked, cut,
)  # fmt: skip
# Whole in themselves: only a checkpoint shows them. The control takes it away.
NEEDS_A_CHECKPOINT = (edited_and_committed, deleted_and_closed, reordered_and_closed, inserted, forked, cut)


class Signer:
    """The log's key, which the tamperer does not have."""

    def __init__(self) -> None:
        public, self.seed = notes.new_key()
        self.key = NoteKey("recruitment-watch.invalid/disclosure-log/proof", public)

    def sign(self, row: Link) -> str:
        return notes.sign(Head(self.key.name, row.number, row.digest).to_text(), name=self.key.name, seed=self.seed)


def grown(chance: random.Random) -> Rows:
    rows: Rows = []
    while len(rows) < 24 or (len(rows) < 60 and chance.random() < 0.9):
        appended(rows, chance)
    if all(row.detail for row in rows):
        rows[3] = replace(rows[3], detail=None)
    return rows


@pytest.mark.proof
def test_proof_17_every_change_of_a_log_is_found(proof: Callable[..., Any]) -> None:
    p = proof(17, "the disclosure log in memory", bar="100 % found", small=300, full=5000)
    signer, chance = Signer(), random.Random(17)
    found = blind = blind_of = 0
    whole = 0
    for number in p.over(range(p.size)):
        rows = grown(chance)
        signed = chance.randrange(12, len(rows))
        note = chain.read_note(signer.sign(rows[signed - 1]), [signer.key], source="the note")
        whole += chain.verify(rows, [note]).sound
        change = TAMPERINGS[number % len(TAMPERINGS)]
        tampered = change(list(rows), signed, chance)
        assert tampered != rows, change.__name__
        report = chain.verify(tampered, [note])
        found += not report.sound
        assert not report.sound, f"{change.__name__} was not found"
        if change in NEEDS_A_CHECKPOINT:
            blind_of += 1
            blind += chain.verify(tampered).sound
    p.found(
        f"{found} of {p.size} found",
        control=f"{whole} of {p.size} untouched logs whole; without the note {blind} of {blind_of} pass",
        held=found == whole == p.size and blind == blind_of > 0,
    )


@pytest.mark.proof
def test_proof_17_a_note_without_the_logs_key_counts_for_nothing(proof: Callable[..., Any]) -> None:
    p = proof(17, "notes forged, foreign or changed", bar="100 % refused", small=100, full=2000)
    signer, other, chance = Signer(), Signer(), random.Random(18)
    refused = taken = 0
    for number in p.over(range(p.size)):
        row = grown(chance)[-1]
        genuine = signer.sign(row)
        taken += chain.read_note(genuine, [signer.key], source="it").digest == row.digest
        at = chance.randrange(len(genuine))
        notes_of = (
            other.sign(row),  # the log's name, another key
            genuine[:at] + chr((ord(genuine[at]) + 1) % 128) + genuine[at + 1 :],
            genuine.rpartition("\n\n")[0].replace(str(row.number), str(row.number + 1), 1)
            + "\n\n" + genuine.rpartition("\n\n")[2],
            notes.sign(Head("other.invalid/log", row.number, row.digest).to_text(), name=signer.key.name,
                       seed=signer.seed),
        )  # fmt: skip
        try:
            chain.read_note(notes_of[number % 4], [signer.key], source="it")
        except BadNote:
            refused += 1
    p.found(
        f"{refused} of {p.size} refused", control=f"{taken} of {p.size} genuine taken", held=refused == taken == p.size
    )


@pytest.mark.proof
def test_proof_17_every_change_of_the_live_table_is_found(
    ana: Inspector, office: Cast, case: UUID, as_owner: AsOwner, proof: Callable[..., Any]
) -> None:
    p = proof(17, "the disclosure log, the live table", bar="100 % found", small=13, full=65)
    chance, found_case = random.Random(19), Case.objects.get(pk=case)
    for _ in range(30):
        disclosure.record(Verb(chance.choice(VERBS)), by=ana, office=office.office, case=found_case)
    with as_owner():
        DisclosureDetail.objects.filter(pk__in=(5, 9)).delete()  # as if their case had died
    signed = 24
    note = Checkpoint(signed, disclosure.digest_at(signed) or b"", "the note")
    with as_owner(), transaction.atomic():  # the control: the tamperer's way of writing alone changes nothing
        overwrite(list(disclosure._links()))
        assert disclosure.verify_chain(checkpoints=[note]).sound
        transaction.set_rollback(True)
    found = 0
    for number in p.over(range(p.size)):
        change = TAMPERINGS[number % len(TAMPERINGS)]
        with as_owner(), transaction.atomic():
            rows = list(disclosure._links())
            overwrite(change(list(rows), signed, chance))
            report = disclosure.verify_chain(checkpoints=[note])
            transaction.set_rollback(True)
        assert not report.sound, f"{change.__name__} was not found"
        found += 1
    after = disclosure.verify_chain(checkpoints=[note])
    p.found(
        f"{found} of {p.size} found",
        control=f"the untouched log of {after.head.number} entries is whole, before and after",
        held=found == p.size and after.sound,
    )


def overwrite(rows: Rows) -> None:
    """As owner: put these rows in the log's place, triggers and foreign keys off."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("complaints_disclosure", "complaints_disclosuredetail"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM complaints_disclosuredetail")
        cursor.execute("DELETE FROM complaints_disclosure")
    unique = {row.number: row for row in rows}
    if len(unique) < len(rows):  # the primary key lets nobody double an entry: it gets a number further on
        last = max(unique) + 1
        unique[last] = replace(rows[-1], number=last)
    Disclosure.objects.bulk_create(
        Disclosure(number=row.number, previous=row.previous, commitment=row.commitment, digest=row.digest)
        for row in unique.values()
    )
    DisclosureDetail.objects.bulk_create(
        DisclosureDetail(
            disclosure_id=row.number, case_id=row.detail.case, inspector_id=row.detail.inspector,
            office_id=row.detail.office, subject_id=row.detail.subject,
            verb=row.detail.verb, week=row.detail.week, salt=row.detail.salt,
        )
        for row in unique.values() if row.detail is not None
    )  # fmt: skip
