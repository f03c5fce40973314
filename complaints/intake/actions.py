"""What intake does: it files a complaint. Everything is sealed in memory before anything is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction

from complaints.cases import clocks, pinned, sealing, severity
from complaints.cases.models import Attachment, Case, Content, Receipt, Rung, StatisticsWaiting
from complaints.cases.routing import OfficeFacts
from complaints.vault import complainant, retention, rungs, statistics
from complaints.vault.case_keys import CaseKeys
from recruitment_watch import clock
from recruitment_watch.dberrors import constraint_of

from . import attached, receipts
from .answers import Answers, FileAnswer

log = structlog.get_logger(__name__)


class NoSafeOffice(RuntimeError):
    """There is nobody to whom this could be sealed; nothing was written."""


class AlreadyFiled(RuntimeError):
    """This case is stored already, by an earlier try whose answer was lost; nothing was written twice."""


@dataclass(frozen=True, slots=True)
class _Sealed:
    """The rows of one complaint, ready to be inserted."""

    case: Case
    receipt: Receipt
    contents: list[Content]
    rungs: list[Rung]
    statistics: list[StatisticsWaiting]
    attachments: list[Attachment]


def file_complaint(
    *,
    case_id: UUID,
    receipt: str,
    answers: Answers,
    offices: Sequence[OfficeFacts],
    files: Iterable[tuple[FileAnswer, bytes]] = (),
    on: datetime | None = None,
    also: Callable[[], None] | None = None,
) -> None:
    """Seal a complaint to its ladder and store it: case, receipt, contents, six rungs, statistics envelope.

    `case_id` is a random UUIDv4 and, like the `receipt` (24 digits), the caller's, so that a retry is the
    same complaint; `offices` is the ladder (`routing.ladder`), first to ask first; `files` what is
    attached, each with its clean bytes; `on` the application's time now; `also` is done in the same transaction,
    or not at all. In clear stands only what FIREWALL rule 5 allows.

    Raises NoSafeOffice; AlreadyFiled; VaultError (a text too long, a week without its retention file).
    """
    if not offices or not all(office.may_hold for office in offices):
        raise NoSafeOffice
    sealed = _seal(case_id, receipt, answers, offices, files, on or clock.now())
    try:
        with transaction.atomic():
            _store(sealed)
            if also:
                also()
        return
    except IntegrityError as error:
        if constraint_of(error) != "complaints_case_pkey":
            raise
    raise AlreadyFiled


def _seal(
    case_id: UUID,
    receipt: str,
    answers: Answers,
    offices: Sequence[OfficeFacts],
    files: Iterable[tuple[FileAnswer, bytes]],
    now: datetime,
) -> _Sealed:
    band = severity.band(answers.categories, in_danger=answers.in_danger)
    case = Case(
        id=case_id,
        week=clocks.week(now),
        severity=band,
        due=clocks.first_due(band, now, offices[0]),
        death_week=retention.death_week(now.date()),
    )
    keys, owner = CaseKeys.new(), receipts.keys_of(receipt)
    week_key = pinned.week_keys().read(case.death_week)
    ladder = rungs.build_ladder(
        case=case_id.bytes,
        offices=[office.on_ladder for office in offices],
        keys=keys,
        worker_public=pinned.worker_public(),
        week_key=week_key,
        week=case.death_week,
    )
    box = complainant.seal_for_complainant(
        owner.public, keys=keys, case=case_id.bytes, week_key=week_key, week=case.death_week
    )
    rows = [attached.sealed(case, keys.body, said, data) for said, data in files]
    answers = answers.with_(files=tuple(said for said, _row in rows))
    return _Sealed(
        case=case,
        receipt=Receipt(case=case, tag=owner.tag, public_key=owner.public, box=box),
        contents=_contents(case, keys, answers, ladder, owner.public),
        rungs=[
            Rung(
                case=case,
                number=one.number,
                box=one.box,
                identity_box=one.identity_box,
                public_key=one.public,
            )
            for one in ladder
        ],
        statistics=_statistics(answers, band, now),
        attachments=[row for _said, row in rows],
    )


def _contents(
    case: Case, keys: CaseKeys, answers: Answers, ladder: Sequence[rungs.Rung], owner: bytes
) -> list[Content]:
    """Cover, body and identity, each under its own key; the cover vouches for the keys of ladder and complainant."""
    vouched = {"ladder": rungs.ladder_digest([one.public for one in ladder]).hex(), "complainant": owner.hex()}
    cover = answers.cover() | vouched
    boxes = {
        Content.Kind.COVER: sealing.seal_cover(keys.cover, cover, case=case.pk),
        Content.Kind.BODY: sealing.seal_body(keys.body, answers.body(), case=case.pk),
        Content.Kind.IDENTITY: sealing.seal_identity(keys.identity, answers.identity(), case=case.pk),
    }
    return [Content(case=case, kind=kind, box=box) for kind, box in boxes.items()]


def _statistics(answers: Answers, band: int, now: datetime) -> list[StatisticsWaiting]:
    """The quarter's envelope, where it waits for others; none where nobody has made the quarter's key.

    A complaint is worth more than its figures.
    """
    quarter = clocks.quarter(now)
    try:
        public = pinned.statistics_public(quarter)
    except pinned.NotPinned:
        log.warning("the quarter's statistics key is not pinned", count=1)
        return []
    content = answers.statistics() | {"severity": int(band)}
    box = statistics.seal_statistics(public, content, quarter=quarter)
    return [StatisticsWaiting(week=clocks.week(now), quarter=quarter, box=box)]


def _store(sealed: _Sealed) -> None:
    """Insert only: intake's role can read none of these tables, so nothing here may ask for a row back."""
    sealed.case.save(force_insert=True)
    sealed.receipt.save(force_insert=True)
    Content.objects.bulk_create(sealed.contents)
    Rung.objects.bulk_create(sealed.rungs)
    Attachment.objects.bulk_create(sealed.attachments, batch_size=1)  # each may be some megabytes
    StatisticsWaiting.objects.bulk_create(sealed.statistics)
