"""What is done to several cases that belong together, as one. None of their stories is opened: each case's keys are,
and what is written into it is sealed under its own. Each case has its own link in the log.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q

from complaints.cases.epochs import CannotSeal
from complaints.cases.models import Case, Holding, Inspector, Membership, Recusal
from complaints.cases.moves import IllegalMove, Overtaken
from complaints.cases.states import OPEN
from complaints.firewall import access, disclosure, members, referrals
from complaints.firewall.access import OpenCase, Unreadable, VaultClosed
from complaints.firewall.disclosure import Verb
from complaints.firewall.keys import OpenVault
from complaints.firewall.models import Approval

from . import actions
from .patterns import Pattern, holdings_of

AT_ONCE = 25  # findings that one request writes: about a second


class NotAColleague(ValueError):
    """The cases of an office go to somebody who works there today."""


class NothingToRefer(ValueError):
    """The agency is in no register here, or no case of the pattern is being worked on yet."""


@dataclass(frozen=True, slots=True)
class Written:
    """How many cases a finding was written into, how many could not take it, and after which the rest begin."""

    done: int
    passed_over: int
    after: UUID | None


def colleagues(pattern: Pattern) -> list[Inspector]:
    """Who can be given the cases."""
    return [one.inspector for one in members.colleagues(pattern.office)]


@transaction.atomic
def assign(pattern: Pattern, *, to: Inspector, by: Inspector) -> int:
    """Put all its open cases into one colleague's hands, but those from which they are recused; how many were.

    Raises NotAColleague.
    """
    here: Collection[Membership] = members.colleagues(pattern.office)
    if to.pk not in {one.inspector_id for one in here}:
        raise NotAColleague
    recused = Recusal.objects.filter(inspector=to).values("case")
    rows = holdings_of(pattern, by).filter(state__in=OPEN).exclude(case__in=recused).exclude(assignee=to)
    found = dict(rows.values_list("case", "pk"))
    # All cases first and then the log, as everybody does.
    alive = list(Case.objects.select_for_update(no_key=True).filter(pk__in=found).order_by("pk"))
    given = [found[case.pk] for case in alive]
    changed = Holding.objects.filter(pk__in=given).update(assignee=to)
    for case in alive:
        disclosure.record(Verb.WORKED_TOGETHER, by=by, office=pattern.office, case=case, subject=to)
    return changed


def find(
    pattern: Pattern, *, by: Inspector, vault: OpenVault, standard: str, text: str, after: UUID | None = None
) -> Written:
    """Record one finding in every case that can take one, AT_ONCE of them after this one, each in its own transaction.

    Raises actions.UnknownStandard, TooLong where the first case refuses it for that.
    """
    rows = holdings_of(pattern, by).filter(state__in=actions.MAY_FIND).order_by("case")
    if after is not None:
        rows = rows.filter(case__gt=after)
    todo = list(rows.values_list("case", flat=True)[: AT_ONCE + 1])
    done = passed_over = 0
    for key in todo[:AT_ONCE]:
        try:
            case = _opened(key, by, vault)
            actions.record_finding(case, by=by, standard=standard, text=text)
        except (Case.DoesNotExist, Unreadable, VaultClosed, Overtaken, IllegalMove, CannotSeal):
            passed_over += 1
        else:
            done += 1
    return Written(done, passed_over, todo[AT_ONCE - 1] if len(todo) > AT_ONCE else None)


def carrier(pattern: Pattern, *, by: Inspector) -> UUID | None:
    """The case whose approval a referral of the pattern hangs on: one that is being worked on; None without one.

    Rather one that all colleagues may see: who is recused from it cannot be the second member.
    """
    rows = holdings_of(pattern, by).filter(state__in=actions.MAY_REFER, office=pattern.office)
    colleagues = members.colleagues(pattern.office).exclude(inspector=by).values("inspector")
    hidden = Count("case__recusals", filter=Q(case__recusals__inspector__in=colleagues))
    return rows.annotate(hidden=hidden).order_by("hidden", "severity", "case").values_list("case", flat=True).first()


def propose(
    pattern: Pattern, *, by: Inspector, vault: OpenVault, standards: Collection[str], evidence_class: str
) -> Approval:
    """Propose to a colleague to tell the regulator of the agency, for all the cases at once.

    Raises NothingToRefer, referrals.NotReferable, Overtaken, CannotSeal.
    """
    agency, key = pattern.agency, carrier(pattern, by=by)
    if agency is None or key is None:
        raise NothingToRefer
    case = _opened(key, by, vault)
    return referrals.propose(case, by=by, agency=agency, standards=standards, evidence_class=evidence_class)


def proposals(pattern: Pattern, *, by: Inspector, vault: OpenVault) -> list[tuple[referrals.Proposal, OpenCase]]:
    """The referrals of its cases that wait for a second member, opened; each opening is in the log."""
    waiting = Approval.objects.filter(
        case__in=holdings_of(pattern, by).values("case"), office=pattern.office,
        purpose=Approval.Purpose.REFERRAL, approved_by=None,
    )  # fmt: skip
    found = []
    for key in waiting.order_by("case").values_list("case", flat=True).distinct()[:AT_ONCE]:
        try:
            case = _opened(key, by, vault)
        except (Case.DoesNotExist, Unreadable, VaultClosed):
            continue
        found += [(one, case) for one in referrals.of_case(case) if one.approval.approved_by is None]
    return found


def approve(pattern: Pattern, approval: Approval, *, by: Inspector, vault: OpenVault) -> None:
    """Approve what a colleague proposed for one of its cases, and so for all.

    Raises Case.DoesNotExist where it is of none of them, and what `referrals.approve` raises.
    """
    if not holdings_of(pattern, by).filter(case=approval.case_id, office=approval.office_id).exists():
        raise Case.DoesNotExist
    referrals.approve(approval, by=by, case=_opened(approval.case_id, by, vault))


def _opened(key: UUID, by: Inspector, vault: OpenVault) -> OpenCase:
    return access.open_case(key, by=by, vault=vault, reason=Verb.WORKED_TOGETHER, story=False)
