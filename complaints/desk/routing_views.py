"""Who would get a complaint of some kind, for those who lead an office. It is made up on the page: no case is in it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from complaints.cases import rulebook
from complaints.cases.models import Office
from complaints.cases.rules import Matter
from complaints.cases.severity import Category, band
from complaints.cases.states import Severity
from complaints.cases.vocabulary import Sector
from complaints.firewall import access, members, who_gets
from complaints.firewall.who_gets import Preview
from recruitment_watch import cldr, clock
from recruitment_watch.web.forms import Checkboxes, QuestionForm

from .gate import inspector_of


class MatterForm(QuestionForm):
    """What routing goes by; only the country of work is needed."""

    country = forms.ChoiceField(
        label=gettext_lazy("Country of work"),
        error_messages={"required": gettext_lazy("Choose a country from the list.")},
    )
    region = forms.CharField(
        label=gettext_lazy("Part of the country"),
        help_text=gettext_lazy("As an office there writes it; empty for any other part."),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    recruited_in = forms.ChoiceField(label=gettext_lazy("Country of recruitment"), required=False)
    sector = forms.ChoiceField(
        label=gettext_lazy("Work"), choices=[("", gettext_lazy("Not said")), *Sector.choices], required=False
    )
    categories = forms.MultipleChoiceField(
        label=gettext_lazy("What it is about"), choices=Category.choices, widget=Checkboxes(), required=False
    )
    severity = forms.TypedChoiceField(
        label=gettext_lazy("How urgent"),
        choices=[
            ("", gettext_lazy("What it is about decides")),
            *((one.value, f"S{one.value}: {one.label}") for one in Severity),
        ],
        coerce=lambda value: Severity(int(value)),
        empty_value=None,
        required=False,
    )
    language = forms.ChoiceField(label=gettext_lazy("Language of the complainant"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = cldr.country_choices(get_language() or "en")
        read = sorted({one for many in Office.objects.values_list("languages", flat=True) for one in many})
        self._offer("country", [("", _("Choose")), *known])
        self._offer("recruited_in", [("", _("Not said")), *known])
        self._offer("language", [("", _("Not said")), *((one, cldr.own_name(one)) for one in read)])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        self.choice(name).choices = choices

    def matter(self) -> Matter:
        """What was asked about. Only of a valid form."""
        said = dict(self.cleaned_data)
        categories = frozenset(said.pop("categories"))
        severity = said.pop("severity") or band(categories)
        return Matter(categories=categories, severity=severity, **said)


@login_required
def preview(request: HttpRequest) -> HttpResponse:
    """The form, and under it the answer. Posted, so that it stands in no address; nothing is kept."""
    office = _led_by(request)
    form = MatterForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"form": form, "office": office}
    if form.is_valid():
        try:
            context |= _answer(who_gets.preview(form.matter(), on=clock.today()))
        except rulebook.RulesFault as fault:
            context |= {"faults": fault.sentences}
    return render(request, "desk/routing.html", context, status=422 if form.errors else 200)


def _led_by(request: HttpRequest) -> Office:
    """An office that the person leads today. Raises Http404 for everybody else."""
    me = inspector_of(request)
    for office in access.offices_of(me).order_by("name"):
        if members.leads(me, office):
            return office
    raise Http404


def _answer(found: Preview) -> dict[str, Any]:
    asked, left = found.route.asked, found.left_out
    return {
        "rule": found.route.rule.name,
        "asked": [{"office": one.office, "why": who_gets.why(one, found.matter)} for one in asked],
        "columns": [_("Office"), _("Where"), _("Why not")],
        "left": [
            {
                "cells": [
                    {"text": one.office.name},
                    {"text": _where(one.office), "label": _("Where")},
                    {"text": " ".join(str(words) for words in one.why), "label": _("Why not")},
                ]
            }
            for one in left
        ],
    }


def _where(office: Office) -> str:
    country = cldr.country(str(office.country), get_language() or "en")
    return ", ".join(filter(None, (office.region, country)))
