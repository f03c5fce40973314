"""Referrals to the regulator: out of casework's outbox, into the register, once each.

The outbox has no case id and no date finer than a quarter; the register's role may only insert. The
outbox row's key becomes the referral's, so a second delivery finds that the first one arrived.
"""

from __future__ import annotations

import structlog
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, transaction

from agencies.models import Agency, Referral
from complaints.firewall.models import ReferralOutbox
from recruitment_watch.dberrors import constraint_of

log = structlog.get_logger(__name__)

BATCH = 100
LOOKED_AT = 1000
ARRIVED_BEFORE = "agencies_referral_pkey"


def deliver() -> int:
    """Deliver what waits; how many rows left the outbox. A fault leaves its row there for the next tick.

    In no order, and more of them than are delivered: a heap that the register refuses keeps back no other.
    """
    delivered = 0
    for row in list(ReferralOutbox.objects.order_by("?")[:LOOKED_AT]):
        try:
            delivered += _deliver(row)
        except (OperationalError, InterfaceError) as error:
            log.warning("the register cannot be reached", exception=type(error).__name__)
            break
        except DatabaseError as error:
            log.warning("a referral could not be delivered", exception=type(error).__name__)
        if delivered >= BATCH:
            break
    return delivered


def _deliver(row: ReferralOutbox) -> bool:
    """Take the row out, insert the referral, and only then let the taking out count.

    The register's transaction commits first: a death between the two brings the row back, and the
    register then says that it has it. Another worker waits at the row and finds it gone.
    """
    with transaction.atomic():
        taken, _tables = ReferralOutbox.objects.filter(pk=row.pk).delete()
        if taken:
            _insert(row)
    return bool(taken)


def _insert(row: ReferralOutbox) -> None:
    named = Agency.objects.filter(pk=row.agency).values_list("name", flat=True).first()
    referral = Referral(
        pk=row.pk,
        agency_id=row.agency,
        agency_name=named or "",
        standards=row.standards,
        evidence_class=row.evidence_class,
        quarter=row.quarter,
    )
    try:
        with transaction.atomic(using="register_out"):
            referral.save(force_insert=True, using="register_out")
    except IntegrityError as error:
        if constraint_of(error) != ARRIVED_BEFORE:
            raise
