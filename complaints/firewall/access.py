"""The one way to cases. Everything that shows or changes a case starts here (FIREWALL rules 1, 2 and 12).

A case is visible to a member of an office that holds it, while that office is inside rule 1 on the day
of asking: nothing has to run for a lapsed attestation to count. A page that asks several times within a
moment asks for the offices once (`Sight`). It is readable only in an open vault of
that office, and only after the disclosure log has it in a committed transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from complaints.cases import pinned, sealing
from complaints.cases.covers import agency_of as agency_of  # those who open a case ask here
from complaints.cases.models import Case, CaseRecord, Content, Holding, Inspector, Membership, Message, Office, Recusal
from complaints.cases.models.offices import OfficeQuerySet
from complaints.cases.sealing import Sealed
from complaints.cases.states import State
from complaints.vault import contexts, retention, rungs
from complaints.vault.epochs import Maker
from complaints.vault.errors import BadEnvelope, VaultError
from complaints.vault.members import blind_index, unlisted_index
from complaints.vault.rungs import RungSecrets
from recruitment_watch import clock

from . import disclosure, epochs, grants, marks
from .disclosure import Verb
from .keys import OpenVault


class VaultClosed(RuntimeError):
    """No key of the holding office is at hand: the vault is closed, or is somebody else's."""


class Unreadable(RuntimeError):
    """The keys are there and the case still does not open: its week's file is gone, or a box is damaged."""


def current_memberships(inspector: Inspector) -> QuerySet[Membership]:
    """Where this person works today; nowhere once the account is switched off."""
    today = clock.today()
    current = Q(until=None) | Q(until__gt=today)
    return Membership.objects.filter(current, inspector=inspector, inspector__is_active=True, since__lte=today)


def offices_of(inspector: Inspector) -> OfficeQuerySet:
    """The person's offices that rule 1 lets hold a case today."""
    member = current_memberships(inspector).filter(office=OuterRef("pk"))
    return Office.objects.may_hold(on=clock.today()).filter(Exists(member))


@dataclass(frozen=True, slots=True)
class Sight:
    """Where a person may look, as it is while one page is made: their offices, asked for once and in order of name."""

    inspector: Inspector
    offices: Mapping[UUID, Office]

    @classmethod
    def of(cls, inspector: Inspector) -> Sight:
        """One query."""
        return cls(inspector, {office.pk: office for office in offices_of(inspector).order_by("name")})


def visible_holdings(seen_by: Inspector | Sight) -> QuerySet[Holding]:
    """The holdings that this person may see: of offices inside rule 1 where they work today, unless recused."""
    offices: Collection[UUID] | QuerySet[Office]
    if isinstance(seen_by, Sight):
        inspector, offices = seen_by.inspector, list(seen_by.offices)
    else:
        inspector, offices = seen_by, offices_of(seen_by)
    recused = Recusal.objects.filter(inspector=inspector, case=OuterRef("case"))
    return Holding.objects.filter(~Exists(recused), office__in=offices)


def visible_cases(inspector: Inspector) -> QuerySet[Case]:
    """The cases that this person may see, each once: behind `visible_holdings`, or as somebody's guest."""
    held = visible_holdings(inspector).filter(case=OuterRef("pk"))
    invited = grants.live_grants(inspector).filter(content_object=OuterRef("pk"))
    return Case.objects.filter(Exists(held) | Exists(invited))


