"""Referrals to the regulator: out of casework's outbox and into the register, once each, and once a week.

The outbox has no case id and no date finer than a quarter; the register's role may only insert. What waits crosses in
the first tick of a week, all in one transaction and in random order, so that whoever watches the register sees no hour
in which two inspectors agreed, and no order. The outbox row's key becomes the referral's, so a second delivery finds
that the first one arrived.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import structlog
from django.db import DatabaseError, IntegrityError, InterfaceError, OperationalError, transaction

from agencies.models import Agency, Referral
from complaints.firewall.models import ReferralOutbox
from recruitment_watch import clock
from recruitment_watch.dberrors import constraint_of

from . import pulse

log = structlog.get_logger(__name__)

MOST = 1000  # in one week; more is no work of people, and the server ends a transaction that takes too long
ARRIVED_BEFORE = "agencies_referral_pkey"


def deliver(now: datetime | None = None) -> int:
    """Where a week begins at `now` (aware; default: application time), deliver what waits; how many left the outbox.

    A register that cannot be reached is tried again at the next tick; what it refuses waits for the next week.
    """
    try:
        with transaction.atomic():
            return _deliver_all() if pulse.a_week_begins(pulse.Part.REFERRALS, now or clock.now()) else 0
    except (OperationalError, InterfaceError) as error:
        log.warning("the register cannot be reached", exception=type(error).__name__)
    return 0


def _deliver_all() -> int:
    """Insert all, then take those out that are there. Another worker waits at the week's row.

    The register's transaction commits first: a death between the two brings the rows back, and the register then says
    that it has them.
    """
    rows = list(ReferralOutbox.objects.order_by("?")[:MOST])
    named = dict(Agency.objects.filter(pk__in=[row.agency for row in rows]).values_list("pk", "name"))
    with transaction.atomic(using="register_out"):
        arrived = [row.pk for row in rows if _insert(row, named)]
    ReferralOutbox.objects.filter(pk__in=arrived).delete()
    return len(arrived)


def _insert(row: ReferralOutbox, named: Mapping[UUID, str]) -> bool:
    """Whether the register has it now. Raises OperationalError, InterfaceError."""
    referral = Referral(
        pk=row.pk,
        agency_id=row.agency,
        agency_name=named.get(row.agency, ""),
        standards=row.standards,
        evidence_class=row.evidence_class,
        quarter=row.quarter,
    )
    try:
        with transaction.atomic(using="register_out"):  # one that is refused takes no other with it
            referral.save(force_insert=True, using="register_out")
    except (OperationalError, InterfaceError):
        raise
    except DatabaseError as error:
        if isinstance(error, IntegrityError) and constraint_of(error) == ARRIVED_BEFORE:
            return True
        log.warning("a referral could not be delivered", exception=type(error).__name__)
        return False
    return True
