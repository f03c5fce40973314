"""The pages about paper: where it is fetched, and where a helper types it in."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language, override
from django.views.decorators.http import require_http_methods, require_safe

from complaints.intake import pages
from complaints.intake.progress import DRAWER, Progress
from complaints.intake.shell import gone, page, url
from complaints.intake.store import again_if_overtaken
from recruitment_watch import cldr

from . import document, sheet


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """What the paper is for, and the paper in every language."""
    papers = []
    for code, _name in settings.LANGUAGES:
        with override(code):
            papers.append({"code": code, "name": cldr.own_name(code), "url": reverse("intake:form")})
    return page(request, "intake/paper.html", {"papers": papers, "back_url": reverse("intake:start")})


@require_safe
def form(_request: HttpRequest) -> HttpResponse:
    """The paper in the language of the address, under a name that says nothing where it is kept."""
    response = HttpResponse(document.pdf(get_language() or "en"), content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="form.pdf"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@again_if_overtaken
def enter(request: HttpRequest) -> HttpResponse:
    """All questions of the paper on one page; what it leaves open the form then asks. Twice is once."""
    entry = DRAWER.read(request)
    if entry is None:
        return gone(request) if request.method == "POST" else redirect("intake:paper")
    progress = Progress.from_dict(entry.content)
    if progress.filed:
        return redirect("intake:number")
    if not pages.may_show(pages.BY_NAME["now"], progress):  # first who reads it
        return redirect(url(pages.onwards(progress)))
    parts = sheet.typed(progress, request.POST) if request.method == "POST" else sheet.shown(progress)
    if request.method == "POST" and (taken := sheet.take(progress, parts)):
        DRAWER.write(entry, taken.says(language=get_language() or "en").to_dict())
        return redirect(url(pages.onwards(taken)))
    forms = [part.form for part in parts]
    context = {
        "parts": parts,
        "forms": forms,
        "has_errors": any(one.errors for one in forms),
        "back_url": url("whose"),
    }
    return page(request, "intake/sheet.html", context)
