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

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, models, transaction
from django.utils.translation import gettext_lazy as _

from complaints.cases import clocks, pinned
from complaints.cases.models import Case, Inspector, Office
from complaints.cases.states import State
from complaints.vault.notes import BadNote
from recruitment_watch import clock

from .chain import GENESIS, Checkpoint, Detail, Link, Report, commitment_of, digest_of, read_note, verify
from .models import Disclosure, DisclosureCheckpoint

SALT_BYTES = 32
LOCK = 7_316_041  # of our own choosing; the only advisory lock of casework
# Django has no `unnest` for rows with bytes in them; for twenty-five links its own statements took five times as long.
_LINKS = """
INSERT INTO complaints_disclosure (number, previous, commitment, digest)
SELECT * FROM unnest(%s::bigint[], %s::bytea[], %s::bytea[], %s::bytea[])
"""
_DETAILS = """
INSERT INTO complaints_disclosuredetail
       (disclosure_id, case_id, inspector_id, office_id, subject_id, verb, week, salt)
SELECT * FROM unnest(%s::bigint[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::bytea[])
"""
_LIVING = "SELECT state FROM complaints_case WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE"


class Verb(models.TextChoices):
    """What can be written into the log. The labels are what colleagues and the complainant read."""

    LISTED = "listed", _("saw cases in the queue that they had not seen before in this sitting")
    INDEXED = "indexed", _("had the new cases' agencies sorted, without seeing them")
    OPENED = "opened", _("opened the case")
    ASSIGNED = "assigned", _("gave the case into somebody's hands")
    ACKNOWLEDGED = "acknowledged", _("acknowledged the case")
    ANSWERED = "answered", _("wrote to the complainant")
    ASKED = "asked", _("asked the complainant something")
    WENT_ON = "went_on", _("went on without an answer")
    PASSED_UP = "passed_up", _("asked for the next office")
    FOUND = "found", _("recorded a finding")
    SEVERITY_RAISED = "severity_raised", _("made the case more urgent")
    SEVERITY_ASKED = "severity_asked", _("asked to make the case less urgent")
    SEVERITY_LOWERED = "severity_lowered", _("approved making the case less urgent")
    # The same, where the complainant was never told that it was more urgent, and is not told now.
    EASED = "eased", _("approved making the case less urgent")
    CLOSING_ASKED = "closing_asked", _("asked to close the case")
    CLOSED = "closed", _("closed the case")
    REOPENED = "reopened", _("took the closed case up again")
    LEFT = "left", _("handed the case back")
    GUEST_INVITED = "guest_invited", _("invited somebody to the case")
    GUEST_ENDED = "guest_ended", _("ended an invitation to the case")
    OPENED_AS_GUEST = "opened_as_guest", _("opened the case as a guest")
    NOTED = "noted", _("wrote a note into the case")
    MOVED_ON = "moved_on", _("kept the case for half a year more")
    DESTROYED = "destroyed", _("destroyed the key of a week")
    SECOND_FACTOR_RESET = "second_factor_reset", _("took a colleague's second factor away, for a new one")
    INVITED = "invited", _("invited a member")
    ENROLLED = "enrolled", _("enrolled")
    LET_IN = "let_in", _("let a colleague in")
    RECOVERED = "recovered", _("made new words with the recovery code")
    RESET = "reset", _("had a colleague enrol again")
    MEMBER_LEFT = "member_left", _("ended a membership")
    GENERATION_MADE = "generation_made", _("made the office's new key")
    RESEALED = "resealed", _("sealed cases to the office's new key")
    COMPARED = "compared", _("held new cases of the office against the others, in memory")
    URGENT_TOGETHER = "urgent_together", _("made the case more urgent: it is one of three or more that belong together")
    WORKED_TOGETHER = "worked_together", _("worked on cases that belong together, without reading this one")
    NO_INTEREST = "no_interest", _("said before opening it that nothing ties them to the case")
    HANDED_ON = "handed_on", _("gave a colleague's cases to another")
    AWAY = "away", _("wrote down who is away and who covers")
    COUNTED = "counted", _("had what is sealed counted, in memory")
    SEARCHED = "searched", _("searched the words of their open cases, in memory")
    SEARCH_HIT = "search_hit", _("found the case by its words")
    RECUSED = "recused", _("will not see the case")
    RELEASED = "released", _("gave the case to the office")
    REFUSED = "refused", _("refused to give the case to an office")
    IDENTITY_ASKED = "identity_asked", _("asked to see who complained")
    IDENTITY_APPROVED = "identity_approved", _("approved seeing who complained")
    IDENTITY_RELEASED = "identity_released", _("made it possible to see who complained")
    IDENTITY_SEEN = "identity_seen", _("saw who complained")
    HOLD_ASKED = "hold_asked", _("asked to keep the case")
    HOLD_APPROVED = "hold_approved", _("approved keeping the case")
    HOLD_LIFTED = "hold_lifted", _("lifted the hold on the case")
    PROTECTIVE_ASKED = "protective_asked", _("wrote down a protective disclosure")
    PROTECTIVE_APPROVED = "protective_approved", _("stood by a protective disclosure")
    PROTECTIVE_TOLD = "protective_told", _("told the complainant of a protective disclosure")
    HANDED_OVER = "handed_over", _("handed the case to this office outside")
    PARCEL_SENT = "parcel_sent", _("sent the parcel to this office outside")
    PARCEL_REFUSED = "parcel_refused", _("refused to send a parcel to this office outside")
    PARCEL_RECALLED = "parcel_recalled", _("recalled the parcel for this office outside")
    PARCEL_SENT_AGAIN = "parcel_sent_again", _("had the parcel sent to this office outside again")
    PARCEL_ACKNOWLEDGED = "parcel_acknowledged", _("this office outside said that it has the parcel")
    REFERRAL_PROPOSED = "referral_proposed", _("proposed to tell the regulator")
    REFERRAL_APPROVED = "referral_approved", _("approved telling the regulator")


