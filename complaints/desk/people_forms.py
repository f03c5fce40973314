"""Forms about who is away and who takes over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from complaints.cases.models import Inspector
from recruitment_watch import clock
from recruitment_watch.web.forms import QuestionForm

DAY = {"type": "date"}


def day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs=DAY),
        error_messages={"invalid": _("Write the day as 2026-12-24.")},
    )


class AwayForm(QuestionForm):
    """`members` are those for whom the writer may say it; `people` the colleagues who can cover."""

    who = forms.ChoiceField(label=_("Who is away?"))
    since = day(_("First day away"))
    until = day(_("Last day away"))
    cover = forms.ChoiceField(label=_("Who covers?"), error_messages={"required": _("Choose somebody.")})

    def __init__(self, *args: Any, members: Sequence[Inspector], people: Sequence[Inspector], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, chosen in (("who", members), ("cover", people)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            none = [] if name == "who" else [("", _("Choose"))]
            field.choices = [*none, *((str(one.pk), one.name) for one in chosen)]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        since, until = given.get("since"), given.get("until")
        if since and until and (until < since or until < clock.today()):
            self.add_error("until", ValidationError(_("The last day comes after the first, and has not gone by.")))
        if given.get("who") and given.get("who") == given.get("cover"):
            self.add_error("cover", ValidationError(_("Nobody covers for themselves. Choose somebody else.")))
        return given


class HandOnForm(QuestionForm):
    """`people` are the colleagues who can take the cases."""

    to = forms.ChoiceField(label=_("Who takes the cases?"), required=False)

    def __init__(self, *args: Any, people: Sequence[Inspector], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Nobody: they stand in the queue")), *((str(one.pk), one.name) for one in people)]
