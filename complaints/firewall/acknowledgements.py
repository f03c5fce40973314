"""That an office outside has its parcel: by the code in it, typed by a person, or by a signature that it makes.

Whoever opened the parcel can say so, and nobody else: of the code only the public half of the key it makes is stored.
An unknown parcel is answered as a wrong code is. Said twice, it is said once.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from complaints.vault import parcels
from complaints.vault.errors import VaultError

from . import disclosure
from .disclosure import Verb
from .models import Parcel

# Held against where there is no such parcel, so that the same is done.
NOBODYS = parcels.public_of(bytes(32))
NO_CODE = "-".join(["00000"] * 5)


def by_code(reference: UUID, typed: str) -> bool:
    """Take a typed code; whether it is this parcel's."""
    try:
        seed, well_formed = parcels.acknowledgement_seed(typed, parcel=reference.bytes), True
    except VaultError:
        seed, well_formed = parcels.acknowledgement_seed(NO_CODE, parcel=reference.bytes), False
    key, known = _key(reference)
    held = parcels.is_same(parcels.public_of(seed), key)
    return well_formed and known and held and _acknowledge(reference)


def by_signature(reference: UUID, signature: bytes) -> bool:
    """Take a signature over the parcel's declared text; whether it is by this parcel's key."""
    key, known = _key(reference)
    held = parcels.is_acknowledged(key, signature, parcel=reference.bytes)
    return known and held and _acknowledge(reference)


def _key(reference: UUID) -> tuple[bytes, bool]:
    found = Parcel.objects.filter(pk=reference).values_list("acknowledgement_key", flat=True).first()
    return (bytes(found), True) if found is not None else (NOBODYS, False)


@transaction.atomic
def _acknowledge(reference: UUID) -> bool:
    """Whatever state it is in: who has the code has the parcel. Its box is deleted; nothing is sent any more."""
    locked = Parcel.objects.select_for_update(no_key=True, of=("self", "case")).select_related("case", "office")
    parcel = locked.filter(pk=reference).defer("box").first()
    if parcel is None:
        return False  # withdrawn this moment
    if parcel.state != Parcel.State.ACKNOWLEDGED:
        disclosure.record(Verb.PARCEL_ACKNOWLEDGED, office=parcel.office, case=parcel.case)
        Parcel.objects.filter(pk=parcel.pk).update(state=Parcel.State.ACKNOWLEDGED, box=b"", due=None)
    return True
