"""The desk's own tables, which no other zone can read: sessions with times rounded to the hour, second factors, what
a member has looked at.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from complaints.cases.models import Inspector


class DeskSession(AbstractBaseSession):
    @classmethod
    def get_session_store_class(cls) -> Any:
        from .sessions import SessionStore

        return SessionStore


class Look(models.Model):
    """That a member has looked at some case as it then was. At which, only their own open vault can tell (looks.py)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inspector = models.ForeignKey(Inspector, on_delete=models.CASCADE, related_name="+")
    mark = models.BinaryField(max_length=16)
    week = models.CharField(max_length=8)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inspector", "mark"], name="look_once")]


class SecondFactor(models.Model):
    """That a member has a second factor; what it is lies in a box of one size (vault.second_factor)."""

    inspector = models.OneToOneField(Inspector, on_delete=models.CASCADE, primary_key=True, related_name="+")
    box = models.BinaryField()
