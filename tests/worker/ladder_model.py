"""What escalation ought to do, said a second time and as simply as possible: no database, no keys, no batches.

`World` is what the state machine holds the real tick against. It knows cases, offices and time; a case is given to an
office by putting its number into a list.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from complaints.cases import clocks
from complaints.cases.clocks import Stage
from complaints.cases.states import Severity

OWING = {"filed": Stage.ACKNOWLEDGE, "released": Stage.ACKNOWLEDGE, "acknowledged": Stage.ANSWER,
         "in_work": Stage.DECIDE}  # fmt: skip
ENDED, PASSED = "ended", "passed_over"


@dataclass
class Office:
    """`calendar` is what clocks run in; `until` the day on which its attestation has run out."""

    calendar: Any
    until: date
    mandate: bool = True

    def may_hold(self, now: datetime) -> bool:
        return self.mandate and self.until > now.date()


@dataclass
class ModelCase:
    """`ladder` are offices by number; `due` None: over, whatever the time."""

    severity: Severity
    ladder: list[int]
    due: datetime | None
    state: str = "filed"
    rung: int = 0
    holders: list[int] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)
    steps: list[tuple[int, str, int | None]] = field(default_factory=list)
    nobody: bool = False

    def is_late(self, now: datetime) -> bool:
        return self.due is None or self.due <= now


@dataclass
class World:
    offices: list[Office]
    cases: list[ModelCase] = field(default_factory=list)

    def tick(self, now: datetime) -> None:
        for case in self.cases:
            if case.state == "filed" and case.rung == 0 and not case.nobody:
                self._onwards(case, now)
            if case.state == "asked" and case.is_late(now):
                case.state, case.due = "in_work", self._due(case, Stage.ANSWER, now, self._last(case, now))
            elif case.state in OWING and case.is_late(now):
                self._onwards(case, now)
        for case in self.cases:
            lapsed = [one for one in case.holders if not self.offices[one].may_hold(now)]
            if lapsed and not case.nobody and case.state in {*OWING, "asked"}:
                if self._last(case, now) is None and not self._give_next(case, now):
                    case.nobody = True
                    continue
                for office in lapsed:
                    self.leave(case, office)

    def leave(self, case: ModelCase, office: int) -> None:
        """An office has a case no longer, and never gets it again."""
        case.holders.remove(office)
        case.gone.add(office)
        if not case.holders and case.state in {"released", "acknowledged", "in_work", "asked"}:
            case.state, case.due = "released", None

    def end_mandate(self, number: int) -> None:
        self.offices[number].mandate = False
        for case in self.cases:
            if number in case.holders:
                self.leave(case, number)

    def move(self, case: ModelCase, state: str, stage: Stage, now: datetime) -> None:
        case.state, case.due = state, self._due(case, stage, now, self._last(case, now))

    def _onwards(self, case: ModelCase, now: datetime) -> None:
        if self._give_next(case, now):
            return
        last = self._last(case, now)
        case.nobody = last is None
        if last is not None and not any(step[1] == ENDED for step in case.steps):
            case.steps.append((case.rung + 1, ENDED, None))
        case.due = self._due(case, OWING[case.state], now, last)

    def _give_next(self, case: ModelCase, now: datetime) -> bool:
        while case.rung < len(case.ladder):
            office = case.ladder[case.rung]
            case.rung += 1
            if self.offices[office].may_hold(now) and office not in case.holders and office not in case.gone:
                case.holders.append(office)
                case.steps.append((case.rung, "released", office))
                case.state, case.nobody = "released", False
                case.due = self._due(case, Stage.ACKNOWLEDGE, now, office)
                return True
            case.steps.append((case.rung, PASSED, None))
        return False

    def _last(self, case: ModelCase, now: datetime) -> int | None:
        return next((one for one in reversed(case.holders) if self.offices[one].may_hold(now)), None)

    def _due(self, case: ModelCase, stage: Stage, now: datetime, office: int | None) -> datetime:
        return clocks.due(stage, case.severity, now, None if office is None else self.offices[office].calendar)
