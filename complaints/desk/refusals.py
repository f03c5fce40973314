"""Why something was not done at the desk: in one sentence, and with which status it is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from django.db import IntegrityError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from complaints.cases.epochs import CannotSeal
from complaints.cases.moves import Overtaken
from complaints.firewall.approvals import SamePerson
from recruitment_watch.dberrors import constraint_of

Refusal = tuple[str | Promise, int]
FASTER: Refusal = _("A colleague was faster. Here is how it stands now; nothing was changed."), 409
CASE_FASTER: Refusal = _("A colleague was faster. Here is the case as it is now; nothing was changed."), 409
RULES_CHANGED: Refusal = _("The register has changed: choose the rules again."), 409
COMMON: Mapping[type[Exception], Refusal] = MappingProxyType(
    {
        Overtaken: FASTER,
        CannotSeal: (_("An office that has this case too has no certified key today. Nothing was stored."), 409),
        SamePerson: (_("You asked for this yourself. A colleague of your office has to approve it."), 403),
    }
)
FIREWALL: Refusal = _("The firewall refused this. Ask the head of your office."), 403
VETOES = ("firewall_veto", "two_different")


def refused(
    act: Callable[[], object], also: Mapping[type[Exception], Refusal], *, veto: Refusal = FIREWALL
) -> Refusal | None:
    """Do it: None where it is done, else why it is not; `also` and `veto` are what this page says in words of its own.

    Raises whatever is neither in that table, nor in the common one, nor a veto of the database.
    """
    known = {**COMMON, **also}
    try:
        act()
    except tuple(known) as error:
        return next(said for kind, said in reversed(known.items()) if isinstance(error, kind))
    except IntegrityError as error:
        if not constraint_of(error).startswith(VETOES):
            raise
        return veto
    return None
