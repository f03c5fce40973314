"""The directory of help takes two: one proposes, another approves, and only then is anybody shown anything.

Each verb: one transaction with its audit row. ``by`` is the officer's account; what is recorded is the name. A
withdrawal holds at once, because it sends nobody anywhere, and waits here to be confirmed: turning that down puts
nothing back. ``DecisionRefused`` and ``StateChanged`` carry words for the officer.
"""

from __future__ import annotations

import datetime
import uuid
from dataclasses import asdict
from typing import Any, Final

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from agencies.audit import record
from agencies.board.actions import officer_name
from agencies.board.models import ProposedHelp, Stage
from agencies.help_actions import HelpFacts, checked, enter_help, may_enter, may_replace, replace_help, withdraw_help
from agencies.models import HelpEntry
from agencies.refusals import DecisionRefused, StateChanged
from recruitment_watch import clock

Change = ProposedHelp.Change
_ONE_OPEN: Final = "agencies_board_help_one_open"


@transaction.atomic
def propose_help(facts: HelpFacts, *, by: User, entry: HelpEntry | None = None) -> ProposedHelp:
    """Propose a new address, or new facts in the place of ``entry``. Nobody is shown them before another approves."""
    tidy = checked(facts)
    if entry is None:
        may_enter(tidy)
        return _propose(Change.ENTER, by=by, name=tidy.name, facts=_as_json(tidy))
    may_replace(entry, tidy)
    return _propose(Change.REPLACE, by=by, name=tidy.name, facts=_as_json(tidy), entry=entry)


@transaction.atomic
def withdraw_at_once(entry: HelpEntry, *, reason: str, by: User) -> ProposedHelp:
    """Take an entry out of what people see, and ask another officer to confirm it."""
    gone = withdraw_help(entry, reason=reason, by=officer_name(by))
    return _propose(Change.WITHDRAW, by=by, name=gone.name, entry=gone)


def approve_help(proposal: ProposedHelp, *, by: User) -> HelpEntry | None:
    """Approve what another proposed: the entry that people are shown from now on; None for a withdrawal.

    DecisionRefused: the same officer, or it may not stand there now. StateChanged: another closed the proposal first,
    or the entry was changed or withdrawn meanwhile; in the second case the proposal is OVERTAKEN.
    """
    try:
        return _approve(proposal.pk, by=by)
    except _Overtaken as error:
        _close(proposal.pk, Stage.OVERTAKEN, by=by, verb="overtaken_help")
        raise StateChanged(str(error)) from None
    finally:
        proposal.refresh_from_db()


@transaction.atomic
def turn_down_help(proposal: ProposedHelp, *, by: User) -> None:
    """Take a proposal back (its proposer) or turn it down (a second officer). It stays on record.

    A withdrawal holds already: only a second officer says what is thought of it.
    """
    if proposal.change == Change.WITHDRAW and proposal.proposed_by_user_id == by.pk:
        raise DecisionRefused(_("You withdrew this. Another officer must look at it."))
    _close(proposal.pk, Stage.WITHDRAWN, by=by, verb="turn_down_help")
    proposal.refresh_from_db()


def facts_proposed(proposal: ProposedHelp) -> HelpFacts:
    """The facts that wait, as they were typed in."""
    given: dict[str, Any] = dict(proposal.facts)
    given["checked_on"] = datetime.date.fromisoformat(given["checked_on"])
    given |= {name: tuple(given[name]) for name in ("phones", "languages")}
    return HelpFacts(**given)


class _Overtaken(StateChanged):
    """The entry is no longer what the proposer saw."""


@transaction.atomic
def _approve(key: uuid.UUID, *, by: User) -> HelpEntry | None:
    name = officer_name(by)
    # The row's lock makes officers who approve at once go one after the other.
    proposal = ProposedHelp.objects.select_for_update().get(pk=key)
    if proposal.stage != Stage.PROPOSED:
        raise StateChanged(_("Another officer closed this proposal first."))
    if proposal.proposed_by_user_id == by.pk:
        raise DecisionRefused(_("You proposed this. Another officer must approve it."))
    result = _entered(proposal, second_approver=name)
    _close(key, Stage.APPROVED, by=by, verb="confirm_help", result=result)
    return result


def _entered(proposal: ProposedHelp, *, second_approver: str) -> HelpEntry | None:
    if proposal.change == Change.WITHDRAW:
        return None
    facts, by = facts_proposed(proposal), proposal.proposed_by
    if proposal.change == Change.ENTER:
        return enter_help(facts, by=by, second_approver=second_approver)
    assert proposal.entry is not None  # the database holds a change to that
    try:
        return replace_help(proposal.entry, facts, by=by, second_approver=second_approver)
    except StateChanged as error:
        raise _Overtaken(str(error)) from error


def _propose(
    change: ProposedHelp.Change,
    *,
    by: User,
    name: str,
    facts: dict[str, Any] | None = None,
    entry: HelpEntry | None = None,
) -> ProposedHelp:
    officer = officer_name(by)
    try:
        with transaction.atomic():
            proposal = ProposedHelp.objects.create(
                change=change,
                entry=entry,
                facts=facts or {},
                proposed_by=officer,
                proposed_by_user=by,
                proposed_at=clock.now(),
            )
    except IntegrityError as error:
        if _ONE_OPEN in str(error):
            raise DecisionRefused(_("A proposal for this address waits already. Close that one first.")) from None
        raise
    record("propose_help", by=officer, on=proposal, text=f"{change}: {name}")
    return proposal


@transaction.atomic
def _close(key: uuid.UUID, stage: Stage, *, by: User, verb: str, result: HelpEntry | None = None) -> None:
    name = officer_name(by)
    changed = ProposedHelp.objects.filter(pk=key, stage=Stage.PROPOSED).update(
        stage=stage, closed_by=name, closed_by_user=by, closed_at=clock.now(), result=result
    )
    if changed != 1:
        raise StateChanged(_("Another officer closed this proposal first."))
    record(verb, by=name, on=ProposedHelp.objects.get(pk=key), text=stage)


def _as_json(facts: HelpFacts) -> dict[str, Any]:
    return asdict(facts) | {"checked_on": facts.checked_on.isoformat()}
