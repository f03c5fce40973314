"""Pages of patterns: the list, holding cases against each other, one pattern and what is done to its cases as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from agencies import wording
from agencies.licensing import answers_for
from agencies.models import Agency, Referral, Standard
from complaints.cases.epochs import CannotSeal
from complaints.cases.models import Case
from complaints.firewall import referrals
from complaints.firewall.access import Unreadable
from complaints.firewall.keys import OpenVault
from complaints.firewall.models import Approval
from recruitment_watch import clock
from recruitment_watch.web.forms import QuestionForm

from . import actions, pattern_actions, patterns, room, rows
from .forms import Finding, ReferralForm
from .gate import inspector_of, with_vault
from .pattern_forms import AssignForm
from .patterns import Kind, Pattern
from .refusals import FASTER, Refusal, refused
from .rows import Column

PatternView = Callable[..., HttpResponse]
COLUMNS = (
    Column.CASE, Column.URGENT, Column.CLOCK, Column.STAGE, Column.ABOUT, Column.LANGUAGE, Column.FILED, Column.HANDS,
)  # fmt: skip
# Why something was not done, where a pattern says it in words of its own.
REFUSED: Mapping[type[Exception], Refusal] = {
    Unreadable: FASTER,
    CannotSeal: (_l("An office that has a case too has no certified key today. Nothing was stored."), 409),
    referrals.SamePerson: (_l("You proposed this yourself. A colleague of your office has to approve it."), 403),
    referrals.NotReferable: (_l("The register has changed: choose the rules again."), 409),
    pattern_actions.NothingToRefer: (_l("Work on one of the cases first: a referral hangs on it."), 409),
    pattern_actions.NotAColleague: (_l("This person works in your office no longer. Choose somebody else."), 409),
}


def of_pattern(view: PatternView) -> Callable[..., HttpResponse]:
    """A page of one pattern: `view(request, pattern, vault, **rest)`; the same 404 for who sees no two of its cases."""

    @login_required
    @wraps(view)
    def inner(request: HttpRequest, mark_id: UUID, **rest: Any) -> HttpResponse:
        if not patterns.visible(inspector_of(request)).filter(pk=mark_id).exists():
            raise Http404

        def opened(request: HttpRequest, vault: OpenVault) -> HttpResponse:
            pattern = patterns.one(mark_id, by=inspector_of(request), vault=vault)
            if pattern is None:
                raise Http404
            return view(request, pattern, vault, **rest)

        return with_vault(opened)(request)

    return inner


def pattern_verb(view: PatternView) -> Callable[..., HttpResponse]:
    """The same for something that is done: whoever comes by a link is led to the pattern."""

    @wraps(view)
    def posted_or_back(request: HttpRequest, pattern: Pattern, vault: OpenVault, **rest: Any) -> HttpResponse:
        if request.method != "POST":
            return redirect("desk:pattern", pattern.mark.pk)
        return view(request, pattern, vault, **rest)

    return of_pattern(posted_or_back)


@with_vault
def list_of_patterns(request: HttpRequest, vault: OpenVault) -> HttpResponse:
    """The patterns of the member's offices; on a post the next cases are held against the others first."""
    me = inspector_of(request)
    done, after = None, None
    if request.method == "POST":
        done, left, after = patterns.batch(me, vault=vault, after=_uuid(request.POST.get("after")))
    else:
        left = patterns.unmarked(me, vault=vault).count()
    found = patterns.listed(me, vault=vault)
    several = len({one.office.pk for one in found}) > 1
    context = {
        "rows": [_listed(one, several=several) for one in found],
        "columns": [
            {"label": _("What they have in common")}, {"label": _("Cases"), "number": True},
            {"label": _("Open"), "number": True}, {"label": _("How")},
        ],
        "done": done,
        "left": left,
        "total": (done or 0) + left,
        "after": after,
        "most": len(found) == patterns.LISTED,
    }  # fmt: skip
    return render(request, "desk/patterns.html", context)


@of_pattern
def pattern(request: HttpRequest, pattern: Pattern, vault: OpenVault) -> HttpResponse:
    return _page(request, pattern, vault)


