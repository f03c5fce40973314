"""The mailbox: what a receipt opens. Everything goes through the database's functions by receipt tag.

Intake's role can read no case, no step and no message itself; a tag that is nobody's finds nothing.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from complaints.cases import clocks, epochs, pinned, routing, sealing
from complaints.cases.epochs import Readers
from complaints.cases.models import Case, Departure, EpochBox, Message, Office, Step
from complaints.cases.states import DONE, OWED, Severity, State
from complaints.firewall.disclosure import Verb
from complaints.vault import complainant
from complaints.vault.case_keys import CaseKeys
from complaints.vault.epochs import Maker, Place
from complaints.vault.errors import VaultError
from complaints.vault.receipts import ReceiptKeys
from recruitment_watch import clock

from . import attached
from .answers import Contact, FileAnswer
from .attached import Enclosed

# The function gives no row ids; a rung's number tells the steps of one case apart.
RELEASED = Step.Outcome.RELEASED
DEPARTURES = "SELECT id, office_id, week FROM public.mailbox_departures(%s)"
STEPS = "SELECT rung AS id, rung, outcome, office AS office_id, week FROM public.mailbox_steps(%s)"


# What an office does before the agency is asked or told: shown with what came of it (decision 36).
WITH_THE_OUTCOME = frozenset({Verb.FOUND, Verb.REFERRAL_APPROVED})


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
    files: Sequence[Mapping[str, Any]] = field(default=(), repr=False)
    told: Sequence[str] | None = field(default=None, repr=False)  # what the agency may be told from then on
    left: int | None = None  # of a question: how many working days the office's clock stood with
    outcome: bool = False  # tells what came of the case


@dataclass(frozen=True, slots=True)
class Seen:
    """What an office did to the case, such as opening it, or that it was handed on: from the log, by week."""

    week: str
    verb: Verb
    office_id: UUID | None


@dataclass(frozen=True, slots=True)
class Mailbox:
    """What the complainant sees of their case, opened for one page."""

    case: Case
    steps: Sequence[Step]
    offices: Mapping[UUID, Office]
    letters: Sequence[Letter]
    departures: Sequence[Departure]
    disclosures: Sequence[Seen]
    tag: bytes = field(repr=False)
    public: bytes = field(repr=False)
    keys: CaseKeys = field(repr=False)
    body_keys: Mapping[int, bytes] = field(repr=False)
    maker: Maker = field(repr=False)

    @property
    def state(self) -> State:
        return State(self.case.state)

    @property
    def told_state(self) -> State:
        """How far it is, as the pages say it."""
        return told_state(self.state, self.due, outcome=any(one.outcome for one in self.letters))

    @property
    def told_disclosures(self) -> list[Seen]:
        """What offices did, as the pages say it: what could warn an agency comes with the outcome, by its week."""
        until = max((one.week for one in self.letters if one.outcome), default="")
        closed = self.state is State.CLOSED
        return [one for one in self.disclosures if closed or one.verb not in WITH_THE_OUTCOME or one.week <= until]

    @property
    def severity(self) -> Severity:
        """By what the person said, and by what members changed by hand: never by what others said (decision 36)."""
        return Severity(self.case.severity)

    @property
    def due(self) -> datetime:
        """The clock of that band. The office may have less time."""
        return self.case.due

    @property
    def holders(self) -> list[Office]:
        """The offices that have it now, in the order in which they got it."""
        gone = {one.office_id for one in self.departures}
        got_it = [step.office_id for step in self.steps if step.outcome == RELEASED and step.office_id not in gone]
        return [self.offices[office] for office in got_it if office is not None and office in self.offices]

    @property
    def holder(self) -> Office | None:
        """The office that got it last."""
        return self.holders[-1] if self.holders else None

    @property
    def can_write(self) -> bool:
        """Whether a message can be stored now: not after withdrawing."""
        return self.state is not State.WITHDRAWN

    @property
    def missed(self) -> bool:
        """Whether an office's time has run out at least once, or is over now."""
        given = sum(step.outcome == RELEASED for step in self.steps)
        return given > 1 or (self.state in OWED and clock.now() >= self.due)

    @property
    def ended(self) -> bool:
        """Whether there is nobody further on the list."""
        return any(step.outcome == Step.Outcome.ENDED for step in self.steps)

    @property
    def may_ask_next(self) -> bool:
        """Whether the person may have the next office now: after a missed clock, or once it is decided or closed."""
        state = self.told_state  # that the choice is gone, or there, would tell of a finding
        if self.ended or state is State.FILED:
            return False
        return state in DONE or (self.missed and state in OWED)

    def goes_on(self, now: datetime, band: Severity) -> datetime:
        """When a clock of this band is due that stood during the office's question and goes on at `now`."""
        left = [one.left for one in self.letters if one.left is not None]
        return clocks.resume(band, now, left[-1] if left else 1, self.holder)

    @property
    def told(self) -> list[str]:
        """What the agency may be told, as the person last said it."""
        said = [one.told for one in self.letters if one.mine and one.told is not None]
        return list(said[-1]) if said else _told_at_filing(self)

    @property
    def enclosed(self) -> list[Enclosed]:
        """What offices sent along, in the order of their messages: a file's place in this list is its address."""
        said = (file for one in self.letters if not one.mine for file in one.files)
        return [file for one in said if isinstance(one, Mapping) and (file := attached.enclosed(one))]

    def opened(self, file: Enclosed) -> bytes | None:
        """Its bytes, decrypted in memory; None where it does not open."""
        return attached.opened(self.case, self.body_keys, self.tag, file)

    def has(self, message_id: UUID) -> bool:
        return any(one.id == message_id for one in self.letters)


