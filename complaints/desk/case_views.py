"""The case room and its verbs: each view hands one form to one action and shows the case again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from agencies.models import Referral
from complaints.cases.models import Step
from complaints.cases.moves import IllegalMove, Overtaken
from complaints.cases.states import State
from complaints.files import taking
from complaints.files.outcomes import Clean
from complaints.files.taking import NotTaken
from complaints.firewall import referrals
from complaints.firewall.access import OpenCase, agency_of
from complaints.firewall.models import Approval
from recruitment_watch.web.forms import QuestionForm

from . import actions, closing, guest_views, hold_views, patterns, room, room_work, rows, story, work_views
from .forms import Answer, Closing, Finding, ReferralForm, Why
from .gate import reopen, verb, with_case
from .refusals import CASE_FASTER, RULES_CHANGED, Refusal, refused

# Why something was not done, where the room says it in words of its own.
REFUSED: Mapping[type[Exception], Refusal] = {
    Overtaken: CASE_FASTER,
    IllegalMove: CASE_FASTER,
    referrals.SamePerson: (_l("You proposed this yourself. A colleague of your office has to approve it."), 403),
    referrals.NotReferable: RULES_CHANGED,
    actions.UnknownStandard: RULES_CHANGED,
    actions.UnknownEvidence: RULES_CHANGED,
}


@with_case
def case(request: HttpRequest, case: OpenCase) -> HttpResponse:
    return _room(request, case)


@verb
def acknowledge(request: HttpRequest, case: OpenCase) -> HttpResponse:
    done = _("You have acknowledged this case. It is in your hands, and the complainant can see that it was read.")
    return _do(request, case, lambda: actions.acknowledge(case, by=case.member), done)


@verb
def answer(request: HttpRequest, case: OpenCase) -> HttpResponse:
    form = Answer(request.POST, request.FILES, prefix="answer", may_ask=case.state in actions.MAY_ASK)
    file = _file(form)
    if not form.is_valid():
        return _room(request, case, answer=form)
    text, asks = form.cleaned_data["text"], form.cleaned_data.get("asks")
    done = _("Your message is in the complainant's mailbox.")
    if asks:
        done = _("Your question is in the complainant's mailbox, and the clock stands.")
    act = actions.ask if asks else actions.answer
    return _do(request, case, lambda: act(case, by=case.member, text=text, file=file), done, answer=form)


def _file(form: Answer) -> Clean | None:
    """The file that goes with it, cleaned before anything of the case is locked; what is wrong is said on the form."""
    upload = form.files.get(form.add_prefix("file"))
    if upload is None:
        return None
    if not form.is_valid():
        form.choose_again()
        return None
    try:
        return taking.cleaned(upload.read())
    except NotTaken as refused:
        form.add_error("file", refused.sentence)
    return None


@verb
def go_on(request: HttpRequest, case: OpenCase) -> HttpResponse:
    done = _("You go on without an answer, and the clock runs again.")
    return _do(request, case, lambda: actions.go_on(case, by=case.member), done)


@verb
def pass_up(request: HttpRequest, case: OpenCase) -> HttpResponse:
    form = Why(request.POST, prefix="up")
    if not form.is_valid():
        return _room(request, case, up=form)
    done = _("The next office gets it too, in a few minutes. If there is none, it stays as it is.")
    text = form.cleaned_data["text"]
    return _do(request, case, lambda: actions.pass_up(case, by=case.member, text=text), done, up=form)


@verb
def finding(request: HttpRequest, case: OpenCase) -> HttpResponse:
    form = Finding(
        request.POST, prefix="finding", standards=actions.standards_for(case), evidence=room_work.evidence_choices(case)
    )
    if not form.is_valid():
        return _room(request, case, finding=form)
    found = form.cleaned_data
    done = _("The finding is recorded.")
    return _do(request, case, lambda: actions.record_finding(case, by=case.member, **found), done, finding=form)


@verb
def close(request: HttpRequest, case: OpenCase) -> HttpResponse:
    form = Closing(request.POST, prefix="closing")
    if not form.is_valid():
        return _room(request, case, closing=form)
    done = _("Your request waits for a colleague of your office. Nothing is closed before they approve it.")
    said = form.cleaned_data
    return _do(request, case, lambda: closing.ask(case, by=case.member, **said), done, closing=form)


@verb
def take_up(request: HttpRequest, case: OpenCase) -> HttpResponse:
    done = _("The case is open again, and its clock runs.")
    return _do(request, case, lambda: closing.reopen(case, by=case.member), done)


@verb
def refer(request: HttpRequest, case: OpenCase) -> HttpResponse:
    agency = agency_of(case.cover)
    if agency is None:
        raise Http404
    form = ReferralForm(request.POST, prefix="referral", standards=referrals.standards_of(agency))
    if not form.is_valid():
        return _room(request, case, referral=form)
    done = _("Your proposal waits for a colleague to approve it.")
    return _do(
        request,
        case,
        lambda: actions.refer(case, by=case.member, agency=agency, **form.cleaned_data),
        done,
        referral=form,
    )


@verb
def approve(request: HttpRequest, case: OpenCase, approval_id: UUID) -> HttpResponse:
    approval = Approval.objects.filter(pk=approval_id, case=case.case, office=case.office).first()
    if approval is None:
        raise Http404
    done = _("Approved. The regulator will be told about the agency, and nothing about the complaint.")
    return _do(request, case, lambda: referrals.approve(approval, by=case.member, case=case), done)


def _do(request: HttpRequest, case: OpenCase, act: Callable[[], Any], done: str, **forms: QuestionForm) -> HttpResponse:
    """Do it and show the case; if it cannot be done, say why in a sentence and keep what was typed."""
    refusal = refused(act, REFUSED)
    if refusal is None:
        messages.success(request, done)
        return redirect("desk:case", case.case.pk)
    trouble, status = refusal
    for form in forms.values():
        if isinstance(form, Answer) and form.files:
            form.choose_again()
    return _room(request, reopen(request, case), status=status, trouble=str(trouble), **forms)


def _room(
    request: HttpRequest, case: OpenCase, *, status: int = 0, trouble: str = "", **forms: QuestionForm
) -> HttpResponse:
    """The whole page. `forms` are bound ones to show instead of fresh ones, under their names."""
    state = case.state
    may_close = state in closing.MAY_CLOSE
    second = may_close and closing.has_second(case)
    agency = agency_of(case.cover)
    standards = actions.standards_for(case)
    steps = case.case.steps.select_related("office").order_by("rung")
    own = referrals.standards_of(agency) if agency and state in actions.MAY_REFER else []
    offered: dict[str, QuestionForm] = {}
    if state in actions.MAY_ANSWER:
        offered["answer"] = Answer(prefix="answer", may_ask=state in actions.MAY_ASK)
    if state in actions.MAY_FIND and standards:
        evidence = room_work.evidence_choices(case)
        offered["finding"] = Finding(prefix="finding", standards=standards, evidence=evidence)
    if own:
        offered["referral"] = ReferralForm(prefix="referral", standards=own)
    if second:
        offered["closing"] = Closing(prefix="closing")
    if state in actions.MAY_PASS_UP and not any(step.outcome == Step.Outcome.ENDED for step in steps):
        offered["up"] = Why(prefix="up")
    offered |= forms
    proposals = referrals.of_case(case)
    together, counts_three = patterns.of_case(case)
    context = {
        "case": case.case,
        "cover": case.cover,
        "severity": room.severity(case.holding),
        "left": room.time_left(case.holding),
        "reasons": room.reasons(case, together=counts_three),
        "together": [
            {"mark": mark, "others": cases - 1, "more": cases == patterns.COUNTED} for mark, cases in together
        ],
        "overview": _overview(case),
        "story": story.of(case),
        "agency_facts": _agency_facts(case),
        "days": room.licence(case),
        "conversation": room.conversation(case),
        "findings": room.findings(case, standards),
        "proposals": [_proposal(one, case, {s.code: str(s) for s in standards}) for one in proposals],
        "history": room.history(case.case, steps),
        "log": room.log(case),
        "clocks": room.clock_facts(case),
        "work": room_work.of(case),
        "more": work_views.offered(case),
        "hold": hold_views.summary(case),
        "guests": guest_views.summary(case),
        "may_acknowledge": state == State.RELEASED,
        "may_reopen": state == State.CLOSED,
        "others_work": state == State.CLOSED and case.case.state != State.CLOSED,
        "alone": may_close and not second,
        "asked_to_close": may_close and closing.waiting(case) is not None,
        "waits": state == State.ASKED,
        "forms_offered": offered,
        "forms": [form for form in offered.values() if form.is_bound],
        "has_errors": bool(trouble) or any(form.errors for form in offered.values()),
        "errors": [{"text": trouble}] if trouble else [],
    }
    return render(request, "desk/case.html", context, status=status or (422 if context["has_errors"] else 200))


def _overview(case: OpenCase) -> list[dict[str, Any]]:
    return [
        {"label": _("About"), "lines": room.categories(case.cover)},
        {"label": _("Where the work is"), "value": room.place(case.cover)},
        {"label": _("Recruited in"), "value": room.recruited_in(case.cover)},
        {"label": _("When it happened"), "value": room.when(case)},
        {"label": _("Language"), "value": room.language(case.cover)},
        {"label": _("Filed"), "value": room.week(case.case.week)},
        {"label": _("Stage"), "value": case.state.label},
        {"label": _("In whose hands"), "value": rows.hands(case.holding)},
    ]


def _agency_facts(case: OpenCase) -> list[dict[str, Any]]:
    agency = case.cover.get("agency")
    named = agency if isinstance(agency, dict) else {}
    code = str(named.get("register") or "")
    register = room.register_names([code])[code] if code else _("not in a register that we have")
    return [
        {"label": _("Name"), "value": room.agency_name(case.cover)},
        {"label": _("Register"), "value": register},
        {"label": _("Licence number"), "value": str(named.get("licence") or "")},
        {"label": _("What the person was told"), "value": str(case.body.get("licence_on_day") or "")},
    ]


def _proposal(proposal: referrals.Proposal, case: OpenCase, titles: dict[str, str]) -> dict[str, Any]:
    approval = proposal.approval
    kinds = dict(Referral.EvidenceClass.choices)
    facts = [
        {"label": _("Rules broken"), "lines": [titles.get(code, code) for code in proposal.standards]},
        {"label": _("Kind of evidence"), "value": str(kinds.get(proposal.evidence_class, proposal.evidence_class))},
        {"label": _("Proposed by"), "value": f"{approval.asked_by}, {room.week(approval.asked_week)}"},
    ]
    if approval.approved_by is not None:
        facts.append(
            {"label": _("Approved by"), "value": f"{approval.approved_by}, {room.week(approval.approved_week)}"}
        )
    waiting = approval.approved_by is None
    return {"id": approval.pk, "facts": facts, "waiting": waiting, "mine": approval.asked_by_id == case.member.pk}
