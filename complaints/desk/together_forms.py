"""Forms of what takes two members. What is typed is sealed; it has to fit into one message's box."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.cases.states import Severity
from complaints.vault.padding import MESSAGE_MAX
from recruitment_watch.web.forms import QuestionForm, Radios

from .forms import BESIDE, fits

LINES = forms.Textarea(attrs={"rows": 4})


class IdentityForm(QuestionForm):
    why = forms.CharField(
        label=_("Why does your office need to reach this person?"),
        help_text=_("Your colleague reads this before approving. The person sees that you asked, not why."),
        widget=LINES,
    )

    def clean_why(self) -> str:
        return fits(self.cleaned_data["why"], MESSAGE_MAX - BESIDE)


class LowerForm(QuestionForm):
    """`band` is how urgent the case is now: what is offered is less than that."""

    to = forms.TypedChoiceField(
        label=_("How urgent is it?"),
        coerce=lambda value: Severity(int(value)),
        widget=Radios,
        error_messages={"required": _("Choose how urgent it is.")},
    )
    why = forms.CharField(
        label=_("Why is it less urgent than it looked?"),
        help_text=_("Your colleague reads this before approving. The person sees that you decided it, not why."),
        widget=LINES,
        error_messages={"required": _("Say why, in a sentence or two.")},
    )

    def __init__(self, *args: Any, band: Severity, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [(one.value, f"{one.name}: {one.label}") for one in Severity if one > band]

    def clean_why(self) -> str:
        return fits(self.cleaned_data["why"], MESSAGE_MAX - BESIDE)


class ProtectiveForm(QuestionForm):
    to = forms.CharField(label=_("Whom did you tell?"), max_length=200)
    said = forms.CharField(label=_("What exactly did you tell them?"), widget=LINES)
    why = forms.CharField(label=_("Whose life was in danger, and how?"), widget=LINES)

    def clean_said(self) -> str:
        return fits(self.cleaned_data["said"], (MESSAGE_MAX - BESIDE) // 3)

    def clean_why(self) -> str:
        return fits(self.cleaned_data["why"], (MESSAGE_MAX - BESIDE) // 3)
