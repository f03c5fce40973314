"""FIREWALL section 2, at filing and releasing; proof 10, the rungs."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complaints.vault import complainant, contexts, retention, rungs
from complaints.vault.case_keys import CaseKeys
from complaints.vault.errors import BadEnvelope, BlankRung, VaultError, WrongContext
from complaints.vault.primitives import ENCRYPT_OVERHEAD, keypair, new_key, public_of, seal, usable_public
from complaints.vault.rungs import Released, Rung, RungSecrets
from tests.vault.cast import WEEK, Office, Scene


def _release(scene: Scene, rung: Rung) -> Released:
    return rungs.release(
        worker_private=scene.worker.private,
        week_key=scene.week_key,
        box=rung.box,
        case=scene.case,
        number=rung.number,
        week=WEEK,
    )


def _release_identity(scene: Scene, rung: Rung) -> Released:
    return rungs.release_identity(
        worker_private=scene.worker.private,
        week_key=scene.week_key,
        box=rung.identity_box,
        case=scene.case,
        number=rung.number,
        week=WEEK,
    )


@pytest.mark.parametrize("count", range(1, 7))
def test_each_office_finds_the_keys_in_its_own_rung(count: int) -> None:
    scene = Scene.with_offices(count)
    for rung, office in zip(scene.ladder(), scene.offices, strict=False):
        released, identity = _release(scene, rung), _release_identity(scene, rung)
        assert released.office_id == identity.office_id == office.id
        found = rungs.open_inner(
            office_private=office.key.private,
            inner_box=released.inner_box,
            case=scene.case,
            number=rung.number,
        )
        assert (found.cover, found.body) == (scene.keys.cover, scene.keys.body)
        assert public_of(found.rung_private) == rung.public
        assert (
            rungs.open_identity_inner(
                office_private=office.key.private,
                inner_box=identity.inner_box,
                case=scene.case,
                number=rung.number,
            )
            == scene.keys.identity
        )


@settings(max_examples=40)
@given(st.lists(st.integers(1, 6), min_size=2, max_size=4))
def test_proof_10_all_rungs_of_all_ladders_are_equally_long(counts: list[int]) -> None:
    rows = [rung for count in counts for rung in Scene.with_offices(count).ladder()]
    assert {len(rung.box) for rung in rows} == {rungs.RUNG_BYTES + ENCRYPT_OVERHEAD} == {333}
    assert {len(rung.identity_box) for rung in rows} == {rungs.IDENTITY_RUNG_BYTES + ENCRYPT_OVERHEAD} == {269}
    assert {len(rung.public) for rung in rows} == {32}
    assert len(rows) == 6 * len(counts)


def test_proof_10_control_shorter_unused_rungs_show_a_ladders_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rungs, "_blank", lambda size: bytes(size - 1))
    ladders = {count: Scene.with_offices(count).ladder() for count in (1, 2, 6)}
    used = {count: sum(len(rung.box) == 333 for rung in rows) for count, rows in ladders.items()}
    assert used == {1: 1, 2: 2, 6: 6}


def test_an_unused_rung_looks_like_a_used_one_to_who_lacks_the_workers_key() -> None:
    scene = Scene.with_offices(1)
    used, unused = scene.ladder()[:2]
    for rung in (used, unused):
        locked = retention.unwrap(scene.week_key, rung.box, week=WEEK, context=contexts.rung(scene.case, rung.number))
        # A sealed box starts with an X25519 key: below 2^255, so its last byte's top bit is 0.
        assert locked[0] == 1
        assert locked[32] < 128
        assert usable_public(locked[1:33])
        assert usable_public(rung.public)
    assert all(rungs.blank_rung()[32] < 128 for _ in range(50))
    with pytest.raises(BlankRung):
        _release(scene, unused)
    with pytest.raises(BlankRung):
        _release_identity(scene, unused)


def test_no_two_rows_have_anything_in_common() -> None:
    scene = Scene.with_offices(6)
    rows = scene.ladder() + scene.ladder()
    for column in ("box", "identity_box", "public"):
        assert len({getattr(rung, column) for rung in rows}) == 12


def test_a_rung_belongs_to_its_case_number_and_week() -> None:
    scene = Scene.with_offices(2)
    rung = scene.ladder()[0]
    assert _release(scene, rung)
    with pytest.raises(BadEnvelope):
        _release(replace(scene, case=uuid4().bytes), rung)
    with pytest.raises(BadEnvelope):
        _release(scene, replace(rung, number=2))
    with pytest.raises(BadEnvelope):
        _release(replace(scene, week_key=new_key()), rung)
    with pytest.raises(BadEnvelope):  # the identity's box does not pass for the other
        _release(scene, replace(rung, box=rung.identity_box))
    with pytest.raises(BlankRung):
        _release(replace(scene, worker=Office().key), rung)


def test_an_outer_lock_made_for_another_rung_is_refused_even_under_the_right_week() -> None:
    scene = Scene.with_offices(1)
    rung = scene.ladder()[0]
    first, second = contexts.rung(scene.case, 1), contexts.rung(scene.case, 2)
    locked = retention.unwrap(scene.week_key, rung.box, week=WEEK, context=first)
    moved = retention.wrap(scene.week_key, locked, week=WEEK, context=second)
    with pytest.raises(WrongContext):
        _release(scene, replace(rung, number=2, box=moved))


def test_an_inner_box_of_another_case_or_rung_is_refused() -> None:
    scene = Scene.with_offices(1)
    inner = _release(scene, scene.ladder()[0]).inner_box
    private = scene.offices[0].key.private
    for case, number in ((uuid4().bytes, 1), (scene.case, 2)):
        with pytest.raises(WrongContext):
            rungs.open_inner(office_private=private, inner_box=inner, case=case, number=number)
    with pytest.raises(BadEnvelope):
        rungs.open_inner(office_private=new_key(), inner_box=inner, case=scene.case, number=1)


def test_what_is_inside_is_checked_too() -> None:
    office, case = Office(), uuid4().bytes
    context = contexts.inner(case, 1)
    for payload, error in (
        (case + b"\2\1" + bytes(96), WrongContext),
        (case + b"\1\2" + bytes(96), WrongContext),
        (case + b"\1\1" + bytes(95), BadEnvelope),
        (b"", WrongContext),
    ):
        box = seal(office.key.public, payload, context=context)
        with pytest.raises(error):
            rungs.open_inner(office_private=office.key.private, inner_box=box, case=case, number=1)


def test_colleagues_can_re_wrap_a_held_case_to_the_next_generation() -> None:
    case, (public, private) = uuid4().bytes, keypair()
    secrets = RungSecrets(cover=new_key(), body=new_key(), rung_private=new_key())
    inner = rungs.seal_inner(
        case=case,
        number=3,
        office_public=public,
        cover=secrets.cover,
        body=secrets.body,
        rung_private=secrets.rung_private,
    )
    assert len(inner) == rungs.INNER_BYTES == 195
    assert rungs.open_inner(office_private=private, inner_box=inner, case=case, number=3) == secrets
    assert repr(secrets) == "RungSecrets()"


@pytest.mark.parametrize("count", [0, 7])
def test_a_ladder_has_one_to_six_offices(count: int) -> None:
    with pytest.raises(VaultError):
        Scene.with_offices(count).ladder()


def test_a_ladders_digest_changes_with_every_key_and_their_order() -> None:
    publics = [rung.public for rung in Scene.with_offices(1).ladder()]
    digest = rungs.ladder_digest(publics)
    others = [[*publics[:at], keypair()[0], *publics[at + 1 :]] for at in range(6)] + [publics[::-1]]
    assert digest not in {rungs.ladder_digest(other) for other in others}
    with pytest.raises(VaultError):
        rungs.ladder_digest(publics[:5])


def test_the_receipt_opens_all_three_keys_of_its_own_case() -> None:
    scene = Scene.with_offices(1)
    box = complainant.seal_for_complainant(
        scene.complainant.public, keys=scene.keys, case=scene.case, week_key=scene.week_key, week=WEEK
    )
    assert len(box) == 235

    def open_it(private: bytes, case: bytes, week: str) -> CaseKeys:
        return complainant.open_for_complainant(private, box, case=case, week_key=scene.week_key, week=week)

    private = scene.complainant.private
    assert open_it(private, scene.case, WEEK) == scene.keys
    for wrong in (
        (new_key(), scene.case, WEEK),
        (private, uuid4().bytes, WEEK),
        (private, scene.case, "2028-W48"),
    ):
        with pytest.raises(BadEnvelope):
            open_it(*wrong)