def told_state(state: State, due: datetime, *, outcome: bool) -> State:
    """A case with a finding is told as one in work until its outcome is told, or its clock is over.

    Whoever complains may be the agency itself, and would know of what is coming before it comes (FIREWALL rule 14).
    """
    early = state is State.DECIDED and not outcome and clock.now() < due
    return State.IN_WORK if early else state


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
    seen = _seen(keys.tag)
    wanted = {one.office_id for one in steps if one.office_id} | {one.office_id for one in seen if one.office_id}
    offices = Office.objects.in_bulk(wanted)
    departures = list(Departure.objects.raw(DEPARTURES, [keys.tag]))
    boxes = EpochBox.objects.raw("SELECT * FROM public.mailbox_epochs(%s)", [keys.tag])
    makers = epochs.makers(case, _holders(keys.tag), complainant=keys.public)

    def opening(box: EpochBox, place: Place, previous: bytes) -> bytes:
        return epochs.open_with(keys.private, box, place, previous, makers if box.epoch == case.epoch else None)

    body_keys = epochs.opened(case, boxes, case_keys.body, opening)
    letters = _letters(case, body_keys, keys.tag)
    maker = Maker.with_key(b"", keys.private)
    return Mailbox(case, steps, offices, letters, departures, seen, keys.tag, keys.public, case_keys, body_keys, maker)


