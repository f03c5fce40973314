"""Who appears in the vault's tests: offices with keys, a worker, a complainant, one case."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import uuid4

from complaints.vault.case_keys import CaseKeys
from complaints.vault.primitives import Cost, keypair, new_key
from complaints.vault.rungs import LadderOffice, Rung, build_ladder

# The smallest that libsodium takes: for tests in which the derivation is not the point.
QUICK = Cost(memory=8 * 1024, passes=1)
WEEK = "2028-W47"


@dataclass(frozen=True)
class Pair:
    public: bytes
    private: bytes

    @classmethod
    def new(cls) -> Pair:
        return cls(*keypair())


@dataclass(frozen=True)
class Office:
    id: bytes = field(default_factory=lambda: uuid4().bytes)
    key: Pair = field(default_factory=Pair.new)

    @property
    def on_ladder(self) -> LadderOffice:
        return LadderOffice(office_id=self.id, public=self.key.public)


@dataclass(frozen=True)
class Scene:
    """A case as it is filed: its keys, and a ladder of so many offices."""

    offices: list[Office]
    case: bytes = field(default_factory=lambda: uuid4().bytes)
    keys: CaseKeys = field(default_factory=CaseKeys.new)
    worker: Pair = field(default_factory=Pair.new)
    complainant: Pair = field(default_factory=Pair.new)
    week_key: bytes = field(default_factory=new_key)

    @classmethod
    def with_offices(cls, count: int) -> Scene:
        return cls(offices=[Office() for _ in range(count)])

    def ladder(self) -> list[Rung]:
        return build_ladder(
            case=self.case,
            offices=[office.on_ladder for office in self.offices],
            keys=self.keys,
            worker_public=self.worker.public,
            week_key=self.week_key,
            week=WEEK,
        )
