"""Parcels for offices outside: handing a case over, after a look at what goes; the office's parcels, and each one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, get_language_bidi, ngettext, override
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from complaints.cases import clocks
from complaints.cases.epochs import CannotSeal
from complaints.cases.models import Office
from complaints.cases.moves import IllegalMove, Overtaken
from complaints.cases.states import Severity
from complaints.firewall.access import OpenCase
from complaints.firewall.departures import NotYours, may_decide
from complaints.firewall.models import Parcel
from complaints.vault.padding import MESSAGE_MAX
from recruitment_watch import clock
from recruitment_watch.web.forms import Checkboxes, QuestionForm, Radios

from . import handover, room
from .forms import BESIDE, fits
from .gate import inspector_of, reopen, with_case
from .handover import FileLost, NotLet
from .parcels import content, letter, package
from .parcels.content import Attached, Content

State = Parcel.State
KINDS = {
    State.WAITING: "plain", State.SENT: "plain", State.ACKNOWLEDGED: "success", State.REFUSED: "danger",
    State.DEAD: "danger", State.RECALLED: "plain",
}  # fmt: skip


class HandOverForm(QuestionForm):
    """`offices` are those that the gateway lets, `files` those that may go."""

    office = forms.ChoiceField(label=_l("To which office?"), widget=Radios)
    reason = forms.CharField(
        label=_l("Why does that office need it?"),
        help_text=_l("Their inspectors and your colleagues read this. Do not write who complained."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    attached = forms.MultipleChoiceField(label=_l("Which files go with it?"), required=False, widget=Checkboxes)

    def __init__(self, *args: Any, offices: list[Office], files: list[Attached], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        to, with_it = self.fields["office"], self.fields["attached"]
        assert isinstance(to, forms.ChoiceField) and isinstance(with_it, forms.MultipleChoiceField)
        to.choices = [(str(one.pk), f"{one.name} ({one.country.name})") for one in offices]
        with_it.choices = [(str(one.row), letter.described(one)) for one in files]
        if not files:
            del self.fields["attached"]

    def clean_reason(self) -> str:
        return fits(self.cleaned_data["reason"], MESSAGE_MAX - BESIDE)


@with_case
def hand_over(request: HttpRequest, case: OpenCase) -> HttpResponse:
    """Choose, look at exactly what goes, and hand it over."""
    if not may_decide(case, case.member):
        return render(request, "desk/hand_over.html", {"case": case.case, "may": False}, status=403)
    offices, files = handover.recipients(case), content.attachable(case)
    everything = {"attached": [str(one.row) for one in files]}
    posted = request.POST if request.method == "POST" else None
    form = HandOverForm(posted, offices=offices, files=files, initial=everything)
    if posted is None or not form.is_valid():
        return _page(request, case, form, offices, status=200 if posted is None else 422)
    given = form.cleaned_data
    to = next(one for one in offices if str(one.pk) == given["office"])
    chosen = {UUID(one) for one in given.get("attached", [])}
    if "sure" not in request.POST:
        return _preview(request, case, to, given["reason"], chosen)
    return _hand_over(request, case, form, to, given["reason"], chosen)


@login_required
def parcels(request: HttpRequest) -> HttpResponse:
    """The office's parcels, those first that need somebody."""
    rows = sorted(handover.of_offices(inspector_of(request)), key=lambda one: (not _needs(one), one.week, str(one.pk)))
    context = {
        "needing": sum(map(_needs, rows)),
        "columns": [_("Case"), _("To"), _("State"), _("What happens now"), _("Handed over")],
        "rows": [{"cells": _cells(one)} for one in rows],
    }
    return render(request, "desk/parcels.html", context)


@login_required
def parcel(request: HttpRequest, parcel_id: UUID) -> HttpResponse:
    return _one(request, _found(request, parcel_id))


@login_required
def resend(request: HttpRequest, parcel_id: UUID) -> HttpResponse:
    done = _("It goes once more, under the same number.")
    return _act(request, parcel_id, handover.resend, done)


@login_required
def recall(request: HttpRequest, parcel_id: UUID) -> HttpResponse:
    return _act(request, parcel_id, handover.recall, _("It is recalled, and what was sealed is deleted."))


def _act(request: HttpRequest, parcel_id: UUID, act: Callable[..., None], done: str) -> HttpResponse:
    found = _found(request, parcel_id)
    if request.method != "POST":
        return redirect("desk:parcel", found.pk)
    try:
        act(found, by=inspector_of(request))
    except NotYours:
        trouble, status = _("Only a lead inspector or the head of your office can do this."), 403
    except Overtaken:
        trouble, status = _("It stands otherwise by now. Here is how; nothing was changed."), 409
    except NotLet:
        trouble, status = _not_let(), 403
    else:
        messages.success(request, done)
        return redirect("desk:parcel", found.pk)
    return _one(request, _found(request, parcel_id), trouble=trouble, status=status)


def _hand_over(
    request: HttpRequest, case: OpenCase, form: HandOverForm, to: Office, reason: str, files: set[UUID]
) -> HttpResponse:
    try:
        handover.hand_over(case, by=case.member, to=to, reason=reason, files=files)
    except (Overtaken, IllegalMove):
        trouble, status = _("A colleague was faster. Here is the case as it is now; nothing was changed."), 409
    except CannotSeal:
        trouble, status = _("An office that has this case too has no certified key today. Nothing was stored."), 409
    except FileLost:
        trouble, status = _("A file does not open: leave it out. Nothing was stored."), 409
    except NotLet:
        trouble, status = _not_let(), 403
    else:
        messages.success(request, _("The parcel is on its way, and the person can read to whom, and what is in it."))
        return redirect("desk:parcels")
    return _page(request, reopen(request, case), form, handover.recipients(case), status=status, trouble=trouble)


