"""Where the holder of a licence answers the regulator: reference and code from the letter, and no account."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from agencies.around.inquiries import answer_inquiry, by_code, question_of
from agencies.models import Inquiry, Standard
from agencies.refusals import DecisionRefused
from cms.application_forms import AnswerForm, BackForm
from cms.applications import asked, private
from recruitment_watch import clock


@private
@asked
def back(request: HttpRequest) -> HttpResponse:
    """Come with reference and code: each post carries them, nothing is kept between two pages."""
    form = BackForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "cms/inquiry_back.html", {"form": form})
    code = form.cleaned_data["code"]
    inquiry = by_code(form.cleaned_data["reference"], code)
    if inquiry is None:
        form.add_error("code", _("Reference and code do not belong together. Look at what you wrote down."))
        return render(request, "cms/inquiry_back.html", {"form": form})
    answer = AnswerForm(request.POST if request.POST.get("do") == "answer" else None)
    done = ""
    if answer.is_bound and answer.is_valid():
        try:
            answer_inquiry(inquiry, answer=answer.cleaned_data["answer"], by=inquiry.reference)
            done, answer = _("We have your answer."), AnswerForm()
        except DecisionRefused as refusal:
            done = str(refusal)
    context = _own(inquiry)
    form_now = answer if context["open"] else None
    return render(request, "cms/inquiry_own.html", context | {"code": code, "form": form_now, "done": done})


def _own(inquiry: Inquiry) -> dict[str, Any]:
    """What the holder may read: what it was asked, what it answered, what was found. None of the evidence."""
    question = question_of(inquiry)
    assert question is not None  # a constraint holds it: who has a code was asked
    agency = inquiry.licence.agency
    rows = Standard.objects.filter(register_id=agency.register_id, code__in=question.standards).order_by("code")
    return {
        "inquiry": inquiry,
        "agency": agency,
        "question": question,
        "standards": [str(row) for row in rows],
        "ended": inquiry.ended,
        "open": not inquiry.ended and not question.ended and clock.today() <= question.answer_by,
    }
