"""Fields that several questions share."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from recruitment_watch import cldr
from recruitment_watch.web.forms import QuestionForm

MESSAGE_LETTERS = 2_000
MESSAGE_BYTES = 7_600
WORD = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}


class Words(forms.CharField):
    """A text in a person's own words, counted in letters as people count and in bytes as it is sealed.

    What is too long is not cut: the message says by how much, and the text stays in its box.
    """

    def __init__(self, *, letters: int, octets: int, rows: int, **kwargs: Any) -> None:
        self.letters, self.octets = letters, octets
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows, "autocomplete": "off", "dir": "auto"}))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        # Browsers send two characters for a line's end; they count as one.
        return (super().to_python(value) or "").replace("\r\n", "\n")

    def validate(self, value: str) -> None:
        super().validate(value)
        if (over := too_much(value, self.letters, self.octets)) > 0:
            raise ValidationError(
                ngettext(
                    "This text is too long by %(count)s letter. It is still here: make it shorter.",
                    "This text is too long by about %(count)s letters. It is still here: "
                    "make it shorter, and send the rest later as messages.",
                    over,
                )
                % {"count": cldr.count(over, get_language() or "en")},
                code="too_long",
            )


class TypedAgain(forms.TextInput):
    """A line with a secret in it. What was typed stands in no page a second time, as `SECRETS` of the error pages."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, None, attrs)


class Upload(forms.FileInput):
    """A file to choose, photograph or record. The browser's own words around it are in the phone's language."""

    def __init__(self, accept: str) -> None:
        super().__init__(attrs={"accept": accept})


class Spoken(QuestionForm):
    """A text that may be spoken instead: with a recording, sent now or before, the text may stay empty.

    `spoken` says that a recording of this page is there already; `id` is the new one's, made with the page.
    """

    id = forms.CharField(widget=forms.HiddenInput, required=False, max_length=16)

    def __init__(self, *args: Any, spoken: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["voice"] = forms.FileField(
            label=_("Or say it: record your voice"),
            help_text=_("In your own language. Your phone opens its recorder, or choose a recording."),
            required=False,
            allow_empty_file=True,  # what is wrong with a file is said by those who look into it
            widget=Upload("audio/*"),
        )
        if self.heading and (spoken or self.files.get("voice")):
            self.fields[self.heading].required = False


def too_much(value: str, letters: int, octets: int) -> int:
    """How many letters a text is over `letters`, or over `octets` bytes as it is sealed; 0 or less when it fits."""
    size = len(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    # A script that needs more bytes a letter reaches the end sooner: what to take away, in letters.
    return max(len(value) - letters, -(-(size - octets) * len(value) // max(size, 1)))


def line(label: Any, *, hint: Any = "", length: int = 200, required: bool = True, **attrs: str) -> forms.CharField:
    """One line of text. Not cut by the browser: our own sentence says when it is too long."""
    return forms.CharField(
        label=label,
        help_text=hint,
        required=required,
        validators=[_at_most(length)],
        widget=forms.TextInput(attrs=WORD | {"dir": "auto"} | attrs),
    )


def _at_most(length: int) -> Any:
    def check(value: str) -> None:
        if len(value) > length:
            raise ValidationError(
                _("This is too long: at most %(length)s letters."),
                params={"length": cldr.count(length, get_language() or "en")},
                code="too_long",
            )

    return check
