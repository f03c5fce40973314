"""Sorting new cases by agency when a member of the office opens the vault: the blind index of FIREWALL section 2.

Until a cover is opened once, its case stands under no agency, and neither a filter nor a pattern finds it. Covers are
opened in memory, shown to nobody, and that is in the log first, once a sitting and office.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from complaints.cases.models import Holding, Inspector

from . import access, disclosure
from .disclosure import Verb
from .keys import OpenVault

BATCH = 100
MOST = 100_000  # beyond so many, "how many" is not counted on


@dataclass(frozen=True, slots=True)
class Reached:
    """How far one went: so many covers looked at, the last holding, whether that was all."""

    looked: int
    last: UUID | None
    over: bool


def run(inspector: Inspector, vault: OpenVault, *, seconds: float, after: UUID | None = None) -> Reached:
    """Index what nobody of the vault's offices has opened yet, in the order of the ids, for about so long.

    `after` goes on from where somebody stopped: what does not open stays without an index, and would come again.
    Raises VaultClosed where the vault is not theirs; RuntimeError inside a transaction.
    """
    if vault.member != inspector.pk:
        raise access.VaultClosed
    deadline, looked = time.monotonic() + seconds, 0
    while True:
        found = _batch(inspector, vault, after)
        _log(found, inspector, vault)
        access.open_covers(found, vault)
        looked, after = looked + len(found), found[-1].pk if found else after
        if len(found) < BATCH or time.monotonic() >= deadline:
            return Reached(looked, after, over=len(found) < BATCH)


def left(inspector: Inspector, vault: OpenVault, *, after: UUID | None) -> int:
    """How many are still to be looked at; at most MOST."""
    return _unread(inspector, vault, after)[:MOST].count()


def _unread(inspector: Inspector, vault: OpenVault, after: UUID | None) -> QuerySet[Holding]:
    offices = [office for office in vault.offices if vault.holds(office)]
    found = access.unread(inspector).filter(office__in=offices).order_by("pk")
    return found.filter(pk__gt=after) if after else found


def _batch(inspector: Inspector, vault: OpenVault, after: UUID | None) -> list[Holding]:
    return list(_unread(inspector, vault, after)[:BATCH])


def _log(found: list[Holding], inspector: Inspector, vault: OpenVault) -> None:
    offices = {one.office_id: one.office for one in found if vault.mark(one.office_id) not in vault.listed}
    disclosure.record_offices_first(Verb.INDEXED, by=inspector, offices=offices.values())
    vault.listed.update(vault.mark(office) for office in offices)