@dataclass(frozen=True, slots=True)
class Said:
    """One message in the conversation; `content` is None when its box does not open."""

    message: Message
    content: Sealed | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the desk wrote into the case; `content` is None when its box does not open."""

    record: CaseRecord
    content: Sealed | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case as one member of a holding office may read it. Never the identity: that takes two (rule 10).

    `body_keys` are by epoch. Messages and records are in the order in which they were written.
    """

    case: Case
    holding: Holding
    member: Inspector
    cover: Sealed = field(repr=False)
    body: Sealed = field(repr=False)
    messages: tuple[Said, ...] = field(repr=False)
    records: tuple[Recorded, ...] = field(repr=False)
    body_keys: Mapping[int, bytes] = field(repr=False)
    maker: Maker = field(repr=False)

    @property
    def office(self) -> Office:
        return self.holding.office

    @property
    def state(self) -> State:
        """How far it is for this office: one that has closed it is done with it, also while others go on."""
        return State.CLOSED if self.holding.state == State.CLOSED else State(self.case.state)

    def writing_key(self) -> bytes:
        """The key under which the next thing is written, inside the transaction that writes it.

        Where an office has left the case, it is made now. Raises CannotSeal.
        """
        return epochs.next_key(self.case, self.body_keys, cover=self.cover, maker=self.maker)


def open_case(
    case_id: UUID, *, by: Inspector, vault: OpenVault | None, reason: Verb = Verb.OPENED, story: bool = True
) -> OpenCase:
    """Open a case for `by`, and write that into the log first, in a transaction that is committed by then.

    Without its story the cover alone is opened: body, messages and records are empty, and what is written into it is
    sealed as always. Raises Case.DoesNotExist for everybody who may not know that there is such a case, VaultClosed,
    Unreadable; RuntimeError inside a transaction. Never opens the identity.
    """
    found = list(visible_holdings(by).filter(case=case_id).select_related("case", "office"))
    if not found:
        raise Case.DoesNotExist
    if vault is None or vault.member != by.pk:
        raise VaultClosed
    holding = next((holding for holding in found if vault.holds(holding.office_id)), None)
    if holding is None:
        raise VaultClosed
    disclosure.record_first(reason, by=by, office=holding.office, case=holding.case)
    return _opened(holding, by, vault, story=story, records=story)


def require_visible(case: OpenCase, by: Inspector) -> None:
    """Ask again at the moment of writing: a mandate or a membership may have ended since the page was shown.

    Raises Case.DoesNotExist.
    """
    if case.member.pk != by.pk or not visible_holdings(by).filter(pk=case.holding.pk).exists():
        raise Case.DoesNotExist


def covers(
    holdings: Sequence[UUID], *, by: Inspector, vault: OpenVault, sight: Sight | None = None
) -> list[tuple[Holding, Sealed | None]]:
    """A page of holdings in the order of their ids given, with case and office, each with its cover.

    Logged once for each office that shows something new to this sitting, before a cover of it is opened. What is not
    visible to `by` is left out; a cover that does not open, or whose office is not in the vault, is None. One query
    whatever the number, four more for what is logged, one for what is indexed for the first time, one where there is no
    `sight` (of the same person) to begin with. With each holding comes its assignee.
    """
    sight = sight if sight is not None and sight.inspector.pk == by.pk else Sight.of(by)
    seen = visible_holdings(sight).filter(pk__in=holdings).select_related("case", "assignee")
    rows = seen.annotate(cover_box=_cover_box()).in_bulk()
    visible = [rows[key] for key in holdings if key in rows]
    for one in visible:
        one.office = sight.offices[one.office_id]
    keyed = [one for one in visible if vault.member == by.pk and vault.holds(one.office_id)]
    new = [one for one in keyed if vault.mark(one.pk) not in vault.listed]
    offices = {holding.office_id: holding.office for holding in new}
    disclosure.record_offices_first(Verb.LISTED, by=by, offices=offices.values())
    vault.listed.update(vault.mark(one.pk) for one in new)
    opened = open_covers(keyed, vault)
    return [(one, opened.get(one.pk)) for one in visible]


def _cover_box() -> Subquery:
    """The sealed cover of a holding's case; None where it is gone."""
    return Subquery(Content.objects.filter(case=OuterRef("case"), kind=Content.Kind.COVER).values("box"))


