"""The three keys of a case, and what they open.

`cover` opens the facts by which a case is sorted, `body` the narrative, messages and files (a new
one with every epoch), `identity` names and contact.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from complaints.vault.primitives import KEY_BYTES, new_key, require


@dataclass(frozen=True, slots=True)
class CaseKeys:
    """The keys made at filing, 32 bytes each. Never printed."""

    cover: bytes = field(repr=False)
    body: bytes = field(repr=False)
    identity: bytes = field(repr=False)

    def __post_init__(self) -> None:
        for name in ("cover", "body", "identity"):
            require(name, getattr(self, name), KEY_BYTES)

    @classmethod
    def new(cls) -> CaseKeys:
        """Return three new random keys."""
        return cls(cover=new_key(), body=new_key(), identity=new_key())