def _not_let() -> str:
    return _(
        "The firewall refused this: that office may not have it, or registrars have signed another key for it. "
        "If it may have it, hand the case over anew."
    )


def _page(
    request: HttpRequest, case: OpenCase, form: HandOverForm, offices: list[Office], *, status: int, trouble: str = ""
) -> HttpResponse:
    context = {
        "case": case.case,
        "may": True,
        "ripe": case.state in handover.MAY_HAND_OVER,
        "offices": offices,
        "form": form,
        "forms": [form] if form.is_bound else [],
        "has_errors": bool(trouble) or bool(form.errors),
        "errors": [{"text": trouble}] if trouble else [],
    }
    return render(request, "desk/hand_over.html", context, status=status)


def _preview(request: HttpRequest, case: OpenCase, to: Office, reason: str, files: set[UUID]) -> HttpResponse:
    """The letter in the other office's language and, where that is another one, in the reader's own; then the rest."""
    draft = handover.drafted(case, to=to, reason=reason, files=files)
    language = letter.language_of(to)
    with override(language):
        letters = [_shown(draft)]
    context = {
        "case": case.case,
        "to": to,
        "letters": letters,
        "json": package.written(draft.said),
        "given": [("office", str(to.pk)), ("reason", reason), *(("attached", str(one)) for one in files)],
    }
    if get_language() != language:
        letters.append(_shown(draft))
    return render(request, "desk/hand_over_preview.html", context)


def _shown(draft: Content) -> dict[str, Any]:
    """The letter in the language of the moment."""
    parts = letter.parts(draft, None)
    return {"language": get_language(), "rtl": get_language_bidi(), "title": letter.title(), "parts": parts}


def _found(request: HttpRequest, parcel_id: UUID) -> Parcel:
    found = handover.of_offices(inspector_of(request)).filter(pk=parcel_id).first()
    if found is None:
        raise Http404
    return found


def _one(request: HttpRequest, parcel: Parcel, *, trouble: str = "", status: int = 200) -> HttpResponse:
    may = handover.may_act(parcel, inspector_of(request))
    context = {
        "parcel": parcel,
        "tag": {"text": parcel.get_state_display(), "kind": _kind(parcel)},
        "now": _now(parcel),
        "facts": [
            {"label": _("Case"), "value": parcel.case.reference},
            {"label": _("To"), "value": f"{parcel.office.name} ({parcel.office.country.name})"},
            {"label": _("From"), "value": parcel.sender.name},
            {"label": _("Handed over"), "value": room.week(parcel.week)},
            {"label": _("Number of the parcel"), "value": str(parcel.pk)},
            {"label": _("Tries"), "value": parcel.attempts},
        ],
        "may_resend": may and handover.may_resend(parcel),
        "may_recall": may and parcel.state in handover.MAY_RECALL,
        "tried": parcel.attempts > 0,
        "has_errors": bool(trouble),
        "errors": [{"text": trouble}] if trouble else [],
    }
    return render(request, "desk/parcel.html", context, status=status)


def _cells(parcel: Parcel) -> list[dict[str, Any]]:
    return [
        {"text": parcel.case.reference, "url": reverse("desk:parcel", args=[parcel.pk])},
        {"label": _("To"), "text": parcel.office.name},
        {"label": _("State"), "text": parcel.get_state_display(), "tag": _kind(parcel)},
        {"label": _("What happens now"), "text": _now(parcel)},
        {"label": _("Handed over"), "text": room.week(parcel.week)},
    ]


def _needs(parcel: Parcel) -> bool:
    """Whether somebody has to look at it: given up, refused, or not acknowledged in time."""
    return handover.may_resend(parcel)


def _kind(parcel: Parcel) -> str:
    return "danger" if _needs(parcel) else KINDS[State(parcel.state)]


def _now(parcel: Parcel) -> str:
    """What happens with it now, in a sentence."""
    state, tries, due = State(parcel.state), parcel.attempts, parcel.due
    if state is State.WAITING and due is None:
        return _("It goes within minutes.")
    if state is State.WAITING and due is not None:
        when = clocks.deadline(Severity.S1, due, now=clock.now(), office=parcel.sender)
        text = ngettext(
            "Tried %(tries)d time; tried again %(when)s.", "Tried %(tries)d times; tried again %(when)s.", tries
        )
        return text % {"tries": tries, "when": when}
    if state is State.SENT and due is not None:
        if due <= clock.now():
            return _("Not acknowledged in time: ask them, or send it again.")
        band = Severity(parcel.case.severity)
        when = clocks.deadline(band, due, now=clock.now(), office=parcel.office)
        return _("It ought to be acknowledged %(when)s.") % {"when": when}
    return {
        State.ACKNOWLEDGED: _("They have it. What was sealed is deleted here."),
        State.REFUSED: _("It was not sent: that office, or yours, may not have the case any more."),
        State.DEAD: _("It did not arrive in about three days. Ask them, then send it again or recall it."),
        State.RECALLED: _("It is not sent any more."),
    }[state]
