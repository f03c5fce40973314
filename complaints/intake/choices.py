"""What a complainant can change about their case: who has it, and whether there is one."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from complaints.cases.states import State
from recruitment_watch.web.forms import QuestionForm, Radios

from . import mailbox
from .mailbox import Mailbox
from .mailbox_views import closed, gone, keys_of
from .store import MAILBOX, again_if_overtaken
from .views import page


class OfficeForm(QuestionForm):
    office = forms.ChoiceField(
        label=_("Which office should have it no longer?"),
        widget=Radios,
        error_messages={"required": _("Choose an office, or go back.")},
    )

    def __init__(self, opened: Mailbox, data: object = None) -> None:
        super().__init__(data)
        self.fields["office"].choices = [(str(one.pk), one.name) for one in opened.holders]  # type: ignore[attr-defined]  # a ChoiceField


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
        entry = MAILBOX.read(request)
        if entry is None:
            return closed(request)
        try:
            opened = mailbox.open_mailbox(keys_of(entry))
        except mailbox.Unreadable:
            opened = None
        return gone(request, entry) if opened is None else view(request, opened)

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
    context = {"form": form, "back_url": reverse("intake:box"), "was_read": case.state != State.FILED}
    return page(request, "intake/delete.html", context)
