"""Epochs at the desk: the keys of a case that an office can open, and the one under which the next thing is written."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from complaints.cases import epochs, routing
from complaints.cases.epochs import CannotSeal, Readers
from complaints.cases.models import Case, EpochBox, Holding, Office, Rung
from complaints.cases.moves import Overtaken
from complaints.cases.sealing import Sealed
from complaints.vault.epochs import Maker, Place
from complaints.vault.primitives import public_of
from recruitment_watch import clock

from . import grants
from .keys import OpenVault


def maker(holding: Holding, vault: OpenVault) -> Maker:
    """The holding office as one who makes an epoch: with its newest key that registrars have certified.

    Its members may have a newer one already; nobody else knows that as the office's.
    """
    office = holding.office_id

    @cache
    def keys() -> list[bytes]:
        certified = routing.keys_ever_certified(Office.objects.filter(pk=office))[office]
        return sorted(vault.newest_first(office), key=lambda private: public_of(private) not in certified)

    return Maker(office.bytes, keys)


def body_keys(
    holding: Holding, vault: OpenVault, *, cover: Sealed, body: bytes, rung_private: bytes
) -> dict[int, bytes]:
    """The body keys by epoch that the holding office opens: its own copies, and those made before its rung came.

    The one under which the next thing is written only if somebody made it who has the case.
    """
    case, office = holding.case, holding.office_id
    own = case.epoch_boxes.filter(kind=EpochBox.Kind.OFFICE, office=office)
    earlier = case.epoch_boxes.filter(kind=EpochBox.Kind.RUNG, rung=holding.rung)

    holders = Office.objects.filter(holdings__case=case)
    makers = epochs.makers(case, holders, complainant=bytes.fromhex(str(cover["complainant"])))

    def opening(box: EpochBox, place: Place, previous: bytes) -> bytes:
        by = makers if box.epoch == case.epoch else None
        if box.kind == EpochBox.Kind.RUNG:
            return epochs.open_with(rung_private, box, place, previous, by)
        return vault.with_office(office, lambda private: epochs.open_with(private, box, place, previous, by))

    return epochs.opened(case, [*own, *earlier], body, opening)


def next_key(case: Case, keys: Mapping[int, bytes], *, cover: Sealed, maker: Maker) -> bytes:
    """The key under which the next thing is written; where a reader has gone, made now, for all who go on.

    In the caller's transaction, in which the case's row stays locked. Raises Overtaken, CannotSeal; WrongContext.
    """
    now = Case.objects.select_for_update(no_key=True).only("epoch", "death_week").get(pk=case.pk)
    if (now.epoch, now.death_week) != (case.epoch, case.death_week):
        raise Overtaken("a reader of the case has gone since this page was shown, or it was kept on")
    if case.epoch < max(keys):
        raise CannotSeal("the case was put back to an earlier key")
    if case.epoch in keys:
        return keys[case.epoch]
    made = case.epoch_boxes.exclude(kind=EpochBox.Kind.GUEST).order_by("-epoch").values_list("epoch", flat=True)
    last = made.first() or 0
    if last not in keys or last == case.epoch:
        raise CannotSeal("the last epoch does not open")
    body, boxes = epochs.make(case, previous_body=keys[last], readers=_readers(case, cover, maker), maker=maker)
    EpochBox.objects.bulk_create(boxes)
    return body


def _readers(case: Case, cover: Sealed, maker: Maker) -> Readers:
    holders = Office.objects.filter(holdings__case=case)
    rungs = Rung.objects.filter(case=case).order_by("number").values_list("public_key", flat=True)
    return Readers(
        complainant=bytes.fromhex(str(cover["complainant"])),
        offices=routing.readers_keys(holders, on=clock.today()),
        guests=grants.guests_keys(case, maker),
        rungs=[bytes(key) for key in rungs],
        ladder=bytes.fromhex(str(cover["ladder"])),
    )
