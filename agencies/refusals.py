"""What a verb of the register says when it does not do it."""

from __future__ import annotations


class DecisionRefused(Exception):
    """A decision that the law of the register does not allow. Its text is for the person who decides."""


class StateChanged(DecisionRefused):
    """Somebody else decided on the same thing first. Look again, then decide."""