def _with_cover(holdings: QuerySet[Holding]) -> QuerySet[Holding]:
    """With case, office and, as `cover_box`, the sealed cover."""
    return holdings.select_related("case", "office").annotate(cover_box=_cover_box())


def unread(inspector: Inspector) -> QuerySet[Holding]:
    """What nobody of the office has opened so far, so that it stands under no agency yet; each with its cover's box."""
    return _with_cover(visible_holdings(inspector).filter(agency_index=None))


def open_covers(holdings: Iterable[Holding], vault: OpenVault) -> dict[UUID, Sealed | None]:
    """By holding, the covers that `_with_cover` brought; None for what does not open. The caller has logged it."""
    weeks: dict[str, bytes] = {}
    found = list(holdings)
    opened = {one.pk: _cover(one, getattr(one, "cover_box", None), vault, weeks) for one in found}
    _index([(one, cover) for one in found if (cover := opened[one.pk]) is not None], vault)
    return opened


def compare(holdings: Sequence[UUID], *, by: Inspector, vault: OpenVault) -> int:
    """Give these holdings their indexes and marks without showing one; how many covers opened.

    Logged once for each office, before a cover of it is opened. What is not visible to `by` is passed over. Raises
    RuntimeError inside a transaction.
    """
    rows = _with_cover(visible_holdings(by).filter(pk__in=holdings))
    keyed = [one for one in rows if vault.member == by.pk and vault.holds(one.office_id)]
    offices = {one.office_id: one.office for one in keyed}
    disclosure.record_offices_first(Verb.COMPARED, by=by, offices=offices.values())
    opened = open_covers(keyed, vault)
    found = [(one, cover) for one in keyed if (cover := opened[one.pk]) is not None]
    marks.mark(found, vault=vault, covers=partial(_covers_of, vault=vault))  # also under a new key of the office
    return len(found)


def read_many(
    holdings: Sequence[UUID], *, by: Inspector, vault: OpenVault, reason: Verb, story: bool = False
) -> Iterator[OpenCase]:
    """Open these cases one after the other for the machine to count or to look through, in the order of their ids.

    Nothing of them is shown: logged once for each office, before the first is opened. Without their story it is covers
    and records. What is not visible to `by`, or does not open, is passed over. Raises RuntimeError inside a
    transaction.
    """
    rows = visible_holdings(by).filter(pk__in=holdings).select_related("case", "office").order_by("pk")
    keyed = [one for one in rows if vault.member == by.pk and vault.holds(one.office_id)]
    for office in {one.office_id: one.office for one in keyed}.values():
        disclosure.record_first(reason, by=by, office=office)
    for holding in keyed:
        with suppress(Unreadable):
            yield _opened(holding, by, vault, story=story, records=True)


def _covers_of(holdings: Sequence[Holding], vault: OpenVault) -> dict[UUID, Sealed | None]:
    """The covers by holding; whoever asks has written it into the log. One query."""
    sealed = Content.objects.filter(case__in=[one.case_id for one in holdings], kind=Content.Kind.COVER)
    boxes = dict(sealed.values_list("case_id", "box"))
    weeks: dict[str, bytes] = {}
    return {one.pk: _cover(one, boxes.get(one.case_id), vault, weeks) for one in holdings}


def _opened(holding: Holding, by: Inspector, vault: OpenVault, *, story: bool, records: bool) -> OpenCase:
    case = holding.case
    fault = None
    try:
        secrets = _secrets(holding, vault)
        sealed = {
            (content.kind, content.epoch): bytes(content.box)
            for content in case.contents.exclude(kind=Content.Kind.IDENTITY)
        }
        cover = sealing.open_cover(secrets.cover, sealed[Content.Kind.COVER, 0], case=case.pk)
        body = sealing.open_body(secrets.body, sealed[Content.Kind.BODY, 0], case=case.pk) if story else {}
    except (VaultError, KeyError) as error:
        fault = type(error).__name__
    if fault is not None:
        raise Unreadable(fault)
    _index([(holding, cover)], vault)
    keys = epochs.body_keys(holding, vault, body=secrets.body, rung_private=secrets.rung_private, cover=cover)
    return OpenCase(
        case=case, holding=holding, member=by, cover=cover, body=body,
        messages=messages_of(case, keys) if story else (), records=records_of(case, keys) if records else (),
        body_keys=keys, maker=epochs.maker(holding, vault),
    )  # fmt: skip


