"""Handing a case to an office outside, and what can be done with a parcel that did not arrive (FIREWALL rule 11)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from complaints.cases import clocks, pinned, sealing
from complaints.cases.models import Case, CaseRecord, Inspector, Message, Office
from complaints.cases.moves import IllegalMove, Overtaken
from complaints.cases.sealing import Sealed
from complaints.firewall import disclosure, egress
from complaints.firewall.access import OpenCase, current_memberships, offices_of, require_visible, visible_cases
from complaints.firewall.departures import MAY_DECIDE, NotYours, may_decide
from complaints.firewall.disclosure import Verb
from complaints.firewall.models import Parcel
from complaints.vault import contexts, retention
from complaints.vault import parcels as sealed_parcels
from complaints.vault.errors import VaultError
from complaints.vault.padding import pad_file
from recruitment_watch import clock
from recruitment_watch.dberrors import constraint_of

from . import actions
from .parcels import content, package
from .parcels.content import Content
from .parcels.letter import Acknowledgement

MAY_HAND_OVER = actions.MAY_ANSWER
State = Parcel.State
MAY_RECALL = frozenset({State.WAITING, State.DEAD, State.REFUSED})
MAY_RESEND = frozenset({State.SENT, State.DEAD, State.REFUSED})


class NotLet(PermissionError):
    """The gateway lets nothing go to that office, or not any more. It is in the log."""


class FileLost(RuntimeError):
    """An attachment that was to go does not open."""


def recipients(case: OpenCase) -> list[Office]:
    """The offices outside that this case can be handed to today."""
    return egress.offices_outside(case.case)


def drafted(case: OpenCase, *, to: Office, reason: str, files: Collection[UUID]) -> Content:
    """What would go, under a fresh reference."""
    return content.of(case, reference=uuid4(), to=to, reason=reason, files=files)


def hand_over(case: OpenCase, *, by: Inspector, to: Office, reason: str, files: Collection[UUID]) -> Parcel:
    """Write the case out for an office outside, seal it, put it on its way, and tell the complainant.

    Raises NotYours, NotLet, IllegalMove, Overtaken, CannotSeal, FileLost, TooLong; Case.DoesNotExist to who lost it.
    """
    require_visible(case, by)
    if not may_decide(case, by):
        raise NotYours
    if case.state not in MAY_HAND_OVER:
        raise IllegalMove(f"not while a case is {case.state}")
    draft = drafted(case, to=to, reason=reason, files=files)
    address = egress.delivery_to(to.pk, on=clock.today())
    # Sealed before a row is locked: drawing the letter takes a second.
    payload = _payload(case, draft, address.recipient) if address is not None else None
    parcel = _handed_over(case, by, draft, payload)
    if parcel is None:
        raise NotLet
    return parcel


@transaction.atomic
def _handed_over(case: OpenCase, by: Inspector, draft: Content, payload: Mapping[str, object] | None) -> Parcel | None:
    """The parcel, the message and the record, or the refusal's link in the log alone."""
    require_visible(case, by)
    now = Case.objects.select_for_update(no_key=True).only("state", "epoch", "death_week").get(pk=case.case.pk)
    if any(getattr(now, one) != getattr(case.case, one) for one in ("state", "epoch", "death_week")):
        raise Overtaken("the case has moved on since this page was shown")
    if payload is None:
        disclosure.record(Verb.PARCEL_REFUSED, by=by, office=draft.to, case=case.case)
        return None
    parcel = egress.hand_over(case.case, to=draft.to, sender=case.office, by=by, payload=payload)
    if parcel is not None:
        key = case.writing_key()
        _tell(case, draft, key)
        _write_down(case, by, draft, key)
    return parcel


def of_offices(by: Inspector) -> QuerySet[Parcel]:
    """The parcels that `by`'s offices handed over, of cases that `by` may see; without their boxes."""
    mine = Parcel.objects.filter(sender__in=offices_of(by), case__in=visible_cases(by))
    return mine.select_related("office", "sender", "case").defer("box")


def may_act(parcel: Parcel, by: Inspector) -> bool:
    """Whether `by` speaks for the office that handed it over."""
    return current_memberships(by).filter(office=parcel.sender, role__in=MAY_DECIDE).exists()


def may_resend(parcel: Parcel) -> bool:
    """Given up, refused, or sent and not acknowledged in time."""
    late = parcel.due is not None and parcel.due <= clock.now()
    return parcel.state in MAY_RESEND and (parcel.state != State.SENT or late)


