"""What takes two beside referral and hold: seeing who complained, a protective disclosure, less urgency, closing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from complaints.cases.models import IdentityHolding
from complaints.cases.moves import IllegalMove
from complaints.cases.states import Severity
from complaints.firewall import approvals, identity, protective, severity
from complaints.firewall.access import OpenCase, Unreadable
from complaints.firewall.approvals import Purpose
from complaints.firewall.models import Approval
from recruitment_watch.web.forms import QuestionForm

from . import closing, room
from .gate import reopen, verb, with_case
from .refusals import FASTER, refused
from .together_forms import IdentityForm, LowerForm, ProtectiveForm
from .vault_session import VaultSession

PURPOSES = {"identity": Purpose.IDENTITY, "protective": Purpose.PROTECTIVE, "severity": Purpose.SEVERITY}
APPROVED_HERE = (*PURPOSES.values(), Purpose.CLOSING)  # closing is asked for in the case room


@with_case
def together(request: HttpRequest, case: OpenCase) -> HttpResponse:
    return _page(request, case)


@verb
def ask(request: HttpRequest, case: OpenCase, what: str) -> HttpResponse:
    """Ask a colleague."""
    if what not in PURPOSES:
        raise Http404
    form = _form(what, case, request.POST)
    if not form.is_valid():
        return _page(request, case, bound={what: form})
    done, said = _("Your request waits for a colleague of your office."), form.cleaned_data

    def act() -> Approval:
        if what == "severity":
            return severity.ask_to_lower(case, to=said["to"], by=case.member, text=said["why"])
        return approvals.ask(case, by=case.member, purpose=PURPOSES[what], content=said)

    return _do(request, case, act, done, bound={what: form})


@verb
def approve(request: HttpRequest, case: OpenCase, approval_id: UUID) -> HttpResponse:
    approval = _approval(case, approval_id)
    act: Callable[..., Any] = {
        Purpose.PROTECTIVE: protective.approve,
        Purpose.SEVERITY: severity.lower,
        Purpose.CLOSING: closing.close,
    }.get(Purpose(approval.purpose), approvals.approve)
    done = {
        Purpose.IDENTITY: _(
            "Approved. In a few minutes your office can see how to reach the person, and they see that."
        ),
        Purpose.PROTECTIVE: _("Recorded. Tell the person as soon as that is safe."),
        Purpose.SEVERITY: _("Approved. The case is less urgent now, and the person sees that."),
        Purpose.CLOSING: _("Approved. Your office has closed the case, and the person can read what came of it."),
    }[Purpose(approval.purpose)]
    return _do(request, case, lambda: act(approval, by=case.member, case=case), done)


@verb
def finish(request: HttpRequest, case: OpenCase, approval_id: UUID) -> HttpResponse:
    """Tell the person of a protective disclosure."""
    approval = _approval(case, approval_id)
    if approval.purpose != Purpose.PROTECTIVE:
        raise Http404
    done = _("The person can read it in their mailbox now.")
    return _do(request, case, lambda: protective.tell(approval, by=case.member, case=case), done)


@with_case
def identity_page(request: HttpRequest, case: OpenCase) -> HttpResponse:
    """Who complained, as far as they said. Each look is logged, and the person sees it."""
    try:
        content = identity.see(case, vault=VaultSession(request).vault())
    except IdentityHolding.DoesNotExist:
        raise Http404 from None
    contact = content.get("contact")
    given = contact if isinstance(contact, dict) else {}
    labels = {"how": _("How to reach them"), "where": _("Number or address"), "when": _("When it is safe")}
    facts = [{"label": labels[name], "value": str(given[name])} for name in labels if given.get(name)]
    return render(request, "desk/identity.html", {"case": case.case, "facts": facts})


def _approval(case: OpenCase, approval_id: UUID) -> Approval:
    found = Approval.objects.filter(
        pk=approval_id, case=case.case, office=case.office, purpose__in=APPROVED_HERE
    ).first()
    if found is None:
        raise Http404
    return found


def _do(
    request: HttpRequest,
    case: OpenCase,
    act: Callable[[], Any],
    done: str,
    bound: dict[str, QuestionForm] | None = None,
) -> HttpResponse:
    """Do it and show the page; if it cannot be done, say why in a sentence and keep what was typed."""
    asked = _("This has been asked for already. Look below."), 409
    refusal = refused(act, {IllegalMove: FASTER, approvals.AskedAlready: asked})
    if refusal is None:
        messages.success(request, done)
        return redirect("desk:together", case.case.pk)
    trouble, status = refusal
    return _page(request, reopen(request, case), bound=bound, trouble=str(trouble), status=status)


def _page(
    request: HttpRequest,
    case: OpenCase,
    *,
    bound: dict[str, QuestionForm] | None = None,
    trouble: str = "",
    status: int = 0,
) -> HttpResponse:
    bound = bound or {}
    forms = {name: bound.get(name) or _form(name, case) for name in PURPOSES if name in bound or _may_ask(name, case)}
    context = {
        "case": case.case,
        "released": identity.is_released(case),
        "offered": forms,
        "forms": [form for form in forms.values() if form.is_bound],
        "asked": [_asked(one, case) for one in approvals.of_case(case, *APPROVED_HERE)],
        "has_errors": bool(trouble) or any(form.errors for form in bound.values()),
        "errors": [{"text": trouble}] if trouble else [],
    }
    return render(request, "desk/together.html", context, status=status or (422 if context["has_errors"] else 200))


def _form(what: str, case: OpenCase, data: Any = None) -> QuestionForm:
    if what == "severity":
        return LowerForm(data, prefix=what, band=Severity(case.holding.severity))
    form = IdentityForm if what == "identity" else ProtectiveForm
    return form(data, prefix=what)


def _may_ask(what: str, case: OpenCase) -> bool:
    """Whether this page offers to ask for it now."""
    if what == "severity":
        lowest = Severity(case.holding.severity) == Severity.S4
        return case.state in severity.MAY_LOWER and not lowest and severity.waiting(case) is None
    return what == "protective" or approvals.open_of(case, PURPOSES[what]) is None


def _said(approval: Approval, case: OpenCase) -> list[dict[str, Any]]:
    """What was asked for, opened."""
    if approval.purpose == Purpose.SEVERITY:
        try:
            was, becomes, why = severity.read(approval, case=case)
        except Unreadable:
            return [{"label": _("Why"), "value": _("This reason does not open: its box is damaged.")}]
        bands = _("from %(was)s to %(becomes)s") % {"was": room.band(was), "becomes": room.band(becomes)}
        return [{"label": _("How urgent"), "value": bands}, {"label": _("Why"), "value": why}]
    if approval.purpose == Purpose.CLOSING:
        try:
            wish = closing.read(approval, case=case)
        except Unreadable:
            return [{"label": _("Why"), "value": _("This reason does not open: its box is damaged.")}]
        return [
            {"label": _("What came of it"), "value": str(wish.outcome.label)},
            {"label": _("A word to the person"), "value": wish.text},
        ]
    content = approvals.opened(approval, case=case)
    labels = {"to": _("Told to"), "said": _("What was said"), "why": _("Why")}
    return [{"label": label, "value": str(content[name])} for name, label in labels.items() if content.get(name)]


def _fits(approval: Approval, case: OpenCase) -> bool:
    """Whether what was asked for can still be approved."""
    if approval.purpose == Purpose.CLOSING:
        newest = closing.waiting(case)
        return case.state in closing.MAY_CLOSE and newest is not None and newest.pk == approval.pk
    return approval.purpose != Purpose.SEVERITY or severity.fits(approval, case=case)


def _asked(approval: Approval, case: OpenCase) -> dict[str, Any]:
    """One request as the page shows it."""
    facts = _said(approval, case)
    facts.append({"label": _("Asked by"), "value": f"{approval.asked_by}, {room.week(approval.asked_week)}"})
    if approval.approved_by:
        facts.append(
            {"label": _("Approved by"), "value": f"{approval.approved_by}, {room.week(approval.approved_week)}"}
        )
    over = not approval.approved_by and not _fits(approval, case)
    in_force = approval.approved_by is not None and not approval.spent_week
    return {
        "id": approval.pk,
        "title": approval.get_purpose_display(),
        "facts": facts,
        "waiting": approval.approved_by is None,
        "over": over,
        "mine": approval.asked_by_id == case.member.pk,
        "finish": _("It is safe now: tell the person") if in_force and approval.purpose == Purpose.PROTECTIVE else "",
    }  # fmt: skip
