"""Who else can help, by country: before a word is written and without writing one.

The country is posted, and the page that answers is fetched as every such page is (`shown`): so it stands in no address
and in no session file, which a browser would keep, and in no row that anybody but this browser can read. Whoever
is in the middle of the form sees their own country's list without asking.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from recruitment_watch import cldr
from recruitment_watch.web.forms import OneOf, QuestionForm

from . import pages, who_helps
from .progress import DRAWER, Progress
from .shell import page


class Where(QuestionForm):
    """The country in which help is needed. Not the form's own question: this answer is kept nowhere."""

    country = OneOf(
        label=_("In which country do you need help?"),
        widget=forms.Select(attrs={"autocomplete": "off"}),
        error_messages={
            "required": _("Choose a country from the list."),
            "invalid_choice": _("Choose a country from the list."),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choice("country").choices = [("", _("Choose")), *cldr.country_choices(get_language() or "en")]


@require_http_methods(["GET", "HEAD", "POST"])
def more(request: HttpRequest) -> HttpResponse:
    """The list of one country: the one posted, or the draft's."""
    entry = DRAWER.read(request)
    progress = Progress.from_dict(entry.content) if entry else None
    if request.method == "POST":
        form = Where(request.POST)
        country = form.cleaned_data["country"] if form.is_valid() else ""
    else:
        country = progress.answers.country if progress else ""
        form = Where(initial={"country": country})
    found = who_helps.in_country(country) if country else None
    # Whoever was in the middle of the form goes on there.
    back = "number" if progress and progress.filed else pages.onwards(progress) if progress else "start"
    context = {"form": form, "found": found, "back_url": reverse(f"intake:{back}")}
    return page(request, "intake/help.html", context)
