"""Giving the ticked cases of the queue to a colleague: a page that names how many, and then the verb."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from complaints.cases.models import Holding, Inspector, Office
from complaints.firewall import access, members
from complaints.firewall.keys import OpenVault
from recruitment_watch.web.forms import QuestionForm

from . import assigning, rows
from .assigning import Given, Pick
from .gate import inspector_of, with_vault
from .queue import Wanted
from .slices import Place

MOST = 100  # at once: no page shows as many


class AssignForm(QuestionForm):
    to = forms.ChoiceField(label=_l("Into whose hands?"), widget=forms.Select)

    def __init__(self, me: Inspector, offices: Iterable[Office], data: object = None) -> None:
        super().__init__(data)
        named = {one.inspector_id: one.inspector for office in offices for one in members.colleagues(office)}
        self.people = {str(key): person for key, person in named.items()}
        mine = [(str(me.pk), _("Mine"))] if me.pk in named else []
        others = [(key, person.name) for key, person in self.people.items() if person.pk != me.pk]
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Choose")), *mine, *others]


@with_vault
def assign(request: HttpRequest, vault: OpenVault) -> HttpResponse:
    """First which cases these are and to whom; with "sure" it is done, case by case."""
    me, back = inspector_of(request), reverse("desk:queue") + came_from(request.POST.get("here", ""))
    if request.method != "POST":
        return redirect(back)
    picks = _picks(request.POST.getlist("pick"))[:MOST]
    chosen = access.visible_holdings(me).filter(pk__in=[one.holding for one in picks])
    holdings = list(chosen.select_related("case", "office", "assignee").order_by("severity", "due", "id"))
    if not holdings:
        messages.warning(request, _("Tick the cases first, then say into whose hands they go."))
        return redirect(back)
    known = {one.pk for one in holdings}
    picks = [one for one in picks if one.holding in known]
    offices = {one.office_id: one.office for one in holdings}.values()
    form = AssignForm(me, offices, request.POST if "sure" in request.POST else None)
    if form.is_valid():
        to = form.people[form.cleaned_data["to"]]
        _say(request, assigning.assign_all(picks, to=to, by=me), to)
        return redirect(back)
    context = _context(form, holdings, picks, back)
    return render(request, "desk/assign.html", context, status=422 if form.errors else 200)


def came_from(query: str) -> str:
    """A queue's address put together anew from what somebody sent: nothing else of it comes back."""
    said = QueryDict(query.removeprefix("?"))
    flat = {name: str(said.get(name, "")) for name in said}
    places = {name: Place.parse(flat.get(name, "")) for name in ("after", "before")}
    return Wanted.parse(flat).address(**places)


def _picks(values: Sequence[str]) -> list[Pick]:
    """From "<holding>" or "<holding>.<whose hands>", each once; what is mistyped is left out."""
    found: dict[UUID, Pick] = {}
    for value in values:
        holding, _dot, was = value.partition(".")
        try:
            pick = Pick(UUID(hex=holding), UUID(hex=was) if was else None)
        except ValueError:
            continue
        found.setdefault(pick.holding, pick)
    return list(found.values())


def value_of(holding: Holding) -> str:
    """What a tick box of the queue sends; undone by `_picks`."""
    return f"{holding.pk.hex}.{holding.assignee_id.hex}" if holding.assignee_id else holding.pk.hex


def _context(form: AssignForm, holdings: Sequence[Holding], picks: Sequence[Pick], back: str) -> dict[str, object]:
    count = len(holdings)
    was = {one.holding: one.was.hex if one.was else "" for one in picks}
    return {
        "form": form,
        "back": back,
        "here": "?" + back.partition("?")[2],
        "heading": ngettext(
            "Give %(count)d case into somebody's hands", "Give %(count)d cases into somebody's hands", count
        )
        % {"count": count},
        "button": ngettext("Give %(count)d case", "Give %(count)d cases", count) % {"count": count},
        "rows": [
            {
                "pick": f"{one.pk.hex}.{was[one.pk]}" if was[one.pk] else one.pk.hex,
                "reference": one.case.reference,
                "hands": rows.hands(one),
            }
            for one in holdings
        ],
    }


def _say(request: HttpRequest, done: Given, to: Inspector) -> None:
    """How many are given, and of the others which and why."""
    if done.given:
        count = len(done.given)
        words = ngettext(
            "%(count)d case is in the hands of %(name)s now.",
            "%(count)d cases are in the hands of %(name)s now.",
            count,
        )
        messages.success(request, words % {"count": count, "name": to.name})
    for cases, why in (
        (done.recused, _("%(name)s is recused from these, so they were not given: %(cases)s.")),
        (done.not_here, _("%(name)s does not work in the office that has these: %(cases)s.")),
        (done.overtaken, _("A colleague was faster with these; they are as they were: %(cases)s.")),
    ):
        if cases:
            messages.warning(request, why % {"name": to.name, "cases": ", ".join(cases)})
