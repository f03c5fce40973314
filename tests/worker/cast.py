"""Cases as intake leaves them, and offices that can open what they are given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from complaints.cases import clocks, pinned
from complaints.cases.models import Case, Holding, Inspector, MemberKey, Office, OfficeKey, OfficeKeyWrap, Rung, Step
from complaints.cases.states import Severity
from complaints.vault import members, retention, rungs
from complaints.vault.case_keys import CaseKeys
from complaints.vault.rungs import LadderOffice
from tests.factories import Cast, passphrase


def now() -> datetime:
    """A whole second of today: tests take their times from here and move on from it."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Filed:
    """A case in the database and the keys that only intake ever had."""

    pk: UUID
    keys: CaseKeys

    @property
    def row(self) -> Case:
        return Case.objects.get(pk=self.pk)


def held_by(case: Filed) -> list[Office]:
    return [holding.office for holding in Holding.objects.filter(case=case.pk).order_by("rung")]


def steps(case: Filed) -> list[tuple[int, str, Office | None]]:
    return [(one.rung, one.outcome, one.office) for one in Step.objects.filter(case=case.pk).order_by("rung")]


def on_ladder(cast: Cast) -> LadderOffice:
    key = OfficeKey.objects.get(office=cast.office)
    return LadderOffice(office_id=cast.office.pk.bytes, public=bytes(key.public_key))


def file_case(
    offices: Sequence[Cast | LadderOffice], *, severity: Severity = Severity.S2, at: datetime | None = None
) -> Filed:
    """Case and six rungs, as intake inserts them: call it inside `as_owner()`."""
    at = at or now()
    asked = [one if isinstance(one, LadderOffice) else on_ladder(one) for one in offices]
    filed = Filed(uuid4(), CaseKeys.new())
    week = retention.death_week(at.date())
    ladder = rungs.build_ladder(
        case=filed.pk.bytes,
        offices=asked,
        keys=filed.keys,
        worker_public=pinned.worker_public(),
        week_key=pinned.week_keys().ensure(week),
        week=week,
    )
    Case.objects.create(
        pk=filed.pk,
        week=clocks.week(at),
        severity=severity,
        due=clocks.first_due(severity, at, None),
        death_week=week,
    )
    Rung.objects.bulk_create(
        Rung(case_id=filed.pk, number=one.number, box=one.box, identity_box=one.identity_box, public_key=one.public)
        for one in ladder
    )
    return filed


def office_private(cast: Cast) -> bytes:
    """What a member of the office gets at from an open vault: call it inside `as_owner()`."""
    member: Inspector = cast.members[0]
    record = MemberKey.objects.get(inspector=member)
    wrap = OfficeKeyWrap.objects.get(inspector=member)
    opened = members.open_member(
        members.MemberRecord(
            public=bytes(record.public_key),
            wrapped_private=bytes(record.wrapped_private),
            salt=bytes(record.salt),
            wrapped_recovery=bytes(record.wrapped_recovery),
            recovery_salt=bytes(record.recovery_salt),
        ),
        passphrase(0),
    )
    return members.unwrap_office_key(
        opened,
        bytes(wrap.box),
        office_id=cast.office.pk.bytes,
        generation=wrap.office_key.generation,
        office_public=bytes(wrap.office_key.public_key),
    )
