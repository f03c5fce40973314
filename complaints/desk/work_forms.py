"""Forms of an office's own work on a case. What is typed is sealed; days are typed anew and never filled in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from agencies.models import Standard
from complaints.cases.models import Inspector, Office
from complaints.cases.states import Severity
from complaints.cases.vocabulary import Remedy
from complaints.vault.padding import TEXT_MAX
from recruitment_watch import catalogues, cldr, clock
from recruitment_watch.web.forms import Checkboxes, QuestionForm, Radios

from . import evidence, remedies
from .forms import BESIDE, fits
from .letter_files import Letter

LINES = {"rows": 5}
LINE = {"autocomplete": "off"}
FARTHEST = timedelta(days=731)  # no plan of a case lies further ahead


class DayField(forms.DateField):
    """A day, as a browser's own calendar gives it or typed as 2026-12-31.

    `past` whether it lies behind us (True) or ahead; today is both. None: any day.
    """

    def __init__(self, *, past: bool | None = False, **kwargs: Any) -> None:
        self.past = past
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "autocomplete": "off"})
        kwargs.setdefault("error_messages", {})["invalid"] = _("Write the day as year, month and day: 2026-12-31.")
        super().__init__(widget=widget, input_formats=["%Y-%m-%d"], **kwargs)

    def validate(self, value: date | None) -> None:
        super().validate(value)
        today = clock.today()
        if value is not None and self.past is True and value > today:
            raise ValidationError(_("That day has not come yet."))
        if value is not None and self.past is False and not today <= value <= today + FARTHEST:
            raise ValidationError(_("Choose a day from today on, and not more than two years ahead."))


def text_field(label: Any, *, help_text: Any = "", required: bool = True) -> forms.CharField:
    return forms.CharField(label=label, help_text=help_text, required=required, widget=forms.Textarea(attrs=LINES))


class Sealed(QuestionForm):
    """A form whose `text` has to fit into one record's box."""

    def clean_text(self) -> str:
        return fits(self.cleaned_data["text"], TEXT_MAX - 2 * BESIDE)


class MemberField(forms.TypedChoiceField):
    """One of the members who may see the case; "" for nobody where that may be."""

    def __init__(self, members: Iterable[Inspector], nobody: Any = "", **kwargs: Any) -> None:
        self.by_id = {str(one.pk): one for one in members}
        choices = [("", nobody or _("Choose")), *((key, one.name) for key, one in self.by_id.items())]
        super().__init__(choices=choices, coerce=self.by_id.get, empty_value=None, **kwargs)


class AssignForm(QuestionForm):
    def __init__(self, *args: Any, members: Iterable[Inspector], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"] = MemberField(
            members, label=_("In whose hands is it?"), error_messages={"required": _("Choose a member of the office.")}
        )


class NoteForm(Sealed):
    text = text_field(_("Your note"), help_text=_("For your office alone: neither guests nor the person read it."))


