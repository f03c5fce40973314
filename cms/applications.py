"""The public pages of applications: apply, come back with reference and code, see what is asked for, object."""

from __future__ import annotations

import re
import uuid
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from agencies.board import applications as verbs
from agencies.board.models import ASKED, OPEN, Application, AppStage, AppStep
from agencies.board.review import advice_on, votes_of
from agencies.models import Register, Standard
from agencies.refusals import DecisionRefused
from cms.application_forms import AnswerForm, ApplicationForm, BackForm, ObjectionForm, PaperForm
from cms.models import FRESH_SECONDS

private = cache_control(no_store=True, private=True)
asked = require_http_methods(["GET", "HEAD", "POST"])
#: Applications shown on the list.
ROWS = 200


@private
@asked
def apply(request: HttpRequest) -> HttpResponse:
    """GET the form; POST applies, and shows reference and code once."""
    register = get_object_or_404(Register, is_home=True)
    form = ApplicationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            application, code = verbs.submit(register, form.cleaned_data)
        except DecisionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            grouped = " ".join(re.findall(".{1,5}", code))  # so that it is written down without a mistake
            return render(request, "cms/applied.html", {"application": application, "code": grouped})
    return render(request, "cms/apply.html", {"form": form})


@private
@asked
def back(request: HttpRequest) -> HttpResponse:
    """Come back with reference and code: each post carries them, nothing is kept between two pages."""
    form = BackForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "cms/application_back.html", {"form": form})
    reference, code = form.cleaned_data["reference"], form.cleaned_data["code"]
    application = verbs.by_code(reference, code)
    if application is None:
        form.add_error("code", _("Reference and code do not belong together. Look at what you wrote down."))
        return render(request, "cms/application_back.html", {"form": form})
    done, edit, paper = _act(request, application)
    answer = AnswerForm(request.POST if request.POST.get("do") == "answer" else None)
    if answer.is_bound and answer.is_valid():
        done, answer = _reply(application, answer)
    return render(
        request,
        "cms/application_own.html",
        {
            "application": application,
            "code": code,
            "form": edit,
            "paper": paper,
            "done": done,
            "open": application.stage in (AppStage.SUBMITTED, AppStage.INFO_REQUESTED, AppStage.UNDER_REVIEW),
            "may_withdraw": application.stage in OPEN,
            "answer": answer if verbs.may_reply(application) else None,
            "notice": _notice(application),
            "answers": application.answers.all(),
            "steps": _timeline(application),
            "documents": application.documents.defer("data").order_by("added_at", "pk"),
            "objections": application.objections.order_by("received_at", "pk"),
        },
    )  # fmt: skip


@require_safe
def public_list(request: HttpRequest) -> HttpResponse:
    """Applications to which anybody may object."""
    rows = list(Application.objects.filter(stage__in=sorted(OPEN)).order_by("-submitted_at")[:ROWS])
    context = {"applications": rows, "canonical": settings.ORIGIN + reverse("cms:applications")}
    response = render(request, "cms/applications.html", context)
    patch_cache_control(response, public=True, max_age=FRESH_SECONDS)
    return response


@private
@asked
def public_page(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """What is asked for, what the board advised, what was decided; POST objects, under a name."""
    application = get_object_or_404(Application, key=key)
    form, done = ObjectionForm(request.POST or None), False
    if request.method == "POST" and form.is_valid():
        try:
            verbs.object_to(application, **form.cleaned_data)
        except DecisionRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            form, done = ObjectionForm(), True
    decided = application.stage not in OPEN
    return render(
        request,
        "cms/application.html",
        {
            "application": application,
            "form": form if verbs.may_object(application) else None,
            "done": done,
            "advice": advice_on(application) if decided else None,
            "votes": votes_of(application) if decided else [],
            "step": (step := application.steps.last() if decided else None),
            "standards": _standards(application, step),
            "canonical": settings.ORIGIN + reverse("cms:application", args=[key]),
        },
    )  # fmt: skip


def _act(request: HttpRequest, application: Application) -> tuple[str, ApplicationForm, PaperForm]:
    """What the agency does on its own page, in words; and the forms, as filled in where something is wrong."""
    what = request.POST.get("do", "")
    edit = ApplicationForm(
        request.POST if what == "edit" else None, initial={n: getattr(application, n) for n in ASKED}
    )  # fmt: skip
    paper = PaperForm(request.POST, request.FILES) if what == "paper" else PaperForm()
    by = application.reference
    try:
        if what == "edit" and edit.is_valid():
            verbs.edit(application, edit.cleaned_data, by=by)
            return _("Changed."), edit, paper
        if what == "paper" and paper.is_valid():
            file = paper.cleaned_data["file"]
            verbs.add_document(application, title=paper.cleaned_data["title"], data=file.read(), by=by)
            return _("The paper is added."), edit, PaperForm()
        if what == "withdraw":
            verbs.withdraw_application(application, by=by)
            return _("Your application is withdrawn."), edit, paper
    except DecisionRefused as refusal:
        (paper if what == "paper" else edit).is_valid()
        return str(refusal), edit, paper
    return "", edit, paper


def _reply(application: Application, form: AnswerForm) -> tuple[str, AnswerForm]:
    """What the agency is told of its answer to the notice, and the form as it now stands."""
    try:
        verbs.reply(application, text=form.cleaned_data["answer"])
    except DecisionRefused as refusal:
        return str(refusal), form
    return _("We have your answer."), AnswerForm()


def _notice(application: Application) -> AppStep | None:
    """The notice that it is to be refused; None without one."""
    return application.steps.filter(new=AppStage.NOTICE_TO_REFUSE).last()


def _standards(application: Application, step: AppStep | None) -> list[str]:
    if step is None or not step.standards:
        return []
    rows = Standard.objects.filter(register_id=application.register_id, code__in=step.standards).order_by("code")
    return [str(row) for row in rows] or list(step.standards)


def _timeline(application: Application) -> list[dict[str, Any]]:
    return [
        {"when": step.at, "title": step.get_new_display(), "text": " ".join(filter(None, [step.reasons]))}
        for step in application.steps.all()
    ]
