"""What `_components/guide.html` shows: sample words, forms and rows. No zone links to it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from .forms import Checkboxes, MonthYearField, Parts, QuestionForm, Radios

ENGLISH = {
    "heading": "Is this agency allowed to recruit?",
    "text": "Nobody may take money from you for a job. The employer pays.",
    "link": "Who will read this",
    "may": "Sunrise Overseas Placement Co. may recruit today.",
    "may_not": "Golden Harvest Manpower may not recruit today.",
    "detail": "Licensed since 3 March 2021, until 2 March 2027.",
    "reason": "Its licence was suspended on 9 May 2026 because it took fees from workers.",
    "list_said": "The Hong Kong list of 1 February 2024 said that it was licensed.",
    "danger": "If you are in danger now",
    "go": "Go on",
    "withdraw": "Withdraw my complaint",
    "caption": "Cases that wait for an answer",
    "empty": "Cases that wait for a second member",
}
ARABIC = {
    "heading": "هل يُسمح لهذه الوكالة بالتوظيف؟",
    "text": "لا يجوز لأحد أن يأخذ منك مالاً مقابل وظيفة. صاحب العمل هو من يدفع.",
    "link": "من سيقرأ هذا",
    "may": "يجوز لوكالة الشروق للتوظيف أن توظف اليوم.",
    "may_not": "لا يجوز لوكالة الحصاد الذهبي أن توظف اليوم.",
    "detail": "مرخصة منذ ٣ مارس ٢٠٢١ وحتى ٢ مارس ٢٠٢٧.",
    "reason": "عُلّق ترخيصها في ٩ مايو ٢٠٢٦ لأنها أخذت رسوماً من العمال.",
    "list_said": "ذكرت قائمة هونغ كونغ بتاريخ ١ فبراير ٢٠٢٤ أنها مرخصة.",
    "danger": "إذا كنت في خطر الآن",
    "go": "متابعة",
    "withdraw": "سحب شكواي",
    "caption": "حالات تنتظر جواباً",
    "empty": "حالات تنتظر عضواً ثانياً",
}
TROUBLES = [
    ("fees", "They took money from me"),
    ("documents", "They keep my passport or papers"),
    ("wages", "I was not paid, or paid less than promised"),
    ("unsaid", "I'd rather not say"),
]


class Sample(QuestionForm):
    """Each kind of question once."""

    agency = forms.CharField(label="Name of the agency", help_text="As it stands on a paper, a card or a message.")
    story = forms.CharField(label="What happened?", widget=forms.Textarea, help_text="Do not write your name here.")
    country = forms.ChoiceField(
        label="Where is the work?", choices=[("", "Choose"), ("hk", "Hong Kong"), ("qa", "Qatar")]
    )
    trouble = forms.MultipleChoiceField(
        label="What went wrong?",
        choices=TROUBLES,
        widget=Checkboxes(hints={"fees": "Also for training, papers or a medical test."}, apart={"unsaid"}),
    )
    contact = forms.ChoiceField(
        label="May the office write to you?",
        choices=[("yes", "Yes, here with my receipt"), ("no", "No"), ("unknown", "I don't know")],
        widget=Radios(hints={"yes": "Nobody sends anything to your phone."}, apart={"unknown"}),
    )
    when = MonthYearField(label="When did you pay?", help_text="The year is enough.")
    amount = forms.MultiValueField(
        label="How much?",
        fields=(forms.CharField(), forms.ChoiceField(choices=[("HKD", "HKD"), ("PHP", "PHP")])),
        widget=Parts(
            [
                ("Amount", forms.TextInput(attrs={"inputmode": "decimal"})),
                ("Currency", forms.Select(choices=[("HKD", "HKD"), ("PHP", "PHP")])),
            ]
        ),
    )
    understood = forms.BooleanField(label="I have written down my receipt")


def sample(language: str = "en", *, form: forms.Form | None = None) -> dict[str, Any]:
    """The guide's context. form: bound with mistakes unless given; language: en or ar for the longer sample words."""
    words = ARABIC if language == "ar" else ENGLISH
    return {
        "words": words,
        "form": form or Sample({"when_0": "05", "amount_1": "PHP"}),
        "calm": Sample(initial={"trouble": ["fees"], "contact": "yes", "when": "2026-05"}, prefix="calm"),
        "today": date(2026, 11, 23),
        "leave_url": "#main",
        "demonstration": True,
        "crumbs": [{"label": words["caption"], "url": "#main"}, {"label": words["heading"]}],
        "groups": ["4071", "9926", "0358", "1174", "6602", "8835"],
        "facts": [
            {"label": words["link"], "value": words["detail"], "url": "#main"},
            {"label": words["heading"], "lines": [words["may"], words["reason"]], "url": "#main"},
            {"label": words["danger"], "value": ""},
        ],
        "columns": [
            {"label": "Agency"},
            {"label": "How urgent"},
            {"label": "Answer by"},
            {"label": "Paid", "number": True},
        ],
        "rows": [_row(words["may"], "S1: danger", "danger"), _row(words["may_not"], "S3: wages", "plain")],
        "events": [
            {"when": date(2026, 3, 3), "title": words["link"], "text": words["text"]},
            {
                "when_text": "In the week of 4 May 2026",
                "title": words["go"],
                "state": "Opened",
                "kind": "success",
            },
            {"when": date(2026, 12, 1), "title": words["heading"], "done": False},
        ],
        "tags": [
            {"text": text, "kind": kind}
            for text, kind in [
                ("S1: danger", "danger"),
                ("S2: licence", "warning"),
                ("S3: wages", "plain"),
                ("Decided", "success"),
                ("Asked", "info"),
                ("Not verified", "unknown"),
            ]
        ],
    }


def guide(request: HttpRequest) -> HttpResponse:
    """The page itself; `?wide` in the desk's layout."""
    context = sample(request.GET.get("words", "en"))
    return render(
        request, "_components/guide.html", context | {"layout": "wide" if "wide" in request.GET else "narrow"}
    )


def _row(agency: str, severity: str, kind: str) -> dict[str, Any]:
    return {
        "cells": [
            {"text": agency, "url": "#main"},
            {"text": severity, "tag": kind, "label": "How urgent"},
            {"text": "24 November 2026, 16:00", "label": "Answer by"},
            {"text": "12,500", "number": True, "label": "Paid"},
        ]
    }
