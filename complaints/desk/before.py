"""Before a case is opened for the first time: does anything tie this person to it? (FIREWALL rule 2, recusal.)

Asked once for each member and case, on the way to any of its pages. What is shown is the cover, as in the queue: enough
to know a name again, and nothing of the story. The answer is in the log; a yes is a recusal, which the veto keeps to.
"""

from __future__ import annotations

from uuid import UUID

from django.db.models import OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from complaints.cases.models import Inspector
from complaints.firewall import access
from complaints.firewall.disclosure import Verb
from complaints.firewall.keys import OpenVault
from complaints.firewall.models import DisclosureDetail

from . import room


def answered(member: Inspector) -> QuerySet[DisclosureDetail]:
    """That this person has answered for a case, or has opened it already; inside a query over cases."""
    return DisclosureDetail.objects.filter(
        case=OuterRef("pk"), inspector=member, verb__in=(Verb.NO_INTEREST, Verb.OPENED)
    )


def page(request: HttpRequest, case_id: UUID, *, by: Inspector, vault: OpenVault) -> HttpResponse | None:
    """The question; None to who cannot open the case anyway."""
    held = [one for one in access.visible_holdings(by).filter(case=case_id) if vault.holds(one.office_id)]
    if not held:
        return None
    holding, cover = next(iter(access.covers([held[0].pk], by=by, vault=vault)), (held[0], None))
    if cover is None:
        return None
    facts = [
        {"label": _("Agency"), "value": room.agency_name(cover)},
        {"label": _("About"), "lines": room.categories(cover)},
        {"label": _("Where the work is"), "value": room.place(cover)},
        {"label": _("Recruited in"), "value": room.recruited_in(cover)},
        {"label": _("Language"), "value": room.language(cover)},
    ]
    return render(request, "desk/before.html", {"case": holding.case, "facts": facts})
