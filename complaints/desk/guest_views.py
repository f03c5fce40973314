"""Asking an interpreter or a specialist in, ending that, and the case as they see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from complaints.cases.epochs import CannotSeal
from complaints.cases.models import Case, Inspector
from complaints.cases.moves import Overtaken
from complaints.firewall import grants, members
from complaints.firewall import guests as people
from complaints.firewall.access import OpenCase, Unreadable, VaultClosed, offices_of
from complaints.firewall.grants import Capacity
from complaints.firewall.guests import GuestCase
from complaints.firewall.models import CaseGrant
from complaints.vault.padding import TEXT_MAX
from recruitment_watch import clock
from recruitment_watch.web.forms import QuestionForm, Radios

from . import room, story
from .forms import BESIDE, fits
from .gate import ask_for_vault, inspector_of, reopen, verb, with_case
from .office_forms import PLAIN, SureForm
from .refusals import Refusal, refused
from .vault_session import VaultSession

MOST = 50  # invitations that the queue's page lists
# Why something was not done, where this page says it in words of its own.
REFUSED: Mapping[type[Exception], Refusal] = {
    people.NotYours: (_l("Only the head, a lead inspector, or who leads the case can do this."), 403),
    people.InvitedAlready: (_l("This person is on the case already. End that first."), 409),
    people.NotInvitable: (
        _l("A lead must be of your office, and a guest somebody who cannot read the case yet."), 409,
    ),
    people.OtherWords: (_l("The six words have changed meanwhile. Compare them again."), 409),
}  # fmt: skip
VETO: Refusal = _l("The firewall refused this: not everybody may see a case."), 403
DAYS = [("7", _l("a week")), ("28", _l("four weeks")), ("90", _l("90 days"))]


class GuestForm(QuestionForm):
    username = forms.CharField(
        label=_l("Their user name"),
        help_text=_l("They must work in an office that may have cases, and have a vault of their own."),
        max_length=80,
        widget=forms.TextInput(attrs=PLAIN),
    )
    capacity = forms.ChoiceField(
        label=_l("What they do"),
        choices=[
            (Capacity.INTERPRETER.value, _l("They interpret: a guest")),
            (Capacity.SPECIALIST.value, _l("They advise: a guest")),
            (Capacity.LEAD.value, _l("They lead the case: a member of your office")),
        ],
        widget=Radios,
    )
    days = forms.ChoiceField(label=_l("For how long"), choices=DAYS, widget=Radios)

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"]
        self.person = Inspector.objects.filter(username=username, is_active=True).first()
        if self.person is None or not offices_of(self.person).exists():
            raise forms.ValidationError(_("Nobody with this user name works in an office that may have cases."))
        return username


class NoteForm(QuestionForm):
    text = forms.CharField(
        label=_l("Your note to the office"),
        help_text=_l("A translation, or what you know about this. The complainant does not read it."),
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    of = forms.ChoiceField(label=_l("What is it?"), required=False, widget=Radios)

    field_order = ("of", "text")

    def __init__(self, *args: Any, case: GuestCase, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["of"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("A note")), *_translatable(case)]
        if case.grant.permission.codename != Capacity.INTERPRETER:
            del self.fields["of"]

    def clean_text(self) -> str:
        return fits(self.cleaned_data["text"], TEXT_MAX - BESIDE)


def _translatable(case: GuestCase) -> list[tuple[str, str]]:
    """What an interpreter can translate, in words."""
    words = {
        "happened": _("A translation of what happened"),
        "promised": _("A translation of what was promised"),
    }
    found = []
    for number, of in enumerate(people.translatable(case), start=1):
        message = number - sum(one in words for one in people.translatable(case))
        found.append((of, words.get(of) or _("A translation of the person's message %(number)d") % {"number": message}))
    return found


def summary(case: OpenCase) -> list[dict[str, Any]]:
    """Who helps, as `desk/_guests.html` shows it: id, name, text."""
    found = grants.grants_of(case.case, office=case.office)
    return [{"id": one.pk, "name": one.user.name, "text": f"{one.user.name}: {_as(one)}"} for one in found]


def invited_to(inspector: Inspector) -> list[dict[str, str]]:
    """The cases that somebody is invited to, for the queue's page; the first fifty by their last day."""
    found = grants.live_grants(inspector).order_by("until", "id")[:MOST]
    return [
        {
            "url": reverse("desk:as-guest", args=[one.content_object_id]),
            "text": one.content_object.reference,
            "detail": f"{one.office.name}: {_as(one)}",
        }
        for one in found
    ]


@with_case
def guests(request: HttpRequest, case: OpenCase) -> HttpResponse:
    """The list, and asking somebody in: a form, and for a guest a page on which their words are compared."""
    if request.method != "POST" or not people.may_invite(case, case.member):
        return _page(request, case)
    form = GuestForm(request.POST)
    if not form.is_valid() or form.person is None:
        return _page(request, case, form=form, status=422)
    person, compared = form.person, request.POST.get("words_of_key", "")
    capacity = Capacity(form.cleaned_data["capacity"])
    if capacity in grants.GUESTS:
        sure = SureForm(_("They read these six words to me"), request.POST if compared else None)
        if not hasattr(person, "key"):
            return _page(request, case, form=form, status=409, trouble=str(NO_KEY))
        if not sure.is_valid():
            return _compare(request, case, form, sure)
    until = clock.today() + timedelta(days=int(form.cleaned_data["days"]))
    return _do(
        request,
        case,
        lambda: people.invite(case, person=person, as_=capacity, until=until, by=case.member, compared=compared),
        _("They are on the case until %(day)s.") % {"day": date_format(until, "DATE_FORMAT")},
        form,
    )


