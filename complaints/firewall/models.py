"""The firewall's own tables: who was given what, on whose word, and the log of it."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionBase

from complaints.cases.models import Case, Inspector, Office


class CaseGrant(UserObjectPermissionBase):
    """A person's own permission on one case, for a time. Only complaints.firewall.grants writes it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    content_object = models.ForeignKey(Case, on_delete=models.CASCADE)
    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="+")  # the holding office that asked
    until = models.DateField()  # the last day, at most 90 days ahead
    voucher = models.BinaryField(max_length=224, default=b"")  # of a guest's public key: vault.epochs.vouch

    class Meta(UserObjectPermissionBase.Meta):
        abstract = False


class Disclosure(models.Model):
    """One link of the disclosure log: a salted commitment, chained. Append-only (FIREWALL rule 12)."""

    number = models.BigIntegerField(primary_key=True)
    previous = models.BinaryField(max_length=32)
    commitment = models.BinaryField(max_length=32)
    digest = models.BinaryField(max_length=32)


class DisclosureDetail(models.Model):
    """What a link commits to, with its salt; dies with the case, and then the link says nothing."""

    disclosure = models.OneToOneField(Disclosure, on_delete=models.PROTECT, primary_key=True, related_name="detail")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, null=True, related_name="disclosures")
    inspector = models.ForeignKey(Inspector, on_delete=models.PROTECT, null=True, related_name="+")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, null=True, related_name="+")
    subject = models.ForeignKey(Inspector, on_delete=models.PROTECT, null=True, related_name="+")  # done to whom
    verb = models.CharField(max_length=40)
    week = models.CharField(max_length=8)
    salt = models.BinaryField(max_length=32)

    class Meta:
        indexes = [models.Index(fields=["case"], name="disclosure_case")]


class Approval(models.Model):
    """Something that takes two members of an office: asked by one, approved by another. The payload is sealed."""

    class Purpose(models.TextChoices):
        REFERRAL = "referral", _("refer to the regulator")
        IDENTITY = "identity", _("see who complained")
        HOLD = "hold", _("keep the case beyond its week")
        PROTECTIVE = "protective", _("disclose to protect a life")
        SEVERITY = "severity", _("make the case less urgent")
        CLOSING = "closing", _("close the case")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="approvals")
    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    box = models.BinaryField()
    epoch = models.PositiveSmallIntegerField(default=0)
    asked_by = models.ForeignKey(Inspector, on_delete=models.PROTECT, related_name="+")
    asked_week = models.CharField(max_length=8)
    approved_by = models.ForeignKey(Inspector, on_delete=models.PROTECT, null=True, related_name="+")
    approved_week = models.CharField(max_length=8, blank=True)
    spent_week = models.CharField(max_length=8, blank=True)  # when it was acted on (a hold: lifted); once

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(approved_by=F("asked_by")), name="two_different_members"),
            models.CheckConstraint(
                condition=Q(approved_by=None, approved_week="") | (Q(approved_by__isnull=False) & ~Q(approved_week="")),
                name="approved_who_and_when",
            ),
            models.CheckConstraint(condition=Q(spent_week="") | ~Q(approved_week=""), name="spent_after_approval"),
        ]


class ReferralOutbox(models.Model):
    """A referral on its way to the regulator: no case, no complainant, no date finer than a quarter."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency = models.UUIDField()
    standards = ArrayField(models.CharField(max_length=40))
    evidence_class = models.CharField(max_length=32)
    quarter = models.CharField(max_length=7)


class ProtectiveDisclosure(models.Model):
    """What two members told somebody to save a life; the complainant is told of it once that is safe."""

    approval = models.OneToOneField(Approval, on_delete=models.CASCADE, primary_key=True, related_name="protective")
    told_week = models.CharField(max_length=8, blank=True)


class DisclosureCheckpoint(models.Model):
    """The log's head, signed once a week (C2SP signed note). Append-only."""

    week = models.CharField(max_length=8, primary_key=True)
    number = models.BigIntegerField()
    digest = models.BinaryField(max_length=32)
    note = models.TextField()


