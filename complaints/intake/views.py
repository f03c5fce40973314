"""The form's pages: one view shows and takes every question; then the last look, sending and leaving."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from complaints.cases.pinned import NotPinned
from complaints.cases.states import Severity
from complaints.vault import receipts
from complaints.vault.errors import ReceiptMistyped, VaultError
from recruitment_watch import clock

from . import pages, readers, who_helps, words
from .actions import AlreadyFiled, file_complaint
from .forms import ReceiptForm
from .pages import Page
from .progress import DRAWER, Progress
from .store import MAILBOX, Entry, again_if_overtaken, clear_cookie

log = structlog.get_logger(__name__)

TEMPLATES = {name: f"intake/{name}.html" for name in ("start", "who", "then", "care")}


def page(
    request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Render one of intake's pages; each has a way to leave quickly."""
    shell = {"leave_url": reverse("intake:off"), "site_url": reverse("intake:start")}
    return render(request, template, shell | dict(context or {}), status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@again_if_overtaken
def question(request: HttpRequest, name: str) -> HttpResponse:
    """Show a question, or take its answer and lead on."""
    here = pages.BY_NAME[name]
    entry = DRAWER.read(request)
    progress = Progress.from_dict(entry.content) if entry else None
    if progress is None:
        if name != "start":
            return gone(request)
        progress = Progress()
    if progress.filed:
        return redirect("intake:number")
    if not pages.may_show(here, progress):
        return redirect(_url(pages.onwards(progress)))
    if request.method != "POST":
        return _ask(request, here, progress)
    return _take(request, here, progress, entry)


def _take(request: HttpRequest, here: Page, progress: Progress, entry: Entry | None) -> HttpResponse:
    if "skip" in request.POST and here.skips:
        return _on(here.skips(progress).has(here.name), entry)
    form = here.form(progress)(request.POST)
    if not form.is_valid():
        return _ask(request, here, progress, form)
    if here.name == "start" and readers.regions_of(form.cleaned_data["country"]) is None:
        return nobody(request, form.cleaned_data["country"])
    if here.name == "who":
        seen = readers.digest(readers.possible(progress.answers.country, progress.answers.region))
        if form.cleaned_data["version"] != seen:
            return _ask(request, here, progress, changed=True)
    return _on(here.takes(progress, form.cleaned_data).has(here.name), entry)


def _on(progress: Progress, entry: Entry | None) -> HttpResponse:
    """Keep the progress and lead to the next page; without an entry, a draft begins here."""
    language = get_language() or settings.LANGUAGE_CODE
    progress = progress.with_(language=language)
    response = redirect(_url(pages.onwards(progress)))
    if entry is None:
        DRAWER.begin(response, progress.to_dict())
    else:
        DRAWER.write(entry, progress.to_dict())
    return response


def _ask(
    request: HttpRequest, here: Page, progress: Progress, form: Any = None, *, changed: bool = False
) -> HttpResponse:
    previous = pages.before(here.name, progress)
    context: dict[str, Any] = {
        "number": here.number,
        "of": pages.QUESTIONS,
        "back_url": _url(previous) if previous else "",
        "can_skip": here.skips is not None,
        "page_name": here.name,
        "progress": progress,
    }
    if here.name == "who":
        offices = readers.possible(progress.answers.country, progress.answers.region)
        if not offices:
            return nobody(request, progress.answers.country)
        form = here.form(progress)(initial={"version": readers.digest(offices)})
        context |= {"offices": words.offices(offices), "changed": changed}
    if here.name == "then":
        context |= words.licence(progress)
    if here.name == "care":
        context |= {"allowance": words.first_clock(Severity.S1), "sure": progress.now == "yes"}
        context["help"] = who_helps.at_once(progress.answers.country)
    context["form"] = form if form is not None else here.form(progress)(initial=here.shows(progress))
    return page(request, TEMPLATES.get(here.name, "intake/question.html"), context)


@require_http_methods(["GET", "HEAD", "POST"])
@again_if_overtaken
def check(request: HttpRequest) -> HttpResponse:
    """The last look, and sending. A second sending of the same answers finds the first and stores nothing."""
    entry = DRAWER.read(request)
    if entry is None:
        return gone(request)
    progress = Progress.from_dict(entry.content)
    if progress.filed:
        return redirect("intake:number")
    missing = pages.onwards(progress)
    if missing != pages.CHECK:
        return redirect(_url(missing))
    offices = readers.possible(progress.answers.country, progress.answers.region)
    if readers.digest(offices) != progress.readers:
        # Somebody else would read it than was said: that has to be seen first.
        DRAWER.write(entry, progress.without("who").to_dict())
        return redirect("intake:who")
    if request.method == "POST" and progress.receipt:
        return _send(request, entry, progress)
    if not progress.receipt:
        progress = progress.prepared()
        DRAWER.write(entry, progress.to_dict())
    return _last_look(request, progress)


def _send(request: HttpRequest, entry: Entry, progress: Progress) -> HttpResponse:
    ladder, now = readers.for_answers(progress.answers), clock.now()
    if not ladder:
        return nobody(request, progress.answers.country)
    filed = progress.filed_as(due=readers.first_due(progress.answers, ladder, now).isoformat())

    def forget_the_answers() -> None:
        DRAWER.write(entry, filed.to_dict())

    try:
        file_complaint(
            case_id=progress.case,
            receipt=progress.receipt,
            answers=progress.answers,
            offices=ladder,
            on=now,
            also=forget_the_answers,
        )
    except AlreadyFiled:
        forget_the_answers()
    except (DatabaseError, VaultError, NotPinned) as error:
        log.error("a complaint could not be stored", exception=type(error).__name__)
        return _last_look(request, progress, unsent=True)
    return redirect("intake:number")


def _last_look(request: HttpRequest, progress: Progress, *, unsent: bool = False) -> HttpResponse:
    facts = words.facts(progress, readers.for_answers(progress.answers))
    context = {"facts": facts, "back_url": _url("reach"), "unsent": unsent}
    return page(request, "intake/check.html", context, status=503 if unsent else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def number(request: HttpRequest) -> HttpResponse:
    """The receipt: to write down, and to read back once. After that nothing of it is left here."""
    entry = DRAWER.read(request)
    if entry is None:
        return gone(request)
    progress = Progress.from_dict(entry.content)
    if not progress.filed:
        return redirect(_url(pages.onwards(progress)))
    form = ReceiptForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and (fault := _read_back(form.cleaned_data["number"], progress.receipt)):
        form.add_error("number", fault)
    if form.is_bound and form.is_valid():
        response = redirect("intake:end")
        DRAWER.forget(request, response)
        return response
    groups = receipts.show(progress.receipt).split(" ")
    return page(request, "intake/number.html", {"form": form, "groups": groups, "when": words.come_back(progress.due)})


def _read_back(typed: str, receipt: str) -> str:
    try:
        if receipts.read(typed) == receipt:
            return ""
    except ReceiptMistyped as error:
        return words.mistyped(error)
    return _("This is not the number above. Compare them group by group.")


@require_safe
def end(request: HttpRequest) -> HttpResponse:
    """After the receipt was read back: nothing is left in the browser, and how to come back."""
    return page(request, "intake/end.html")


@require_safe
def off(request: HttpRequest) -> HttpResponse:
    """Leave quickly: draft, mailbox and cookies go, and a page takes their place that is about nothing.

    A plain link, because it must work at once and everywhere. It leads to a page of our own: another
    site's would tell that site the minute and the address, and would have to be reached first.
    """
    response = redirect("intake:sizes")
    DRAWER.forget(request, response)
    MAILBOX.forget(request, response)
    clear_cookie(response, settings.CSRF_COOKIE_NAME)
    return response


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """Who can read it, who cannot, and what can still go wrong: docs/for-complainants.md says the same."""
    return page(request, "intake/about.html")


@require_GET
def sizes(request: HttpRequest) -> HttpResponse:
    """Where leaving leads: centimetres and inches."""
    rows = [(size, f"{size / 2.54:.1f}") for size in range(10, 210, 10)]
    return render(request, "intake/sizes.html", {"rows": rows})


def nobody(request: HttpRequest, country: str) -> HttpResponse:
    """No office in that country is safe: said before anything is typed; nothing of this visit is kept."""
    response = page(request, "intake/nobody.html", {"help": who_helps.in_country(country)})
    DRAWER.forget(request, response)
    return response


def gone(request: HttpRequest) -> HttpResponse:
    """The draft is not there (any more). What was typed with this very request is given back."""
    response = page(request, "intake/gone.html", {"kept": typed(request)}, status=410)
    clear_cookie(response, DRAWER.cookie)
    return response


def typed(request: HttpRequest) -> list[str]:
    """The texts of a post that cannot be taken, so that they are not lost."""
    fields = ("words", "name", "happened", "where", "when", "text")
    return [text for field in fields if (text := request.POST.get(field, "").strip())]


def _url(name: str) -> str:
    return reverse(f"intake:{name}")
