"""FIREWALL section 2: a new body key after an office has left."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from complaints.vault import epochs, rungs
from complaints.vault.epochs import Epoch, Maker, Place, Recipient
from complaints.vault.errors import BadEnvelope, VaultError, WrongContext
from complaints.vault.primitives import keypair, new_key
from complaints.vault.rungs import Rung
from tests.vault.cast import WEEK, Office, Scene


def _place(scene: Scene, epoch: int = 1) -> Place:
    return Place(case=scene.case, epoch=epoch, week=WEEK, week_key=scene.week_key)


def _make(scene: Scene, ladder: list[Rung], **changes: Any) -> Epoch:
    given: dict[str, Any] = {
        "place": _place(scene),
        "previous_body": scene.keys.body,
        "maker": Maker.with_key(b"", scene.complainant.private),
        "complainant": scene.complainant.public,
        "offices": {scene.offices[1].id: scene.offices[1].key.public},
        "guests": {},
        "rungs": [rung.public for rung in ladder],
        "released": {1, 2},
        "digest": rungs.ladder_digest([rung.public for rung in ladder]),
    }
    return epochs.new_epoch(**(given | changes))


def _open(scene: Scene, epoch: Epoch, private: bytes, kind: Recipient, recipient: bytes = b"", **changes: Any) -> bytes:
    box = next(one.box for one in epoch.boxes if (one.kind, one.recipient) == (kind, recipient))
    given: dict[str, Any] = {
        "place": _place(scene),
        "kind": kind,
        "recipient": recipient,
        "previous_body": scene.keys.body,
    }
    return epochs.open_body(private, box, **(given | changes))


@pytest.fixture
def scene() -> Scene:
    return Scene.with_offices(3)


def test_all_who_go_on_reading_find_the_new_key(scene: Scene) -> None:
    ladder, guest = scene.ladder(), Office()
    epoch = _make(scene, ladder, guests={guest.id: guest.key.public})
    released = rungs.release(
        worker_private=scene.worker.private,
        week_key=scene.week_key,
        box=ladder[2].box,
        case=scene.case,
        number=3,
        week=WEEK,
    )
    third = rungs.open_inner(
        office_private=scene.offices[2].key.private,
        inner_box=released.inner_box,
        case=scene.case,
        number=3,
    )
    found = {
        _open(scene, epoch, scene.complainant.private, Recipient.COMPLAINANT),
        _open(scene, epoch, scene.offices[1].key.private, Recipient.OFFICE, scene.offices[1].id),
        _open(scene, epoch, third.rung_private, Recipient.RUNG, b"\3", previous_body=third.body),
        _open(scene, epoch, guest.key.private, Recipient.GUEST, guest.id, previous_body=None),
    }
    assert found == {epoch.body}
    assert epoch.body != scene.keys.body


def test_who_has_left_is_not_among_the_recipients_and_all_boxes_are_equally_long(scene: Scene) -> None:
    epoch = _make(scene, scene.ladder())
    assert [(one.kind, one.recipient) for one in epoch.boxes] == [
        (Recipient.COMPLAINANT, b""),
        (Recipient.OFFICE, scene.offices[1].id),
        *((Recipient.RUNG, bytes([number])) for number in (3, 4, 5, 6)),
    ]
    assert {len(one.box) for one in epoch.boxes} == {255}
    assert "body" not in repr(epoch)


def test_a_box_belongs_to_its_case_epoch_recipient_and_week(scene: Scene) -> None:
    epoch, private = _make(scene, scene.ladder()), scene.complainant.private
    place = _place(scene)
    elsewhere: list[dict[str, Any]] = [
        {"place": replace(place, case=uuid4().bytes)},
        {"place": replace(place, epoch=2)},
        {"place": replace(place, week="2028-W48")},
        {"place": replace(place, week_key=new_key())},
    ]
    for changes in elsewhere:
        with pytest.raises(BadEnvelope):
            _open(scene, epoch, private, Recipient.COMPLAINANT, **changes)
    with pytest.raises(BadEnvelope):
        _open(scene, epoch, new_key(), Recipient.COMPLAINANT)


def test_a_key_exchanged_in_a_rung_row_stops_the_epoch(scene: Scene) -> None:
    ladder = scene.ladder()
    digest = rungs.ladder_digest([rung.public for rung in ladder])
    exchanged = [replace(ladder[0]), *ladder[1:5], replace(ladder[5], public=keypair()[0])]
    with pytest.raises(WrongContext):
        _make(scene, exchanged, digest=digest)
    # Control: without the digest of the filing, the stranger's key is among the recipients.
    assert _make(scene, exchanged)


def test_an_epoch_that_no_reader_made_is_refused(scene: Scene) -> None:
    """Who can write to the database knows every public key, and not the epoch before."""
    forged = _make(scene, scene.ladder(), previous_body=new_key())
    with pytest.raises(WrongContext):
        _open(scene, forged, scene.complainant.private, Recipient.COMPLAINANT)


def test_who_has_left_cannot_make_the_next_epoch(scene: Scene) -> None:
    """They have the epoch before, all public keys and the week's file; not a key of somebody who stays."""
    gone, stays = scene.offices[0], scene.offices[1]
    makers = {b"": [scene.complainant.public], stays.id: [stays.key.public]}
    readers = (
        (scene.complainant.private, Recipient.COMPLAINANT, b""),
        (stays.key.private, Recipient.OFFICE, stays.id),
    )
    for who in (gone.id, stays.id, b""):
        forged = _make(scene, scene.ladder(), maker=Maker.with_key(who, gone.key.private))
        for private, kind, recipient in readers:
            assert _open(scene, forged, private, kind, recipient) == forged.body  # to be read, not to be written under
            with pytest.raises(WrongContext):
                _open(scene, forged, private, kind, recipient, makers=makers)
    for who, private in ((b"", scene.complainant.private), (stays.id, stays.key.private)):
        true = _make(scene, scene.ladder(), maker=Maker.with_key(who, private))
        for own, kind, recipient in readers:
            assert _open(scene, true, own, kind, recipient, makers=makers) == true.body


