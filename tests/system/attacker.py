"""Somebody has taken (nearly) everything: what do they read, and what do they learn? FIREWALL proof 18.

    python -m tests.system.attacker LOOT

LOOT is a folder: `dumps/<database>/<table>.csv` (COPY with header, with each row's place and transaction),
`keys/*.key` (32 bytes each), `weeks/*.key` (the weekly files), `words/*.txt` (passwords and other credentials, a line
each), `receipts.txt`, `pepper.txt` and `salt.txt` where they were got too, `canaries.txt` (words to look for). Nothing
else is read: no database, no settings, no key of the installation. The formats are all known to the attacker, who has
the source and uses the vault's own functions.

It tries every key on every box in every way in which the vault opens anything: the retention layer and everything
else that is encrypted under every associated data that there is (`decrypt`), the sealed boxes without asking for what
they were sealed (`unseal` would ask and refuse more), the members' keys with every word that was got, the receipts'
derivation; and what comes out of one on all others, until nothing new comes out. Prints JSON.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from nacl import bindings
from nacl.exceptions import CryptoError

from complaints.vault import contexts, drafts, members, receipts, sessions
from complaints.vault.errors import BadEnvelope, WrongPassphrase
from complaints.vault.members import MemberRecord
from complaints.vault.padding import unpad
from complaints.vault.primitives import CONTEXT_BYTES, bind, decrypt, derive, public_of
from tests.system.clear_facts import Clear, canaries_in, probes, something
from tests.system.loot import Loot, bytes_of, session_said

KEY_HEADS = {114: 18, 113: 17, 50: 18, 133: 21}  # plaintext of inner, complainant, identity, epoch: before its keys
STEPS = range(1, 7)
UNDER_RETENTION = (("receipt", "box"), ("rung", "box"), ("rung", "identity_box"), ("holding", "box"),
                   ("identityholding", "box"), ("epochbox", "box"))  # fmt: skip
TEXTS = ("content", "message", "caserecord", "approval")
READABLE = (*TEXTS, "secondfactor")


@dataclass
class Attack:
    """`pool` are the keys known so far, `boxes` all that is locked, with the associated data that may be its."""

    loot: Loot
    pool: dict[bytes, str] = field(default_factory=dict)
    boxes: dict[bytes, tuple[str, list[bytes]]] = field(default_factory=dict)
    read: dict[str, str] = field(default_factory=dict)  # where: what it says
    ladder: set[str] = field(default_factory=set)
    case_keys: int = 0
    tries: int = 0
    tried: set[tuple[bytes, bytes]] = field(default_factory=set)

    def run(self) -> None:
        for name, key in {**self.loot.keys, **self.loot.weeks}.items():
            self.pool[key] = name
        for word in self.loot.words:  # a credential may be a key in disguise
            self.pool[hashlib.sha256(word.encode()).digest()] = "a word"
            self.pool[derive(hashlib.sha256(word.encode()).digest(), "second-factor")] = "a word"
        self._try_receipts()
        self._try_words_on_members()
        for where, box, ads in locked(self.loot):
            self.boxes[box] = (where, ads)
        while self._round():
            pass

    def _round(self) -> bool:
        """Try everything not tried yet; tell whether something new came out."""
        before = (len(self.pool), len(self.boxes), len(self.read))
        for box, (where, ads) in list(self.boxes.items()):
            for key in list(self.pool):
                if (box, key) in self.tried:
                    continue
                self.tried.add((box, key))
                self._try(box, key, where, ads)
        return before != (len(self.pool), len(self.boxes), len(self.read))

    def _try(self, box: bytes, key: bytes, where: str, ads: list[bytes]) -> None:
        self.tries += 1 + len(ads)
        try:
            opened = bindings.crypto_box_seal_open(box[1:], public_of(key), key)[CONTEXT_BYTES:]
            self._learn(opened, where)
            return
        except (CryptoError, ValueError, TypeError, RuntimeError):
            pass
        for ad in ads:
            try:
                inside = decrypt(key, box, ad=ad)
            except BadEnvelope:
                continue
            if where.startswith(READABLE):
                self.read[where] = unpad(inside).decode(errors="replace")
            else:
                self.boxes[inside] = (where, ads)
            return

        self._try_as_cookie(box, key, where)

    def _try_as_cookie(self, box: bytes, key: bytes, where: str) -> None:
        """Forms half filled in, and vaults left open, lie under what only a browser holds."""
        try:
            if where.startswith("draft"):
                self.read[where] = drafts.unlock(drafts.place(key), box).decode(errors="replace")
            elif where.startswith("session"):
                self.pool |= dict.fromkeys(sessions.unlock(key, box, session_id=where.split()[1]).values(), where)
        except BadEnvelope:
            pass

    def _learn(self, plain: bytes, where: str) -> None:
        if len(plain) in KEY_HEADS:
            self.case_keys += 1
            for at in range(KEY_HEADS[len(plain)], len(plain) - 31, 32):
                self.pool.setdefault(plain[at : at + 32], where)
        elif len(plain) == 32:
            self.pool.setdefault(plain, where)
        elif where.startswith("statistics"):
            self.read[where] = unpad(plain).decode(errors="replace")
        elif where.startswith("rung"):  # an office's number, and a box for it
            self.ladder.add(str(UUID(bytes=plain[:16])))
            self.boxes.setdefault(plain[16:], (where, []))

    def _try_receipts(self) -> None:
        """With the pepper the receipts that were got open; without it a guess at it must do, and so do some guesses."""
        pepper = hashlib.sha256(self.loot.pepper.encode()).digest()
        salt = hashlib.sha256(self.loot.salt.encode()).digest()[:16]
        tags = {bytes_of(row["tag"]) for row in self.loot.rows("receipt")}
        for receipt in [*self.loot.receipts, *(receipts.new_receipt() for _ in range(8))]:
            self.tries += 1
            found = receipts.derive(receipt, pepper=pepper, salt=salt)
            if found.tag in tags or not self.loot.pepper:
                self.pool[found.private] = "a receipt"

    def _try_words_on_members(self) -> None:
        for row in self.loot.rows("memberkey"):
            record = MemberRecord(
                *(bytes_of(row[name]) for name in ("public_key", "wrapped_private", "salt", "wrapped_recovery",
                                                 "recovery_salt"))
            )  # fmt: skip
            for word in self.loot.words:
                for way in (members.open_member, members.recover_member):
                    self.tries += 1
                    try:
                        self.pool[way(record, word)] = "a member"
                    except WrongPassphrase:
                        continue


def locked(loot: Loot) -> Iterator[tuple[str, bytes, list[bytes]]]:
    """Every box in the dump: where it lies, itself, and every associated data under which it could lie."""
    yield from locked_of_cases(loot)
    for table in ("statisticsenvelope", "statisticswaiting", "officekeywrap"):
        for row in loot.rows(table):
            yield f"{table} {row['id']}", bytes_of(row["box"]), []
    for row in loot.rows("draft"):
        yield f"draft {row['id']}", bytes_of(row["box"]), []
    for row in loot.rows("secondfactor"):
        ad = bind("second-factor", UUID(row["inspector_id"]).bytes)
        yield f"secondfactor {row['inspector_id']}", bytes_of(row["box"]), [ad]
    for row in loot.rows("desksession"):
        said = session_said(row["session_data"])
        bound = f"{row['session_key']}/{said.get('_auth_user_id', '')}/{said.get('vault_until', '')}"
        for box in vault_boxes(row["session_data"]):
            yield f"session {bound}", box, []


def locked_of_cases(loot: Loot) -> Iterator[tuple[str, bytes, list[bytes]]]:
    weeks = {row["id"]: row["death_week"] for row in loot.rows("case")}
    for case in weeks:
        retained = [bind("retention", week, context) for week in set(weeks.values()) for context in of_case(loot, case)]
        for table, name in UNDER_RETENTION:
            for row in loot.rows(table):
                if row["case_id"] == case:
                    yield f"{table} {name} of {case} {row.get('id', '')}", bytes_of(row[name]), retained
        texts = list(text_ads(loot, case))
        for table in TEXTS:
            for row in loot.rows(table):
                if row["case_id"] == case:
                    yield f"{table} of {case} {row['id']}", bytes_of(row["box"]), texts


def of_case(loot: Loot, case: str) -> list[bytes]:
    """Every context that a case's boxes can be bound to: the whole list of complaints.vault.contexts."""
    mine = UUID(case).bytes
    offices = [UUID(row["id"]).bytes for row in loot.rows("office")]
    found = [contexts.complainant(mine)]
    for number in STEPS:
        found += [make(mine, number) for make in (contexts.rung, contexts.identity_rung, contexts.inner,
                                                  contexts.identity_inner)]  # fmt: skip
    for office in offices:
        found += [contexts.holding(mine, office), contexts.identity_holding(mine, office)]
    people = [UUID(row["id"]).bytes for row in loot.rows("inspector")]
    last = max((int(row["epoch"]) for row in loot.rows("epochbox") if row["case_id"] == case), default=-1)
    for epoch in range(last + 1):
        found.append(contexts.epoch(mine, epoch, "complainant", b""))
        found += [contexts.epoch(mine, epoch, "office", office) for office in offices]
        found += [contexts.epoch(mine, epoch, "guest", person) for person in people]
        found += [contexts.epoch(mine, epoch, "rung", bytes([number])) for number in STEPS]
    return found


