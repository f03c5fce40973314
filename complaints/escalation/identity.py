"""Identity releases: the worker's lock comes off for an office whose two members asked (FIREWALL rule 10)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import structlog
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.db.models import Exists, OuterRef, QuerySet

from complaints.cases import clocks
from complaints.cases.models import Case, Holding, IdentityHolding, Office, Rung
from complaints.firewall import egress
from complaints.firewall.models import Approval
from complaints.vault import contexts, retention, rungs
from complaints.vault.errors import VaultError
from complaints.vault.retention import ReplicatedWeekKeys
from recruitment_watch import clock

log = structlog.get_logger(__name__)

BATCH = 100
LOOKED_AT = 1000


def deliver(now: datetime, *, worker_private: bytes, weeks: ReplicatedWeekKeys) -> int:
    """Release what two members asked for since the last tick; how many. One that fails stays, and stalls nobody.

    In no order, and more of them than are released: whatever heap of dead ones there is, the others have their turn.
    """
    done = 0
    for key in list(_waiting().order_by("?").values_list("pk", flat=True)[:LOOKED_AT]):
        try:
            with transaction.atomic():
                done += _release(key, now, worker_private, weeks)
        except (OperationalError, InterfaceError):
            raise  # not this one's fault: the next tick goes on
        except (VaultError, ObjectDoesNotExist, DatabaseError) as error:
            log.warning("an identity could not be released", exception=type(error).__name__)
        if done >= BATCH:
            break
    return done


def _waiting() -> QuerySet[Approval]:
    """Approved and not acted on, of offices that still have the case and are inside rule 1 today.

    Another's would be refused at every tick, and the log would say so every time.
    """
    held = Holding.objects.filter(case=OuterRef("case"), office=OuterRef("office"))
    asked = Approval.objects.filter(Exists(held), purpose=Approval.Purpose.IDENTITY, spent_week="")
    return asked.filter(office__in=Office.objects.may_hold(on=clock.today())).exclude(approved_week="")


def _release(key: UUID, now: datetime, worker_private: bytes, weeks: ReplicatedWeekKeys) -> bool:
    waiting = Approval.objects.select_for_update(skip_locked=True, of=("self",)).select_related("office")
    approval = waiting.filter(pk=key, spent_week="").only("case", "office", "spent_week").first()
    if approval is None:
        return False
    holding = Holding.objects.filter(case=approval.case_id, office=approval.office_id).first()
    if holding is None:
        return False
    case = (
        Case.objects.select_for_update(no_key=True).only("death_week").get(pk=approval.case_id)
    )  # not while it is kept on
    given = IdentityHolding.objects.filter(case=case, office=approval.office_id).exists()
    if not given and not egress.release_identity(
        case, approval.office, _payload(case, holding, now, worker_private, weeks)
    ):
        return False
    Approval.objects.filter(pk=approval.pk).update(spent_week=clocks.week(now))
    return not given


def _payload(
    case: Case, holding: Holding, now: datetime, worker_private: bytes, weeks: ReplicatedWeekKeys
) -> dict[str, object]:
    week_key = weeks.read(case.death_week)
    rung = Rung.objects.only("identity_box").get(case=case, number=holding.rung)
    released = rungs.release_identity(
        worker_private=worker_private, week_key=week_key, box=bytes(rung.identity_box),
        case=case.pk.bytes, number=holding.rung, week=case.death_week,
    )  # fmt: skip
    if released.office_id != holding.office_id.bytes:
        raise VaultError("the identity rung is another office's")
    context = contexts.identity_holding(case.pk.bytes, released.office_id)
    box = retention.wrap(week_key, released.inner_box, week=case.death_week, context=context)
    return {"rung": holding.rung, "box": box, "week": clocks.week(now)}
