"""Where an office outside says that it has its parcel. No account, no session: the code, or a signature, says it.

A reference that nobody has gets the same page and the same refusal as any other.
"""

from __future__ import annotations

import base64
import binascii
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters

from complaints.firewall import acknowledgements
from recruitment_watch.web.forms import QuestionForm


class CodeForm(QuestionForm):
    code = forms.CharField(
        label=_("The code from the letter"),
        help_text=_("Five groups of five signs. Dashes, spaces and small letters do not matter."),
        max_length=60,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "class": "digits"}
        ),
    )


# Nothing is protected by a token: who has the code may say it from anywhere, and machines do.
@csrf_exempt
@sensitive_post_parameters()
def received(request: HttpRequest, parcel_id: UUID) -> HttpResponse:
    """A page to type the code on; a post with `code`, or with `signature` (base64)."""
    if request.method != "POST":
        return _page(request, CodeForm())
    if "signature" in request.POST:
        form = CodeForm()
        held = acknowledgements.by_signature(parcel_id, _raw(request.POST["signature"]))
    else:
        form = CodeForm(request.POST)
        held = form.is_valid() and acknowledgements.by_code(parcel_id, form.cleaned_data["code"])
    if held:
        return render(request, "desk/received.html", {"done": True})
    if form.is_bound and not form.errors:
        form.add_error("code", _("This code does not fit this parcel. Look at it once more."))
    return _page(request, form, status=422)


def _page(request: HttpRequest, form: CodeForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "forms": [form] if form.is_bound else [], "has_errors": bool(form.errors), "errors": []}
    return render(request, "desk/received.html", context, status=status)


def _raw(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
