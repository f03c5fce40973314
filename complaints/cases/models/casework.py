"""A case and what lies sealed around it.

In clear stands what FIREWALL rule 5 allows and nothing more; no row has a time finer than it says there.
Keys are UUIDv4 made here: a version-7 key or a sequence would tell when and in which order people came.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.cases.states import DONE, OPEN, Severity, State

from .offices import Office
from .people import Inspector


class Case(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    week = models.CharField(max_length=8)  # ISO week of filing, "2026-W48"
    state = models.CharField(max_length=16, choices=State.choices, default=State.FILED)
    severity = models.PositiveSmallIntegerField(choices=Severity.choices)
    rung = models.PositiveSmallIntegerField(default=0)  # the last rung that was released or passed over
    due = models.DateTimeField()  # S1 to the hour, S2 to the day, S3 and S4 to the week's end
    death_week = models.CharField(max_length=8)
    epoch = models.PositiveSmallIntegerField(default=0)

    class Meta:
        # For individuals, through complaints.firewall.grants alone; an office's right is its holding.
        permissions = [
            ("lead_case", "Leads the case"),
            ("interpret_case", "Interprets in the case"),
            ("advise_case", "Advises on the case as a specialist"),
        ]
        indexes = [
            models.Index(
                fields=["due"],
                name="case_due",
                condition=Q(state__in=OPEN),
            ),
            models.Index(fields=["severity"], name="case_new", condition=Q(state="filed", rung=0)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="case_state_known"),
            models.CheckConstraint(condition=Q(severity__in=Severity.values), name="case_severity_known"),
            models.CheckConstraint(condition=Q(rung__lte=6), name="case_six_rungs"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """What people at the desk call a case: eight characters of its random id."""
        return str(self.id)[:8].upper()


class Receipt(models.Model):
    """The way back in: found by tag, opened by the key that only the receipt yields."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, primary_key=True, related_name="receipt")
    tag = models.BinaryField(max_length=16, unique=True)
    public_key = models.BinaryField(max_length=32)
    box = models.BinaryField()  # retention(seal(complainant, case keys))


class Content(models.Model):
    """Sealed text of a case: the cover, the body of an epoch, the identity."""

    class Kind(models.TextChoices):
        COVER = "cover"
        BODY = "body"
        IDENTITY = "identity"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="contents")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    epoch = models.PositiveSmallIntegerField(default=0)
    box = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "kind", "epoch"], name="content_once")]


class Rung(models.Model):
    """One of always six steps of a case's ladder; names nobody, and looks alike whether used or not."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="rungs")
    number = models.PositiveSmallIntegerField()
    box = models.BinaryField()
    identity_box = models.BinaryField()
    public_key = models.BinaryField(max_length=32)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="rung_once"),
            models.CheckConstraint(condition=Q(number__gte=1, number__lte=6), name="rung_number_1_to_6"),
        ]


_OPEN, _DONE = Q(state__in=OPEN), Q(state__in=DONE)
_ORDER = ("severity", "due", "id")


def _part(name: str, *fields: str, condition: Q | None = None) -> models.Index:
    """An index of the queue; with the case, so that what somebody is recused from is left out by it alone."""
    of = fields or ("office", *_ORDER)
    return models.Index(fields=of, include=["case"], name=f"holding_{name}", condition=condition)


class Holding(models.Model):
    """An office's right to work a case, with the inner box of the rung that gave it.

    Severity, due and state repeat the case's own, so that a queue over a million cases reads one index, whatever part
    of it is asked for; the state follows the case's by a trigger (sql/queue.sql), but for an office that has closed it
    while others go on (sql/closing.sql). Where three that belong together make a case more urgent for this office,
    severity and due are the office's own: the case's are told its complainant. A case is given to an office only as
    RELEASED.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Both are the beginning of an index below: another one would only cost.
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="holdings", db_index=False)
    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="holdings", db_index=False)
    rung = models.PositiveSmallIntegerField()
    box = models.BinaryField()
    assignee = models.ForeignKey(Inspector, on_delete=models.SET_NULL, null=True, related_name="holdings")
    state = models.CharField(
        max_length=16, choices=State.choices, default=State.RELEASED, db_default=State.RELEASED.value
    )
    agency_index = models.BinaryField(max_length=16, null=True)
    generation = models.PositiveSmallIntegerField(null=True)  # of the office's key, once colleagues re-wrapped the box
    week = models.CharField(max_length=8)
    severity = models.PositiveSmallIntegerField(choices=Severity.choices)
    due = models.DateTimeField()

    class Meta:
        indexes = [
            # The parts of the queue, each in the order in which it is shown (complaints.desk.slices).
            _part("queue", condition=_OPEN),
            _part("clock", "office", "due", "severity", "id", condition=_OPEN),
            _part("mine", "office", "assignee", *_ORDER, condition=_OPEN & Q(assignee__isnull=False)),
            _part("mine_done", "office", "assignee", *_ORDER, condition=_DONE & Q(assignee__isnull=False)),
            _part("free", condition=_OPEN & Q(assignee=None)),
            _part("asked", condition=Q(state=State.ASKED)),
            _part("escalated", condition=_OPEN & Q(rung__gt=1)),
            _part("done", condition=_DONE),
            _part("agency", "office", "agency_index", *_ORDER),
            models.Index(fields=["office", "id"], name="holding_unread", condition=Q(agency_index=None)),
        ]
        constraints = [models.UniqueConstraint(fields=["case", "office"], name="one_holding_per_office")]


