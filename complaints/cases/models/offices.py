"""Labour inspectorates' offices: what the law lets each of them do, and the keys it is written to."""

from __future__ import annotations

import hashlib
import uuid
from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField


class Mandate(models.TextChoices):
    """What an office must do with what it learns (FIREWALL rule 1). Only LABOUR_ONLY may hold a case."""

    LABOUR_ONLY = "labour_only", _("labour law only")
    LABOUR_WITH_REPORTING_DUTY = "labour_with_reporting_duty", _("labour law, with a duty to report to others")
    JOINT_TASKFORCE = "joint_taskforce", _("joint operations with other authorities")
    IMMIGRATION_ENFORCEMENT = "immigration_enforcement", _("immigration enforcement")
    UNKNOWN = "unknown", _("not established")


class OfficeQuerySet(models.QuerySet["Office"]):
    def may_hold(self, *, on: date) -> OfficeQuerySet:
        """Offices that rule 1 lets hold a case on this day: labour law only, attested, attestation alive."""
        attested = Attestation.objects.filter(
            office=OuterRef("pk"), signed_on__lte=on, expires_on__gt=on, withdrawn=False
        )
        return self.filter(Exists(attested), mandate=Mandate.LABOUR_ONLY)


class Office(models.Model):
    """One office. Its public facts are shown to the complainant before a word is typed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    country = CountryField()
    region = models.CharField(max_length=100, blank=True)  # '' is the whole country
    mandate = models.CharField(max_length=32, choices=Mandate.choices, default=Mandate.UNKNOWN)
    national_head = models.BooleanField(default=False)
    languages = ArrayField(models.CharField(max_length=12), default=list)
    duties = models.TextField(blank=True)  # what the law there obliges its inspectors to, in plain words
    timezone = models.CharField(max_length=64, default="UTC")
    holidays = models.CharField(max_length=10, blank=True)  # a country code of the `holidays` library
    hours = models.CharField(max_length=11, blank=True)  # "08:00-16:30"; '' counts whole days
    mandate_serial = models.PositiveIntegerField(default=0)  # of the registrars' statement that last wrote this row

    objects = OfficeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(mandate__in=Mandate.values), name="office_mandate_known"),
            models.UniqueConstraint(fields=["country"], condition=Q(national_head=True), name="one_national_head"),
        ]

    def __str__(self) -> str:
        return self.name


class Attestation(models.Model):
    """That an office's mandate is what it says: statute or agreement quoted, countersigned, 12 months at most."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="attestations")
    quotation = models.TextField()
    source = models.CharField(max_length=300)
    document_sha256 = models.BinaryField(max_length=32)
    countersigned_by = models.CharField(max_length=200)
    signed_on = models.DateField()
    expires_on = models.DateField()
    withdrawn = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_on__gt=F("signed_on")) & Q(expires_on__lte=F("signed_on") + 366),
                name="attestation_at_most_12_months",
            ),
            models.CheckConstraint(condition=~Q(quotation="") & ~Q(countersigned_by=""), name="attestation_complete"),
        ]

    def digest(self) -> bytes:
        """SHA-256 over what was attested, in a fixed order, each field with its length before it."""
        fields = (
            str(self.office_id), self.quotation, self.source, bytes(self.document_sha256).hex(),
            self.countersigned_by, self.signed_on.isoformat(), self.expires_on.isoformat(),
        )  # fmt: skip
        digest = hashlib.sha256()
        for field in fields:
            digest.update(len(field.encode()).to_bytes(4) + field.encode())
        return digest.digest()


class OfficeKey(models.Model):
    """One generation of an office's public key (32 bytes, X25519)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="keys")
    generation = models.PositiveSmallIntegerField(default=1)
    public_key = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["office", "generation"], name="office_key_generation_once")]


class OfficeCertificate(models.Model):
    """The registrars' word that a key is this office's; intake seals to nothing else (FIREWALL rule 7)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="certificates")
    generation = models.PositiveSmallIntegerField(default=1)
    signed = models.BinaryField()  # vault.certificates.SignedCertificate
    not_after = models.DateField()
    revoked = models.BooleanField(default=False)


class Registrar(models.Model):
    """A registrar's public key (Ed25519), pinned for the database's own check; only the owner writes it."""

    number = models.PositiveSmallIntegerField(primary_key=True)
    public_key = models.BinaryField(max_length=32, unique=True)


class RegistrarStatement(models.Model):
    """A file that two registrars signed, as it was taken in. Only `registrar_take` adds one; nothing changes it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=32)
    digest = models.BinaryField(max_length=32, unique=True)  # SHA-256 of the body
    signed = models.BinaryField()  # vault.registrars.SignedStatement