@verb
def end(request: HttpRequest, case: OpenCase, grant_id: UUID) -> HttpResponse:
    grant = grants.grants_of(case.case, office=case.office).filter(pk=grant_id).first()
    if grant is None:
        raise Http404
    done = _("That has ended. What was read has been read; from now on nothing is.")
    return _do(request, case, lambda: people.end(grant, case=case, by=case.member), done)


def with_guest_case(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page of a case for who is invited to it: `view(request, case)`, with the case open and that logged."""

    @login_required
    @wraps(view)
    def inner(request: HttpRequest, case_id: UUID) -> HttpResponse:
        me = inspector_of(request)
        if not grants.live_grants(me).filter(content_object=case_id).exists():
            raise Http404
        session = VaultSession(request)
        try:
            response = view(request, people.open_as_guest(case_id, by=me, vault=session.vault()))
        except Case.DoesNotExist:
            raise Http404 from None
        except VaultClosed:
            response = ask_for_vault(request)
        except Unreadable:
            response = render(request, "desk/unreadable.html", status=410)
        return session.keep(response)

    return inner


@with_guest_case
def as_guest(request: HttpRequest, case: GuestCase) -> HttpResponse:
    return _room(request, case, NoteForm(case=case))


@with_guest_case
def note(request: HttpRequest, case: GuestCase) -> HttpResponse:
    if request.method != "POST":
        return redirect("desk:as-guest", case.case.pk)
    form = NoteForm(request.POST, case=case)
    if not form.is_valid():
        return _room(request, case, form, status=422)
    of, text = form.cleaned_data.get("of"), form.cleaned_data["text"]
    try:
        if of:
            people.translate(case, by=case.member, of=of, text=text)
        else:
            people.note(case, by=case.member, text=text)
    except CannotSeal:
        trouble = _("The case needs a new key first. You can write again once the office or the person has written.")
    except Overtaken:
        trouble = _("The case has changed meanwhile. Send your note again.")
    else:
        messages.success(request, _("Your note is in the case."))
        return redirect("desk:as-guest", case.case.pk)
    return _room(request, case, form, status=409, trouble=trouble)


NO_KEY = _l("This person has no vault yet. They have to enrol first.")


def _do(
    request: HttpRequest, case: OpenCase, act: Callable[[], object], done: str, form: GuestForm | None = None
) -> HttpResponse:
    """Do it and show the list; if it cannot be done, say why and keep what was typed."""
    refusal = refused(act, REFUSED, veto=VETO)
    if refusal is None:
        messages.success(request, done)
        return redirect("desk:guests", case.case.pk)
    trouble, status = refusal
    return _page(request, reopen(request, case), form=form, status=status, trouble=str(trouble))


def _page(
    request: HttpRequest, case: OpenCase, *, form: GuestForm | None = None, status: int = 200, trouble: str = ""
) -> HttpResponse:
    asked, may = form or GuestForm(), people.may_invite(case, case.member)
    context = {
        "case": case.case,
        "guests": summary(case),
        "form": asked if may else None,
        "forms": [asked] if asked.is_bound else [],
        "has_errors": bool(trouble) or bool(asked.errors),
        "errors": [{"text": trouble}] if trouble else [],
    }
    return render(request, "desk/guests.html", context, status=status)


def _compare(request: HttpRequest, case: OpenCase, form: GuestForm, sure: SureForm) -> HttpResponse:
    """Show the words of the key that is about to be sealed to; what was typed and shown comes back with the answer."""
    assert form.person is not None  # the form is valid
    words = members.words_of(form.person)
    context = {
        "case": case.case,
        "person": form.person,
        "offices": ", ".join(office.name for office in offices_of(form.person).order_by("name")),
        "words_of_key": words,
        "kept": [
            *((name, form.cleaned_data[name]) for name in ("username", "capacity", "days")),
            ("words_of_key", words),
        ],
        "form": sure,
        "forms": [sure] if sure.is_bound else [],
        "has_errors": bool(sure.errors),
    }
    return render(request, "desk/guest_compare.html", context, status=422 if sure.errors else 200)


def _room(
    request: HttpRequest, case: GuestCase, form: NoteForm, *, status: int = 200, trouble: str = ""
) -> HttpResponse:
    asked = _("%(office)s asks you for help. You are here as %(what)s.")
    context = {
        "case": case.case,
        "story": story.of(case),
        "asked": asked % {"office": case.office.name, "what": _as(case.grant)},
        "conversation": room.conversation(case),
        "notes": room.findings(case, []),
        "form": form,
        "forms": [form] if form.is_bound else [],
        "has_errors": bool(trouble) or bool(form.errors),
        "errors": [{"text": trouble}] if trouble else [],
    }
    return render(request, "desk/as_guest.html", context, status=status)


def _as(grant: CaseGrant) -> str:
    """ "interpreter until 3 March 2027"."""
    what = str(Capacity(grant.permission.codename).label)
    return _("%(what)s until %(day)s") % {"what": what, "day": date_format(grant.until, "DATE_FORMAT")}
