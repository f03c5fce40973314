"""Models of the board's app: public zone only."""

from agencies.board.models.applications import (
    ASKED,
    OPEN,
    STEPS,
    Advice,
    AppDocument,
    Application,
    AppStage,
    AppStep,
    BoardAdvice,
    Conflict,
    Objection,
    Party,
    Seat,
    TripartiteReview,
    Vote,
)
from agencies.board.models.decisions import ProposedDecision, ProposedMeasure, Stage

__all__ = [
    "ASKED",
    "OPEN",
    "STEPS",
    "Advice",
    "AppDocument",
    "AppStage",
    "AppStep",
    "Application",
    "BoardAdvice",
    "Conflict",
    "Objection",
    "Party",
    "ProposedDecision",
    "ProposedMeasure",
    "Seat",
    "Stage",
    "TripartiteReview",
    "Vote",
]
