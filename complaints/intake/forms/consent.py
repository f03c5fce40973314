"""Who may learn what: contact with the office, what the agency may be told, and who else writes about the same."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.cases import vocabulary
from complaints.intake import groups
from recruitment_watch.web.forms import Checkboxes, OneOf, QuestionForm, Radios, SomeOf

from .fields import WORD, line


class Reach(QuestionForm):
    """Whether to be reached: the second level of consent."""

    heading = "reach"
    reach = OneOf(
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

    how = OneOf(
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


class Tell(QuestionForm):
    """What the agency may be told: the third level of consent, item by item. Nothing is chosen beforehand."""

    may = OneOf(
        label=_("May the agency be told something?"),
        help_text=_(
            "To get money or papers back for you, the office often has to speak to the agency. "
            "You decide, and you can change it later."
        ),
        choices=[
            ("no", _("No. The agency must not learn that I wrote")),
            ("yes", _("Yes, but only this:")),
        ],
        widget=Radios(),
    )
    told = SomeOf(
        label=_("What the agency may be told"),
        choices=vocabulary.Told.choices,
        required=False,
        widget=Checkboxes(
            hints={
                vocabulary.Told.HAPPENED: _("The agency may guess from it who you are."),
                vocabulary.Told.NAME: _("Only if you gave a way to reach you, and it is safe."),
            }
        ),
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("may") == "yes" and not said.get("told"):
            self.add_error("told", _("Choose what the agency may be told, or choose “No” above."))
        if said.get("may") == "no" and said.get("told"):
            self.add_error("may", _("You chose “No” and also ticked something below. Choose one of the two."))
        return said


class Group(QuestionForm):
    """Several people, one agency: a code by which their complaints find each other, inside the office alone."""

    group = OneOf(
        label=_("Do others write about the same?"),
        choices=[
            ("no", _("No, or I don't know")),
            ("new", _("Perhaps: give me a code that I can hand to them")),
            ("have", _("Yes: I have got a code from one of them")),
        ],
        widget=Radios(
            hints={
                "new": _("Who has the code can only add a complaint of their own. They see nothing of yours."),
            }
        ),
    )
    code = forms.CharField(
        label=_("The code, if you have got one"),
        help_text=_("12 digits."),
        required=False,
        widget=forms.TextInput(attrs=WORD | {"inputmode": "numeric", "class": "digits"}),
    )

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        said["own"] = ""
        if said.get("group") == "have":
            try:
                said["own"] = groups.read(said.get("code", ""))
            except groups.CodeMistyped:
                self.add_error("code", _("This is not a right code. It has 12 digits: look at it once more."))
        return said
