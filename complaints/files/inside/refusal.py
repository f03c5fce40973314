"""How a decoder says why a file is not taken."""

from __future__ import annotations

from complaints.files.outcomes import Reason


class Refusal(Exception):
    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.name)
        self.reason = reason
