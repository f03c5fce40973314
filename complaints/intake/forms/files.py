"""A photo, a document or a recording to be added."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.files.kinds import ASKED_FOR
from recruitment_watch.web.forms import QuestionForm

from .fields import Upload


class AddFile(QuestionForm):
    """One file. `id` is made with the page, so that a file sent twice is there once."""

    id = forms.CharField(widget=forms.HiddenInput, required=False, max_length=16)
    file = forms.FileField(
        label=_("A photo, a document (PDF) or a recording"),
        help_text=_(
            "One at a time, at most 16 MB. With a slow network it can take some minutes: "
            "wait until the next page is there."
        ),
        required=False,
        allow_empty_file=True,  # what is wrong with a file is said by those who look into it
        widget=Upload(ASKED_FOR),
    )
    keep = forms.BooleanField(
        label=_("Keep the original too. It may show where, when and with which phone it was made."), required=False
    )
