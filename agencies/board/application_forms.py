"""Forms of what an officer does with an application."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from agencies.board.forms import DayInput
from agencies.board.measure_forms import PUBLISHED, MeasureForm, day, line, words
from agencies.board.models import Application
from agencies.models import Standard


class Nothing(MeasureForm):
    """Only the button."""


class Departing(MeasureForm):
    departure = words(
        _("Why you depart from the board's advice"),
        required=False,
        help_text=_("Published. Empty where you follow it."),
    )


class NoticeForm(MeasureForm):
    standards = forms.MultipleChoiceField(
        label=_("Standards that it rests on"), widget=forms.CheckboxSelectMultiple
    )  # fmt: skip
    reasons = words(_("Reasons"), help_text=_("The agency reads them and may answer."))
    answer_by = day(_("Answer by"))
    decision_number = line(_("Number of the notice"), 60)

    def fit(self) -> None:
        assert isinstance(self.subject, Application)
        rows = Standard.objects.filter(register_id=self.subject.register_id).order_by("code")
        self.choose("standards", [(row.code, str(row)) for row in rows])


class ReplyForm(MeasureForm):
    text = words(_("What the agency answered"), rows=6)


class RefuseForm(Departing):
    reasons = words(_("Reasons"), help_text=PUBLISHED)
    decision_number = line(_("Decision number"), 60)


class GrantForm(Departing):
    number = line(_("Licence number"), 60)
    valid_from = forms.DateField(label=_("First day"), widget=DayInput())
    valid_to = forms.DateField(label=_("Last day"), widget=DayInput())
    provisional = forms.BooleanField(label=_("Provisional licence"), required=False)
    decision_number = line(_("Decision number"), 60)
    legal_basis = line(_("Legal basis"), 300)
    reasons = words(_("Reasons"), required=False, help_text=PUBLISHED)
    conditions = words(_("Conditions, one a line"), required=False, rows=4)
    deadline = day(_("To be met by"), required=False)

    def clean_conditions(self) -> list[str]:
        return [text for text in self.cleaned_data["conditions"].splitlines() if text.strip()]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        first, last = given.get("valid_from"), given.get("valid_to")
        if first and last and last < first:
            self.add_error("valid_to", _("The licence would end before it begins."))
        return given