@transaction.atomic
def recall(parcel: Parcel, *, by: Inspector) -> None:
    """Keep a parcel back that is not known to have arrived; its box is deleted. Raises NotYours, Overtaken."""
    now = _locked(parcel, by)
    if now.state not in MAY_RECALL:
        raise Overtaken("it has arrived, or was recalled")
    disclosure.record(Verb.PARCEL_RECALLED, by=by, office=now.office, case=now.case)
    Parcel.objects.filter(pk=now.pk).update(state=State.RECALLED, box=b"", due=None)


def resend(parcel: Parcel, *, by: Inspector) -> None:
    """Let a parcel go once more from the beginning, under its old reference. Raises NotYours, Overtaken, NotLet."""
    with transaction.atomic():
        let = _resent(parcel, by)
    if not let:
        raise NotLet


def _resent(parcel: Parcel, by: Inspector) -> bool:
    now = _locked(parcel, by)
    if not may_resend(now):
        raise Overtaken("it waits, has arrived, or was recalled")
    try:
        with transaction.atomic():
            disclosure.record(Verb.PARCEL_SENT_AGAIN, by=by, office=now.office, case=now.case)
            Parcel.objects.filter(pk=now.pk).update(state=State.WAITING, attempts=0, due=None)
    except IntegrityError as error:
        if not constraint_of(error).startswith("firewall_veto_parcel"):
            raise
    else:
        return True
    disclosure.record(Verb.PARCEL_REFUSED, by=by, office=now.office, case=now.case)
    return False


def _locked(parcel: Parcel, by: Inspector) -> Parcel:
    if not may_act(parcel, by):
        raise NotYours
    locked = of_offices(by).select_for_update(no_key=True, of=("self", "case"))
    found = locked.filter(pk=parcel.pk).first()
    if found is None:
        raise Overtaken("it was withdrawn")
    return found


def _payload(case: OpenCase, draft: Content, recipient: str) -> dict[str, object]:
    reference, week = draft.reference, case.case.death_week
    code = sealed_parcels.new_code()
    how = Acknowledgement(settings.ORIGIN + reverse("desk:received", args=[reference]), code)
    files = {one.name: _bytes(case, one.row) for one in draft.files}
    seed = sealed_parcels.acknowledgement_seed(code, parcel=reference.bytes)
    box = retention.wrap(
        pinned.week_keys().read(week),
        # age adds a few random bytes to each file, which must not make one length another.
        pad_file(package.seal(draft, files, how, recipient=recipient)),
        week=week,
        context=contexts.parcel(case.case.pk.bytes, reference.bytes),
    )
    return {
        "reference": reference,
        "recipient": recipient,
        "box": box,
        "week": clocks.week(clock.now()),
        "acknowledgement_key": sealed_parcels.public_of(seed),
    }


def _bytes(case: OpenCase, row_id: UUID) -> bytes:
    row = case.case.attachments.filter(pk=row_id).first()
    opening = partial(sealing.open_attachment, case=case.case.pk, row=row_id)
    try:
        if row is not None and row.epoch in case.body_keys:
            return opening(case.body_keys[row.epoch], bytes(row.box), epoch=row.epoch)
    except VaultError:
        pass
    raise FileLost


def _tell(case: OpenCase, draft: Content, key: bytes) -> None:
    """The complainant reads which office was given what."""
    text = _(
        "We have handed your complaint to %(office)s in %(country)s. It is a labour inspectorate, and it may not tell "
        "the immigration authorities either. It gets what happened, what you want, what was paid, your language, and "
        "what is known about the agency. It does not get how to reach you, and not the day on which you wrote."
    ) % {"office": draft.to.name, "country": draft.to.country.name}
    if count := len(draft.files):
        more = ngettext(
            "It also gets %(count)d file that you added.", "It also gets %(count)d files that you added.", count
        )
        text = f"{text} {more % {'count': count}}"
    row, now = uuid4(), clock.now()
    said: Sealed = {"text": text, "at": now.isoformat(), "author": case.office.name}
    box = sealing.seal_message(key, said, case=case.case.pk, row=row, epoch=case.case.epoch)
    Message.objects.create(
        id=row, case=case.case, direction=Message.Direction.TO_COMPLAINANT, week=clocks.week(now),
        epoch=case.case.epoch, box=box,
    )  # fmt: skip


def _write_down(case: OpenCase, by: Inspector, draft: Content, key: bytes) -> None:
    """Colleagues read to whom, and why."""
    row, now = uuid4(), clock.now()
    said = {
        "kind": "handed_over", "office": draft.to.name, "parcel": str(draft.reference), "text": draft.said["reason"],
        "at": now.isoformat(), "by": by.name,
    }  # fmt: skip
    box = sealing.seal_record(key, said, case=case.case.pk, row=row, epoch=case.case.epoch)
    CaseRecord.objects.create(id=row, case=case.case, week=clocks.week(now), epoch=case.case.epoch, box=box)