class TaskForm(Sealed):
    text = text_field(_("What is to be done?"), help_text=_("For your office alone."))
    day = DayField(label=_("By which day?"))

    def __init__(self, *args: Any, members: Iterable[Inspector], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["whom"] = MemberField(members, _("Anybody of the office"), label=_("By whom?"), required=False)


class DoneForm(QuestionForm):
    task = forms.UUIDField(widget=forms.HiddenInput)


class LinkForm(Sealed):
    reference = forms.RegexField(
        r"^\s*[0-9A-Fa-f]{8}\s*$",
        label=_("Number of the other case"),
        help_text=_("Its eight letters and digits. Your office must have that case too."),
        widget=forms.TextInput(attrs=LINE),
        error_messages={"invalid": _("The number of a case has eight letters (A to F) and digits.")},
    )
    text = text_field(_("Why do they belong together?"))

    def clean_reference(self) -> str:
        return str(self.cleaned_data["reference"]).strip().lower()


class RaiseForm(Sealed):
    """`band` is how urgent the case is now: what is offered is more than that."""

    to = forms.TypedChoiceField(
        label=_("How urgent is it?"),
        coerce=lambda value: Severity(int(value)),
        widget=Radios,
        error_messages={"required": _("Choose how urgent it is.")},
    )
    text = text_field(_("What makes it more urgent?"), help_text=_("The person sees that it is, not why."))

    def __init__(self, *args: Any, band: Severity, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [(one.value, f"{one.name}: {one.label}") for one in Severity if one < band]


class EvidenceForm(Sealed):
    kind = forms.ChoiceField(label=_("What kind of evidence?"), choices=evidence.EvidenceClass.choices, widget=Radios)
    day = DayField(past=True, label=_("On which day did you gather it?"))
    text = text_field(
        _("What it is, where you got it, and what it shows"),
        help_text=_("Only what your office gathered itself, without the complaint."),
    )


class InspectionForm(QuestionForm):
    """What an order says. Never filled in beforehand, not even with the agency's name."""

    employer = forms.CharField(
        label=_("Employer or agency"),
        help_text=_("Type it anew, as your own records have it."),
        max_length=200,
        widget=forms.TextInput(attrs=LINE),
    )
    place = forms.CharField(label=_("Place"), max_length=300, widget=forms.TextInput(attrs=LINE))
    day = DayField(label=_("Day of the inspection"))
    ground = forms.ChoiceField(
        label=_("On what ground of its own?"),
        help_text=_("Choose one that would stand if nobody had ever complained."),
        choices=evidence.Ground.choices,
        widget=Radios,
    )


class OrderForm(InspectionForm):
    """The same with the office whose order it is: what the printed page is made of, and all it is made of."""

    day = DayField(past=None)  # it can be printed again later

    def __init__(self, *args: Any, offices: Iterable[Office], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["office"] = OfficeField(offices)


class OfficeField(forms.TypedChoiceField):
    def __init__(self, offices: Iterable[Office]) -> None:
        by_id = {str(one.pk): one for one in offices}
        super().__init__(choices=[(key, one.name) for key, one in by_id.items()], coerce=by_id.get)


class RemedyForm(Sealed):
    what = forms.TypedChoiceField(label=_("What?"), choices=Remedy.choices, coerce=Remedy, widget=Radios)
    stage = forms.TypedChoiceField(
        label=_("How far is it?"), choices=remedies.Stage.choices, coerce=remedies.Stage, widget=Radios
    )
    amount = forms.DecimalField(
        label=_("How much? (only for money)"),
        required=False,
        min_value=Decimal("0.01"),
        max_digits=14,
        decimal_places=2,
        widget=forms.TextInput(attrs=LINE | {"inputmode": "decimal", "class": "digits"}),
    )
    currency = forms.ChoiceField(label=_("In which money?"), required=False)
    owes = forms.TypedMultipleChoiceField(
        label=_("Who owes it?"),
        help_text=_("Several owe it together, and each of them all of it."),
        choices=remedies.Owes.choices,
        coerce=remedies.Owes,
        widget=Checkboxes,
    )
    source = forms.TypedChoiceField(
        label=_("From what does it come?"), choices=remedies.Source.choices, coerce=remedies.Source, widget=Radios
    )
    text = text_field(_("On what does it rest? For your office alone (you can leave this out)"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["currency"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Choose")), *cldr.currency_choices(get_language() or "en")]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        money = said.get("what") in remedies.IN_MONEY
        if money and not said.get("amount") and "amount" not in self.errors:
            self.add_error("amount", _("Say how much."))
        if money and not said.get("currency"):
            self.add_error("currency", _("Choose the money."))
        if said.get("what") and not money and (said.get("amount") or said.get("currency")):
            self.add_error("amount", _("This is not had in money: leave the amount and the money out."))
        return said


class AgencyLetterForm(QuestionForm):
    """A letter to the agency: rules and a day, and no place for words."""

    language = forms.ChoiceField(label=_("In which language?"))
    standards = forms.MultipleChoiceField(label=_("Which rules is it about?"), required=False, widget=Checkboxes)
    answer_by = DayField(label=_("By which day is the agency to answer?"))

    def __init__(self, *args: Any, letter: Letter, standards: Iterable[Standard], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        spoken, rules = self.fields["language"], self.fields["standards"]
        assert isinstance(spoken, forms.ChoiceField) and isinstance(rules, forms.MultipleChoiceField)
        spoken.choices = [(one, cldr.own_name(one)) for one in sorted(letter.texts)]
        rules.choices = [(one.code, str(one)) for one in standards]
        if "standards" not in letter.fields:
            del self.fields["standards"]


class PrintLetterForm(QuestionForm):
    """What the printed letter is made of: public names, rules, a day. Nothing of a case."""

    letter = forms.CharField(max_length=40)
    language = forms.ChoiceField(choices=[(one, one) for one in ("en", *catalogues.languages())])
    agency = forms.UUIDField()
    standards = forms.CharField(required=False, max_length=2_000)  # codes, a line each
    answer_by = forms.DateField(input_formats=["%Y-%m-%d"])

    def __init__(self, *args: Any, offices: Iterable[Office], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["office"] = OfficeField(offices)

    def clean_agency(self) -> UUID:
        return UUID(str(self.cleaned_data["agency"]))