def text_ads(loot: Loot, case: str) -> Iterator[bytes]:
    """Every associated data of a case's contents: kind, field and epoch."""
    mine = UUID(case).bytes
    fields = ["cover", "body", "identity"]
    for table, name in (("message", "message"), ("caserecord", "record"), ("approval", "approval")):
        fields += [f"{name}/{UUID(row['id'])}" for row in loot.rows(table) if row["case_id"] == case]
    epochs = {int(row["epoch"]) for name in ("content", "message", "caserecord", "approval") for row in loot.rows(name)}
    for one in fields:
        for epoch in sorted(epochs | {0}):
            yield from (bind(kind, mine, one, epoch) for kind in ("text", "message", "file"))


def vault_boxes(data: str) -> Iterator[bytes]:
    """What lies locked in a session's row, whose own wrapping is Django's and no secret."""
    said = session_said(data)
    for value in said.values():
        if isinstance(value, str) and len(value) > 100:
            try:
                yield base64.b64decode(value, validate=True)
            except ValueError:
                continue


def main() -> int:
    attack = Attack(Loot.taken_from(Path(sys.argv[1])))
    attack.run()
    clear = Clear(attack.loot)
    learned = {name for name, probe in probes(clear, attack.ladder).items() if something(probe())}
    learned |= set(clear.unexplained())
    told = {
        "tries": attack.tries, "keys": len(attack.pool), "boxes": len(attack.boxes), "case_keys": attack.case_keys,
        "read": attack.read, "canaries": canaries_in(attack.loot), "learned": sorted(learned),
    }  # fmt: skip
    print(json.dumps(told, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
