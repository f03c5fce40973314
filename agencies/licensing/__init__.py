"""Licensing: states and their one transition table, status on any day, and the public answer as data."""

from agencies.licensing.answers import FRESH_DAYS, Answer, Tense, Verdict, answer_for, answers_for, answers_over
from agencies.licensing.history import Course, EventValue, Status, course_on, fold, status_on, statuses_on
from agencies.states import (
    ADVERSE,
    BEFORE_BOARD,
    MAY_RECRUIT,
    NEEDS_STANDARDS,
    ON_APPEAL,
    RUNS_OUT,
    SUSPENDED,
    TERMINAL,
    TRANSITIONS,
    WHILE_STAYED,
    EventKind,
    State,
    allowed,
)

__all__ = [
    "ADVERSE",
    "BEFORE_BOARD",
    "FRESH_DAYS",
    "MAY_RECRUIT",
    "NEEDS_STANDARDS",
    "ON_APPEAL",
    "RUNS_OUT",
    "SUSPENDED",
    "TERMINAL",
    "TRANSITIONS",
    "WHILE_STAYED",
    "Answer",
    "Course",
    "EventKind",
    "EventValue",
    "State",
    "Status",
    "Tense",
    "Verdict",
    "allowed",
    "answer_for",
    "answers_for",
    "answers_over",
    "course_on",
    "fold",
    "status_on",
    "statuses_on",
]
