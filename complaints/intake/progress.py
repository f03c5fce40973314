"""How far a person has come in the form: what the encrypted draft holds."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Self
from uuid import UUID

from django.conf import settings

from complaints.cases.vocabulary import Whose
from complaints.vault import receipts

from .answers import Answers, shallow
from .store import Drawer

# Long enough to look for a contract or to wait for a network; not long enough to be found next day.
DRAWER = Drawer(cookie=settings.DRAFT_COOKIE_NAME, kind="form", lifetime=timedelta(hours=2))


@dataclass(frozen=True, slots=True, repr=False)
class Progress:
    """The answers so far, and which pages they came from.

    `answered` names the pages that need not be shown again; `regions` the parts of the country that have an office
    of their own; `query` is what was typed to find the agency, `found` what that found (`register.Found`), `picked`
    the agency's id or "none"; `shown` what the register said of it at that time, in the language `shown_in`
    (`agencies.wording.status_context`); `reach` whether contact is wished, `may` whether the agency may be told
    something, `group` whether a group's code is wished (no | new | have); `tells` names the texts that have numbers
    in them which could lead to somebody; `readers` stands for the offices that were shown (`readers.digest`); `begun`
    says when the form was begun (ISO 8601), `sending` that it was sent and waits for its turn.

    `case_id` and `receipt` are made before the complaint is sent, so that sending twice is the same complaint. Once it
    is `filed` the answers are gone from here; `due` says until when the first office has time, `code` is the group's,
    to be handed on, and `theirs` says that the receipt is somebody else's. Once that was `read_back`, it is gone too.
    """

    answers: Answers = field(default_factory=lambda: Answers(country=""))
    answered: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    query: str = ""
    found: tuple[dict[str, str], ...] = ()
    picked: str = ""
    shown: tuple[dict[str, Any], ...] = ()
    shown_in: str = ""
    now: str = ""
    reach: str = ""
    readers: str = ""
    may: str = ""
    group: str = ""
    tells: tuple[str, ...] = ()
    begun: str = ""
    sending: bool = False
    case_id: str = ""
    receipt: str = ""
    filed: bool = False
    due: str = ""
    code: str = ""
    theirs: bool = False
    read_back: bool = False

    def with_(self, **changes: Any) -> Self:
        """The same, some of it changed: what is the form's own, not an answer."""
        return type(self)(**shallow(self) | changes)

    def says(self, **answers: Any) -> Self:
        """The same with these answers."""
        return self.with_(answers=self.answers.with_(**answers))

    def has(self, *pages: str) -> Self:
        """With these pages answered."""
        return self.with_(answered=tuple(dict.fromkeys((*self.answered, *pages))))

    def without(self, *pages: str) -> Self:
        """With these pages to be shown again."""
        return self.with_(answered=tuple(page for page in self.answered if page not in pages))

    def prepared(self) -> Self:
        """With a case id and a receipt; the same ones however often this is asked."""
        if self.receipt:
            return self
        return self.with_(case_id=str(uuid.uuid4()), receipt=receipts.new_receipt())

    def filed_as(self, *, due: str) -> Self:
        """What is left after sending: the receipt, until it has been read back."""
        return type(self)(
            case_id=self.case_id,
            receipt=self.receipt,
            filed=True,
            due=due,
            code=self.answers.group,
            theirs=self.answers.whose in (Whose.KNOWS, Whose.OTHER, Whose.HELPER),
        )

    def finished(self) -> Self:
        """What is left after the receipt was read back: that it was."""
        return type(self)(filed=True, read_back=True)

    @property
    def case(self) -> UUID:
        return UUID(self.case_id)

    def to_dict(self) -> dict[str, Any]:
        return shallow(self) | {"answers": self.answers.to_dict()}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Undo `to_dict`, without the drawer's own words."""
        known = {name: content[name] for name in cls.__slots__ if name in content}
        known |= {name: tuple(content.get(name, ())) for name in _SEVERAL}
        return cls(**known | {"answers": Answers.from_dict(content["answers"])})


_SEVERAL = ("answered", "regions", "found", "shown", "tells")  # a draft may be older than one of them