class Step(models.Model):
    """That a rung was released, or passed over because the veto refused it, or that the ladder ends before it.

    Once per case and rung.
    """

    class Outcome(models.TextChoices):
        RELEASED = "released", _("given to an office")
        PASSED_OVER = "passed_over", _("passed over")
        ENDED = "ended", _("nobody further on the list")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="steps")
    rung = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    office = models.ForeignKey(Office, on_delete=models.CASCADE, null=True, related_name="+")
    week = models.CharField(max_length=8)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "rung"], name="step_once"),
            models.CheckConstraint(
                condition=Q(outcome="released", office__isnull=False) | Q(outcome__in=["passed_over", "ended"]),
                name="released_step_has_office",
            ),
        ]


class EpochBox(models.Model):
    """The body key of an epoch (from 1; 0 for a guest of the first), sealed to one who may go on reading.

    `Case.epoch` is the epoch that the next writer must use: a removal raises it, and while no box of that
    epoch is there nothing is written before it is made (FIREWALL section 2).
    """

    class Kind(models.TextChoices):
        COMPLAINANT = "complainant"
        OFFICE = "office"
        GUEST = "guest"
        RUNG = "rung"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="epoch_boxes")
    epoch = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    office = models.ForeignKey(Office, on_delete=models.CASCADE, null=True, related_name="+")
    inspector = models.ForeignKey(Inspector, on_delete=models.CASCADE, null=True, related_name="+")
    rung = models.PositiveSmallIntegerField(null=True)
    box = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "epoch", "kind", "office", "inspector", "rung"],
                name="epoch_box_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(kind="complainant", office=None, inspector=None, rung=None)
                | Q(kind="office", office__isnull=False, inspector=None, rung=None)
                | Q(kind="guest", office=None, inspector__isnull=False, rung=None)
                | Q(kind="rung", office=None, inspector=None, rung__isnull=False),
                name="epoch_box_names_its_kind",
            ),
        ]

    @property
    def recipient(self) -> bytes:
        """As vault.epochs writes it: nothing, an id's 16 bytes, or one byte for a rung."""
        if self.rung is not None:
            return bytes([self.rung])
        named = self.office_id or self.inspector_id
        return named.bytes if named else b""


class IdentityHolding(models.Model):
    """The identity key's inner box for an office, once two of its members and the worker's lock released it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="identity_holdings")
    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="+")
    rung = models.PositiveSmallIntegerField()
    box = models.BinaryField()
    week = models.CharField(max_length=8)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "office"], name="one_identity_per_office")]


class Departure(models.Model):
    """That an office no longer has a case: its mandate ended, it recused itself, or the complainant wished so.

    It never comes back to the case; which of the three it was stands in no row.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="departures")
    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="+")
    week = models.CharField(max_length=8)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "office"], name="departed_once")]


class Recusal(models.Model):
    """That a member may not see a case of their own office: asked before it is opened, enforced by the veto."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="recusals")
    inspector = models.ForeignKey(Inspector, on_delete=models.CASCADE, related_name="recusals", db_index=False)
    week = models.CharField(max_length=8)

    class Meta:
        indexes = [models.Index(fields=["inspector", "case"], name="recusal_of")]
        constraints = [models.UniqueConstraint(fields=["case", "inspector"], name="recused_once")]


class Message(models.Model):
    """A sealed message between the complainant and the offices that hold the case."""

    class Direction(models.TextChoices):
        FROM_COMPLAINANT = "from", _("from the complainant")
        TO_COMPLAINANT = "to", _("to the complainant")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="messages")
    direction = models.CharField(max_length=4, choices=Direction.choices)
    week = models.CharField(max_length=8)
    epoch = models.PositiveSmallIntegerField(default=0)
    box = models.BinaryField()  # text, the order in the conversation, the author: all inside

    class Meta:
        indexes = [models.Index(fields=["case"], name="message_case")]


class Attachment(models.Model):
    """A photo, document or recording, sealed under the body key; what it is stands in the text that it came with."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="attachments")
    week = models.CharField(max_length=8)
    epoch = models.PositiveSmallIntegerField(default=0)
    box = models.BinaryField()


class HelperReceipt(models.Model):
    """A second receipt, which the complainant may give to a helper: it finds how far the case is, and opens nothing.

    One a case; revoking it deletes it, and withdrawing too.
    """

    case = models.OneToOneField(Case, on_delete=models.CASCADE, primary_key=True, related_name="helper_receipt")
    tag = models.BinaryField(max_length=16, unique=True)


class CaseRecord(models.Model):
    """What the desk writes into a case (finding, note), sealed under the body key; the kind is inside."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="records")
    week = models.CharField(max_length=8)
    epoch = models.PositiveSmallIntegerField(default=0)
    box = models.BinaryField()


class StatisticsEnvelope(models.Model):
    """Coarse facts for a quarter's frozen table, without a case id, sealed to that quarter's key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    quarter = models.CharField(max_length=7)  # "2026-Q4"
    box = models.BinaryField()


class StatisticsWaiting(models.Model):
    """An envelope as it was filed, until the worker puts it among the others (sql/statistics.sql).

    A row remembers the transaction that wrote it, and so would the envelope: whose it is. The worker moves several in
    one transaction of its own, under new numbers and in random order.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    week = models.CharField(max_length=8)
    quarter = models.CharField(max_length=7)
    box = models.BinaryField()
