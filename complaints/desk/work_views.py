"""An office's own work on a case, a page for each verb: a form, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _l

from complaints.cases.moves import IllegalMove, Overtaken
from complaints.cases.states import Severity, State
from complaints.firewall import records, severity
from complaints.firewall.access import OpenCase, Unreadable
from recruitment_watch.web.forms import QuestionForm

from . import evidence, remedies, work
from .gate import reopen, with_case
from .refusals import CASE_FASTER, Refusal, refused
from .vault_session import VaultSession
from .work_forms import (
    AssignForm,
    DoneForm,
    EvidenceForm,
    InspectionForm,
    LinkForm,
    NoteForm,
    RaiseForm,
    RemedyForm,
    TaskForm,
)

Said = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Act:
    """One verb: its words, its form, what it does, and in which states of a case it is offered."""

    title: Promise
    text: Promise
    button: Promise
    done: Promise
    form: Callable[[OpenCase, Any], QuestionForm]
    do: Callable[[HttpRequest, OpenCase, Said], object]
    states: frozenset[State]


def _link(request: HttpRequest, case: OpenCase, said: Said) -> None:
    other = work.open_other(case, reference=said["reference"], vault=VaultSession(request).vault())
    work.link(case, other, text=said["text"], by=case.member)


ACTS: dict[str, Act] = {
    "assign": Act(
        _l("In whose hands it is"),
        _l("Your whole office can still see the case. The person sees that an inspector has it in hand, not who."),
        _l("Put it into these hands"),
        _l("It is in these hands now."),
        lambda case, data: AssignForm(data, members=work.colleagues(case)),
        lambda _request, case, said: work.assign(case, to=said["to"], by=case.member),
        records.MAY_WRITE,
    ),
    "note": Act(
        _l("A note for your office"),
        _l("It is sealed like all of this case. The person sees, by week, that your office wrote something down."),
        _l("Write the note"),
        _l("Your note is in the case."),
        lambda _case, data: NoteForm(data),
        lambda _request, case, said: work.note(case, text=said["text"], by=case.member),
        records.MAY_WRITE,
    ),
    "task": Act(
        _l("A task with a day"),
        _l("It stands in the case until somebody says that it is done."),
        _l("Write the task down"),
        _l("The task is in the case."),
        lambda case, data: TaskForm(data, members=work.colleagues(case)),
        lambda _request, case, said: work.add_task(case, by=case.member, **said),
        records.MAY_WRITE,
    ),
    "done": Act(
        _l("A task is done"),
        _l("It stays in the case, as done."),
        _l("It is done"),
        _l("The task is done."),
        lambda _case, data: DoneForm(data),
        lambda _request, case, said: work.finish_task(case, task=said["task"], by=case.member),
        records.MAY_WRITE,
    ),
    "link": Act(
        _l("Two cases that belong together"),
        _l("Both cases say so to your office, and to nobody else. Opening the other case is logged in it."),
        _l("Link the two"),
        _l("The two cases are linked."),
        lambda _case, data: LinkForm(data),
        _link,
        records.MAY_WRITE,
    ),
    "raise": Act(
        _l("Make the case more urgent"),
        _l("Its clock becomes shorter at once. To make it less urgent again takes two of you."),
        _l("Make it more urgent"),
        _l("The case is more urgent now, and the person sees that."),
        lambda case, data: RaiseForm(data, band=Severity(case.holding.severity)),
        lambda _request, case, said: severity.raise_to(case, to=said["to"], text=said["text"], by=case.member),
        severity.MAY_RAISE,
    ),
    "evidence": Act(
        _l("Evidence that you gathered yourselves"),
        _l("A finding rests on this and never on the complaint alone."),
        _l("Record the evidence"),
        _l("The evidence is in the case."),
        lambda _case, data: EvidenceForm(data),
        lambda _request, case, said: evidence.gather(case, by=case.member, **said),
        evidence.MAY_GATHER,
    ),
    "inspection": Act(
        _l("Plan an inspection"),
        _l(
            "The order carries nothing of this case: no number, no day, no word of it. So nothing is filled in here. "
            "Type what your own records say, and choose a day that does not give the complaint away."
        ),
        _l("Plan it"),
        _l("The plan is in the case. The order can be printed from there."),
        lambda _case, data: InspectionForm(data),
        lambda _request, case, said: evidence.plan_inspection(case, by=case.member, **said),
        evidence.MAY_GATHER,
    ),
    "remedy": Act(
        _l("What the person gets"),
        _l("Claimed, awarded, paid: an entry each time. The person reads it in their mailbox, in their language."),
        _l("Record it"),
        _l("It is recorded, and the person can read it in their mailbox."),
        lambda _case, data: RemedyForm(data),
        lambda _request, case, said: remedies.record(case, by=case.member, **said),
        remedies.MAY_RECORD,
    ),
}
# In this order the case room offers them; `done` stands beside its task.
OFFERED = ("assign", "note", "task", "link", "raise", "evidence", "inspection", "remedy")


def offered(case: OpenCase) -> list[dict[str, str]]:
    """Links to what can be done now."""
    return [
        {"url": reverse("desk:work", args=[case.case.pk, what]), "text": str(ACTS[what].title)}
        for what in OFFERED
        if case.state in ACTS[what].states and not (what == "raise" and case.holding.severity == Severity.S1)
    ]


@with_case
def do(request: HttpRequest, case: OpenCase, what: str) -> HttpResponse:
    """The page of one verb, and doing it."""
    act = ACTS.get(what)
    if act is None:
        raise Http404
    if request.method != "POST":
        return _page(request, case, what, act.form(case, None))
    form = act.form(case, request.POST)
    if not form.is_valid():
        return _page(request, case, what, form, status=422)
    refusal = refused(lambda: act.do(request, case, form.cleaned_data), REFUSED)
    if refusal is None:
        messages.success(request, str(act.done))
        return redirect("desk:case", case.case.pk)
    trouble, status = refusal
    return _page(request, reopen(request, case), what, form, trouble=str(trouble), status=status)


OTHER_CASE = _l("Your office has no other case with this number that opens, or the two are linked already."), 409
# Why something was not done, where these pages say it in words of their own.
REFUSED: Mapping[type[Exception], Refusal] = {
    Overtaken: CASE_FASTER,
    IllegalMove: CASE_FASTER,
    severity.OtherWay: CASE_FASTER,
    remedies.NotARemedy: CASE_FASTER,
    work.NotAMember: (_l("Choose somebody of your office who may see this case."), 409),
    work.NotLinked: OTHER_CASE,
    Unreadable: OTHER_CASE,
    work.NoSuchTask: (_l("This task is done already."), 409),
    evidence.TellsOfTheCase: (
        _l("What you typed has words of this case in it. Type what your own records say."), 422,
    ),
}  # fmt: skip


def _page(
    request: HttpRequest, case: OpenCase, what: str, form: QuestionForm, *, trouble: str = "", status: int = 200
) -> HttpResponse:
    act = ACTS[what]
    context = {
        "case": case.case,
        "title": act.title,
        "text": act.text,
        "button": act.button,
        "form": form,
        "forms": [form] if form.is_bound else [],
        "has_errors": bool(trouble) or bool(form.errors),
        "errors": [{"text": trouble}] if trouble else [],
    }
    return render(request, "desk/work.html", context, status=status)
