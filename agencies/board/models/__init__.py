"""Models of the board's app: public zone only."""

from agencies.board.models.applications import (
    ASKED,
    OPEN,
    STEPS,
    Advice,
    AppAnswer,
    AppDocument,
    Application,
    AppStage,
    AppStep,
    BoardAdvice,
    Conflict,
    Objection,
    Party,
    Seat,
    Stance,
    TripartiteReview,
    Vote,
)
from agencies.board.models.decisions import ProposedDecision, ProposedMeasure, Stage
from agencies.board.models.disclosures import AbuseDisclosure
from agencies.board.models.help import ProposedHelp
from agencies.board.models.sanctions import Departure, SanctionReview

__all__ = [
    "ASKED",
    "OPEN",
    "STEPS",
    "AbuseDisclosure",
    "Advice",
    "AppAnswer",
    "AppDocument",
    "AppStage",
    "AppStep",
    "Application",
    "BoardAdvice",
    "Conflict",
    "Departure",
    "Objection",
    "Party",
    "ProposedDecision",
    "ProposedHelp",
    "ProposedMeasure",
    "SanctionReview",
    "Seat",
    "Stage",
    "Stance",
    "TripartiteReview",
    "Vote",
]
