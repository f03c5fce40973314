"""The guarantee (bond): what must be held, what is held by its ledger, and who may take out of it."""

from __future__ import annotations

import datetime
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from agencies import names
from agencies.around.kept import enter, latest
from agencies.audit import record
from agencies.models import Agency, Guarantee, GuaranteeEntry
from agencies.models.kept import standing
from agencies.refusals import DecisionRefused, StateChanged
from recruitment_watch import clock

IN: Final = frozenset({GuaranteeEntry.Kind.LODGED, GuaranteeEntry.Kind.TOP_UP})
NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class Holding:
    """One guarantee and what its ledger holds on a day, in the guarantee's currency."""

    guarantee: Guarantee
    balance: Decimal
    on: datetime.date

    @property
    def lapsed(self) -> bool:
        """Whether its own last day has passed: then it holds nothing that can be called."""
        return self.guarantee.valid_to is not None and self.guarantee.valid_to < self.on

    @property
    def missing(self) -> Decimal:
        """How much is missing to the minimum."""
        held = NOTHING if self.lapsed else self.balance
        return max(NOTHING, self.guarantee.minimum - held)

    @property
    def short(self) -> bool:
        return self.missing > 0


def signed(entry: GuaranteeEntry) -> Decimal:
    """What a line adds (or, below nought, takes out). A line that takes another back does the opposite of it."""
    into = (entry.kind in IN) != (entry.reverses_id is not None)
    return entry.amount if into else -entry.amount


def balance(entries: Iterable[GuaranteeEntry]) -> Decimal:
    return sum((signed(entry) for entry in entries), NOTHING)


def holdings(
    agency: uuid.UUID, *, on: datetime.date | None = None, as_known_on: datetime.date | None = None
) -> list[Holding]:
    """The agency's guarantees and what they hold on a day, as known on another. Two queries."""
    return _holdings(Guarantee.objects.filter(agency_id=agency), on=on, as_known_on=as_known_on)


def holdings_of(things: Collection[uuid.UUID], *, on: datetime.date | None = None) -> list[Holding]:
    """What some guarantees hold on a day, each with its agency. Two queries."""
    return _holdings(Guarantee.objects.filter(thing__in=things).select_related("agency"), on=on)


def _holdings(
    versions: QuerySet[Guarantee], *, on: datetime.date | None = None, as_known_on: datetime.date | None = None
) -> list[Holding]:
    day = on or clock.today()
    stand = standing(versions, on=day, as_known_on=as_known_on)
    lines: defaultdict[uuid.UUID, list[GuaranteeEntry]] = defaultdict(list)
    for entry in GuaranteeEntry.objects.filter(guarantee__in=[one.thing for one in stand], booked_on__lte=day):
        if as_known_on is None or entry.recorded_at.astimezone(datetime.UTC).date() <= as_known_on:
            lines[entry.guarantee].append(entry)
    return [Holding(one, balance(lines[one.thing]), day) for one in stand]


@transaction.atomic
def lodge_guarantee(
    agency: Agency,
    *,
    form: Guarantee.Form,
    guarantor: str,
    minimum: Decimal,
    currency: str,
    amount: Decimal,
    by: str,
    reference: str = "",
    valid_to: datetime.date | None = None,
    effective_from: datetime.date | None = None,
    reasons: str = "",
) -> Guarantee:
    """A guarantee is lodged, with its first line. Less than the minimum may be lodged, and then it is short."""
    if minimum <= 0 or amount <= 0:
        raise DecisionRefused(_("Amounts are above nought."))
    if not guarantor.strip():
        raise DecisionRefused(_("Say who holds the guarantee."))
    row = enter(
        Guarantee, verb="lodge_guarantee", by=by, effective_from=effective_from, reasons=reasons, agency=agency,
        form=form, guarantor=guarantor.strip(), reference=reference, minimum=minimum, currency=currency,
        valid_to=valid_to,
    )  # fmt: skip
    _book(row, GuaranteeEntry.Kind.LODGED, amount, by=by, booked_on=row.effective_from)
    return row


def top_up(guarantee: Guarantee, amount: Decimal, *, by: str, booked_on: datetime.date | None = None) -> GuaranteeEntry:
    """Money came in."""
    return _book(guarantee, GuaranteeEntry.Kind.TOP_UP, amount, by=by, booked_on=booked_on)


