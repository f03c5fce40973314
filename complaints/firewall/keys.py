"""An open vault: the private keys of a member's offices, in memory, for the length of one request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from complaints.vault.primitives import derive, new_key, with_any

T = TypeVar("T")
MARK_BYTES = 8


@dataclass(slots=True)
class OpenVault:
    """Whose vault, and by office the private keys (X25519, 32 bytes) by generation.

    `private` is the member's own key: what they were invited to is sealed to it. `listed` are marks of the holdings
    whose covers this sitting has been logged for; only `access.covers` adds to it. A mark says nothing without
    `sitting`, 32 bytes that are never stored.
    """

    member: UUID
    offices: Mapping[UUID, Mapping[int, bytes]] = field(repr=False)
    private: bytes | None = field(default=None, repr=False)
    listed: set[bytes] = field(default_factory=set, repr=False)
    sitting: bytes = field(default_factory=new_key, repr=False)

    def mark(self, holding: UUID) -> bytes:
        """MARK_BYTES that stand for a holding in this sitting."""
        return derive(self.sitting, "listed", holding.bytes)[:MARK_BYTES]

    def holds(self, office: UUID) -> bool:
        return bool(self.offices.get(office))

    def with_office(self, office: UUID, open_with: Callable[[bytes], T]) -> T:
        """What `open_with(private)` gives for the generation that fits, newest first. Raises BadEnvelope."""
        return with_any(self.newest_first(office), open_with)

    def index_key(self, office: UUID) -> bytes:
        """The private key under which the office's blind index is written now. Raises KeyError without one."""
        generations = self.offices[office]
        return generations[max(generations)]

    def newest_first(self, office: UUID) -> list[bytes]:
        """The private keys of an office, by generation."""
        generations = self.offices.get(office, {})
        return [generations[number] for number in sorted(generations, reverse=True)]
