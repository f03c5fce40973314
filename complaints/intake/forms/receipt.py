"""Coming back: the receipt, and a message."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.files.kinds import ASKED_FOR
from recruitment_watch.web.forms import QuestionForm

from .fields import MESSAGE_BYTES, MESSAGE_LETTERS, WORD, TypedAgain, Upload, Words


class ReceiptForm(QuestionForm):
    """The 24 digits; read and judged by `complaints.vault.receipts`, not here. Wrong ones are typed again."""

    number = forms.CharField(
        label=_("Your receipt"),
        help_text=_("24 digits. Spaces between them do not matter."),
        widget=TypedAgain(attrs=WORD | {"inputmode": "numeric", "class": "digits"}),
        error_messages={"required": _("Type the 24 digits of your receipt.")},
    )


class Message(QuestionForm):
    """A message to the office. Its id is made with the page: sending it twice stores it once."""

    id = forms.UUIDField(widget=forms.HiddenInput)
    text = Words(label=_("Write to the office"), letters=MESSAGE_LETTERS, octets=MESSAGE_BYTES, rows=6)
    file = forms.FileField(
        label=_("Or add a photo, a document (PDF) or a recording"),
        required=False,
        allow_empty_file=True,  # what is wrong with a file is said by those who look into it
        widget=Upload(ASKED_FOR),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.files.get("file"):
            self.fields["text"].required = False