def write(
    mailbox: Mailbox,
    *,
    message_id: UUID,
    text: str,
    told: Sequence[str] | None = None,
    files: Sequence[tuple[FileAnswer, bytes]] = (),
) -> bool:
    """Seal a message, its files, and what the agency may be told from now on, and store them together.

    The same `message_id` a second time stores nothing more. Where an office has left the case, its key is a new one
    that this office does not have. False when nothing was stored: the case was withdrawn, another office left it
    meanwhile, or one that has it has no certified key today.
    """
    if mailbox.state is State.WITHDRAWN:
        return False
    now, case = clock.now(), mailbox.case
    content: dict[str, object] = {"at": now.isoformat(timespec="minutes"), "author": "complainant", "text": text}
    if told is not None:
        content["consent"] = {"agency": list(told)}
    try:
        with transaction.atomic():
            key = _writing_key(mailbox)
            rows = [attached.sealed(case, key, said, data) for said, data in files]
            content["files"] = [asdict(said) for said, _row in rows]
            box = sealing.seal_message(key, content, case=case.pk, row=message_id, epoch=case.epoch)
            stored = _ask(
                "SELECT public.mailbox_append(%s, %s, %s, %s::smallint, %s)",
                [mailbox.tag, message_id, clocks.week(now), case.epoch, box],
            )
            for _said, row in rows if stored else ():
                attached.append(mailbox.tag, row)
            if stored and mailbox.state is State.ASKED:
                dues = [mailbox.goes_on(now, band) for band in (mailbox.severity, Severity.S2)]
                _ask("SELECT public.mailbox_answered(%s, %s, %s)", [mailbox.tag, *dues])
    except epochs.CannotSeal:
        return False
    return stored or mailbox.has(message_id)


def ask_next(mailbox: Mailbox) -> bool:
    """Have the next office now; False where nobody is to be asked, the clock is over anyway, or it is decided."""
    if not mailbox.may_ask_next:
        return False
    due = clocks.at_once(mailbox.severity, clock.now())
    return _ask("SELECT public.mailbox_next_office(%s, %s)", [mailbox.tag, due])


def remove(mailbox: Mailbox, office: UUID) -> bool:
    """Take the case away from an office, as the complainant wishes; False where it does not have it."""
    return _ask("SELECT public.mailbox_remove_office(%s, %s)", [mailbox.tag, office])


def withdraw(tag: bytes) -> bool:
    """Delete everything of a case but that there was one; also where its boxes open no more. False for nobody's tag."""
    return _ask("SELECT public.mailbox_withdraw(%s)", [tag])


def was_handed_on(tag: bytes) -> bool:
    """Whether an office outside was given it, which keeps what it got."""
    return any(one.verb is Verb.HANDED_OVER for one in _seen(tag))


def set_contact(mailbox: Mailbox, contact: Contact) -> bool:
    """Say anew how the office may reach the person; an empty contact takes it back.

    False where it cannot be said anew: an office that was given the identity's key has left the case.
    """
    said = {"contact": asdict(contact) if contact else {}}
    box = sealing.seal_identity(mailbox.keys.identity, said, case=mailbox.case.pk)
    return _ask("SELECT public.mailbox_identity(%s, %s, %s)", [mailbox.tag, box, bool(contact)])


def set_helper(mailbox: Mailbox, tag: bytes | None) -> bool:
    """Let a helper's receipt (its tag) find how far the case is, instead of the one before; None revokes it."""
    return _ask("SELECT public.mailbox_helper(%s, %s)", [mailbox.tag, tag])


def has_helper(mailbox: Mailbox) -> bool:
    return _ask("SELECT public.mailbox_has_helper(%s)", [mailbox.tag])


def _told_at_filing(mailbox: Mailbox) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT box FROM public.mailbox_body(%s)", [mailbox.tag])
        row = cursor.fetchone()
    with suppress(VaultError, TypeError):
        body = sealing.open_body(mailbox.body_keys[0], bytes(row[0]), case=mailbox.case.pk)
        consent = body.get("consent")
        return list(consent.get("agency", [])) if isinstance(consent, dict) else []
    return []  # what cannot be read allows nothing


def _writing_key(mailbox: Mailbox) -> bytes:
    """The key of the epoch that the case asks for; made and stored now where nobody has made it. Raises CannotSeal."""
    case, keys = mailbox.case, mailbox.body_keys
    if case.epoch < max(keys):
        raise epochs.CannotSeal("the case was put back to an earlier key, which others may still have")
    if case.epoch in keys:
        return keys[case.epoch]
    body, boxes = epochs.make(case, previous_body=keys[max(keys)], readers=_readers(mailbox), maker=mailbox.maker)
    rows = [
        {"id": row.pk, "kind": row.kind, "office": row.office_id, "inspector": row.inspector_id, "rung": row.rung,
         "box": bytes(row.box).hex()}
        for row in boxes
    ]  # fmt: skip
    said = json.dumps(rows, default=str)
    values = [mailbox.tag, case.epoch, case.death_week, said]
    if not _ask("SELECT public.mailbox_new_epoch(%s, %s::smallint, %s, %s::jsonb)", values):
        raise epochs.CannotSeal("somebody else has made this epoch, or its readers have changed")
    return body