@dataclass(frozen=True, slots=True)
class Entry:
    """What one link is to say. The worker is nobody and has no `by`; `subject` is the member to whom it was done."""

    verb: Verb
    by: Inspector | None = None
    office: Office | None = None
    case: Case | None = None
    subject: Inspector | None = None

    def detail(self, week: str) -> Detail:
        """What the link commits to, with a salt of its own."""
        case, by, office, subject = (one and one.pk for one in (self.case, self.by, self.office, self.subject))
        return _detail(case, by, office, subject, self.verb.value, week, secrets.token_bytes(SALT_BYTES))


def record(
    verb: Verb,
    *,
    by: Inspector | None = None,
    office: Office | None = None,
    case: Case | None = None,
    subject: Inspector | None = None,
) -> Link:
    """Append one link, as `record_all` does."""
    return record_all([Entry(verb, by, office, case, subject)])[0]


def record_all(entries: Sequence[Entry]) -> list[Link]:
    """Append a link for each, in the caller's transaction where there is one: what is not logged did not happen.

    Raises Case.DoesNotExist where one of the cases was withdrawn meanwhile; nothing is appended then.
    """
    if not entries:
        return []
    with transaction.atomic(savepoint=False):
        _require_living({entry.case.pk for entry in entries if entry.case is not None})
        before, week = _locked_head(), clocks.week(clock.now())
        links = []
        for number, entry in enumerate(entries, start=before.number + 1):
            detail = entry.detail(week)
            commitment = commitment_of(detail)
            links.append(Link(number, before.digest, commitment, digest_of(number, before.digest, commitment), detail))
            before = Checkpoint(number, links[-1].digest)
        _append(links)
    return links


def _append(links: Sequence[Link]) -> None:
    """Write them in two statements that are the same text whatever the number: each is planned once a connection."""
    details = [(link.number, link.detail) for link in links if link.detail is not None]
    with connection.cursor() as cursor:
        cursor.execute(_LINKS, _columns((one.number, one.previous, one.commitment, one.digest) for one in links))
        cursor.execute(_DETAILS, _columns(
            (number, one.case, one.inspector, one.office, one.subject, one.verb, one.week, one.salt)
            for number, one in details
        ))  # fmt: skip


