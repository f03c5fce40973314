"""An office hands a case back for good: it has a conflict, or cannot deal with it (FIREWALL section 2)."""

from __future__ import annotations

from django.db import transaction

from complaints.cases import clocks
from complaints.cases.models import Departure, Inspector
from complaints.cases.models.people import Role
from recruitment_watch import clock

from . import disclosure
from .access import OpenCase, current_memberships, require_visible
from .disclosure import Verb

MAY_DECIDE = frozenset({Role.LEAD, Role.HEAD})


class NotYours(PermissionError):
    """Only a lead inspector or the head can speak for the office."""


def may_decide(case: OpenCase, by: Inspector) -> bool:
    """Tell whether `by` can hand the case back in the office's name."""
    return current_memberships(by).filter(office=case.office, role__in=MAY_DECIDE).exists()


@transaction.atomic
def leave(case: OpenCase, *, by: Inspector) -> None:
    """Hand the case back. The database takes the office's keys, and the next writer makes a new one.

    Where no office is left, the next tick asks the next rung. Raises NotYours; Case.DoesNotExist to who has lost it.
    """
    require_visible(case, by)
    if not may_decide(case, by):
        raise NotYours
    disclosure.record(Verb.LEFT, by=by, office=case.office, case=case.case)
    Departure.objects.create(case=case.case, office=case.office, week=clocks.week(clock.now()))
