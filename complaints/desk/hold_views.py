"""Keeping a closed case beyond its week: asked by one member with a reason, approved by another, lifted by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from complaints.firewall import approvals
from complaints.firewall.access import OpenCase, Unreadable
from complaints.firewall.models import Approval
from complaints.vault.padding import MESSAGE_MAX
from recruitment_watch.web.forms import QuestionForm

from . import room
from .forms import BESIDE, fits
from .gate import reopen, verb, with_case
from .refusals import FASTER, refused

HOLD = Approval.Purpose.HOLD


class HoldForm(QuestionForm):
    reason = forms.CharField(
        label=_l("Why must the case be kept?"),
        help_text=_l("For example: a court has not decided yet, and which one. Your colleague reads this."),
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _l("Write why the case must be kept.")},
    )

    def clean_reason(self) -> str:
        return fits(self.cleaned_data["reason"], MESSAGE_MAX - BESIDE)


def summary(case: OpenCase) -> dict[str, Any]:
    """The office's hold on a case as `desk/_hold.html` shows it: {stands, waits, mine}, and until when it is kept."""
    hold = approvals.open_of(case, HOLD)
    waits = hold is not None and hold.approved_by_id is None
    return {
        "stands": hold is not None and not waits,
        "waits": waits,
        "mine": hold is not None and hold.asked_by_id == case.member.pk,
        "dies": room.week(case.case.death_week),
    }


@with_case
def hold(request: HttpRequest, case: OpenCase) -> HttpResponse:
    """What a hold is, the one that waits or stands, or a form to ask for one."""
    if request.method != "POST":
        return _page(request, case)
    form = HoldForm(request.POST)
    if not form.is_valid():
        return _page(request, case, form=form, status=422)
    content = {"reason": form.cleaned_data["reason"]}
    done = _("A colleague has to approve it now. Until then the case is not held.")
    return _do(request, case, lambda: approvals.ask(case, by=case.member, purpose=HOLD, content=content), done, form)


@verb
def approve(request: HttpRequest, case: OpenCase, approval_id: UUID) -> HttpResponse:
    found = _of(case, approval_id)
    done = _("The case is held: it is kept until somebody of your office lifts the hold.")
    return _do(request, case, lambda: approvals.approve(found, by=case.member, case=case), done)


@verb
def lift(request: HttpRequest, case: OpenCase, approval_id: UUID) -> HttpResponse:
    found = _of(case, approval_id)
    done = _("The hold is lifted.")
    return _do(request, case, lambda: approvals.lift_hold(found, by=case.member, case=case), done)


def _of(case: OpenCase, approval_id: UUID) -> Approval:
    found = Approval.objects.filter(pk=approval_id, case=case.case, office=case.office, purpose=HOLD).first()
    if found is None:
        raise Http404
    return found


def _do(
    request: HttpRequest, case: OpenCase, act: Callable[[], object], done: str, form: HoldForm | None = None
) -> HttpResponse:
    """Do it and show the case; if it cannot be done, say why and keep what was typed."""
    refusal = refused(act, {approvals.AskedAlready: FASTER})
    if refusal is None:
        messages.success(request, done)
        return redirect("desk:case", case.case.pk)
    trouble, status = refusal
    return _page(request, reopen(request, case), form=form, status=status, trouble=str(trouble))


def _page(
    request: HttpRequest, case: OpenCase, *, form: HoldForm | None = None, status: int = 200, trouble: str = ""
) -> HttpResponse:
    found = approvals.open_of(case, HOLD)
    asked = form or HoldForm()
    context = {
        "case": case.case,
        "hold": summary(case),
        "approval": found,
        "facts": _facts(found, case) if found else [],
        "form": asked if found is None or form is not None else None,
        "forms": [asked] if asked.is_bound else [],
        "has_errors": bool(trouble) or bool(asked.errors),
        "errors": [{"text": trouble}] if trouble else [],
    }
    return render(request, "desk/hold.html", context, status=status)


def _facts(hold: Approval, case: OpenCase) -> list[dict[str, Any]]:
    try:
        reason = str(approvals.opened(hold, case=case).get("reason") or "")
    except Unreadable:
        reason = _("This reason does not open: its box is damaged.")
    found: list[dict[str, Any]] = [
        {"label": _("Why"), "lines": reason.splitlines()},
        {"label": _("Asked by"), "value": f"{hold.asked_by}, {room.week(hold.asked_week)}"},
    ]
    if hold.approved_by is not None:
        found.append({"label": _("Approved by"), "value": f"{hold.approved_by}, {room.week(hold.approved_week)}"})
    return found
