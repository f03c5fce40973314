"""The desk's forms."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from agencies.models import Referral, Standard
from complaints.cases.states import Outcome
from complaints.files.kinds import ASKED_FOR
from complaints.vault.padding import MESSAGE_MAX, TEXT_MAX
from recruitment_watch.web.forms import Checkboxes, QuestionForm, Radios

# What the sealed JSON needs beside the text: names, times, escapes of quotes and line ends.
BESIDE = 1_000
# Kept with what was typed into a form whose vault had closed, where a file was chosen too.
FILE_GONE = "file_gone"


class SignIn(QuestionForm):
    username = forms.CharField(
        label=_("Your user name"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("Your password"),
        max_length=500,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class Code(QuestionForm):
    """A code that was typed, or what a passkey answered; that one the page's script fills in."""

    code = forms.CharField(
        label=_("Your code"),
        max_length=40,
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    passkey = forms.CharField(max_length=20_000, required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if not self.errors and not given.get("code") and not given.get("passkey"):
            self.add_error("code", _("Type the code."))
        return given


class OpenVaultForm(QuestionForm):
    passphrase = forms.CharField(
        label=_("Your six words"),
        help_text=_("From the sheet that you were given when you joined. Small or capital letters do not matter."),
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class Answer(QuestionForm):
    text = forms.CharField(
        label=_("Your message"),
        help_text=_("Short sentences. The person reads it with their receipt, when it is safe for them."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    file = forms.FileField(
        label=_("Add a photo, a document (PDF) or a recording (you can leave this out)"),
        help_text=_(
            "At most 16 MB. It is written anew before it is sent: what its camera or program noted goes, its name too. "
            "What can be seen and heard in it stays."
        ),
        required=False,
        allow_empty_file=True,  # what is wrong with a file is said by those who look into it
        widget=forms.FileInput(attrs={"accept": ASKED_FOR}),
    )
    asks = forms.BooleanField(
        label=_("I ask something: the clock stands until the person answers"),
        required=False,
    )

    def __init__(self, *args: Any, may_ask: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_ask:
            del self.fields["asks"]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if FILE_GONE in self.data:
            self.choose_again()
        return given

    def choose_again(self) -> None:
        """Say that a chosen file has to be chosen once more: no browser fills that field in again."""
        if "file" not in self.errors:
            self.add_error("file", _("Choose the file once more: it was not kept."))

    def clean_text(self) -> str:
        return fits(self.cleaned_data["text"], MESSAGE_MAX - BESIDE)


class Why(QuestionForm):
    """Why the office gives the case on, or back: the complainant reads it."""

    text = forms.CharField(
        label=_("Why? The person reads this in their mailbox"),
        help_text=_("Short sentences. Say what happens now, and that they need do nothing."),
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Say why, in a sentence or two.")},
    )

    def clean_text(self) -> str:
        return fits(self.cleaned_data["text"], MESSAGE_MAX - BESIDE)


class Finding(QuestionForm):
    """`standards` are those that can be named, `evidence` the pieces that it can rest on: (id, words)."""

    standard = forms.ChoiceField(label=_("Which rule was broken?"))
    text = forms.CharField(
        label=_("What you found, and how you know"),
        help_text=_("Evidence that you gathered yourself. A finding never rests on the complaint alone."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    evidence = forms.TypedMultipleChoiceField(
        label=_("On which evidence does it rest?"), required=False, coerce=UUID, widget=Checkboxes
    )

    def __init__(
        self, *args: Any, standards: list[Standard], evidence: Sequence[tuple[str, str]] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if evidence:
            self.choice("evidence").choices = list(evidence)
        else:
            del self.fields["evidence"]
        self.fields["standard"] = forms.ChoiceField(
            label=self.fields["standard"].label,
            choices=[("", _("Choose")), *((one.code, str(one)) for one in standards)],
            error_messages={"required": _("Choose the rule.")},
        )

    def clean_text(self) -> str:
        return fits(self.cleaned_data["text"], TEXT_MAX - BESIDE)


class Closing(QuestionForm):
    outcome = forms.ChoiceField(
        label=_("What came of it?"),
        help_text=_("The person reads this too."),
        choices=Outcome.choices,
        widget=Radios,
        error_messages={"required": _("Choose what came of it.")},
    )
    text = forms.CharField(
        label=_("A word to the person (you can leave this out)"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean_text(self) -> str:
        return fits(self.cleaned_data["text"], MESSAGE_MAX - 2 * BESIDE)

    def clean_outcome(self) -> Outcome:
        return Outcome(self.cleaned_data["outcome"])


class ReferralForm(QuestionForm):
    """`standards` are those of the agency's own register."""

    standards = forms.MultipleChoiceField(label=_("Which rules were broken?"), widget=Checkboxes)
    evidence_class = forms.ChoiceField(
        label=_("What kind of evidence is there?"), choices=Referral.EvidenceClass.choices, widget=Radios
    )

    def __init__(self, *args: Any, standards: list[Standard], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["standards"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(one.code, str(one)) for one in standards]


def fits(text: str, limit: int) -> str:
    """`text` if it has at most `limit` bytes as the sealed JSON will hold it; else how much too long it is."""
    size = len(json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    if size > limit:
        raise ValidationError(
            _("This is too long by about %(percent)d per cent. Send it in two parts."),
            params={"percent": -(-(size - limit) * 100 // limit)},
        )
    return text