class LawfulDemand(models.Model):
    """An order or request for data: who asked for what, on what ground, and what was given. Append-only."""

    class Given(models.TextChoices):
        NOTHING = "nothing", _("nothing")
        NOTHING_READABLE = "nothing_readable", _("nothing that can be read")
        CLEAR_FACTS = "clear_facts", _("facts that stand in clear")

    class Kind(models.TextChoices):
        COURT = "court", _("court")
        PROSECUTOR = "prosecutor", _("prosecutor")
        POLICE = "police", _("police")
        IMMIGRATION = "immigration", _("immigration authority")
        INTELLIGENCE = "intelligence", _("intelligence service")
        MINISTRY = "ministry", _("ministry or other authority")
        PARTY = "party", _("party to a lawsuit, or their lawyer")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    instead_of = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="corrected_by")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    received_on = models.DateField()
    authority = models.CharField(max_length=200)
    basis = models.TextField()
    asked = models.TextField()
    given = models.CharField(max_length=20, choices=Given.choices)
    contested = models.BooleanField(default=False)
    answered_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(given__in=["nothing", "nothing_readable", "clear_facts"]), name="demand_answer_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    kind__in=["court", "prosecutor", "police", "immigration", "intelligence", "ministry", "party"]
                ),
                name="demand_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(answered_on=None) | Q(answered_on__gte=F("received_on")), name="demand_dates_in_order"
            ),
            models.CheckConstraint(condition=~Q(authority="") & ~Q(basis="") & ~Q(asked=""), name="demand_complete"),
        ]


class DeliveryAddress(models.Model):
    """Where two registrars say that an office outside gets parcels, and the age key they are sealed to.

    Only `registrar_take` adds one; the one with the highest serial that has begun is in force.
    """

    class Way(models.TextChoices):
        HTTPS = "https", _("to an address on the web")
        MAIL = "mail", _("by mail")
        NONE = "none", _("not any more")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="delivery_addresses")
    serial = models.PositiveIntegerField()
    recipient = models.CharField(max_length=100, blank=True)  # "age1…"
    way = models.CharField(max_length=8, choices=Way.choices)
    address = models.CharField(max_length=300, blank=True)
    starts_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["office", "serial"], name="delivery_serial_once"),
            models.CheckConstraint(
                condition=Q(way="none", recipient="", address="")
                | (Q(way__in=["https", "mail"]) & ~Q(recipient="") & ~Q(address="")),
                name="delivery_way_known",
            ),
        ]


class Parcel(models.Model):
    """A case, written out and sealed for an office outside. Its random id is the reference that both sides know it by.

    `box` is retention(age file), of a PADMÉ size; empty once the office has it or nobody shall. `due` is, while the
    parcel waits, when it is tried again, to the hour (None: with the next tick); once sent, by when it ought to be
    acknowledged, as coarse as any clock of the case. No row says when it was tried.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("on its way")
        SENT = "sent", _("handed over, not acknowledged yet")
        ACKNOWLEDGED = "acknowledged", _("acknowledged: they have it")
        REFUSED = "refused", _("refused by the firewall")
        DEAD = "dead", _("given up")
        RECALLED = "recalled", _("recalled")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="parcels")
    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="+")  # which gets it
    sender = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="+")  # which hands it over
    recipient = models.CharField(max_length=100)  # the age key that it is sealed to
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    box = models.BinaryField()
    attempts = models.PositiveSmallIntegerField(default=0)
    due = models.DateTimeField(null=True)
    week = models.CharField(max_length=8)
    acknowledgement_key = models.BinaryField(max_length=32)

    class Meta:
        indexes = [
            models.Index(fields=["due"], name="parcel_waiting", condition=Q(state="waiting")),
            models.Index(fields=["case"], name="parcel_case"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "sent", "acknowledged", "refused", "dead", "recalled"]),
                name="parcel_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["acknowledged", "recalled"]) | Q(box=b""), name="parcel_box_gone_at_the_end"
            ),
        ]
