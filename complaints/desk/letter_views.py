"""Letters from templates: to the complainant, into the message form; to the agency, recorded and then printed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from complaints.cases.moves import IllegalMove, Overtaken
from complaints.firewall import referrals
from complaints.firewall.access import OpenCase, agency_of
from recruitment_watch.web.forms import QuestionForm

from . import actions, agency_letters, letter_files
from .forms import Answer
from .gate import reopen, with_case
from .letter_files import Letter, Reader
from .refusals import CASE_FASTER, RULES_CHANGED, Refusal, refused
from .work_forms import AgencyLetterForm

# Sent by their verbs, which know what stands in them.
WITH_A_VERB = ("agency-told", "remedy-", "closed-")
# What a preview has in the place of what is not chosen yet.
BLANK = "…"
# Why a letter was not written, where that is said in words of its own.
REFUSED: Mapping[type[Exception], Refusal] = {
    Overtaken: CASE_FASTER,
    IllegalMove: CASE_FASTER,
    agency_letters.NotAllowed: (
        _l("The person does not allow the agency to be told this. Nothing was written."), 403,
    ),
    agency_letters.NoAgency: RULES_CHANGED,
}  # fmt: skip


@with_case
def letters(request: HttpRequest, case: OpenCase) -> HttpResponse:
    """The list: whom a letter is for, and whether it can be written now."""
    of_agency = letter_files.for_(Reader.AGENCY) if _may_write_to_agency(case) else []
    context = {
        "case": case.case,
        "to_person": [_entry(case, one) for one in _to_person(case)],
        "to_agency": [_entry(case, one) for one in of_agency],
    }
    return render(request, "desk/letters.html", context)


@with_case
def letter(request: HttpRequest, case: OpenCase, what: str) -> HttpResponse:
    """One letter: its text in the reader's language and in English, and the form that sends or records it."""
    found = letter_files.all_letters().get(what)
    if found is None:
        raise Http404
    if found.reader is Reader.COMPLAINANT:
        if found not in _to_person(case):
            raise Http404
        return _for_person(request, case, found)
    if not _may_write_to_agency(case):
        raise Http404
    if request.method != "POST":
        return _for_agency(request, case, found, _form(case, found))
    return _record(request, case, found)


def _record(request: HttpRequest, case: OpenCase, found: Letter) -> HttpResponse:
    form = _form(case, found, request.POST)
    if not form.is_valid():
        return _for_agency(request, case, found, form, status=422)
    said = {"standards": [], **form.cleaned_data}
    refusal = refused(lambda: agency_letters.write(case, found, by=case.member, **said), REFUSED)
    if refusal is None:
        messages.success(request, _("The letter is recorded. It can be printed from the case."))
        return redirect("desk:case", case.case.pk)
    trouble, status = refusal
    return _for_agency(request, reopen(request, case), found, form, trouble=str(trouble), status=status)


def _to_person(case: OpenCase) -> list[Letter]:
    """Those that an inspector sends; those about remedies and letters go with their verbs."""
    if case.state not in actions.MAY_ANSWER:
        return []
    return [one for one in letter_files.for_(Reader.COMPLAINANT) if not one.name.startswith(WITH_A_VERB)]


def _may_write_to_agency(case: OpenCase) -> bool:
    return case.state in agency_letters.MAY_WRITE and agency_of(case.cover) is not None


def _entry(case: OpenCase, one: Letter) -> dict[str, str]:
    refused = "" if agency_letters.may_say(case, one) else _("The person does not allow this.")
    return {"url": reverse("desk:letter", args=[case.case.pk, one.name]), "text": one.title, "refused": refused}


def _for_person(request: HttpRequest, case: OpenCase, found: Letter) -> HttpResponse:
    wanted = str(case.cover.get("language") or "en")
    spoken, values = found.spoken(wanted), {"office": case.office.name}
    may_ask = case.state in actions.MAY_ASK
    form = Answer(prefix="answer", initial={"text": found.text(spoken, values)}, may_ask=may_ask)
    form.fields["text"].widget.attrs |= {"lang": spoken, "dir": "auto", "rows": 12}
    context = {
        "case": case.case,
        "letter": found,
        "form": form,
        "action": reverse("desk:answer", args=[case.case.pk]),
        "button": _("Send the message"),
        "in_english": found.text("en", values) if spoken != "en" else "",
        "language": _name(spoken),
        "missing": spoken != wanted,
        "forms": [],
    }
    return render(request, "desk/letter_preview.html", context)


def _for_agency(
    request: HttpRequest, case: OpenCase, found: Letter, form: QuestionForm, *, trouble: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "case": case.case,
        "letter": found,
        "form": form,
        "action": reverse("desk:letter", args=[case.case.pk, found.name]),
        "button": _("Record the letter"),
        "in_english": found.text("en", dict.fromkeys(found.fields, BLANK) | {"office": case.office.name}),
        "to_agency": True,
        "allowed": agency_letters.may_say(case, found),
        "forms": [form] if form.is_bound else [],
        "has_errors": bool(trouble) or bool(form.errors),
        "errors": [{"text": trouble}] if trouble else [],
    }
    return render(request, "desk/letter_preview.html", context, status=status)


def _form(case: OpenCase, found: Letter, data: Any = None) -> AgencyLetterForm:
    agency = agency_of(case.cover)
    return AgencyLetterForm(data, letter=found, standards=referrals.standards_of(agency) if agency else [])


def _name(language: str) -> str:
    try:
        return str(get_language_info(language)["name_translated"])
    except KeyError:
        return language
