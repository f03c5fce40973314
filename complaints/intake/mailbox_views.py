"""The mailbox's pages: the receipt is asked for once, then its key lies in an encrypted row for a while."""

from __future__ import annotations

import secrets
import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from complaints.cases.states import State
from complaints.files import showing
from complaints.files.taking import NotTaken
from complaints.vault import receipts as vault_receipts
from complaints.vault.errors import ReceiptMistyped
from complaints.vault.primitives import public_of
from complaints.vault.receipts import ReceiptKeys
from recruitment_watch import clock

from . import attachments, helper, mailbox, receipts, words
from .answers import FileAnswer
from .forms import Message, ReceiptForm
from .mailbox import Mailbox
from .sending import in_line
from .shell import page, typed
from .store import HELPER, MAILBOX, QUEUE, Entry, again_if_overtaken, clear_cookie


@require_http_methods(["GET", "HEAD", "POST"])
def back(request: HttpRequest) -> HttpResponse:
    """Ask for the receipt. Whether a case has it is only known after the whole derivation."""
    form = ReceiptForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            number = vault_receipts.read(form.cleaned_data["number"])
        except ReceiptMistyped as error:
            form.add_error("number", words.mistyped(error))
        else:
            try:
                response = _opened(number)
            except receipts.Busy:
                response = redirect("intake:wait-back")
                QUEUE.begin(response, {"number": number})
            if response is not None:
                return response
            form.add_error("number", nothing())
    return page(request, "intake/back.html", {"form": form})


@require_safe
def wait(request: HttpRequest) -> HttpResponse:
    """A receipt in line: tried again each time this page is looked at, which it does by itself."""
    entry = QUEUE.read(request)
    if entry is None:
        return redirect("intake:back")
    number = str(entry.content["number"])
    try:
        response = _opened(number)
    except receipts.Busy:
        return in_line(request, reverse("intake:wait-back"))
    if response is not None:
        return response
    form = ReceiptForm({"number": vault_receipts.show(number)})
    form.is_valid()
    form.add_error("number", nothing())
    response = page(request, "intake/back.html", {"form": form})
    QUEUE.forget(request, response)
    return response


def _opened(number: str) -> HttpResponse | None:
    """Where a receipt leads: the mailbox, a helper's page, or nowhere (None). Raises Busy."""
    keys = receipts.keys_of(number)
    if mailbox.find(keys.tag) is not None:
        response = redirect("intake:box")
        MAILBOX.begin(response, {"private": keys.private.hex(), "tag": keys.tag.hex()})
        return response
    if helper.find(keys.tag) is not None:
        response = redirect("intake:far")
        HELPER.begin(response, {"tag": keys.tag.hex()})
        return response
    return None


def nothing() -> str:
    return _("Nothing is stored under this number. Look at your receipt again.")


def entered(request: HttpRequest) -> tuple[Entry, Mailbox] | HttpResponse:
    """The open mailbox with its row; where there is none, the page that says so."""
    entry = MAILBOX.read(request)
    if entry is None:
        return closed(request)
    try:
        opened = mailbox.open_mailbox(keys_of(entry))
    except mailbox.Unreadable:
        opened = None
    return gone(request, entry) if opened is None else (entry, opened)


@require_http_methods(["GET", "HEAD", "POST"])
@again_if_overtaken
def box(request: HttpRequest) -> HttpResponse:
    """Where the case stands, the messages, and a form to write one."""
    found = entered(request)
    if isinstance(found, HttpResponse):
        return found
    entry, opened = found
    if request.method != "POST":
        MAILBOX.write(entry, entry.content)
        return _show(request, opened, Message(initial={"id": uuid.uuid4()}))
    return _write(request, entry, opened)


def _write(request: HttpRequest, entry: Entry, opened: Mailbox) -> HttpResponse:
    """A message, with a file or without. A file that is refused keeps the text in its box, and nothing is sent yet."""
    form = Message(request.POST, request.FILES)
    files: list[tuple[FileAnswer, bytes]] = []
    if upload := request.FILES.get("file"):
        try:
            name, keep = secrets.token_hex(8), "keep" in request.POST
            taken = attachments.take(upload, name=name, of=attachments.MESSAGE, keep=keep)
            files = list(taken.parts)
        except NotTaken as refused:
            form.is_valid()
            form.add_error("file", refused.sentence)
    unsent = False
    if form.is_valid():
        said = form.cleaned_data
        if mailbox.write(opened, message_id=said["id"], text=said["text"], files=files):
            return redirect(reverse("intake:box") + "?sent#messages")
        unsent = True
    if files:  # no browser fills that field in again
        form.add_error("file", _("Choose the file once more: it was not kept."))
    MAILBOX.write(entry, entry.content)
    return _show(request, opened, form, unsent=unsent)


def _show(request: HttpRequest, opened: Mailbox, form: Message, *, unsent: bool = False) -> HttpResponse:
    context = {
        "standing": words.standing(opened),
        "events": words.events(opened),
        "letters": words.letters(opened),
        "enclosed": opened.enclosed,
        "can_write": opened.can_write,
        "holders": opened.holders,
        "late": opened.missed,
        "ended": opened.ended,
        "may_ask_next": opened.may_ask_next,
        "form": form,
        "unsent": unsent,
        "kept": typed(request),
        "sent": "sent" in request.GET,
        "changed": "changed" in request.GET,
        "today": clock.today(),
    }
    return page(request, "intake/box.html", context)


@require_safe
def file(request: HttpRequest, number: int) -> HttpResponse:
    """What an office sent with a message: the mailbox's first, second, … such file, and no other."""
    found = entered(request)
    if isinstance(found, HttpResponse):
        return found
    _entry, opened = found
    sent = dict(enumerate(opened.enclosed, start=1)).get(number)
    data = opened.opened(sent) if sent else None
    if sent is None or data is None:
        raise Http404
    return showing.response(data, sent.media)


@require_safe
def far(request: HttpRequest) -> HttpResponse:
    """What a helper may see: how far it is."""
    entry = HELPER.read(request)
    found = helper.find(bytes.fromhex(str(entry.content["tag"]))) if entry else None
    if found is None:
        return closed(request)
    context = {"standing": words.standing(found), "events": words.steps_so_far(found)}
    return page(request, "intake/far.html", context)


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
