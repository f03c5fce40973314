"""What officers do together: one proposes, another approves, and only then is the licence decided.

Each verb: one transaction with its audit row. ``by`` is the officer's account; what is recorded and published
is the name. ``DecisionRefused`` and ``StateChanged`` (from ``agencies.refusals``) carry words for the officer.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from agencies.actions import check_order, correct, decide
from agencies.around.conditions import Clearing
from agencies.around.inquiries import check_found
from agencies.audit import record
from agencies.board import sanctions
from agencies.board.models import ProposedDecision, Stage
from agencies.board.signing import officer_name as officer_name  # also for those who look for it here
from agencies.licensing import BEFORE_BOARD, NEEDS_STANDARDS, SUSPENDED, TRANSITIONS, EventKind, State, status_on
from agencies.models import Appeal, Licence, LicenceEvent
from agencies.models.kept import standing
from agencies.refusals import DecisionRefused, StateChanged
from recruitment_watch import clock

_ONE_OPEN: Final = "agencies_board_proposed_one_open"


def open_states(licence: Licence, *, on: datetime.date | None = None) -> list[State]:
    """The states that a decision may lead this licence to, from the one it has on that day (today)."""
    return sorted(TRANSITIONS[status_on(licence, on or clock.today()).state], key=list(State).index)


@transaction.atomic
def propose(
    licence: Licence,
    to: State | None,
    *,
    by: User,
    reasons: str,
    legal_basis: str,
    decision_number: str,
    standards: Sequence[str] = (),
    effective_from: datetime.date | None = None,
    seen: int | None = None,
    kind: EventKind = EventKind.DECISION,
    about: LicenceEvent | None = None,
    cleared: Mapping[uuid.UUID, Clearing] | None = None,
    urgent: str = "",
    inquiry: uuid.UUID | None = None,
) -> ProposedDecision:
    """Propose a decision. It has no effect until another officer approves it; a sanction comes before the board first.

    ``seen`` is the number of events the proposer saw (None: all there are now). One open proposal a licence.
    ``about`` is what an appeal, a stay, its end or a correction speaks of; ``to`` None strikes that out. ``urgent``
    says why a suspension cannot wait for the board; ``inquiry`` is the key of one that found a breach.
    """
    name = officer_name(by)
    count = licence.events.count()
    if seen is not None and seen != count:
        raise StateChanged(_("Another decision was recorded since you looked."))
    if not reasons.strip():
        raise DecisionRefused(_("A decision needs its reasons."))
    if to in NEEDS_STANDARDS and not standards:
        raise DecisionRefused(_("Name the standards that were broken."))
    sanctions.check_urgent(to, kind, urgent)
    if inquiry is not None:
        check_found(inquiry, licence)
    _check_way(licence, to, kind=kind, about=about, effective_from=effective_from or clock.today())
    proposal = _enter(
        licence=licence, kind=kind, to_state=to or "", about=about,
        cleared={str(key): {"met": said.met, "why": said.why} for key, said in (cleared or {}).items()},
        reasons=reasons.strip(), standards=list(standards), legal_basis=legal_basis, decision_number=decision_number,
        effective_from=effective_from, urgent=urgent.strip(), inquiry=inquiry, seen=count, proposed_by=name,
        proposed_by_user=by, proposed_at=clock.now(),
    )  # fmt: skip
    record("propose_decision", by=name, on=proposal, text=f"{licence.number} {kind} → {to}, {decision_number}")
    if sanctions.comes_before_board(to, kind):
        sanctions.bring(proposal)
    return proposal


def _enter(**facts: Any) -> ProposedDecision:
    try:
        with transaction.atomic():
            return ProposedDecision.objects.create(**facts)
    except IntegrityError as error:
        if _ONE_OPEN in str(error):
            raise DecisionRefused(_("A proposal for this licence waits already. Close that one first.")) from None
        raise


def approve(proposal: ProposedDecision, *, by: User, revision: int | None = None) -> LicenceEvent:
    """Approve what another officer proposed, and decide the licence, all or nothing.

    DecisionRefused: the same officer, the board has not advised on it, or the law does not allow it now.
    StateChanged: another officer closed the proposal first, it reads otherwise than the ``revision`` that the approver
    saw (None: not asked), or another decision came in between; in the last case the proposal is OVERTAKEN.
    """
    try:
        return _approve(proposal.pk, by=by, revision=revision)
    except _Overtaken as error:
        _close(proposal.pk, Stage.OVERTAKEN, by=by, verb="overtaken_decision")
        raise StateChanged(str(error)) from None
    finally:
        proposal.refresh_from_db()


@transaction.atomic
def withdraw(proposal: ProposedDecision, *, by: User, reasons: str = "") -> None:
    """Take a proposal back (its proposer) or turn it down (a second officer). It stays on record.

    ``reasons`` are needed, and published, where the board has advised it.
    """
    _close(proposal.pk, Stage.WITHDRAWN, by=by, verb="withdraw_decision")
    sanctions.dropped(proposal, by=officer_name(by), reasons=reasons)
    proposal.refresh_from_db()


class _Overtaken(StateChanged):
    """The licence has more events than the proposer saw."""


@transaction.atomic
def _approve(key: uuid.UUID, *, by: User, revision: int | None) -> LicenceEvent:
    name = officer_name(by)
    # The row's lock makes officers who approve at once go one after the other.
    proposal = ProposedDecision.objects.select_for_update().get(pk=key)
    _open_or_raise(proposal)
    if proposal.proposed_by_user_id == by.pk:
        raise DecisionRefused(_("You proposed this. Another officer must approve it."))
    _check_current(proposal)
    sanctions.check_advised(proposal, by=by, revision=revision)
    try:
        event = _decide(proposal, second_approver=name)
    except StateChanged as error:
        raise _Overtaken(str(error)) from error
    changed = ProposedDecision.objects.filter(pk=key, stage=Stage.PROPOSED).update(
        stage=Stage.APPROVED, closed_by=name, closed_by_user=by, closed_at=clock.now(), event=event
    )
    if changed != 1:
        raise StateChanged(_("Another officer closed this proposal first."))
    record("approve_decision", by=name, on=proposal, text=proposal.decision_number)
    sanctions.decided(proposal)
    return event


def _decide(proposal: ProposedDecision, *, second_approver: str) -> LicenceEvent:
    """The event that the proposal asks for, through the register's own verbs."""
    licence = Licence.objects.get(pk=proposal.licence_id)
    to = State(proposal.to_state) if proposal.to_state else None
    if proposal.kind == EventKind.CORRECTION:
        assert proposal.about is not None  # a constraint holds it
        return correct(
            proposal.about, to=to, by=proposal.proposed_by,
            second_approver=second_approver, reasons=proposal.reasons, decision_number=proposal.decision_number,
            effective_from=proposal.effective_from, standards=proposal.standards, legal_basis=proposal.legal_basis,
        )  # fmt: skip
    return decide(
        licence,
        State(proposal.to_state),
        kind=EventKind(proposal.kind),
        overturns=proposal.about,
        by=proposal.proposed_by,
        second_approver=second_approver,
        reasons=proposal.reasons,
        legal_basis=proposal.legal_basis,
        decision_number=proposal.decision_number,
        standards=proposal.standards,
        effective_from=proposal.effective_from,
        seen=proposal.seen,
        cleared={uuid.UUID(key): Clearing(said["met"], said["why"]) for key, said in proposal.cleared.items()},
    )


