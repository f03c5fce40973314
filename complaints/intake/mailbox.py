"""The mailbox: what a receipt opens. Everything goes through the database's functions by receipt tag.

Intake's role can read no case, no step and no message itself; a tag that is nobody's finds nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection

from complaints.cases import clocks, pinned, sealing
from complaints.cases.models import Case, Message, Office, Step
from complaints.cases.states import Severity, State
from complaints.vault import complainant
from complaints.vault.case_keys import CaseKeys
from complaints.vault.errors import VaultError
from complaints.vault.receipts import ReceiptKeys
from recruitment_watch import clock

from .store import Drawer

# After twenty minutes without a click the receipt is asked for again.
DRAWER = Drawer(cookie=settings.MAILBOX_COOKIE_NAME, kind="mailbox", lifetime=timedelta(minutes=20))

# The function gives no row ids; a rung's number tells the steps of one case apart.
RELEASED = Step.Outcome.RELEASED
STEPS = "SELECT rung AS id, rung, outcome, office AS office_id, week FROM public.mailbox_steps(%s)"


class Unreadable(RuntimeError):
    """The case is there, but its boxes do not open any more: its retention file is gone."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One message in clear. `at` is None, and `text` empty, where it cannot be opened with this receipt."""

    id: UUID
    mine: bool
    author: str
    text: str = field(repr=False)
    at: datetime | None
    week: str


@dataclass(frozen=True, slots=True)
class Mailbox:
    """What the complainant sees of their case, opened for one page."""

    case: Case
    steps: Sequence[Step]
    offices: Mapping[UUID, Office]
    letters: Sequence[Letter]
    tag: bytes = field(repr=False)
    keys: CaseKeys = field(repr=False)

    @property
    def state(self) -> State:
        return State(self.case.state)

    @property
    def severity(self) -> Severity:
        return Severity(self.case.severity)

    @property
    def holder(self) -> Office | None:
        """The office that got it last."""
        got_it = [step.office_id for step in self.steps if step.outcome == RELEASED and step.office_id]
        return self.offices.get(got_it[-1]) if got_it else None

    @property
    def can_write(self) -> bool:
        """Whether a message can be sealed now: not after withdrawing, nor under a key that we lack."""
        return self.state is not State.WITHDRAWN and self.case.epoch in body_keys(self.keys)

    def has(self, message_id: UUID) -> bool:
        return any(one.id == message_id for one in self.letters)


def find(tag: bytes) -> Case | None:
    """The case of a receipt's tag, with its sealed `box`; None for a tag that nobody has."""
    return next(iter(Case.objects.raw("SELECT * FROM public.mailbox_case(%s)", [tag])), None)


def open_mailbox(keys: ReceiptKeys) -> Mailbox | None:
    """Open a case with its receipt's keys. None when there is none; raises Unreadable."""
    case = find(keys.tag)
    if case is None:
        return None
    case_keys = _open_box(case, keys.private)
    steps = list(Step.objects.raw(STEPS, [keys.tag]))
    wanted = {step.office_id for step in steps if step.office_id}
    offices = Office.objects.in_bulk(wanted)
    return Mailbox(case, steps, offices, _letters(case, case_keys, keys.tag), keys.tag, case_keys)


def write(mailbox: Mailbox, *, message_id: UUID, text: str) -> bool:
    """Seal a message and store it; the same `message_id` a second time stores nothing more.

    False when it was not stored: the case was withdrawn or got a new body key meanwhile.
    """
    body_key = body_keys(mailbox.keys).get(mailbox.case.epoch)
    if mailbox.state is State.WITHDRAWN or body_key is None:
        return False
    now = clock.now()
    content = {"at": now.isoformat(timespec="minutes"), "author": "complainant", "text": text}
    box = sealing.seal_message(body_key, content, case=mailbox.case.pk, row=message_id, epoch=mailbox.case.epoch)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT public.mailbox_append(%s, %s, %s, %s::smallint, %s)",
            [mailbox.tag, message_id, clocks.week(now), mailbox.case.epoch, box],
        )
        (stored,) = cursor.fetchone()
    return bool(stored) or mailbox.has(message_id)


def body_keys(keys: CaseKeys) -> dict[int, bytes]:
    """The body keys by epoch that the receipt opens. Epochs after the first come with revocation."""
    return {0: keys.body}


def _open_box(case: Case, private: bytes) -> CaseKeys:
    box = bytes(case.box)  # type: ignore[attr-defined]  # a column of mailbox_case, not of the table
    with suppress(VaultError):
        week_key = pinned.week_keys().read(case.death_week)
        return complainant.open_for_complainant(
            private, box, case=case.pk.bytes, week_key=week_key, week=case.death_week
        )
    raise Unreadable


def _letters(case: Case, keys: CaseKeys, tag: bytes) -> list[Letter]:
    """All messages, oldest first by the time that is sealed in them."""
    rows = Message.objects.raw("SELECT * FROM public.mailbox_messages(%s)", [tag])
    letters = [_letter(case, row, body_keys(keys).get(row.epoch)) for row in rows]
    return sorted(letters, key=lambda one: (one.at.isoformat() if one.at else "", one.id))


def _letter(case: Case, row: Message, body_key: bytes | None) -> Letter:
    mine = row.direction == Message.Direction.FROM_COMPLAINANT
    with suppress(VaultError, KeyError, ValueError):
        opened = sealing.open_message(body_key or b"", bytes(row.box), case=case.pk, row=row.pk, epoch=row.epoch)
        at = datetime.fromisoformat(str(opened["at"]))
        return Letter(row.pk, mine, str(opened["author"]), str(opened["text"]), at, row.week)
    return Letter(row.pk, mine, "", "", None, row.week)
