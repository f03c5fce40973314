"""A new body key after somebody who could read has gone, as both rooms make it (FIREWALL section 2, "epochs").

`Case.epoch` is the epoch that the next writer must use. Where nobody has made it yet, the writer does, first and in the
same transaction, and nothing is written before. The bytes are the vault's; here is who gets a copy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from django.db.models import QuerySet

from complaints.cases import pinned
from complaints.vault import epochs
from complaints.vault.epochs import Maker, Makers, Place, Recipient
from complaints.vault.errors import BadEnvelope, VaultError

from . import routing
from .models import Case, EpochBox, Office

Opening = Callable[[EpochBox, Place, bytes], bytes]  # box, place, the body key before it → body key


class CannotSeal(RuntimeError):
    """Somebody who goes on reading has no certified key today: nothing can be written until they have."""


@dataclass(frozen=True, slots=True)
class Readers:
    """Who goes on reading: X25519 public keys, offices' from certificates verified today, None without one.

    `rungs` are the six rungs' own keys in order, `ladder` what the sealed cover says of them.
    """

    complainant: bytes
    offices: Mapping[UUID, bytes | None]
    guests: Mapping[UUID, bytes]
    rungs: Sequence[bytes]
    ladder: bytes = field(repr=False)


def make(case: Case, *, previous_body: bytes, readers: Readers, maker: Maker) -> tuple[bytes, list[EpochBox]]:
    """Return the body key of the epoch that `case` asks for, and its rows, not saved.

    `previous_body` is the key of the last epoch that was made. Raises CannotSeal; WrongContext where a rung's key
    is not that of the filing.
    """
    offices = {office.bytes: key for office, key in readers.offices.items() if key is not None}
    if len(offices) != len(readers.offices):
        raise CannotSeal("an office that has the case has no certified key today")
    made = epochs.new_epoch(
        place=place_of(case, case.epoch),
        previous_body=previous_body,
        maker=maker,
        complainant=readers.complainant,
        offices=offices,
        guests={member.bytes: key for member, key in readers.guests.items()},
        rungs=readers.rungs,
        released=range(1, case.rung + 1),
        digest=readers.ladder,
    )
    return made.body, [_row(case, made.number, box) for box in made.boxes]


def opened(case: Case, boxes: Iterable[EpochBox], body: bytes, opening: Opening) -> dict[int, bytes]:
    """Return the body keys by epoch that `opening` gets out of `boxes`, and that of epoch 0.

    Each is checked against the one before, so that it was made by a reader; the first that does not open ends the
    list, because what came after it cannot be checked.
    """
    keys = {0: body}
    for box in sorted(boxes, key=lambda one: one.epoch):
        try:
            keys[box.epoch] = opening(box, place_of(case, box.epoch), keys[max(keys)])
        except VaultError:
            break
    return keys


def opened_as_guest(case: Case, boxes: Iterable[EpochBox], private: bytes) -> dict[int, bytes]:
    """The same for a guest, whose copy of epoch 0 is a box too: that it is right shows when the story opens with it.

    Raises BadEnvelope.
    """
    found = {box.epoch: box for box in boxes}
    if 0 not in found:
        raise BadEnvelope("no copy for this guest")
    body = open_with(private, found.pop(0), place_of(case, 0), None)
    return opened(case, found.values(), body, partial(open_with, private))


def for_guest(case: Case, keys: Mapping[int, bytes], *, member: UUID, public: bytes, maker: Maker) -> list[EpochBox]:
    """A guest's copies of these body keys by epoch, as rows, not saved. `public` is the guest's own key."""
    rows, before = [], keys[0]
    for epoch in sorted(keys):
        box = epochs.seal_body(
            public, keys[epoch], place=place_of(case, epoch), kind=Recipient.GUEST, recipient=member.bytes,
            previous_body=before, maker=maker,
        )  # fmt: skip
        rows.append(_row(case, epoch, box))
        before = keys[epoch]
    return rows


def vouched(
    case: UUID, rows: Iterable[tuple[UUID, bytes, bytes, UUID]], *, reader: Maker, holders: QuerySet[Office]
) -> dict[UUID, bytes]:
    """Of guests' rows (member, public key, voucher, office) those whom an office that has the case has vouched for.

    `reader` is who seals to them: a voucher is for those who had the case, or whose it is, when it was made.
    """
    keys = routing.keys_ever_certified(holders)
    return {
        member: public
        for member, public, voucher, office in rows
        if epochs.is_vouched(
            voucher, reader=reader, by=office.bytes, keys=keys.get(office, ()), case=case.bytes,
            member_id=member.bytes, public=public,
        )
    }  # fmt: skip


def open_with(
    private: bytes, box: EpochBox, place: Place, previous_body: bytes | None, makers: Makers | None = None
) -> bytes:
    """Open one's own copy; `makers` where it must be of somebody who has the case. Raises BadEnvelope, WrongContext."""
    return epochs.open_body(
        private, bytes(box.box), place=place, kind=Recipient(box.kind), recipient=box.recipient,
        previous_body=previous_body, makers=makers,
    )  # fmt: skip


def makers(case: Case, holders: QuerySet[Office], *, complainant: bytes) -> Makers | None:
    """Who may have made the key under which the next thing is written: who has the case now, and its complainant.

    Not who has left it: they still have the key before, with which its proof is made. None for a case that has only the
    key of its filing. One query, or two.
    """
    if not case.epoch:
        return None
    return {b"": [complainant], **{office.bytes: keys for office, keys in routing.keys_ever_certified(holders).items()}}


def place_of(case: Case, epoch: int) -> Place:
    """Where the boxes of a case's epoch belong, with its week's key. Raises VaultError where that is gone."""
    return Place(case.pk.bytes, epoch, case.death_week, pinned.week_keys().read(case.death_week))


def _row(case: Case, epoch: int, box: epochs.EpochBox) -> EpochBox:
    named = UUID(bytes=box.recipient) if len(box.recipient) == 16 else None
    return EpochBox(
        case=case,
        epoch=epoch,
        kind=box.kind.value,
        office_id=named if box.kind is Recipient.OFFICE else None,
        inspector_id=named if box.kind is Recipient.GUEST else None,
        rung=box.recipient[0] if box.kind is Recipient.RUNG else None,
        box=box.box,
    )
