"""The form's pages: one view shows and takes every question. Sending is in `sending`, leaving in `leaving`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from complaints.cases.states import Severity
from complaints.files.taking import NotTaken
from recruitment_watch import cldr, clock

from . import attachments, pages, prepared, readers, summary, takes, who_helps, words
from .forms import MONEY_MAX
from .pages import Page
from .progress import DRAWER, Progress
from .shell import gone, lead, nobody, page, url
from .store import Entry, again_if_overtaken

TEMPLATES = {
    name: f"intake/{name}.html" for name in ("start", "who", "then", "care", "paid", "files", "look", "group", "tell")
}
UPLOADS = ("voice", "file")


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
        return lead("number")
    if not pages.may_show(here, progress):
        return lead(pages.onwards(progress))
    if request.method != "POST":
        return _ask(request, here, progress)
    if entry is None:
        return _begin(request, here, progress)
    return _take(request, here, progress, entry)


def _begin(request: HttpRequest, here: Page, progress: Progress) -> HttpResponse:
    """The first answer: a draft begins with it."""
    form = here.form(progress)(request.POST)
    if not form.is_valid():
        return _ask(request, here, progress, form)
    begun = here.takes(progress, form.cleaned_data).has(here.name).with_(begun=clock.now().isoformat())
    response = lead(pages.onwards(begun))
    DRAWER.begin(response, _in_this_language(begun).to_dict())
    return response


def _take(request: HttpRequest, here: Page, progress: Progress, entry: Entry) -> HttpResponse:
    pressed = next((name for name in here.acts if name in request.POST), None)
    if pressed:
        changed = here.acts[pressed](progress, request.POST[pressed])
        _keep(entry, changed)
        attachments.tidy(entry, changed)
        return lead(here.name)
    refusal = ""
    if any(name in request.FILES for name in UPLOADS):
        progress, refusal = _with_file(request, here, progress, entry)
    if "skip" in request.POST and here.skips:
        return _next(request, here, here.skips(progress), entry)
    form = here.form(progress)(request.POST, request.FILES)
    if here.name == "paid" and form.is_blank and progress.answers.fees:
        return _on(progress.has(here.name), entry)
    if not form.is_valid() or refusal:
        if refusal:
            form.add_error(next(name for name in UPLOADS if name in request.FILES), refusal)
        if progress.answers.files != Progress.from_dict(entry.content).answers.files:
            _keep(entry, progress)
        return _ask(request, here, progress, form)
    return _accept(request, here, progress, entry, form.cleaned_data)


def _accept(request: HttpRequest, here: Page, progress: Progress, entry: Entry, said: dict[str, Any]) -> HttpResponse:
    """A whole answer: on to the next page, unless the page has changed under the reader's eyes."""
    if here.name == "who" and said["version"] != readers.of(progress.answers).digest:
        return _ask(request, here, progress, changed=True)
    taken = here.takes(progress, said)
    if "more" in request.POST:
        _keep(entry, taken)
        return lead(here.name)
    return _next(request, here, taken, entry)


def _next(request: HttpRequest, here: Page, taken: Progress, entry: Entry) -> HttpResponse:
    """On to the next page; where nobody is safe, an end, before anything is typed."""
    if here.name == "from" and not readers.of(taken.answers).possible:
        return nobody(request, taken.answers)
    return _on(taken.has(here.name), entry)


def _with_file(request: HttpRequest, here: Page, progress: Progress, entry: Entry) -> tuple[Progress, str]:
    """The progress with a file that came along, or why it was not taken."""
    upload = next(file for name in UPLOADS for file in request.FILES.getlist(name))
    name = request.POST.get("id", "")[:16]
    others = [one for one in progress.answers.files if one.id not in (name, f"{name}o")]
    try:
        taken = attachments.take(upload, name=name, of=here.name, keep="keep" in request.POST, beside=len(others))
    except NotTaken as refused:
        return progress, refused.sentence
    return attachments.put_beside(entry, progress, taken), ""


def _on(progress: Progress, entry: Entry) -> HttpResponse:
    """Keep the progress and lead to the next page."""
    _keep(entry, progress)
    return lead(pages.onwards(progress))


def _keep(entry: Entry, progress: Progress) -> None:
    DRAWER.write(entry, _in_this_language(progress).to_dict())


def _in_this_language(progress: Progress) -> Progress:
    language = get_language() or "en"
    return progress if progress.answers.language == language else progress.says(language=language)


def _ask(
    request: HttpRequest, here: Page, progress: Progress, form: Any = None, *, changed: bool = False
) -> HttpResponse:
    if here.name == "who":
        return _who(request, here, progress, changed=changed)
    if form is None and prepared.is_same_for_all(here, progress):

        def blank(also: Mapping[str, str]) -> HttpResponse:
            return _page(request, here, progress, here.form(progress)(initial={"id": prepared.ID}), also=also)

        return prepared.hand_out(request, here.name, _back(here, progress), blank)
    return _page(request, here, progress, form)


def _who(request: HttpRequest, here: Page, progress: Progress, *, changed: bool) -> HttpResponse:
    """Who will read this: one page for all whose readers are the same."""
    found = readers.of(progress.answers)
    if not found.possible:
        return nobody(request, progress.answers)

    def named(also: Mapping[str, str]) -> HttpResponse:
        form = here.form(progress)(initial={"version": found.digest})
        return _page(request, here, progress, form, also=words.readers(found) | {"changed": changed} | dict(also))

    if changed:
        return named({})
    return prepared.hand_out(request, (here.name, found.digest, found.unserved), _back(here, progress), named)


def _back(here: Page, progress: Progress) -> str:
    previous = pages.before(here.name, progress)
    return url(previous) if previous else ""


def _page(
    request: HttpRequest, here: Page, progress: Progress, form: Any, *, also: Mapping[str, Any] | None = None
) -> HttpResponse:
    context: dict[str, Any] = {
        "number": cldr.digits(str(here.number), get_language() or "en"),
        "of": cldr.digits(str(pages.QUESTIONS), get_language() or "en"),
        "back_url": _back(here, progress),
        "can_skip": here.skips is not None,
        "page_name": here.name,
        "progress": progress,
        "added": summary.files([one for one in progress.answers.files if one.of == here.name]),
    }
    if form is None:
        form = here.form(progress)(initial=here.shows(progress))
    context |= _also(here, progress) | {"form": form} | dict(also or {})
    return page(request, TEMPLATES.get(here.name, "intake/question.html"), context)


def _also(here: Page, progress: Progress) -> dict[str, Any]:
    """What a page shows beside its question."""
    match here.name:
        case "start":
            return {"languages": words.offered_languages()}
        case "then":
            return words.licence(progress)
        case "care":
            return {
                "allowance": words.first_clock(Severity.S1),
                "sure": progress.now == "yes",
                "help": who_helps.at_once(progress.answers.country),
            }
        case "paid":
            return {"fees": summary.fees(progress.answers.fees), "full": len(progress.answers.fees) >= MONEY_MAX}
        case "look":
            return {"tellings": takes.tellings(progress)}
        case _:
            return {}
