"""A new body key after an office has left a case, as both rooms that write make it (FIREWALL section 2, "epochs").

`Case.epoch` is the epoch that the next writer must use. Where nobody has made it yet, the writer does, first and in the
same transaction, and nothing is written before. The bytes are the vault's; here is who gets a copy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from complaints.cases import pinned
from complaints.vault import epochs
from complaints.vault.epochs import Place, Recipient
from complaints.vault.errors import VaultError

from .models import Case, EpochBox

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


def make(case: Case, *, previous_body: bytes, readers: Readers) -> tuple[bytes, list[EpochBox]]:
    """Return the body key of the epoch that `case` asks for, and its rows, not saved.

    `previous_body` is the key of the last epoch that was made. Raises CannotSeal; WrongContext where a rung's key
    is not that of the filing.
    """
    offices = {office.bytes: key for office, key in readers.offices.items() if key is not None}
    if len(offices) != len(readers.offices):
        raise CannotSeal("an office that has the case has no certified key today")
    made = epochs.new_epoch(
        place=_place(case, case.epoch),
        previous_body=previous_body,
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
            keys[box.epoch] = opening(box, _place(case, box.epoch), keys[max(keys)])
        except VaultError:
            break
    return keys


def open_with(private: bytes, box: EpochBox, place: Place, previous_body: bytes) -> bytes:
    """Open one's own copy. Raises BadEnvelope, WrongContext."""
    return epochs.open_body(
        private, bytes(box.box), place=place, kind=Recipient(box.kind), recipient=box.recipient,
        previous_body=previous_body,
    )  # fmt: skip


def _place(case: Case, epoch: int) -> Place:
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
