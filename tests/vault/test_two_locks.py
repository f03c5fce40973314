"""FIREWALL proof 6, and the pure part of 16: which keys, with the whole dump, open what.

The attacker knows every format and every context, tries every key on every box, and every key
that comes out of one on all others, until nothing new comes out. `usable_paths` says in three
lines who should be able to read; the two must agree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import chain, combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nacl import bindings
from nacl.exceptions import CryptoError

from complaints.vault import complainant, contexts, epochs, retention, rungs
from complaints.vault.contents import seal_text
from complaints.vault.epochs import Epoch, Place
from complaints.vault.errors import BadEnvelope
from complaints.vault.padding import unpad
from complaints.vault.primitives import bind, decrypt, keypair, new_key
from complaints.vault.rungs import Rung
from tests.proof import Proof
from tests.vault.cast import WEEK, Scene

BODY, LATER, COVER, IDENTITY = b"canary body", b"canary later", b"canary cover", b"canary identity"
_CONTEXT = 32
# Plaintext length of a box → the head before its keys: inner, complainant, identity, epoch.
_HEADS = {114: 18, 113: 17, 50: 18, 133: 21}


@dataclass
class History:
    """What has happened to a case: how far released, identity released to whom, who has left."""

    scene: Scene
    released: int
    identity_to: frozenset[int]
    left: int | None
    rows: list[Rung] = field(init=False)
    epoch: Epoch | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.rows = self.scene.ladder()
        if self.left is not None:
            offices = self.scene.offices[: self.released]
            self.epoch = epochs.new_epoch(
                place=Place(case=self.scene.case, epoch=1, week=WEEK, week_key=self.scene.week_key),
                previous_body=self.scene.keys.body,
                maker=epochs.Maker.with_key(b"", self.scene.complainant.private),
                complainant=self.scene.complainant.public,
                offices={office.id: office.key.public for at, office in enumerate(offices) if at != self.left},
                guests={},
                rungs=[rung.public for rung in self.rows],
                released=range(1, self.released + 1),
                digest=rungs.ladder_digest([rung.public for rung in self.rows]),
            )


@dataclass
class Dump:
    """Everything that the databases hold of a case: boxes under their retention, and texts."""

    boxes: list[tuple[bytes, bytes]] = field(default_factory=list)
    bare: list[bytes] = field(default_factory=list)
    texts: list[tuple[bytes, bytes]] = field(default_factory=list)


def dump_of(history: History) -> Dump:
    scene, dump = history.scene, Dump()
    case, week_key = scene.case, scene.week_key
    for rung in history.rows:  # the rows stay where they are after a release, to be strict
        dump.boxes.append((rung.box, contexts.rung(case, rung.number)))
        dump.boxes.append((rung.identity_box, contexts.identity_rung(case, rung.number)))
    for at, office in enumerate(scene.offices[: history.released]):
        context = contexts.holding(case, office.id)
        inner = _inner(history, at)
        dump.boxes.append((retention.wrap(week_key, inner, week=WEEK, context=context), context))
    for at in history.identity_to:
        context = contexts.identity_holding(case, scene.offices[at].id)
        inner = _inner(history, at, identity=True)
        dump.boxes.append((retention.wrap(week_key, inner, week=WEEK, context=context), context))
    box = complainant.seal_for_complainant(
        scene.complainant.public, keys=scene.keys, case=case, week_key=week_key, week=WEEK
    )
    dump.boxes.append((box, contexts.complainant(case)))
    for one in history.epoch.boxes if history.epoch else ():
        dump.boxes.append((one.box, contexts.epoch(case, 1, one.kind, one.recipient)))
    texts = [(scene.keys.body, BODY, 0), (scene.keys.cover, COVER, 0), (scene.keys.identity, IDENTITY, 0)]
    if history.epoch:
        texts.append((history.epoch.body, LATER, 1))
    for key, text, epoch in texts:
        sealed = seal_text(key, text, case=case, field="x", epoch=epoch)
        dump.texts.append((sealed, bind("text", case, "x", epoch)))
    return dump


def _inner(history: History, at: int, *, identity: bool = False) -> bytes:
    scene, rung = history.scene, history.rows[at]
    release = rungs.release_identity if identity else rungs.release
    return release(
        worker_private=scene.worker.private,
        week_key=scene.week_key,
        box=rung.identity_box if identity else rung.box,
        case=scene.case,
        number=rung.number,
        week=WEEK,
    ).inner_box


def attack(dump: Dump, keys: Iterable[bytes]) -> set[bytes]:
    """Return the texts that these keys and this dump give."""
    known = list(dict.fromkeys(keys))
    locked = list(dump.bare) + [
        opened
        for box, context in dump.boxes
        for key in known
        if (opened := _try_decrypt(key, box, bind("retention", WEEK, context)))
    ]
    tried: set[tuple[int, int]] = set()
    progress = True
    while progress:
        progress = False
        for box_at, key_at in ((b, k) for b in range(len(locked)) for k in range(len(known))):
            if (box_at, key_at) in tried:
                continue
            tried.add((box_at, key_at))
            opened = _try_unseal(known[key_at], locked[box_at])
            if opened is not None:
                progress = True
                _learn(opened[_CONTEXT:], known, locked)
    return {unpad(opened) for sealed, ad in dump.texts for key in known if (opened := _try_decrypt(key, sealed, ad))}


def _learn(plain: bytes, known: list[bytes], locked: list[bytes]) -> None:
    if len(plain) in _HEADS:
        head = _HEADS[len(plain)]
        found = [plain[at : at + 32] for at in range(head, len(plain) - 31, 32)]
        known.extend(key for key in found if key not in known)
    else:
        locked.append(plain[16:])


def _try_decrypt(key: bytes, box: bytes, ad: bytes) -> bytes | None:
    try:
        return decrypt(key, box, ad=ad)
    except BadEnvelope:
        return None


def _try_unseal(private: bytes, box: bytes) -> bytes | None:
    try:
        return bindings.crypto_box_seal_open(box[1:], bindings.crypto_scalarmult_base(private), private)
    except CryptoError:
        return None


def usable_paths(history: History, held: frozenset[str]) -> set[bytes]:
    """Return the texts that someone with these keys should be able to read, and no others."""
    offices = [at for at in range(len(history.scene.offices)) if f"office {at}" in held]
    worker, receipt = "worker" in held, "receipt" in held
    if "week" not in held:
        return set()
    case = receipt or any(worker or at < history.released for at in offices)
    identity = receipt or any(worker or at in history.identity_to for at in offices)
    later = receipt or any(worker if at >= history.released else at != history.left for at in offices)
    texts = {BODY, COVER} if case else set()
    texts |= {IDENTITY} if identity else set()
    return texts | ({LATER} if later and history.epoch else set())


def names_of(history: History) -> list[str]:
    return ["week", "receipt", "worker", *(f"office {at}" for at in range(len(history.scene.offices)))]


def keys_of(history: History, held: frozenset[str]) -> list[bytes]:
    scene = history.scene
    named = {"week": scene.week_key, "receipt": scene.complainant.private, "worker": scene.worker.private}
    named |= {f"office {at}": office.key.private for at, office in enumerate(scene.offices)}
    # Keys that have nothing to do with this case never help: another office's, another week's.
    return [named[name] for name in sorted(held)] + [keypair()[1], new_key()]


@st.composite
def histories(draw: st.DrawFn) -> History:
    scene = Scene.with_offices(draw(st.integers(1, 6)))
    released = draw(st.integers(0, len(scene.offices)))
    holders = st.integers(0, released - 1) if released else st.nothing()
    identity_to = draw(st.frozensets(holders, max_size=2)) if released else frozenset()
    left = draw(st.none() | holders)
    return History(scene, released, identity_to, left)


@pytest.mark.proof
def test_proof_6_keys_without_a_usable_path_open_nothing(proof: Callable[..., Proof]) -> None:
    p = proof(6, "any set of keys, with the whole dump", bar="0 opens", small=150, full=6000)
    seen = Counter[str]()

    @settings(max_examples=p.size, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(histories(), st.data())
    def tried(history: History, data: st.DataObject) -> None:
        p.at(seen["tried"])
        held = data.draw(st.frozensets(st.sampled_from(names_of(history))))
        read, may = attack(dump_of(history), keys_of(history, held)), usable_paths(history, held)
        seen.update(tried=1, opened=bool(read - may), wrong=read != may, readable=bool(may))

    tried()
    p.found(
        f"{seen['opened']} opened of {seen['tried'] - seen['readable']} sets without a path",
        control=f"{seen['readable']} sets with one: all opened" if not seen["wrong"] else f"{seen['wrong']} differ",
        held=not (seen["opened"] or seen["wrong"]) and seen["readable"] > 0,
    )


def test_proof_6_every_set_of_keys_of_a_ladder_of_two() -> None:
    checked = opened = 0
    for released, left in ((0, None), (1, None), (1, 0), (2, None), (2, 0)):
        history = History(Scene.with_offices(2), released, frozenset(range(released)) & {1}, left)
        dump, names = dump_of(history), names_of(history)
        for held in chain.from_iterable(combinations(names, size) for size in range(len(names) + 1)):
            texts = attack(dump, keys_of(history, frozenset(held)))
            assert texts == usable_paths(history, frozenset(held)), held
            checked, opened = checked + 1, opened + bool(texts)
    assert checked == 5 * 2**5
    assert 0 < opened < checked


def _without_a_path(history: History) -> list[frozenset[str]]:
    """The greatest sets of keys that should open nothing of a case on which nothing is released."""
    everything = frozenset(names_of(history))
    offices = frozenset(name for name in everything if name.startswith("office"))
    return [everything - {"receipt", "worker"}, everything - {"receipt"} - offices, everything - {"week"}]


def test_proof_6_control_the_same_check_finds_each_lock_that_is_missing() -> None:
    history = History(Scene.with_offices(2), 0, frozenset(), None)
    scene, early = history.scene, _without_a_path(history)
    assert [attack(dump_of(history), keys_of(history, held)) for held in early] == [set(), set(), set()]

    without_worker = dump_of(history)
    without_worker.bare.append(_inner(history, 0))
    assert BODY in attack(without_worker, keys_of(history, early[0]))

    without_office = dump_of(history)
    to_worker = rungs.seal_inner(
        case=scene.case,
        number=1,
        office_public=scene.worker.public,
        cover=scene.keys.cover,
        body=scene.keys.body,
        rung_private=new_key(),
    )
    without_office.bare.append(to_worker)
    assert BODY in attack(without_office, keys_of(history, early[1]))

    without_retention = dump_of(history)
    without_retention.bare += [
        retention.unwrap(scene.week_key, box, week=WEEK, context=context) for box, context in without_retention.boxes
    ]
    assert attack(without_retention, keys_of(history, early[2])) == {BODY, COVER, IDENTITY}


def test_proof_6_control_a_removed_office_reads_on_where_no_epoch_is_made() -> None:
    history = History(Scene.with_offices(2), 2, frozenset(), 0)
    held = frozenset({"week", "worker", "office 0"})
    assert LATER not in attack(dump_of(history), keys_of(history, held))
    careless = dump_of(history)
    sealed = seal_text(history.scene.keys.body, LATER, case=history.scene.case, field="x", epoch=1)
    careless.texts.append((sealed, bind("text", history.scene.case, "x", 1)))
    assert LATER in attack(careless, keys_of(history, held))
