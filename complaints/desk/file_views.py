"""A file of a case, opened for a member of an office that holds it, and shown so that nothing in it can act."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from complaints.cases import sealing
from complaints.firewall.access import OpenCase
from complaints.vault.errors import VaultError

from . import story
from .gate import with_case

# What our own cleaner made; everything else is handed over and never shown.
SHOWN = {"image/jpeg": "evidence.jpg", "audio/ogg": "evidence.ogg", "application/pdf": "evidence.pdf"}
LOCKED = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'none'; frame-ancestors 'none'; sandbox"


@with_case
@require_safe
def file(request: HttpRequest, case: OpenCase, file_id: UUID) -> HttpResponse:
    """One attachment. Opening the case for it is logged as every opening is."""
    said = next((one for one in story.files(case) if one["id"] == file_id), None)
    row = case.case.attachments.filter(pk=file_id).first()
    if said is None or row is None or row.epoch not in case.body_keys:
        raise Http404
    try:
        data = sealing.open_attachment(
            case.body_keys[row.epoch], bytes(row.box), case=case.case.pk, row=row.pk, epoch=row.epoch
        )
    except VaultError:
        data = None
    if data is None:
        raise Http404
    name = SHOWN.get(said["media"])
    response = HttpResponse(data, content_type=said["media"] if name else "application/octet-stream")
    response["Content-Disposition"] = "inline" if name else 'attachment; filename="original.bin"'
    response["Content-Security-Policy"] = LOCKED
    return response
