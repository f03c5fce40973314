"""What a helper's receipt shows: how far a case is, by the same clocks and steps, and no word of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from complaints.cases.models import Office, Step
from complaints.cases.states import Severity, State

from .mailbox import told_state

STEPS = "SELECT rung AS id, rung, outcome, office AS office_id, week FROM public.helper_steps(%s)"


@dataclass(frozen=True, slots=True)
class Far:
    """How far a case is. It has the same names as an opened mailbox, as far as it goes."""

    week: str
    state: State
    severity: Severity
    due: datetime
    steps: Sequence[Step]
    offices: Mapping[UUID, Office]

    @property
    def told_state(self) -> State:
        return told_state(self.state, self.due, outcome=False)

    @property
    def ended(self) -> bool:
        """Whether there is nobody further on the list."""
        return any(step.outcome == Step.Outcome.ENDED for step in self.steps)

    @property
    def holder(self) -> Office | None:
        """The office that got it last."""
        got_it = [step.office_id for step in self.steps if step.outcome == Step.Outcome.RELEASED and step.office_id]
        return self.offices.get(got_it[-1]) if got_it else None


def find(tag: bytes) -> Far | None:
    """How far the case of a helper's receipt is, by its tag; None for nobody's, or one that was revoked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT week, state, severity, due FROM public.helper_case(%s)", [tag])
        row = cursor.fetchone()
    if row is None:
        return None
    week, state, severity, due = row
    steps = list(Step.objects.raw(STEPS, [tag]))
    offices = Office.objects.in_bulk({step.office_id for step in steps if step.office_id})
    return Far(week, State(state), Severity(severity), due, steps, offices)
