"""Which agency, and when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from recruitment_watch.web.forms import MonthYearField, OneOf, QuestionForm, Radios

from .fields import Spoken, Words, line


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
    agency = OneOf(
        label=_("Is it one of these?"),
        widget=Radios(apart={"none"}),
        error_messages={"required": _("Choose one. If it is not here, choose the last line.")},
    )

    def __init__(self, *args: Any, found: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.choice("agency")
        field.widget.hints = {one.id: f"{one.register}. {one.status}" for one in found}
        field.choices = [
            *((one.id, one.name) for one in found),
            ("none", _("No, it is not in this list")),
        ]


class Own(Spoken):
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
