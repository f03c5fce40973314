"""A file of a case, opened for a member of an office that holds it, and shown so that nothing in it can act."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from complaints.cases import attachments
from complaints.files import showing
from complaints.firewall.access import OpenCase
from complaints.vault.errors import VaultError

from . import story
from .gate import with_case


@with_case
@require_safe
def file(request: HttpRequest, case: OpenCase, file_id: UUID) -> HttpResponse:
    """One attachment, of the person's or of an office's. Opening the case for it is logged as every opening is."""
    said = next((one for one in [*story.files(case), *story.sent(case)] if one["id"] == file_id), None)
    row = case.case.attachments.filter(pk=file_id).first()
    if said is None or row is None or row.epoch not in case.body_keys:
        raise Http404
    try:
        data = attachments.opened(case.case, case.body_keys[row.epoch], row)
    except VaultError:
        data = None
    if data is None:
        raise Http404
    return showing.response(data, said["media"])
