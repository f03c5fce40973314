"""The disclosure log: every look into a case and every act on one, append-only and hash-chained.

A link is in clear a number and three hashes, and says nothing by itself (FIREWALL rule 12):

    payload     canonical JSON of {case, inspector, office, subject, verb, week}, ids as text, null where there is none
    commitment  SHA-256(bind("disclosure", salt 32 random bytes, payload))
    digest      SHA-256(bind("disclosure-link", number, previous, commitment)), `previous` the digest before it
    genesis     SHA-256(bind("disclosure-log")), the `previous` of link 1

What a link commits to lies in its detail row with the salt. When a case dies the detail and the salt die
with it, and the link stays to hold the chain together. Links are numbered from 1 without a gap; writers
queue at one advisory lock, and the number is the primary key, so the log cannot fork. What the chain alone
cannot show is a tail cut off, or a log rewritten whole: for that it is held against a checkpoint.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, models, transaction
from django.utils.translation import gettext_lazy as _

from complaints.cases import clocks
from complaints.cases.models import Case, Inspector, Office
from complaints.vault.contents import pack
from complaints.vault.primitives import bind
from recruitment_watch import clock

from .models import Disclosure, DisclosureDetail

GENESIS = hashlib.sha256(bind("disclosure-log")).digest()
SALT_BYTES = 32
LOCK = 7_316_041  # of our own choosing; the only advisory lock of casework


class Verb(models.TextChoices):
    """What can be written into the log. The labels are what colleagues and the complainant read."""

    LISTED = "listed", _("opened the queue")
    OPENED = "opened", _("opened the case")
    ACKNOWLEDGED = "acknowledged", _("acknowledged the case")
    ANSWERED = "answered", _("wrote to the complainant")
    FOUND = "found", _("recorded a finding")
    LEFT = "left", _("handed the case back")
    MOVED_ON = "moved_on", _("kept the case for half a year more")
    DESTROYED = "destroyed", _("destroyed the key of a week")
    SECOND_FACTOR_RESET = "second_factor_reset", _("took a colleague's second factor away, for a new one")
    REFERRAL_PROPOSED = "referral_proposed", _("proposed to tell the regulator")
    REFERRAL_APPROVED = "referral_approved", _("approved telling the regulator")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log's head as somebody wrote it down: how many links, and the digest of the last."""

    number: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Report:
    """What `verify_chain` found: the head it reached, the details that still speak, and a line a fault."""

    head: Checkpoint
    details: int
    faults: tuple[str, ...]

    @property
    def sound(self) -> bool:
        return not self.faults


def record(
    verb: Verb,
    *,
    by: Inspector | None = None,
    office: Office | None = None,
    case: Case | None = None,
    subject: Inspector | None = None,
) -> Disclosure:
    """Append one link, in the caller's transaction where there is one: what is not logged did not happen.

    The worker is nobody and has no `by`; `subject` is the member to whom it was done.
    """
    with transaction.atomic(savepoint=False):
        head = _locked_head()
        salt = secrets.token_bytes(SALT_BYTES)
        week = clocks.week(clock.now())
        detail = DisclosureDetail(
            case=case, inspector=by, office=office, subject=subject, verb=verb, week=week, salt=salt
        )
        commitment = _commitment(detail)
        link = Disclosure(
            number=head.number + 1,
            previous=head.digest,
            commitment=commitment,
            digest=_digest(head.number + 1, head.digest, commitment),
        )
        link.save(force_insert=True)
        detail.disclosure = link
        detail.save(force_insert=True)
        return link


def record_first(verb: Verb, *, by: Inspector, office: Office, case: Case | None = None) -> None:
    """Append one link in a transaction of its own, committed when this returns: call it before plaintext exists.

    Raises RuntimeError inside another transaction, which could still roll the link back.
    """
    with transaction.atomic(durable=True):
        record(verb, by=by, office=office, case=case)


def verify_chain(*, checkpoint: Checkpoint | None = None) -> Report:
    """Hold every link against the one before and against its detail; with `checkpoint`, the log against that too.

    Two streaming queries, constant memory.
    """
    faults: list[str] = []
    details = 0
    head = Checkpoint(0, GENESIS)
    seen = checkpoint is None or checkpoint == head
    for link, detail in _links():
        faults += _faults_of(link, head)
        if detail is not None:
            details += 1
            if not hmac.compare_digest(_commitment(detail), bytes(link.commitment)):
                faults.append(f"link {link.number}: its detail is not what was committed to")
        head = Checkpoint(link.number, bytes(link.digest))
        seen = seen or head == checkpoint
    if not seen:
        faults.append("the log does not contain the checkpoint")
    return Report(head=head, details=details, faults=tuple(faults))


def _faults_of(link: Disclosure, before: Checkpoint) -> Iterator[str]:
    if link.number != before.number + 1:
        yield f"link {link.number}: follows {before.number}"
    if not hmac.compare_digest(bytes(link.previous), before.digest):
        yield f"link {link.number}: is not chained to the link before it"
    expected = _digest(link.number, bytes(link.previous), bytes(link.commitment))
    if not hmac.compare_digest(bytes(link.digest), expected):
        yield f"link {link.number}: its digest is wrong"


def _links() -> Iterator[tuple[Disclosure, DisclosureDetail | None]]:
    for link in Disclosure.objects.select_related("detail").order_by("number").iterator(chunk_size=2000):
        yield link, getattr(link, "detail", None)


def _locked_head() -> Checkpoint:
    """The last link, with everybody else kept from adding one until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    last = Disclosure.objects.order_by("-number").only("number", "digest").first()
    return Checkpoint(last.number, bytes(last.digest)) if last else Checkpoint(0, GENESIS)


def _commitment(detail: DisclosureDetail) -> bytes:
    payload = pack(
        {
            "case": _text(detail.case_id),
            "inspector": _text(detail.inspector_id),
            "office": _text(detail.office_id),
            "subject": _text(detail.subject_id),
            "verb": str(detail.verb),
            "week": detail.week,
        }
    )
    return hashlib.sha256(bind("disclosure", bytes(detail.salt), payload)).digest()


def _text(key: object) -> str | None:
    return None if key is None else str(key)


def _digest(number: int, previous: bytes, commitment: bytes) -> bytes:
    return hashlib.sha256(bind("disclosure-link", number, previous, commitment)).digest()
