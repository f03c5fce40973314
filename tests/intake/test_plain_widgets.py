"""The widgets written by hand say what Django's templates say, and leave to Django what is not plain."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy, override

from recruitment_watch.web import plain_widgets
from recruitment_watch.web.forms import Checkboxes, MonthYear, Radios, Renderer

NASTY = "\"><script>'&\u200f1"
CHOICES = [("", gettext_lazy("Choose")), ("a", NASTY), (NASTY, "b"), (3, 1234567), ("s", mark_safe("<b>bold</b>"))]
ATTRS = {"id": NASTY, "autofocus": True, "disabled": False, "rows": 5, "class": mark_safe("a&amp;b")}
WIDGETS = (
    forms.Select(choices=CHOICES),
    forms.Select(choices=[("group", CHOICES), ("x", "y")]),
    forms.SelectMultiple(choices=CHOICES),
    forms.Textarea(),
    forms.TextInput(),
    forms.NumberInput(),
    forms.EmailInput(),
    forms.HiddenInput(),
    forms.PasswordInput(render_value=True),
    forms.CheckboxInput(),
    forms.RadioSelect(choices=CHOICES),
    Radios(choices=CHOICES),
    Checkboxes(choices=CHOICES),
    MonthYear(),
)


def squeezed(html: str) -> str:
    return re.sub(r">\s+", ">", re.sub(r"\s+<", "<", html)).strip()


@pytest.mark.parametrize("value", [None, "", "a", NASTY, "3", "2026-05"])
@pytest.mark.parametrize("widget", WIDGETS, ids=lambda one: type(one).__name__)
@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_by_hand_as_by_template(widget: forms.Widget, value: Any, language: str) -> None:
    with override(language):
        by_hand = widget.render("field", value, dict(ATTRS), renderer=Renderer())
        by_template = widget.render("field", value, dict(ATTRS), renderer=DjangoTemplates())
        assert squeezed(by_hand) == squeezed(by_template)
        if isinstance(widget, forms.RadioSelect):
            for one in widget.subwidgets("field", value, dict(ATTRS)):
                context = {"widget": {**one, "wrap_label": False}}
                again = Renderer().render(one["template_name"], context)
                assert squeezed(again) == squeezed(DjangoTemplates().render(one["template_name"], context))


def test_a_text_keeps_its_own_lines() -> None:
    assert "\n one\n\ntwo </textarea>" in forms.Textarea().render("field", " one\n\ntwo ", renderer=Renderer())


def test_the_plain_ones_are_written_by_hand() -> None:
    context = forms.Select(choices=CHOICES).get_context("field", "a", {})
    assert plain_widgets.write("django/forms/widgets/select.html", context)
    assert plain_widgets.write("_components/parts.html", context) is None
