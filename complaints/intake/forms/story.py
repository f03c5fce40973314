"""Whose story it is, danger, and what happened."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.cases import vocabulary
from complaints.cases.severity import Category
from complaints.intake.answers import HAPPENED_BYTES_MAX, HAPPENED_MAX, PROMISED_BYTES_MAX, PROMISED_MAX
from recruitment_watch.web.forms import Checkboxes, OneOf, QuestionForm, Radios, SomeOf

from .fields import Spoken, Words, line


class Now(QuestionForm):
    """Danger: asked first, because the answer may be to stop filling in forms."""

    heading = "danger"
    danger = OneOf(
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


class Whose(QuestionForm):
    """Whose story it is."""

    heading = "whose"
    whose = OneOf(
        label=_("Who did it happen to?"),
        choices=vocabulary.Whose.choices,
        widget=Radios(
            hints={
                vocabulary.Whose.KNOWS: _("The receipt is theirs: give it to them at the end."),
                vocabulary.Whose.OTHER: _(
                    "Write nothing by which others could find them, and tell them as soon as it is safe."
                ),
                vocabulary.Whose.HELPER: _(
                    "Write it for one person, with them. The receipt is theirs. "
                    "They can give you one of your own later."
                ),
                vocabulary.Whose.INSIDER: _(
                    "Do not use the agency's phone, computer or network, and write nothing that only you can know."
                ),
            },
            apart={vocabulary.Whose.HELPER},
        ),
    )


class Kind(QuestionForm):
    """What it is about."""

    heading = "categories"
    categories = SomeOf(
        label=_("What is it about?"),
        help_text=_("Choose all that fit."),
        choices=Category.choices,
        widget=Checkboxes(),
        error_messages={"required": _("Choose at least one, or go on without.")},
    )


class Work(QuestionForm):
    """The sector."""

    heading = "sector"
    sector = OneOf(
        label=_("What kind of work is it?"),
        choices=vocabulary.Sector.choices,
        widget=Radios(),
        error_messages={"required": _("Choose one, or go on without.")},
    )


class Promised(Spoken):
    """What was promised."""

    heading = "promised"
    promised = Words(
        label=_("What were you promised?"),
        help_text=_("The work, the pay, the hours, the place to live. Who promised it, and is it on paper?"),
        letters=PROMISED_MAX,
        octets=PROMISED_BYTES_MAX,
        rows=6,
    )


class Happened(Spoken):
    """The story."""

    heading = "happened"
    happened = Words(
        label=_("What happened?"),
        help_text=_(
            "What was different from the promise, and what they did. "
            "Do not write your name, your address or the number of a passport or visa."
        ),
        letters=HAPPENED_MAX,
        octets=HAPPENED_BYTES_MAX,
        rows=10,
    )


class Kept(QuestionForm):
    """Papers that somebody keeps."""

    heading = "papers"
    papers = SomeOf(
        label=_("Does anybody keep something of yours?"),
        help_text=_("Choose all that fit. We never ask for their numbers."),
        choices=vocabulary.Paper.choices,
        widget=Checkboxes(),
        error_messages={"required": _("Choose what they keep, or go on without.")},
    )


class Wish(QuestionForm):
    """What is to come of it."""

    wishes = SomeOf(
        label=_("What do you want to happen?"),
        help_text=_("Choose all that fit. The office cannot promise it, but it will know what matters to you."),
        choices=vocabulary.Remedy.choices,
        widget=Checkboxes(),
        required=False,
    )
    wish_words = line(_("Something else, in your words"), length=300, required=False)

    def clean(self) -> dict[str, object]:
        said = super().clean() or {}
        if not said.get("wishes") and not said.get("wish_words") and not self.errors:
            self.add_error("wishes", _("Choose at least one, or go on without."))
        return said


class Look(QuestionForm):
    """Numbers that could lead to somebody: out, or left in."""

    heading = "what"
    what = OneOf(
        label=_("Shall we take these out?"),
        choices=[
            ("out", _("Yes, take them out")),
            ("in", _("No, leave them in")),
        ],
        widget=Radios(
            hints={"in": _("For example because it is the agency's number, and not yours.")},
        ),
    )


class Seen(QuestionForm):
    """A page without a question: it was seen. `version` stands for what was shown."""

    version = forms.CharField(required=False, widget=forms.HiddenInput)