def test_a_maker_s_tag_is_for_one_recipient_and_one_key(scene: Scene) -> None:
    """A recipient of the true epoch cannot hand its own copy's tag on to another as if it were for them."""
    stays, other = scene.offices[1], scene.offices[2]
    place, body = _place(scene), new_key()
    maker = Maker.with_key(stays.id, other.key.private)  # who has a copy of their own, and says that it was the other
    box = epochs.seal_body(
        scene.complainant.public, body, place=place, kind=Recipient.COMPLAINANT, recipient=b"",
        previous_body=scene.keys.body, maker=maker,
    )  # fmt: skip
    epoch = Epoch(number=1, body=body, boxes=(box,))
    with pytest.raises(WrongContext):
        _open(scene, epoch, scene.complainant.private, Recipient.COMPLAINANT, makers={stays.id: [stays.key.public]})


def test_only_a_guest_may_lack_the_epoch_before(scene: Scene) -> None:
    epoch = _make(scene, scene.ladder())
    with pytest.raises(VaultError):
        _open(scene, epoch, scene.complainant.private, Recipient.COMPLAINANT, previous_body=None)


def test_epoch_0_is_the_filing(scene: Scene) -> None:
    with pytest.raises(VaultError):
        _make(scene, scene.ladder(), place=_place(scene, epoch=0))


def test_a_guest_can_be_given_the_key_of_the_filing(scene: Scene) -> None:
    guest, place = Office(), _place(scene, epoch=0)
    body = scene.keys.body
    one = epochs.seal_body(
        guest.key.public,
        body,
        place=place,
        kind=Recipient.GUEST,
        recipient=guest.id,
        previous_body=body,
        maker=Maker.with_key(scene.offices[1].id, scene.offices[1].key.private),
    )
    assert (
        epochs.open_body(
            guest.key.private,
            one.box,
            place=place,
            kind=Recipient.GUEST,
            recipient=guest.id,
            previous_body=None,
        )
        == body
    )
