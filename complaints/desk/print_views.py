"""Pages to print: an inspection order and a letter to an agency. Neither their address nor their words know of a case.

They are made from the fields of their forms alone. A browser prints a page's address and title with it, so the case's
number must be in neither; that is why they do not lie below a case.
"""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from complaints.firewall import access

from . import agency_letters, letter_files
from .evidence import Ground
from .gate import inspector_of
from .work_forms import OrderForm, PrintLetterForm


@login_required
def order(request: HttpRequest) -> HttpResponse:
    """An inspection order from what was typed for it."""
    if request.method != "POST":
        return redirect("desk:queue")
    form = OrderForm(request.POST, offices=access.offices_of(inspector_of(request)).order_by("name"))
    if not form.is_valid():
        raise Http404
    said = form.cleaned_data
    context = {**said, "ground": Ground(said["ground"]).label}
    return render(request, "desk/order.html", context)


@login_required
def letter(request: HttpRequest) -> HttpResponse:
    """A letter to an agency from the register and from what was chosen for it."""
    if request.method != "POST":
        return redirect("desk:queue")
    form = PrintLetterForm(request.POST, offices=access.offices_of(inspector_of(request)).order_by("name"))
    if not form.is_valid():
        raise Http404
    said = form.cleaned_data
    found = letter_files.all_letters().get(said["letter"])
    if found is None:
        raise Http404
    try:
        text = agency_letters.written(
            found, language=said["language"], office=said["office"], agency=said["agency"],
            standards=said["standards"].splitlines(), answer_by=said["answer_by"],
        )  # fmt: skip
    except agency_letters.NoAgency:
        raise Http404 from None
    context = {"text": text, "title": found.titles[found.spoken(said["language"])], "language": said["language"]}
    return render(request, "desk/agency_letter.html", context)
