"""The two questions that the public pages ask."""

from __future__ import annotations

import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from recruitment_watch import clock
from recruitment_watch.web.forms import QuestionForm


class SearchForm(QuestionForm):
    """Name or licence number; an empty question is not a mistake."""

    q = forms.CharField(
        label=_("Name or licence number of the agency"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )


class DayForm(QuestionForm):
    """A day that has been, or today."""

    on = forms.DateField(
        label=_("Was it licensed on this day?"),
        help_text=_("For example the day on which you paid. If you type it, then like this: 2026-05-31."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Write the day like this: 2026-05-31.")},
    )

    def clean_on(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["on"]
        if day > clock.today():
            raise ValidationError(_("That day has not come yet. Choose an earlier one."))
        return day
