"""What a complainant can change about their case: who has it, who may learn what, and whether there is one."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import wraps

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from complaints.cases.states import State
from complaints.vault import receipts as vault_receipts
from recruitment_watch import clock
from recruitment_watch.web.forms import OneOf, QuestionForm, Radios

from . import mailbox, receipts, words
from .answers import Contact
from .forms import How, Tell
from .mailbox import Mailbox
from .mailbox_views import closed, entered, gone, keys_of
from .sending import in_line
from .shell import page
from .store import MAILBOX, again_if_overtaken


class OfficeForm(QuestionForm):
    office = OneOf(
        label=_("Which office should have it no longer?"),
        widget=Radios,
        error_messages={"required": _("Choose an office, or go back.")},
    )

    def __init__(self, opened: Mailbox, data: object = None) -> None:
        super().__init__(data)
        self.choice("office").choices = [(str(one.pk), one.name) for one in opened.holders]


class NextForm(QuestionForm):
    sure = forms.BooleanField(
        label=_("Yes, the next office should have it too"),
        error_messages={"required": _("Tick the box to ask the next office, or go back.")},
    )


class DeleteForm(QuestionForm):
    sure = forms.BooleanField(
        label=_("Yes, delete all of it"),
        error_messages={"required": _("Tick the box to delete it, or go back.")},
    )


def with_mailbox(view: Callable[[HttpRequest, Mailbox], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A page of the open mailbox; without one, the receipt is asked for."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @again_if_overtaken
    @wraps(view)
    def inner(request: HttpRequest) -> HttpResponse:
        found = entered(request)
        return found if isinstance(found, HttpResponse) else view(request, found[1])

    return inner


@with_mailbox
def away(request: HttpRequest, opened: Mailbox) -> HttpResponse:
    """Take the case away from an office that has it."""
    if not opened.holders:
        return redirect("intake:box")
    form = OfficeForm(opened, request.POST if request.method == "POST" else None)
    if form.is_valid():
        chosen = next(one for one in opened.holders if str(one.pk) == form.cleaned_data["office"])
        mailbox.remove(opened, chosen.pk)
        return redirect(reverse("intake:box") + "#so-far")
    last = len(opened.holders) == 1
    return page(request, "intake/away.html", {"form": form, "back_url": reverse("intake:box"), "last": last})


@require_http_methods(["GET", "HEAD", "POST"])
@again_if_overtaken
def delete(request: HttpRequest) -> HttpResponse:
    """Withdraw: delete everything but that there was a complaint, in its week. Also what opens no more."""
    entry = MAILBOX.read(request)
    if entry is None:
        return closed(request)
    case = mailbox.find(keys_of(entry).tag)
    if case is None or case.state == State.WITHDRAWN:
        return gone(request, entry)
    form = DeleteForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        mailbox.withdraw(keys_of(entry).tag)
        response = page(request, "intake/deleted.html", {"withdrawn": True})
        MAILBOX.forget(request, response)
        return response
    context = {
        "form": form, "back_url": reverse("intake:box"), "was_read": case.state != State.FILED,
        "handed_on": mailbox.was_handed_on(keys_of(entry).tag),
    }  # fmt: skip
    return page(request, "intake/delete.html", context)


@with_mailbox
def tell(request: HttpRequest, opened: Mailbox) -> HttpResponse:
    """What the agency may be told from now on. The office reads it as a message."""
    now = opened.told
    form = Tell(
        request.POST if request.method == "POST" else None, initial={"may": "yes" if now else "no", "told": now}
    )
    unsent = False
    if form.is_valid():
        told = form.cleaned_data["told"] if form.cleaned_data["may"] == "yes" else []
        if mailbox.write(opened, message_id=uuid.uuid4(), text="", told=told):
            return _changed()
        unsent = True
    context = {"form": form, "back_url": reverse("intake:box"), "unsent": unsent}
    return page(request, "intake/change.html", context)


class ContactForm(How):
    """The same questions, and a way to take it back."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.choice("how").choices = [
            *self.choice("how").choices,  # type: ignore[misc]  # a list, as `How` gives it
            ("", _("No more: take back what I gave")),
        ]
        self.fields["how"].required = False

    def clean(self) -> dict[str, object]:
        said = super().clean() or {}
        if not said.get("how"):
            self.errors.pop("where", None)
            return {"how": "", "where": "", "when": ""}
        return said


@with_mailbox
def contact(request: HttpRequest, opened: Mailbox) -> HttpResponse:
    """How the office may reach the person, said anew or taken back. What it was is not shown: others may look on."""
    form = ContactForm(request.POST if request.method == "POST" else None)
    unsent = False
    if form.is_valid():
        if mailbox.set_contact(opened, Contact(**form.cleaned_data)):
            return _changed()
        unsent = True
    context = {"form": form, "back_url": reverse("intake:box"), "unsent": unsent, "contact": True}
    return page(request, "intake/change.html", context)


@with_mailbox
def next_office(request: HttpRequest, opened: Mailbox) -> HttpResponse:
    """Have the next office now, without waiting for a clock: once an office has missed one."""
    form = NextForm(request.POST if request.method == "POST" else None)
    may = opened.may_ask_next
    if may and form.is_valid():
        if mailbox.ask_next(opened) or opened.state is not State.DECIDED:
            return _changed()
        may = False
    context = {"form": form, "may": may, "ended": opened.ended, "back_url": reverse("intake:box")}
    return page(request, "intake/next.html", context)


@with_mailbox
def helper(request: HttpRequest, opened: Mailbox) -> HttpResponse:
    """A receipt for a helper, who then sees how far it is and nothing else; or take it back."""
    groups: list[str] = []
    if request.method == "POST" and "revoke" in request.POST:
        mailbox.set_helper(opened, None)
        return _changed()
    if request.method == "POST":
        number = vault_receipts.new_receipt()
        try:
            tag = receipts.keys_of(number).tag
        except receipts.Busy:
            return in_line(request, reverse("intake:helper"))
        if mailbox.set_helper(opened, tag):
            groups = vault_receipts.show(number).split(" ")
    context = {"groups": groups, "has": mailbox.has_helper(opened), "back_url": reverse("intake:box")}
    return page(request, "intake/helper.html", context)


@with_mailbox
def slip(request: HttpRequest, opened: Mailbox) -> HttpResponse:
    """To print: that a complaint was received and where it stands. It names nobody and nothing."""
    context = {
        "standing": words.standing(opened),
        "filed": words.week(opened.case.week),
        "today": clock.today(),
        "back_url": reverse("intake:box"),
    }
    return page(request, "intake/slip.html", context)


def _changed() -> HttpResponse:
    return redirect(reverse("intake:box") + "?changed")
