"""Forms about the people of an office and their keys."""

from __future__ import annotations

from django import forms
from django.contrib.auth import password_validation
from django.utils.translation import gettext_lazy as _

from complaints.cases.models.people import Role
from recruitment_watch.web.forms import QuestionForm, Radios

PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class InviteForm(QuestionForm):
    name = forms.CharField(label=_("Their name"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    username = forms.SlugField(
        label=_("A user name for them"),
        help_text=_("Letters, digits and hyphens. They sign in with it."),
        max_length=80,
        widget=forms.TextInput(attrs=PLAIN),
    )
    role = forms.ChoiceField(label=_("What they do here"), choices=Role.choices, widget=Radios)


class EnrolForm(QuestionForm):
    username = forms.CharField(label=_("Your user name"), max_length=80, widget=forms.TextInput(attrs=PLAIN))
    code = forms.CharField(
        label=_("The code that you were given"),
        help_text=_("24 letters and digits. Spaces and hyphens do not matter."),
        max_length=60,
        widget=forms.TextInput(attrs=PLAIN),
    )
    password = forms.CharField(
        label=_("A new password"),
        help_text=_("At least 12 letters. You sign in with it; it does not open the vault."),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        password_validation.validate_password(password)
        return password


class RecoverForm(QuestionForm):
    code = forms.CharField(
        label=_("Your recovery code"),
        help_text=_("24 letters and digits, shown to you when you enrolled."),
        max_length=60,
        widget=forms.TextInput(attrs=PLAIN),
    )


class StatementForm(QuestionForm):
    file = forms.FileField(
        label=_("The file"),
        help_text=_("It is checked against the registrars' signatures, and changes nothing unless two of them hold."),
        max_length=200,
        error_messages={"required": _("Choose the file that two registrars have signed.")},
    )


class SureForm(QuestionForm):
    """`label` is what the person confirms, in a sentence."""

    sure = forms.BooleanField(error_messages={"required": _("Tick the box, or go back.")})

    def __init__(self, label: str, data: object = None) -> None:
        super().__init__(data)
        self.fields["sure"].label = label
