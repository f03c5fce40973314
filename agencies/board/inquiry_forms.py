"""Forms of an inquiry. Nothing is asked that came from somebody who complained."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from agencies.board.measure_forms import MeasureForm, StandardsForm, day, line, words
from agencies.models import Evidence, Inquiry, Standard

OURS = _("Only what you saw, read or heard yourselves. Nothing from a complaint, and nothing that leads to a person.")


class OpenForm(StandardsForm):
    reasons = words(_("What you look at"), help_text=_("For the regulator only. Write nothing of why you look."))

    def fit(self) -> None:
        super().fit()
        self.fields["standards"].label = _("Standards that you look into")


class EvidenceForm(MeasureForm):
    kind = forms.ChoiceField(label=_("Kind"), choices=Evidence.Kind.choices)
    text = words(_("What it shows"), help_text=OURS)
    kept_at = line(_("Where it is kept"), 200, help_text=_("File and page."))
    found_on = day(_("Found on"), required=False)


class NoticeForm(MeasureForm):
    allegation = words(_("What your own evidence shows"), rows=6, help_text=_("The holder reads it. Not published."))
    answer_by = day(_("Answer by"))
    decision_number = line(_("Number of the notice"), 60, required=False)


class NothingForm(MeasureForm):
    reasons = words(_("Why nothing was found"), help_text=_("The holder reads it, if it was asked."))


class FoundForm(MeasureForm):
    standards = forms.MultipleChoiceField(label=_("Standards broken"), widget=forms.CheckboxSelectMultiple)
    reasons = words(_("What you found, and what the holder said to it"), rows=6, help_text=OURS)
    decision_number = line(_("Decision number"), 60)

    def fit(self) -> None:
        assert isinstance(self.subject, Inquiry)
        known = Standard.objects.filter(register_id=self.subject.licence.register_id, code__in=self.subject.standards)
        self.choose("standards", [(row.code, str(row)) for row in known.order_by("code")])
