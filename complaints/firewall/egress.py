"""The egress gateway: the one module through which anything leaves for somebody (FIREWALL rule 11).

Two kinds of recipient: an office inside rule 1, and the regulator. Three payloads, each with exactly these fields
and no other. What goes is in the disclosure log before it goes, in the same transaction; what is refused is in the log
too, and nothing of it goes. There is no recipient for police or immigration, and no payload that says who complained
except under the lock that two members of the office asked to be opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, connection, transaction

from complaints.cases.models import Case, Holding, IdentityHolding, Office
from recruitment_watch import clock
from recruitment_watch.dberrors import constraint_of

from . import disclosure
from .disclosure import Verb
from .models import Approval

PAYLOADS: Mapping[str, Mapping[str, type]] = {
    "rung": {"rung": int, "box": bytes, "week": str, "severity": int, "due": datetime},
    "identity": {"rung": int, "box": bytes, "week": str},
    "referral": {"agency": UUID, "standards": list, "evidence_class": str, "quarter": str},
}
# What the database may answer to a holding without anything being wrong with the case.
REFUSALS = frozenset(
    {"firewall_veto_holding", "firewall_veto_return", "firewall_veto_identity", "one_holding_per_office"}
)


class UndeclaredPayload(TypeError):
    """Not one of the payloads above, or not its fields: nothing was sent."""


def release(case: Case, office_id: UUID, payload: Mapping[str, object], *, on: date | None = None) -> Office | None:
    """Give a case's rung to an office; the office, or None where rule 1 refuses it, which is logged.

    Asked twice on purpose: the mandate is read here by application time, and the veto trigger has the last word by
    the database's. In the caller's transaction. Raises UndeclaredPayload; IntegrityError of any other constraint.
    """
    fields = _declared("rung", payload)
    office = Office.objects.may_hold(on=on or clock.today()).filter(pk=office_id).first()
    if office is not None and _inserted(Holding(case=case, office=office, **fields), Verb.RELEASED):
        return office
    disclosure.record(Verb.REFUSED, case=case)
    return None


def release_identity(case: Case, office: Office, payload: Mapping[str, object]) -> bool:
    """Give the identity key's inner box to an office whose two members asked; False where the veto refuses, logged."""
    fields = _declared("identity", payload)
    if _inserted(IdentityHolding(case=case, office=office, **fields), Verb.IDENTITY_RELEASED):
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


def _declared(kind: str, payload: Mapping[str, object]) -> dict[str, Any]:
    wanted = PAYLOADS[kind]
    if set(payload) != set(wanted) or not all(isinstance(payload[name], kinds) for name, kinds in wanted.items()):
        raise UndeclaredPayload(kind)
    return dict(payload)


def _inserted(row: Holding | IdentityHolding, verb: Verb) -> bool:
    try:
        with transaction.atomic():
            disclosure.record(verb, office=row.office, case=row.case)
            row.save(force_insert=True)
    except IntegrityError as error:
        if constraint_of(error) not in REFUSALS:
            raise
        return False
    return True
