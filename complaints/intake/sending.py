"""The last look, sending, and the receipt. Sending twice is sending once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from complaints.cases.pinned import NotPinned
from complaints.vault import receipts
from complaints.vault.errors import ReceiptMistyped, VaultError
from recruitment_watch import clock

from . import attachments, pages, prepared, readers, summary, words
from .actions import AlreadyFiled, file_complaint
from .forms import ReceiptForm
from .models import DraftFile
from .progress import DRAWER, Progress
from .readers import Readers
from .receipts import Busy
from .shell import gone, lead, page, url
from .store import Entry, again_if_overtaken

log = structlog.get_logger(__name__)
WHEN, CODE = "time-to-come-back", "code-of-the-group"  # stand for what is written in
LOOK_AGAIN = "3"  # seconds after which the queue page asks by itself


@require_http_methods(["GET", "HEAD", "POST"])
@again_if_overtaken
def check(request: HttpRequest) -> HttpResponse:
    """The last look, and sending. A second sending of the same answers finds the first and stores nothing."""
    begun = _unsent(request)
    if isinstance(begun, HttpResponse):
        return begun
    entry, progress = begun
    found = _readers(entry, progress)
    if isinstance(found, HttpResponse):
        return found
    if not progress.receipt:
        progress = progress.prepared()
        entry = DRAWER.write(entry, progress.to_dict())
    if request.method != "POST" or not found.ladder:
        return _last_look(request, progress, found)
    if clock.now() < datetime.fromisoformat(progress.begun) + timedelta(seconds=settings.NOT_BEFORE):
        return _last_look(request, progress, found, soon=True)
    return _send(request, entry, progress, found)


@require_safe
@again_if_overtaken
def wait(request: HttpRequest) -> HttpResponse:
    """In line: what was to be sent is tried again each time this page is looked at, which it does by itself."""
    begun = _unsent(request)
    if isinstance(begun, HttpResponse):
        return begun
    entry, progress = begun
    found = _readers(entry, progress) if progress.sending else None
    if not isinstance(found, Readers) or not found.ladder:
        return lead("check")
    return _send(request, entry, progress, found)


def _unsent(request: HttpRequest) -> tuple[Entry, Progress] | HttpResponse:
    """The draft that is to be sent; or where it leads instead: nowhere any more, or to its receipt."""
    entry = DRAWER.read(request)
    if entry is None:
        return gone(request)
    progress = Progress.from_dict(entry.content)
    return lead("number") if progress.filed else (entry, progress)


def _readers(entry: Entry, progress: Progress) -> HttpResponse | Readers:
    """Who gets it; or where it has to go first: a question that is open, readers that are others than was said."""
    missing = pages.onwards(progress)
    if missing != pages.CHECK:
        return lead(missing)
    found = readers.of(progress.answers)
    if found.digest != progress.readers:
        DRAWER.write(entry, progress.without("who").to_dict())
        return lead("who")
    return found


def _send(request: HttpRequest, entry: Entry, progress: Progress, found: Readers) -> HttpResponse:
    now = clock.now()
    filed = progress.filed_as(due=readers.first_due(progress.answers, found.ladder, now).isoformat())

    def forget_the_answers() -> None:
        DRAWER.write(entry, filed.to_dict())
        attachments.tidy(entry, filed)

    try:
        file_complaint(
            case_id=progress.case,
            receipt=progress.receipt,
            answers=progress.answers,
            offices=found.ladder,
            files=attachments.from_beside(entry, progress.answers.files),
            on=now,
            also=forget_the_answers,
        )
    except AlreadyFiled:
        forget_the_answers()
    except Busy:
        return _in_line(request, entry, progress)
    except (DatabaseError, VaultError, NotPinned, DraftFile.DoesNotExist) as error:
        log.error("a complaint could not be stored", exception=type(error).__name__)
        return _last_look(request, progress, found, unsent=True)
    return lead("number")


def _in_line(request: HttpRequest, entry: Entry, progress: Progress) -> HttpResponse:
    if not progress.sending:
        DRAWER.write(entry, progress.with_(sending=True).to_dict())
    return lead("wait") if request.method == "POST" else in_line(request, url("wait"))


def in_line(request: HttpRequest, again: str) -> HttpResponse:
    """Many are here at once: a page that asks again by itself, without script, and says that nothing is lost."""
    response = page(request, "intake/wait.html", {"again": again})
    response["Refresh"] = LOOK_AGAIN
    return response


def _last_look(
    request: HttpRequest, progress: Progress, found: Readers, *, unsent: bool = False, soon: bool = False
) -> HttpResponse:
    context = {
        "facts": summary.facts(progress, found.ladder),
        "nobody": not found.ladder,
        "back_url": url(pages.before(pages.CHECK, progress) or "start"),
        "unsent": unsent,
        "soon": soon,
    }
    return page(request, "intake/check.html", context, status=503 if unsent else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@again_if_overtaken
def number(request: HttpRequest) -> HttpResponse:
    """The receipt: to write down, and to read back once. After that nothing of it is left here."""
    entry = DRAWER.read(request)
    if entry is None:
        return gone(request)
    progress = Progress.from_dict(entry.content)
    if not progress.filed:
        return lead(pages.onwards(progress))
    if progress.read_back:
        return lead("end")
    form = ReceiptForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and (fault := _read_back(form.cleaned_data["number"], progress.receipt)):
        form.add_error("number", fault)
    if form.is_bound and form.is_valid():
        # The row goes with the next page: if the way there is lost, the same form may come once more.
        DRAWER.write(entry, progress.finished().to_dict())
        return lead("end")
    groups, code = receipts.show(progress.receipt).split(" "), receipts.show(progress.code)
    said = {"when": words.come_back(progress.due), "code": code, "theirs": progress.theirs}
    if form.is_bound:
        return page(request, "intake/number.html", said | {"form": form, "groups": groups})
    return _number_with_gaps(request, form, groups, said)


def _number_with_gaps(request: HttpRequest, form: ReceiptForm, groups: list[str], said: dict[str, Any]) -> HttpResponse:
    """The page of the receipt without a mistake on it: no receipt is in what is kept of it."""
    stands = [f"{place}-of-the-receipt" for place in range(len(groups))]
    gaps = dict(zip(stands, groups, strict=True))
    gaps |= {WHEN: said["when"], CODE: said["code"], prepared.TOKEN: get_token(request)}

    def blank() -> HttpResponse:
        shown = {"when": WHEN, "code": said["code"] and CODE, "groups": stands, "csrf_token": prepared.TOKEN}
        return page(request, "intake/number.html", said | shown | {"form": form})

    return prepared.with_gaps(request, ("number", said["theirs"], bool(said["code"])), blank, gaps)


def _read_back(typed: str, receipt: str) -> str:
    try:
        if receipts.read(typed) == receipt:
            return ""
    except ReceiptMistyped as error:
        return words.mistyped(error)
    return _("This is not the number above. Compare them group by group.")
