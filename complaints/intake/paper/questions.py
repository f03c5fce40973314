"""The form's own questions, as paper can ask them: words to read, boxes to tick, lines to write on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms as django_forms
from django.forms.boundfield import BoundField

from complaints.intake import pages
from complaints.intake.forms import Paid, Part
from complaints.intake.progress import Progress
from recruitment_watch.web.forms import Checkboxes, Parts, Radios

PAYMENTS = 5  # rows of the table of payments, and of the page into which a helper types it
# How many lines there are to write on, where that is not as many as on a screen: what is longer goes onto the back.
LINES = {"words": 3, "promised": 5, "happened": 9, "where": 3, "when": 3}


@dataclass(frozen=True, slots=True)
class Choice:
    """A box to tick; `hint` is a second line under it."""

    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    `choices` are boxes: of `many` several may be ticked, else one; `lines` empty ones to write on; `parts` labels of
    short lines beside each other.
    """

    label: str
    hint: str = ""
    choices: tuple[Choice, ...] = ()
    many: bool = False
    lines: int = 0
    parts: tuple[str, ...] = ()


def of_pages(*names: str) -> list[Question]:
    """The questions of these pages of the form, in the language of the moment."""
    return [one for name in names for one in _of_page(name)]


def of_a_payment() -> dict[str, Question]:
    """What is asked of each payment, by the names of `Paid`'s fields."""
    form = Paid()
    return {field.name: _question(field) for field in form.visible_fields()}


def _of_page(name: str) -> Iterator[Question]:
    if name == "part":  # which parts there are depends on the country
        yield Question(str(Part.base_fields["region"].label), lines=1)
        return
    form = pages.BY_NAME[name].form(Progress())()
    for field in form.visible_fields():
        if not isinstance(field.field.widget, django_forms.FileInput):
            yield _question(field)


def _question(field: BoundField) -> Question:
    label, hint, widget = str(field.label), str(field.help_text), field.field.widget
    if isinstance(widget, Radios):
        boxes = _boxes(field.field.choices, widget)  # type: ignore[attr-defined]  # a ChoiceField, its choices a list
        return Question(label, hint, choices=boxes, many=isinstance(widget, Checkboxes))
    if isinstance(widget, Parts):
        return Question(label, hint, parts=tuple(str(one) for one in widget.labels))
    if isinstance(widget, django_forms.CheckboxInput):
        return Question("", hint, choices=(Choice(label),), many=True)
    # What may be chosen from a long list on the screen is written here.
    long = tuple(Choice(str(text)) for value, text in _listed(field) if value)
    return Question(label, hint, choices=long if field.name == "item" else (), lines=LINES.get(field.name, 1))


def _listed(field: BoundField) -> Sequence[tuple[Any, Any]]:
    return getattr(field.field, "choices", ())


def _boxes(choices: Sequence[tuple[Any, Any]], widget: Radios) -> tuple[Choice, ...]:
    return tuple(Choice(str(text), str(widget.hints.get(value, ""))) for value, text in choices if value)
