"""The egress gateway: the one module through which anything leaves for somebody (FIREWALL rule 11).

Three kinds of recipient: an office inside rule 1, such an office outside this platform, and the regulator. Four
payloads, each with exactly these fields and no other. What goes is in the disclosure log before it goes, in the same
transaction; what is refused is in the log too, and nothing of it goes. There is no recipient for police or immigration,
and no payload that says who complained except under the lock that two members of the office asked to be opened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from complaints.cases.models import Case, Departure, Holding, IdentityHolding, Inspector, Office
from recruitment_watch import clock
from recruitment_watch.dberrors import constraint_of

from . import disclosure
from .disclosure import Entry, Verb
from .models import Approval, DeliveryAddress, Parcel

PAYLOADS: Mapping[str, Mapping[str, type]] = {
    "rung": {"rung": int, "box": bytes, "week": str, "severity": int, "due": datetime},
    "identity": {"rung": int, "box": bytes, "week": str},
    "parcel": {"reference": UUID, "recipient": str, "box": bytes, "week": str, "acknowledgement_key": bytes},
    "referral": {"agency": UUID, "standards": list, "evidence_class": str, "quarter": str},
}
# What the database may answer to a holding without anything being wrong with the case.
REFUSALS = frozenset(
    {"firewall_veto_holding", "firewall_veto_return", "firewall_veto_identity", "one_holding_per_office"}
)


class UndeclaredPayload(TypeError):
    """Not one of the payloads above, or not its fields: nothing was sent."""


@dataclass(frozen=True, slots=True)
class Giving:
    """A case's rung on its way to an office; the payload is the one that is declared as "rung"."""

    case: Case
    office_id: UUID
    payload: Mapping[str, object]


def release(givings: Sequence[Giving], *, on: date | None = None) -> list[Office | None]:
    """Give rungs of different cases to offices; to each its office, or None where rule 1 refuses it, which is logged.

    Asked twice on purpose: the mandate is read here by application time, and the veto trigger has the last word by
    the database's. In the caller's transaction. Raises UndeclaredPayload; IntegrityError of any other constraint.
    """
    may = Office.objects.may_hold(on=on or clock.today()).in_bulk([one.office_id for one in givings])
    fields = [_declared("rung", one.payload) for one in givings]
    rows = [
        Holding(case=one.case, office=may[one.office_id], **said)
        for one, said in zip(givings, fields, strict=True)
        if one.office_id in may
    ]
    given = {row.case_id: row.office for row in _those_inserted(rows)}
    refused = [one.case for one in givings if one.case.pk not in given]
    disclosure.record_all([Entry(Verb.REFUSED, case=case) for case in refused])
    return [given.get(one.case.pk) for one in givings]


def release_identity(case: Case, office: Office, payload: Mapping[str, object]) -> bool:
    """Give the identity key's inner box to an office whose two members asked; False where the veto refuses, logged."""
    fields = _declared("identity", payload)
    row = IdentityHolding(case=case, office=office, **fields)
    entry = Entry(Verb.IDENTITY_RELEASED, office=office, case=case)
    if _logged_and_done([entry], partial(row.save, force_insert=True)):
        return True
    disclosure.record(Verb.REFUSED, office=office, case=case)
    return False


def refer(approval: Approval, payload: Mapping[str, object]) -> None:
    """Put a referral that two members approved on its way to the regulator; the log has their names.

    Raises UndeclaredPayload; IntegrityError where the database finds no such approval.
    """
    fields = _declared("referral", payload)
    values = [fields[name] for name in PAYLOADS["referral"]]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT public.referral_send(%s, %s, %s, %s, %s, %s)", [approval.pk, uuid4(), *values])


# --- offices outside -----------------------------------------------------------------------------------------


def delivery_to(office_id: UUID, *, on: date) -> DeliveryAddress | None:
    """What two registrars signed about the delivery to an office and is in force, if rule 1 lets it have anything."""
    if not Office.objects.may_hold(on=on).filter(pk=office_id).exists():
        return None
    begun = DeliveryAddress.objects.filter(office=office_id, starts_on__lte=on).select_related("office")
    newest = begun.order_by("-serial").first()
    return newest if newest is not None and newest.way != DeliveryAddress.Way.NONE else None


