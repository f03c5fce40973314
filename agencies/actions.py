"""What a regulator does in the register. Each verb: ``by=`` a name, one transaction, one audit row."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping, Sequence
from typing import Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from agencies import names
from agencies.around.conditions import Clearing, clear_conditions
from agencies.audit import record
from agencies.licensing import ADVERSE, NEEDS_STANDARDS, SUSPENDED, EventKind, State, Status, allowed, course_on
from agencies.models import (
    Agency,
    AgencyName,
    Licence,
    LicenceEvent,
    Operator,
    Place,
    Referral,
    Register,
    Standard,
)
from agencies.refusals import DecisionRefused, StateChanged
from recruitment_watch import clock

_POSITION: Final = "agencies_licenceevent_position_once"


@transaction.atomic
def register_agency(
    *,
    register: Register,
    name: str,
    by: str,
    operator: Operator | None = None,
    types: Sequence[str] = (),
    trading_names: Sequence[str] = (),
    former_names: Sequence[str] = (),
    address: str = "",
    phones: Sequence[str] = (),
    email: str = "",
) -> Agency:
    """Enter an agency in the home register. That gives it no licence."""
    agency = Agency.objects.create(
        register=register,
        operator=operator,
        name=names.tidy(name),
        country=register.country,
        types=list(types),
    )
    kinds = AgencyName.Kind
    given = [(name, kinds.CURRENT)]
    given += [(x, kinds.TRADING) for x in trading_names] + [(x, kinds.FORMER) for x in former_names]
    AgencyName.objects.bulk_create(name_row(agency, text, kind) for text, kind in given)
    if address or phones or email:
        Place.objects.create(
            agency=agency,
            register=register,
            address=address,
            phones=list(phones),
            phones_raw=", ".join(phones),
            email=email,
        )
    record("register_agency", by=by, on=agency, text=agency.name)
    return agency


def name_row(agency: Agency, text: str, kind: AgencyName.Kind) -> AgencyName:
    """A name, unsaved, with its script and its form for searching."""
    tidy = names.tidy(text)[:300]
    return AgencyName(agency=agency, name=tidy, kind=kind, script=names.script_of(tidy), core=names.core(tidy)[:300])


@transaction.atomic
def name_standard(*, register: Register, code: str, title: str, by: str, source: str = "") -> Standard:
    """Enter a numbered duty that decisions, findings and referrals name by its code."""
    standard = Standard.objects.create(register=register, code=code, title=title, source=source)
    record("name_standard", by=by, on=standard, text=code)
    return standard


@transaction.atomic
def grant_licence(
    *,
    agency: Agency,
    number: str,
    valid_from: datetime.date,
    valid_to: datetime.date,
    decision_number: str,
    legal_basis: str,
    by: str,
    provisional: bool = False,
    reasons: str = "",
    reason_codes: Sequence[str] = (),
    decided_on: datetime.date | None = None,
) -> Licence:
    """Grant a licence for a period, first and last day included. There is no other way to a licence."""
    if not agency.register.is_home:
        raise DecisionRefused(_("Licences are granted in the home register only."))
    licence = _new_licence(agency, number, valid_from, valid_to)
    state = State.PROVISIONAL if provisional else State.ACTIVE
    _append(
        licence,
        kind=EventKind.DECISION,
        to=state,
        position=1,
        by=by,
        second_approver="",
        reasons=reasons,
        standards=(),
        reason_codes=reason_codes,
        legal_basis=legal_basis,
        decision_number=decision_number,
        decided_on=decided_on,
        effective_from=valid_from,
    )
    record("grant_licence", by=by, on=licence, text=f"{licence.number} {valid_from} {valid_to} {state}")
    return licence


@transaction.atomic
def decide(
    licence: Licence,
    to: State,
    *,
    by: str,
    reasons: str,
    legal_basis: str,
    decision_number: str,
    second_approver: str = "",
    standards: Sequence[str] = (),
    reason_codes: Sequence[str] = (),
    effective_from: datetime.date | None = None,
    decided_on: datetime.date | None = None,
    appeal_deadline: datetime.date | None = None,
    kind: EventKind = EventKind.DECISION,
    overturns: LicenceEvent | None = None,
    seen: int | None = None,
    cleared: Mapping[uuid.UUID, Clearing] | None = None,
) -> LicenceEvent:
    """Suspend, lift, revoke, take back, or (``kind`` APPEAL or STAY with ``overturns``) undo a decision.

    STAY_ENDED with ``overturns`` naming the stay brings back what the stay held back. ``effective_from`` None is
    today. ``seen`` is the number of events that the decider saw: when there are more by now, or another decision
    lands in between, StateChanged is raised and nothing is written. Lifting a suspension (a decision for ACTIVE)
    says of each condition that is still open, in ``cleared``, whether it is met or why it stays.
    """
    if kind == EventKind.CORRECTION:
        raise DecisionRefused(_("A correction goes through correct()."))
    effective_from = effective_from or clock.today()
    _check_persons(to, by=by, second_approver=second_approver)
    _check_grounds(to, standards=standards, reasons=reasons)
    position = _next_position(licence, seen)
    try:
        old = check_order(licence, to, kind=kind, overturns=overturns, effective_from=effective_from)
    except DecisionRefused:
        _next_position(licence, position - 1)  # was it refused because of a decision that has just landed?
        raise
    event = _append(
        licence,
        kind=kind,
        to=to,
        position=position,
        by=by,
        second_approver=second_approver,
        reasons=reasons,
        standards=standards,
        reason_codes=reason_codes,
        legal_basis=legal_basis,
        decision_number=decision_number,
        decided_on=decided_on,
        effective_from=effective_from,
        appeal_deadline=appeal_deadline,
        overturns=_root(overturns) if overturns else None,
    )
    if kind == EventKind.DECISION and old.state in SUSPENDED and to == State.ACTIVE:
        clear_conditions(licence, cleared or {}, event=event, by=by)
    record("decide", by=by, on=licence, text=f"{old.state} → {to} from {effective_from}, {decision_number}")
    return event


@transaction.atomic
def correct(
    event: LicenceEvent,
    *,
    by: str,
    second_approver: str,
    reasons: str,
    decision_number: str,
    to: State | None,
    effective_from: datetime.date | None = None,
    standards: Sequence[str] | None = None,
    legal_basis: str | None = None,
) -> LicenceEvent:
    """Correct the record by a new event; ``to`` None strikes the old one out. The old one stays visible.

    Only what was recorded wrongly is corrected so. A wrong decision is undone by an appeal.
    """
    if event.corrected_by.exists():
        raise DecisionRefused(_("This event was corrected already: correct the correction."))
    if to is None and _root(event).position == 1:
        raise DecisionRefused(_("A grant is not struck out: declare the licence void."))
    _check_persons(State.VOID, by=by, second_approver=second_approver)
    given = list(event.standards if standards is None else standards)
    _check_grounds(to, standards=given, reasons=reasons)
    new = _append(
        event.licence,
        kind=EventKind.CORRECTION,
        to=to,
        position=_next_position(event.licence, None),
        by=by,
        second_approver=second_approver,
        reasons=reasons,
        standards=given,
        reason_codes=event.reason_codes,
        legal_basis=legal_basis or event.legal_basis,
        decision_number=decision_number,
        effective_from=effective_from or event.effective_from,
        corrects=event,
    )
    record("correct", by=by, on=event.licence, text=f"{event.decision_number} by {decision_number}")
    return new


@transaction.atomic
def take_referral(referral: Referral, *, by: str) -> None:
    """A licensing officer takes a referral. Kept to the quarter: a day would date the referral itself."""
    today = clock.today()
    changed = Referral.objects.filter(pk=referral.pk, state=Referral.State.RECEIVED).update(
        state=Referral.State.TAKEN, taken_by=by, taken_in=f"{today.year}-Q{(today.month + 2) // 3}"
    )
    if changed != 1:
        raise StateChanged(_("Somebody else took this referral first."))
    referral.refresh_from_db()


@transaction.atomic
def close_referral(referral: Referral, *, by: str) -> None:
    """Close a referral that was taken."""
    changed = Referral.objects.filter(pk=referral.pk, state=Referral.State.TAKEN).update(state=Referral.State.CLOSED)
    if changed != 1:
        raise StateChanged(_("This referral is not being worked on."))
    referral.refresh_from_db()


def _new_licence(agency: Agency, number: str, valid_from: datetime.date, valid_to: datetime.date) -> Licence:
    core = names.number_core(number)
    if not core:
        raise DecisionRefused(_("A licence needs a number."))
    if valid_to < valid_from:
        raise DecisionRefused(_("The licence would end before it begins."))
    if Licence.objects.filter(register=agency.register, number_core=core).exclude(agency=agency).exists():
        raise DecisionRefused(_("Another agency has this licence number."))
    try:
        with transaction.atomic():
            return Licence.objects.create(
                agency=agency,
                register=agency.register,
                number=names.tidy(number),
                number_core=core,
                valid_from=valid_from,
                valid_to=valid_to,
            )
    except IntegrityError as error:
        raise StateChanged(_("This licence number is already granted from that day.")) from error


def check_order(
    licence: Licence,
    to: State,
    *,
    kind: EventKind,
    overturns: LicenceEvent | None,
    effective_from: datetime.date,
) -> Status:
    """The status that this decision meets on its first day. DecisionRefused where it may not follow that."""
    came = course_on(licence, effective_from)
    old = came.status.run_out(valid_to=licence.valid_to, on=effective_from)
    if not allowed(old.state, to, kind, stayed=came.stayed):
        raise DecisionRefused(
            _("From “%(old)s” the state cannot become “%(new)s”.")
            % {"old": old.state.label if old.state else _("no licence"), "new": to.label}
        )
    if (overturns is None) != (kind == EventKind.DECISION):
        raise DecisionRefused(_("An appeal or a stay names the decision that it takes back."))
    if overturns is not None and _root(overturns).pk not in came.answerable(kind):
        raise DecisionRefused(_("That decision is not the one in force."))
    return old


def _check_persons(to: State, *, by: str, second_approver: str) -> None:
    if not by.strip():
        raise DecisionRefused(_("A decision needs the name of who decides."))
    if to in ADVERSE and not second_approver.strip():
        raise DecisionRefused(_("A decision against an agency needs a second approver."))
    if second_approver.strip() and names.fold_key(by) == names.fold_key(second_approver):
        raise DecisionRefused(_("The second approver must be another person."))


def _check_grounds(to: State | None, *, standards: Sequence[str], reasons: str) -> None:
    if to in NEEDS_STANDARDS and not standards:
        raise DecisionRefused(_("Name the standards that were broken."))
    if not reasons.strip():
        raise DecisionRefused(_("A decision needs its reasons."))


def _next_position(licence: Licence, seen: int | None) -> int:
    count = licence.events.count()
    if seen is not None and seen != count:
        raise StateChanged(_("Another decision was recorded since you looked."))
    return count + 1


def _root(event: LicenceEvent) -> LicenceEvent:
    while event.corrects is not None:
        event = event.corrects
    return event


def _append(
    licence: Licence,
    *,
    kind: EventKind,
    to: State | None,
    position: int,
    by: str,
    second_approver: str,
    reasons: str,
    standards: Sequence[str],
    reason_codes: Sequence[str],
    legal_basis: str,
    decision_number: str,
    effective_from: datetime.date,
    decided_on: datetime.date | None = None,
    appeal_deadline: datetime.date | None = None,
    corrects: LicenceEvent | None = None,
    overturns: LicenceEvent | None = None,
) -> LicenceEvent:
    """Insert the event at ``position``. Whoever comes second to it gets StateChanged."""
    today = clock.today()
    event = LicenceEvent(
        licence=licence,
        position=position,
        kind=kind,
        to_state=to or "",
        decision_number=decision_number,
        legal_basis=legal_basis,
        reason_codes=list(reason_codes),
        standards=list(standards),
        reasons=reasons,
        decided_on=decided_on or today,
        decided_by=by,
        second_approver=second_approver,
        second_approved_on=(decided_on or today) if second_approver else None,
        effective_from=effective_from,
        recorded_at=clock.now(),
        published_on=today,
        appeal_deadline=appeal_deadline,
        corrects=corrects,
        overturns=overturns,
    )
    try:
        with transaction.atomic():
            event.save(force_insert=True)
    except IntegrityError as error:
        if _POSITION in str(error):
            raise StateChanged(_("Another decision was recorded at the same moment. Look again.")) from error
        raise
    return event
