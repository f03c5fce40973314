"""Conditions on a licence: imposed with a day by which, met, waived, or kept when a suspension is lifted."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from agencies.around.kept import end, enter, follow, stands
from agencies.models import Condition, Licence, LicenceEvent
from agencies.refusals import DecisionRefused
from recruitment_watch import clock


@dataclass(frozen=True, slots=True)
class Clearing:
    """What the lifting of a suspension says of one condition: it is met, or why it stays."""

    met: bool
    why: str = ""


def impose_condition(
    licence: Licence,
    *,
    text: str,
    by: str,
    deadline: datetime.date | None = None,
    event: LicenceEvent | None = None,
    effective_from: datetime.date | None = None,
    decision_number: str = "",
    reasons: str = "",
) -> Condition:
    """Impose a condition; ``event`` is the decision that it came with."""
    starts = effective_from or clock.today()
    if not text.strip():
        raise DecisionRefused(_("Say what has to be done."))
    if deadline and deadline < starts:
        raise DecisionRefused(_("The condition would be overdue on its first day."))
    return enter(
        Condition,
        verb="impose_condition",
        by=by,
        effective_from=starts,
        decision_number=decision_number,
        reasons=reasons,
        licence=licence,
        text=text.strip(),
        deadline=deadline,
        event=event,
    )


def meet_condition(condition: Condition, *, by: str, reasons: str, event: LicenceEvent | None = None) -> Condition:
    """The condition is met; ``reasons`` say how that was seen."""
    return end(
        condition, verb="meet_condition", by=by, reasons=reasons, outcome=Condition.Outcome.MET,
        event=event or condition.event,
    )  # fmt: skip


def waive_condition(
    condition: Condition, *, by: str, second_approver: str, reasons: str, decision_number: str
) -> Condition:
    """Give a condition up, by two officers."""
    if not second_approver.strip():
        raise DecisionRefused(_("Giving up a condition needs a second approver."))
    return end(
        condition, verb="waive_condition", by=by, second_approver=second_approver, reasons=reasons,
        decision_number=decision_number, outcome=Condition.Outcome.WAIVED,
    )  # fmt: skip


def extend_condition(condition: Condition, *, deadline: datetime.date, by: str, reasons: str) -> Condition:
    """Give more time. The earlier day stays on record."""
    if not reasons.strip():
        raise DecisionRefused(_("Say why there is more time."))
    if condition.deadline and deadline <= condition.deadline:
        raise DecisionRefused(_("The new day must be later than the old one."))
    return follow(condition, verb="extend_condition", by=by, reasons=reasons, deadline=deadline)


@transaction.atomic
def clear_conditions(licence: Licence, cleared: Mapping[uuid.UUID, Clearing], *, event: LicenceEvent, by: str) -> None:
    """With the lifting of a suspension: each open condition is met, or stays with a reason. None is passed over.

    ``cleared`` is by ``Condition.thing``. DecisionRefused where one is missing, unknown, or gives no reason.
    """
    day = max(event.effective_from, clock.today())
    open_now = {row.thing: row for row in stands(Condition, licence=licence, on=day)}
    if missing := [row.text for key, row in open_now.items() if key not in cleared]:
        raise DecisionRefused(
            _("Say of each open condition whether it is met, or why it stays: “%(text)s”.") % {"text": missing[0]}
        )
    if cleared.keys() - open_now.keys():
        raise DecisionRefused(_("One of these conditions is not open any more. Look again."))
    for key, row in open_now.items():
        said = cleared[key]
        if said.met:
            meet_condition(row, by=by, reasons=said.why or _("Met when the suspension was lifted."), event=event)
        elif not said.why.strip():
            raise DecisionRefused(_("Say why “%(text)s” stays open.") % {"text": row.text})
        else:
            follow(row, verb="keep_condition", by=by, reasons=said.why, event=event)
