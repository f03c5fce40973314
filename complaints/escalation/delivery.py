"""Parcels for offices outside: moved by the worker, which opens none of them (FIREWALL rules 1, 2 and 11).

A try is counted, and the next one set, in a transaction that commits before a byte leaves; what came of it is recorded
in another. A worker that dies between the two sends the parcel again when that next try is due, under the same
reference, by which the receiver knows that it has it already. No lock is held while a network is waited for.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from complaints.cases import clocks, pinned
from complaints.cases.clocks import Stage
from complaints.cases.states import Severity
from complaints.firewall import egress
from complaints.firewall.models import DeliveryAddress, Parcel
from complaints.vault import contexts, parcels, retention
from complaints.vault.errors import VaultError
from complaints.vault.padding import unpad
from complaints.vault.primitives import KEY_BYTES
from complaints.vault.retention import ReplicatedWeekKeys

from . import carriers
from .carriers import NotDelivered

log = structlog.get_logger(__name__)

TRIES = 12  # over about three days
FIRST_WAIT = timedelta(hours=1)
LONGEST_WAIT = timedelta(hours=16)
# No next try may come while this one can still be on its way.
SHORTEST_WAIT = timedelta(minutes=5)
AT_ONCE = 10  # parcels a tick
SECONDS = 60  # after so many no further one is begun: cases wait behind this

State = Parcel.State
Carry = Callable[["Claimed"], None]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A parcel that this worker is to carry now."""

    reference: UUID
    address: DeliveryAddress
    body: bytes = field(repr=False)
    last: bool


def deliver(now: datetime, *, weeks: ReplicatedWeekKeys, by: Carry | None = None) -> Counter[str]:
    """Carry what is due at `now` (aware); how many of each state came of it. `by` is how, for whoever rehearses."""
    done: Counter[str] = Counter()
    began = time.monotonic()
    for _parcel in range(AT_ONCE):
        if time.monotonic() - began > SECONDS:
            break
        claimed = _claim(now, weeks)
        if claimed is None:
            break
        if isinstance(claimed, Claimed):
            claimed = _send(claimed, now, by or carry)
        done[claimed] += 1
    return done


def next_try(now: datetime, attempts: int, *, drawn: Callable[[float, float], float] = random.uniform) -> datetime:
    """When a parcel that was tried `attempts` times is tried again: full jitter, rounded up to the hour.

    Uniform between nothing and twice as long each time ("full jitter": Brooker, "Exponential Backoff And Jitter", AWS
    Architecture Blog 2015). The hour is the finest time that may stand in clear (FIREWALL rule 5).
    """
    ceiling = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(attempts - 1, 10))
    wait = max(SHORTEST_WAIT, timedelta(seconds=drawn(0, ceiling.total_seconds())))
    return clocks.coarse(Severity.S1, now + wait)


def _due(now: datetime) -> QuerySet[Parcel]:
    """In the order in which they are due, those never tried first; of two due at once neither is before the other."""
    return Parcel.objects.filter(Q(due=None) | Q(due__lte=now), state=State.WAITING).order_by("attempts", "due")


def _claim(now: datetime, weeks: ReplicatedWeekKeys) -> Claimed | State | None:
    """The next parcel, counted and logged; or what became of one that does not go; None when nothing is due."""
    with transaction.atomic():
        # The case too: who withdraws it deletes the parcel, and waits for this or comes before it.
        locked = _due(now).select_for_update(skip_locked=True, no_key=True, of=("self", "case"))
        parcel = locked.select_related("case", "office").first()
        if parcel is None:
            return None
        if parcel.attempts >= TRIES:  # the worker died after the last one
            return _end(parcel, State.DEAD)
        body = _opened(parcel, weeks)
        if body is None:
            return _end(parcel, State.DEAD)
        attempts = parcel.attempts + 1
        address = egress.send_off(parcel, due=next_try(now, attempts), on=now.date())
        if address is None:
            return State.REFUSED
        return Claimed(parcel.pk, address, body, attempts >= TRIES)


def _opened(parcel: Parcel, weeks: ReplicatedWeekKeys) -> bytes | None:
    """The age file, from under the weekly file; None where that is damaged."""
    case = parcel.case
    try:
        padded = retention.unwrap(
            weeks.read(case.death_week),
            bytes(parcel.box),
            week=case.death_week,
            context=contexts.parcel(case.pk.bytes, parcel.pk.bytes),
        )
        return unpad(padded)
    except VaultError as error:
        fault = type(error).__name__
    log.warning("a parcel does not open", exception=fault)
    return None


def _send(claimed: Claimed, now: datetime, by: Carry) -> State:
    try:
        by(claimed)
    except NotDelivered as error:
        log.warning("a parcel was not delivered", exception=error.kind)
        return _record(claimed.reference, State.DEAD, now) if claimed.last else State.WAITING
    return _record(claimed.reference, State.SENT, now)


def _record(reference: UUID, state: State, now: datetime) -> State:
    """What came of it, unless it was withdrawn, recalled or acknowledged meanwhile."""
    with transaction.atomic():
        locked = Parcel.objects.select_for_update(no_key=True, of=("self", "case")).select_related("case", "office")
        parcel = locked.filter(pk=reference, state=State.WAITING).defer("box").first()
        if parcel is None:
            return State.RECALLED
        due = clocks.due(Stage.ACKNOWLEDGE, Severity(parcel.case.severity), now, parcel.office)
        return _end(parcel, state, due if state is State.SENT else None)


def _end(parcel: Parcel, state: State, due: datetime | None = None) -> State:
    Parcel.objects.filter(pk=parcel.pk).update(state=state, due=due)
    return state


def carry(
    claimed: Claimed, *, connect: float = carriers.CONNECT_SECONDS, whole: float = carriers.WHOLE_SECONDS
) -> None:
    """By the way that the registrars signed; `connect` and `whole` seconds at most. Raises NotDelivered."""
    to = claimed.address.address
    if claimed.address.way == DeliveryAddress.Way.MAIL:
        carriers.by_mail(to, claimed.body, mail=settings.DELIVERY_MAIL, sender=settings.DELIVERY_FROM)
        return
    seed = settings.DELIVERY_KEY.read_bytes() if settings.DELIVERY_KEY.is_file() else b""
    if len(seed) != KEY_BYTES or parcels.public_of(seed) != pinned.delivery_public():
        raise NotDelivered("NoKey")
    reference, timestamp = str(claimed.reference), int(datetime.now(UTC).timestamp())
    headers = {
        "content-type": "application/octet-stream",
        "webhook-id": reference,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": parcels.webhook_signature(
            seed, reference=reference, timestamp=timestamp, body=claimed.body
        ),
    }
    ca, inside = settings.DELIVERY_CA, settings.DELIVERY_INSIDE
    carriers.by_https(to, claimed.body, headers, authorities=ca, inside=inside, connect=connect, whole=whole)