def _secrets(holding: Holding, vault: OpenVault, weeks: dict[str, bytes] | None = None) -> RungSecrets:
    """`weeks` are weekly keys already read, for who opens many in one go; what is read is added."""
    case, office = holding.case, holding.office_id
    weeks = {} if weeks is None else weeks
    if case.death_week not in weeks:
        weeks[case.death_week] = pinned.week_keys().read(case.death_week)
    inner = retention.unwrap(
        weeks[case.death_week],
        bytes(holding.box),
        week=case.death_week,
        context=contexts.holding(case.pk.bytes, office.bytes),
    )
    return vault.with_office(
        office,
        lambda private: rungs.open_inner(
            office_private=private, inner_box=inner, case=case.pk.bytes, number=holding.rung
        ),
    )


def _cover(
    holding: Holding, box: bytes | memoryview | None, vault: OpenVault, weeks: dict[str, bytes]
) -> Sealed | None:
    if box is None:
        return None
    try:
        return sealing.open_cover(_secrets(holding, vault, weeks).cover, bytes(box), case=holding.case_id)
    except VaultError:
        return None


def messages_of(case: Case, keys: Mapping[int, bytes]) -> tuple[Said, ...]:
    """The conversation in order; what these body keys do not open has no content."""
    said = [
        Said(message, _readable(partial(sealing.open_message, case=case.pk, row=message.pk), message, keys))
        for message in case.messages.all()
    ]
    return tuple(sorted(said, key=lambda one: _written(one.content, one.message)))


def records_of(case: Case, keys: Mapping[int, bytes]) -> tuple[Recorded, ...]:
    """What the desk wrote into the case, likewise."""
    recorded = [
        Recorded(record, _readable(partial(sealing.open_record, case=case.pk, row=record.pk), record, keys))
        for record in case.records.all()
    ]
    return tuple(sorted(recorded, key=lambda one: _written(one.content, one.record)))


def _readable(opening: Callable[..., Sealed], row: Message | CaseRecord, keys: Mapping[int, bytes]) -> Sealed | None:
    """One damaged row must not close the case: it is shown as a row that cannot be read."""
    if row.epoch not in keys:
        return None
    try:
        return opening(keys[row.epoch], bytes(row.box), epoch=row.epoch)
    except BadEnvelope:
        return None


def _written(content: Sealed | None, row: Message | CaseRecord) -> tuple[str, str, str]:
    """The order of a conversation: by the time inside the seal, of which the clear week is the outside."""
    return (row.week, str((content or {}).get("at", "")), str(row.pk))


def _index(holdings: Sequence[tuple[Holding, Sealed]], vault: OpenVault) -> None:
    """Give each holding its blind index at its cover's first opening, and the marks by which cases find each other."""
    found = []
    for holding, cover in holdings:
        if holding.agency_index is None:
            holding.agency_index = index_of(holding, cover, vault.index_key(holding.office_id))
            found.append(holding)
    if found:
        Holding.objects.bulk_update(found, ["agency_index"])
        new = {one.pk for one in found}
        fresh = [(holding, cover) for holding, cover in holdings if holding.pk in new]
        marks.mark(fresh, vault=vault, covers=partial(_covers_of, vault=vault))


def index_of(holding: Holding, cover: Sealed, key: bytes) -> bytes:
    """The blind index under an office's private key: its agency's, or its own where no register has the agency."""
    agency = agency_of(cover)
    return unlisted_index(key, holding.pk.bytes) if agency is None else blind_index(key, agency.bytes)
