"""Guests of a case: an interpreter or a specialist whom an office that has it asks for help, for a time.

A guest gets the body key sealed to their own key, and with it the story, the messages and the notes; never the cover,
never who complained. Their way to a case is a way of its own: no page or verb of the office's members lets them in.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID, uuid4

from django.db import transaction

from complaints.cases import clocks, epochs, routing, sealing
from complaints.cases.epochs import CannotSeal
from complaints.cases.models import Case, CaseRecord, Content, EpochBox, Inspector, MemberKey, Message, Office
from complaints.cases.moves import Overtaken
from complaints.cases.sealing import Sealed
from complaints.vault.epochs import vouch
from complaints.vault.errors import VaultError
from recruitment_watch import clock

from . import disclosure, grants, members
from .access import (
    OpenCase,
    Recorded,
    Said,
    Unreadable,
    VaultClosed,
    current_memberships,
    messages_of,
    records_of,
    require_visible,
    visible_holdings,
)
from .departures import MAY_DECIDE
from .disclosure import Verb
from .grants import Capacity
from .keys import OpenVault
from .models import CaseGrant

# Of what is written into a case guests are shown what guests wrote; notes, tasks and plans are the office's alone.
GUESTS_OWN = frozenset({"note", "translation"})


class NotYours(PermissionError):
    """Only the head, a lead inspector or who leads the case invites somebody to it."""


class NotInvitable(ValueError):
    """A lead who is of another office, a guest who reads the case anyway, or somebody with no key of their own."""


class InvitedAlready(ValueError):
    """This person is on the case already."""


class NotTranslatable(PermissionError):
    """Only an interpreter translates, and only what the person wrote."""


class OtherWords(ValueError):
    """The person's key is not the one whose six words were compared."""


@dataclass(frozen=True, slots=True)
class GuestCase:
    """A case as a guest may read it. `body_keys` are by epoch; messages and notes in the order of writing."""

    case: Case
    grant: CaseGrant
    member: Inspector
    body: Sealed = field(repr=False)
    messages: tuple[Said, ...] = field(repr=False)
    records: tuple[Recorded, ...] = field(repr=False)
    body_keys: Mapping[int, bytes] = field(repr=False)

    @property
    def office(self) -> Office:
        """The office that asked for help."""
        return self.grant.office


def may_invite(case: OpenCase, by: Inspector) -> bool:
    """Tell whether `by` can ask somebody in, or end it."""
    decides = current_memberships(by).filter(office=case.office, role__in=MAY_DECIDE).exists()
    return decides or grants.leads(by, case.case, office=case.office)


@transaction.atomic
def invite(
    case: OpenCase, *, person: Inspector, as_: Capacity, until: date, by: Inspector, compared: str = ""
) -> CaseGrant:
    """Ask somebody in until that day, at most 90 days ahead; a guest's six words have been compared with them.

    Raises NotYours, NotInvitable, InvitedAlready, OtherWords, Overtaken; IntegrityError where the veto refuses.
    """
    _begin(case, by)
    if grants.live().filter(content_object=case.case, user=person).exists():
        raise InvitedAlready
    guest, voucher, boxes = as_ in grants.GUESTS, b"", []
    own = current_memberships(person).filter(office=case.office).exists()
    if guest == own or (guest and visible_holdings(person).filter(case=case.case).exists()):
        raise NotInvitable
    if guest:
        public = _public(person, compared)
        voucher = vouch(
            case.maker, _who_may_seal(case), case=case.case.pk.bytes, member_id=person.pk.bytes, public=public
        )
        boxes = epochs.for_guest(case.case, case.body_keys, member=person.pk, public=public, maker=case.maker)
    grant = grants.give(case.case, person, as_, office=case.office, until=until, voucher=voucher)
    EpochBox.objects.bulk_create(boxes)
    disclosure.record(Verb.GUEST_INVITED, by=by, office=case.office, case=case.case, subject=person)
    return grant


@transaction.atomic
def end(grant: CaseGrant, *, case: OpenCase, by: Inspector) -> None:
    """End an invitation at once; the copies of the keys go with it. What was read has been read. Raises NotYours."""
    _begin(case, by)
    if (grant.content_object_id, grant.office_id) != (case.case.pk, case.office.pk):
        raise NotYours
    disclosure.record(Verb.GUEST_ENDED, by=by, office=case.office, case=case.case, subject=grant.user)
    grant.delete()