def call_guarantee(
    guarantee: Guarantee, amount: Decimal, *, by: str, second_approver: str, reasons: str, decision_number: str
) -> GuaranteeEntry:
    """Take money out for what the agency owes, by two officers. Never more than there is.

    ``reasons`` are published: they name no worker and no complaint.
    """
    return _take_out(
        guarantee, GuaranteeEntry.Kind.CALL, amount, by=by, second_approver=second_approver, reasons=reasons,
        decision_number=decision_number,
    )  # fmt: skip


def release_guarantee(
    guarantee: Guarantee, amount: Decimal, *, by: str, second_approver: str, reasons: str, decision_number: str
) -> GuaranteeEntry:
    """Give money back to the agency, by two officers. Never more than there is."""
    return _take_out(
        guarantee, GuaranteeEntry.Kind.RELEASE, amount, by=by, second_approver=second_approver, reasons=reasons,
        decision_number=decision_number,
    )  # fmt: skip


@transaction.atomic
def reverse_entry(
    entry: GuaranteeEntry, *, by: str, second_approver: str, reasons: str, decision_number: str
) -> GuaranteeEntry:
    """Take a wrong line back by one of its own. Both stay."""
    if entry.reverses_id is not None:
        raise DecisionRefused(_("A line that takes another back stands. Book the money anew."))
    if GuaranteeEntry.objects.filter(reverses=entry).exists():
        raise StateChanged(_("Somebody else took this line back first."))
    guarantee = latest(Guarantee, entry.guarantee)
    lines = list(GuaranteeEntry.objects.filter(guarantee=guarantee.thing))
    if signed(entry) > 0:
        _check_covered(guarantee, lines, entry.amount)
    return _book(
        guarantee, GuaranteeEntry.Kind(entry.kind), entry.amount, by=by, second_approver=second_approver,
        reasons=reasons, decision_number=decision_number, reverses=entry,
        position=len(lines) + 1,
    )  # fmt: skip


@transaction.atomic
def _take_out(
    guarantee: Guarantee,
    kind: GuaranteeEntry.Kind,
    amount: Decimal,
    *,
    by: str,
    second_approver: str,
    reasons: str,
    decision_number: str,
) -> GuaranteeEntry:
    lines = list(GuaranteeEntry.objects.filter(guarantee=guarantee.thing))
    _check_covered(guarantee, lines, amount)
    # The position belongs to the very lines that were summed: whoever books in between makes this one collide.
    return _book(
        guarantee, kind, amount, by=by, second_approver=second_approver, reasons=reasons,
        decision_number=decision_number, position=len(lines) + 1,
    )  # fmt: skip


def _check_covered(guarantee: Guarantee, lines: Iterable[GuaranteeEntry], amount: Decimal) -> None:
    held = balance(lines)
    if amount > held:
        raise DecisionRefused(
            _("The guarantee holds %(held)s %(currency)s.") % {"held": held, "currency": guarantee.currency}
        )


@transaction.atomic
def _book(
    guarantee: Guarantee,
    kind: GuaranteeEntry.Kind,
    amount: Decimal,
    *,
    by: str,
    booked_on: datetime.date | None = None,
    second_approver: str = "",
    reasons: str = "",
    decision_number: str = "",
    reverses: GuaranteeEntry | None = None,
    position: int | None = None,
) -> GuaranteeEntry:
    if amount <= 0:
        raise DecisionRefused(_("Amounts are above nought."))
    if kind not in IN or reverses is not None:
        _check_decided(by, second_approver, reasons, decision_number)
    entry = GuaranteeEntry(
        guarantee=guarantee.thing,
        position=position or GuaranteeEntry.objects.filter(guarantee=guarantee.thing).count() + 1,
        kind=kind, amount=amount, booked_on=booked_on or clock.today(), recorded_at=clock.now(), entered_by=by,
        second_approver=second_approver, reasons=reasons.strip(), decision_number=decision_number, reverses=reverses,
    )  # fmt: skip
    try:
        with transaction.atomic():
            entry.save(force_insert=True)
    except IntegrityError as error:
        if "_position_once" in str(error) or "reverses" in str(error):
            raise StateChanged(_("Somebody else booked on this guarantee at the same moment. Look again.")) from error
        raise
    record(f"guarantee_{kind.lower()}", by=by, on=entry, text=f"{guarantee.thing} {amount} {guarantee.currency}")
    return entry


def _check_decided(by: str, second_approver: str, reasons: str, decision_number: str) -> None:
    if not second_approver.strip() or names.fold_key(by) == names.fold_key(second_approver):
        raise DecisionRefused(_("Taking money out of a guarantee needs a second approver, another person."))
    if not reasons.strip() or not decision_number.strip():
        raise DecisionRefused(_("Taking money out of a guarantee needs a decision number and reasons."))
