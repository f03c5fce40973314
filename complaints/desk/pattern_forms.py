"""Forms of a pattern."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.cases.models import Inspector
from recruitment_watch.web.forms import QuestionForm


class AssignForm(QuestionForm):
    """`people` are the colleagues who can be given the cases; `cases` how many it is about."""

    to = forms.ChoiceField(label=_("Who works on all of them?"), error_messages={"required": _("Choose somebody.")})

    def __init__(self, *args: Any, people: list[Inspector], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Choose")), *((str(one.pk), one.name) for one in people)]
