"""Inspectors and their keys. No superuser, no last sign-in, no global permissions (FIREWALL rule 3)."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import F, Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from .offices import Office, OfficeKey


class InspectorManager(BaseUserManager["Inspector"]):
    def create_user(self, username: str, password: str, *, name: str) -> Inspector:
        inspector = self.model(username=username, name=name)
        inspector.set_password(password)
        inspector.save(using=self._db)
        return inspector


class Inspector(AbstractBaseUser):
    """A member of an inspectorate. `is_superuser` and `is_staff` are constants because libraries ask for them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    username = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    session_generation = models.PositiveIntegerField(default=0)  # one more ends every session of this person
    groups = models.ManyToManyField(Group, blank=True, related_name="inspectors")  # guardian asks for it; unused

    last_login = None  # when somebody signed in is nobody's business
    is_superuser = False
    is_staff = False

    objects = InspectorManager()
    USERNAME_FIELD = "username"

    def __str__(self) -> str:
        return self.name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Django holds every session against this: a new password or one generation more ends them all."""
        return salted_hmac(
            "complaints.Inspector", f"{self.password}/{self.session_generation}", secret=secret, algorithm="sha256"
        ).hexdigest()

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Never: what a member may do is decided by complaints.firewall.access."""
        return False

    def has_module_perms(self, app_label: str) -> bool:
        return False


class Role(models.TextChoices):
    INSPECTOR = "inspector", _("inspector")
    LEAD = "lead", _("lead inspector")
    HEAD = "head", _("head of office")


class Membership(models.Model):
    """Who works in which office, in which role, from when to when."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inspector = models.ForeignKey(Inspector, on_delete=models.CASCADE, related_name="memberships")
    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.INSPECTOR)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["inspector", "office"], condition=Q(until=None), name="one_open_membership"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="membership_dates_in_order"
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_role_known"),
        ]


class MemberKey(models.Model):
    """A member's key pair, the private half under the vault passphrase and, apart, under a recovery code."""

    inspector = models.OneToOneField(Inspector, on_delete=models.CASCADE, primary_key=True, related_name="key")
    public_key = models.BinaryField(max_length=32)
    wrapped_private = models.BinaryField()
    salt = models.BinaryField(max_length=16)
    wrapped_recovery = models.BinaryField()
    recovery_salt = models.BinaryField(max_length=16)


class OfficeKeyWrap(models.Model):
    """One office key's private half, wrapped to one member's public key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    office_key = models.ForeignKey(OfficeKey, on_delete=models.CASCADE, related_name="wraps")
    inspector = models.ForeignKey(Inspector, on_delete=models.CASCADE, related_name="office_key_wraps")
    box = models.BinaryField()
    voucher = models.BinaryField(max_length=32, default=b"")  # of the member's public key: vault.members.vouch

    class Meta:
        constraints = [models.UniqueConstraint(fields=["office_key", "inspector"], name="office_key_wrapped_once")]


class Enrolment(models.Model):
    """An invitation not used yet: the code (120 bits) was shown once; here lies its SHA-256."""

    inspector = models.OneToOneField(Inspector, on_delete=models.CASCADE, primary_key=True, related_name="enrolment")
    code_hash = models.BinaryField(max_length=32)
    expires = models.DateField()
