"""Forms that an agency fills in, and that of somebody who objects."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from agencies.board.models import Application
from recruitment_watch.web.forms import QuestionForm, Radios


class ApplicationForm(QuestionForm):
    """What an agency asks for."""

    kind = forms.ChoiceField(label=_("What do you apply for?"), choices=Application.Kind.choices, widget=Radios())
    licence_number = forms.CharField(
        label=_("Number of the licence to renew"), max_length=60, required=False, help_text=_("Only for a renewal.")
    )
    name = forms.CharField(label=_("Name of the agency"), max_length=300)
    operator = forms.CharField(label=_("Person or company behind it"), max_length=300)
    responsible = forms.CharField(
        label=_("Who answers for it by law"), widget=forms.Textarea(attrs={"rows": 3}), help_text=_("One name a line.")
    )
    address = forms.CharField(label=_("Address"), widget=forms.Textarea(attrs={"rows": 2}))
    phone = forms.CharField(label=_("Telephone"), max_length=40)
    email = forms.EmailField(label=_("E-mail"), required=False)
    work = forms.CharField(
        label=_("For which work, and in which countries"), widget=forms.Textarea(attrs={"rows": 3})
    )  # fmt: skip
    guarantor = forms.CharField(label=_("Bank or insurer that would hold your guarantee"), max_length=200)
    guarantee_amount = forms.DecimalField(
        label=_("Amount of the guarantee"), max_digits=14, decimal_places=2, min_value=1
    )
    guarantee_currency = forms.RegexField(
        label=_("Currency"), regex=r"^[A-Z]{3}$", max_length=3, help_text=_("Three capital letters, like USD."),
        error_messages={"invalid": _("Write three capital letters, like USD.")},
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("kind") == Application.Kind.RENEWAL and not given.get("licence_number"):
            self.add_error("licence_number", _("Write the number of the licence."))
        return given


class BackForm(QuestionForm):
    """Reference and code."""

    reference = forms.CharField(label=_("Your reference"), max_length=20)
    code = forms.CharField(
        label=_("Your code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class AnswerForm(QuestionForm):
    """An agency's answer, to a notice or a question of the regulator's."""

    answer = forms.CharField(label=_("What do you answer?"), widget=forms.Textarea(attrs={"rows": 8}))


class PaperForm(QuestionForm):
    """One paper."""

    title = forms.CharField(label=_("What is it?"), max_length=200)
    file = forms.FileField(label=_("The file"), help_text=_("PDF, JPEG or PNG, at most 5 megabytes."))


class ObjectionForm(QuestionForm):
    """An objection, under a name."""

    name = forms.CharField(label=_("Your name"), max_length=200, help_text=_("The agency will read it."))
    contact = forms.CharField(
        label=_("How to reach you"), max_length=300, help_text=_("Only the regulator and the board read this.")
    )
    text = forms.CharField(label=_("What you say against it"), widget=forms.Textarea(attrs={"rows": 6}))
