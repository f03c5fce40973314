"""Protective disclosures: what two members told somebody to save a life (FIREWALL rule 11).

There is no egress to police. Nothing is sent from here: inspectors who must act on imminent danger act as people do,
and write down to whom they said what, and why. The complainant reads it in the mailbox as soon as that is safe.
"""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from complaints.cases import clocks
from complaints.cases.models import Inspector, Message
from recruitment_watch import clock

from . import approvals, disclosure, letters
from .access import OpenCase, require_visible
from .disclosure import Verb
from .models import Approval, ProtectiveDisclosure


@transaction.atomic
def approve(approval: Approval, *, by: Inspector, case: OpenCase) -> ProtectiveDisclosure:
    """The second member stands by it too: from now on it is recorded. Raises what approvals.approve does."""
    approvals.approve(approval, by=by, case=case)
    return ProtectiveDisclosure.objects.create(approval=approval)


@transaction.atomic
def tell(approval: Approval, *, by: Inspector, case: OpenCase) -> Message:
    """Tell the complainant, now that it is safe: to whom, what, and why, as it was recorded. Once.

    Raises Overtaken, CannotSeal, Unreadable; Case.DoesNotExist to who has lost the case.
    """
    require_visible(case, by)
    content = approvals.opened(approval, case=case)
    key = case.writing_key()
    approvals.spend(approval, case=case, purpose=Approval.Purpose.PROTECTIVE)
    week = clocks.week(clock.now())
    ProtectiveDisclosure.objects.filter(pk=approval.pk).update(told_week=week)
    said = {name: content.get(name, "") for name in ("to", "said", "why")}
    with letters.in_their_language(case):
        text = _("To protect you or somebody else, two inspectors told %(to)s this: %(said)s\n\nWhy: %(why)s") % said
    message = letters.write(case, text, key)
    disclosure.record(Verb.PROTECTIVE_TOLD, by=by, office=case.office, case=case.case)
    return message
