"""Cases whose envelopes open, as intake seals them and the worker releases them; some with a long correspondence."""

from __future__ import annotations

import random
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from complaints.cases import sealing
from complaints.vault import contexts, retention, rungs
from complaints.vault.case_keys import CaseKeys
from complaints.vault.primitives import new_key, public_of

from .town import Place

MESSAGES = 30
# A day's mail: three photos, a contract, a recording, as our cleaner leaves them.
FILES = (("photo", "image/jpeg", 1, 180_000), ("photo", "image/jpeg", 1, 240_000), ("photo", "image/jpeg", 1, 310_000),
         ("document", "application/pdf", 6, 420_000), ("recording", "audio/ogg", 95, 380_000))  # fmt: skip
STARTS = {"image/jpeg": b"\xff\xd8\xff\xe0", "application/pdf": b"%PDF-1.7\n", "audio/ogg": b"OggS"}
STORY = "They promised a kitchen and took 900 for it, and gave no receipt. All of this is made up. "
LANGUAGES = ("en", "ne", "tl", "bn", "hi", "id", "ar", "ur", "es", "fr")
FEES = [
    {"id": str(number), "item": item, "words": "", "amount": amount, "currency": "USD", "whom": "a man called Sam",
     "when": "2026-04", "proof": "none", "loan": False, "rate": ""}
    for number, (item, amount) in enumerate((("recruitment", "900"), ("travel", "250"), ("medical", "80.50")))
]  # fmt: skip


@dataclass(slots=True)
class Envelopes:
    """The rows of one case beside it: its holding's box, and by table what else there is."""

    box: bytes = field(repr=False)
    contents: list[tuple[Any, ...]] = field(repr=False)
    messages: list[tuple[Any, ...]] = field(default_factory=list, repr=False)
    attachments: list[tuple[Any, ...]] = field(default_factory=list, repr=False)


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals cases that die in one week. `agencies` by number, as a place's indexes."""

    chance: random.Random
    agencies: list[UUID]
    week: str
    death_week: str
    week_key: bytes = field(repr=False)

    def light(self, case: UUID, place: Place, agency: int) -> Envelopes:
        """A case as most are: a cover, a short story, nobody has written yet."""
        keys = CaseKeys.new()
        body = {"happened": STORY, "when": "2026-05"}
        return Envelopes(self._box(case, place, keys), self._contents(case, keys, self._cover(agency), body))

    def full(self, case: UUID, place: Place, agency: int) -> Envelopes:
        """One that has been going on: MESSAGES messages both ways, and FILES with the story."""
        keys, files = CaseKeys.new(), [(uuid4(), *one) for one in FILES]
        body = {
            "happened": STORY * 30, "promised": STORY * 6, "when": "2026-05", "money": "yes", "fees": FEES,
            "papers": ["passport"], "wants": {"items": ["refund", "documents"], "words": "My passport."},
            "consent": {"agency": [], "contact": True}, "licence_on_day": "It had a licence on that day.",
            "files": [
                {"id": str(key), "kind": kind, "media": media, "count": count, "of": "files", "original": False,
                 "sha256": sha256(key.bytes).hexdigest()}
                for key, kind, media, count, _size in files
            ],
        }  # fmt: skip
        made = Envelopes(self._box(case, place, keys), self._contents(case, keys, self._cover(agency), body))
        for number in range(MESSAGES):
            made.messages.append(self._message(case, keys.body, number))
        for key, _kind, media, _count, size in files:
            data = STARTS[media] + secrets.token_bytes(size)
            sealed = sealing.seal_attachment(keys.body, data, case=case, row=key, epoch=0)
            made.attachments.append((key, case, self.week, 0, sealed))
        return made

    def _message(self, case: UUID, key: bytes, number: int) -> tuple[Any, ...]:
        row, theirs = uuid4(), number % 2 == 0
        at = datetime(2026, 9, 1, 9, tzinfo=UTC) + timedelta(days=number)
        said = {"text": STORY * (1 + number % 8), "at": at.isoformat(), "files": [],
                "author": "complainant" if theirs else "Inspectorate 01"}  # fmt: skip
        box = sealing.seal_message(key, said, case=case, row=row, epoch=0)
        return row, case, "from" if theirs else "to", self.week, 0, box

    def _box(self, case: UUID, place: Place, keys: CaseKeys) -> bytes:
        inner = rungs.seal_inner(
            case=case.bytes, number=1, office_public=bytes(place.key.public_key), cover=keys.cover, body=keys.body,
            rung_private=new_key(),
        )  # fmt: skip
        context = contexts.holding(case.bytes, place.office.pk.bytes)
        return retention.wrap(self.week_key, inner, week=self.death_week, context=context)

    def _cover(self, agency: int) -> dict[str, object]:
        named = {"id": str(self.agencies[agency]), "name": f"Made-up Manpower {agency}", "register": "Made up",
                 "licence": f"L-{agency}"}  # fmt: skip
        return {"agency": named, "categories": ["fees", "documents_kept"], "country": "XA", "region": "",
                "sector": "domestic", "language": self.chance.choice(LANGUAGES), "whose": "mine",
                "complainant": public_of(new_key()).hex()}  # fmt: skip

    def _contents(
        self, case: UUID, keys: CaseKeys, cover: dict[str, object], body: dict[str, Any]
    ) -> list[tuple[Any, ...]]:
        sealed = {
            "cover": sealing.seal_cover(keys.cover, cover, case=case),
            "body": sealing.seal_body(keys.body, body, case=case),
            "identity": sealing.seal_identity(keys.identity, {"contact": {}}, case=case),
        }
        return [(uuid4(), case, kind, 0, box) for kind, box in sealed.items()]
