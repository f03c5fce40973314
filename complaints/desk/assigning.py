"""Giving cases into a colleague's hands: one verb, for one case or for a whole page of them.

It needs no open case, and opens none: who works on what is the office's own affair. The veto keeps a case from whoever
is recused from it (FIREWALL rule 2); here that is said in words, and which case it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db import IntegrityError, transaction

from complaints.cases.models import Case, Holding, Inspector, Recusal
from complaints.cases.moves import IllegalMove, Overtaken
from complaints.cases.states import OPEN, State
from complaints.firewall import disclosure
from complaints.firewall.access import current_memberships, visible_holdings
from complaints.firewall.disclosure import Verb
from recruitment_watch.dberrors import constraint_of


class Recused(ValueError):
    """The member has said that this case is not for them."""


class NotHere(ValueError):
    """The member does not work in the office that holds the case."""


@dataclass(frozen=True, slots=True)
class Pick:
    """A holding, and in whose hands it was when somebody chose it."""

    holding: UUID
    was: UUID | None = None


@dataclass(slots=True)
class Given:
    """What became of each pick, by what cases are called: given, or why not."""

    given: list[str] = field(default_factory=list)
    recused: list[str] = field(default_factory=list)
    not_here: list[str] = field(default_factory=list)
    overtaken: list[str] = field(default_factory=list)


@transaction.atomic
def assign(pick: Pick, *, to: Inspector, by: Inspector) -> Holding:
    """Put one open case into `to`'s hands, out of those in which it was when it was chosen.

    Raises Case.DoesNotExist where `by` may not know of it; Recused; NotHere; IllegalMove for a case on which nobody
    works any more; Overtaken where it is in other hands by now. Nothing is changed then.
    """
    holding = visible_holdings(by).filter(pk=pick.holding).select_related("case", "office").first()
    if holding is None:
        raise Case.DoesNotExist
    now = Case.objects.select_for_update(no_key=True).only("state").get(pk=holding.case_id)
    if now.state not in OPEN or Holding.objects.filter(pk=holding.pk, state=State.CLOSED).exists():
        raise IllegalMove("not of a case that is over for the office")
    if not current_memberships(to).filter(office=holding.office).exists():
        raise NotHere
    if Recusal.objects.filter(case=holding.case, inspector=to).exists():
        raise Recused
    _put(holding, pick, to)
    disclosure.record(Verb.ASSIGNED, by=by, office=holding.office, case=holding.case, subject=to)
    return holding


def _put(holding: Holding, pick: Pick, to: Inspector) -> None:
    refused = ""
    try:
        with transaction.atomic():
            if not Holding.objects.filter(pk=holding.pk, assignee=pick.was).update(assignee=to):
                raise Overtaken("in other hands by now")
    except IntegrityError as error:  # they left, or were recused, a moment ago
        refused = constraint_of(error)
        if refused not in REFUSALS:
            raise
    if refused:
        raise REFUSALS[refused]
    holding.assignee = to


REFUSALS = {"firewall_veto_recused": Recused, "firewall_veto_assignee": NotHere}


def assign_all(picks: Sequence[Pick], *, to: Inspector, by: Inspector) -> Given:
    """The same for many, each by itself: what cannot be given keeps nothing else from being given.

    What `by` may not know of is left out without a word.
    """
    names = dict(visible_holdings(by).filter(pk__in=[one.holding for one in picks]).values_list("pk", "case"))
    done = Given()
    for pick in picks:
        if pick.holding not in names:
            continue
        where = done.given
        try:
            assign(pick, to=to, by=by)
        except Recused:
            where = done.recused
        except NotHere:
            where = done.not_here
        except (Overtaken, IllegalMove):
            where = done.overtaken
        except Case.DoesNotExist:
            continue
        where.append(Case(pk=names[pick.holding]).reference)
    return done
