"""Forms of what officers do around a licence. They check what a form can; the verbs have the last word."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Model
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from agencies.board.forms import DayInput
from agencies.licensing import ON_APPEAL, State
from agencies.models import (
    Appeal,
    Guarantee,
    Licence,
    LicenceEvent,
    Operator,
    OperatorRelation,
    ResponsiblePerson,
    Standard,
)


class MeasureForm(forms.Form):
    """Knows what it is about: ``subject`` is the agency, licence, operator or thing."""

    def __init__(self, *args: Any, subject: Model, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subject = subject
        self.fit()

    def fit(self) -> None:
        """Fill the lists to choose from with what fits the subject."""

    def choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices


def words(label: Any, *, rows: int = 3, required: bool = True, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, required=required, widget=forms.Textarea(attrs={"rows": rows}), help_text=help_text
    )


def line(label: Any, length: int, *, required: bool = True, help_text: Any = "") -> forms.CharField:
    return forms.CharField(label=label, max_length=length, required=required, help_text=help_text)


def day(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    return forms.DateField(label=label, required=required, widget=DayInput(), help_text=help_text)


def money(label: Any) -> forms.DecimalField:
    return forms.DecimalField(label=label, max_digits=14, decimal_places=2, min_value=0.01)


PUBLISHED = _("Published on the agency's page: name nobody who complained, and no day or place that leads to them.")


class Why(MeasureForm):
    reasons = words(_("Reasons"))


class Decided(MeasureForm):
    reasons = words(_("Reasons"))
    decision_number = line(_("Decision number"), 60)


class ConditionForm(MeasureForm):
    text = words(_("What has to be done"), help_text=PUBLISHED)
    deadline = day(_("To be met by"), required=False)
    decision_number = line(_("Decision number"), 60, required=False)


class MoreTime(MeasureForm):
    deadline = day(_("The new day"))
    reasons = words(_("Reasons"))


class StandardsForm(MeasureForm):
    standards = forms.MultipleChoiceField(label=_("Standards broken"), widget=forms.CheckboxSelectMultiple)

    def fit(self) -> None:
        assert isinstance(self.subject, Licence)
        rows = Standard.objects.filter(register_id=self.subject.register_id).order_by("code")
        self.choose("standards", [(row.code, str(row)) for row in rows])


class PointsForm(StandardsForm):
    points = forms.IntegerField(label=_("Points"), min_value=1, max_value=100)
    reasons = words(_("What you found yourselves"), help_text=PUBLISHED)
    expires_on = day(_("Count until"), required=False)
    decision_number = line(_("Decision number"), 60, required=False)


class ShowCauseForm(StandardsForm):
    allegation = words(_("What the holder is to answer"), help_text=_("Sent to the holder. Not published."))
    answer_by = day(_("Answer by"))
    decision_number = line(_("Decision number"), 60, required=False)


class AnswerForm(MeasureForm):
    answer = words(_("The holder's answer"), rows=6)
    answered_on = day(_("Answered on"), required=False)


class AppealForm(MeasureForm):
    event = forms.ChoiceField(label=_("Against which decision"))
    body = line(_("Court or body"), 200)
    filed_on = day(_("Filed on"), required=False)
    number = line(_("File number"), 60, required=False)

    def fit(self) -> None:
        events = LicenceEvent.objects.filter(licence_id=self.subject.pk, to_state__in=sorted(ON_APPEAL))
        rows = [(str(e.pk), f"{e.decision_number}: {State(e.to_state).label}") for e in events.order_by("-position")]
        self.choose("event", rows)


class AppealEnds(Decided):
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        choices=[(o.value, o.label) for o in (Appeal.Outcome.DISMISSED, Appeal.Outcome.WITHDRAWN)],
    )


class AppealUpheld(Decided):
    to = forms.ChoiceField(label=_("The licence is then"))
    legal_basis = line(_("Legal basis"), 300)
    effective_from = day(_("In force from"), required=False)

    def fit(self) -> None:
        assert isinstance(self.subject, Appeal)
        back = ON_APPEAL[State(self.subject.event.to_state)]
        self.choose("to", [(state.value, state.label) for state in State if state in back])


class BranchForm(MeasureForm):
    name = line(_("Name"), 200)
    address = words(_("Address"), rows=2)
    phone = line(_("Telephone"), 40, required=False)
    effective_from = day(_("Since"), required=False)


class SubAgentForm(MeasureForm):
    name = line(_("Name"), 200)
    number = line(_("Registration number"), 60, required=False)
    area = line(_("Where"), 200, required=False)
    phone = line(_("Telephone"), 40, required=False)
    effective_from = day(_("Since"), required=False)


class ResponsibleForm(MeasureForm):
    name = line(_("Name"), 200)
    part = forms.ChoiceField(label=_("As"), choices=ResponsiblePerson.Part.choices)
    effective_from = day(_("Since"), required=False)


class PrincipalForm(MeasureForm):
    name = line(_("Name"), 200)
    country = forms.ChoiceField(label=_("Country"))
    address = words(_("Address"), rows=2, required=False)
    effective_from = day(_("Since"), required=False)

    def fit(self) -> None:
        self.choose("country", list(countries))


class OrderForm(MeasureForm):
    number = line(_("Number"), 60)
    title = line(_("Work"), 200)
    occupation = forms.RegexField(
        label=_("Occupation"), regex=r"^[0-9]{1,4}$", help_text=_("The ISCO-08 number, one to four digits.")
    )
    workers = forms.IntegerField(label=_("Workers"), min_value=1)
    wage = forms.DecimalField(label=_("Wage a month"), max_digits=12, decimal_places=2, required=False)
    currency = forms.RegexField(label=_("Currency"), regex=r"^[A-Z]{3}$", required=False, help_text="KES")
    valid_to = day(_("Valid to"))

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("wage") is not None and not given.get("currency"):
            self.add_error("currency", _("A wage needs a currency."))
        return given


class LodgeForm(MeasureForm):
    form = forms.ChoiceField(label=_("Form"), choices=Guarantee.Form.choices)
    guarantor = line(_("Held by"), 200)
    reference = line(_("Reference"), 80, required=False)
    minimum = money(_("The law asks at least"))
    amount = money(_("Lodged"))
    currency = forms.RegexField(label=_("Currency"), regex=r"^[A-Z]{3}$", help_text="KES")
    valid_to = day(_("Valid to"), required=False)


class AmountForm(MeasureForm):
    amount = money(_("Amount"))


class OutForm(AmountForm):
    reasons = words(_("Reasons"), help_text=PUBLISHED)
    decision_number = line(_("Decision number"), 60)


class NameForm(MeasureForm):
    name = line(_("New name"), 300)
    reasons = words(_("Where the new name stands"))


class DebarForm(Decided):
    effective_from = day(_("From"), required=False)
    until = day(_("Until"), required=False, help_text=_("Empty: for good."))


class DissolvedForm(MeasureForm):
    on = day(_("Dissolved on"))
    reasons = words(_("Where that stands"))


class RelateForm(MeasureForm):
    other = forms.ChoiceField(label=_("The other operator"))
    kind = forms.ChoiceField(label=_("How they belong together"), choices=OperatorRelation.Kind.choices)
    source = line(_("Where this was found"), 300)

    def fit(self) -> None:
        rows = Operator.objects.exclude(pk=self.subject.pk).order_by("name", "pk")[:2_000]
        self.choose("other", [(str(row.pk), f"{row.name} ({row.country})") for row in rows])


class WarnForm(MeasureForm):
    name = line(_("Name"), 300)
    also = words(_("Other names, addresses, telephones"), required=False)
    text = words(_("What people should know"), rows=5, help_text=PUBLISHED)
    reasons = words(_("Reasons"), help_text=_("Stay inside: say what you found yourselves."))
    decision_number = line(_("Decision number"), 60, required=False)
