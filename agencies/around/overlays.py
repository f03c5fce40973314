"""What lies over a licence on a day: open conditions, points, questions, appeals, a stay, a guarantee that is short."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from agencies.actions import decide
from agencies.around.guarantee import Holding, holdings
from agencies.around.kept import end, enter, follow
from agencies.licensing import ADVERSE, EventKind, State, course_on
from agencies.models import Appeal, Condition, Licence, LicenceEvent, Points, ShowCause
from agencies.models.kept import standing
from agencies.refusals import DecisionRefused
from recruitment_watch import clock


@dataclass(frozen=True, slots=True)
class Overlays:
    """What lies over one licence on one day. None of it changes its state."""

    conditions: tuple[Condition, ...]
    overdue: tuple[Condition, ...]
    points: tuple[Points, ...]
    show_causes: tuple[ShowCause, ...]
    appeals: tuple[Appeal, ...]
    stayed: State | None
    short: tuple[Holding, ...]

    @property
    def total_points(self) -> int:
        return sum(row.points for row in self.points)


def overlays_on(licence: Licence, on: datetime.date, *, as_known_on: datetime.date | None = None) -> Overlays:
    """The overlays of one licence. A fixed number of queries (seven)."""

    def stand(rows: Any) -> tuple[Any, ...]:
        return tuple(standing(rows, on=on, as_known_on=as_known_on))

    conditions = stand(Condition.objects.filter(licence=licence))
    points = stand(Points.objects.filter(licence=licence))
    held = holdings(licence.agency_id, on=on, as_known_on=as_known_on)
    return Overlays(
        conditions=conditions,
        overdue=tuple(row for row in conditions if row.deadline and row.deadline < on),
        points=tuple(row for row in points if row.expires_on is None or row.expires_on >= on),
        show_causes=stand(ShowCause.objects.filter(licence=licence)),
        appeals=stand(Appeal.objects.filter(licence=licence).select_related("event")),
        stayed=course_on(licence, on, as_known_on=as_known_on).stayed,
        short=tuple(one for one in held if one.short),
    )


def give_points(
    licence: Licence,
    *,
    points: int,
    standards: Sequence[str],
    reasons: str,
    by: str,
    expires_on: datetime.date | None = None,
    effective_from: datetime.date | None = None,
    decision_number: str = "",
) -> Points:
    """Give points for a breach that the regulator found itself."""
    if points < 1 or not standards or not reasons.strip():
        raise DecisionRefused(_("Points need a number, the standards that were broken, and the reasons."))
    return enter(
        Points, verb="give_points", by=by, effective_from=effective_from, decision_number=decision_number,
        reasons=reasons, licence=licence, points=points, standards=list(standards), expires_on=expires_on,
    )  # fmt: skip


def strike_points(row: Points, *, by: str, second_approver: str, reasons: str) -> Points:
    """Strike points off, by two officers."""
    if not second_approver.strip():
        raise DecisionRefused(_("Striking points off needs a second approver."))
    return end(row, verb="strike_points", by=by, second_approver=second_approver, reasons=reasons)


def ask_to_show_cause(
    licence: Licence,
    *,
    allegation: str,
    answer_by: datetime.date,
    by: str,
    standards: Sequence[str] = (),
    decision_number: str = "",
) -> ShowCause:
    """Ask the holder why a decision should not be taken. Nobody else sees it while it is open."""
    if not allegation.strip():
        raise DecisionRefused(_("Say what the holder is to answer."))
    if answer_by <= clock.today():
        raise DecisionRefused(_("Give the holder a day to answer that is still to come."))
    return enter(
        ShowCause, verb="ask_to_show_cause", by=by, decision_number=decision_number, licence=licence,
        allegation=allegation.strip(), standards=list(standards), answer_by=answer_by,
    )  # fmt: skip


def note_answer(row: ShowCause, *, answer: str, by: str, answered_on: datetime.date | None = None) -> ShowCause:
    """Write down what the holder answered."""
    if not answer.strip():
        raise DecisionRefused(_("Write down the answer."))
    return follow(
        row, verb="note_answer", by=by, answer=answer.strip(), answered_on=answered_on or clock.today()
    )  # fmt: skip


def close_show_cause(row: ShowCause, *, by: str, reasons: str) -> ShowCause:
    """Close the question, answered or not. Before its day only once it is answered: the holder must be heard."""
    if not row.answer and row.answer_by >= clock.today():
        raise DecisionRefused(_("The holder may still answer."))
    return end(row, verb="close_show_cause", by=by, reasons=reasons)


def file_appeal(
    event: LicenceEvent, *, body: str, by: str, filed_on: datetime.date | None = None, number: str = ""
) -> Appeal:
    """Record an appeal against a decision. One at a time; within the time that the decision gave."""
    day = filed_on or clock.today()
    if event.to_state not in ADVERSE and event.to_state != State.SURRENDERED:
        raise DecisionRefused(_("There is nothing in this decision to appeal against."))
    if event.appeal_deadline and day > event.appeal_deadline:
        raise DecisionRefused(_("The time to appeal has passed."))
    if standing(Appeal.objects.filter(event=event), on=max(day, clock.today())):
        raise DecisionRefused(_("An appeal against this decision is pending."))
    return enter(
        Appeal, verb="file_appeal", by=by, effective_from=day, decision_number=number, licence=event.licence,
        event=event, body=body,
    )  # fmt: skip


def end_appeal(row: Appeal, outcome: Appeal.Outcome, *, by: str, reasons: str, decision_number: str = "") -> Appeal:
    """Record that an appeal was dismissed or withdrawn. The decision stands; a stay ends by its own event."""
    if outcome not in (Appeal.Outcome.DISMISSED, Appeal.Outcome.WITHDRAWN):
        raise DecisionRefused(_("An appeal that is upheld takes the decision back."))
    return end(row, verb="end_appeal", by=by, reasons=reasons, decision_number=decision_number, outcome=outcome)


@transaction.atomic
def uphold_appeal(
    row: Appeal,
    *,
    to: State,
    by: str,
    reasons: str,
    legal_basis: str,
    decision_number: str,
    second_approver: str = "",
    effective_from: datetime.date | None = None,
    standards: Sequence[str] = (),
) -> Appeal:
    """The appeal is upheld: the event that takes the decision back, and the appeal's end, all or nothing."""
    event = decide(
        row.licence, to, kind=EventKind.APPEAL, overturns=row.event, by=by, reasons=reasons, legal_basis=legal_basis,
        decision_number=decision_number, second_approver=second_approver, effective_from=effective_from,
        standards=standards,
    )  # fmt: skip
    return end(
        row, verb="uphold_appeal", by=by, second_approver=second_approver, reasons=reasons,
        decision_number=decision_number, effective_from=event.effective_from, outcome=Appeal.Outcome.UPHELD,
        outcome_event=event,
    )  # fmt: skip