def offices_outside(case: Case, *, on: date | None = None) -> list[Office]:
    """The offices to which this case can be handed over today: none that has it, and none that has left it."""
    on = on or clock.today()
    have = Holding.objects.filter(case=case).values("office")
    left = Departure.objects.filter(case=case).values("office")
    named = Office.objects.filter(pk__in=DeliveryAddress.objects.values("office"))
    return [
        office
        for office in named.exclude(pk__in=have).exclude(pk__in=left).order_by("country", "name")
        if delivery_to(office.pk, on=on)
    ]


def hand_over(
    case: Case, *, to: Office, sender: Office, by: Inspector, payload: Mapping[str, object], on: date | None = None
) -> Parcel | None:
    """Put a sealed parcel on its way to an office outside; None where it may not have it, which is logged.

    Asked twice, as `release` is. In the caller's transaction, which must commit a refusal as well. Raises
    UndeclaredPayload; IntegrityError of any other constraint.
    """
    fields = _declared("parcel", payload)
    address = delivery_to(to.pk, on=on or clock.today())
    if address is not None and address.recipient == fields["recipient"]:
        parcel = Parcel(pk=fields.pop("reference"), case=case, office=to, sender=sender, **fields)
        if not _vetoed(lambda: _put(parcel, by)):
            return parcel
    disclosure.record(Verb.PARCEL_REFUSED, by=by, office=to, case=case)
    return None


def send_off(parcel: Parcel, *, due: datetime, on: date) -> DeliveryAddress | None:
    """Where a waiting parcel goes now; None where it may not go any more, which is logged and ends its waiting.

    The try is counted and the next one set before a byte leaves. In the caller's transaction, with the rows of the case
    and the parcel locked.
    """
    address = delivery_to(parcel.office_id, on=on)
    inside = Office.objects.may_hold(on=on).filter(pk=parcel.sender_id).exists()
    same = address is not None and address.recipient == parcel.recipient
    if inside and same and not _vetoed(lambda: _count(parcel, due)):
        return address
    disclosure.record(Verb.PARCEL_REFUSED, office=parcel.office, case=parcel.case)
    Parcel.objects.filter(pk=parcel.pk).update(state=Parcel.State.REFUSED, due=None)
    return None


def _put(parcel: Parcel, by: Inspector) -> None:
    disclosure.record(Verb.HANDED_OVER, by=by, office=parcel.office, case=parcel.case)
    parcel.save(force_insert=True)


def _count(parcel: Parcel, due: datetime) -> None:
    if parcel.attempts == 0:
        disclosure.record(Verb.PARCEL_SENT, office=parcel.office, case=parcel.case)
    Parcel.objects.filter(pk=parcel.pk).update(attempts=F("attempts") + 1, due=due)


def _vetoed(act: Callable[[], None]) -> bool:
    """Do it under a savepoint; whether the database's veto refused. Raises IntegrityError of any other constraint."""
    try:
        with transaction.atomic():
            act()
    except IntegrityError as error:
        if not constraint_of(error).startswith("firewall_veto_parcel"):
            raise
        return True
    return False


def _declared(kind: str, payload: Mapping[str, object]) -> dict[str, Any]:
    wanted = PAYLOADS[kind]
    if set(payload) != set(wanted) or not all(isinstance(payload[name], kinds) for name, kinds in wanted.items()):
        raise UndeclaredPayload(kind)
    return dict(payload)


def _those_inserted(rows: Sequence[Holding]) -> Sequence[Holding]:
    """The holdings that the database took: all at once, and one by one only where it refused some."""
    entries = [Entry(Verb.RELEASED, office=row.office, case=row.case) for row in rows]
    if not rows or _logged_and_done(entries, lambda: Holding.objects.bulk_create(rows)):
        return rows
    return [] if len(rows) == 1 else [row for one in rows for row in _those_inserted([one])]


def _logged_and_done(entries: Sequence[Entry], act: Callable[[], object]) -> bool:
    """Log it and do it, or neither; False where the database refused. Raises IntegrityError of another constraint."""
    try:
        with transaction.atomic():
            disclosure.record_all(entries)
            act()
    except IntegrityError as error:
        if constraint_of(error) not in REFUSALS:
            raise
        return False
    return True
