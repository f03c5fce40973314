"""An application's way: received, completed, before the board, edited, closed. Each verb: one transaction, one step.

``by`` is a name, as elsewhere; the agency itself acts under its reference.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from agencies import names
from agencies.audit import record
from agencies.board.models import ASKED, STEPS, AppAnswer, AppDocument, Application, AppStage, AppStep, Objection
from agencies.board.rounds import begin, end, restart
from agencies.codes import fits, hashed, new_code, new_reference
from agencies.models import Licence, Register
from agencies.refusals import DecisionRefused, StateChanged
from recruitment_watch import clock

#: Days in which anybody may object, from the day it is received.
OBJECTION_DAYS: Final = 30
DOCUMENTS: Final = 12
DOCUMENT_BYTES: Final = 5_242_880
_MAGIC: Final = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


def by_code(reference: str, code: str) -> Application | None:
    """The application to which reference and code belong."""
    found = Application.objects.filter(reference=reference.strip().upper()).first()
    if found is None or not fits(code, found.code_hash):
        return None
    return found


@transaction.atomic
def submit(register: Register, given: Mapping[str, Any]) -> tuple[Application, str]:
    """An agency applies; the application and the code, which is shown once and kept nowhere.

    A renewal names the licence that it renews; DecisionRefused where there is none of that number.
    """
    today, code = clock.today(), new_code()
    facts = {name: given[name] for name in ASKED if name in given}
    application = Application(
        **facts, register=register, code_hash=hashed(code), live=False, submitted_at=clock.now(),
        reference=new_reference("A"),
        objections_until=today + datetime.timedelta(days=OBJECTION_DAYS),
    )  # fmt: skip
    application.agency = _renewed(application)
    application.save(force_insert=True)
    application.save_revision(clean=False)
    _step(application, old="", new=AppStage.SUBMITTED, by=application.reference)
    record("submit_application", by=application.reference, on=application.agency or register, text=str(application))
    return application, code


@transaction.atomic
def edit(application: Application, given: Mapping[str, Any], *, by: str) -> Application:
    """Change what is asked for, while it is open. During a review the review begins anew, on the new wording."""
    locked = _locked(application)
    if locked.stage not in (AppStage.SUBMITTED, AppStage.INFO_REQUESTED, AppStage.UNDER_REVIEW):
        raise StateChanged(_("This application cannot be changed any more."))
    for name in ASKED:
        if name in given:
            setattr(locked, name, given[name])
    locked.agency = _renewed(locked)
    locked.save(update_fields=[*ASKED, "agency"])
    locked.save_revision(clean=False)
    if locked.stage == AppStage.INFO_REQUESTED:
        move(locked, AppStage.SUBMITTED, by=by)
    restart_review(locked)
    record("edit_application", by=by, on=locked.agency or locked.register, text=str(locked))
    application.refresh_from_db()
    return application


def restart_review(application: Application) -> None:
    """Where the board reviews an application, it does so anew on the latest revision; the votes stay on record."""
    if not restart(application) and application.stage == AppStage.UNDER_REVIEW:
        begin(application)  # it had been advised on already, in other words


@transaction.atomic
def add_document(application: Application, *, title: str, data: bytes, by: str) -> AppDocument:
    """A paper: PDF, JPEG or PNG by its first bytes, at most 5 MiB and twelve of them. The review begins anew."""
    kind = next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), None)
    if kind is None:
        raise DecisionRefused(_("Only PDF files and photos (JPEG, PNG) are taken."))
    if len(data) > DOCUMENT_BYTES:
        raise DecisionRefused(_("The file is too large. At most 5 megabytes are taken."))
    locked = _locked(application)
    if locked.stage not in (AppStage.SUBMITTED, AppStage.INFO_REQUESTED, AppStage.UNDER_REVIEW):
        raise StateChanged(_("This application cannot be changed any more."))
    if locked.documents.count() >= DOCUMENTS:
        raise DecisionRefused(_("There are as many files as are taken."))
    document = AppDocument.objects.create(
        application=locked, title=title.strip()[:200] or _("Paper"), media_type=kind, data=data,
        sha256=hashlib.sha256(data).hexdigest(), added_at=clock.now(),
    )  # fmt: skip
    locked.save_revision(clean=False)
    restart_review(locked)
    record("add_document", by=by, on=document, text=f"{locked.reference} {document.sha256}")
    return document


@transaction.atomic
def object_to(application: Application, *, name: str, contact: str, text: str) -> Objection:
    """Somebody objects, under a name, while the window is open."""
    if not may_object(application):
        raise DecisionRefused(_("Nobody can object to this application any more."))
    if not (name.strip() and contact.strip() and text.strip()):
        raise DecisionRefused(_("An objection needs your name, how to reach you, and what you say."))
    row = Objection.objects.create(
        application=application, name=name.strip(), contact=contact.strip(), text=text.strip(), received_at=clock.now()
    )
    record("object_to_application", by="the public", on=row, text=application.reference)
    return row


def may_object(application: Application) -> bool:
    open_to = (AppStage.SUBMITTED, AppStage.INFO_REQUESTED, AppStage.UNDER_REVIEW)
    return application.stage in open_to and clock.today() <= application.objections_until


def may_reply(application: Application) -> bool:
    """Whether the agency may still answer the notice that its application is to be refused."""
    day = _answer_by(application)
    return day is not None and clock.today() <= day


@transaction.atomic
def reply(application: Application, *, text: str) -> AppAnswer:
    """The agency answers the notice by itself, in the time that it was given, as often as it wants."""
    locked = _locked(application)
    if not may_reply(locked):
        raise DecisionRefused(_("The time to answer has passed. Write to the regulator."))
    return _reply(locked, text=text, by=locked.reference)


@transaction.atomic
def record_reply(application: Application, *, text: str, by: str) -> AppAnswer:
    """An officer writes down what the agency answered by letter or by word of mouth, while nothing is decided."""
    locked = _locked(application)
    if _answer_by(locked) is None:
        raise DecisionRefused(_("The agency was given no notice, or it is decided already."))
    return _reply(locked, text=text, by=by)


@transaction.atomic
def ask_for_more(application: Application, *, by: str, reasons: str) -> Application:
    """The officer finds it incomplete and says what is missing."""
    if not reasons.strip():
        raise DecisionRefused(_("Say what is missing."))
    return move(application, AppStage.INFO_REQUESTED, by=by, reasons=reasons)


@transaction.atomic
def start_review(application: Application, *, by: str) -> Application:
    """The officer finds it complete: it goes before the board, after the window for objections."""
    if clock.today() <= application.objections_until:
        raise DecisionRefused(
            _("People may still object, until %(day)s.") % {"day": application.objections_until.isoformat()}
        )
    move(application, AppStage.UNDER_REVIEW, by=by)
    begin(application)
    return application


@transaction.atomic
def withdraw_application(application: Application, *, by: str, reasons: str = "") -> Application:
    """The agency takes its application back."""
    return close(application, AppStage.WITHDRAWN, by=by, reasons=reasons)


@transaction.atomic
def lapse(application: Application, *, by: str, reasons: str) -> Application:
    """Nothing came in the time that was given."""
    if not reasons.strip():
        raise DecisionRefused(_("Say what did not come, and until when."))
    return close(application, AppStage.LAPSED, by=by, reasons=reasons)


def close(application: Application, to: AppStage, *, by: str, **given: Any) -> Application:
    """A last step: a review that still runs ends with it."""
    move(application, to, by=by, **given)
    end(application)
    return application


def move(application: Application, to: AppStage, *, by: str, **given: Any) -> Application:
    """One step by the table. StateChanged where somebody else took one first."""
    old = AppStage(application.stage)
    if to not in STEPS[old]:
        raise DecisionRefused(
            _("From “%(old)s” an application does not come to “%(new)s”.") % {"old": old.label, "new": to.label}
        )
    fields = {name: given.pop(name) for name in ("agency", "licence") if name in given}
    changed = Application.objects.filter(pk=application.pk, stage=old).update(stage=to, **fields)
    if changed != 1:
        raise StateChanged(_("Somebody else took a step on this application first."))
    application.refresh_from_db()
    _step(application, old=old, new=to, by=by, **given)
    record("step_application", by=by, on=application.agency or application.register, text=f"{application} → {to}")
    return application


def _answer_by(application: Application) -> datetime.date | None:
    if application.stage != AppStage.NOTICE_TO_REFUSE:
        return None
    notice = application.steps.filter(new=AppStage.NOTICE_TO_REFUSE).last()
    return notice.answer_by if notice else None


def _reply(application: Application, *, text: str, by: str) -> AppAnswer:
    if not text.strip():
        raise DecisionRefused(_("Write down the answer."))
    row = AppAnswer.objects.create(application=application, text=text.strip(), by=by, received_at=clock.now())
    record("reply_to_notice", by=by, on=row, text=application.reference)
    return row


def _step(application: Application, *, old: str, new: AppStage, by: str, **given: Any) -> AppStep:
    return AppStep.objects.create(application=application, old=old, new=new, by=by, at=clock.now(), **given)


def _locked(application: Application) -> Application:
    return Application.objects.select_for_update().get(pk=application.pk)


def _renewed(application: Application) -> Any:
    """The agency whose licence is to be renewed, None for a new one."""
    if application.kind != Application.Kind.RENEWAL:
        return None
    core = names.number_core(application.licence_number)
    licence = Licence.objects.filter(register=application.register, number_core=core).first() if core else None
    if licence is None:
        raise DecisionRefused(_("There is no licence of this number to renew."))
    return licence.agency