def _holders(tag: bytes) -> QuerySet[Office]:
    """The offices that have the case now; asked for when somebody looks."""
    having = RawSQL("SELECT id FROM public.mailbox_readers(%s) WHERE kind = 'office'", [tag])
    return Office.objects.filter(pk__in=having)


def _readers(mailbox: Mailbox) -> Readers:
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, id, number, public_key FROM public.mailbox_readers(%s)", [mailbox.tag])
        rows = cursor.fetchall()
        cursor.execute("SELECT id, public_key, voucher, office_id FROM public.mailbox_guests(%s)", [mailbox.tag])
        guests = [(member, bytes(key), bytes(voucher), by) for member, key, voucher, by in cursor.fetchall()]
    of: dict[str, list[tuple[Any, int, bytes]]] = defaultdict(list)
    for kind, one, number, key in rows:
        of[kind].append((one, number, bytes(key or b"")))
    cover = sealing.open_cover(mailbox.keys.cover, of["cover"][0][2], case=mailbox.case.pk)
    return Readers(
        complainant=mailbox.public,
        offices=routing.readers_keys(_holders(mailbox.tag), on=clock.today()),
        guests=epochs.vouched(mailbox.case.pk, guests, reader=mailbox.maker, holders=_holders(mailbox.tag)),
        rungs=[key for _, number, key in sorted(of["rung"], key=lambda one: one[1])],
        ladder=bytes.fromhex(str(cover["ladder"])),
    )


def _seen(tag: bytes) -> list[Seen]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT week, verb, office_id FROM public.mailbox_disclosures(%s)", [tag])
        return [Seen(week, Verb(verb), office) for week, verb, office in cursor.fetchall()]


def _ask(function: str, values: list[Any]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(function, values)
        row = cursor.fetchone()
    return bool(row and row[0])


def _open_box(case: Case, private: bytes) -> CaseKeys:
    box = bytes(case.box)  # type: ignore[attr-defined]  # a column of mailbox_case, not of the table
    with suppress(VaultError):
        week_key = pinned.week_keys().read(case.death_week)
        return complainant.open_for_complainant(
            private, box, case=case.pk.bytes, week_key=week_key, week=case.death_week
        )
    raise Unreadable


def _letters(case: Case, keys: Mapping[int, bytes], tag: bytes) -> list[Letter]:
    """All messages, oldest first by the time that is sealed in them."""
    rows = Message.objects.raw("SELECT * FROM public.mailbox_messages(%s)", [tag])
    letters = [_letter(case, row, keys.get(row.epoch)) for row in rows]
    return sorted(letters, key=lambda one: (one.at.isoformat() if one.at else "", one.id))


def _letter(case: Case, row: Message, body_key: bytes | None) -> Letter:
    mine = row.direction == Message.Direction.FROM_COMPLAINANT
    with suppress(VaultError, KeyError, ValueError):
        opened = sealing.open_message(body_key or b"", bytes(row.box), case=case.pk, row=row.pk, epoch=row.epoch)
        at = datetime.fromisoformat(str(opened["at"]))
        consent, files, left = opened.get("consent"), opened.get("files"), opened.get("left")
        return Letter(
            row.pk, mine, str(opened["author"]), str(opened["text"]), at, row.week,
            files if isinstance(files, list) else (), consent["agency"] if isinstance(consent, dict) else None,
            left if isinstance(left, int) else None, opened.get("outcome") is True and not mine,
        )  # fmt: skip
    return Letter(row.pk, mine, "", "", None, row.week)
