"""Forms of the register's admin. They check what can be checked in a form; the verbs have the last word."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from agencies.around.conditions import Clearing
from agencies.board.models import ProposedDecision
from agencies.licensing import NEEDS_STANDARDS, SUSPENDED, EventKind, State
from agencies.models import Condition, Inquiry, Licence, Register, Standard
from agencies.states import DECIDABLE

#: Longer than any licence law gives; a slip of the finger in a year is found before it is published.
LONGEST_YEARS = 50


class DayInput(forms.DateInput):
    """The browser's own date control: no script, and the day in ISO 8601 underneath."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class GrantForm(forms.Form):
    """What ``agencies.actions.grant_licence`` asks."""

    number = forms.CharField(label=_("Licence number"), max_length=60)
    valid_from = forms.DateField(label=_("First day"), widget=DayInput())
    valid_to = forms.DateField(label=_("Last day"), widget=DayInput())
    provisional = forms.BooleanField(label=_("Provisional licence"), required=False)
    decision_number = forms.CharField(label=_("Decision number"), max_length=60)
    legal_basis = forms.CharField(label=_("Legal basis"), max_length=300, help_text=_("The article of the law."))
    reasons = forms.CharField(
        label=_("Reasons"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Published with the decision."),
    )

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        first, last = given.get("valid_from"), given.get("valid_to")
        if first and last and last < first:
            self.add_error("valid_to", _("The licence would end before it begins."))
        if first and last and last.year - first.year > LONGEST_YEARS:
            self.add_error(
                "valid_to",
                _("A licence needs an end that can come: at most %(years)d years.") % {"years": LONGEST_YEARS},
            )
        return given


class ProposalForm(forms.Form):
    """What ``agencies.board.actions.propose`` asks. ``seen`` carries how many events the officer saw."""

    to = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)
    standards = forms.MultipleChoiceField(
        label=_("Standards broken"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("A suspension for breaking a rule, a revocation and a refusal to renew need at least one."),
    )
    reasons = forms.CharField(
        label=_("Reasons"),
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_(
            "Published on the agency's page. Say what you found yourselves."
            " Write nothing that could lead to a person who complained: no name, no day, no place of work."
        ),
    )
    legal_basis = forms.CharField(label=_("Legal basis"), max_length=300, help_text=_("The article of the law."))
    decision_number = forms.CharField(label=_("Decision number"), max_length=60)
    effective_from = forms.DateField(
        label=_("In force from"),
        required=False,
        widget=DayInput(),
        help_text=_("Empty: the day on which the second officer approves."),
    )
    urgent = forms.CharField(
        label=_("Why it cannot wait for the board"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "Only for a suspension when people are in danger. It is then in force once the second officer approves,"
            " and the board reviews it after. Published. Empty: the board advises first."
        ),
    )
    inquiry = forms.ChoiceField(
        label=_("The inquiry that it comes of"), required=False, help_text=_("The board reads it with the proposal.")
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(
        self,
        *args: Any,
        states: list[State],
        register: Register,
        conditions: Sequence[Condition] = (),
        inquiries: Sequence[Inquiry] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.conditions = conditions
        inquiry = self.fields["inquiry"]
        assert isinstance(inquiry, forms.ChoiceField)
        inquiry.choices = [("", _("None")), *((str(row.thing), f"{row.reference}: {row}") for row in inquiries)]
        for row in conditions:
            self.fields[f"met_{row.thing}"] = forms.ChoiceField(
                label=_("Condition: %(text)s") % {"text": row.text},
                choices=[("yes", _("It is met")), ("no", _("It stays, because:"))],
                widget=forms.RadioSelect,
                required=False,
                help_text=_("Needed where you lift a suspension."),
            )
            self.fields[f"why_{row.thing}"] = forms.CharField(
                label=_("Why, or how it was seen: %(text)s") % {"text": row.text}, required=False
            )
        rows = Standard.objects.filter(register=register).order_by("code")
        to, standards = self.fields["to"], self.fields["standards"]
        assert isinstance(to, forms.ChoiceField) and isinstance(standards, forms.MultipleChoiceField)
        to.choices = [(state.value, state.label) for state in states]
        standards.choices = [(row.code, str(row)) for row in rows]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("to") in NEEDS_STANDARDS and not given.get("standards"):
            self.add_error("standards", _("Name the standards that were broken."))
        if given.get("urgent") and given.get("to") not in SUSPENDED:
            self.add_error(
                "urgent", _("Only a suspension can come before the board has advised: it can be lifted again.")
            )
        given["inquiry"] = uuid.UUID(given["inquiry"]) if given.get("inquiry") else None
        given["cleared"] = {}
        for row in self.conditions:
            met, why = given.pop(f"met_{row.thing}", ""), given.pop(f"why_{row.thing}", "")
            if given.get("to") == State.ACTIVE:
                self._clear(row, met, why, given["cleared"])
        return given

    def _clear(self, row: Condition, met: str, why: str, cleared: dict[uuid.UUID, Clearing]) -> None:
        if not met:
            self.add_error(f"met_{row.thing}", _("Say whether it is met, or why it stays."))
        elif met == "no" and not why.strip():
            self.add_error(f"why_{row.thing}", _("Say why it stays."))
        else:
            cleared[row.thing] = Clearing(met == "yes", why)


class AmendForm(forms.Form):
    """Other words for a sanction that is before the board. ``revision`` carries what its proposer saw."""

    standards = forms.MultipleChoiceField(
        label=_("Standards broken"), required=False, widget=forms.CheckboxSelectMultiple
    )  # fmt: skip
    reasons = forms.CharField(
        label=_("Reasons"), widget=forms.Textarea(attrs={"rows": 6}), help_text=_("Published on the agency's page.")
    )
    legal_basis = forms.CharField(label=_("Legal basis"), max_length=300)
    decision_number = forms.CharField(label=_("Decision number"), max_length=60)
    effective_from = forms.DateField(label=_("In force from"), required=False, widget=DayInput())
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, proposal: ProposedDecision, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        standards = self.fields["standards"]
        assert isinstance(standards, forms.MultipleChoiceField)
        rows = Standard.objects.filter(register_id=proposal.licence.register_id).order_by("code")
        standards.choices = [(row.code, str(row)) for row in rows]


class OutcomeForm(forms.Form):
    """What a court or an appeal body decided on an earlier decision."""

    kind = forms.ChoiceField(
        label=_("What was decided"),
        widget=forms.RadioSelect,
        choices=[(k.value, k.label) for k in (EventKind.STAY, EventKind.STAY_ENDED, EventKind.APPEAL)],
    )
    about = forms.ChoiceField(label=_("About which decision"))
    to = forms.ChoiceField(label=_("The licence is then"))
    standards = forms.MultipleChoiceField(
        label=_("Standards broken"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Only where the stay has ended and the decision named some."),
    )  # fmt: skip
    reasons = forms.CharField(
        label=_("Reasons"), widget=forms.Textarea(attrs={"rows": 4}), help_text=_("Published on the agency's page.")
    )
    legal_basis = forms.CharField(label=_("Legal basis"), max_length=300)
    decision_number = forms.CharField(label=_("Number of the court's decision"), max_length=60)
    effective_from = forms.DateField(label=_("In force from"), required=False, widget=DayInput())
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, licence: Licence, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        about, to, standards = self.fields["about"], self.fields["to"], self.fields["standards"]
        assert isinstance(about, forms.ChoiceField) and isinstance(to, forms.ChoiceField)
        assert isinstance(standards, forms.MultipleChoiceField)
        about.choices = event_choices(licence)
        to.choices = [(s.value, s.label) for s in State if s in DECIDABLE]
        rows = Standard.objects.filter(register_id=licence.register_id).order_by("code")
        standards.choices = [(row.code, str(row)) for row in rows]


class CorrectForm(OutcomeForm):
    """What was recorded wrongly, and how it should read. Empty: it is struck out."""

    field_order = ("about", "to")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["kind"]
        to = self.fields["to"]
        assert isinstance(to, forms.ChoiceField)
        to.required, to.label = False, _("It should read")
        to.choices = [("", _("Nothing: strike it from the record")), *to.choices]  # type: ignore[misc]  # choices may nest
        self.fields["standards"].help_text = ""
        self.fields["decision_number"].label = _("Decision number")
        self.fields["effective_from"].help_text = _("Empty: the day that stands there now.")


def event_choices(licence: Licence) -> list[tuple[str, str]]:
    """The events of a licence, newest first, each by its decision number, day and state."""
    return [
        (
            str(event.pk),
            f"{event.decision_number}, {event.effective_from}: "
            + (str(State(event.to_state).label) if event.to_state else "—"),
        )
        for event in licence.events.order_by("-position")
    ]


class AgencyForm(forms.Form):
    """What ``agencies.actions.register_agency`` asks, in its shortest form."""

    name = forms.CharField(label=_("Name"), max_length=300)
    address = forms.CharField(label=_("Address"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
    phone = forms.CharField(label=_("Telephone"), required=False, max_length=32)
    email = forms.EmailField(label=_("E-mail"), required=False)


class StandardForm(forms.Form):
    """What ``agencies.actions.name_standard`` asks."""

    code = forms.CharField(label=_("Code"), max_length=40, help_text=_("As decisions will name it, like “S-4”."))
    title = forms.CharField(label=_("The duty, in one sentence"), max_length=300)
    source = forms.CharField(label=_("Law or convention"), required=False, max_length=300)
