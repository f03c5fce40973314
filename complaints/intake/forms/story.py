"""The questions. Plain words; nothing is remembered by the browser; every mistake says how to mend it.

Never asked: immigration status, nationality, passport, visa, home address.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_countries import countries

from complaints.cases.severity import Category
from recruitment_watch.web.forms import Checkboxes, MonthYearField, QuestionForm, Radios

from .answers import HAPPENED_BYTES_MAX, HAPPENED_MAX

MESSAGE_LETTERS = 2_000
MESSAGE_BYTES = 7_600
WORD = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}


class Words(forms.CharField):
    """A text in a person's own words, counted in letters as people count and in bytes as it is sealed.

    What is too long is not cut: the message says by how much, and the text stays in its box.
    """

    def __init__(self, *, letters: int, octets: int, rows: int, **kwargs: Any) -> None:
        self.letters, self.octets = letters, octets
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows, "autocomplete": "off"}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        # Browsers send two characters for a line's end; they count as one.
        return (super().to_python(value) or "").replace("\r\n", "\n")

    def validate(self, value: str) -> None:
        super().validate(value)
        size = len(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        # A script that needs more bytes a letter reaches the end sooner: what to take away, in letters.
        over = max(len(value) - self.letters, -(-(size - self.octets) * len(value) // max(size, 1)))
        if over > 0:
            raise ValidationError(
                ngettext(
                    "This text is too long by %(count)d letter. It is still here: make it shorter.",
                    "This text is too long by about %(count)d letters. It is still here: "
                    "make it shorter, and send the rest later as messages.",
                    over,
                )
                % {"count": over},
                code="too_long",
            )


def line(label: Any, *, hint: Any = "", length: int = 200, required: bool = True, **attrs: str) -> forms.CharField:
    """One line of text. Not cut by the browser: our own sentence says when it is too long."""
    return forms.CharField(
        label=label,
        help_text=hint,
        required=required,
        validators=[_at_most(length)],
        widget=forms.TextInput(attrs=WORD | attrs),
    )


def _at_most(length: int) -> Any:
    def check(value: str) -> None:
        if len(value) > length:
            raise ValidationError(
                _("This is too long: at most %(length)d letters."), params={"length": length}, code="too_long"
            )

    return check


class Place(QuestionForm):
    """Where the work is."""

    country = forms.ChoiceField(
        label=_("In which country is the work?"),
        help_text=_("If you have not left yet: the country you were to work in."),
        widget=forms.Select(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Choose a country from the list.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = [("", _("Choose")), *countries]  # type: ignore[attr-defined]  # a ChoiceField


class Part(QuestionForm):
    """Which part of the country, where parts have offices of their own."""

    heading = "region"
    region = forms.ChoiceField(
        label=_("In which part of the country?"),
        widget=Radios(apart={"elsewhere"}),
        error_messages={"required": _("Choose one. If your part is not here, choose the last line.")},
    )

    def __init__(self, *args: Any, regions: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["region"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            *((region, region) for region in regions),
            ("elsewhere", _("Another part, or I'd rather not say")),
        ]


class Name(QuestionForm):
    """The agency, to be looked for."""

    heading = "name"
    name = line(
        _("Which agency is it about?"),
        hint=_("Its name or licence number, as it stands on a paper, a card or a message. A part is enough."),
    )


class Choose(QuestionForm):
    """One of the agencies found."""

    heading = "agency"
    agency = forms.ChoiceField(
        label=_("Is it one of these?"),
        widget=Radios(apart={"none"}),
        error_messages={"required": _("Choose one. If it is not here, choose the last line.")},
    )

    def __init__(self, *args: Any, found: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["agency"]
        field.widget.hints = {one.id: f"{one.register}. {one.status}" for one in found}
        field.choices = [  # type: ignore[attr-defined]  # a ChoiceField
            *((one.id, one.name) for one in found),
            ("none", _("No, it is not in this list")),
        ]


class Own(QuestionForm):
    """An agency that is in no list, in one's own words."""

    heading = "words"
    words = Words(
        label=_("What do you know about the agency?"),
        help_text=_("Its name, where its office is, a phone number, who spoke to you. What you know is enough."),
        letters=500,
        octets=2_200,
        rows=5,
    )


class When(QuestionForm):
    """When it was."""

    heading = "when"
    when = MonthYearField(
        label=_("When was it?"),
        help_text=_("When you paid, signed or were promised the job. The year is enough."),
        back=15,
    )


class Kind(QuestionForm):
    """What it is about."""

    heading = "categories"
    categories = forms.MultipleChoiceField(
        label=_("What is it about?"),
        help_text=_("Choose all that fit."),
        choices=Category.choices,
        widget=Checkboxes(),
        error_messages={"required": _("Choose at least one, or go on without.")},
    )


class Now(QuestionForm):
    """Danger."""

    heading = "danger"
    danger = forms.ChoiceField(
        label=_("Is anybody in danger now?"),
        choices=[
            ("yes", _("Yes: I am, or somebody else is")),
            ("no", _("No")),
            ("unsure", _("I am not sure")),
        ],
        widget=Radios(
            hints={"yes": _("For example: hurt, threatened, locked in, watched, forced to work, or there is a child.")},
            apart={"unsure"},
        ),
    )


class Happened(QuestionForm):
    """The story."""

    heading = "happened"
    happened = Words(
        label=_("What happened?"),
        help_text=_(
            "What was promised, what you paid and to whom, what was different. "
            "Do not write your name, your address or the number of a passport or visa."
        ),
        letters=HAPPENED_MAX,
        octets=HAPPENED_BYTES_MAX,
        rows=12,
    )


class Reach(QuestionForm):
    """Whether to be reached."""

    heading = "reach"
    reach = forms.ChoiceField(
        label=_("May the office contact you?"),
        choices=[
            ("no", _("No. I will come back here with my receipt")),
            ("yes", _("Yes, but only in a way that I choose")),
        ],
        widget=Radios(
            hints={
                "no": _("Nobody needs to know who you are. The office writes to you here."),
                "yes": _("Two people of the office must agree before it sees this, and you can see that they did."),
            }
        ),
    )


class How(QuestionForm):
    """How and when it is safe."""

    how = forms.ChoiceField(
        label=_("In which way?"),
        choices=[
            ("call", _("A phone call")),
            ("message", _("A message on the phone")),
            ("mail", _("An email")),
            ("person", _("Through a person I trust")),
        ],
        widget=Radios(),
    )
    where = line(
        _("The number, the email address, or who the person is"),
        hint=_("Only one that nobody else looks at."),
        length=300,
    )
    when = line(
        _("When is it safe, and what must they not do?"),
        hint=_("For example: Fridays after 8 in the evening; do not say who is calling."),
        length=300,
        required=False,
    )


class Seen(QuestionForm):
    """A page without a question: it was seen. `version` stands for what was shown."""

    version = forms.CharField(required=False, widget=forms.HiddenInput)


class ReceiptForm(QuestionForm):
    """The 24 digits; read and judged by `complaints.vault.receipts`, not here."""

    number = forms.CharField(
        label=_("Your receipt"),
        help_text=_("24 digits. Spaces between them do not matter."),
        widget=forms.TextInput(attrs=WORD | {"inputmode": "numeric", "class": "digits"}),
        error_messages={"required": _("Type the 24 digits of your receipt.")},
    )


class Message(QuestionForm):
    """A message to the office. Its id is made with the page: sending it twice stores it once."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    text = Words(label=_("Write to the office"), letters=MESSAGE_LETTERS, octets=MESSAGE_BYTES, rows=6)
