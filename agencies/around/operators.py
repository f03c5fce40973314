"""Operators barred, dissolved and related; and warnings of those who recruit without any licence."""

from __future__ import annotations

import datetime
import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from rapidfuzz import fuzz

from agencies import names
from agencies.actions import name_row
from agencies.around.kept import end, enter
from agencies.audit import record
from agencies.models import Agency, AgencyName, Operator, OperatorFlag, OperatorRelation, Register, WarningNotice
from agencies.models.kept import standing
from agencies.refusals import DecisionRefused, StateChanged
from recruitment_watch import clock

#: A name as like as this (0 to 100) brings the warning up.
LIKE: Final = 85.0
#: Shorter questions bring no warning up: they would fit nearly every one.
LEAST_LETTERS: Final = 4


def debar(
    operator: Operator,
    *,
    by: str,
    second_approver: str,
    reasons: str,
    decision_number: str,
    effective_from: datetime.date | None = None,
    until: datetime.date | None = None,
) -> OperatorFlag:
    """Bar an operator from recruiting, whatever licence it holds, until a day or (None) for good."""
    if not second_approver.strip():
        raise DecisionRefused(_("A decision against an agency needs a second approver."))
    if not reasons.strip() or not decision_number.strip():
        raise DecisionRefused(_("A decision needs its number and its reasons."))
    starts = effective_from or clock.today()
    if until and until < starts:
        raise DecisionRefused(_("It would end before it begins."))
    return enter(
        OperatorFlag, verb="debar", by=by, second_approver=second_approver, reasons=reasons,
        decision_number=decision_number, effective_from=starts, operator=operator,
        kind=OperatorFlag.Kind.DEBARRED, until=until,
    )  # fmt: skip


def lift_debarment(
    flag: OperatorFlag,
    *,
    by: str,
    second_approver: str,
    reasons: str,
    decision_number: str,
    effective_from: datetime.date | None = None,
) -> OperatorFlag:
    """End a debarment before its day. What it was stays on record."""
    return end(
        flag, verb="lift_debarment", by=by, second_approver=second_approver, reasons=reasons,
        decision_number=decision_number, effective_from=effective_from,
    )  # fmt: skip


def note_dissolved(operator: Operator, *, by: str, on: datetime.date, reasons: str) -> OperatorFlag:
    """Note that the operator does not exist any more; ``reasons`` say where that stands."""
    return enter(
        OperatorFlag, verb="note_dissolved", by=by, effective_from=on, reasons=reasons, operator=operator,
        kind=OperatorFlag.Kind.DISSOLVED,
    )  # fmt: skip


def relate(
    operator: Operator, other: Operator, kind: OperatorRelation.Kind, *, by: str, source: str, reasons: str = ""
) -> OperatorRelation:
    """Note that two operators belong together, and where that was found."""
    if operator.pk == other.pk:
        raise DecisionRefused(_("An operator is not related to itself."))
    if not source.strip():
        raise DecisionRefused(_("Say where this was found."))
    return enter(
        OperatorRelation, verb="relate", by=by, reasons=reasons, operator=operator, other=other, kind=kind,
        source=source.strip(),
    )  # fmt: skip


def relations_of(operator: Operator, *, on: datetime.date | None = None) -> list[OperatorRelation]:
    """What stands of relations to and from an operator. One query."""
    rows = OperatorRelation.objects.filter(Q(operator=operator) | Q(other=operator))
    return standing(rows.select_related("operator", "other"), on=on or clock.today())


def flags_of(
    operators: Iterable[uuid.UUID], *, on: datetime.date | None = None, as_known_on: datetime.date | None = None
) -> dict[uuid.UUID, list[OperatorFlag]]:
    """The flags that stand, by operator. One query."""
    rows = OperatorFlag.objects.filter(operator__in=list(operators))
    found: defaultdict[uuid.UUID, list[OperatorFlag]] = defaultdict(list)
    for flag in standing(rows, on=on or clock.today(), as_known_on=as_known_on):
        found[flag.operator_id].append(flag)
    return found


@transaction.atomic
def rename_agency(agency: Agency, *, name: str, by: str, reasons: str) -> Agency:
    """The agency bears another name from now on. The old one stays, as a former name that the search finds."""
    old, new = agency.name, names.tidy(name)
    if not new or new == old:
        raise DecisionRefused(_("That is the name that it has."))
    if not reasons.strip():
        raise DecisionRefused(_("Say where the new name stands."))
    if Agency.objects.filter(pk=agency.pk, name=old).update(name=new) != 1:
        raise StateChanged(_("Somebody else renamed this agency first. Look again."))
    AgencyName.objects.bulk_create(
        [name_row(agency, old, AgencyName.Kind.FORMER), name_row(agency, new, AgencyName.Kind.CURRENT)]
    )
    record("rename_agency", by=by, on=agency, text=f"{old} → {new}: {reasons.strip()}")
    agency.refresh_from_db()
    return agency


def warn_of(
    *, register: Register, name: str, text: str, by: str, second_approver: str, reasons: str, also: str = "",
    decision_number: str = "",
) -> WarningNotice:  # fmt: skip
    """Publish a warning of somebody who recruits without a licence, by two officers. ``reasons`` stay inside."""
    if not second_approver.strip():
        raise DecisionRefused(_("A public warning needs a second approver."))
    if not (name.strip() and text.strip() and reasons.strip()):
        raise DecisionRefused(_("A warning needs a name, what people should know, and reasons."))
    tidy = names.tidy(name)[:300]
    return enter(
        WarningNotice, verb="warn_of", by=by, second_approver=second_approver, reasons=reasons,
        decision_number=decision_number, register=register, name=tidy, core=names.core(tidy)[:300], text=text.strip(),
        also=also.strip(),
    )  # fmt: skip


def withdraw_warning(notice: WarningNotice, *, by: str, second_approver: str, reasons: str) -> WarningNotice:
    """Take a warning off the site. That there was one stays on record."""
    if not second_approver.strip():
        raise DecisionRefused(_("Withdrawing a warning needs a second approver."))
    return end(notice, verb="withdraw_warning", by=by, second_approver=second_approver, reasons=reasons)


def warnings_standing(*, on: datetime.date | None = None) -> list[WarningNotice]:
    """All warnings that stand, by name. One query: there are few."""
    return sorted(standing(WarningNotice.objects.all(), on=on or clock.today()), key=lambda w: (w.name, str(w.thing)))


def warnings_like(query: str, *, on: datetime.date | None = None) -> list[WarningNotice]:
    """The warnings that stand of a name like this one, or that name this telephone number or other name. One query."""
    core, plain = names.core(query[:200]), names.plain(query[:200])
    if len(plain) < LEAST_LETTERS:
        return []
    return [
        one
        for one in warnings_standing(on=on)
        if fuzz.ratio(core, one.core) >= LIKE or plain in f"{names.plain(one.name)} {names.plain(one.also)}"
    ]