@pattern_verb
def assign(request: HttpRequest, pattern: Pattern, vault: OpenVault) -> HttpResponse:
    people = pattern_actions.colleagues(pattern)
    form = AssignForm(request.POST, prefix="assign", people=people)
    if not form.is_valid():
        return _page(request, pattern, vault, assign=form)
    to = next(one for one in people if str(one.pk) == form.cleaned_data["to"])

    def act() -> str:
        given = pattern_actions.assign(pattern, to=to, by=inspector_of(request))
        said = ngettext("%(name)s works on %(cases)d case now.", "%(name)s works on %(cases)d cases now.", given)
        return said % {"name": to.name, "cases": given}

    return _do(request, pattern, vault, act, assign=form)


@pattern_verb
def finding(request: HttpRequest, pattern: Pattern, vault: OpenVault) -> HttpResponse:
    """One finding into all the cases that can take one, some at a time: the page says how many are left."""
    form = Finding(request.POST, prefix="finding", standards=_standards(pattern))
    if not form.is_valid():
        return _page(request, pattern, vault, finding=form)
    given: dict[str, Any] = form.cleaned_data
    try:
        written = pattern_actions.find(
            pattern, by=inspector_of(request), vault=vault, after=_uuid(request.POST.get("after")), **given
        )
    except actions.UnknownStandard:
        return _page(
            request, pattern, vault, finding=form, trouble=_("The register has changed: choose the rule again.")
        )
    said = ngettext("Recorded in %(cases)d case.", "Recorded in %(cases)d cases.", written.done)
    messages.success(request, said % {"cases": written.done})
    if written.passed_over:
        missed = ngettext(
            "%(cases)d case could not take it: look at it by itself.",
            "%(cases)d cases could not take it: look at them one by one.",
            written.passed_over,
        )
        messages.warning(request, missed % {"cases": written.passed_over})
    if written.after is None:
        return redirect("desk:pattern", pattern.mark.pk)
    return render(request, "desk/pattern_finding.html", {"pattern": pattern, "form": form, "after": written.after})


@pattern_verb
def refer(request: HttpRequest, pattern: Pattern, vault: OpenVault) -> HttpResponse:
    form = ReferralForm(request.POST, prefix="referral", standards=_own_standards(pattern))
    if not form.is_valid():
        return _page(request, pattern, vault, referral=form)

    def act() -> str:
        pattern_actions.propose(pattern, by=inspector_of(request), vault=vault, **form.cleaned_data)
        return _("Your proposal waits for a colleague to approve it.")

    return _do(request, pattern, vault, act, referral=form)


@pattern_verb
def approve(request: HttpRequest, pattern: Pattern, vault: OpenVault, approval_id: UUID) -> HttpResponse:
    approval = get_object_or_404(Approval, pk=approval_id, office=pattern.office, purpose=Approval.Purpose.REFERRAL)

    def act() -> str:
        pattern_actions.approve(pattern, approval, by=inspector_of(request), vault=vault)
        return _("Approved. The regulator will be told about the agency, and nothing about the complaints.")

    return _do(request, pattern, vault, act)


def _do(
    request: HttpRequest, pattern: Pattern, vault: OpenVault, act: Callable[[], str], **forms: QuestionForm
) -> HttpResponse:
    """Do it and show the pattern; if it cannot be done, say why in a sentence and keep what was typed."""
    try:
        refusal = refused(lambda: messages.success(request, act()), REFUSED)
    except Case.DoesNotExist:
        raise Http404 from None
    if refusal is None:
        return redirect("desk:pattern", pattern.mark.pk)
    trouble, status = refusal
    return _page(request, pattern, vault, status=status, trouble=str(trouble), **forms)


