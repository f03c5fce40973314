"""Forms of the directory of help. The facts themselves judge what may stand there; the forms only collect them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from agencies.board.forms import DayInput
from agencies.help_actions import HelpFacts
from agencies.models import HelpEntry


class Several(forms.Field):
    """Several short texts in one box, one a line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def to_python(self, value: Any) -> tuple[str, ...]:
        return tuple(str(value or "").splitlines())

    def prepare_value(self, value: Any) -> Any:
        return value if value is None or isinstance(value, str) else "\n".join(value)


class HelpForm(forms.Form):
    """What ``agencies.help_actions.HelpFacts`` asks."""

    country = forms.ChoiceField(label=_("Country"))
    region = forms.CharField(
        label=_("Part of the country"), required=False, max_length=200, help_text=_("Empty: the whole country.")
    )
    name = forms.CharField(label=_("Name"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", _("Choose")), *HelpEntry.Kind.choices])
    phones = Several(label=_("Telephones"), required=False, help_text=_("One a line, as people in the country dial."))
    website = forms.CharField(label=_("Web address"), required=False, max_length=300)
    visit = forms.CharField(
        label=_("Where to go or write to"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    languages = Several(
        label=_("Languages spoken there"), required=False, help_text=_("Codes, one a line: en, ar, tl, zh-hans.")
    )
    hours = forms.CharField(label=_("Hours, in words"), required=False, max_length=200)
    free = forms.ChoiceField(label=_("Cost"), choices=HelpEntry.Free.choices)
    papers = forms.ChoiceField(
        label=_("Papers and immigration"),
        choices=HelpEntry.Papers.choices,
        widget=forms.RadioSelect,
        help_text=_(
            "People without papers decide by this whether they call. Say only what you found out."
            " An emergency number of which nothing is known is shown with a warning."
        ),
    )
    source = forms.CharField(
        label=_("Where you found this"), max_length=300, help_text=_("A page, a law, or whom you called.")
    )
    checked_on = forms.DateField(label=_("Checked on"), widget=DayInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        country = self.fields["country"]
        assert isinstance(country, forms.ChoiceField)
        country.choices = [("", _("Choose")), *countries]

    def clean(self) -> dict[str, Any]:
        """Show what is wrong beside its field, before the verb refuses it as a whole."""
        given: dict[str, Any] = super().clean() or {}
        if not self.errors:
            for name, words in HelpFacts(**given).tidy().faults().items():
                self.add_error(name, words)
        return given


class WithdrawForm(forms.Form):
    """What ``agencies.help_actions.withdraw_help`` asks."""

    reason = forms.CharField(
        label=_("Why"), max_length=300, help_text=_("Kept on record: closed, moved, not safe any more.")
    )
