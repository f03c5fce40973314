"""Django's plainest widget templates, written by hand: the same HTML, in a fraction of the time.

Django renders a template for each `<option>` and one more for its attributes: the list of countries alone took longer
than all else on the form's first page together. What is not plain (groups of options, labels around a control, a
template of a project's own) is left to Django.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.formats import localize
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

Widget = Mapping[str, Any]


def write(template_name: str, context: Mapping[str, Any]) -> SafeString | None:
    """The HTML of a widget as Django's own template gives it, but for blank space between tags.

    None where Django has to do it.
    """
    writer = _WRITERS.get(template_name)
    written = writer(context["widget"]) if writer else None
    return None if written is None else mark_safe(written)  # every value in it has been escaped


def _select(widget: Widget) -> str | None:
    options = []
    for group, choices, _index in widget["optgroups"]:
        if group or any(one["template_name"] != "django/forms/widgets/select_option.html" for one in choices):
            return None
        options += [
            f'<option value="{_text(one["value"])}"{_attributes(one)}>{_shown(one["label"])}</option>'
            for one in choices
        ]
    return f'<select name="{_shown(widget["name"])}"{_attributes(widget)}>{"".join(options)}</select>'


def _textarea(widget: Widget) -> str:
    value = widget["value"]
    return (
        f'<textarea name="{_shown(widget["name"])}"{_attributes(widget)}>\n{_shown(value) if value else ""}</textarea>'
    )


def _input(widget: Widget) -> str:
    value = widget["value"]
    said = f' value="{_text(value)}"' if value is not None else ""
    return f'<input type="{_shown(widget["type"])}" name="{_shown(widget["name"])}"{said}{_attributes(widget)}>'


def _option(widget: Widget) -> str | None:
    return None if widget.get("wrap_label") else _input(widget)


def _attributes(widget: Widget) -> str:
    return "".join(
        f" {_shown(name)}" if value is True else f' {_shown(name)}="{_text(value)}"'
        for name, value in widget["attrs"].items()
        if value is not False
    )


def _text(value: Any) -> str:
    """As the filter `stringformat:"s"`."""
    return conditional_escape(value)


def _shown(value: Any) -> str:
    """As a template shows a value: a number in the language's own digits."""
    return conditional_escape(localize(value))


_INPUTS = ("text", "hidden", "number", "email", "password", "checkbox", "input")
_WRITERS: Mapping[str, Callable[[Widget], str | None]] = {
    "django/forms/widgets/select.html": _select,
    "django/forms/widgets/textarea.html": _textarea,
    "django/forms/widgets/radio_option.html": _option,
    "django/forms/widgets/checkbox_option.html": _option,
    **{f"django/forms/widgets/{kind}.html": _input for kind in _INPUTS},
}
