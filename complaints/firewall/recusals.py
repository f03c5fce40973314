"""A member who must not see a case says so before it is opened; the veto keeps to it (FIREWALL rule 2)."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from complaints.cases import clocks
from complaints.cases.models import Case, Inspector, Recusal
from recruitment_watch import clock

from . import disclosure
from .access import visible_holdings
from .disclosure import Verb
from .members import colleagues


@transaction.atomic
def recuse(case_id: UUID, *, by: Inspector) -> bool:
    """Give up seeing a case, for good; tell whether a colleague is left who can. The vault need not be open.

    Raises Case.DoesNotExist to who may not know of it.
    """
    holding = visible_holdings(by).filter(case=case_id).select_related("case", "office").first()
    if holding is None:
        raise Case.DoesNotExist
    disclosure.record(Verb.RECUSED, by=by, office=holding.office, case=holding.case, subject=by)
    Recusal.objects.create(case=holding.case, inspector=by, week=clocks.week(clock.now()))
    recused = Recusal.objects.filter(case=case_id).values("inspector")
    return colleagues(holding.office).exclude(inspector__in=recused).exists()
