"""The mailbox's pages: the receipt is asked for once, then its key lies in an encrypted row for a while."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from complaints.cases.states import State
from complaints.vault import receipts as vault_receipts
from complaints.vault.errors import ReceiptMistyped
from complaints.vault.primitives import public_of
from complaints.vault.receipts import ReceiptKeys
from recruitment_watch import clock

from . import mailbox, receipts, words
from .forms import Message, ReceiptForm
from .mailbox import Mailbox
from .store import MAILBOX, Entry, again_if_overtaken, clear_cookie
from .views import page, typed


@require_http_methods(["GET", "HEAD", "POST"])
def back(request: HttpRequest) -> HttpResponse:
    """Ask for the receipt. Whether a case has it is only known after the whole derivation."""
    form = ReceiptForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            keys = receipts.keys_of(vault_receipts.read(form.cleaned_data["number"]))
        except ReceiptMistyped as error:
            form.add_error("number", words.mistyped(error))
        else:
            if mailbox.find(keys.tag) is not None:
                response = redirect("intake:box")
                MAILBOX.begin(response, {"private": keys.private.hex(), "tag": keys.tag.hex()})
                return response
            form.add_error("number", _("Nothing is stored under this number. Look at your receipt again."))
    return page(request, "intake/back.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@again_if_overtaken
def box(request: HttpRequest) -> HttpResponse:
    """Where the case stands, the messages, and a form to write one."""
    entry = MAILBOX.read(request)
    if entry is None:
        return closed(request)
    try:
        opened = mailbox.open_mailbox(keys_of(entry))
    except mailbox.Unreadable:
        opened = None
    if opened is None:
        return gone(request, entry)
    form = Message(request.POST) if request.method == "POST" else Message(initial={"id": uuid.uuid4()})
    unsent = False
    if form.is_bound and form.is_valid():
        if mailbox.write(opened, message_id=form.cleaned_data["id"], text=form.cleaned_data["text"]):
            return redirect(reverse("intake:box") + "?sent#messages")
        unsent = True
    MAILBOX.write(entry, entry.content)
    return _show(request, opened, form, unsent=unsent)


def _show(request: HttpRequest, opened: Mailbox, form: Message, *, unsent: bool) -> HttpResponse:
    context = {
        "standing": words.standing(opened),
        "events": words.events(opened),
        "letters": words.letters(opened),
        "can_write": opened.can_write,
        "holders": opened.holders,
        "form": form,
        "unsent": unsent,
        "kept": typed(request),
        "sent": "sent" in request.GET,
        "today": clock.today(),
    }
    return page(request, "intake/box.html", context)


@require_POST
def close(request: HttpRequest) -> HttpResponse:
    """Close the mailbox: its key goes, and the receipt is asked for again."""
    response = redirect("intake:back")
    MAILBOX.forget(request, response)
    return response


def gone(request: HttpRequest, entry: Entry) -> HttpResponse:
    """Nothing opens any more: the person took it back, its time is over, or their copy of the key is damaged.

    While rows are left, they can still be deleted: the mailbox stays open for that.
    """
    case = mailbox.find(keys_of(entry).tag)
    withdrawn = case is not None and case.state == State.WITHDRAWN
    left = case is not None and not withdrawn
    response = page(request, "intake/deleted.html", {"withdrawn": withdrawn, "left": left}, status=410)
    if not left:
        MAILBOX.forget(request, response)
    return response


def closed(request: HttpRequest) -> HttpResponse:
    """The mailbox has closed by itself. What was typed with this very request is given back."""
    if request.method != "POST":
        return redirect("intake:back")
    response = page(request, "intake/closed.html", {"kept": typed(request), "form": ReceiptForm()}, status=410)
    clear_cookie(response, MAILBOX.cookie)
    return response


def keys_of(entry: Entry) -> ReceiptKeys:
    private = bytes.fromhex(entry.content["private"])
    return ReceiptKeys(tag=bytes.fromhex(entry.content["tag"]), public=public_of(private), private=private)
