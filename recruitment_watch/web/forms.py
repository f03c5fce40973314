"""How forms look: the renderer that puts every field into `_components/question.html`, and the few widgets it needs.

FORM_RENDERER = "recruitment_watch.web.forms.Renderer". Build forms on `QuestionForm` and give their element
`novalidate`: our own summary says how to mend a thing, a browser's bubble does not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.forms.renderers import DjangoTemplates
from django.utils.choices import BaseChoiceIterator, normalize_choices
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from recruitment_watch import cldr, clock

from . import plain_widgets

Words = str | Promise
Choices = Iterable[tuple[Any, Any]]


class ForTheReader(BaseChoiceIterator):
    """Choices made anew for each reader's language, in the form that Django wants.

    Of a list it would look at each pair three times a form to find that out: at two hundred countries more than all
    else that a page costs.
    """

    def __init__(self, make: Callable[[], Choices]) -> None:
        self.make = make

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        yield from self.make()

    def __copy__(self) -> ForTheReader:
        return self

    def __deepcopy__(self, _memo: dict[int, Any]) -> ForTheReader:
        return self


OF_A_LIST = {"invalid_choice", "invalid_list"}


class OneOf(forms.ChoiceField):
    """One of several answers. A form copies its fields; they share the choices, which nobody changes.

    Copied and looked at anew they would be half of what a small form costs.
    """

    def __init__(self, *, choices: Any = (), **kwargs: Any) -> None:
        pairs = normalize_choices(choices)
        shared = pairs if isinstance(pairs, BaseChoiceIterator) else ForTheReader(lambda: pairs)
        super().__init__(choices=shared, **kwargs)


class SomeOf(OneOf, forms.MultipleChoiceField):
    """Any number of several answers."""


class Question(BoundField):
    """A bound field that knows what `_components/question.html` and the error summary ask of it."""

    @property
    def first_id(self) -> str:
        """The id of the control that a link in the error summary leads to: of several, the first."""
        if self.is_choices and self.subwidgets:
            return str(self.subwidgets[0].id_for_label)
        return self.id_for_label or f"{self.auto_id}_0"

    @property
    def is_choices(self) -> bool:
        """Radios or several checkboxes: one row each."""
        return isinstance(self.field.widget, forms.RadioSelect)

    @property
    def is_single_check(self) -> bool:
        """One checkbox, whose label stands behind it."""
        return isinstance(self.field.widget, forms.CheckboxInput)

    @property
    def is_heading(self) -> bool:
        """Whether the form asks this one question on a page of its own: `heading = "<name of the field>"`."""
        return getattr(self.form, "heading", None) == self.name


class Renderer(DjangoTemplates):
    """Django's own renderer, with our question around each field.

    No template or widget of Django's is replaced: the Wagtail admin, which builds its fields itself, stays as it is.
    A few of its templates are written without the template engine (`plain_widgets`).
    """

    field_template_name = "_components/question.html"
    bound_field_class = Question

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        written = plain_widgets.write(template_name, context)
        return super().render(template_name, context, request) if written is None else written


class QuestionForm(forms.Form):
    """A form of questions: no bubbles of the browser, and a plain sentence where an answer is missing.

    heading: the name of the field that is the page's one question and its h1.
    """

    use_required_attribute = False
    heading: str | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            # The same object, not the same words: those would be put into the reader's language to be compared.
            if field.error_messages.get("required") is forms.Field.default_error_messages["required"]:
                field.error_messages["required"] = _("Please answer this question.")
            # Django's own sentences are missing in some of our languages.
            for code in OF_A_LIST & field.error_messages.keys():
                if field.error_messages[code] is type(field).default_error_messages.get(code):
                    field.error_messages[code] = _("Choose one of the answers in the list.")

    def choice(self, name: str) -> forms.ChoiceField:
        """The field of this name, whose choices are known only now."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        return field


