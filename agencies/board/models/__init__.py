"""Models of the board's app: public zone only."""

from agencies.board.models.decisions import ProposedDecision, ProposedMeasure, Stage

__all__ = ["ProposedDecision", "ProposedMeasure", "Stage"]
