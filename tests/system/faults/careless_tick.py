"""A tick without the guards of proof 7: no lock, no transaction, the clock set before the work, and too early.

One case in three has its clock set first, one in three its holding written first, one in three is claimed by
everybody who sees it: whoever dies, or has company, then loses, halves or doubles it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

TOO_EARLY = timedelta(hours=1)
WORK_SECONDS = 0.04


def replacements() -> dict[tuple[str, str], Callable[[Any], Any]]:
    return {
        ("complaints.escalation.tick", "_work_through"): lambda original: work_through,
        ("complaints.escalation.tick", "_late"): lambda original: lambda now: original(now + TOO_EARLY),
    }


def work_through(due: Any, now: datetime, locks: Any, work: Any = None) -> list[Any]:
    from complaints.escalation.tick import Outcome

    claimed = list(due[:25])
    for case in claimed:
        _work_on(case, now)
    return [Outcome.RELEASED] * len(claimed)


def _work_on(case: Any, now: datetime) -> None:
    from complaints.cases import clocks
    from complaints.cases.models import Case, Holding, Office, Step
    from complaints.firewall import disclosure
    from complaints.firewall.disclosure import Verb

    number, due = case.rung + 1, now + timedelta(weeks=2)
    offices = list(Office.objects.filter(mandate="labour_only").order_by("national_head", "name"))
    if number > len(offices):
        Case.objects.filter(pk=case.pk).update(due=due)
        return
    office = offices[case.rung]

    def clock() -> None:
        Case.objects.filter(pk=case.pk).update(due=due, state="released")

    def hold() -> None:
        disclosure.record(Verb.RELEASED, office=office, case=case)
        Holding.objects.create(
            case=case, office=office, rung=number, box=b"", week=clocks.week(now), severity=case.severity, due=due
        )

    def step() -> None:
        Step.objects.create(case=case, rung=number, outcome="released", office=office, week=clocks.week(now))
        Case.objects.filter(pk=case.pk).update(rung=number)

    orders = ((clock, hold, step), (hold, step, clock), (step, clock, hold))
    for act in orders[UUID(str(case.pk)).int % len(orders)]:
        act()
        time.sleep(WORK_SECONDS)