class Radios(forms.RadioSelect):
    """Radio buttons as rows.

    hints: value → a second line under that choice, read out with it.
    apart: values set off from the others by a gap ("I don't know", "I'd rather not say").
    """

    def __init__(
        self,
        attrs: dict[str, Any] | None = None,
        choices: Choices = (),
        *,
        hints: Mapping[str, Words] | None = None,
        apart: Collection[str] = (),
    ) -> None:
        super().__init__(attrs, choices)
        self.hints = hints or {}
        self.apart = apart

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        option["apart"] = str(value) in self.apart
        option["hint"] = self.hints.get(str(value), "")
        if option["hint"] and "id" in option["attrs"]:
            option["attrs"]["aria-describedby"] = f"{option['attrs']['id']}_hint"
        return option


class Checkboxes(Radios, forms.CheckboxSelectMultiple):
    """Several checkboxes as rows, with the same hints and gaps as `Radios`."""


class Parts(forms.MultiWidget):
    """Several small controls side by side, each with its own label (month and year; amount and currency)."""

    template_name = "_components/parts.html"

    def __init__(self, parts: Sequence[tuple[Words, forms.Widget]], attrs: dict[str, Any] | None = None) -> None:
        super().__init__([widget for _label, widget in parts], attrs)
        self.labels = [label for label, _widget in parts]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        parts = zip(context["widget"]["subwidgets"], self.labels, self.widgets, strict=True)
        for part, label, widget in parts:
            part["label"] = label
            part["html"] = widget.render(part["name"], part["value"], part["attrs"])
        return context

    def use_required_attribute(self, initial: Any) -> bool:
        return False  # it would mark every part, also those that may stay empty

    def decompress(self, value: Any) -> list[Any]:
        return list(value) if value else [None] * len(self.widgets)


class MonthYear(Parts):
    """A month and a year as two lists to choose from: nothing to type, no keyboard, no digits of another script.

    Its value is "2026-05", or "2026" when the month is not known.
    """

    def __init__(self, *, back: int = 15, ahead: int = 0, attrs: dict[str, Any] | None = None) -> None:
        self.back, self.ahead = back, ahead
        month = forms.Select(choices=ForTheReader(_months))
        year = forms.Select(choices=ForTheReader(self._years))
        super().__init__([(_("Month"), month), (_("Year"), year)], attrs)

    def _years(self) -> Iterator[tuple[str, Words]]:
        this_year = clock.today().year
        yield "", _("Choose")
        for year in range(this_year + self.ahead, this_year - self.back - 1, -1):
            yield str(year), cldr.digits(str(year), get_language() or "en")

    def decompress(self, value: str | None) -> list[str]:
        year, _dash, month = (value or "").partition("-")
        return [month, year]

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:  # one str, not a list of parts
        month, year = (part or "" for part in super().value_from_datadict(data, files, name))
        return f"{year}-{month}" if month else year


class MonthYearField(forms.Field):
    """When something was, as exactly as a person can say it: "2026-05", "2026" or "" (ISO 8601, reduced precision).

    back, ahead: how many years before and after this one may be chosen; without years ahead no month to come either.
    """

    default_error_messages: ClassVar[dict[str, Any]] = {
        "year_missing": _("Choose the year too."),
        "unknown": _("Choose the month and the year from the lists."),
        "to_come": _("That month has not come yet. Choose an earlier one."),
    }

    def __init__(self, *, back: int = 15, ahead: int = 0, **kwargs: Any) -> None:
        self.back, self.ahead = back, ahead
        kwargs.setdefault("widget", MonthYear(back=back, ahead=ahead))
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        return str(value or "")

    def validate(self, value: str) -> None:
        super().validate(value)
        if not value:
            return
        year, _dash, month = value.partition("-")
        today = clock.today()
        years = range(today.year - self.back, today.year + self.ahead + 1)
        if not year:
            raise ValidationError(self.error_messages["year_missing"], code="year_missing")
        if year not in map(str, years) or (month and month not in MONTH_NUMBERS):
            raise ValidationError(self.error_messages["unknown"], code="unknown")
        if not self.ahead and value > f"{today:%Y-%m}":
            raise ValidationError(self.error_messages["to_come"], code="to_come")


MONTH_NUMBERS = tuple(f"{number:02}" for number in range(1, 13))


def _months() -> Iterator[tuple[str, Words]]:
    yield "", _("I don't know")
    yield from zip(MONTH_NUMBERS, cldr.month_names(get_language() or "en"), strict=True)
