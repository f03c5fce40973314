"""What is left of a case when its weekly file is gone: every box that ever lay in the database, and who might open it.

The attacker has perfect forensics: all that any row of a case ever held, in whatever old copy (`Trail.remember`). That
those copies do lie in write-ahead log and backup, and nothing more readable beside them, the proof looks for in bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from complaints.cases.models import (
    Case,
    CaseRecord,
    Content,
    EpochBox,
    Holding,
    IdentityHolding,
    Message,
    Receipt,
    Rung,
)
from complaints.firewall.models import Approval
from complaints.vault import contexts
from complaints.vault.errors import BadEnvelope
from complaints.vault.primitives import bind, decrypt
from tests.vault.test_two_locks import Dump, attack

WAL_PAGE = 8192
PAGE_HEAD, SEGMENT_HEAD = 24, 40  # XLogPageHeaderData, and XLogLongPageHeaderData at a segment's beginning


@dataclass
class Trail:
    """One case's whole past: boxes under the retention layer with week and context, and texts with what binds them."""

    case: UUID
    boxes: dict[bytes, tuple[str, bytes]] = field(default_factory=dict)
    texts: dict[bytes, bytes] = field(default_factory=dict)

    def remember(self) -> None:
        """Take in what the live rows hold now: call it inside `as_owner()`."""
        week = Case.objects.get(pk=self.case).death_week
        mine = self.case.bytes
        for receipt in Receipt.objects.filter(case=self.case).exclude(box=b""):
            self._box(receipt.box, week, contexts.complainant(mine))
        for rung in Rung.objects.filter(case=self.case):
            self._box(rung.box, week, contexts.rung(mine, rung.number))
            self._box(rung.identity_box, week, contexts.identity_rung(mine, rung.number))
        for one in Holding.objects.filter(case=self.case):
            self._box(one.box, week, contexts.holding(mine, one.office_id.bytes))
        for given in IdentityHolding.objects.filter(case=self.case):
            self._box(given.box, week, contexts.identity_holding(mine, given.office_id.bytes))
        for epoch in EpochBox.objects.filter(case=self.case):
            self._box(epoch.box, week, contexts.epoch(mine, epoch.epoch, epoch.kind, epoch.recipient))
        for content in Content.objects.filter(case=self.case):
            self.texts[bytes(content.box)] = bind("text", mine, str(content.kind), content.epoch)
        for record in CaseRecord.objects.filter(case=self.case):
            self.texts[bytes(record.box)] = bind("text", mine, f"record/{record.pk}", record.epoch)
        for message in Message.objects.filter(case=self.case):
            self.texts[bytes(message.box)] = bind("message", mine, f"message/{message.pk}", message.epoch)
        for approval in Approval.objects.filter(case=self.case):
            self.texts[bytes(approval.box)] = bind("message", mine, f"approval/{approval.pk}", approval.epoch)

    def opened(self, keys: Iterable[bytes], weeks: Mapping[str, bytes]) -> int:
        """How many of the texts somebody with these keys and these weekly files reads."""
        inside = self.peeled(weeks)
        dump = Dump(bare=[*self.boxes, *inside], texts=list(self.texts.items()))
        return len(attack(dump, [*keys, *weeks.values()]))

    def peeled(self, weeks: Mapping[str, bytes]) -> list[bytes]:
        """The boxes without the retention layer, where a file takes it off: each file is tried on each."""
        found = []
        for box, (week, context) in self.boxes.items():
            for key in weeks.values():
                try:
                    found.append(decrypt(key, box, ad=bind("retention", week, context)))
                except BadEnvelope:
                    continue
        return found

    def _box(self, box: bytes | memoryview, week: str, context: bytes) -> None:
        self.boxes[bytes(box)] = (week, context)


def raw(folder: Path) -> bytes:
    """All bytes of a copied database and its write-ahead log, the log's page headers taken out of its records' way."""
    parts = [path.read_bytes() for path in sorted((folder / "base").rglob("*")) if path.is_file()]
    for segment in sorted(path for path in (folder / "pg_wal").iterdir() if path.is_file()):
        data = segment.read_bytes()
        pages = range(0, len(data), WAL_PAGE)
        parts += [data[at + (PAGE_HEAD if at else SEGMENT_HEAD) : at + WAL_PAGE] for at in pages]
    return b"".join(parts)