def _check_way(
    licence: Licence, to: State | None, *, kind: EventKind, about: LicenceEvent | None, effective_from: datetime.date
) -> None:
    """Whether the law lets such a decision be taken now."""
    if kind == EventKind.CORRECTION:
        return _check_correction(licence, about, to)
    if to is None:
        raise DecisionRefused(_("A decision needs the state that it leads to."))
    if kind == EventKind.APPEAL and about and standing(Appeal.objects.filter(event=about), on=clock.today()):
        raise DecisionRefused(_("An appeal against this decision is pending. Close it there, as upheld."))
    check_order(licence, to, kind=kind, overturns=about, effective_from=effective_from)
    return None


def _check_correction(licence: Licence, about: LicenceEvent | None, to: State | None) -> None:
    if about is None or about.licence_id != licence.pk:
        raise DecisionRefused(_("Say which event is recorded wrongly."))
    if about.corrected_by.exists():
        raise DecisionRefused(_("This event was corrected already: correct the correction."))
    alike = SUSPENDED if to in SUSPENDED else {to}
    if to in BEFORE_BOARD and not any(wording.to_state in alike for wording in _wordings(about)):
        raise DecisionRefused(_("That would be a new sanction: propose it, so that the board can advise."))


def _wordings(event: LicenceEvent) -> Iterator[LicenceEvent]:
    """An event, and what it corrects, to the first."""
    found: LicenceEvent | None = event
    while found is not None:
        yield found
        found = found.corrects


def _check_current(proposal: ProposedDecision) -> None:
    """Overtaken is said before what the board has or has not advised."""
    if LicenceEvent.objects.filter(licence_id=proposal.licence_id).count() != proposal.seen:
        raise _Overtaken(_("Another decision was recorded since you looked."))


@transaction.atomic
def _close(key: uuid.UUID, stage: Stage, *, by: User, verb: str) -> None:
    name = officer_name(by)
    changed = ProposedDecision.objects.filter(pk=key, stage=Stage.PROPOSED).update(
        stage=stage, closed_by=name, closed_by_user=by, closed_at=clock.now()
    )
    if changed != 1:
        raise StateChanged(_("Another officer closed this proposal first."))
    proposal = ProposedDecision.objects.get(pk=key)
    record(verb, by=name, on=proposal, text=proposal.decision_number)
    if stage == Stage.OVERTAKEN:
        sanctions.overtaken(proposal)


def _open_or_raise(proposal: ProposedDecision) -> None:
    if proposal.stage != Stage.PROPOSED:
        raise StateChanged(
            _("%(name)s closed this proposal first: %(stage)s.")
            % {"name": proposal.closed_by, "stage": proposal.get_stage_display()}
        )