def _page(
    request: HttpRequest,
    pattern: Pattern,
    vault: OpenVault,
    *,
    status: int = 0,
    trouble: str = "",
    **forms: QuestionForm,
) -> HttpResponse:
    me = inspector_of(request)
    offered: dict[str, QuestionForm] = {}
    if pattern.open:
        offered["assign"] = AssignForm(prefix="assign", people=pattern_actions.colleagues(pattern))
    if pattern.kind is not Kind.GROUP and (standards := _standards(pattern)):
        offered["finding"] = Finding(prefix="finding", standards=standards)
    own = _own_standards(pattern)
    if own and pattern_actions.carrier(pattern, by=me):
        initial = {"evidence_class": Referral.EvidenceClass.SEVERAL_ACCOUNTS}
        offered["referral"] = ReferralForm(prefix="referral", standards=own, initial=initial)
    offered |= forms
    titles = {one.code: str(one) for one in own}
    context = {
        "pattern": pattern,
        "kind": _kind(pattern),
        "facts": _facts(pattern),
        "status": _status(pattern),
        "columns": rows.headings(COLUMNS),
        "rows": [rows.row(holding, cover, COLUMNS) for holding, cover in pattern.rows],
        "hidden": pattern.cases - len(pattern.rows),
        "proposals": [
            _proposal(one, me.pk, titles) for one, _case in pattern_actions.proposals(pattern, by=me, vault=vault)
        ],
        "in_register": pattern.agency is not None,
        "forms_offered": offered,
        "forms": [form for form in offered.values() if form.is_bound],
        "has_errors": bool(trouble) or any(form.errors for form in offered.values()),
        "errors": [{"text": trouble}] if trouble else [],
    }
    return render(request, "desk/pattern.html", context, status=status or (422 if context["has_errors"] else 200))


def _listed(one: Pattern, *, several: bool) -> dict[str, Any]:
    name = f"{one.name} ({one.office.name})" if several else one.name
    return {
        "cells": [
            {"text": name, "url": reverse("desk:pattern", args=[one.mark.pk])},
            {"label": _("Cases"), "text": str(one.cases), "number": True},
            {"label": _("Open"), "text": str(one.open), "number": True},
            {"label": _("How"), "text": _kind(one)},
        ]
    }


def _kind(one: Pattern) -> str:
    return {
        Kind.AGENCY: _("one agency of a register"),
        Kind.NAME: _("one name that is in no register"),
        Kind.GROUP: _("the code of one group"),
        Kind.UNKNOWN: _("does not open"),
    }[one.kind]


def _facts(one: Pattern) -> list[dict[str, Any]]:
    facts: list[dict[str, Any]] = [
        {"label": _("What they have in common"), "value": _kind(one)},
        {"label": _("Cases that you may see"), "value": str(one.cases)},
        {"label": _("Open"), "value": str(one.open)},
        {"label": _("Office"), "value": one.office.name},
    ]
    if len(one.spellings) > 1:
        facts.insert(1, {"label": _("How people write it"), "lines": one.spellings})
    return facts


def _status(one: Pattern) -> dict[str, Any] | None:
    """What the register says of the agency today."""
    agency = Agency.objects.select_related("register", "operator").filter(pk=one.agency).first() if one.agency else None
    if agency is None:
        return None
    today = clock.today()
    return wording.status_context(answers_for([agency], on=today, today=today)[agency.pk])


def _proposal(one: referrals.Proposal, me: UUID, titles: dict[str, str]) -> dict[str, Any]:
    kinds = dict(Referral.EvidenceClass.choices)
    facts = [
        {"label": _("Rules broken"), "lines": [titles.get(code, code) for code in one.standards]},
        {"label": _("Kind of evidence"), "value": str(kinds.get(one.evidence_class, one.evidence_class))},
        {"label": _("Proposed by"), "value": f"{one.approval.asked_by}, {room.week(one.approval.asked_week)}"},
    ]
    return {"id": one.approval.pk, "facts": facts, "mine": one.approval.asked_by_id == me}


def _own_standards(one: Pattern) -> list[Standard]:
    return referrals.standards_of(one.agency) if one.agency else []


def _standards(one: Pattern) -> list[Standard]:
    """What a finding can name, as in a case."""
    return _own_standards(one) or list(Standard.objects.filter(register__is_home=True).order_by("code"))


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(str(text)) if text else None
    except ValueError:
        return None
