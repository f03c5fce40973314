"""Where the work is, and where the person was recruited.

Never an address, because a domestic worker's workplace is her home.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from recruitment_watch import cldr
from recruitment_watch.web.forms import ForTheReader, OneOf, QuestionForm, Radios, Words


def _countries() -> Iterator[tuple[str, Words]]:
    yield "", _("Choose")
    yield from cldr.country_choices(get_language() or "en")


def _where_recruited() -> Iterator[tuple[str, Words]]:
    yield "", _("Choose")
    yield "same", _("The country where the work is")
    yield from cldr.country_choices(get_language() or "en")


class Place(QuestionForm):
    """Where the work is."""

    country = OneOf(
        label=_("In which country is the work?"),
        help_text=_("If you have not left yet: the country you were to work in."),
        choices=ForTheReader(_countries),
        widget=forms.Select(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Choose a country from the list.")},
    )


class Recruited(QuestionForm):
    """In which country they were recruited: its inspectors can do what those of the country of work cannot."""

    heading = "recruited_in"
    recruited_in = OneOf(
        label=_("In which country were you recruited?"),
        help_text=_("Where you spoke with the agency or agent, or where you paid them."),
        choices=ForTheReader(_where_recruited),
        widget=forms.Select(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Choose one, or go on without.")},
    )


class Part(QuestionForm):
    """Which part of the country, where parts have offices of their own."""

    heading = "region"
    region = OneOf(
        label=_("In which part of the country?"),
        widget=Radios(apart={"elsewhere"}),
        error_messages={"required": _("Choose one. If your part is not here, choose the last line.")},
    )

    def __init__(self, *args: Any, regions: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choice("region").choices = [
            *((region, region) for region in regions),
            ("elsewhere", _("Another part, or I'd rather not say")),
        ]