def open_as_guest(case_id: UUID, *, by: Inspector, vault: OpenVault | None) -> GuestCase:
    """Open a case for a guest, and write that into the log first, in a transaction that is committed by then.

    Raises Case.DoesNotExist for who is not invited, VaultClosed, Unreadable; RuntimeError inside a transaction.
    """
    grant = grants.live_grants(by).filter(content_object=case_id).first()
    if grant is None:
        raise Case.DoesNotExist
    if vault is None or vault.member != by.pk or vault.private is None:
        raise VaultClosed
    case = grant.content_object
    disclosure.record_first(Verb.OPENED_AS_GUEST, by=by, office=grant.office, case=case)
    fault = None
    try:
        mine = case.epoch_boxes.filter(kind=EpochBox.Kind.GUEST, inspector=by)
        keys = epochs.opened_as_guest(case, mine, vault.private)
        story = case.contents.get(kind=Content.Kind.BODY, epoch=0)
        body = sealing.open_body(keys[0], bytes(story.box), case=case.pk)
    except (VaultError, Content.DoesNotExist) as error:
        fault = type(error).__name__
    if fault is not None:
        raise Unreadable(fault)
    notes = tuple(one for one in records_of(case, keys) if (one.content or {}).get("kind") in GUESTS_OWN)
    return GuestCase(
        case=case, grant=grant, member=by, body=body, messages=messages_of(case, keys), records=notes, body_keys=keys
    )


@transaction.atomic
def note(case: GuestCase, *, by: Inspector, text: str) -> CaseRecord:
    """Write a note into the case for the office that asked: an opinion, a question.

    A guest makes no new key: raises CannotSeal until the office or the complainant has written; Overtaken;
    Case.DoesNotExist once the invitation has ended.
    """
    return _write(case, by, {"kind": "note", "standard": "", "text": text})


@transaction.atomic
def translate(case: GuestCase, *, by: Inspector, of: str, text: str) -> CaseRecord:
    """Put into another language what the person wrote: "happened", "promised" or a message of theirs by its id.

    It never leaves this system: no service outside is asked. Raises NotTranslatable and what `note` does.
    """
    if case.grant.permission.codename != Capacity.INTERPRETER or of not in translatable(case):
        raise NotTranslatable
    return _write(case, by, {"kind": "translation", "of": of, "text": text})


def translatable(case: GuestCase) -> list[str]:
    """What the person wrote, in the order of writing, by what `translate` calls it."""
    told = [name for name in ("happened", "promised") if case.body.get(name)]
    theirs = Message.Direction.FROM_COMPLAINANT
    said = [one for one in case.messages if one.message.direction == theirs and (one.content or {}).get("text")]
    return [*told, *(str(one.message.pk) for one in said)]


def _write(case: GuestCase, by: Inspector, said: Mapping[str, object]) -> CaseRecord:
    if case.member.pk != by.pk or not grants.live_grants(by).filter(pk=case.grant.pk).exists():
        raise Case.DoesNotExist
    _lock(case.case)
    epoch = case.case.epoch
    if epoch not in case.body_keys:
        raise CannotSeal("nobody has made the new key that the case asks for")
    row = uuid4()
    content = {**said, "at": clock.now().isoformat(), "by": by.name}
    record = CaseRecord.objects.create(
        id=row,
        case=case.case,
        week=clocks.week(clock.now()),
        epoch=epoch,
        box=sealing.seal_record(case.body_keys[epoch], content, case=case.case.pk, row=row, epoch=epoch),
    )
    disclosure.record(Verb.NOTED, by=by, office=case.office, case=case.case)
    return record


def _public(person: Inspector, compared: str) -> bytes:
    """The person's public key, if it is the one whose words were compared."""
    key = MemberKey.objects.filter(inspector=person).first()
    if key is None:
        raise NotInvitable
    if not hmac.compare_digest(members.words_of(person), compared):
        raise OtherWords
    return bytes(key.public_key)


def _who_may_seal(case: OpenCase) -> list[bytes]:
    """The public keys of those who may make this case's next key: the complainant, and the offices that have it."""
    holders = routing.readers_keys(Office.objects.filter(holdings__case=case.case), on=clock.today())
    return [bytes.fromhex(str(case.cover["complainant"])), *(key for key in holders.values() if key is not None)]


def _begin(case: OpenCase, by: Inspector) -> None:
    require_visible(case, by)
    if not may_invite(case, by):
        raise NotYours
    _lock(case.case)


def _lock(case: Case) -> None:
    """Keep the case's epoch and week as they were shown until the verb is done."""
    now = Case.objects.select_for_update(no_key=True).only("epoch", "death_week").get(pk=case.pk)
    if (now.epoch, now.death_week) != (case.epoch, case.death_week):
        raise Overtaken("a reader of the case has gone since this page was shown, or it was kept on")
