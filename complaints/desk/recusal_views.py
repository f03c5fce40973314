"""Before a case is opened: that nothing ties one to it, or giving it up; from the queue too, without the vault."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from complaints.cases.models import Case
from complaints.firewall import access, disclosure, recusals
from complaints.firewall.disclosure import Verb

from .gate import inspector_of
from .office_forms import SureForm


@login_required
def before(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The answer that nothing ties them to the case: it opens now."""
    me = inspector_of(request)
    holding = access.visible_holdings(me).filter(case=case_id).select_related("case", "office").first()
    if holding is None:
        raise Http404
    if request.method == "POST":
        try:
            disclosure.record(Verb.NO_INTEREST, by=me, office=holding.office, case=holding.case)
        except Case.DoesNotExist:
            raise Http404 from None
    return redirect("desk:case", case_id)


@login_required
def recuse(request: HttpRequest, case_id: UUID) -> HttpResponse:
    me = inspector_of(request)
    case = access.visible_cases(me).filter(pk=case_id).first()
    if case is None:
        raise Http404
    form = SureForm(_("I will not see this case again"), request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            somebody = recusals.recuse(case_id, by=me)
        except Case.DoesNotExist:
            raise Http404 from None
        messages.success(request, _("You will not see this case again."))
        if not somebody:
            messages.warning(request, _("Nobody in your office can read it now. Your head should hand it back."))
        return redirect("desk:queue")
    return render(request, "desk/recuse.html", {"case": case, "form": form}, status=422 if form.errors else 200)