def _columns(rows: Iterable[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]


def record_first(verb: Verb, *, by: Inspector, office: Office, case: Case | None = None) -> None:
    """Append one link in a transaction of its own, committed when this returns: call it before plaintext exists.

    Raises RuntimeError inside another transaction, which could still roll the link back.
    """
    with transaction.atomic(durable=True):
        record(verb, by=by, office=office, case=case)


def record_offices_first(verb: Verb, *, by: Inspector, offices: Iterable[Office]) -> None:
    """The same, a link for each office, in as many statements however many they are; nothing for none."""
    entries = [Entry(verb, by, office) for office in offices]
    if entries:
        with transaction.atomic(durable=True):
            record_all(entries)


def verify_chain(
    *,
    checkpoint: Checkpoint | None = None,
    checkpoints: Sequence[Checkpoint] = (),
    told: Callable[[Iterable[Link]], Iterable[Link]] = lambda links: links,
) -> Report:
    """Hold the live log against itself and against checkpoints; `told` may count the links as they pass.

    One streaming query, constant memory.
    """
    return verify(told(_links()), (*checkpoints, *((checkpoint,) if checkpoint else ())))


def stored_checkpoints() -> tuple[list[Checkpoint], list[str]]:
    """The weekly checkpoints that the database holds, and a line for each that is not what the log's key signed."""
    found, faults = [], []
    for row in DisclosureCheckpoint.objects.order_by("number", "week"):
        source = f"checkpoint of week {row.week}"
        try:
            signed = read_note(row.note, [pinned.log_key()], source=source)
        except BadNote as error:
            faults.append(f"{source}: {error}")
            continue
        if (signed.number, signed.digest) != (row.number, bytes(row.digest)):
            faults.append(f"{source}: the row does not say what was signed")
        found.append(signed)
    return found, faults


def _links() -> Iterator[Link]:
    """Everything in one statement, so that a link written meanwhile is there whole or not at all."""
    columns = ("number", "previous", "commitment", "digest")
    facts = ("case_id", "inspector_id", "office_id", "subject_id", "verb", "week", "salt")
    rows = Disclosure.objects.order_by("number").values_list(*columns, *(f"detail__{name}" for name in facts))
    for number, previous, commitment, digest, *said in rows.iterator(chunk_size=2000):
        detail = _detail(*said) if said[-1] is not None else None
        yield Link(number, bytes(previous), bytes(commitment), bytes(digest), detail)


def links_after(number: int) -> Iterator[Link]:
    """The links after this one without what they commit to: the worker may not read details."""
    rows = Disclosure.objects.filter(number__gt=number).order_by("number").iterator(chunk_size=2000)
    for row in rows:
        yield Link(row.number, bytes(row.previous), bytes(row.commitment), bytes(row.digest))


def _detail(
    case: object, inspector: object, office: object, subject: object, verb: str, week: str, salt: bytes
) -> Detail:
    return Detail(_text(case), _text(inspector), _text(office), _text(subject), str(verb), week, bytes(salt))


def head() -> Checkpoint:
    """The last link, or what comes before the first."""
    last = Disclosure.objects.order_by("-number").only("number", "digest").first()
    return Checkpoint(last.number, bytes(last.digest)) if last else Checkpoint(0, GENESIS)


def digest_at(number: int) -> bytes | None:
    """A link's digest, or None where there is no such link."""
    found = Disclosure.objects.filter(number=number).only("digest").first()
    return bytes(found.digest) if found else None


def lock() -> None:
    """Keep everybody else from adding a link until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _require_living(cases: AbstractSet[UUID]) -> None:
    """Keep the cases from being withdrawn until this is done. Raises Case.DoesNotExist.

    First the cases and then the log, always: who waits for a withdrawal to end keeps nobody else from the log. The
    trigger on complaints_disclosuredetail says the same for every other way in.
    """
    if not cases:
        return
    with connection.cursor() as cursor:
        cursor.execute(_LIVING, [sorted(cases)])
        states = [state for (state,) in cursor.fetchall()]
    if len(states) != len(cases) or State.WITHDRAWN in states:
        raise Case.DoesNotExist


def _locked_head() -> Checkpoint:
    lock()
    return head()


def _text(key: object) -> str | None:
    return None if key is None else str(key)
